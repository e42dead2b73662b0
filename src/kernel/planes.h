/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depthwise convolution: one core, HWC data in L1 with its halo, some of the channels. Distances are in elements.
 * Channels are worked one by one, `step` apart, so that cores may take turns at them.
 */
#ifndef TL_KERNEL_PLANES_H
#define TL_KERNEL_PLANES_H

#include <stdint.h>

/*
 *     y[r*y_row + q*y_col + c] = init[c] + sum over i < kh, j < kw of
 *                                x[r*x_row + q*x_col + i*x_i + j*x_j + c] * w[i*w_i + j*w_j + c]
 *
 * for r < rows, q < cols (both >= 1), c = 0, step, ... (`channels` of them). Added in the order of (i, j), starting at
 * init, or without one (NULL) at the first product. kh and kw may both be 0: y = init or 0.
 */
typedef struct tl_planes_conv {
    const float *x, *w, *init;
    float *y;
    uint32_t channels, step, rows, cols, kh, kw;
    int32_t x_row, x_col, x_i, x_j, w_i, w_j, y_row, y_col;
} tl_planes_conv;

typedef void tl_planes_conv_f32(const tl_planes_conv *conv);

/* Any kernel and strides, and the same with y = max(y, 0) (a NaN stays a NaN). */
void tl_depthwise_any_f32(const tl_planes_conv *conv);
void tl_depthwise_any_relu_f32(const tl_planes_conv *conv);
/* Starting at what stands in y. */
void tl_depthwise_any_add_f32(const tl_planes_conv *conv);
/* 3x3 kernels, y_col == x_j, w_i == 3 * w_j. Stride 1: x_row == x_i == y_row + 2 * x_j, x_col == x_j. */
void tl_depthwise_3x3_f32(const tl_planes_conv *conv);
void tl_depthwise_3x3_relu_f32(const tl_planes_conv *conv);
/* Stride 1, 1 to 5 columns, x without its first and last column, which are zeros: x stands at the first window's middle
 * column, and x_row == x_i == y_row == cols * x_j, x_col == x_j. Products with these zeros are left out. */
void tl_depthwise_3x3_narrow_f32(const tl_planes_conv *conv);
void tl_depthwise_3x3_narrow_relu_f32(const tl_planes_conv *conv);
/* Stride 2: x_row == 2 * x_i, x_col == 2 * x_j. */
void tl_depthwise_3x3s2_f32(const tl_planes_conv *conv);
void tl_depthwise_3x3s2_relu_f32(const tl_planes_conv *conv);

/*
 *     dx[r*dx_row + q*x_j + c] = sum over u, v, i, j, 2*u + i == r + row_phase, 2*v + j == q + col_phase, of
 *                                dy[u*dy_row + v*x_j + c] * w[(i*3 + j)*w_j + c]          i < 3, j < 3
 *
 * for r < rows, q < cols (both >= 1): 3x3 kernels, stride 2; phases 0 or 1. Added in the order of (u, v), starting at
 * the first product. With phase 0 row or column -1 of dy is read.
 */
typedef struct tl_planes_spread {
    const float *dy, *w;
    float *dx;
    uint32_t channels, step, rows, cols;
    int32_t dy_row, dx_row, x_j, w_j;
    uint32_t row_phase, col_phase;
} tl_planes_spread;

void tl_depthwise_spread_3x3s2_f32(const tl_planes_spread *spread);

/*
 *     dw[(i*kw + j)*w_j + c] = init + sum over r < rows, q < cols of dy[r*y_row + q*x_j + c] *
 *                              x[r*x_row + q*x_col + i*x_i + j*x_j + c]
 *     db[c]                  = init + sum over r, q of dy[r*y_row + q*x_j + c]
 *
 * init is what dw and db hold, or nothing if `opens`: the sum starts at the first term. Added in the order of (r, q).
 * rows may be 0 (dw = init, or -0), cols >= 1.
 */
typedef struct tl_planes_grad {
    const float *x, *dy;
    float *dw, *db;
    uint32_t channels, step, rows, cols, kh, kw;
    int32_t x_row, x_col, x_i, x_j, y_row, w_j;
    uint32_t opens;
} tl_planes_grad;

/* The kernels for 3x3 take columns in blocks: as few of at most 4 columns as there can be, of nearly the same width,
 * the wider ones first. */
static inline uint32_t tl_planes_block(uint32_t left) {
    return left <= 4 ? left : left == 5 || left == 6 || left == 9 ? 3 : 4;
}

typedef void tl_planes_grad_f32(const tl_planes_grad *grad);

void tl_depthwise_grad_any_f32(const tl_planes_grad *grad);
/* 3x3 kernels. Stride 1: x_row == x_i == y_row + 2 * x_j, x_col == x_j. */
void tl_depthwise_grad_3x3_f32(const tl_planes_grad *grad);
/* Stride 1, 1 to 5 columns, x without its first and last column, as above. All columns are one block. */
void tl_depthwise_grad_3x3_narrow_f32(const tl_planes_grad *grad);
/* Stride 2: x_row == 2 * x_i, x_col == 2 * x_j. */
void tl_depthwise_grad_3x3s2_f32(const tl_planes_grad *grad);

#endif
