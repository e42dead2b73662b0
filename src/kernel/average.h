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

#endif
