/* SPDX-License-Identifier: Apache-2.0 */
/* The references of ref_channels.h and of average pooling, proved: by hand, and gradients against central differences.
 */
#include "tests/harness/draw.h"
#include "tests/ref/ref.h"
#include "tests/ref/ref_channels.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants those before it. */
#include <cmocka.h>

enum { SEED = 20240608, CASES = 40, ELEMENTS = 512, VECTORS = 64 };

typedef struct arrays {
    double x[ELEMENTS], y[ELEMENTS], r[ELEMENTS], dx[ELEMENTS];
    double parameters[VECTORS], state[VECTORS], vectors[VECTORS];
} arrays;

static void fill(draw *d, size_t n, double *values) {
    for (size_t i = 0; i < n; ++i)
        values[i] = (double)draw_value(d);
}

static double weighted(size_t n, const double *r, const double *y) {
    double sum = 0;
    for (size_t i = 0; i < n; ++i)
        sum += r[i] * y[i];
    return sum;
}

typedef double forward(const void *op, arrays *t);

static void check_gradient(const char *name, uint32_t number, forward *f, const void *op, arrays *t, size_t n,
                           double *at, const double *gradient) {
    const double h = 0x1p-15;
    for (size_t i = 0; i < n; ++i) {
        double middle = at[i];
        at[i] = middle + h;
        double above = f(op, t);
        at[i] = middle - h;
        double below = f(op, t);
        at[i] = middle;
        double expected = (above - below) / (2 * h);
        if (!(fabs(gradient[i] - expected) <= 1e-6 * (1 + fabs(expected))))
            fail_msg("case %u: %s[%zu] is %.12g, by differences %.12g", number, name, i, gradient[i], expected);
    }
}

static tl_batch_norm random_norm(draw *d) {
    return (tl_batch_norm){.n = (uint16_t)draw_range(d, 1, 3),
                           .h = (uint16_t)draw_range(d, 2, 4),
                           .w = (uint16_t)draw_range(d, 1, 4),
                           .c = (uint16_t)draw_range(d, 1, 5),
                           .eps = 0.125f,
                           .momentum = 0.75f,
                           .correction = draw_below(d, 2)};
}

static double norm_forward(const void *op, arrays *t) {
    const tl_batch_norm *norm = op;
    ref_batch_norm_forward(norm, t->x, t->parameters, t->state, t->y, NULL, NULL);
    return weighted(ref_batch_norm_pixels(norm) * norm->c, t->r, t->y);
}

static double frozen_forward(const void *op, arrays *t) {
    const tl_batch_norm *norm = op;
    ref_batch_norm_frozen_forward(norm, t->x, t->parameters, t->y, NULL);
    return weighted(ref_batch_norm_pixels(norm) * norm->c, t->r, t->y);
}

static void norm_gradients(void **state) {
    arrays *t = *state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED, .number = number};
        tl_batch_norm norm = random_norm(&d);
        size_t c = norm.c, n = ref_batch_norm_pixels(&norm) * c;
        fill(&d, n, t->x);
        fill(&d, n, t->r);
        fill(&d, 2 * c, t->parameters);
        norm_forward(&norm, t);
        for (size_t k = 0; k < c; ++k) {
            t->vectors[k] = t->parameters[k];
            t->vectors[c + k] = t->state[2 * c + k];
            t->vectors[2 * c + k] = t->state[3 * c + k];
        }
        ref_batch_norm_grad(&norm, t->x, t->r, t->vectors, t->dx, NULL, NULL);
        check_gradient("dx", number, norm_forward, &norm, t, n, t->x, t->dx);
        check_gradient("dgamma, dbeta", number, norm_forward, &norm, t, 2 * c, t->parameters, t->vectors + 3 * c);
    }
}

static void frozen_gradients(void **state) {
    arrays *t = *state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED + 1, .number = number};
        tl_batch_norm norm = random_norm(&d);
        size_t c = norm.c, n = ref_batch_norm_pixels(&norm) * c;
        fill(&d, n, t->x);
        fill(&d, n, t->r);
        fill(&d, 4 * c, t->parameters);
        for (size_t k = 0; k < c; ++k) {
            t->parameters[3 * c + k] = fabs(t->parameters[3 * c + k]);
            t->vectors[k] = t->parameters[k];
            t->vectors[c + k] = t->parameters[3 * c + k];
        }
        ref_batch_norm_frozen_grad_x(&norm, t->r, t->vectors, t->dx);
        check_gradient("dx", number, frozen_forward, &norm, t, n, t->x, t->dx);
        for (size_t k = 0; k < 2 * c; ++k)
            t->vectors[k] = t->parameters[2 * c + k];
        ref_batch_norm_frozen_grad_w(&norm, t->x, t->r, t->vectors, NULL);
        check_gradient("dgamma, dbeta", number, frozen_forward, &norm, t, 2 * c, t->parameters, t->vectors + 2 * c);
    }
}

static double pool_forward(const void *op, arrays *t) {
    const tl_global_pool *pool = op;
    ref_global_avg_pool_forward(pool, t->x, t->y, NULL);
    return weighted((size_t)pool->n * pool->c, t->r, t->y);
}

static void pool_gradients(void **state) {
    arrays *t = *state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED + 2, .number = number};
        tl_global_pool pool = {(uint16_t)draw_range(&d, 1, 3), (uint16_t)draw_range(&d, 1, 5),
                               (uint16_t)draw_range(&d, 1, 5), (uint16_t)draw_range(&d, 1, 5)};
        size_t n = (size_t)pool.n * pool.h * pool.w * pool.c;
        fill(&d, n, t->x);
        fill(&d, (size_t)pool.n * pool.c, t->r);
        ref_global_avg_pool_grad_x(&pool, t->r, t->dx, NULL);
        check_gradient("dx", number, pool_forward, &pool, t, n, t->x, t->dx);
    }
}

typedef struct avg_pool_case {
    tl_pool pool;
    bool padded;
} avg_pool_case;

static size_t avg_pool_elements(const tl_pool *pool) {
    return pool->n * ref_pool_out_h(pool) * ref_pool_out_w(pool) * pool->c;
}

static double avg_pool_forward(const void *op, arrays *t) {
    const avg_pool_case *k = op;
    ref_avg_pool_forward(&k->pool, k->padded, t->x, t->y, NULL);
    return weighted(avg_pool_elements(&k->pool), t->r, t->y);
}

static void avg_pool_gradients(void **state) {
    arrays *t = *state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED + 3, .number = number};
        avg_pool_case k = {.pool = {.n = (uint16_t)draw_range(&d, 1, 2),
                                    .h = (uint16_t)draw_range(&d, 3, 6),
                                    .w = (uint16_t)draw_range(&d, 3, 6),
                                    .c = (uint16_t)draw_range(&d, 1, 3),
                                    .kh = (uint8_t)draw_range(&d, 1, 3),
                                    .kw = (uint8_t)draw_range(&d, 1, 3),
                                    .stride_h = (uint8_t)draw_range(&d, 1, 3),
                                    .stride_w = (uint8_t)draw_range(&d, 1, 3)},
                           .padded = number % 2};
        k.pool.top = (uint8_t)draw_below(&d, k.pool.kh);
        k.pool.left = (uint8_t)draw_below(&d, k.pool.kw);
        k.pool.bottom = (uint8_t)draw_below(&d, k.pool.kh);
        k.pool.right = (uint8_t)draw_below(&d, k.pool.kw);
        size_t n = (size_t)k.pool.n * k.pool.h * k.pool.w * k.pool.c;
        fill(&d, n, t->x);
        fill(&d, avg_pool_elements(&k.pool), t->r);
        ref_avg_pool_grad_x(&k.pool, k.padded, t->r, t->dx, NULL);
        check_gradient("dx", number, avg_pool_forward, &k, t, n, t->x, t->dx);
    }
}

static void near(double value, double expected) {
    if (!(fabs(value - expected) <= 1e-12))
        fail_msg("%.15g should be %.15g", value, expected);
}

/* Two channels: 1 3 5 7 (mean 4, variance 5) and four times 2. */
static void by_hand(void **state) {
    (void)state;
    const double x[8] = {1, 2, 3, 2, 5, 2, 7, 2}, parameters[4] = {3, 7, 10, 20};
    double kept[8] = {8, 0, 1, 4}, y[8];
    tl_batch_norm norm = {.n = 1, .h = 2, .w = 2, .c = 2, .eps = 4, .momentum = 0.75f};
    ref_batch_norm_forward(&norm, x, parameters, kept, y, NULL, NULL);
    near(y[0], 10 - 3);
    near(y[6], 10 + 3);
    near(y[1], 20);
    near(kept[0], 8 * 0.75 + 4 * 0.25);
    near(kept[1], 2 * 0.25);
    near(kept[2], 0.75 + 5 * 0.25);
    near(kept[3], 3);
    near(kept[4], 4);
    near(kept[6], 1.0 / 3);
    near(kept[7], 0.5);
    norm.correction = 1;
    kept[2] = 1;
    ref_batch_norm_forward(&norm, x, parameters, kept, y, NULL, NULL);
    near(kept[2], 0.75 + 5 * 0.25 * 4 / 3);
    const double frozen[8] = {3, 7, 10, 20, 4, 2, 5, 0};
    ref_batch_norm_frozen_forward(&norm, x, frozen, y, NULL);
    near(y[0], 7);
    near(y[1], 20);
    ref_global_avg_pool_forward(&(tl_global_pool){1, 2, 2, 2}, x, y, NULL);
    near(y[0], 4);
    near(y[1], 2);
    /* Windows of 2 x 2 with a row of padding on top: the first ones hold two pixels. */
    const tl_pool pool = {.n = 1, .h = 2, .w = 4, .c = 1, .kh = 2, .kw = 2, .stride_h = 1, .stride_w = 2, .top = 1};
    ref_avg_pool_forward(&pool, false, x, y, NULL);
    near(y[0], 1.5);
    near(y[1], 2.5);
    near(y[2], (1 + 2 + 5 + 2) / 4.0);
    ref_avg_pool_forward(&pool, true, x, y, NULL);
    near(y[0], 0.75);
    near(y[3], (3 + 2 + 7 + 2) / 4.0);
}

static int make_arrays(void **state) {
    *state = calloc(1, sizeof(arrays));
    return *state ? 0 : -1;
}

static int free_arrays(void **state) {
    free(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_hand), cmocka_unit_test(norm_gradients),
                                       cmocka_unit_test(frozen_gradients), cmocka_unit_test(pool_gradients),
                                       cmocka_unit_test(avg_pool_gradients)};
    return cmocka_run_group_tests(tests, make_arrays, free_arrays);
}
