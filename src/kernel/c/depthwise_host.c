/* SPDX-License-Identifier: Apache-2.0 */
/* On the cluster pulp/depthwise*.S stand in for this file: the bits are those of plain loops, as long as the sums run
 * in the same order. */
#include "src/base/math.h"
#include "src/kernel/planes.h"
#include <stdbool.h>

static inline float floored(float y) {
    return y > 0.0f || y != y ? y : 0.0f;
}

static void any(const tl_planes_conv *p, bool relu, bool add) {
    for (uint32_t n = 0, c = 0; n < p->channels; ++n, c += p->step) {
        const float start = p->init ? p->init[c] : p->kh && p->kw ? -0.0f : 0.0f;
        for (int32_t r = 0; r < (int32_t)p->rows; ++r) {
            for (int32_t q = 0; q < (int32_t)p->cols; ++q) {
                const float *x = p->x + r * p->x_row + q * p->x_col + (int32_t)c;
                float *y = p->y + r * p->y_row + q * p->y_col + (int32_t)c, sum = add ? *y : start;
                for (int32_t i = 0; i < (int32_t)p->kh; ++i)
                    for (int32_t j = 0; j < (int32_t)p->kw; ++j)
                        sum = tl_fma(x[i * p->x_i + j * p->x_j], p->w[i * p->w_i + j * p->w_j + (int32_t)c], sum);
                *y = relu ? floored(sum) : sum;
            }
        }
    }
}

void tl_depthwise_any_f32(const tl_planes_conv *conv) {
    any(conv, false, false);
}

void tl_depthwise_any_relu_f32(const tl_planes_conv *conv) {
    any(conv, true, false);
}

void tl_depthwise_any_add_f32(const tl_planes_conv *conv) {
    any(conv, false, true);
}

/* 3x3 by blocks of columns, whose taps are those of any kernel. */
static void grad_blocks(const tl_planes_grad *p) {
    tl_planes_grad block = *p;
    for (uint32_t q = 0; q < p->cols; q += block.cols) {
        block.cols = tl_planes_block(p->cols - q);
        block.opens = p->opens && q == 0;
        block.x = p->x + (int32_t)q * p->x_col;
        block.dy = p->dy + (int32_t)q * p->x_j;
        tl_depthwise_grad_any_f32(&block);
    }
}

void tl_depthwise_3x3_f32(const tl_planes_conv *conv) {
    tl_depthwise_any_f32(conv);
}

void tl_depthwise_3x3_relu_f32(const tl_planes_conv *conv) {
    tl_depthwise_any_relu_f32(conv);
}

void tl_depthwise_3x3s2_f32(const tl_planes_conv *conv) {
    tl_depthwise_any_f32(conv);
}

void tl_depthwise_3x3s2_relu_f32(const tl_planes_conv *conv) {
    tl_depthwise_any_relu_f32(conv);
}

void tl_depthwise_grad_3x3_f32(const tl_planes_grad *grad) {
    grad_blocks(grad);
}

void tl_depthwise_grad_3x3s2_f32(const tl_planes_grad *grad) {
    grad_blocks(grad);
}

static void narrow(const tl_planes_conv *p, bool relu) {
    const int32_t cols = (int32_t)p->cols;
    for (uint32_t n = 0, c = 0; n < p->channels; ++n, c += p->step) {
        for (int32_t r = 0; r < (int32_t)p->rows; ++r) {
            for (int32_t q = 0; q < cols; ++q) {
                float sum = p->init ? p->init[c] : -0.0f;
                for (int32_t i = 0; i < 3; ++i)
                    for (int32_t j = 0; j < 3; ++j)
                        if (q + j >= 1 && q + j <= cols)
                            sum = tl_fma(p->x[r * p->x_row + i * p->x_i + (q + j - 1) * p->x_j + (int32_t)c],
                                         p->w[i * p->w_i + j * p->w_j + (int32_t)c], sum);
                p->y[r * p->y_row + q * p->y_col + (int32_t)c] = !relu || sum > 0.0f || sum != sum ? sum : 0.0f;
            }
        }
    }
}

void tl_depthwise_3x3_narrow_f32(const tl_planes_conv *conv) {
    narrow(conv, false);
}

void tl_depthwise_3x3_narrow_relu_f32(const tl_planes_conv *conv) {
    narrow(conv, true);
}

void tl_depthwise_grad_3x3_narrow_f32(const tl_planes_grad *p) {
    const int32_t cols = (int32_t)p->cols, rows = (int32_t)p->rows;
    for (uint32_t n = 0, c = 0; n < p->channels; ++n, c += p->step) {
        for (int32_t tap = 0; tap < 9; ++tap) {
            const int32_t i = tap / 3, j = tap % 3;
            float *dw = p->dw + tap * p->w_j + c, sum = p->opens ? -0.0f : *dw;
            for (int32_t r = 0; r < rows; ++r)
                for (int32_t q = 0; q < cols; ++q)
                    if (q + j >= 1 && q + j <= cols)
                        sum = tl_fma(p->x[r * p->x_row + i * p->x_i + (q + j - 1) * p->x_j + (int32_t)c],
                                     p->dy[r * p->y_row + q * p->x_j + (int32_t)c], sum);
            *dw = sum;
        }
        float bias = p->opens ? -0.0f : p->db[c];
        for (int32_t r = 0; r < rows; ++r)
            for (int32_t q = 0; q < cols; ++q)
                bias += p->dy[r * p->y_row + q * p->x_j + (int32_t)c];
        p->db[c] = bias;
    }
}

/* One result: taps in the rows and columns that lie in this place's windows, from the last tap down. */
static float spread_sum(const tl_planes_spread *p, uint32_t c, int32_t r, int32_t q) {
    float sum = -0.0f;
    for (int32_t i = 2 - (r & 1); i >= 0; i -= 2)
        for (int32_t j = 2 - (q & 1); j >= 0; j -= 2)
            sum = tl_fma(p->dy[(r - i) / 2 * p->dy_row + (q - j) / 2 * p->x_j + (int32_t)c],
                         p->w[(3 * i + j) * p->w_j + (int32_t)c], sum);
    return sum;
}

void tl_depthwise_spread_3x3s2_f32(const tl_planes_spread *p) {
    for (uint32_t n = 0, c = 0; n < p->channels; ++n, c += p->step)
        for (int32_t r = 0; r < (int32_t)p->rows; ++r)
            for (int32_t q = 0; q < (int32_t)p->cols; ++q)
                p->dx[r * p->dx_row + q * p->x_j + (int32_t)c] =
                    spread_sum(p, c, r + (int32_t)p->row_phase, q + (int32_t)p->col_phase);
}
