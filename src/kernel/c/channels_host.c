/* SPDX-License-Identifier: Apache-2.0 */
/* On the cluster pulp/channels_pulp.S stands in for this file, with the same bits. */
#include "src/kernel/channels.h"

void tl_channels_sum_f32(const tl_pixels *pixels, const float *x, float *sum) {
    tl_channels_sum_few_f32(pixels, x, sum);
}

void tl_channels_moments_f32(const tl_pixels *pixels, const float *x, const float *shift, float *sum, float *square) {
    tl_channels_moments_few_f32(pixels, x, shift, sum, square);
}

void tl_channels_products_f32(const tl_pixels *pixels, const float *x, const float *dy, const float *shift, float *sum,
                              float *product) {
    tl_channels_products_few_f32(pixels, x, dy, shift, sum, product);
}

void tl_channels_fill_f32(const tl_pixels *pixels, const float *value, float *y) {
    tl_channels_fill_few_f32(pixels, value, y);
}

void tl_channels_scale_f32(const tl_pixels *pixels, const float *x, const float *a, const float *b, float *y) {
    tl_channels_scale_few_f32(pixels, x, a, b, y);
}

void tl_channels_scale_relu_f32(const tl_pixels *pixels, const float *x, const float *a, const float *b, float *y) {
    tl_channels_scale_relu_few_f32(pixels, x, a, b, y);
}

void tl_channels_blend_f32(const tl_pixels *pixels, const float *x, const float *dy, const float *a, const float *b,
                           const float *c, float *dx) {
    tl_channels_blend_few_f32(pixels, x, dy, a, b, c, dx);
}
