/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/op/op_test.h"
#include <math.h>

enum { SEED = 4001, MOST_IN_L1 = 2000 };
/* In halves of an ulp, as harness_near counts: the bounds of src/base/math.c. */
enum { SIGMOID_U = 5, TANH_U = 3 };

static void plan(op_test *t, uint32_t n) {
    /* From tiles of one element to one tile for all, but not thousands of tiles. */
    t->job.probe.elements = n;
    if (!op_chance(t, 8)) /* 0: as many as fit */
        t->job.probe.map_plan.elements = n / 40 + 1 + draw_below(&t->draw, op_chance(t, 2) ? n : n / 16 + 1);
}

/* Zeros of both signs, NaN, infinities and the smallest numbers, among others. */
static float *special_values(op_test *t, uint32_t i, const char *name, uint32_t n) {
    static const float special[] = {0.0f,           -0.0f,      NAN,       INFINITY, -INFINITY,
                                    0x1p-149f,      -0x1p-149f, 0x1p-126f, 6.0f,     0x1.7ffffep+2f,
                                    0x1.800002p+2f, 5.0f,       7.0f};
    float *values = op_input(t, i, name, n);
    for (uint32_t at = draw_below(&t->draw, 4); at < n; at += draw_range(&t->draw, 1, 12))
        values[at] = OP_PICK(t, special);
    return values;
}

static void run_forward(op_test *t, uint32_t n) {
    plan(t, n);
    t->job.probe.pass = TL_FORWARD;
    double *x = op_wide(t, n, special_values(t, 0, "x", n)), *y = op_doubles(t, n);
    (t->job.probe.kind == TL_PROBE_RELU6 ? ref_relu6_forward : ref_relu_forward)(n, x, y);
    op_expect(t, 1, "y", n, y, op_doubles(t, n), 0);
    if (op_chance(t, 2))
        op_in_place(t, 1, 0);
    if (n < MOST_IN_L1)
        op_some_in_l1(t);
    op_finish(t);
}

static void run_grad_x(op_test *t, uint32_t n) {
    plan(t, n);
    t->job.probe.pass = TL_GRAD_X;
    double *x = op_wide(t, n, special_values(t, 0, "x", n)), *dy = op_wide(t, n, special_values(t, 1, "dy", n));
    double *dx = op_doubles(t, n);
    (t->job.probe.kind == TL_PROBE_RELU6 ? ref_relu6_grad_x : ref_relu_grad_x)(n, x, dy, dx);
    op_expect(t, 2, "dx", n, dx, op_doubles(t, n), 0);
    if (op_chance(t, 2))
        op_in_place(t, 2, 1);
    if (n < MOST_IN_L1)
        op_some_in_l1(t);
    op_finish(t);
}

/* Those that round: y, or dx from the layer's output (leaky_relu: input). */
static void run_smooth_forward(op_test *t, uint32_t n) {
    const uint32_t kind = t->job.probe.kind;
    plan(t, n);
    t->job.probe.pass = TL_FORWARD;
    t->job.probe.leaky.alpha = draw_value(&t->draw);
    float *from = special_values(t, 0, "x", n);
    for (uint32_t i = 0; i < n; ++i)
        from[i] *= kind == TL_PROBE_LEAKY_RELU ? 1.0f : 8.0f;
    double *x = op_wide(t, n, from), *y = op_doubles(t, n), *sum = op_doubles(t, n);
    if (kind == TL_PROBE_LEAKY_RELU)
        ref_leaky_relu_forward(n, (double)t->job.probe.leaky.alpha, x, y);
    else
        (kind == TL_PROBE_TANH ? ref_tanh_forward : ref_sigmoid_forward)(n, x, y);
    for (uint32_t i = 0; i < n; ++i)
        sum[i] = fabs(y[i]);
    op_expect(t, 1, "y", n, y, sum, kind == TL_PROBE_LEAKY_RELU ? 1 : kind == TL_PROBE_TANH ? TANH_U : SIGMOID_U);
    if (op_chance(t, 2))
        op_in_place(t, 1, 0);
    if (n < MOST_IN_L1)
        op_some_in_l1(t);
    op_finish(t);
}

static void run_smooth_grad_x(op_test *t, uint32_t n) {
    const uint32_t kind = t->job.probe.kind;
    plan(t, n);
    t->job.probe.pass = TL_GRAD_X;
    t->job.probe.leaky.alpha = draw_value(&t->draw);
    /* Outputs are between -1 (0) and 1; at the ends there is nothing left of the gradient. */
    float *from = kind == TL_PROBE_LEAKY_RELU ? special_values(t, 0, "x", n) : op_input(t, 0, "y", n);
    for (uint32_t i = 0; kind == TL_PROBE_SIGMOID && i < n; ++i)
        from[i] = fabsf(from[i]);
    for (uint32_t i = 0; kind != TL_PROBE_LEAKY_RELU && i < n; i += 7)
        from[i] = i % 2 ? 1.0f : 0.0f;
    double *x = op_wide(t, n, from), *dy = op_wide(t, n, special_values(t, 1, "dy", n));
    double *dx = op_doubles(t, n), *sum = op_doubles(t, n);
    if (kind == TL_PROBE_LEAKY_RELU)
        ref_leaky_relu_grad_x(n, (double)t->job.probe.leaky.alpha, x, dy, dx);
    else
        (kind == TL_PROBE_TANH ? ref_tanh_grad_x : ref_sigmoid_grad_x)(n, x, dy, dx);
    for (uint32_t i = 0; i < n; ++i)
        sum[i] = fabs(dx[i]);
    op_expect(t, 2, "dx", n, dx, sum, kind == TL_PROBE_LEAKY_RELU ? 1 : kind == TL_PROBE_TANH ? 2 : 3);
    if (op_chance(t, 2))
        op_in_place(t, 2, 1);
    if (n < MOST_IN_L1)
        op_some_in_l1(t);
    op_finish(t);
}

static void sweep(op_test *t, tl_probe_kind kind, void (*run)(op_test *t, uint32_t n), uint32_t seed) {
    for (uint32_t number = 0; number < 1200; ++number) {
        if (op_skip(t, number, 5))
            continue;
        op_begin(t, kind, seed, number);
        run(t, number < 300 ? number + 1 : draw_range(&t->draw, 1, 3000));
    }
    for (uint32_t number = 1200; number < 1206; ++number) {
        op_begin(t, kind, seed, number);
        run(t, draw_range(&t->draw, 15000, 40000));
    }
}

static void forward(void **state) {
    sweep(*state, TL_PROBE_RELU, run_forward, SEED);
}

static void grad_x(void **state) {
    sweep(*state, TL_PROBE_RELU, run_grad_x, SEED + 1);
}

static void relu6_forward(void **state) {
    sweep(*state, TL_PROBE_RELU6, run_forward, SEED + 2);
}

static void relu6_grad_x(void **state) {
    sweep(*state, TL_PROBE_RELU6, run_grad_x, SEED + 3);
}

#define SMOOTH(name, kind, at)                                                                                         \
    static void name##_forward(void **state) {                                                                         \
        sweep(*state, kind, run_smooth_forward, SEED + at);                                                            \
    }                                                                                                                  \
    static void name##_grad_x(void **state) {                                                                          \
        sweep(*state, kind, run_smooth_grad_x, SEED + at + 1);                                                         \
    }
SMOOTH(leaky_relu, TL_PROBE_LEAKY_RELU, 4)
SMOOTH(sigmoid, TL_PROBE_SIGMOID, 6)
SMOOTH(hyperbolic, TL_PROBE_TANH, 8)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(forward),
                                       cmocka_unit_test(grad_x),
                                       cmocka_unit_test(relu6_forward),
                                       cmocka_unit_test(relu6_grad_x),
                                       cmocka_unit_test(leaky_relu_forward),
                                       cmocka_unit_test(leaky_relu_grad_x),
                                       cmocka_unit_test(sigmoid_forward),
                                       cmocka_unit_test(sigmoid_grad_x),
                                       cmocka_unit_test(hyperbolic_forward),
                                       cmocka_unit_test(hyperbolic_grad_x)};
    return op_main(argc, argv, "act", tests, sizeof tests / sizeof tests[0]);
}
