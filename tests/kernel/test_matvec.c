/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix-vector kernels, natively: every size from 1 to 40 drawn often, against double precision, guards untouched. */
#include "src/kernel/matvec.h"
#include "src/kernel/vector.h"
#include "tests/harness/draw.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { SEED = 31, SIDE = 40, GUARD = 5, MATRIX = SIDE * (SIDE + GUARD) + 2 * GUARD, VECTOR = SIDE + 2 * GUARD };

typedef struct data {
    float w[MATRIX], x[VECTOR], dy[VECTOR], init[VECTOR], y[VECTOR];
} data;

typedef struct sizes {
    uint32_t rows, cols, pitch, init;
} sizes;

static tl_matvec problem_of(data *d, const sizes *s) {
    return (tl_matvec){.w = d->w + GUARD,
                       .pitch = 4 * (int32_t)s->pitch,
                       .rows = s->rows,
                       .cols = s->cols,
                       .x = d->x + GUARD,
                       .dy = d->dy + GUARD,
                       .init = s->init == 0   ? NULL
                               : s->init == 1 ? d->y + GUARD
                                              : d->init + GUARD,
                       .y = d->y + GUARD};
}

static void near(float value, double expected, double sum, double terms) {
    assert_true(fabs((double)value - expected) <= 1.01 * terms * 0x1p-24 * sum + 0x1p-140);
}

/* y as it should be: by rows of W with x, or by its columns with dy. */
static void check_sums(const data *before, const data *after, const sizes *s, bool by_rows) {
    uint32_t n = by_rows ? s->rows : s->cols, terms = by_rows ? s->cols : s->rows;
    for (uint32_t i = 0; i < VECTOR; i++) {
        uint32_t at = i - GUARD;
        if (at >= n) {
            assert_true(after->y[i] == before->y[i]);
            continue;
        }
        double expected = s->init == 0 ? 0 : (double)(s->init == 1 ? before->y : before->init)[i], sum = fabs(expected);
        for (uint32_t j = 0; j < terms; j++) {
            uint32_t place = GUARD + (by_rows ? at * s->pitch + j : j * s->pitch + at);
            double product = (double)before->w[place] * (double)(by_rows ? before->x : before->dy)[GUARD + j];
            expected += product;
            sum += fabs(product);
        }
        near(after->y[i], expected, sum, terms + 1);
    }
}

static void check_update(const data *before, const data *after, const sizes *s) {
    for (uint32_t i = 0; i < MATRIX; i++) {
        uint32_t row = (i - GUARD) / s->pitch, col = (i - GUARD) % s->pitch;
        if (i < GUARD || row >= s->rows || col >= s->cols) {
            assert_true(after->w[i] == before->w[i]);
            continue;
        }
        double product = (double)before->dy[GUARD + row] * (double)before->x[GUARD + col];
        near(after->w[i], (double)before->w[i] - product, fabs((double)before->w[i]) + fabs(product), 1);
    }
}

static void test_all(void **state) {
    (void)state;
    for (uint32_t number = 0; number < 4000; number++) {
        static data before, after;
        draw d = {SEED, number, 0};
        const sizes s0 = {.rows = draw_range(&d, 1, SIDE), .cols = draw_range(&d, 1, SIDE), .init = draw_below(&d, 3)};
        sizes s = s0;
        s.pitch = s.cols + draw_below(&d, GUARD);
        draw_values(&d, sizeof before / 4, before.w);
        for (uint32_t kernel = 0; kernel < 4; kernel++) {
            after = before;
            const tl_matvec problem = problem_of(&after, &s);
            if (kernel == 0)
                tl_matvec_f32(&problem);
            else if (kernel == 1)
                tl_matvec_t_f32(&problem);
            else if (kernel == 2)
                tl_outer_f32(&problem);
            else
                tl_matvec_outer_f32(&problem);
            if (kernel == 2)
                assert_memory_equal(after.y, before.y, sizeof after.y);
            else
                check_sums(&before, &after, &s, kernel == 0);
            if (kernel < 2)
                assert_memory_equal(after.w, before.w, sizeof after.w);
            else
                check_update(&before, &after, &s);
        }
    }
}

/* dx in x's place: the bits of one in a place of its own. */
static void test_in_place(void **state) {
    (void)state;
    for (uint32_t number = 0; number < 400; number++) {
        static data before, apart, after;
        draw d = {SEED + 2, number, 0};
        sizes s = {.rows = draw_range(&d, 1, SIDE), .cols = draw_range(&d, 1, SIDE), .init = 2 * draw_below(&d, 2)};
        s.pitch = s.cols + draw_below(&d, GUARD);
        draw_values(&d, sizeof before / 4, before.w);
        apart = after = before;
        const tl_matvec problem = problem_of(&apart, &s);
        tl_matvec in_place = problem_of(&after, &s);
        in_place.y = after.x + GUARD;
        tl_matvec_outer_f32(&problem);
        tl_matvec_outer_f32(&in_place);
        assert_memory_equal(after.w, apart.w, sizeof after.w);
        assert_memory_equal(after.x + GUARD, apart.y + GUARD, 4 * s.cols);
        assert_memory_equal(after.x + GUARD + s.cols, before.x + GUARD + s.cols, 4 * (SIDE - s.cols + GUARD));
        assert_memory_equal(after.y, before.y, sizeof after.y);
    }
}

/* What update number `kernel` is to do with row `row` of W, from a gradient in memory. */
static void update_row(uint32_t kernel, const data *d, const sizes *s, uint32_t row, const tl_sgd *sgd,
                       const tl_adam_numbers *adam, float *w, float *state0, float *state1) {
    float g[SIDE];
    const uint32_t at = GUARD + row * s->pitch;
    for (uint32_t i = 0; i < s->cols; i++)
        g[i] = d->dy[GUARD + row] * d->x[GUARD + i];
    if (kernel == 0)
        tl_sgd_plain_decay_f32(s->cols, sgd->rate, sgd->decay, w + at, g);
    else if (kernel == 1)
        tl_sgd_f32(s->cols, sgd->rate, sgd->momentum, w + at, state0 + at, g);
    else if (kernel == 2)
        tl_sgd_decay_f32(s->cols, sgd->rate, sgd->momentum, sgd->decay, w + at, state0 + at, g);
    else
        tl_adam_f32(s->cols, adam, w + at, state0 + at, state1 + at, g);
}

/* Updates with an optimiser: the bits of its own kernel, and y as without the update. */
static void test_updates(void **state) {
    static tl_matvec_kernel_f32 *const outer[] = {tl_outer_decay_f32, tl_outer_momentum_f32,
                                                  tl_outer_momentum_decay_f32, tl_outer_adam_f32};
    static tl_matvec_kernel_f32 *const both[] = {tl_both_decay_f32, tl_both_momentum_f32, tl_both_momentum_decay_f32,
                                                 tl_both_adam_f32};
    (void)state;
    for (uint32_t number = 0; number < 1000; number++) {
        static data before, after, sums;
        static float first[2][MATRIX], expected[3][MATRIX], states[2][MATRIX];
        const tl_sgd sgd = {0.125f, 0.9f, 0.0625f};
        const tl_adam_numbers adam = {0.1f, 0.001f, 3.0f, 0.01f, 0.99f, 0x1p-20f};
        draw d = {SEED + 1, number, 0};
        sizes s = {.rows = draw_range(&d, 1, SIDE), .cols = draw_range(&d, 1, SIDE), .init = draw_below(&d, 3)};
        s.pitch = s.cols + draw_below(&d, GUARD);
        draw_values(&d, sizeof before / 4, before.w);
        for (uint32_t i = 0; i < 2; i++)
            draw_values(&d, MATRIX, first[i]);
        for (uint32_t i = 0; i < MATRIX; i++)
            first[1][i] = fabsf(first[1][i]);
        for (uint32_t kernel = 0; kernel < 8; kernel++) {
            sums = after = before;
            memcpy(states, first, sizeof states);
            memcpy(expected[0], before.w, sizeof before.w);
            memcpy(expected[1], first, sizeof first);
            for (uint32_t row = 0; row < s.rows; row++)
                update_row(kernel / 2, &before, &s, row, &sgd, &adam, expected[0], expected[1], expected[2]);
            tl_matvec problem = problem_of(&after, &s);
            problem.state[0] = states[0] + GUARD;
            problem.state[1] = states[1] + GUARD;
            problem.options = kernel / 2 == 3 ? (const void *)&adam : &sgd;
            (kernel % 2 ? both : outer)[kernel / 2](&problem);
            problem = problem_of(&sums, &s);
            if (kernel % 2)
                tl_matvec_t_f32(&problem);
            assert_memory_equal(after.y, sums.y, sizeof after.y);
            assert_memory_equal(after.w, expected[0], sizeof after.w);
            assert_memory_equal(states, expected[1], sizeof states);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all), cmocka_unit_test(test_in_place),
                                       cmocka_unit_test(test_updates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
