/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tune/result_case.h"
#include "tests/op/conv_case.h"
#include "tests/ref/ref_channels.h"
#include "tools/tune/step_request.h"
#include <math.h>
#include <string.h>

/* ---- optimisers ---- */

enum { ADAM_STEP = 3 };

static void set_optimiser(op_test *t) {
    tl_probe *p = &t->job.probe;
    p->sgd = (tl_sgd){.rate = 0.25f, .momentum = 0.875f, .decay = op_chance(t, 2) ? 0.125f : 0.0f};
    p->adam = (tl_adam){.rate = 0.125f, .beta1 = 0.875f, .beta2 = 0.75f, .epsilon = 0x1p-10f, .decay = 0.25f};
    p->adam_state.numbers = (tl_adam_numbers){.rest1 = 0.125f,
                                              .rest2 = 0.25f,
                                              .scale = (float)(1 / sqrt(1 - pow(0.75, ADAM_STEP))),
                                              .size = (float)(0.125 / (1 - pow(0.875, ADAM_STEP))),
                                              .keep = 1 - 0.125f * 0.25f,
                                              .epsilon = 0x1p-10f};
}

static void make_whole(uint32_t n, float *values) {
    for (uint32_t i = 0; i < n; ++i)
        values[i] = roundf(values[i] * 3);
}

static void make_positive(uint32_t n, float *values) {
    for (uint32_t i = 0; i < n; ++i)
        values[i] = fabsf(values[i]);
}

/* ---- linear layers at batch 1: x, dy, w, b, mask, y or dx, states of w and of b behind it ---- */

enum { X, DY, W, B, MASK, Y, M, V };

static void one_update(op_test *t, const step_problem *problem, const float *x, const float *dy) {
    const tl_probe *p = &t->job.probe;
    const uint32_t k = p->linear.k, o = p->linear.o, ws = k * o, n = ws + o, states = p->stream_plan.states;
    const double product = 1;
    double *g = op_doubles(t, n), *w = op_doubles(t, n), *m = NULL, *v = NULL;
    double *w_sum = op_doubles(t, n), *m_sum = op_doubles(t, n), *v_sum = op_doubles(t, n), terms = REF_ADAM_TERMS;
    const float *w_before = t->job.buffer[W].in, *b_before = op_input(t, B, "b", o);
    for (uint32_t i = 0; i < n; ++i) {
        g[i] = i < ws ? (double)x[i % k] * (double)dy[i / k] : (double)dy[i - ws];
        w[i] = (double)(i < ws ? w_before[i] : b_before[i - ws]);
    }
    for (uint32_t i = 0; i < states; ++i) {
        float *state = op_input(t, M + i, i ? "v" : "m", n);
        make_positive(n, state);
        *(i ? &v : &m) = op_wide(t, n, state);
    }
    if (problem->update == STEP_ADAM) {
        ref_adam_step(&p->adam, ADAM_STEP, n, g, w, m, v, w_sum, m_sum, v_sum);
    } else {
        ref_sgd_step(&p->sgd, n, g, w, m, w_sum, m_sum);
        terms = product + 3;
        for (uint32_t i = 0; i < n; ++i) {
            m_sum[i] += fabs(g[i]);
            w_sum[i] += (double)p->sgd.rate * fabs(g[i]);
        }
    }
    op_expect(t, W, "w", ws, w, w_sum, terms);
    op_expect(t, B, "b", o, w + ws, w_sum + ws, terms);
    if (m)
        op_expect(t, M, "m", n, m, m_sum, terms);
    if (v)
        op_expect(t, V, "v", n, v, v_sum, terms);
}

static void linear_one(op_test *t, const step_problem *problem) {
    const tl_probe *p = &t->job.probe;
    const uint32_t k = p->linear.k, o = p->linear.o;
    const bool forward = problem->pass == STEP_FORWARD,
               updates = problem->pass == STEP_GRAD_W || problem->pass == STEP_STEP;
    float *w = op_input(t, W, "w", k * o), *dy = forward ? NULL : op_input(t, DY, "dy", o);
    float *x = forward || updates ? op_input(t, X, "x", k) : NULL;
    set_optimiser(t);
    /* Adam's gradient is to be exact: its bound knows of no error there. */
    if (updates && problem->update == STEP_ADAM) {
        make_whole(k, x);
        make_whole(o, dy);
    }
    if (forward) {
        double *y = op_doubles(t, o), *sum = op_doubles(t, o);
        ref_linear_forward(&p->linear, op_wide(t, k, x), op_wide(t, k * o, w), op_wide(t, o, op_input(t, B, "b", o)), y,
                           sum);
        if (p->relu)
            ref_relu_forward(o, y, y);
        op_expect(t, Y, "y", o, y, sum, k + 1);
    }
    if (problem->pass == STEP_GRAD_X || problem->pass == STEP_STEP) {
        double *dx = op_doubles(t, k), *sum = op_doubles(t, k);
        double *mask = problem->mask ? op_wide(t, k, op_input(t, MASK, "mask", k)) : NULL;
        ref_linear_grad_x(&p->linear, op_wide(t, k * o, w), op_wide(t, o, dy), mask, dx, sum);
        op_expect(t, Y, "dx", k, dx, sum, o);
    }
    if (updates)
        one_update(t, problem, x, dy);
}

/* ---- planes, windows, channels ---- */

static void act(op_test *t, uint32_t n, double *y) {
    if (t->job.probe.relu)
        (t->job.probe.relu == 2 ? ref_relu6_forward : ref_relu_forward)(n, y, y);
}

static void depthwise(op_test *t, const step_problem *problem) {
    const tl_depthwise *l = &problem->size.depthwise;
    const uint32_t nx = (uint32_t)l->n * l->h * l->w * l->c, nw = (uint32_t)l->kh * l->kw * l->c;
    const uint32_t ny = (uint32_t)(l->n * ref_depthwise_out_h(l) * ref_depthwise_out_w(l)) * l->c;
    const double roundings = (double)ref_depthwise_terms(l, (tl_pass)problem->pass) + t->job.probe.planes_plan.slices;
    if (problem->pass == STEP_FORWARD) {
        double *x = op_wide(t, nx, op_input(t, 0, "x", nx)), *w = op_wide(t, nw, op_input(t, 1, "w", nw));
        double *b = op_wide(t, l->c, op_input(t, 2, "b", l->c)), *y = op_doubles(t, ny), *sum = op_doubles(t, ny);
        ref_depthwise_forward(l, x, w, b, y, sum);
        act(t, ny, y);
        op_expect(t, 3, "y", ny, y, sum, roundings);
    } else if (problem->pass == STEP_GRAD_W) {
        double *x = op_wide(t, nx, op_input(t, 0, "x", nx)), *dy = op_wide(t, ny, op_input(t, 1, "dy", ny));
        double *dw = op_doubles(t, nw), *dw_sum = op_doubles(t, nw);
        double *db = op_doubles(t, l->c), *db_sum = op_doubles(t, l->c);
        ref_depthwise_grad_w(l, x, dy, dw, dw_sum, db, db_sum);
        op_expect(t, 2, "dw", nw, dw, dw_sum, roundings);
        op_expect(t, 3, "db", l->c, db, db_sum, roundings);
    } else {
        double *w = op_wide(t, nw, op_input(t, 0, "w", nw)), *dy = op_wide(t, ny, op_input(t, 1, "dy", ny));
        double *dx = op_doubles(t, nx), *sum = op_doubles(t, nx);
        ref_depthwise_grad_x(l, w, dy, NULL, dx, sum);
        if (problem->mask) {
            double *mask = op_wide(t, nx, op_input(t, 2, "mask", nx));
            (problem->mask == STEP_MASK_RELU6 ? ref_relu6_grad_x : ref_relu_grad_x)(nx, mask, dx, dx);
            (problem->mask == STEP_MASK_RELU6 ? ref_relu6_grad_x : ref_relu_grad_x)(nx, mask, sum, sum);
        }
        op_expect(t, 3, "dx", nx, dx, sum, roundings);
    }
}

static void max_pool(op_test *t, const step_problem *problem, uint32_t nx, uint32_t ny) {
    const tl_pool *pool = &problem->size.pool;
    double *y = op_doubles(t, ny), *sum = op_doubles(t, nx > ny ? nx : ny);
    uint8_t *arg = op_memory(t, ny);
    if (problem->pass == STEP_FORWARD) {
        ref_max_pool_forward(pool, op_wide(t, nx, op_input(t, 0, "x", nx)), y, arg);
        op_expect(t, 1, "y", ny, y, sum, 0);
        op_expect_bytes(t, 2, "arg", ny, arg);
        return;
    }
    double *x = op_doubles(t, nx), *dx = op_doubles(t, nx);
    for (uint32_t i = 0; i < nx; ++i)
        x[i] = (double)draw_value(&t->draw);
    ref_max_pool_forward(pool, x, y, arg);
    double *dy = op_wide(t, ny, op_input(t, 0, "dy", ny));
    op_input_bytes(t, 1, "arg", arg, ny);
    ref_max_pool_grad_x(pool, dy, arg, dx, sum);
    op_expect(t, 2, "dx", nx, dx, sum, (double)pool->kh * pool->kw);
}

static void pool(op_test *t, const step_problem *problem) {
    const tl_pool *l = &problem->size.pool;
    const bool forward = problem->pass == STEP_FORWARD, padded = problem->op == STEP_AVG_POOL_PADDED;
    const uint32_t nx = (uint32_t)l->n * l->h * l->w * l->c;
    const uint32_t ny = (uint32_t)(l->n * ref_pool_out_h(l) * ref_pool_out_w(l)) * l->c;
    const uint32_t ni = forward ? nx : ny, no = forward ? ny : nx;
    if (problem->op == STEP_MAX_POOL) {
        max_pool(t, problem, nx, ny);
        return;
    }
    double *in = op_wide(t, ni, op_input(t, 0, forward ? "x" : "dy", ni));
    double *out = op_doubles(t, no), *sum = op_doubles(t, no);
    (forward ? ref_avg_pool_forward : ref_avg_pool_grad_x)(l, padded, in, out, sum);
    op_expect(t, 1, forward ? "y" : "dx", no, out, sum, (double)l->kh * l->kw + 3);
}

static void global_pool(op_test *t, const step_problem *problem) {
    const tl_global_pool *l = &problem->size.global_pool;
    const bool forward = problem->pass == STEP_FORWARD;
    const uint32_t pixels = (uint32_t)l->h * l->w, nx = l->n * pixels * l->c, ny = (uint32_t)l->n * l->c;
    const uint32_t ni = forward ? nx : ny, no = forward ? ny : nx;
    double *in = op_wide(t, ni, op_input(t, 0, forward ? "x" : "dy", ni));
    double *out = op_doubles(t, no), *sum = op_doubles(t, no);
    (forward ? ref_global_avg_pool_forward : ref_global_avg_pool_grad_x)(l, in, out, sum);
    op_expect(t, 1, forward ? "y" : "dx", no, out, sum, forward ? pixels + 3.0 : 3.0);
}

static void batch_norm(op_test *t, const step_problem *problem) {
    const tl_batch_norm *l = &problem->size.norm;
    const uint32_t c = l->c, pixels = (uint32_t)ref_batch_norm_pixels(l), n = pixels * c;
    const double roundings = pixels + 16.0;
    double *x = op_wide(t, n, op_input(t, 0, "x", n)), *out = op_doubles(t, n), *sum = op_doubles(t, n);
    if (problem->pass == STEP_FORWARD) {
        double *parameters = op_wide(t, 2 * c, op_input(t, 1, "gamma, beta", 2 * c)), *kept_sum = op_doubles(t, 4 * c);
        float *vectors = op_input(t, 2, "running and batch's statistics", 4 * c);
        make_positive(c, vectors + c);
        double *kept = op_wide(t, 4 * c, vectors);
        ref_batch_norm_forward(l, x, parameters, kept, out, kept_sum, sum);
        act(t, n, out);
        op_expect(t, 2, "running and batch's statistics", 4 * c, kept, kept_sum, roundings);
        op_expect(t, 3, "y", n, out, sum, roundings);
        return;
    }
    double *dy = op_wide(t, n, op_input(t, 1, "dy", n)), *kept = op_doubles(t, 4 * c);
    float *vectors = op_input(t, 2, "gamma, mean, rstd, dgamma, dbeta", 5 * c);
    ref_batch_norm_forward(l, x, op_doubles(t, 2 * c), kept, out, NULL, NULL);
    for (uint32_t i = 0; i < 2 * c; ++i)
        vectors[c + i] = (float)kept[2 * c + i];
    double *wide = op_wide(t, 5 * c, vectors), *wide_sum = op_doubles(t, 5 * c);
    const bool has_dx = problem->pass == STEP_GRAD_X;
    ref_batch_norm_grad(l, x, dy, wide, has_dx ? out : NULL, wide_sum, sum);
    op_expect(t, 2, "gamma, mean, rstd, dgamma, dbeta", 5 * c, wide, wide_sum, roundings);
    if (has_dx)
        op_expect(t, 3, "dx", n, out, sum, roundings);
}

static void batch_norm_frozen(op_test *t, const step_problem *problem) {
    const tl_batch_norm *l = &problem->size.norm;
    const uint32_t c = l->c, pixels = (uint32_t)ref_batch_norm_pixels(l), n = pixels * c;
    const bool forward = problem->pass == STEP_FORWARD, grad_w = problem->pass == STEP_GRAD_W;
    double *x = op_wide(t, n, op_input(t, 0, "x or dy", n)), *out = op_doubles(t, n), *sum = op_doubles(t, n);
    if (grad_w) {
        double *dy = op_wide(t, n, op_input(t, 1, "dy", n));
        float *vectors = op_input(t, 2, "mean, var, dgamma, dbeta", 4 * c);
        make_positive(c, vectors + c);
        double *wide = op_wide(t, 4 * c, vectors), *wide_sum = op_doubles(t, 4 * c);
        ref_batch_norm_frozen_grad_w(l, x, dy, wide, wide_sum);
        op_expect(t, 2, "mean, var, dgamma, dbeta", 4 * c, wide, wide_sum, pixels + 16.0);
        return;
    }
    const uint32_t vectors = forward ? 4 : 2;
    float *parameters = op_input(t, 1, "vectors", vectors * c);
    make_positive(c, parameters + (vectors - 1) * c);
    double *wide = op_wide(t, vectors * c, parameters);
    if (forward) {
        ref_batch_norm_frozen_forward(l, x, wide, out, sum);
        act(t, n, out);
    } else {
        ref_batch_norm_frozen_grad_x(l, x, wide, out);
        for (uint32_t i = 0; i < n; ++i)
            sum[i] = fabs(out[i]);
    }
    op_expect(t, 2, forward ? "y" : "dx", n, out, sum, 10);
}

/* ---- element by element, and losses ---- */

static void element_wise(op_test *t, const step_problem *problem) {
    const uint32_t n = problem->size.elements;
    double *x = op_wide(t, n, op_input(t, 0, "x", n)), *y = op_doubles(t, n), *sum = op_doubles(t, n);
    const bool six = problem->op == STEP_RELU6, forward = problem->pass == STEP_FORWARD;
    const bool rounds = problem->op >= STEP_LEAKY_RELU;
    if (problem->op == STEP_ADD) {
        ref_add_forward(n, x, op_wide(t, n, op_input(t, 1, "b", n)), y, sum);
        act(t, n, y);
    } else if (problem->op == STEP_LEAKY_RELU) {
        const double alpha = (double)t->job.probe.leaky.alpha;
        if (forward)
            ref_leaky_relu_forward(n, alpha, x, y);
        else
            ref_leaky_relu_grad_x(n, alpha, x, op_wide(t, n, op_input(t, 1, "dy", n)), y);
    } else if (rounds && forward) {
        (problem->op == STEP_TANH ? ref_tanh_forward : ref_sigmoid_forward)(n, x, y);
    } else if (rounds) {
        (problem->op == STEP_TANH ? ref_tanh_grad_x : ref_sigmoid_grad_x)(n, x, op_wide(t, n, op_input(t, 1, "dy", n)),
                                                                          y);
    } else if (forward) {
        (six ? ref_relu6_forward : ref_relu_forward)(n, x, y);
    } else {
        (six ? ref_relu6_grad_x : ref_relu_grad_x)(n, x, op_wide(t, n, op_input(t, 1, "dy", n)), y);
    }
    for (uint32_t i = 0; i < n && rounds && problem->op != STEP_ADD; ++i)
        sum[i] = fabs(y[i]);
    op_expect(t, problem->op == STEP_ADD || !forward ? 2 : 1, "result", n, y, sum,
              problem->op == STEP_ADD || problem->op == STEP_LEAKY_RELU ? 1
              : rounds                                                  ? 6
                                                                        : 0);
}

static void optimiser(op_test *t, const step_problem *problem) {
    const tl_probe *p = &t->job.probe;
    const uint32_t n = problem->size.elements;
    set_optimiser(t);
    double *g = op_wide(t, n, op_input(t, 0, "g", n)), *w = op_wide(t, n, op_input(t, 1, "w", n));
    double *w_sum = op_doubles(t, n), *m_sum = op_doubles(t, n), *v_sum = op_doubles(t, n), *m = NULL;
    if (problem->update != STEP_SGD)
        m = op_wide(t, n, op_input(t, 2, "m", n));
    if (problem->update != STEP_ADAM) {
        ref_sgd_step(&p->sgd, n, g, w, m, w_sum, m_sum);
    } else {
        float *kept = op_input(t, 3, "v", n);
        make_positive(n, kept);
        double *v = op_wide(t, n, kept);
        /* The first step, from a state that nothing has been done with. */
        ref_adam_step(&p->adam, 1, n, g, w, m, v, w_sum, m_sum, v_sum);
        op_expect(t, 3, "v", n, v, v_sum, REF_ADAM_TERMS);
        op_input_bytes(t, 4, "state", op_memory(t, sizeof(tl_adam_state)), sizeof(tl_adam_state));
        t->job.buffer[4].out = op_memory(t, sizeof(tl_adam_state));
    }
    const double terms = problem->update == STEP_ADAM ? REF_ADAM_TERMS : 3;
    op_expect(t, 1, "w", n, w, w_sum, terms);
    if (m)
        op_expect(t, 2, "m", n, m, m_sum, terms);
}

static void loss(op_test *t, const step_problem *problem) {
    const tl_rows *rows = &problem->size.rows;
    const bool mse = problem->op == STEP_MSE;
    const uint32_t n = mse ? problem->size.elements : (uint32_t)rows->n * rows->classes;
    double *y = op_wide(t, n, op_input(t, 0, "y", n)), *dy = op_doubles(t, n), *dy_sum = op_doubles(t, n);
    double *value = op_doubles(t, 1), *value_sum = op_doubles(t, 1);
    if (mse) {
        *value = ref_mse(n, y, op_wide(t, n, op_input(t, 1, "target", n)), dy, value_sum, dy_sum);
    } else {
        uint32_t *label = op_memory(t, rows->n * sizeof *label);
        for (uint32_t i = 0; i < rows->n; ++i)
            label[i] = draw_below(&t->draw, rows->classes);
        op_input_bytes(t, 1, "label", label, rows->n * 4u);
        *value = ref_softmax_cross_entropy(rows, y, label, dy, value_sum, dy_sum);
    }
    const double terms = (double)(mse ? ref_mse_terms(n) : ref_loss_terms(rows));
    op_expect(t, 2, "loss", 1, value, value_sum, terms);
    op_expect(t, 3, "dy", n, dy, dy_sum, terms);
}

/* ---- all ---- */

static void tensors(op_test *t, const step_problem *problem) {
    switch (problem->op) {
    case STEP_CONV:
    case STEP_LINEAR:
        set_optimiser(t);
        conv_case_tensors(t);
        return;
    case STEP_LINEAR_ONE:
        linear_one(t, problem);
        return;
    case STEP_DEPTHWISE:
        depthwise(t, problem);
        return;
    case STEP_MAX_POOL:
    case STEP_AVG_POOL:
    case STEP_AVG_POOL_PADDED:
        pool(t, problem);
        return;
    case STEP_GLOBAL_POOL:
        global_pool(t, problem);
        return;
    case STEP_BATCH_NORM:
        batch_norm(t, problem);
        return;
    case STEP_BATCH_NORM_FROZEN:
        batch_norm_frozen(t, problem);
        return;
    case STEP_OPTIMISER:
        optimiser(t, problem);
        return;
    case STEP_CROSS_ENTROPY:
    case STEP_MSE:
        loss(t, problem);
        return;
    default:
        element_wise(t, problem);
    }
}

/* The least L1 in which the plan is said to be fine: it may write no more. Pieces of element-wise steps take what there
 * is. */
static uint32_t least_l1(const step_problem *problem, const step_plan *plan) {
    uint32_t too_few = 0, enough = step_l1_bytes();
    if (plan->kind == STEP_PLAN_MAP || plan->kind == STEP_PLAN_NONE)
        return 0;
    while (enough - too_few > 1) {
        const uint32_t middle = (too_few + enough) / 2;
        if (step_supported(problem, plan, middle) == TL_OK)
            enough = middle;
        else
            too_few = middle;
    }
    return enough;
}

/* What is expected follows the request: it must ask for what the problem names. */
static void check_request(op_test *t, const step_problem *problem) {
    const tl_probe *p = &t->job.probe;
    const bool forward = problem->pass == STEP_FORWARD, one = problem->op == STEP_LINEAR_ONE;
    const char *fused = forward ? step_epilogue_names[problem->epilogue] : step_mask_names[problem->mask];
    const uint32_t relu = strstr(fused, "relu6") ? 2 : strstr(fused, "relu") ? 1 : 0;
    const bool is_matmul = problem->op == STEP_CONV || problem->op == STEP_LINEAR;
    assert_int_equal(p->relu, one && !forward ? 0 : relu);
    assert_int_equal(p->residual, forward && is_matmul && strstr(fused, "add") != NULL);
    assert_int_equal(p->update, is_matmul ? (uint32_t)problem->update : 0);
    if (one)
        assert_int_equal(p->stream_plan.states, problem->update == STEP_ADAM       ? 2
                                                : problem->update == STEP_MOMENTUM ? 1
                                                                                   : 0);
}

void result_case(op_test *t, const step_problem *problem, const step_plan *plan, uint32_t seed, uint32_t number) {
    op_begin(t, 0, seed, number);
    if (step_request(problem, plan, 0, 8, &t->job.probe) != TL_OK)
        op_fail(t, "the tuner's request", 8, "cannot be made");
    /* Once, and as the harness wants it. */
    t->job.probe.repeat = t->job.probe.tape_bytes = t->job.probe.reel_bytes = 0;
    t->job.probe.tape = t->job.probe.reel = 0;
    check_request(t, problem);
    t->job.l1_bytes = least_l1(problem, plan);
    tensors(t, problem);
}
