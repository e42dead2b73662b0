/* SPDX-License-Identifier: Apache-2.0 */
/* A step of a schedule as a call of the library. */
#include "tools/deploy/project_text.h"
#include <string.h>

static void put_operand(const project *p, const operand *o, const char *type, project_text *t) {
    const schedule_buffer *b = o->kind == OPERAND_BUFFER ? &p->s->buffers[o->number] : NULL;
    switch (o->kind) {
    case OPERAND_ABSENT:
        put(t, ", NULL");
        break;
    case OPERAND_PARAM:
        put(t, ", net->params + %u", o->offset);
        break;
    case OPERAND_STATE:
        put(t, ", net->state[%u] + %u", o->number, o->offset);
        break;
    case OPERAND_BUFFER:
        if (b->kind == BUFFER_INPUT)
            put(t, ", x");
        else if (b->kind == BUFFER_TARGET)
            put(t, p->s->options.loss != NET_MSE ? ", net->label" : p->o->target_given ? ", net->target" : ", x");
        else
            put(t, ", %s(net, %u)", type, b->offset + 4 * o->offset);
        break;
    }
}

static void put_floats(const project *p, const operand *const *all, int count, project_text *t) {
    for (int i = 0; i < count; ++i)
        put_operand(p, all[i], "floats", t);
}

#define PUT(...)                                                                                                       \
    put_floats(p, (const operand *const[]){__VA_ARGS__},                                                               \
               (int)(sizeof((const operand *const[]){__VA_ARGS__}) / sizeof(const operand *)), t)

static const char *const epilogues[STEP_EPILOGUES] = {"", "_relu", "_relu6", "_add", "_add_relu"};

/* "conv1_sizes, &plan_7": sizes and plan of a step. */
static void put_sizes_plan(const project *p, const schedule_step *s, project_text *t) {
    put(t, "&%s_sizes, &plan_%u", p->net->layers[s->layer].name, (unsigned)(s - p->s->steps));
}

static void put_sink(const project *p, const operand *w, const operand states[2], project_text *t) {
    const bool adam = p->s->options.optimizer == STEP_ADAM;
    if (w->kind == OPERAND_ABSENT) {
        put(t, ", NULL");
        return;
    }
    put(t, ", &(tl_sink){%s, .w = net->params + %u", adam ? ".adam = &net->adam" : ".sgd = &net->sgd", w->offset);
    if (adam)
        put(t, ", .m = net->state[0] + %u, .v = net->state[1] + %u", states[0].offset, states[1].offset);
    else if (states[0].kind != OPERAND_ABSENT)
        put(t, ", .v = net->state[0] + %u", states[0].offset);
    put(t, "}");
}

static void put_weighted(const project *p, const schedule_step *s, const char *op, project_text *t) {
    const step_epilogue e = s->problem.epilogue;
    if (s->problem.pass == STEP_FORWARD) {
        put(t, "tl_%s_forward%s_f32(team, ", op, epilogues[e]);
        put_sizes_plan(p, s, t);
        PUT(&s->x, &s->w, &s->b);
        if (e == STEP_WITH_ADD || e == STEP_WITH_ADD_RELU)
            PUT(&s->residual);
        PUT(&s->y);
    } else if (s->problem.pass == STEP_GRAD_X) {
        put(t, "tl_%s_grad_x%s_f32(team, ", op, s->problem.mask == STEP_MASK_RELU6 ? "_relu6" : "");
        put_sizes_plan(p, s, t);
        PUT(&s->w, &s->dy, &s->mask, &s->dx);
    } else if (s->problem.update != STEP_NO_UPDATE) {
        put(t, "tl_%s_update_f32(team, ", op);
        put_sizes_plan(p, s, t);
        PUT(&s->x, &s->dy);
        put_sink(p, &s->w, s->w_state, t);
        put_sink(p, &s->b, s->b_state, t);
    } else {
        put(t, "tl_%s_grad_w%s_f32(team, ", op, s->add ? "_add" : "");
        put_sizes_plan(p, s, t);
        PUT(&s->x, &s->dy, &s->dw, &s->db);
    }
}

/* The streaming linear layer's updates. */
static void put_one_step(const project *p, const schedule_step *s, project_text *t) {
    const step_update rule = s->problem.update;
    const char *end = rule == STEP_ADAM       ? "_adam"
                      : rule == STEP_MOMENTUM ? "_momentum"
                      : p->o->decay != 0      ? "_decay"
                                              : "";
    put(t, "tl_linear_one_step%s_f32(team, ", end);
    put_sizes_plan(p, s, t);
    put(t, rule == STEP_ADAM ? ", &net->adam" : ", &net->sgd");
    PUT(&s->x, &s->dy, &s->mask, &s->w);
    if (rule == STEP_MOMENTUM || rule == STEP_ADAM)
        PUT(&s->w_state[0]);
    if (rule == STEP_ADAM)
        PUT(&s->w_state[1]);
    PUT(&s->b);
    if (rule == STEP_MOMENTUM || rule == STEP_ADAM)
        PUT(&s->b_state[0]);
    if (rule == STEP_ADAM)
        PUT(&s->b_state[1]);
    PUT(&s->dx);
}

static void put_window(const project *p, const schedule_step *s, const char *op, project_text *t) {
    const bool forward = s->problem.pass == STEP_FORWARD;
    put(t, "tl_%s_%s_f32(team, ", op, forward ? "forward" : "grad_x");
    put_sizes_plan(p, s, t);
    if (forward)
        PUT(&s->x, &s->y);
    else
        PUT(&s->dy);
    if (s->problem.op == STEP_MAX_POOL)
        put_operand(p, &s->arg, "bytes", t);
    if (!forward)
        PUT(&s->dx);
}

static void put_norm(const project *p, const schedule_step *s, project_text *t) {
    const bool frozen = s->problem.op == STEP_BATCH_NORM_FROZEN;
    const char *op = frozen ? "batch_norm_frozen" : "batch_norm";
    if (s->problem.pass == STEP_FORWARD) {
        put(t, "tl_%s_forward%s_f32(team, ", op, epilogues[s->problem.epilogue]);
        put_sizes_plan(p, s, t);
        PUT(&s->x, &s->w, &s->b);
        if (!frozen)
            PUT(&s->w_state[0], &s->w_state[1]);
        PUT(&s->mean, frozen ? &s->var : &s->rstd, &s->y);
    } else if (!frozen) {
        put(t, "tl_%s_grad_f32(team, ", op);
        put_sizes_plan(p, s, t);
        PUT(&s->x, &s->dy, &s->w, &s->mean, &s->rstd, &s->dw, &s->db, &s->dx);
    } else if (s->problem.pass == STEP_GRAD_W) {
        put(t, "tl_%s_grad_w_f32(team, ", op);
        put_sizes_plan(p, s, t);
        PUT(&s->x, &s->dy, &s->mean, &s->var, &s->dw, &s->db);
    } else {
        put(t, "tl_%s_grad_x_f32(team, ", op);
        put_sizes_plan(p, s, t);
        PUT(&s->dy, &s->w, &s->var, &s->dx);
    }
}

/* Steps over so many elements. */
static void put_map(const project *p, const schedule_step *s, project_text *t) {
    const unsigned plan = (unsigned)(s - p->s->steps);
    const uint32_t n = s->problem.size.elements;
    switch (s->problem.op) {
    case STEP_ADD:
        put(t, "tl_add_forward%s_f32(team, &plan_%u, %u", epilogues[s->problem.epilogue], plan, n);
        PUT(&s->x, &s->residual, &s->y);
        break;
    case STEP_OPTIMISER:
        if (p->s->options.optimizer == STEP_ADAM) {
            put(t, "tl_adam_step_f32(team, &plan_%u, &net->adam, %u", plan, n);
            PUT(&s->dw, &s->w, &s->w_state[0], &s->w_state[1]);
        } else {
            put(t, "tl_sgd_step_f32(team, &plan_%u, &net->sgd, %u", plan, n);
            PUT(&s->dw, &s->w, &s->w_state[0]);
        }
        break;
    default:
        put(t, "tl_%s_%s_f32(team, ", step_op_names[s->problem.op],
            s->problem.pass == STEP_FORWARD ? "forward" : "grad_x");
        if (s->problem.op == STEP_LEAKY_RELU)
            put(t, "&%s_sizes, ", p->net->layers[s->layer].name);
        put(t, "&plan_%u, %u", plan, n);
        if (s->problem.pass == STEP_FORWARD)
            PUT(&s->x, &s->y);
        else
            PUT(&s->mask, &s->dy, &s->dx);
    }
}

static void put_loss(const project *p, const schedule_step *s, project_text *t) {
    if (s->problem.op == STEP_MSE)
        put(t, "(void)tl_mse_loss_f32(team, %u", s->problem.size.elements);
    else
        put(t, "(void)tl_softmax_cross_entropy_loss_f32(team, &rows");
    PUT(&s->x, &s->y);
    put(t, ", &net->loss");
    PUT(&s->dx);
}

static void put_call(const project *p, const schedule_step *s, project_text *t) {
    switch (s->problem.op) {
    case STEP_CONV:
        put_weighted(p, s, "conv", t);
        break;
    case STEP_LINEAR:
        put_weighted(p, s, "linear", t);
        break;
    case STEP_DEPTHWISE:
        put_weighted(p, s, "depthwise", t);
        break;
    case STEP_LINEAR_ONE:
        if (s->problem.update != STEP_NO_UPDATE)
            put_one_step(p, s, t);
        else
            put_weighted(p, s, "linear_one", t);
        break;
    case STEP_MAX_POOL:
        put_window(p, s, "max_pool", t);
        break;
    case STEP_AVG_POOL:
        put_window(p, s, "avg_pool", t);
        break;
    case STEP_AVG_POOL_PADDED:
        put_window(p, s, "avg_pool_padded", t);
        break;
    case STEP_GLOBAL_POOL:
        put_window(p, s, "global_avg_pool", t);
        break;
    case STEP_BATCH_NORM:
    case STEP_BATCH_NORM_FROZEN:
        put_norm(p, s, t);
        break;
    case STEP_CROSS_ENTROPY:
    case STEP_MSE:
        put_loss(p, s, t);
        break;
    case STEP_RELU:
    case STEP_RELU6:
    case STEP_LEAKY_RELU:
    case STEP_SIGMOID:
    case STEP_TANH:
    case STEP_ADD:
    case STEP_OPTIMISER:
    case STEP_OPS:
        put_map(p, s, t);
        break;
    }
    put(t, ");\n");
}

enum { CHAIN_MOST = 16 };

static const char *const chain_kinds[] = {
    [TL_ONE_FORWARD] = "TL_ONE_FORWARD",       [TL_ONE_FORWARD_RELU] = "TL_ONE_FORWARD_RELU",
    [TL_ONE_GRAD_X] = "TL_ONE_GRAD_X",         [TL_ONE_STEP] = "TL_ONE_STEP",
    [TL_ONE_STEP_DECAY] = "TL_ONE_STEP_DECAY", [TL_ONE_STEP_MOMENTUM] = "TL_ONE_STEP_MOMENTUM",
    [TL_ONE_STEP_ADAM] = "TL_ONE_STEP_ADAM"};

static tl_linear_one_kind chain_kind(const project *p, const schedule_step *s) {
    if (s->problem.update == STEP_ADAM)
        return TL_ONE_STEP_ADAM;
    if (s->problem.update == STEP_MOMENTUM)
        return TL_ONE_STEP_MOMENTUM;
    if (s->problem.update == STEP_SGD)
        return p->o->decay != 0 ? TL_ONE_STEP_DECAY : TL_ONE_STEP;
    if (s->problem.pass == STEP_GRAD_X)
        return TL_ONE_GRAD_X;
    return s->problem.epilogue == STEP_WITH_RELU ? TL_ONE_FORWARD_RELU : TL_ONE_FORWARD;
}

static const operand *chain_result(const schedule_step *s) {
    return s->problem.pass == STEP_FORWARD ? &s->y : &s->dx;
}

/* Streaming linear layers one behind the other, from step i on, that run as one chain; 1: it stands alone. */
static uint32_t chain_from(const project *p, uint32_t i) {
    tl_linear_one_call calls[CHAIN_MOST];
    static const tl_sgd sgd;
    static const tl_adam_state adam;
    float some;
    uint32_t n = 0;
    for (; i + n < p->s->count && n < CHAIN_MOST; ++n) {
        const schedule_step *s = &p->s->steps[i + n];
        if (s->problem.op != STEP_LINEAR_ONE || s->part != p->s->steps[i].part ||
            (n > 0 && project_normalises(p, i + n)))
            break;
        /* Of pointers it only matters which are NULL. */
        calls[n] = (tl_linear_one_call){.kind = chain_kind(p, s),
                                        .linear = &s->problem.size.linear,
                                        .plan = &s->plan.of.stream,
                                        .x = &some,
                                        .dy = s->dy.kind == OPERAND_ABSENT ? NULL : &some,
                                        .mask = s->mask.kind == OPERAND_ABSENT ? NULL : &some,
                                        .w = &some,
                                        .b = s->b.kind == OPERAND_ABSENT ? NULL : &some,
                                        .y = chain_result(s)->kind == OPERAND_ABSENT ? NULL : &some,
                                        .sgd = &sgd,
                                        .adam = &adam};
        for (int j = 0; j < 2; ++j) {
            calls[n].w_state[j] = s->w_state[j].kind == OPERAND_ABSENT ? NULL : &some;
            calls[n].b_state[j] = s->b_state[j].kind == OPERAND_ABSENT ? NULL : &some;
        }
    }
    while (n > 1 && tl_linear_one_chain_supported(calls, n, p->s->options.l1_bytes) != TL_OK)
        --n;
    return n > 1 ? n : 1;
}

static void put_member(const project *p, const char *name, const operand *o, project_text *t) {
    if (o->kind == OPERAND_ABSENT)
        return;
    put(t, ", .%s = ", name);
    const size_t from = t->used;
    put_operand(p, o, "floats", t);
    /* Without the comma in front. */
    if (!t->failed) {
        memmove(t->text + from, t->text + from + 2, t->used - from - 2 + 1);
        t->used -= 2;
    }
}

static void put_chain(const project *p, uint32_t from, uint32_t n, project_text *t) {
    put(t, "tl_linear_one_chain_f32(team, (const tl_linear_one_call[]){\n");
    for (uint32_t i = from; i < from + n; ++i) {
        const schedule_step *s = &p->s->steps[i];
        const bool updates = s->problem.update != STEP_NO_UPDATE;
        put(t, "        {.kind = %s, .linear = &%s_sizes, .plan = &plan_%u", chain_kinds[chain_kind(p, s)],
            p->net->layers[s->layer].name, i);
        put_member(p, "x", &s->x, t);
        put_member(p, "dy", &s->dy, t);
        put_member(p, "mask", &s->mask, t);
        put_member(p, "w", &s->w, t);
        put_member(p, "b", &s->b, t);
        put_member(p, "y", chain_result(s), t);
        if (updates)
            put(t, s->problem.update == STEP_ADAM ? ", .adam = &net->adam" : ", .sgd = &net->sgd");
        put_member(p, "w_state[0]", &s->w_state[0], t);
        put_member(p, "w_state[1]", &s->w_state[1], t);
        put_member(p, "b_state[0]", &s->b_state[0], t);
        put_member(p, "b_state[1]", &s->b_state[1], t);
        put(t, "},\n");
    }
    put(t, "    }, %u);\n", n);
}

void project_put_calls(const project *p, schedule_part from, schedule_part to, project_text *t) {
    for (uint32_t i = 0; i < p->s->count; ++i) {
        const schedule_step *s = &p->s->steps[i];
        if (s->part < from || s->part > to)
            continue;
        const uint32_t n = chain_from(p, i);
        for (uint32_t j = 0; j < n; ++j)
            put(t, "    tl_mark(team, %u);\n", i + j);
        project_put_normalise_call(p, i, t);
        put(t, "    ");
        if (n > 1)
            put_chain(p, i, n, t);
        else
            put_call(p, s, t);
        i += n - 1;
    }
}
