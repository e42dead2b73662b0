/* SPDX-License-Identifier: Apache-2.0 */
/* Averages over rectangles of pixels: one core, HWC data in L1. */
#ifndef TL_KERNEL_AVERAGE_H
#define TL_KERNEL_AVERAGE_H

#include <stdint.h>

/* rows x cols pixels of `channels`, row_pitch elements from one row to the next; rows, cols, channels >= 1. */
typedef struct tl_average {
    uint32_t rows, cols, channels, row_pitch;
    float scale;
} tl_average;

/* y[c] = scale * sum over i < rows, j < cols of x[i * row_pitch + j * channels + c], added in the order of i, then j,
 * beginning with the first. */
void tl_average_f32(const tl_average *average, const float *x, float *y);
/* y[c] = y[c] + scale * that sum, fused. */
void tl_average_add_f32(const tl_average *average, const float *x, float *y);

/*
 * tl_average_f32, and tl_average_add_f32, of `count` >= 1 rectangles of one or two rows and columns: x and y move on by
 * so many elements.
 */
typedef struct tl_average_few {
    tl_average average;
    uint32_t count, x_step, y_step;
} tl_average_few;

void tl_average_few_f32(const tl_average_few *few, const float *x, float *y);
void tl_average_few_add_f32(const tl_average_few *few, const float *x, float *y);

/*
 * `count` >= 1 windows of 2 x 2 side by side, no pixel in two; row_pitch elements from one row of the image to the
 * next. Forward: y[c] = scale * sum, as above. Spread: each of a window's four pixels of dx = scale * dy.
 */
typedef struct tl_average_quads {
    uint32_t count, channels, row_pitch;
    float scale;
} tl_average_quads;

void tl_average_quads_f32(const tl_average_quads *quads, const float *x, float *y);
void tl_average_spread_f32(const tl_average_quads *quads, const float *dy, float *dx);

#endif
