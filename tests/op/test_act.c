/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/op/op_test.h"
#include <math.h>

enum { SEED = 4001, MOST_IN_L1 = 2000 };

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

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(forward), cmocka_unit_test(grad_x),
                                       cmocka_unit_test(relu6_forward), cmocka_unit_test(relu6_grad_x)};
    return op_main(argc, argv, "act", tests, sizeof tests / sizeof tests[0]);
}
