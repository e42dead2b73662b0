/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Residual addition, FP32, n >= 1 elements of any shape.
 *
 *     forward       y = a + b
 *     forward_relu  y = max(a + b, 0)
 *
 * y may be a or b. One rounding; a NaN stays a NaN. grad_x is dy, for a and b alike: nothing is computed (with the
 * ReLU, tl_relu_grad_x_f32 on y and dy). Where a tensor goes two ways, its gradient is the sum of both: forward again.
 */
#ifndef TL_ADD_H
#define TL_ADD_H

#include "tl/plan.h"
#include "tl/team.h"

void tl_add_forward_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *a, const float *b,
                        float *y);
void tl_add_forward_relu_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *a, const float *b,
                             float *y);

#endif
