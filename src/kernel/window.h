/* SPDX-License-Identifier: Apache-2.0 */
/* Max pooling, all channels: one core, HWC data in L1. */
#ifndef TL_KERNEL_WINDOW_H
#define TL_KERNEL_WINDOW_H

#include <stdint.h>

/*
 * y[c] = max over i < rows, j < cols of x[i * row_pitch + j * channels + c]; arg[c] = (first_i + i) * kernel_w +
 * first_j + j of the first maximum, where (first_i, first_j) is the place in the window of x's first pixel (not 0 where
 * padding cuts the window). A NaN in the window is the maximum; of zeros, y is the positive one. rows, cols >= 1;
 * row_pitch in elements. So for `count` >= 1 windows: x moves on by `step` elements, y and arg by `channels`.
 */
typedef struct tl_pool_window {
    uint32_t rows, cols, channels, row_pitch;
    uint32_t first_i, first_j, kernel_w;
    uint32_t count, step;
} tl_pool_window;

void tl_max_pool_f32(const tl_pool_window *window, const float *x, float *y, uint8_t *arg);
/* The same, slowly: for what the kernel above does not count with (NaNs, infinities, products that overflow, windows of
 * more than 32 places). */
void tl_max_pool_any_f32(const tl_pool_window *window, const float *x, float *y, uint8_t *arg);

/*
 * The gradient of `count` >= 1 windows of 2 x 2 side by side, which are all that holds their pixels: dx = dy at the
 * window's place arg (0 to 3, by rows), else 0; row_pitch elements from one row of dx to the next.
 */
typedef struct tl_pool_spread {
    uint32_t count, channels, row_pitch;
} tl_pool_spread;

void tl_max_pool_spread_f32(const tl_pool_spread *spread, const float *dy, const uint8_t *arg, float *dx);

/*
 * The gradient of one input pixel: dx[c] = sum over the windows that hold it of dy[c] where that window's arg[c] is
 * this pixel's place in it. The windows are rows x cols output pixels, the first at dy and arg, row_pitch elements
 * between their rows; the pixel's place in the first one is (first_i, first_j), and goes down by stride_h, stride_w
 * from one window to the next. Added in that order; 0 when rows or cols is 0.
 */
typedef struct tl_pool_gather {
    uint32_t rows, cols, channels, row_pitch;
    uint32_t first_i, first_j, kernel_w, stride_h, stride_w;
} tl_pool_gather;

void tl_max_pool_grad_f32(const tl_pool_gather *gather, const float *dy, const uint8_t *arg, float *dx);

/*
 * The gradients of rows x cols windows, added to dx: dx at the window's place arg = dx there + dy, windows in order by
 * rows. dx is the first window's first pixel (which padding may hide: then no arg names it). Elements: `channels` from
 * a pixel to the next, row_pitch from one row of dx to the next. Only the channels 0, step, 2 step and so on, `count`
 * of them. kernel_h * kernel_w <= TL_POOL_SCATTER_PLACES.
 */
enum { TL_POOL_SCATTER_PLACES = 32 };
typedef struct tl_pool_scatter {
    uint32_t rows, cols, channels, row_pitch;
    uint32_t kernel_h, kernel_w, stride_h, stride_w;
    uint32_t count, step;
} tl_pool_scatter;

void tl_max_pool_scatter_f32(const tl_pool_scatter *scatter, const float *dy, const uint8_t *arg, float *dx);

#endif
