/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The references, proved: forward passes against results worked out by hand, gradients against central differences of
 * the forward passes.
 */
#include "tests/harness/draw.h"
#include "tests/ref/ref.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants those before it. */
#include <cmocka.h>

enum { SEED = 20240607, CASES = 60, MAX_ELEMENTS = 4096 };

typedef struct arrays {
    double x[MAX_ELEMENTS], w[MAX_ELEMENTS], b[64], y[MAX_ELEMENTS], r[MAX_ELEMENTS];
    double dx[MAX_ELEMENTS], dw[MAX_ELEMENTS], db[64];
    uint8_t arg[MAX_ELEMENTS];
} arrays;

/* The function that is differentiated: the sum of y with random coefficients r. */
static double weighted(size_t n, const double *r, const double *y) {
    double sum = 0;
    for (size_t i = 0; i < n; ++i)
        sum += r[i] * y[i];
    return sum;
}

static void fill(draw *d, size_t n, double *values) {
    assert_true(n <= MAX_ELEMENTS);
    for (size_t i = 0; i < n; ++i)
        values[i] = (double)draw_value(d);
}

typedef double forward(const void *op, arrays *t);

/* Checks `gradient` with respect to the n values at `at`. */
static void check_gradient(const char *name, uint32_t number, forward *f, const void *op, arrays *t, size_t n,
                           double *at, const double *gradient) {
    const double h = 0x1p-14;
    for (size_t i = 0; i < n; ++i) {
        double middle = at[i];
        at[i] = middle + h;
        double above = f(op, t);
        at[i] = middle - h;
        double below = f(op, t);
        at[i] = middle;
        double expected = (above - below) / (2 * h);
        if (!(fabs(gradient[i] - expected) <= 1e-7))
            fail_msg("case %u: %s[%zu] is %.12g, by differences %.12g", number, name, i, gradient[i], expected);
    }
}

static tl_conv random_conv(draw *d) {
    for (;;) {
        tl_conv conv = {
            .n = (uint16_t)draw_range(d, 1, 2),
            .h = (uint16_t)draw_range(d, 1, 6),
            .w = (uint16_t)draw_range(d, 1, 6),
            .c = (uint16_t)draw_range(d, 1, 3),
            .o = (uint16_t)draw_range(d, 1, 4),
            .kh = (uint16_t)draw_range(d, 1, 4),
            .kw = (uint16_t)draw_range(d, 1, 4),
            .stride_h = (uint8_t)draw_range(d, 1, 3),
            .stride_w = (uint8_t)draw_range(d, 1, 3),
            .top = (uint8_t)draw_below(d, 3),
            .left = (uint8_t)draw_below(d, 3),
            .bottom = (uint8_t)draw_below(d, 3),
            .right = (uint8_t)draw_below(d, 3),
        };
        if (draw_below(d, 2) == 0) {
            conv.dilation_h = (uint8_t)draw_range(d, 1, 3);
            conv.dilation_w = (uint8_t)draw_range(d, 1, 3);
        }
        if (draw_below(d, 2) == 0) {
            conv.groups = (uint16_t)draw_range(d, 1, 3);
            conv.c = (uint16_t)(conv.c * conv.groups);
            conv.o = (uint16_t)(conv.o * conv.groups);
        }
        if (ref_conv_out_h(&conv) > 0 && ref_conv_out_w(&conv) > 0)
            return conv;
    }
}

static size_t conv_y(const tl_conv *c) {
    return c->n * ref_conv_out_h(c) * ref_conv_out_w(c) * c->o;
}

static double conv_forward(const void *op, arrays *t) {
    ref_conv_forward(op, t->x, t->w, t->b, t->y, NULL);
    return weighted(conv_y(op), t->r, t->y);
}

static void conv_gradients(void **state) {
    arrays *t = *state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED, .number = number};
        tl_conv conv = random_conv(&d);
        size_t x = (size_t)conv.n * conv.h * conv.w * conv.c, w = ref_conv_weights(&conv);
        fill(&d, x, t->x);
        fill(&d, w, t->w);
        fill(&d, conv.o, t->b);
        fill(&d, conv_y(&conv), t->r);
        ref_conv_grad_w(&conv, t->x, t->r, t->dw, NULL, t->db, NULL);
        ref_conv_grad_x(&conv, t->w, t->r, NULL, t->dx, NULL);
        check_gradient("dw", number, conv_forward, &conv, t, w, t->w, t->dw);
        check_gradient("db", number, conv_forward, &conv, t, conv.o, t->b, t->db);
        check_gradient("dx", number, conv_forward, &conv, t, x, t->x, t->dx);
    }
}

static double depthwise_forward(const void *op, arrays *t) {
    const tl_depthwise *l = op;
    ref_depthwise_forward(l, t->x, t->w, t->b, t->y, NULL);
    return weighted(l->n * ref_depthwise_out_h(l) * ref_depthwise_out_w(l) * l->c, t->r, t->y);
}

static void depthwise_gradients(void **state) {
    arrays *t = *state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED + 4, .number = number};
        tl_conv like = random_conv(&d);
        tl_depthwise l = {like.n,        like.h,        like.w,   like.c,    like.kh,     like.kw,
                          like.stride_h, like.stride_w, like.top, like.left, like.bottom, like.right};
        size_t x = (size_t)l.n * l.h * l.w * l.c, w = (size_t)l.kh * l.kw * l.c;
        fill(&d, x, t->x);
        fill(&d, w, t->w);
        fill(&d, l.c, t->b);
        fill(&d, l.n * ref_depthwise_out_h(&l) * ref_depthwise_out_w(&l) * l.c, t->r);
        ref_depthwise_grad_w(&l, t->x, t->r, t->dw, NULL, t->db, NULL);
        ref_depthwise_grad_x(&l, t->w, t->r, NULL, t->dx, NULL);
        check_gradient("dw", number, depthwise_forward, &l, t, w, t->w, t->dw);
        check_gradient("db", number, depthwise_forward, &l, t, l.c, t->b, t->db);
        check_gradient("dx", number, depthwise_forward, &l, t, x, t->x, t->dx);
    }
}

static double linear_forward(const void *op, arrays *t) {
    const tl_linear *linear = op;
    ref_linear_forward(linear, t->x, t->w, t->b, t->y, NULL);
    return weighted((size_t)linear->n * linear->o, t->r, t->y);
}

static void linear_gradients(void **state) {
    arrays *t = *state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED + 1, .number = number};
        tl_linear linear = {(uint16_t)draw_range(&d, 1, 5), (uint16_t)draw_range(&d, 1, 9),
                            (uint16_t)draw_range(&d, 1, 7)};
        size_t x = (size_t)linear.n * linear.k, w = (size_t)linear.o * linear.k;
        fill(&d, x, t->x);
        fill(&d, w, t->w);
        fill(&d, linear.o, t->b);
        fill(&d, (size_t)linear.n * linear.o, t->r);
        ref_linear_grad_w(&linear, t->x, t->r, t->dw, NULL, t->db, NULL);
        ref_linear_grad_x(&linear, t->w, t->r, NULL, t->dx, NULL);
        check_gradient("dw", number, linear_forward, &linear, t, w, t->w, t->dw);
        check_gradient("db", number, linear_forward, &linear, t, linear.o, t->b, t->db);
        check_gradient("dx", number, linear_forward, &linear, t, x, t->x, t->dx);
    }
}

static size_t pool_y(const tl_pool *p) {
    return p->n * ref_pool_out_h(p) * ref_pool_out_w(p) * p->c;
}

static double pool_forward(const void *op, arrays *t) {
    uint8_t arg[MAX_ELEMENTS];
    ref_max_pool_forward(op, t->x, t->y, arg);
    return weighted(pool_y(op), t->r, t->y);
}

static void pool_gradients(void **state) {
    arrays *t = *state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED + 2, .number = number};
        tl_conv conv = random_conv(&d);
        tl_pool pool = {
            conv.n, conv.h, conv.w, conv.c, (uint8_t)conv.kh, (uint8_t)conv.kw, conv.stride_h, conv.stride_w,
            0,      0,      0,      0};
        pool.top = (uint8_t)draw_below(&d, conv.kh);
        pool.left = (uint8_t)draw_below(&d, conv.kw);
        pool.bottom = (uint8_t)draw_below(&d, conv.kh);
        pool.right = (uint8_t)draw_below(&d, conv.kw);
        size_t x = (size_t)pool.n * pool.h * pool.w * pool.c;
        /* Values far apart, so that a small step changes no maximum. */
        for (size_t i = 0; i < x; ++i)
            t->x[i] = (double)((i * 7919 + number) % 4099) / 16;
        fill(&d, pool_y(&pool), t->r);
        ref_max_pool_forward(&pool, t->x, t->y, t->arg);
        ref_max_pool_grad_x(&pool, t->r, t->arg, t->dx, NULL);
        check_gradient("pool dx", number, pool_forward, &pool, t, x, t->x, t->dx);
    }
}

static double relu_forward(const void *op, arrays *t) {
    const size_t *n = op;
    ref_relu_forward(*n, t->x, t->y);
    return weighted(*n, t->r, t->y);
}

static void relu_gradients(void **state) {
    arrays *t = *state;
    draw d = {.seed = SEED + 3};
    size_t n = 200;
    fill(&d, n, t->r);
    fill(&d, n, t->x);
    for (size_t i = 0; i < n; ++i)
        t->x[i] += t->x[i] > 0 ? 0.5 : -0.5;
    ref_relu_grad_x(n, t->x, t->r, t->dx);
    check_gradient("relu dx", 0, relu_forward, &n, t, n, t->x, t->dx);
}

typedef struct loss_case {
    tl_rows rows;
    uint32_t label[8];
} loss_case;

static double loss_forward(const void *op, arrays *t) {
    const loss_case *c = op;
    return ref_softmax_cross_entropy(&c->rows, t->x, c->label, t->y, NULL, NULL);
}

static void loss_gradients(void **state) {
    arrays *t = *state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED + 4, .number = number};
        loss_case c = {.rows = {(uint16_t)draw_range(&d, 1, 8), (uint16_t)draw_range(&d, 1, 12)}};
        size_t n = (size_t)c.rows.n * c.rows.classes;
        for (uint32_t i = 0; i < c.rows.n; ++i)
            c.label[i] = draw_below(&d, c.rows.classes);
        fill(&d, n, t->x);
        for (size_t i = 0; i < n; ++i)
            t->x[i] *= 4;
        ref_softmax_cross_entropy(&c.rows, t->x, c.label, t->dx, NULL, NULL);
        check_gradient("dz", number, loss_forward, &c, t, n, t->x, t->dx);
    }
}

static void check_values(const char *name, size_t n, const double *values, const double *expected) {
    for (size_t i = 0; i < n; ++i)
        if (!(fabs(values[i] - expected[i]) <= 1e-12))
            fail_msg("%s[%zu] is %.12g, should be %.12g", name, i, values[i], expected[i]);
}

static double mse_forward(const void *op, arrays *t) {
    double sum = 0;
    return ref_mse(*(const size_t *)op, t->x, t->w, t->y, &sum, t->r);
}

static void mse_gradients(void **state) {
    arrays *t = *state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED + 5, .number = number};
        size_t n = draw_range(&d, 1, 60);
        double sum = 0;
        fill(&d, n, t->x);
        fill(&d, n, t->w);
        (void)ref_mse(n, t->x, t->w, t->dx, &sum, t->r);
        check_gradient("dy", number, mse_forward, &n, t, n, t->x, t->dx);
    }
}

/* The first step of Adam goes as far as the rate whatever the gradient; two steps by hand. */
static void adam_by_hand(void **state) {
    (void)state;
    const tl_adam adam = {.rate = 0.5f, .beta1 = 0.5f, .beta2 = 0.75f, .epsilon = 0.0f, .decay = 0.25f};
    double w[1] = {8}, m[1] = {0}, v[1] = {0}, w_sum[1], m_sum[1], v_sum[1];
    ref_adam_step(&adam, 1, 1, (double[]){-4}, w, m, v, w_sum, m_sum, v_sum);
    check_values("w, m, v", 3, (double[]){w[0], m[0], v[0]}, (double[]){8 - 1 + 0.5, -2, 4});
    ref_adam_step(&adam, 2, 1, (double[]){12}, w, m, v, w_sum, m_sum, v_sum);
    /* m = -2 + 0.5 * 14, of 0.75; v = 4 + 0.25 * 140, of 0.4375 */
    check_values("w, m, v", 3, (double[]){w[0], m[0], v[0]},
                 (double[]){7.5 * 0.875 - 0.5 * (5 / 0.75) / sqrt(39 / 0.4375), 5, 39});
}

/* One row of padding on top and one column on the right, stride 2 across; kernel rows are (1 10), (100 1000). */
static void conv_by_hand(void **state) {
    (void)state;
    tl_conv conv = {
        .n = 1, .h = 2, .w = 3, .c = 1, .o = 1, .kh = 2, .kw = 2, .stride_h = 1, .stride_w = 2, .top = 1, .right = 1};
    const double x[6] = {1, 2, 3, 4, 5, 6}, w[4] = {1, 10, 100, 1000}, b[1] = {-1};
    double y[4], sum[4];
    ref_conv_forward(&conv, x, w, b, y, sum);
    check_values("y", 4, y, (double[]){2099, 299, 5420, 602});
    check_values("sum", 4, sum, (double[]){2101, 301, 5422, 604});
    /* Two output channels, two input channels: the weights stand [kh][O][kw][C]. */
    tl_conv mixed = {.n = 1, .h = 1, .w = 2, .c = 2, .o = 2, .kh = 1, .kw = 2, .stride_h = 1, .stride_w = 1};
    const double pixels[4] = {1, 2, 3, 4}, by_run[8] = {1, 10, 100, 1000, 5, 6, 7, 8};
    ref_conv_forward(&mixed, pixels, by_run, NULL, y, NULL);
    check_values("y", 2, y, (double[]){4321, 70});
    /* Two groups of one channel in and one out; taps two columns apart. */
    tl_conv apart = {
        .n = 1, .h = 1, .w = 4, .c = 2, .o = 2, .kh = 1, .kw = 2, .stride_h = 1, .stride_w = 1, .dilation_w = 2};
    apart.groups = 2;
    const double image[8] = {1, 2, 3, 4, 5, 6, 7, 8}, by_group[4] = {1, 10, 100, 1000};
    ref_conv_forward(&apart, image, by_group, NULL, y, NULL);
    check_values("y", 4, y, (double[]){51, 6200, 73, 8400});
}

static void others_by_hand(void **state) {
    (void)state;
    double y[6], w[2] = {1, 2}, v[2] = {10, 20};
    ref_linear_forward(&(tl_linear){2, 2, 1}, (double[]){1, 2, 3, 4}, (double[]){1, 10}, (double[]){0.5}, y, NULL);
    check_values("linear", 2, y, (double[]){21.5, 43.5});
    ref_sgd_step(&(tl_sgd){.rate = 0.5f, .momentum = 0.25f}, 2, (double[]){1, -1}, w, v, NULL, NULL);
    check_values("v", 2, v, (double[]){3.5, 4});
    check_values("w", 2, w, (double[]){-0.75, 0});
    uint8_t arg[4];
    tl_pool pool = {.n = 1, .h = 2, .w = 2, .c = 1, .kh = 2, .kw = 2, .stride_h = 1, .stride_w = 2, .top = 1};
    ref_max_pool_forward(&pool, (double[]){-3, -2, -2, -5}, y, arg);
    check_values("pool", 2, y, (double[]){-2, -2});
    assert_int_equal(arg[0], 3);
    assert_int_equal(arg[1], 1);
    ref_max_pool_forward(&pool, (double[]){-3, NAN, 7, NAN}, y, arg);
    assert_true(isnan(y[0]) && isnan(y[1]));
    assert_int_equal(arg[1], 1);
    tl_pool flat = {.n = 1, .h = 2, .w = 4, .c = 1, .kh = 1, .kw = 2, .stride_h = 1, .stride_w = 2};
    ref_max_pool_forward(&flat, (double[]){1, 5, 2, 3, 9, 8, 6, 7}, y, arg);
    check_values("pool", 4, y, (double[]){5, 3, 9, 7});
    /* Two classes, equal logits: log 2, and half of the label's class is missing. */
    uint32_t label = 1;
    double loss = ref_softmax_cross_entropy(&(tl_rows){1, 2}, (double[]){3, 3}, &label, y, NULL, NULL);
    check_values("loss", 1, &loss, (double[]){0.69314718055994531});
    check_values("dz", 2, y, (double[]){0.5, -0.5});
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv_by_hand),     cmocka_unit_test(others_by_hand),      cmocka_unit_test(conv_gradients),
        cmocka_unit_test(linear_gradients), cmocka_unit_test(depthwise_gradients), cmocka_unit_test(pool_gradients),
        cmocka_unit_test(relu_gradients),   cmocka_unit_test(loss_gradients),      cmocka_unit_test(mse_gradients),
        cmocka_unit_test(adam_by_hand),
    };
    return cmocka_run_group_tests(tests, make_arrays, free_arrays);
}
