/* SPDX-License-Identifier: Apache-2.0 */
/* Element-wise kernels of residual networks: one core, contiguous data in L1, any n >= 0. y may be any input. */
#ifndef TL_KERNEL_ELEMENT_H
#define TL_KERNEL_ELEMENT_H

#include <stdint.h>

/* y = a + b. */
void tl_add_f32(uint32_t n, const float *a, const float *b, float *y);

/* y = max(a + b, 0); a NaN stays a NaN. */
void tl_add_relu_f32(uint32_t n, const float *a, const float *b, float *y);

/* y = min(max(x, 0), 6); a NaN stays a NaN, as in tl_relu_f32. */
void tl_relu6_f32(uint32_t n, const float *x, float *y);

/* dx = dy where 0 < x < 6, else 0. */
void tl_relu6_grad_f32(uint32_t n, const float *x, const float *dy, float *dx);

#endif
