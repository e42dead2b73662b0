/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fully connected layer, FP32. Layouts: x [N][K], w [O][K], b [O], y [N][O].
 *
 *     forward   y[n][o]  = b[o] + sum over k of x[n][k] * w[o][k]
 *     grad_w    dw[o][k] = sum over n of dy[n][o] * x[n][k],   db[o] = sum over n of dy[n][o]
 *     grad_x    dx[n][k] = sum over o of dy[n][o] * w[o][k]
 *
 * It is the 1x1 convolution of an image of N x 1 pixels, and runs as one: errors, plans (a tile: cols samples, o
 * outputs, c inputs) and bits are those of tl/conv.h.
 */
#ifndef TL_LINEAR_H
#define TL_LINEAR_H

#include "tl/plan.h"
#include "tl/sink.h"
#include "tl/status.h"
#include "tl/team.h"
#include "tl/types.h"

typedef struct tl_linear {
    uint16_t n, k, o; /* batch, inputs, outputs */
} tl_linear;

uint64_t tl_linear_macs(const tl_linear *linear);
tl_status tl_linear_supported(const tl_linear *linear, tl_pass pass, const tl_mm_plan *plan, uint32_t l1_bytes);
tl_status tl_linear_plan(const tl_linear *linear, tl_pass pass, uint32_t l1_bytes, tl_mm_plan *plan);
tl_status tl_linear_plan_fixed(const tl_linear *linear, tl_pass pass, uint32_t l1_bytes, tl_mm_plan *plan);
tl_status tl_linear_forward_add_supported(const tl_linear *linear, const tl_mm_plan *plan, uint32_t l1_bytes);
tl_status tl_linear_forward_add_plan(const tl_linear *linear, uint32_t l1_bytes, tl_mm_plan *plan);
tl_status tl_linear_update_supported(const tl_linear *linear, tl_rule rule, const tl_mm_plan *plan, uint32_t l1_bytes);
tl_status tl_linear_update_plan(const tl_linear *linear, tl_rule rule, uint32_t l1_bytes, tl_mm_plan *plan);

void tl_linear_forward_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                           const float *w, const float *b, float *y);
void tl_linear_forward_relu_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                                const float *w, const float *b, float *y);
void tl_linear_forward_relu6_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                                 const float *w, const float *b, float *y);
void tl_linear_forward_add_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                               const float *w, const float *b, const float *residual, float *y);
void tl_linear_forward_add_relu_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan,
                                    const float *x, const float *w, const float *b, const float *residual, float *y);
void tl_linear_grad_w_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                          const float *dy, float *dw, float *db);
void tl_linear_grad_w_add_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                              const float *dy, float *dw, float *db);
void tl_linear_update_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                          const float *dy, const tl_sink *w, const tl_sink *b);
void tl_linear_grad_x_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *w,
                          const float *dy, const float *mask, float *dx);
void tl_linear_grad_x_relu6_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *w,
                                const float *dy, const float *mask, float *dx);

#endif
