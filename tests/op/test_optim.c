/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/op/op_test.h"

enum { SEED = 5001 };

static void run(op_test *t, uint32_t n) {
    static const float momenta[] = {0.0f, 0.9f, 0.5f, 1.0f}, rates[] = {0.01f, 1.0f, 0.3f, 0.0f};
    tl_probe *p = &t->job.probe;
    p->elements = n;
    p->sgd = (tl_sgd){.rate = OP_PICK(t, rates), .momentum = OP_PICK(t, momenta)};
    p->map_plan.elements = n / 40 + 1 + draw_below(&t->draw, op_chance(t, 2) ? n : n / 16 + 1);
    double *g = op_wide(t, n, op_input(t, 0, "g", n));
    double *w = op_wide(t, n, op_input(t, 1, "w", n)), *w_sum = op_doubles(t, n);
    double *v = op_wide(t, n, op_input(t, 2, "v", n)), *v_sum = op_doubles(t, n);
    ref_sgd_step((double)p->sgd.rate, (double)p->sgd.momentum, n, g, w, v, w_sum, v_sum);
    op_expect(t, 1, "w", n, w, w_sum, 2);
    op_expect(t, 2, "v", n, v, v_sum, 1);
    op_finish(t);
}

static void sgd(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 1500; ++number) {
        if (op_skip(t, number, 5))
            continue;
        op_begin(t, TL_PROBE_SGD, SEED, number);
        run(t, number < 300 ? number + 1 : draw_range(&t->draw, 1, 3000));
    }
    for (uint32_t number = 1500; number < 1506; ++number) {
        op_begin(t, TL_PROBE_SGD, SEED, number);
        run(t, draw_range(&t->draw, 15000, 40000));
    }
}

/* A rate of 0 moves nothing, but the momentum gathers; infinite gradients are not hidden. */
static void sgd_special(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 8; ++number) {
        op_begin(t, TL_PROBE_SGD, SEED + 1, number);
        uint32_t n = 40;
        float *g = op_input(t, 0, "g", n);
        g[number] = number % 2 ? (float)__builtin_nanf("") : __builtin_inff();
        double *wide = op_wide(t, n, g);
        double *w = op_wide(t, n, op_input(t, 1, "w", n)), *v = op_wide(t, n, op_input(t, 2, "v", n));
        double *w_sum = op_doubles(t, n), *v_sum = op_doubles(t, n);
        t->job.probe.elements = n;
        t->job.probe.sgd = (tl_sgd){.rate = 0.125f, .momentum = 0.5f};
        t->job.probe.map_plan.elements = 16;
        ref_sgd_step(0.125, 0.5, n, wide, w, v, w_sum, v_sum);
        op_expect(t, 1, "w", n, w, w_sum, 2);
        op_expect(t, 2, "v", n, v, v_sum, 1);
        op_finish(t);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sgd), cmocka_unit_test(sgd_special)};
    return op_main(argc, argv, "optim", tests, sizeof tests / sizeof tests[0]);
}
