/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that are not kept for the backward pass but computed again there. Which ones: those that free most bytes for
 * the work, until it fits; then those that were not needed for that are kept after all.
 */
#include "tools/deploy/schedule_build.h"
#include <stdlib.h>
#include <string.h>

/* A forward pass can be run twice if nothing but its output remembers it. */
static bool can_run_again(const schedule_build *b, const net_layer *layer) {
    return layer->problem.op != STEP_MAX_POOL && layer->problem.op != STEP_BATCH_NORM && layer->y != b->net->output;
}

static bool reads(schedule_step *step, uint32_t buffer) {
    const step_operands o = schedule_operands(step);
    for (int i = 0; i < STEP_OPERANDS; ++i) {
        if (o.all[i]->kind == OPERAND_BUFFER && o.all[i]->number == buffer)
            return true;
    }
    return false;
}

static uint32_t first_backward(train_schedule *s, uint32_t buffer) {
    for (uint32_t i = 0; i < s->count; ++i) {
        if (s->steps[i].part >= PART_BACKWARD && reads(&s->steps[i], buffer))
            return i;
    }
    return s->count;
}

/* From step `from` on everybody finds the value in another buffer. */
static void redirect(train_schedule *s, uint32_t from, uint32_t buffer, uint32_t other) {
    for (uint32_t i = from; i < s->count; ++i) {
        const step_operands o = schedule_operands(&s->steps[i]);
        for (int j = 0; j < STEP_OPERANDS; ++j) {
            if (o.all[j]->kind == OPERAND_BUFFER && o.all[j]->number == buffer)
                o.all[j]->number = other;
        }
    }
}

static void run_again(schedule_build *b, uint32_t number) {
    const net_layer *layer = &b->net->layers[number];
    train_schedule *s = b->to;
    const uint32_t buffer = b->value_buffer[layer->y], at = first_backward(s, buffer);
    uint32_t forward = 0;
    if (at == s->count)
        return;
    while (s->steps[forward].layer != number || s->steps[forward].part != PART_FORWARD)
        ++forward;
    const uint32_t other = build_buffer(b, BUFFER_VALUE, layer->y, build_value_bytes(b->net, layer->y));
    if (other == NET_NONE || !build_step(b, layer->name, PART_BACKWARD, layer->problem.op, STEP_FORWARD))
        return;
    schedule_step again = s->steps[forward];
    again.part = PART_BACKWARD;
    again.y.number = other;
    redirect(s, at, buffer, other);
    memmove(&s->steps[at + 1], &s->steps[at], (s->count - 1 - at) * sizeof *s->steps);
    s->steps[at] = again;
    ++s->again;
}

/* The input is normalised a second time, in front of the first step of the backward pass that reads it. */
static void normalise_again(schedule_build *b) {
    train_schedule *s = b->to;
    const uint32_t at = first_backward(s, b->x);
    if (at == s->count)
        return;
    const uint32_t other = build_buffer(b, BUFFER_NORMALISED, b->net->input, build_value_bytes(b->net, b->net->input));
    if (other == NET_NONE)
        return;
    redirect(s, at, b->x, other);
    ++s->again;
}

void build_recompute(schedule_build *b, const bool *again) {
    if (again[b->net->input] && b->x != b->input)
        normalise_again(b);
    for (uint32_t i = b->net->layer_count; i-- > 0 && !b->failed;) {
        if (again[b->net->layers[i].y] && can_run_again(b, &b->net->layers[i]))
            run_again(b, i);
    }
}

/* Bytes that are freed for each multiplication that is done again. */
static double worth(const net_model *net, const net_layer *layer) {
    const double bytes = (double)build_value_bytes(net, layer->y);
    return bytes / (bytes / 4.0 + (double)step_problem_macs(&layer->problem));
}

/* Layers, those that are worth most first. NULL: no memory. */
static uint32_t *rank(const net_model *net) {
    uint32_t *order = malloc((net->layer_count + 1u) * sizeof *order);
    for (uint32_t i = 0; order && i < net->layer_count; ++i) {
        uint32_t at = i;
        for (; at > 0 && worth(net, &net->layers[order[at - 1]]) < worth(net, &net->layers[i]); --at)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return order;
}

bool schedule_choose_again(const net_model *net, schedule_fits *fits, void *user, bool *again) {
    uint32_t *order = rank(net), used = 0;
    /* A normalised input is worth most. Where there is none this says nothing. */
    again[net->input] = true;
    bool fine = fits(user, again);
    while (order && !fine && used < net->layer_count) {
        again[net->layers[order[used++]].y] = true;
        fine = fits(user, again);
    }
    for (uint32_t i = used; fine && i-- > 0;) {
        const uint32_t y = net->layers[order[i]].y;
        again[y] = false;
        again[y] = !fits(user, again);
    }
    again[net->input] = false;
    again[net->input] = fine && !fits(user, again);
    free(order);
    return fine;
}
