/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fully connected layer at batch 1, FP32, every weight read once a pass. Layouts: x, mask, dx [K], w [O][K], b, y,
 * dy [O].
 *
 *     forward   y[o]  = b[o] + sum over k of x[k] * w[o][k]
 *     grad_x    dx[k] = sum over o of dy[o] * w[o][k]
 *     update    w[o][k] = w[o][k] - dy[o] * (rate * x[k]),   b[o] = b[o] - rate * dy[o]
 *     step      grad_x and update, W read and written once: dx is that of W as it was before
 *
 * forward and grad_x give the bits of tl/linear.h with a plan of one slice. update is plain SGD (tl/optim.h without
 * decay) without the gradient in memory; the rate is multiplied with x and not with the gradient, so it differs from
 * tl_linear_grad_w_f32 and tl_sgd_step_f32 by one rounding: rate * x is rounded, the rest is one fused multiply-add.
 * The same bits for any plan and any team.
 *
 * The rows of W stream through L1, or are worked on there if W stands in L1. x and dy are not changed.
 */
#ifndef TL_LINEAR_ONE_H
#define TL_LINEAR_ONE_H

#include "tl/linear.h"
#include "tl/optim.h"
#include "tl/plan.h"
#include "tl/status.h"
#include "tl/team.h"

/* Whether all of these can run in `l1_bytes` of L1: TL_OK; TL_BAD_SIZES (also for n other than 1) or TL_BAD_PLAN. */
tl_status tl_linear_one_supported(const tl_linear *linear, const tl_stream_plan *plan, uint32_t l1_bytes);
/* The largest tiles that fit. TL_BAD_PLAN if not even one row does: then tl/linear.h, which cuts rows too. */
tl_status tl_linear_one_plan(const tl_linear *linear, uint32_t l1_bytes, tl_stream_plan *plan);

/* b may be NULL: no bias. */
void tl_linear_one_forward_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan, const float *x,
                               const float *w, const float *b, float *y);
/* The same with y = max(y, 0). */
void tl_linear_one_forward_relu_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan,
                                    const float *x, const float *w, const float *b, float *y);
/* Overwrites dx. mask may be NULL; otherwise dx is 0 where mask is not above 0. */
void tl_linear_one_grad_x_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan, const float *w,
                              const float *dy, const float *mask, float *dx);
/* b may be NULL. Of *sgd only the rate is looked at, when the pass is carried out. */
void tl_linear_one_update_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan,
                              const tl_sgd *sgd, const float *x, const float *dy, float *w, float *b);
/* mask and b may be NULL. */
void tl_linear_one_step_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan, const tl_sgd *sgd,
                            const float *x, const float *dy, const float *mask, float *w, float *b, float *dx);

#endif
