/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/budget.h"
#include "tests/op/op_test.h"

#include "src/kernel/vector.h"
#include <math.h>
#include <string.h>

enum { SEED = 8001, X = 0, DY, W, B, MASK, Y, M, V };

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

/* The step of one row of W, or of the bias, with its gradient in memory: the optimisers' own kernels. */
static void update_row(const tl_probe *p, uint32_t n, const float *g, float *w, float *m, float *v) {
    if (p->stream_plan.states == 2)
        tl_adam_f32(n, &p->adam_state.numbers, w, m, v, g);
    else if (p->stream_plan.states == 1 && p->sgd.decay != 0)
        tl_sgd_decay_f32(n, p->sgd.rate, p->sgd.momentum, p->sgd.decay, w, m, g);
    else if (p->stream_plan.states == 1)
        tl_sgd_f32(n, p->sgd.rate, p->sgd.momentum, w, m, g);
    else if (p->sgd.decay != 0)
        tl_sgd_plain_decay_f32(n, p->sgd.rate, p->sgd.decay, w, g);
    else
        tl_sgd_plain_f32(n, p->sgd.rate, w, g);
}

/* The update of a layer, natively; `state` holds w's and then b's, which stand `apart` behind. */
static void update(const tl_probe *p, const tl_linear *linear, const float *x, const float *dy, float *w, float *b,
                   float *m, float *v, uint32_t apart) {
    const uint32_t k = linear->k, o = linear->o, states = p->stream_plan.states;
    static float g[UINT16_MAX];
    for (uint32_t row = 0; row < o; ++row) {
        const uint32_t at = row * k;
        for (uint32_t i = 0; i < k; ++i)
            g[i] = dy[row] * x[i];
        if (states == 0 && p->sgd.decay == 0)
            for (uint32_t i = 0; i < k; ++i)
                w[at + i] = fmaf(-dy[row], p->sgd.rate * x[i], w[at + i]);
        else
            update_row(p, k, g, w + at, states > 0 ? m + at : NULL, states > 1 ? v + at : NULL);
    }
    if (b)
        update_row(p, o, dy, b, states > 0 ? m + apart : NULL, states > 1 ? v + apart : NULL);
}

static void draw_settings(op_test *t, uint32_t states) {
    static const float decays[] = {0.0f, 0.0625f};
    tl_probe *p = &t->job.probe;
    p->sgd = (tl_sgd){.rate = draw_value(&t->draw), .momentum = 0.5f, .decay = OP_PICK(t, decays)};
    p->adam_state.numbers = (tl_adam_numbers){0.1f, 0.01f, 3.0f, 0.01f, 0.99f, 1e-3f};
    p->stream_plan.states = (uint8_t)states;
}

/* States of `floats` elements in buffers M and V, v not below 0. */
static void draw_states(op_test *t, uint32_t floats, float *state[2]) {
    for (uint32_t i = 0; i < t->job.probe.stream_plan.states; ++i)
        state[i] = op_input(t, M + i, "state", floats);
    for (uint32_t i = 0; state[1] && i < floats; ++i)
        state[1][i] = fabsf(state[1][i]);
}

/* These very bits. */
static void expect_exactly(op_test *t, uint32_t buffer, const char *name, uint32_t n, const float *values) {
    double *none = op_doubles(t, n);
    for (uint32_t i = 0; i < n; ++i)
        none[i] = 0;
    op_expect(t, buffer, name, n, op_wide(t, n, values), none, 1);
}

static float *copied(op_test *t, uint32_t n, const float *from) {
    float *to = (float *)(void *)op_doubles(t, (n + 1) / 2);
    memcpy(to, from, 4 * n);
    return to;
}

static void expect_update(op_test *t, const float *w, const float *dy) {
    tl_probe *p = &t->job.probe;
    const uint32_t k = p->linear.k, o = p->linear.o, states = p->stream_plan.states;
    float *state[2] = {NULL, NULL}, *after[2] = {NULL, NULL};
    const float *x = op_input(t, X, "x", k), *b = op_chance(t, 3) ? NULL : op_input(t, B, "b", o);
    draw_states(t, k * o + o, state);
    float *w_after = copied(t, k * o, w), *b_after = b ? copied(t, o, b) : NULL;
    for (uint32_t i = 0; i < states; ++i)
        after[i] = copied(t, k * o + o, state[i]);
    update(p, &p->linear, x, dy, w_after, b_after, after[0], after[1], k * o);
    expect_exactly(t, W, "w", k * o, w_after);
    if (b)
        expect_exactly(t, B, "b", o, b_after);
    for (uint32_t i = 0; i < states; ++i)
        expect_exactly(t, M + i, "state", k * o + o, after[i]);
}

/* `plain`: SGD without decay, with all of L1. */
static void run_with(op_test *t, uint32_t number, uint32_t k, uint32_t o, bool plain) {
    tl_probe *p = &t->job.probe;
    op_begin(t, TL_PROBE_LINEAR_ONE, SEED, number);
    p->pass = number % 4;
    p->linear = (tl_linear){1, (uint16_t)k, (uint16_t)o};
    const uint32_t states = plain ? 0 : draw_below(&t->draw, 3);
    if (tl_linear_one_plan(&p->linear, states, TL_L1_ARENA_BYTES, &p->stream_plan) != TL_OK)
        op_fail(t, "tl_linear_one_plan", 0, "there is no plan");
    const tl_stream_plan planned = p->stream_plan;
    uint32_t most = planned.rows, few = o / 40 + 1 < most ? o / 40 + 1 : most;
    if (op_chance(t, 2))
        p->stream_plan.rows = (uint16_t)draw_range(&t->draw, few, most);
    if (op_chance(t, 3))
        p->stream_plan.cols = (uint16_t)draw_range(&t->draw, k / 5 + 1, k);
    if (tl_linear_one_supported(&p->linear, &p->stream_plan, TL_L1_ARENA_BYTES) != TL_OK)
        p->stream_plan = planned;
    draw_settings(t, states);
    /* A rate of 0 changes nothing; again and again: what the DMA counts and nobody waits for would run out. */
    if (plain) {
        p->sgd.decay = 0.0f;
        p->stream_plan = planned;
    } else if (number >= 4000 && states == 0 && op_chance(t, 2)) {
        p->sgd.rate = 0;
        p->repeat = 20;
    }
    if (!plain)
        limit_l1(t);
    const float *w = op_input(t, W, "w", k * o);
    const float *dy = p->pass == TL_FORWARD ? NULL : op_input(t, DY, "dy", o);
    if (p->pass == TL_FORWARD)
        expect_forward(t, op_wide(t, k * o, w));
    if (p->pass == TL_GRAD_X || p->pass == TL_PROBE_STEP)
        expect_grad_x(t, op_wide(t, k * o, w), op_wide(t, o, dy));
    if (p->pass == TL_GRAD_W || p->pass == TL_PROBE_STEP)
        expect_update(t, w, dy);
    if (op_chance(t, 4))
        for (uint32_t i = 0; i <= V; ++i)
            t->job.buffer[i].in_l1 = op_chance(t, 2);
    op_finish(t);
}

static void run(op_test *t, uint32_t number, uint32_t k, uint32_t o) {
    run_with(t, number, k, o, false);
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
    static const uint16_t layers[][2] = {{128, 128}, {1200, 33}, {640, 128}, {100, 300}, {7, 3000}, {9000, 11}};
    op_test *t = *state;
    for (uint32_t number = 3000; number < 3024; ++number)
        run(t, number, layers[(number - 3000) / 4][0], layers[(number - 3000) / 4][1]);
}

/* Columns and rows that come out even for the cores: kernels that keep their sums from tile to tile. */
static void even(void **state) {
    static const uint16_t sides[] = {16, 32, 48, 64, 80, 128, 192, 256, 384};
    op_test *t = *state;
    for (uint32_t number = 4000; number < 4080; ++number)
        if (!op_skip(t, number / 4, 4)) {
            draw d = {.seed = SEED + 5, .number = number};
            const uint32_t side = sides[draw_below(&d, sizeof sides / sizeof sides[0])];
            const uint32_t other = draw_range(&d, 1, 150);
            run(t, number, number % 4 ? side : other, number % 4 ? other : side);
        }
}

/* Updates whose cores take several rounds of columns: each must find its own columns of x scaled. */
static void rounds(void **state) {
    op_test *t = *state;
    for (uint32_t number = 5000; number < 5096; ++number) {
        draw d = {.seed = SEED + 6, .number = number};
        run_with(t, 4 * number + (number % 2 ? TL_GRAD_W : TL_PROBE_STEP), 64 * draw_range(&d, 2, 5),
                 draw_range(&d, 16, 40), true);
    }
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
        p->plan = (tl_probe_plan){.block_m = 4,
                                  .block_n = 4,
                                  .slices = 1,
                                  .buffers = 1,
                                  .rows = 1,
                                  .cols = 1,
                                  .o = (uint16_t)o,
                                  .c = (uint16_t)k};
        for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i)
            t->job.buffer[i] = i < 4 ? second[back][i] : (harness_buffer){.name = NULL};
        t->job.buffer[3].out = general;
        ok = ok && harness_run(t->harness, t->place, 3, &t->job, &t->result) &&
             harness_same("result", back ? k : o, one, general, t->result.message, HARNESS_MESSAGE);
        if (!ok)
            op_fail(t, "at batch 1 and in general", 3, t->result.message);
    }
}

/* A chain's layers one by one, natively: forward from the first, or steps from the last. */
static void one_forward(const tl_probe *p, uint32_t i, uint32_t side, float *x, const float *w, const float *b) {
    const uint32_t k = i % 2 ? p->linear.o : p->linear.k, o = i % 2 ? p->linear.k : p->linear.o;
    for (uint32_t row = 0; row < o; ++row) {
        float sum = b ? b[i * side + row] : -0.0f;
        for (uint32_t j = 0; j < k; ++j)
            sum = fmaf(w[(i * o + row) * k + j], x[i * side + j], sum);
        x[(i + 1) * side + row] = p->relu && sum < 0 ? 0 : sum;
    }
}

static void chain_steps(const tl_probe *p, uint32_t side, const float *x, float *d, float *w, float *b,
                        float *const state[2]) {
    const uint32_t ws = (uint32_t)p->linear.k * p->linear.o, all = p->layers * ws;
    for (uint32_t i = p->layers; i-- > 0;) {
        const tl_linear linear = {1, i % 2 ? p->linear.o : p->linear.k, i % 2 ? p->linear.k : p->linear.o};
        const float *dy = d + (i + 1) * side;
        for (uint32_t j = 0; j < linear.k; ++j) {
            float sum = -0.0f;
            for (uint32_t row = 0; row < linear.o; ++row)
                sum = fmaf(w[i * ws + row * linear.k + j], dy[row], sum);
            d[i * side + j] = x[i * side + j] > 0 ? sum : 0;
        }
        update(p, &linear, x + i * side, dy, w + i * ws, b ? b + i * side : NULL, state[0] ? state[0] + i * ws : NULL,
               state[1] ? state[1] + i * ws : NULL, all + i * side - i * ws);
    }
}

static void run_chain(op_test *t, uint32_t number, uint32_t k, uint32_t o) {
    tl_probe *p = &t->job.probe;
    op_begin(t, TL_PROBE_LINEAR_ONE, SEED + 3, number);
    p->pass = number % 2 ? TL_PROBE_STEP : TL_FORWARD;
    p->relu = op_chance(t, 2);
    p->linear = (tl_linear){1, (uint16_t)k, (uint16_t)o};
    p->layers = p->relu && number % 2 ? 2 : draw_range(&t->draw, 2, TL_PROBE_LAYERS);
    const uint32_t side = k > o ? k : o, ws = k * o, n = p->layers, states = draw_below(&t->draw, 3);
    const tl_linear layers[TL_PROBE_LAYERS] = {p->linear, {1, (uint16_t)o, (uint16_t)k}, p->linear};
    tl_stream_plan plans[TL_PROBE_LAYERS];
    if (tl_linear_one_chain_plan(layers, n < 3 && !p->relu ? n : 3, states, TL_L1_ARENA_BYTES, plans) != TL_OK)
        op_fail(t, "tl_linear_one_chain_plan", 0, "there is no plan");
    /* One plan for all: of the longer rows; a tile each for small ones. */
    const uint32_t most = number % 3 == 0 ? side : plans[k > o ? 0 : 1].rows;
    p->stream_plan = (tl_stream_plan){
        .rows = (uint16_t)(number % 3 == 0 || op_chance(t, 2) ? most : draw_range(&t->draw, (most + 5) / 6, most))};
    if (op_chance(t, 3))
        p->stream_plan.cols = (uint16_t)draw_range(&t->draw, side / 3 + 1, side);
    draw_settings(t, states);
    float *state[2] = {NULL, NULL}, *after[2] = {NULL, NULL};
    const float *x = op_input(t, X, "x", (n + 1) * side), *w = op_input(t, W, "w", n * ws);
    const float *b = op_chance(t, 3) ? NULL : op_input(t, B, "b", n * side);
    if (p->pass == TL_FORWARD) {
        float *x_after = copied(t, (n + 1) * side, x);
        for (uint32_t i = 0; i < n; ++i)
            one_forward(p, i, side, x_after, w, b);
        expect_exactly(t, X, "x", (n + 1) * side, x_after);
    } else {
        const uint32_t all = n * (ws + side);
        float *d_after = copied(t, (n + 1) * side, op_input(t, DY, "dy", (n + 1) * side));
        draw_states(t, all, state);
        float *w_after = copied(t, n * ws, w), *b_after = b ? copied(t, n * side, b) : NULL;
        for (uint32_t i = 0; i < states; ++i)
            after[i] = copied(t, all, state[i]);
        chain_steps(p, side, x, d_after, w_after, b_after, after);
        if (p->relu) {
            float *x_after = copied(t, (n + 1) * side, x);
            for (uint32_t i = n; i-- > 0;)
                one_forward(p, i, side, x_after, w_after, b_after);
            expect_exactly(t, X, "x", (n + 1) * side, x_after);
        }
        expect_exactly(t, DY, "dy", (n + 1) * side, d_after);
        expect_exactly(t, W, "w", n * ws, w_after);
        if (b)
            expect_exactly(t, B, "b", n * side, b_after);
        for (uint32_t i = 0; i < states; ++i)
            expect_exactly(t, M + i, "state", all, after[i]);
    }
    if (op_chance(t, 4))
        for (uint32_t i = 0; i <= V; ++i)
            t->job.buffer[i].in_l1 = op_chance(t, 2);
    op_finish(t);
}

/* Layers one behind the other, the weights of one coming in while another is worked on: the bits of single calls. */
static void chains(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 240; ++number)
        if (!op_skip(t, number / 2, 4)) {
            draw d = {.seed = SEED + 4, .number = number};
            const uint32_t most = number % 3 == 0 ? 12 : 110;
            run_chain(t, number, draw_range(&d, 1, most), draw_range(&d, 1, most));
        }
}

static void refused(void **state) {
    (void)state;
    const tl_linear good = {1, 100, 50}, batch = {2, 100, 50}, none = {1, 0, 50}, wide = {1, 9000, 30};
    const tl_linear many = {1, 10, 60000};
    const tl_stream_plan rows = {.rows = 4}, no_rows = {.rows = 0}, all = {.rows = 50};
    tl_stream_plan plan, plans[2];
    assert_int_equal(tl_linear_one_supported(&good, &rows, 16384), TL_OK);
    assert_int_equal(tl_linear_one_supported(&good, &all, 16384), TL_BAD_PLAN);
    assert_int_equal(tl_linear_one_supported(&good, &no_rows, 16384), TL_BAD_PLAN);
    assert_int_equal(tl_linear_one_supported(&batch, &rows, 16384), TL_BAD_SIZES);
    assert_int_equal(tl_linear_one_plan(&none, 0, 16384, &plan), TL_BAD_SIZES);
    assert_int_equal(tl_linear_one_plan(&many, 0, TL_L1_ARENA_BYTES, &plan), TL_BAD_PLAN);
    for (uint32_t states = 0; states < 3; ++states) {
        assert_int_equal(tl_linear_one_plan(&good, states, 40960, &plan), TL_OK);
        assert_int_equal(plan.cols, 100);
        assert_int_equal(tl_linear_one_supported(&good, &plan, 40960), TL_OK);
        if (plan.rows++ < good.o)
            assert_int_equal(tl_linear_one_supported(&good, &plan, 40960), TL_BAD_PLAN);
        assert_int_equal(tl_linear_one_plan(&wide, states, TL_L1_ARENA_BYTES, &plan), TL_OK);
        assert_true(plan.rows >= 8 && plan.cols < 9000);
        assert_int_equal(tl_linear_one_supported(&wide, &plan, TL_L1_ARENA_BYTES), TL_OK);
    }
    const tl_linear chain[] = {good, {1, 50, 100}}, too_wide[] = {good, wide};
    assert_int_equal(tl_linear_one_chain_plan(chain, 2, 1, 16384, plans), TL_OK);
    assert_int_equal(tl_linear_one_chain_plan(too_wide, 2, 1, TL_L1_ARENA_BYTES, plans), TL_BAD_PLAN);
    assert_int_equal(tl_linear_one_chain_plan(&batch, 1, 0, TL_L1_ARENA_BYTES, plans), TL_BAD_SIZES);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(small),          cmocka_unit_test(middle),
                                       cmocka_unit_test(larger_than_l1), cmocka_unit_test(even),
                                       cmocka_unit_test(rounds),         cmocka_unit_test(same_as_linear),
                                       cmocka_unit_test(chains),         cmocka_unit_test(refused)};
    return op_main(argc, argv, "linear at batch 1", tests, sizeof tests / sizeof tests[0]);
}
