/* SPDX-License-Identifier: Apache-2.0 */
/* Element-wise activations, FP32, n >= 1 elements of any shape. Exact. */
#ifndef TL_ACT_H
#define TL_ACT_H

#include "tl/plan.h"
#include "tl/team.h"

/* y = max(x, 0); a NaN stays a NaN (on the cluster one whose sign is set, which arithmetic there never gives, becomes
 * 0). y may be x. */
void tl_relu_forward_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *x, float *y);
/* dx = 0 where x <= 0, else dy; x may be the layer's input or its output. dx may be dy. */
void tl_relu_grad_x_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *x, const float *dy,
                        float *dx);

/* y = min(max(x, 0), 6); NaNs as above. y may be x. */
void tl_relu6_forward_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *x, float *y);
/* dx = dy where 0 < x < 6, else 0; x may be the layer's input or its output. dx may be dy. */
void tl_relu6_grad_x_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *x, const float *dy,
                         float *dx);

#endif
