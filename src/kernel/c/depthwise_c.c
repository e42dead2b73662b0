/* SPDX-License-Identifier: Apache-2.0 */
/* Depthwise convolution for any kernel and strides: four columns of results side by side in the registers. */
#include "src/base/math.h"
#include "src/kernel/planes.h"
#include <stdbool.h>

static inline float floored(float y) {
    return y > 0.0f || y != y ? y : 0.0f;
}

/* Results at y and, `many` of them, y_col apart. */
static inline void taps_4(const tl_planes_conv *p, const float *x, const float *w, float init, float *y, bool relu) {
    float s0 = init, s1 = init, s2 = init, s3 = init;
    const int32_t col = p->x_col, x_j = p->x_j, w_j = p->w_j;
    for (uint32_t i = 0; i < p->kh; ++i) {
        const float *x0 = x, *x1 = x + col, *x2 = x1 + col, *x3 = x2 + col, *tap = w;
        for (uint32_t j = 0; j < p->kw; ++j) {
            const float weight = *tap;
            s0 = tl_fma(*x0, weight, s0);
            s1 = tl_fma(*x1, weight, s1);
            s2 = tl_fma(*x2, weight, s2);
            s3 = tl_fma(*x3, weight, s3);
            x0 += x_j;
            x1 += x_j;
            x2 += x_j;
            x3 += x_j;
            tap += w_j;
        }
        x += p->x_i;
        w += p->w_i;
    }
    y[0] = relu ? floored(s0) : s0;
    y[p->y_col] = relu ? floored(s1) : s1;
    y[2 * p->y_col] = relu ? floored(s2) : s2;
    y[3 * p->y_col] = relu ? floored(s3) : s3;
}

static inline void taps_1(const tl_planes_conv *p, const float *x, const float *w, float init, float *y, bool relu) {
    float sum = init;
    for (uint32_t i = 0; i < p->kh; ++i) {
        const float *pixel = x, *tap = w;
        for (uint32_t j = 0; j < p->kw; ++j) {
            sum = tl_fma(*pixel, *tap, sum);
            pixel += p->x_j;
            tap += p->w_j;
        }
        x += p->x_i;
        w += p->w_i;
    }
    *y = relu ? floored(sum) : sum;
}

static inline void conv(const tl_planes_conv *p, bool relu) {
    const float nothing = p->kh && p->kw ? -0.0f : 0.0f;
    for (uint32_t n = 0, c = 0; n < p->channels; ++n, c += p->step) {
        const float init = p->init ? p->init[c] : nothing;
        const float *x_row = p->x + c, *w = p->w + c;
        float *y_row = p->y + c;
        for (uint32_t r = 0; r < p->rows; ++r) {
            const float *x = x_row;
            float *y = y_row;
            uint32_t q = 0;
            for (; q + 4 <= p->cols; q += 4) {
                taps_4(p, x, w, init, y, relu);
                x += 4 * p->x_col;
                y += 4 * p->y_col;
            }
            for (; q < p->cols; ++q) {
                taps_1(p, x, w, init, y, relu);
                x += p->x_col;
                y += p->y_col;
            }
            x_row += p->x_row;
            y_row += p->y_row;
        }
    }
}

void tl_depthwise_any_f32(const tl_planes_conv *p) {
    conv(p, false);
}

void tl_depthwise_any_relu_f32(const tl_planes_conv *p) {
    conv(p, true);
}

/* Weights and the last column of x stay in registers. */
static inline void few_taps(const tl_planes_conv *p, bool two_i, bool two_j) {
    const int32_t x_j = p->x_j, y_col = p->y_col;
    for (uint32_t n = 0, c = 0; n < p->channels; ++n, c += p->step) {
        const float init = p->init ? p->init[c] : -0.0f;
        const float *w = p->w + c, *x_row = p->x + c;
        const float w00 = w[0], w01 = two_j ? w[p->w_j] : 0.0f;
        const float w10 = two_i ? w[p->w_i] : 0.0f, w11 = two_i && two_j ? w[p->w_i + p->w_j] : 0.0f;
        float *y_row = p->y + c;
        for (uint32_t r = 0; r < p->rows; ++r) {
            const float *x0 = x_row, *x1 = x_row + p->x_i;
            float *y = y_row, a = *x0, b = two_i ? *x1 : 0.0f;
            for (uint32_t q = 0; q < p->cols; ++q) {
                float sum = tl_fma(two_j ? a : *x0, w00, init);
                x0 += x_j;
                if (two_j) {
                    a = *x0;
                    sum = tl_fma(a, w01, sum);
                }
                if (two_i) {
                    sum = tl_fma(two_j ? b : *x1, w10, sum);
                    x1 += x_j;
                }
                if (two_i && two_j) {
                    b = *x1;
                    sum = tl_fma(b, w11, sum);
                }
                *y = sum;
                y += y_col;
            }
            x_row += p->x_row;
            y_row += p->y_row;
        }
    }
}

void tl_depthwise_few_taps_f32(const tl_planes_conv *p) {
    if (p->kh == 2 && p->kw == 2)
        few_taps(p, true, true);
    else if (p->kh == 2)
        few_taps(p, true, false);
    else if (p->kw == 2)
        few_taps(p, false, true);
    else
        few_taps(p, false, false);
}

/* Adds to tap (i, j) and, if there are so many, to the next ones of the row of taps; `cols` columns of dy. */
static inline void grad_taps_4(const tl_planes_grad *p, const float *x, const float *dy, uint32_t cols, float *dw,
                               bool first) {
    const int32_t w_j = p->w_j, x_j = p->x_j;
    float s0 = -0.0f, s1 = -0.0f, s2 = -0.0f, s3 = -0.0f;
    if (!first) {
        s0 = dw[0];
        s1 = dw[w_j];
        s2 = dw[2 * w_j];
        s3 = dw[3 * w_j];
    }
    for (uint32_t r = 0; r < p->rows; ++r) {
        const float *x0 = x, *x1 = x + x_j, *x2 = x1 + x_j, *x3 = x2 + x_j, *d = dy;
        for (uint32_t q = 0; q < cols; ++q) {
            const float g = *d;
            s0 = tl_fma(*x0, g, s0);
            s1 = tl_fma(*x1, g, s1);
            s2 = tl_fma(*x2, g, s2);
            s3 = tl_fma(*x3, g, s3);
            x0 += p->x_col;
            x1 += p->x_col;
            x2 += p->x_col;
            x3 += p->x_col;
            d += x_j;
        }
        x += p->x_row;
        dy += p->y_row;
    }
    dw[0] = s0;
    dw[w_j] = s1;
    dw[2 * w_j] = s2;
    dw[3 * w_j] = s3;
}

static inline void grad_taps_1(const tl_planes_grad *p, const float *x, const float *dy, uint32_t cols, float *dw,
                               bool first) {
    float sum = first ? -0.0f : *dw;
    for (uint32_t r = 0; r < p->rows; ++r) {
        const float *pixel = x, *d = dy;
        for (uint32_t q = 0; q < cols; ++q) {
            sum = tl_fma(*pixel, *d, sum);
            pixel += p->x_col;
            d += p->x_j;
        }
        x += p->x_row;
        dy += p->y_row;
    }
    *dw = sum;
}

static inline void grad_bias(const tl_planes_grad *p, const float *dy, uint32_t cols, float *db, bool first) {
    float sum = first ? -0.0f : *db;
    for (uint32_t r = 0; r < p->rows; ++r) {
        const float *d = dy;
        for (uint32_t q = 0; q < cols; ++q) {
            sum += *d;
            d += p->x_j;
        }
        dy += p->y_row;
    }
    *db = sum;
}

void tl_depthwise_grad_any_f32(const tl_planes_grad *p) {
    for (uint32_t n = 0, c = 0; n < p->channels; ++n, c += p->step) {
        const float *x_block = p->x + c, *dy = p->dy + c;
        for (uint32_t q = 0, cols; q < p->cols; q += cols) {
            const bool first = p->opens && q == 0;
            const float *x_row = x_block;
            float *dw = p->dw + c;
            cols = tl_planes_block(p->cols - q);
            for (uint32_t i = 0; i < p->kh; ++i) {
                const float *x = x_row;
                uint32_t j = 0;
                for (; j + 4 <= p->kw; j += 4) {
                    grad_taps_4(p, x, dy, cols, dw, first);
                    x += 4 * p->x_j;
                    dw += 4 * p->w_j;
                }
                for (; j < p->kw; ++j) {
                    grad_taps_1(p, x, dy, cols, dw, first);
                    x += p->x_j;
                    dw += p->w_j;
                }
                x_row += p->x_i;
            }
            grad_bias(p, dy, cols, p->db + c, first);
            x_block += (int32_t)cols * p->x_col;
            dy += (int32_t)cols * p->x_j;
        }
    }
}
