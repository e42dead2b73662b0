/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in the arena. Which buffers may share bytes follows from their lives; finding the smallest arena is hard in
 * general, so buffers are put down one after the other, each at the lowest place that is free as long as it lives, in
 * several orders; then orders are changed a little at random as long as the arena is larger than what lives at once.
 */
#include "tools/deploy/schedule_build.h"
#include <stdlib.h>
#include <string.h>

enum { TRIES = 2000 };

void schedule_lives(train_schedule *s) {
    for (uint32_t i = 0; i < s->buffer_count; ++i) {
        s->buffers[i].first = UINT32_MAX;
        s->buffers[i].last = 0;
    }
    for (uint32_t i = 0; i < s->count; ++i) {
        const step_operands o = schedule_operands(&s->steps[i]);
        for (int j = 0; j < STEP_OPERANDS; ++j) {
            if (o.all[j]->kind != OPERAND_BUFFER)
                continue;
            schedule_buffer *b = &s->buffers[o.all[j]->number];
            b->first = i < b->first ? i : b->first;
            b->last = i;
        }
    }
    for (uint32_t i = 0; i < s->buffer_count; ++i) {
        schedule_buffer *b = &s->buffers[i];
        /* Gradients that are gathered stay from step to step. */
        const bool stays = s->options.accumulate > 1 && b->kind == BUFFER_PARAM_GRADIENT;
        if (b->first == UINT32_MAX || s->options.keep_all || stays || !b->placed) {
            b->first = 0;
            b->last = s->count > 0 ? s->count - 1 : 0;
        }
    }
}

static bool live_together(const schedule_buffer *a, const schedule_buffer *b) {
    return a->first <= b->last && b->first <= a->last;
}

typedef struct range {
    uint32_t from, end;
} range;

static int by_from(const void *a, const void *b) {
    const range *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* Places all buffers of the list in its order. `taken` has room for as many. Returns the arena's size. */
static uint32_t place_in_order(train_schedule *s, const uint32_t *order, uint32_t n, range *taken) {
    uint32_t arena = 0;
    for (uint32_t i = 0; i < n; ++i) {
        schedule_buffer *b = &s->buffers[order[i]];
        uint32_t count = 0, at = 0;
        for (uint32_t j = 0; j < i; ++j) {
            const schedule_buffer *other = &s->buffers[order[j]];
            if (live_together(b, other))
                taken[count++] = (range){other->offset, other->offset + other->bytes};
        }
        qsort(taken, count, sizeof *taken, by_from);
        for (uint32_t j = 0; j < count && taken[j].from < at + b->bytes; ++j)
            at = taken[j].end > at ? taken[j].end : at;
        b->offset = at;
        arena = at + b->bytes > arena ? at + b->bytes : arena;
    }
    return arena;
}

static void find_bound(train_schedule *s) {
    s->lower_bound = 0;
    for (uint32_t i = 0; i < s->count; ++i) {
        uint64_t alive = 0;
        for (uint32_t j = 0; j < s->buffer_count; ++j) {
            const schedule_buffer *b = &s->buffers[j];
            if (b->placed && b->first <= i && b->last >= i)
                alive += b->bytes;
        }
        if (alive > s->lower_bound) {
            s->lower_bound = alive > UINT32_MAX ? UINT32_MAX : (uint32_t)alive;
            s->peak_step = i;
        }
    }
}

/* What comes first in the list: by size, by life, by both, by birth. */
static uint64_t weight_of(const schedule_buffer *b, int rule) {
    const uint64_t life = b->last - b->first + 1u;
    return rule == 0 ? b->bytes : rule == 1 ? life : rule == 2 ? b->bytes * life : UINT32_MAX - b->first;
}

static void sort_order(const train_schedule *s, uint32_t *order, uint32_t n, int rule) {
    for (uint32_t i = 1; i < n; ++i) {
        const uint32_t one = order[i];
        uint32_t at = i;
        for (; at > 0 && weight_of(&s->buffers[order[at - 1]], rule) < weight_of(&s->buffers[one], rule); --at)
            order[at] = order[at - 1];
        order[at] = one;
    }
}

/* A number below n, from a generator that only has to be the same everywhere. */
static uint32_t below(uint32_t *state, uint32_t n) {
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % n;
}

bool schedule_place(train_schedule *s, bool quick) {
    find_bound(s);
    s->arena_bytes = s->lower_bound;
    if (quick || s->lower_bound > s->options.l2_bytes)
        return true;
    const size_t room = s->buffer_count + 1u;
    uint32_t *order = malloc(room * sizeof *order), *best = malloc(room * sizeof *best), n = 0, state = 1;
    range *taken = malloc(room * sizeof *taken);
    const bool fine = order && best && taken;
    s->arena_bytes = UINT32_MAX;
    for (uint32_t i = 0; fine && i < s->buffer_count; ++i) {
        if (s->buffers[i].placed)
            order[n++] = i;
    }
    for (int rule = 0; fine && rule < 4; ++rule) {
        sort_order(s, order, n, rule);
        const uint32_t arena = place_in_order(s, order, n, taken);
        if (arena < s->arena_bytes) {
            s->arena_bytes = arena;
            memcpy(best, order, n * sizeof *best);
        }
    }
    for (uint32_t i = 0; fine && n > 1 && i < TRIES && s->arena_bytes > s->lower_bound; ++i) {
        memcpy(order, best, n * sizeof *order);
        for (uint32_t moves = 1 + below(&state, 3); moves > 0; --moves) {
            const uint32_t a = below(&state, n), b = below(&state, n), one = order[a];
            order[a] = order[b];
            order[b] = one;
        }
        const uint32_t arena = place_in_order(s, order, n, taken);
        if (arena <= s->arena_bytes) {
            s->arena_bytes = arena;
            memcpy(best, order, n * sizeof *best);
        }
    }
    if (fine)
        place_in_order(s, best, n, taken);
    free(order);
    free(best);
    free(taken);
    return fine;
}
