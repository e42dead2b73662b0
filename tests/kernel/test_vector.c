/* SPDX-License-Identifier: Apache-2.0 */
/* Element-wise kernels, natively: their formulas exactly, every length, in place too, guards untouched. */
#include "src/kernel/vector.h"
#include "tests/harness/draw.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LENGTHS = 40, GUARD = 4, PARTS = 5, SEED = 11 };

/* Values with the special ones among them. */
static void draw_special(draw *d, uint32_t n, float *x) {
    static const float special[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 0x1p-149f, -0x1p-149f, 1.0f};
    for (uint32_t i = 0; i < n; i++)
        x[i] = draw_below(d, 2) ? draw_value(d) : special[draw_below(d, 8)];
}

typedef struct guarded {
    float word[GUARD + LENGTHS + GUARD];
} guarded;

static float *set_up(guarded *g) {
    for (size_t i = 0; i < sizeof g->word / sizeof g->word[0]; i++)
        g->word[i] = 12345.0f;
    return g->word + GUARD;
}

static void check_guards(const guarded *g, uint32_t n) {
    for (uint32_t i = 0; i < GUARD; i++)
        assert_true(g->word[i] == 12345.0f);
    for (size_t i = GUARD + n; i < sizeof g->word / sizeof g->word[0]; i++)
        assert_true(g->word[i] == 12345.0f);
}

static void assert_same(float a, float b) {
    assert_true((isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0);
}

static void test_relu(void **state) {
    (void)state;
    for (uint32_t n = 0; n <= LENGTHS; n++) {
        draw d = {SEED, n, 0};
        float x[LENGTHS];
        guarded y;
        draw_special(&d, n, x);
        float *out = set_up(&y);
        tl_relu_f32(n, x, out);
        check_guards(&y, n);
        for (uint32_t i = 0; i < n; i++)
            assert_same(out[i], isnan(x[i]) ? NAN : x[i] > 0 ? x[i] : 0.0f);
        memcpy(out, x, n * sizeof *x);
        tl_relu_f32(n, out, out);
        for (uint32_t i = 0; i < n; i++)
            assert_same(out[i], isnan(x[i]) ? NAN : x[i] > 0 ? x[i] : 0.0f);
    }
}

static void test_relu_grad(void **state) {
    (void)state;
    for (uint32_t n = 0; n <= LENGTHS; n++) {
        draw d = {SEED, n, 0};
        float x[LENGTHS], dy[LENGTHS];
        guarded dx;
        draw_special(&d, n, x);
        draw_special(&d, n, dy);
        float *out = set_up(&dx);
        tl_relu_grad_f32(n, x, dy, out);
        check_guards(&dx, n);
        for (uint32_t i = 0; i < n; i++)
            assert_same(out[i], x[i] <= 0 ? 0.0f : dy[i]);
    }
}

static void test_sgd(void **state) {
    (void)state;
    for (uint32_t n = 0; n <= LENGTHS; n++) {
        draw d = {SEED, n, 0};
        const float rate = 0.03f, momentum = 0.9f;
        float w0[LENGTHS], v0[LENGTHS], g[LENGTHS];
        guarded w_words, v_words;
        float *w = set_up(&w_words), *v = set_up(&v_words);
        draw_values(&d, n, w0);
        draw_values(&d, n, v0);
        draw_values(&d, n, g);
        memcpy(w, w0, n * sizeof *w);
        memcpy(v, v0, n * sizeof *v);
        tl_sgd_f32(n, rate, momentum, w, v, g);
        check_guards(&w_words, n);
        check_guards(&v_words, n);
        for (uint32_t i = 0; i < n; i++) {
            /* A product of two floats is exact in double; the sum's second rounding is far below these. */
            const double v1 = (double)momentum * (double)v0[i] + (double)g[i];
            assert_true(fabs((double)v[i] - v1) <= 0x1p-24 * fabs(v1));
            const double w1 = (double)w0[i] - (double)rate * (double)v[i];
            assert_true(fabs((double)w[i] - w1) <= 0x1p-24 * fabs(w1));
        }
    }
}

static void test_sum(void **state) {
    (void)state;
    for (uint32_t n = 0; n <= LENGTHS; n++) {
        for (uint32_t parts = 1; parts <= PARTS; parts++) {
            draw d = {SEED, n * 8 + parts, 0};
            const uint32_t pitch = n + parts % 3;
            float x[PARTS * (LENGTHS + 2)];
            guarded y;
            draw_values(&d, PARTS * (LENGTHS + 2), x);
            float *out = set_up(&y);
            tl_sum_f32(n, parts, pitch, x, out);
            check_guards(&y, n);
            for (uint32_t i = 0; i < n; i++) {
                float sum = x[i];
                for (uint32_t part = 1; part < parts; part++)
                    sum += x[part * pitch + i];
                assert_same(out[i], sum);
            }
        }
    }
}

static void test_fill(void **state) {
    (void)state;
    for (uint32_t n = 0; n <= LENGTHS; n++) {
        guarded y;
        float *out = set_up(&y);
        tl_fill_f32(n, -3.5f, out);
        check_guards(&y, n);
        for (uint32_t i = 0; i < n; i++)
            assert_true(out[i] == -3.5f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relu), cmocka_unit_test(test_relu_grad), cmocka_unit_test(test_sgd),
        cmocka_unit_test(test_sum),  cmocka_unit_test(test_fill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
