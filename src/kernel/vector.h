/* SPDX-License-Identifier: Apache-2.0 */
/* Element-wise kernels: one core, contiguous data in L1, any n >= 0. Outputs may be the same array as an input. */
#ifndef TL_KERNEL_VECTOR_H
#define TL_KERNEL_VECTOR_H

#include "tl/optim.h"
#include <stdint.h>

/* y = max(x, 0); a NaN stays a NaN. (On the cluster only if its sign is not set, as of all that arithmetic gives there:
 * others become 0.) */
void tl_relu_f32(uint32_t n, const float *x, float *y);

/* dx = 0 where x <= 0, else dy: a NaN lets it pass. */
void tl_relu_grad_f32(uint32_t n, const float *x, const float *dy, float *dx);

/* SGD with momentum (Polyak): v = momentum * v + g; w = w - rate * v. Each a fused multiply-add. */
void tl_sgd_f32(uint32_t n, float rate, float momentum, float *w, float *v, const float *g);

/* The same with weight decay: decay * w + g in the place of g. */
void tl_sgd_decay_f32(uint32_t n, float rate, float momentum, float decay, float *w, float *v, const float *g);

/* Without momentum: w = w - rate * g, and w = w - rate * (decay * w + g). */
void tl_sgd_plain_f32(uint32_t n, float rate, float *w, const float *g);
void tl_sgd_plain_decay_f32(uint32_t n, float rate, float decay, float *w, const float *g);

/*
 * Adam (tl/optim.h): m = rest1 * (g - m) + m; v = rest2 * (g * g - v) + v;
 * w = keep * w - size * (m / (sqrt(v) * scale + epsilon)). g * g - v and every sum with a product are fused.
 */
void tl_adam_f32(uint32_t n, const tl_adam_numbers *numbers, float *w, float *m, float *v, const float *g);

/* Squared error: d = y - target, dy = scale * d; returns the sum of d * d, from 0 on in order, fused. */
float tl_squared_error_f32(uint32_t n, float scale, const float *y, const float *target, float *dy);

/* y = ((part_0 + part_1) + ...) + part_{parts-1}, part_i = x + i * pitch elements. */
void tl_sum_f32(uint32_t n, uint32_t parts, uint32_t pitch, const float *x, float *y);

void tl_fill_f32(uint32_t n, float value, float *y);

#endif
