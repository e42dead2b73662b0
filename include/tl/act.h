/* SPDX-License-Identifier: Apache-2.0 */
/* Element-wise activations, FP32, n >= 1 elements of any shape. ReLUs are exact. */
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

/* y = x where x > 0, else alpha x. */
typedef struct tl_leaky_relu {
    float alpha;
} tl_leaky_relu;

/* y = x where x > 0, else alpha x, rounded once. y may be x. `act` stays valid as long as a tape that this is written
 * on. */
void tl_leaky_relu_forward_f32(const tl_team *team, const tl_leaky_relu *act, const tl_map_plan *plan, uint32_t n,
                               const float *x, float *y);
/* dx = dy where x > 0, else alpha dy, rounded once; x is the layer's input, or, where alpha >= 0, its output. dx may be
 * dy. */
void tl_leaky_relu_grad_x_f32(const tl_team *team, const tl_leaky_relu *act, const tl_map_plan *plan, uint32_t n,
                              const float *x, const float *dy, float *dx);

/* y = 1 / (1 + e^-x), within 2.41 ulp. y may be x. */
void tl_sigmoid_forward_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *x, float *y);
/* dx = dy y (1 - y), three roundings; y is the layer's output. dx may be dy. */
void tl_sigmoid_grad_x_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *y, const float *dy,
                           float *dx);

/* y = tanh(x), within 1.30 ulp. y may be x. */
void tl_tanh_forward_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *x, float *y);
/* dx = dy (1 - y^2), two roundings; y is the layer's output. dx may be dy. */
void tl_tanh_grad_x_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *y, const float *dy,
                        float *dx);

#endif
