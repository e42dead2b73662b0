/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/budget.h"
#include "tests/op/op_test.h"

enum { SEED = 8001, X = 0, DY, W, B, MASK, Y };

/* The step may only write the L1 that `supported` has asked for. */
static void limit_l1(op_test *t) {
    const tl_probe *p = &t->job.probe;
    uint32_t too_few = 0, enough = TL_L1_ARENA_BYTES;
    if (tl_linear_one_supported(&p->linear, &p->stream_plan, enough) != TL_OK)
        op_fail(t, "supported", enough, "the plan is not supported");
    while (enough - too_few > 1) {
        uint32_t middle = (too_few + enough) / 2;
        if (tl_linear_one_supported(&p->linear, &p->stream_plan, middle) == TL_OK)
            enough = middle;
        else
            too_few = middle;
    }
    t->job.l1_bytes = enough;
}

static void expect_forward(op_test *t, const double *w) {
    tl_probe *p = &t->job.probe;
    uint32_t k = p->linear.k, o = p->linear.o;
    p->relu = op_chance(t, 3);
    double *x = op_wide(t, k, op_input(t, X, "x", k));
    double *b = op_chance(t, 3) ? NULL : op_wide(t, o, op_input(t, B, "b", o));
    double *y = op_doubles(t, o), *sum = op_doubles(t, o);
    ref_linear_forward(&p->linear, x, w, b, y, sum);
    if (p->relu)
        ref_relu_forward(o, y, y);
    op_expect(t, Y, "y", o, y, sum, k + 1);
}

static void expect_grad_x(op_test *t, const double *w, const double *dy) {
    const tl_linear *linear = &t->job.probe.linear;
    uint32_t k = linear->k;
    double *mask = NULL, *dx = op_doubles(t, k), *sum = op_doubles(t, k);
    if (op_chance(t, 2)) {
        float *values = op_input(t, MASK, "mask", k);
        for (uint32_t i = 0; i < k; i += draw_range(&t->draw, 1, 16))
            values[i] = 0;
        mask = op_wide(t, k, values);
    }
    ref_linear_grad_x(linear, w, dy, mask, dx, sum);
    op_expect(t, Y, "dx", k, dx, sum, linear->o);
}

static void expect_update(op_test *t, const double *w, const double *dy) {
    tl_probe *p = &t->job.probe;
    uint32_t k = p->linear.k, o = p->linear.o;
    p->sgd = (tl_sgd){.rate = draw_value(&t->draw), .momentum = 0.5f, .decay = 0.5f};
    double rate = (double)p->sgd.rate, *x = op_wide(t, k, op_input(t, X, "x", k));
    double *after = op_doubles(t, k * o), *sum = op_doubles(t, k * o);
    for (uint32_t i = 0; i < k * o; ++i) {
        double change = rate * dy[i / k] * x[i % k];
        after[i] = w[i] - change;
        sum[i] = (w[i] < 0 ? -w[i] : w[i]) + (change < 0 ? -change : change);
    }
    op_expect(t, W, "w", k * o, after, sum, 2);
    if (op_chance(t, 3))
        return;
    double *b = op_wide(t, o, op_input(t, B, "b", o)), *b_sum = op_doubles(t, o);
    ref_sgd_step(&(tl_sgd){.rate = p->sgd.rate}, o, dy, b, NULL, b_sum, NULL);
    op_expect(t, B, "b", o, b, b_sum, 2);
}

static void run(op_test *t, uint32_t number, uint32_t k, uint32_t o) {
    tl_probe *p = &t->job.probe;
    op_begin(t, TL_PROBE_LINEAR_ONE, SEED, number);
    p->pass = number % 4;
    p->linear = (tl_linear){1, (uint16_t)k, (uint16_t)o};
    if (tl_linear_one_plan(&p->linear, TL_L1_ARENA_BYTES, &p->stream_plan) != TL_OK)
        op_fail(t, "tl_linear_one_plan", 0, "there is no plan");
    uint32_t most = p->stream_plan.rows, few = o / 40 + 1 < most ? o / 40 + 1 : most;
    if (op_chance(t, 2))
        p->stream_plan.rows = (uint16_t)draw_range(&t->draw, few, most);
    limit_l1(t);
    double *w = op_wide(t, k * o, op_input(t, W, "w", k * o));
    double *dy = p->pass == TL_FORWARD ? NULL : op_wide(t, o, op_input(t, DY, "dy", o));
    if (p->pass == TL_FORWARD)
        expect_forward(t, w);
    if (p->pass == TL_GRAD_X || p->pass == TL_PROBE_STEP)
        expect_grad_x(t, w, dy);
    if (p->pass == TL_GRAD_W || p->pass == TL_PROBE_STEP)
        expect_update(t, w, dy);
    if (op_chance(t, 4))
        for (uint32_t i = 0; i <= Y; ++i)
            t->job.buffer[i].in_l1 = op_chance(t, 2);
    op_finish(t);
}

/* All inputs and outputs from 1 to 17, and some more. */
static void small(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 17 * 17 * 4; ++number)
        if (!op_skip(t, number / 4, 5))
            run(t, number, number / 4 % 17 + 1, number / 68 + 1);
}

static void middle(void **state) {
    op_test *t = *state;
    for (uint32_t number = 2000; number < 2400; ++number)
        if (!op_skip(t, number / 4, 5)) {
            draw d = {.seed = SEED + 1, .number = number};
            run(t, number, draw_range(&d, 1, 200), draw_range(&d, 1, 200));
        }
}

static void larger_than_l1(void **state) {
    static const uint16_t layers[][2] = {{128, 128}, {1200, 33}, {640, 128}, {100, 300}, {7, 5000}};
    op_test *t = *state;
    for (uint32_t number = 3000; number < 3020; ++number)
        run(t, number, layers[(number - 3000) / 4][0], layers[(number - 3000) / 4][1]);
}

/* One slice of the general layer gives the very same bits. */
static void same_as_linear(void **state) {
    enum { MOST = 60 };
    static float in[5][MOST * MOST], one[MOST], general[MOST];
    op_test *t = *state;
    for (uint32_t number = 0; number < 60; ++number) {
        if (op_skip(t, number, 6))
            continue;
        op_begin(t, TL_PROBE_LINEAR_ONE, SEED + 2, number);
        tl_probe *p = &t->job.probe;
        uint32_t k = draw_range(&t->draw, 1, MOST), o = draw_range(&t->draw, 1, MOST);
        bool back = number % 2 == 1;
        for (uint32_t i = 0; i < 5; ++i)
            draw_values(&t->draw, MOST * MOST, in[i]);
        harness_buffer x = {.name = "x", .bytes = 4 * k, .in = in[X]},
                       dy = {.name = "dy", .bytes = 4 * o, .in = in[DY]};
        harness_buffer w = {.name = "w", .bytes = 4 * k * o, .in = in[W]},
                       b = {.name = "b", .bytes = 4 * o, .in = in[B]};
        harness_buffer mask = {.name = "mask", .bytes = 4 * k, .in = in[MASK]};
        harness_buffer y = {.name = "result", .bytes = back ? 4 * k : 4 * o, .out = one};
        p->linear = (tl_linear){1, (uint16_t)k, (uint16_t)o};
        p->pass = back ? TL_GRAD_X : TL_FORWARD;
        p->stream_plan.rows = (uint16_t)draw_range(&t->draw, 1, o);
        const harness_buffer first[] = {x, dy, w, b, mask, y}, second[2][4] = {{x, w, b, y}, {w, dy, mask, y}};
        for (uint32_t i = 0; i < 6; ++i)
            t->job.buffer[i] = first[i];
        bool ok = harness_run(t->harness, t->place, 3, &t->job, &t->result);
        p->kind = TL_PROBE_LINEAR;
        p->plan = (tl_probe_plan){4, 4, 1, 1, 1, 1, (uint16_t)o, (uint16_t)k};
        for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i)
            t->job.buffer[i] = i < 4 ? second[back][i] : (harness_buffer){.name = NULL};
        t->job.buffer[3].out = general;
        ok = ok && harness_run(t->harness, t->place, 3, &t->job, &t->result) &&
             harness_same("result", back ? k : o, one, general, t->result.message, HARNESS_MESSAGE);
        if (!ok)
            op_fail(t, "at batch 1 and in general", 3, t->result.message);
    }
}

static void refused(void **state) {
    (void)state;
    const tl_linear good = {1, 100, 50}, batch = {2, 100, 50}, none = {1, 0, 50}, wide = {1, 9000, 3};
    const tl_stream_plan rows = {.rows = 4}, no_rows = {.rows = 0}, all = {.rows = 50};
    tl_stream_plan plan;
    assert_int_equal(tl_linear_one_supported(&good, &rows, 16384), TL_OK);
    assert_int_equal(tl_linear_one_supported(&good, &all, 16384), TL_BAD_PLAN);
    assert_int_equal(tl_linear_one_supported(&good, &no_rows, 16384), TL_BAD_PLAN);
    assert_int_equal(tl_linear_one_supported(&batch, &rows, 16384), TL_BAD_SIZES);
    assert_int_equal(tl_linear_one_plan(&none, 16384, &plan), TL_BAD_SIZES);
    assert_int_equal(tl_linear_one_plan(&wide, TL_L1_ARENA_BYTES, &plan), TL_BAD_PLAN);
    assert_int_equal(tl_linear_one_plan(&good, 16384, &plan), TL_OK);
    assert_int_equal(tl_linear_one_supported(&good, &plan, 16384), TL_OK);
    ++plan.rows;
    assert_int_equal(tl_linear_one_supported(&good, &plan, 16384), TL_BAD_PLAN);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(small), cmocka_unit_test(middle),
                                       cmocka_unit_test(larger_than_l1), cmocka_unit_test(same_as_linear),
                                       cmocka_unit_test(refused)};
    return op_main(argc, argv, "linear at batch 1", tests, sizeof tests / sizeof tests[0]);
}
