/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix-vector kernels, natively: every size from 1 to 40 drawn often, against double precision, guards untouched. */
#include "src/kernel/matvec.h"
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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
