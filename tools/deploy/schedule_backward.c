/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The backward pass. Layers are gone through from the last one; what a layer hands back to its input is one of the
 * contributions to that value's gradient. The first one is written where the gradient will stand, the others beside it
 * and added. Where a value comes out of an activation its gradient is masked: by the layer that makes the contribution,
 * if all of them can, else behind the sum.
 */
#include "tools/deploy/schedule_build.h"
#include <stdio.h>

static bool trains(const schedule_build *b, uint32_t param) {
    return param != NET_NONE && b->net->params[param].trains;
}

/* What has to be known of a value that comes out of an activation. */
static step_mask mask_of(const schedule_build *b, uint32_t value) {
    const uint32_t from = b->net->values[value].layer;
    if (from == NET_NONE)
        return STEP_NO_MASK;
    switch (b->net->layers[from].problem.epilogue) {
    case STEP_WITH_RELU:
    case STEP_WITH_ADD_RELU:
        return STEP_MASK_RELU;
    case STEP_WITH_RELU6:
        return STEP_MASK_RELU6;
    default:
        return STEP_NO_MASK;
    }
}

/* The problem of a layer's input gradient; of linear layers at batch 1 the streaming one. */
static step_problem grad_x_of(const net_layer *layer, step_mask mask) {
    char why[128];
    step_problem p = layer->problem;
    p.pass = STEP_GRAD_X;
    p.epilogue = STEP_PLAIN;
    p.mask = mask;
    step_problem one = p;
    one.op = STEP_LINEAR_ONE;
    if (p.op == STEP_LINEAR && p.size.linear.n == 1 && step_problem_has_pass(&one, why, sizeof why))
        return one;
    return p;
}

/* Whether the layer's gradients and its update are one pass: linear at batch 1, with weights that train. */
static bool is_one(const schedule_build *b, const net_layer *layer) {
    return layer->problem.op == STEP_LINEAR && layer->problem.size.linear.n == 1 && trains(b, layer->w) &&
           b->group[layer->w] == NET_NONE;
}

static bool can_mask(const schedule_build *b, const net_layer *layer, step_mask mask) {
    char why[128];
    step_problem p = grad_x_of(layer, mask);
    if (is_one(b, layer)) {
        p.op = STEP_LINEAR_ONE;
        p.pass = STEP_STEP;
        p.update = b->to->options.optimizer;
    }
    return step_problem_has_pass(&p, why, sizeof why);
}

/* Whether every contribution to the value's gradient is made by a layer that can mask it on the way. */
static bool all_mask(const schedule_build *b, uint32_t value) {
    const step_mask mask = mask_of(b, value);
    for (uint32_t i = 0; i < b->net->layer_count; ++i) {
        const net_layer *layer = &b->net->layers[i];
        if (layer->residual == value || (layer->x == value && !can_mask(b, layer, mask)))
            return false;
    }
    return mask != STEP_NO_MASK && value != b->net->output;
}

/* Something below a value trains, so its gradient is wanted. */
static void find_wanted(schedule_build *b) {
    for (uint32_t i = 0; i < b->net->layer_count; ++i) {
        const net_layer *layer = &b->net->layers[i];
        b->wanted[layer->y] = b->wanted[layer->x] || (layer->residual != NET_NONE && b->wanted[layer->residual]) ||
                              trains(b, layer->w) || trains(b, layer->b);
    }
}

/* A step's name: "sum conv1". */
static schedule_step *sum_step(schedule_build *b, const char *what, uint32_t value, step_op op, step_pass pass) {
    char name[PLAN_NAME];
    const uint32_t from = b->net->values[value].layer;
    snprintf(name, sizeof name, "%s_%.30s", what, from == NET_NONE ? "input" : b->net->layers[from].name);
    schedule_step *step = build_step(b, name, PART_BACKWARD, op, pass);
    if (step)
        step->problem.size.elements = build_value_bytes(b->net, value) / (uint32_t)sizeof(float);
    return step;
}

/* The gradient of `value` has come to stand in `buffer`, or a part of it: adds it to what is there. */
static void contribute(schedule_build *b, uint32_t value, uint32_t buffer, bool shared) {
    const uint32_t there = b->grad_buffer[value];
    if (there == NET_NONE) {
        b->grad_buffer[value] = buffer;
        b->shared[value] = shared;
        return;
    }
    /* The sum stands in one of the two that is this value's alone. */
    uint32_t sum = !b->shared[value] ? there : !shared ? buffer : NET_NONE;
    if (sum == NET_NONE)
        sum = build_buffer(b, BUFFER_GRADIENT, value, build_value_bytes(b->net, value));
    schedule_step *step = sum_step(b, "sum", value, STEP_ADD, STEP_FORWARD);
    if (!step)
        return;
    step->x = build_of(there, 0);
    step->residual = build_of(buffer, 0);
    step->y = build_of(sum, 0);
    b->grad_buffer[value] = sum;
    b->shared[value] = false;
}

/* All contributions are there: masks them if that was not done on the way. */
static void finish(schedule_build *b, uint32_t value) {
    const step_mask mask = mask_of(b, value);
    if (mask == STEP_NO_MASK || b->masked[value] || b->grad_buffer[value] == NET_NONE)
        return;
    const uint32_t from = b->grad_buffer[value];
    const uint32_t to =
        b->shared[value] ? build_buffer(b, BUFFER_GRADIENT, value, build_value_bytes(b->net, value)) : from;
    schedule_step *step = sum_step(b, "mask", value, mask == STEP_MASK_RELU ? STEP_RELU : STEP_RELU6, STEP_GRAD_X);
    if (!step)
        return;
    step->mask = build_of(b->value_buffer[value], 0);
    step->dy = build_of(from, 0);
    step->dx = build_of(to, 0);
    b->grad_buffer[value] = to;
    b->shared[value] = false;
    b->masked[value] = true;
}

/* Where a layer writes what it hands back to its input. */
static uint32_t place_for(schedule_build *b, uint32_t value) {
    const bool part = b->grad_buffer[value] != NET_NONE && !b->shared[value];
    return build_buffer(b, part ? BUFFER_PART : BUFFER_GRADIENT, value, build_value_bytes(b->net, value));
}

static operand in_group(const schedule_build *b, uint32_t param) {
    const uint32_t group = param == NET_NONE ? NET_NONE : b->group[param];
    return group == NET_NONE ? (operand){0} : build_of(group, b->to->param_offset[param] - b->to->buffers[group].of);
}

/* The optimiser's arrays that go with a parameter. */
static void set_states(const schedule_build *b, uint32_t param, operand states[2]) {
    for (uint32_t i = 0; i < b->to->states; ++i)
        states[i] = (operand){OPERAND_STATE, i, b->to->param_offset[param]};
}

/* The optimiser over `floats` parameters from `first` on, whose gradients stand in a buffer from its float `at` on. */
static void optimise(schedule_build *b, const char *name, uint32_t first, uint32_t floats, uint32_t buffer) {
    enum { MOST = 131072 }; /* elements of a step, so that the tuner's probe has room for it */
    const uint32_t pieces = (floats + MOST - 1) / MOST, each = pieces ? ((floats + pieces - 1) / pieces + 1) & ~1u : 0;
    for (uint32_t done = 0; done < floats; done += each) {
        schedule_step *step = build_step(b, name, PART_UPDATE, STEP_OPTIMISER, STEP_GRAD_W);
        if (!step)
            return;
        step->problem.update = b->to->options.optimizer;
        step->problem.size.elements = floats - done < each ? floats - done : each;
        step->w = (operand){OPERAND_PARAM, 0, first + done};
        step->dw = build_of(buffer, first + done - b->to->buffers[buffer].of);
        for (uint32_t i = 0; i < b->to->states; ++i)
            step->w_state[i] = (operand){OPERAND_STATE, i, first + done};
    }
}

/* The optimiser over all parameters of a buffer: pieces between gaps that only keep addresses even. */
static void optimise_buffer(schedule_build *b, const char *name, uint32_t buffer) {
    const uint32_t start = b->to->buffers[buffer].of, all = start + b->to->buffers[buffer].bytes / 4;
    uint32_t from = start, end = start;
    while (end < all) {
        uint32_t next = NET_NONE;
        for (uint32_t i = 0; i < b->net->param_count; ++i) {
            if (b->to->param_offset[i] == end && b->net->params[i].trains)
                next = i;
        }
        const uint32_t elements = next == NET_NONE ? 0 : b->net->params[next].elements;
        end += elements;
        if (elements % 2 != 0 || next == NET_NONE) {
            optimise(b, name, from, end - from, buffer);
            end += next == NET_NONE ? all - end : 1;
            from = end;
        }
    }
    optimise(b, name, from, end - from, buffer);
}

/* Gradients of a linear layer at batch 1, and its update in the same pass. */
static void step_one(schedule_build *b, const net_layer *layer, uint32_t number, uint32_t dx, step_mask mask) {
    schedule_step *step =
        build_step(b, layer->name, PART_BACKWARD, STEP_LINEAR_ONE, dx == NET_NONE ? STEP_GRAD_W : STEP_STEP);
    if (!step)
        return;
    step->layer = number;
    step->problem.size = layer->problem.size;
    step->problem.update = b->to->options.optimizer;
    step->problem.mask = mask;
    step->x = build_of(b->value_buffer[layer->x], 0);
    step->dy = build_of(b->grad_buffer[layer->y], 0);
    step->dx = build_of(dx, 0);
    if (mask != STEP_NO_MASK)
        step->mask = build_of(b->value_buffer[layer->x], 0);
    step->w = build_param(b, layer->w);
    set_states(b, layer->w, step->w_state);
    if (trains(b, layer->b)) {
        step->b = build_param(b, layer->b);
        set_states(b, layer->b, step->b_state);
    }
}

static void grad_x(schedule_build *b, const net_layer *layer, uint32_t number, uint32_t dx, step_mask mask) {
    schedule_step *step = build_step(b, layer->name, PART_BACKWARD, layer->problem.op, STEP_GRAD_X);
    if (!step)
        return;
    step->layer = number;
    step->problem = grad_x_of(layer, mask);
    step->dy = build_of(b->grad_buffer[layer->y], 0);
    step->dx = build_of(dx, 0);
    step->w = build_param(b, layer->w);
    step->arg = build_of(b->arg[number], 0);
    if (mask != STEP_NO_MASK)
        step->mask = build_of(b->value_buffer[layer->x], 0);
    /* Activations: of what they took, or of what they gave. */
    if (layer->problem.op == STEP_SIGMOID || layer->problem.op == STEP_TANH)
        step->mask = build_of(b->value_buffer[layer->y], 0);
    else if (layer->problem.op >= STEP_RELU && layer->problem.op < STEP_ADD)
        step->mask = build_of(b->value_buffer[layer->x], 0);
    if (layer->problem.op == STEP_BATCH_NORM_FROZEN) {
        step->mean = build_param(b, layer->mean);
        step->var = build_param(b, layer->var);
    }
}

/* What a batch norm with the batch's statistics needs to give any gradient: dgamma and dbeta come with dx. */
static void set_norm(schedule_build *b, const net_layer *layer, uint32_t number, schedule_step *step) {
    step->x = build_of(b->value_buffer[layer->x], 0);
    step->mean = build_of(b->mean[number], 0);
    step->rstd = build_of(b->rstd[number], 0);
}

/* Where the gradient of a parameter goes: to its group, or, if it does not train but must be computed, nowhere in
 * particular. */
static operand gradient_place(schedule_build *b, uint32_t param) {
    const operand place = in_group(b, param);
    if (place.kind != OPERAND_ABSENT)
        return place;
    const uint32_t bytes = b->net->params[param].elements * (uint32_t)sizeof(float);
    return build_of(build_buffer(b, BUFFER_PARAM_GRADIENT, b->to->param_offset[param], bytes), 0);
}

/* A batch norm stores its gradients: to be gathered, they go to a place of their own and are added from there. */
static operand apart_from(schedule_build *b, const net_layer *layer, uint32_t param, operand place) {
    if (b->to->options.accumulate <= 1 || !trains(b, param))
        return place;
    const uint32_t bytes = b->net->params[param].elements * (uint32_t)sizeof(float);
    return build_of(build_buffer(b, BUFFER_PART, layer->y, bytes), 0);
}

static void add_to(schedule_build *b, const net_layer *layer, uint32_t param, operand part) {
    char name[PLAN_NAME];
    const operand place = in_group(b, param);
    if (b->to->options.accumulate <= 1 || !trains(b, param))
        return;
    snprintf(name, sizeof name, "sum_%.30s", layer->name);
    schedule_step *step = build_step(b, name, PART_BACKWARD, STEP_ADD, STEP_FORWARD);
    if (!step)
        return;
    step->problem.size.elements = b->net->params[param].elements;
    step->x = place;
    step->residual = part;
    step->y = place;
}

static void grad_w(schedule_build *b, const net_layer *layer, uint32_t number, uint32_t dx) {
    const step_op op = layer->problem.op;
    const bool norm = op == STEP_BATCH_NORM, both = norm || op == STEP_BATCH_NORM_FROZEN;
    const bool sink = trains(b, layer->w) && b->group[layer->w] == NET_NONE;
    operand dw = {0}, db = {0};
    if (!sink) {
        dw = gradient_place(b, layer->w);
        if (layer->b != NET_NONE && (trains(b, layer->b) || both))
            db = gradient_place(b, layer->b);
    }
    if (both) {
        dw = apart_from(b, layer, layer->w, dw);
        db = apart_from(b, layer, layer->b, db);
    }
    schedule_step *step =
        build_step(b, layer->name, PART_BACKWARD, op, norm && dx != NET_NONE ? STEP_GRAD_X : STEP_GRAD_W);
    if (!step)
        return;
    step->layer = number;
    step->problem.size = layer->problem.size;
    step->x = build_of(b->value_buffer[layer->x], 0);
    step->dy = build_of(b->grad_buffer[layer->y], 0);
    step->dw = dw;
    step->db = db;
    step->add = b->to->options.accumulate > 1 && !both;
    if (norm) {
        set_norm(b, layer, number, step);
        step->w = build_param(b, layer->w);
        step->dx = build_of(dx, 0);
    } else if (both) {
        step->mean = build_param(b, layer->mean);
        step->var = build_param(b, layer->var);
    }
    if (both) {
        add_to(b, layer, layer->w, dw);
        add_to(b, layer, layer->b, db);
        return;
    }
    if (!sink)
        return;
    step->problem.update = b->to->options.optimizer;
    step->w = build_param(b, layer->w);
    set_states(b, layer->w, step->w_state);
    if (trains(b, layer->b)) {
        step->b = build_param(b, layer->b);
        set_states(b, layer->b, step->b_state);
    }
}

/* Everything the layer's backward pass does, when the gradient of its output is there. */
static void backward_layer(schedule_build *b, uint32_t number) {
    const net_layer *layer = &b->net->layers[number];
    const bool has_w = layer->w != NET_NONE, learns = trains(b, layer->w) || trains(b, layer->b);
    const bool wants = b->wanted[layer->x], passes = layer->problem.op == STEP_ADD;
    const bool fused = learns && trains(b, layer->w) && b->group[layer->w] == NET_NONE;
    const bool one = is_one(b, layer);
    const step_mask mask = wants && all_mask(b, layer->x) ? mask_of(b, layer->x) : STEP_NO_MASK;
    const bool norm = layer->problem.op == STEP_BATCH_NORM;
    uint32_t dx = NET_NONE;
    if (wants && !passes)
        dx = place_for(b, layer->x);
    if (b->failed)
        return;
    if (one)
        step_one(b, layer, number, dx, mask);
    else if (dx != NET_NONE && !(norm && has_w))
        grad_x(b, layer, number, dx, mask);
    if (!one && has_w && (learns || (norm && wants)))
        grad_w(b, layer, number, dx);
    if (learns && !one && !fused && b->to->updates != UPDATES_END)
        optimise_buffer(b, layer->name, b->group[trains(b, layer->w) ? layer->w : layer->b]);
    if (wants) {
        if (mask != STEP_NO_MASK)
            b->masked[layer->x] = true;
        contribute(b, layer->x, passes ? b->grad_buffer[layer->y] : dx, passes);
    }
    if (layer->residual != NET_NONE && b->wanted[layer->residual])
        contribute(b, layer->residual, b->grad_buffer[layer->y], true);
}

void build_backward(schedule_build *b) {
    find_wanted(b);
    for (uint32_t i = b->net->layer_count; i-- > 0 && !b->failed;) {
        const uint32_t y = b->net->layers[i].y;
        if (!b->wanted[y] || b->grad_buffer[y] == NET_NONE)
            continue;
        finish(b, y);
        if (!b->failed)
            backward_layer(b, i);
    }
    for (uint32_t i = 0; !b->failed && b->to->updates == UPDATES_END && i < b->to->buffer_count; ++i) {
        if (b->to->buffers[i].kind == BUFFER_PARAM_GRADIENT && b->to->buffers[i].of == 0) {
            optimise_buffer(b, "update", i);
            break;
        }
    }
}
