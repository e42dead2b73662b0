/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/op/op_test.h"
#include <math.h>

enum { SEED = 5001 };

static void run(op_test *t, uint32_t n) {
    static const float momenta[] = {0.0f, 0.9f, 0.5f, 1.0f}, rates[] = {0.01f, 1.0f, 0.3f, 0.0f};
    static const float decays[] = {0.0f, 0.01f, 0.5f};
    tl_probe *p = &t->job.probe;
    bool plain = op_chance(t, 3);
    p->elements = n;
    p->sgd = (tl_sgd){.rate = OP_PICK(t, rates), .momentum = OP_PICK(t, momenta), .decay = OP_PICK(t, decays)};
    p->map_plan.elements = n / 40 + 1 + draw_below(&t->draw, op_chance(t, 2) ? n : n / 16 + 1);
    double *g = op_wide(t, n, op_input(t, 0, "g", n));
    double *w = op_wide(t, n, op_input(t, 1, "w", n)), *w_sum = op_doubles(t, n);
    double *v = plain ? NULL : op_wide(t, n, op_input(t, 2, "v", n)), *v_sum = op_doubles(t, n);
    ref_sgd_step(&p->sgd, n, g, w, v, w_sum, v_sum);
    op_expect(t, 1, "w", n, w, w_sum, 3);
    if (v)
        op_expect(t, 2, "v", n, v, v_sum, 2);
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
        tl_sgd *set = &t->job.probe.sgd;
        t->job.probe.elements = n;
        *set = (tl_sgd){.rate = 0.125f, .momentum = 0.5f, .decay = number < 4 ? 0.0f : 0.25f};
        t->job.probe.map_plan.elements = 16;
        ref_sgd_step(set, n, wide, w, v, w_sum, v_sum);
        op_expect(t, 1, "w", n, w, w_sum, 3);
        op_expect(t, 2, "v", n, v, v_sum, 2);
        op_finish(t);
    }
}

/* The state before step t: what t - 1 steps have left, here in double precision and rounded to two floats. */
static tl_adam_state state_before(const tl_adam *adam, uint32_t t) {
    tl_adam_state state = {.steps = t - 1};
    if (t > 1) {
        double power1 = pow((double)adam->beta1, t - 1), power2 = pow((double)adam->beta2, t - 1);
        state.power1[0] = (float)power1;
        state.power1[1] = (float)(power1 - (double)state.power1[0]);
        state.power2[0] = (float)power2;
        state.power2[1] = (float)(power2 - (double)state.power2[0]);
    }
    return state;
}

static void run_adam(op_test *t, uint32_t n) {
    static const float rates[] = {0.001f, 0.1f, 1.0f}, epsilons[] = {1e-8f, 1e-3f}, decays[] = {0.0f, 0.01f, 0.5f};
    static const float beta1s[] = {0.9f, 0.0f, 0.5f}, beta2s[] = {0.999f, 0.9f, 0.99f};
    static const uint32_t steps[] = {1, 2, 3, 10, 100, 1000, 100000};
    tl_probe *p = &t->job.probe;
    uint32_t step = OP_PICK(t, steps);
    p->elements = n;
    p->map_plan.elements = n / 40 + 1 + draw_below(&t->draw, op_chance(t, 2) ? n : n / 16 + 1);
    p->adam = (tl_adam){.rate = OP_PICK(t, rates),
                        .beta1 = OP_PICK(t, beta1s),
                        .beta2 = OP_PICK(t, beta2s),
                        .epsilon = OP_PICK(t, epsilons),
                        .decay = OP_PICK(t, decays)};
    float *g = op_input(t, 0, "g", n), *w = op_input(t, 1, "w", n);
    float *m = op_input(t, 2, "m", n), *v = op_input(t, 3, "v", n);
    for (uint32_t i = 0; i < n; ++i) {
        v[i] = v[i] < 0 ? -v[i] : v[i];
        if (step == 1)
            m[i] = v[i] = 0;
        if (op_chance(t, 20))
            g[i] = v[i] = 0;
    }
    double *wide_w = op_wide(t, n, w), *wide_m = op_wide(t, n, m), *wide_v = op_wide(t, n, v);
    double *w_sum = op_doubles(t, n), *m_sum = op_doubles(t, n), *v_sum = op_doubles(t, n);
    ref_adam_step(&p->adam, step, n, op_wide(t, n, g), wide_w, wide_m, wide_v, w_sum, m_sum, v_sum);
    op_expect(t, 1, "w", n, wide_w, w_sum, REF_ADAM_TERMS);
    op_expect(t, 2, "m", n, wide_m, m_sum, REF_ADAM_TERMS);
    op_expect(t, 3, "v", n, wide_v, v_sum, REF_ADAM_TERMS);
    tl_adam_state before = state_before(&p->adam, step), after = {.steps = 0};
    t->job.buffer[4] = (harness_buffer){.name = "state", .bytes = sizeof before, .in = &before, .out = &after};
    op_finish(t);
    assert_int_equal(after.steps, step);
    double power = pow((double)p->adam.beta2, step);
    assert_true(fabs((double)after.power2[0] + (double)after.power2[1] - power) <= 1e-9 * power + 1e-40);
}

static void adam(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 1000; ++number) {
        if (op_skip(t, number, 5))
            continue;
        op_begin(t, TL_PROBE_ADAM, SEED + 2, number);
        run_adam(t, number < 300 ? number + 1 : draw_range(&t->draw, 1, 3000));
    }
    for (uint32_t number = 1000; number < 1004; ++number) {
        op_begin(t, TL_PROBE_ADAM, SEED + 2, number);
        run_adam(t, draw_range(&t->draw, 15000, 30000));
    }
}

/* Many steps one behind the other, natively: the powers stay right. */
static void adam_powers(void **state) {
    (void)state;
    const tl_team alone = {.n = 1};
    const tl_adam set = {.rate = 0.001f, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f, .decay = 0.25f};
    tl_adam_state s = {.steps = 0};
    for (uint32_t step = 1; step <= 20000; ++step) {
        tl_adam_begin_f32(&alone, &set, &s);
        double size = (double)set.rate / (1 - pow((double)set.beta1, step));
        double scale = 1 / sqrt(1 - pow((double)set.beta2, step));
        assert_true(fabs((double)s.numbers.size - size) <= 2 * 0x1p-23 * size);
        assert_true(fabs((double)s.numbers.scale - scale) <= 2 * 0x1p-23 * scale);
    }
    assert_int_equal(s.steps, 20000);
    assert_true(s.numbers.keep == 1.0f - 0.00025f && s.numbers.epsilon == set.epsilon);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sgd), cmocka_unit_test(sgd_special), cmocka_unit_test(adam),
                                       cmocka_unit_test(adam_powers)};
    return op_main(argc, argv, "optim", tests, sizeof tests / sizeof tests[0]);
}
