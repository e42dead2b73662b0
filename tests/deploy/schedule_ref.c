/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/deploy/schedule_ref.h"
#include "tests/deploy/net_ref.h"
#include "tests/ref/ref.h"
#include "tests/ref/ref_channels.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

static double *room(size_t elements) {
    double *to = calloc(elements + 1, sizeof *to);
    assert_non_null(to);
    return to;
}

static size_t elements_of(const schedule_buffer *b) {
    return b->kind == BUFFER_ARG ? b->bytes : b->bytes / sizeof(float);
}

static void poison(schedule_ref *r, uint32_t buffer) {
    for (size_t i = 0; i < elements_of(&r->schedule->buffers[buffer]); ++i)
        r->buffers[buffer][i] = (double)NAN;
}

schedule_ref schedule_ref_begin(const net_model *net, const train_schedule *s) {
    schedule_ref r = {.net = net, .schedule = s, .buffers = calloc(s->buffer_count, sizeof *r.buffers)};
    double **params = net_ref_params(net);
    assert_non_null(r.buffers);
    for (uint32_t i = 0; i < s->buffer_count; ++i) {
        r.buffers[i] = room(elements_of(&s->buffers[i]));
        poison(&r, i);
    }
    r.params = room(s->param_floats);
    for (uint32_t i = 0; i < 2; ++i)
        r.state[i] = room(s->trained_floats);
    for (uint32_t i = 0; i < net->param_count; ++i) {
        assert_true(s->param_offset[i] + net->params[i].elements <= s->param_floats);
        memcpy(r.params + s->param_offset[i], params[i], net->params[i].elements * sizeof *r.params);
    }
    net_ref_free(net->param_count, params);
    return r;
}

void schedule_ref_end(schedule_ref *r) {
    net_ref_free(r->schedule->buffer_count, r->buffers);
    free(r->params);
    free(r->state[0]);
    free(r->state[1]);
}

/* NULL: absent. */
static double *at(const schedule_ref *r, operand o) {
    switch (o.kind) {
    case OPERAND_ABSENT:
        return NULL;
    case OPERAND_BUFFER:
        return r->buffers[o.number] + o.offset;
    case OPERAND_PARAM:
        return r->params + o.offset;
    case OPERAND_STATE:
        assert_true(o.number < r->schedule->states && o.offset < r->schedule->trained_floats);
        return r->state[o.number] + o.offset;
    }
    return NULL;
}

static double *needed(const schedule_ref *r, const schedule_step *s, operand o) {
    double *to = at(r, o);
    if (!to)
        fail_msg("step %s: an operand is absent", s->name);
    return to;
}

static void places(const double *from, size_t n, uint8_t *to) {
    for (size_t i = 0; i < n; ++i) {
        assert_true(from[i] >= 0 && from[i] <= 255);
        to[i] = (uint8_t)from[i];
    }
}

/* ---- forward ---- */

static size_t forward_norm(const schedule_ref *r, const schedule_step *s, const double *x, double *y) {
    const tl_batch_norm *size = &s->problem.size.norm;
    const size_t c = size->c, bytes = c * sizeof(double);
    const bool frozen = s->problem.op == STEP_BATCH_NORM_FROZEN;
    double *vectors = room(6 * c);
    memcpy(vectors, needed(r, s, s->w), bytes);
    memcpy(vectors + c, needed(r, s, s->b), bytes);
    memcpy(vectors + 2 * c, needed(r, s, frozen ? s->mean : s->w_state[0]), bytes);
    memcpy(vectors + 3 * c, needed(r, s, frozen ? s->var : s->w_state[1]), bytes);
    if (frozen) {
        ref_batch_norm_frozen_forward(size, x, vectors, y, NULL);
    } else {
        ref_batch_norm_forward(size, x, vectors, vectors + 2 * c, y, NULL, NULL);
        memcpy(at(r, s->w_state[0]), vectors + 2 * c, bytes);
        memcpy(at(r, s->w_state[1]), vectors + 3 * c, bytes);
        memcpy(needed(r, s, s->mean), vectors + 4 * c, bytes);
        memcpy(needed(r, s, s->rstd), vectors + 5 * c, bytes);
    }
    free(vectors);
    return ref_batch_norm_pixels(size) * c;
}

/* Returns y's elements. */
static size_t forward_op(const schedule_ref *r, const schedule_step *s, const double *x, double *y) {
    const step_problem *p = &s->problem;
    const double *b = at(r, s->b);
    switch (p->op) {
    case STEP_CONV:
        ref_conv_forward(&p->size.conv, x, needed(r, s, s->w), b, y, NULL);
        return p->size.conv.n * ref_conv_out_h(&p->size.conv) * ref_conv_out_w(&p->size.conv) * p->size.conv.o;
    case STEP_DEPTHWISE: {
        const tl_depthwise *d = &p->size.depthwise;
        ref_depthwise_forward(d, x, needed(r, s, s->w), b, y, NULL);
        return d->n * ref_depthwise_out_h(d) * ref_depthwise_out_w(d) * d->c;
    }
    case STEP_LINEAR:
    case STEP_LINEAR_ONE:
        ref_linear_forward(&p->size.linear, x, needed(r, s, s->w), b, y, NULL);
        return (size_t)p->size.linear.n * p->size.linear.o;
    case STEP_MAX_POOL: {
        const size_t n =
            p->size.pool.n * ref_pool_out_h(&p->size.pool) * ref_pool_out_w(&p->size.pool) * p->size.pool.c;
        uint8_t *arg = calloc(n, 1);
        double *to = needed(r, s, s->arg);
        assert_non_null(arg);
        ref_max_pool_forward(&p->size.pool, x, y, arg);
        for (size_t i = 0; i < n; ++i)
            to[i] = arg[i];
        free(arg);
        return n;
    }
    case STEP_AVG_POOL:
    case STEP_AVG_POOL_PADDED:
        ref_avg_pool_forward(&p->size.pool, p->op == STEP_AVG_POOL_PADDED, x, y, NULL);
        return p->size.pool.n * ref_pool_out_h(&p->size.pool) * ref_pool_out_w(&p->size.pool) * p->size.pool.c;
    case STEP_GLOBAL_POOL:
        ref_global_avg_pool_forward(&p->size.global_pool, x, y, NULL);
        return (size_t)p->size.global_pool.n * p->size.global_pool.c;
    case STEP_BATCH_NORM:
    case STEP_BATCH_NORM_FROZEN:
        return forward_norm(r, s, x, y);
    case STEP_RELU:
        ref_relu_forward(p->size.elements, x, y);
        return p->size.elements;
    case STEP_RELU6:
        ref_relu6_forward(p->size.elements, x, y);
        return p->size.elements;
    case STEP_LEAKY_RELU:
        ref_leaky_relu_forward(p->size.elements, (double)r->net->layers[s->layer].alpha, x, y);
        return p->size.elements;
    case STEP_SIGMOID:
        ref_sigmoid_forward(p->size.elements, x, y);
        return p->size.elements;
    case STEP_TANH:
        ref_tanh_forward(p->size.elements, x, y);
        return p->size.elements;
    case STEP_ADD:
        memmove(y, x, p->size.elements * sizeof *y);
        return p->size.elements;
    default:
        fail_msg("step %s: %s has no forward pass", s->name, step_op_names[p->op]);
        return 0;
    }
}

static void forward(const schedule_ref *r, const schedule_step *s) {
    const step_epilogue e = s->problem.epilogue;
    const bool sums = s->problem.op == STEP_ADD || e == STEP_WITH_ADD || e == STEP_WITH_ADD_RELU;
    double *y = needed(r, s, s->y);
    const double *residual = sums ? needed(r, s, s->residual) : NULL;
    const double *x = needed(r, s, s->x);
    /* A sum may stand in either of its summands' places. */
    if (s->problem.op == STEP_ADD && residual == y) {
        residual = x;
        x = y;
    }
    const size_t n = forward_op(r, s, x, y);
    for (size_t i = 0; residual && i < n; ++i)
        y[i] += residual == y ? 0 : residual[i];
    if (e == STEP_WITH_RELU || e == STEP_WITH_ADD_RELU)
        ref_relu_forward(n, y, y);
    if (e == STEP_WITH_RELU6)
        ref_relu6_forward(n, y, y);
}

static void loss(schedule_ref *r, const schedule_step *s) {
    const double *z = needed(r, s, s->x);
    double *dz = needed(r, s, s->dx);
    if (s->problem.op == STEP_MSE) {
        double *sums = room(s->problem.size.elements), sum;
        r->loss = ref_mse(s->problem.size.elements, z, r->target, dz, &sum, sums);
        free(sums);
        return;
    }
    uint32_t *labels = calloc(s->problem.size.rows.n, sizeof *labels);
    assert_non_null(labels);
    for (uint32_t i = 0; i < s->problem.size.rows.n; ++i)
        labels[i] = (uint32_t)r->target[i];
    r->loss = ref_softmax_cross_entropy(&s->problem.size.rows, z, labels, dz, NULL, NULL);
    free(labels);
}

/* ---- backward ---- */

static void optimise(const schedule_ref *r, const schedule_step *s, size_t n, const double *g, operand w,
                     const operand state[2]) {
    double *to = needed(r, s, w);
    if (s->problem.update != STEP_ADAM) {
        ref_sgd_step(&r->sgd, n, g, to, s->problem.update == STEP_MOMENTUM ? needed(r, s, state[0]) : NULL, NULL, NULL);
        return;
    }
    double *sums = room(3 * n);
    ref_adam_step(&r->adam, r->step ? r->step : 1, n, g, to, needed(r, s, state[0]), needed(r, s, state[1]), sums,
                  sums + n, sums + 2 * n);
    free(sums);
}

/* A gradient goes to the optimiser, or to its place, or is added there. */
static void give(const schedule_ref *r, const schedule_step *s, size_t n, const double *g, bool is_w) {
    const operand place = is_w ? s->dw : s->db, param = is_w ? s->w : s->b;
    if (s->problem.update != STEP_NO_UPDATE) {
        if (is_w || param.kind != OPERAND_ABSENT)
            optimise(r, s, n, g, param, is_w ? s->w_state : s->b_state);
        return;
    }
    double *to = at(r, place);
    for (size_t i = 0; to && i < n; ++i)
        to[i] = s->add ? to[i] + g[i] : g[i];
}

static void norm_grad(const schedule_ref *r, const schedule_step *s, bool with_dx) {
    const tl_batch_norm *size = &s->problem.size.norm;
    const size_t c = size->c, bytes = c * sizeof(double);
    double *vectors = room(5 * c), *dx = with_dx ? needed(r, s, s->dx) : NULL;
    if (s->problem.op == STEP_BATCH_NORM) {
        memcpy(vectors, needed(r, s, s->w), bytes);
        memcpy(vectors + c, needed(r, s, s->mean), bytes);
        memcpy(vectors + 2 * c, needed(r, s, s->rstd), bytes);
        ref_batch_norm_grad(size, needed(r, s, s->x), needed(r, s, s->dy), vectors, dx, NULL, NULL);
        give(r, s, c, vectors + 3 * c, true);
        give(r, s, c, vectors + 4 * c, false);
    } else if (with_dx) {
        memcpy(vectors, needed(r, s, s->w), bytes);
        memcpy(vectors + c, needed(r, s, s->var), bytes);
        ref_batch_norm_frozen_grad_x(size, needed(r, s, s->dy), vectors, dx);
    } else {
        memcpy(vectors, needed(r, s, s->mean), bytes);
        memcpy(vectors + c, needed(r, s, s->var), bytes);
        ref_batch_norm_frozen_grad_w(size, needed(r, s, s->x), needed(r, s, s->dy), vectors, NULL);
        give(r, s, c, vectors + 2 * c, true);
        give(r, s, c, vectors + 3 * c, false);
    }
    free(vectors);
}

static void grad_w(const schedule_ref *r, const schedule_step *s) {
    const step_problem *p = &s->problem;
    if (p->op == STEP_BATCH_NORM || p->op == STEP_BATCH_NORM_FROZEN) {
        norm_grad(r, s, false);
        return;
    }
    const double *x = needed(r, s, s->x), *dy = needed(r, s, s->dy);
    size_t w, o;
    if (p->op == STEP_CONV) {
        w = ref_conv_weights(&p->size.conv);
        o = p->size.conv.o;
    } else if (p->op == STEP_DEPTHWISE) {
        w = (size_t)p->size.depthwise.kh * p->size.depthwise.kw * p->size.depthwise.c;
        o = p->size.depthwise.c;
    } else {
        assert_true(p->op == STEP_LINEAR || p->op == STEP_LINEAR_ONE);
        w = (size_t)p->size.linear.k * p->size.linear.o;
        o = p->size.linear.o;
    }
    double *dw = room(w), *db = room(o);
    if (p->op == STEP_CONV)
        ref_conv_grad_w(&p->size.conv, x, dy, dw, NULL, db, NULL);
    else if (p->op == STEP_DEPTHWISE)
        ref_depthwise_grad_w(&p->size.depthwise, x, dy, dw, NULL, db, NULL);
    else
        ref_linear_grad_w(&p->size.linear, x, dy, dw, NULL, db, NULL);
    give(r, s, w, dw, true);
    give(r, s, o, db, false);
    free(dw);
    free(db);
}

static void pool_grad_x(const schedule_ref *r, const schedule_step *s, const double *dy, double *dx) {
    const tl_pool *size = &s->problem.size.pool;
    if (s->problem.op != STEP_MAX_POOL) {
        ref_avg_pool_grad_x(size, s->problem.op == STEP_AVG_POOL_PADDED, dy, dx, NULL);
        return;
    }
    const size_t n = size->n * ref_pool_out_h(size) * ref_pool_out_w(size) * size->c;
    uint8_t *arg = calloc(n, 1);
    assert_non_null(arg);
    places(needed(r, s, s->arg), n, arg);
    ref_max_pool_grad_x(size, dy, arg, dx, NULL);
    free(arg);
}

/* Elements of dx. */
static size_t grad_x(const schedule_ref *r, const schedule_step *s) {
    const step_problem *p = &s->problem;
    const double *dy = needed(r, s, s->dy);
    double *dx = needed(r, s, s->dx);
    switch (p->op) {
    case STEP_CONV:
        ref_conv_grad_x(&p->size.conv, needed(r, s, s->w), dy, NULL, dx, NULL);
        return (size_t)p->size.conv.n * p->size.conv.h * p->size.conv.w * p->size.conv.c;
    case STEP_DEPTHWISE:
        ref_depthwise_grad_x(&p->size.depthwise, needed(r, s, s->w), dy, NULL, dx, NULL);
        return (size_t)p->size.depthwise.n * p->size.depthwise.h * p->size.depthwise.w * p->size.depthwise.c;
    case STEP_LINEAR:
    case STEP_LINEAR_ONE:
        ref_linear_grad_x(&p->size.linear, needed(r, s, s->w), dy, NULL, dx, NULL);
        return (size_t)p->size.linear.n * p->size.linear.k;
    case STEP_MAX_POOL:
    case STEP_AVG_POOL:
    case STEP_AVG_POOL_PADDED:
        pool_grad_x(r, s, dy, dx);
        return 0;
    case STEP_GLOBAL_POOL:
        ref_global_avg_pool_grad_x(&p->size.global_pool, dy, dx, NULL);
        return 0;
    case STEP_BATCH_NORM:
    case STEP_BATCH_NORM_FROZEN:
        norm_grad(r, s, true);
        return 0;
    case STEP_RELU:
        ref_relu_grad_x(p->size.elements, needed(r, s, s->mask), dy, dx);
        return 0;
    case STEP_RELU6:
        ref_relu6_grad_x(p->size.elements, needed(r, s, s->mask), dy, dx);
        return 0;
    case STEP_LEAKY_RELU:
        ref_leaky_relu_grad_x(p->size.elements, (double)r->net->layers[s->layer].alpha, needed(r, s, s->mask), dy, dx);
        return 0;
    case STEP_SIGMOID:
        ref_sigmoid_grad_x(p->size.elements, needed(r, s, s->mask), dy, dx);
        return 0;
    case STEP_TANH:
        ref_tanh_grad_x(p->size.elements, needed(r, s, s->mask), dy, dx);
        return 0;
    default:
        fail_msg("step %s: %s has no gradient", s->name, step_op_names[p->op]);
        return 0;
    }
}

static void backward(const schedule_ref *r, const schedule_step *s) {
    const step_pass pass = s->problem.pass;
    if (pass == STEP_GRAD_X || pass == STEP_STEP) {
        const size_t n = grad_x(r, s);
        if (s->problem.mask == STEP_MASK_RELU)
            ref_relu_grad_x(n, needed(r, s, s->mask), at(r, s->dx), at(r, s->dx));
        if (s->problem.mask == STEP_MASK_RELU6)
            ref_relu6_grad_x(n, needed(r, s, s->mask), at(r, s->dx), at(r, s->dx));
    }
    if (pass == STEP_GRAD_W || pass == STEP_STEP)
        grad_w(r, s);
}

static void carry_out(schedule_ref *r, const schedule_step *s) {
    char why[128];
    if (!step_problem_has_pass(&s->problem, why, sizeof why))
        fail_msg("step %s: %s", s->name, why);
    if (s->part == PART_LOSS)
        loss(r, s);
    else if (s->problem.op == STEP_OPTIMISER)
        optimise(r, s, s->problem.size.elements, needed(r, s, s->dw), s->w, s->w_state);
    else if (s->problem.pass == STEP_FORWARD)
        forward(r, s);
    else
        backward(r, s);
}

/* Whether a buffer's contents stay from step to step. */
static bool is_kept(const train_schedule *s, const schedule_buffer *b) {
    return s->options.accumulate > 1 && b->kind == BUFFER_PARAM_GRADIENT && b->first == 0 && b->last + 1 == s->count;
}

void schedule_ref_step(schedule_ref *r, const double *input, const double *target, bool first, bool last) {
    const train_schedule *s = r->schedule;
    r->input = input;
    r->target = target;
    for (uint32_t i = 0; i < s->buffer_count; ++i) {
        const bool gathers = s->options.accumulate > 1 && s->buffers[i].kind == BUFFER_PARAM_GRADIENT;
        if (s->buffers[i].kind == BUFFER_INPUT)
            memcpy(r->buffers[i], input, net_ref_elements(&r->net->values[r->net->input]) * sizeof *input);
        else if (gathers && first)
            memset(r->buffers[i], 0, elements_of(&s->buffers[i]) * sizeof *r->buffers[i]);
        else if (!is_kept(s, &s->buffers[i]))
            poison(r, i);
    }
    for (uint32_t i = 0; i < s->count; ++i) {
        if (s->steps[i].part == PART_UPDATE && !last)
            continue;
        carry_out(r, &s->steps[i]);
        for (uint32_t j = 0; j < s->buffer_count; ++j) {
            const schedule_buffer *b = &s->buffers[j];
            if (b->placed && b->last == i && !is_kept(s, b))
                poison(r, j);
        }
    }
}
