/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels over pixels, channel by channel: one core, HWC data in L1, outputs may stand where inputs do. */
#ifndef TL_KERNEL_CHANNELS_H
#define TL_KERNEL_CHANNELS_H

#include <stdint.h>

/* The most channels that one call works on; the assembly kernels want just as many, fewer go through C. */
enum { TL_CHANNELS_GROUP = 4 };

/*
 * `count` >= 0 pixels, `pitch` bytes from one to the next, of 1 to TL_CHANNELS_GROUP channels. Tensors are given by the
 * first pixel's first channel, vectors have one value a channel. All sums go on in the order of the pixels.
 */
typedef struct tl_pixels {
    uint32_t count, pitch, channels;
} tl_pixels;

/* sum += x. */
void tl_channels_sum_f32(const tl_pixels *pixels, const float *x, float *sum);
/* d = x - shift: sum += d, square += d * d, the latter fused. */
void tl_channels_moments_f32(const tl_pixels *pixels, const float *x, const float *shift, float *sum, float *square);
/* sum += dy, product += (x - shift) * dy, the latter fused. */
void tl_channels_products_f32(const tl_pixels *pixels, const float *x, const float *dy, const float *shift, float *sum,
                              float *product);
/* y = value. */
void tl_channels_fill_f32(const tl_pixels *pixels, const float *value, float *y);
/* y = a * x + b, fused. */
void tl_channels_scale_f32(const tl_pixels *pixels, const float *x, const float *a, const float *b, float *y);
/* The same with y = max(y, 0); a NaN stays a NaN. */
void tl_channels_scale_relu_f32(const tl_pixels *pixels, const float *x, const float *a, const float *b, float *y);
/* dx = a * dy + (b * x + c), each fused. */
void tl_channels_blend_f32(const tl_pixels *pixels, const float *x, const float *dy, const float *a, const float *b,
                           const float *c, float *dx);

/* y = a * y + b, fused, for all of `channels` >= 1 channels of `count` pixels side by side; and with the ReLU. */
void tl_pixels_scale_f32(uint32_t count, uint32_t channels, const float *a, const float *b, float *y);
void tl_pixels_scale_relu_f32(uint32_t count, uint32_t channels, const float *a, const float *b, float *y);

/* The first ones for any count of channels up to the group's: what the kernels above go to for fewer. */
void tl_channels_sum_few_f32(const tl_pixels *pixels, const float *x, float *sum);
void tl_channels_moments_few_f32(const tl_pixels *pixels, const float *x, const float *shift, float *sum,
                                 float *square);
void tl_channels_products_few_f32(const tl_pixels *pixels, const float *x, const float *dy, const float *shift,
                                  float *sum, float *product);
void tl_channels_fill_few_f32(const tl_pixels *pixels, const float *value, float *y);
void tl_channels_scale_few_f32(const tl_pixels *pixels, const float *x, const float *a, const float *b, float *y);
void tl_channels_scale_relu_few_f32(const tl_pixels *pixels, const float *x, const float *a, const float *b, float *y);
void tl_channels_blend_few_f32(const tl_pixels *pixels, const float *x, const float *dy, const float *a, const float *b,
                               const float *c, float *dx);

#endif
