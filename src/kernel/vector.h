/* SPDX-License-Identifier: Apache-2.0 */
/* Element-wise kernels: one core, contiguous data in L1, any n >= 0. Outputs may be the same array as an input. */
#ifndef TL_KERNEL_VECTOR_H
#define TL_KERNEL_VECTOR_H

#include <stdint.h>

/* y = max(x, 0); a NaN stays a NaN. */
void tl_relu_f32(uint32_t n, const float *x, float *y);

/* dx = dy where x > 0, else 0. */
void tl_relu_grad_f32(uint32_t n, const float *x, const float *dy, float *dx);

/* SGD with momentum (Polyak): v = momentum * v + g; w = w - rate * v. Each a fused multiply-add. */
void tl_sgd_f32(uint32_t n, float rate, float momentum, float *w, float *v, const float *g);

/* y = ((part_0 + part_1) + ...) + part_{parts-1}, part_i = x + i * pitch elements. */
void tl_sum_f32(uint32_t n, uint32_t parts, uint32_t pitch, const float *x, float *y);

void tl_fill_f32(uint32_t n, float value, float *y);

#endif
