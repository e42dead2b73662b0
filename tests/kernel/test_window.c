/* SPDX-License-Identifier: Apache-2.0 */
/* Max pooling of one pixel against plain loops: every small window, every count of channels up to 11. */
#include "src/kernel/window.h"
#include "tests/harness/draw.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { CHANNELS = 11, SIDE = 4, PIXELS = SIDE * SIDE, SEED = 13, GUARD_BYTE = 0xA5 };

/* Few different values, so that there are ties; now and then a NaN. */
static void draw_ties(draw *d, uint32_t n, float *x) {
    for (uint32_t i = 0; i < n; i++)
        x[i] = draw_below(d, 50) == 0 ? NAN : (float)draw_below(d, 5) - 2.0f;
}

static void check_max(const tl_pool_window *w, const float *x, const float *y, const uint8_t *arg) {
    for (uint32_t c = 0; c < w->channels; c++) {
        float best = -INFINITY;
        uint32_t place = 0;
        for (uint32_t i = 0; i < w->rows; i++) {
            for (uint32_t j = 0; j < w->cols; j++) {
                const float value = x[i * w->row_pitch + j * w->channels + c];
                if (value == best && !signbit(value))
                    best = value; /* of zeros the positive one */
                if ((i == 0 && j == 0) || value > best || (isnan(value) && !isnan(best))) {
                    best = value;
                    place = (w->first_i + i) * w->kernel_w + w->first_j + j;
                }
            }
        }
        assert_true(memcmp(&best, &y[c], sizeof best) == 0);
        assert_int_equal(arg[c], place);
    }
}

static void test_max(void **state) {
    (void)state;
    uint32_t number = 0;
    for (uint32_t rows = 1; rows <= SIDE; rows++) {
        for (uint32_t cols = 1; cols <= SIDE; cols++) {
            for (uint32_t channels = 1; channels <= CHANNELS; channels++) {
                draw d = {SEED, number++, 0};
                const tl_pool_window w = {
                    rows, cols, channels, cols * channels + draw_below(&d, 3), draw_below(&d, 3), draw_below(&d, 3),
                    6,    1,    0};
                float x[SIDE * (SIDE * CHANNELS + 2)], y[CHANNELS + 1] = {0};
                uint8_t arg[CHANNELS + 1];
                memset(arg, GUARD_BYTE, sizeof arg);
                draw_ties(&d, sizeof x / sizeof x[0], x);
                y[channels] = 77.0f;
                tl_max_pool_f32(&w, x, y, arg);
                check_max(&w, x, y, arg);
                assert_true(y[channels] == 77.0f && arg[channels] == GUARD_BYTE);
            }
        }
    }
}

static void check_gather(const tl_pool_gather *g, const float *dy, const uint8_t *arg, const float *dx) {
    for (uint32_t c = 0; c < g->channels; c++) {
        float sum = 0.0f;
        for (uint32_t i = 0; i < g->rows; i++) {
            for (uint32_t j = 0; j < g->cols; j++) {
                const uint32_t at = i * g->row_pitch + j * g->channels + c;
                const uint32_t place = (g->first_i - i * g->stride_h) * g->kernel_w + g->first_j - j * g->stride_w;
                if (arg[at] == place)
                    sum += dy[at];
            }
        }
        assert_true(memcmp(&sum, &dx[c], sizeof sum) == 0);
    }
}

static void test_gather(void **state) {
    (void)state;
    uint32_t number = 1000;
    for (uint32_t rows = 0; rows <= SIDE; rows++) {
        for (uint32_t cols = 0; cols <= SIDE; cols++) {
            for (uint32_t channels = 1; channels <= CHANNELS; channels++) {
                draw d = {SEED, number++, 0};
                const uint32_t stride_h = draw_range(&d, 1, 2), stride_w = draw_range(&d, 1, 2);
                const uint32_t last = SIDE - 1;
                const tl_pool_gather g = {rows,
                                          cols,
                                          channels,
                                          cols * channels + draw_below(&d, 3),
                                          last * stride_h,
                                          last * stride_w,
                                          last * stride_w + 1,
                                          stride_h,
                                          stride_w};
                float dy[SIDE * (SIDE * CHANNELS + 2)], dx[CHANNELS + 1];
                uint8_t arg[SIDE * (SIDE * CHANNELS + 2)];
                draw_values(&d, sizeof dy / sizeof dy[0], dy);
                /* Mostly places that windows of this pixel have. */
                for (uint32_t i = 0; i < sizeof arg; i++)
                    arg[i] = (uint8_t)(draw_below(&d, SIDE) * stride_h * g.kernel_w + draw_below(&d, SIDE) * stride_w);
                dx[channels] = 77.0f;
                tl_max_pool_grad_f32(&g, dy, arg, dx);
                check_gather(&g, dy, arg, dx);
                assert_true(dx[channels] == 77.0f);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_max), cmocka_unit_test(test_gather)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
