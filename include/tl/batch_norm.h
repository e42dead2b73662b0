/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batch normalisation, FP32. Layouts: x, y, dy, dx [N][H][W][C], all others [C]; M = N H W.
 *
 * With the batch's own statistics, for training:
 *
 *     forward   mean = 1/M * sum of x,  var = 1/M * sum of (x - mean)^2,  rstd = 1 / sqrt(var + eps)
 *               y = gamma * rstd * x + (beta - mean * gamma * rstd)
 *               running_mean = momentum * running_mean + (1 - momentum) * mean
 *               running_var  = momentum * running_var  + (1 - momentum) * var * M / (M - correction)
 *     grad      dbeta = sum of dy,  dgamma = rstd * sum of (x - mean) * dy
 *               dx = gamma * rstd * (dy - dbeta / M - (x - mean) * rstd * dgamma / M)
 *
 * Frozen, with given statistics, rstd = 1 / sqrt(var + eps):
 *
 *     forward   y as above         grad_x   dx = gamma * rstd * dy         grad_w   dgamma, dbeta as above
 *
 * momentum is ONNX's, what the running statistics keep: 1 less PyTorch's. correction is 0 for ONNX, 1 for PyTorch.
 * Sums are taken of x less the channel's first pixel, or of x - mean: sum of d and d^2, so that a mean far from 0 costs
 * no accuracy; var is not below 0. They run in the order of the pixels, cut by the plan's slices only: |error| <= (M +
 * 16) * 2^-24 * sum of |terms| to first order, the same bits for any team.
 */
#ifndef TL_BATCH_NORM_H
#define TL_BATCH_NORM_H

#include "tl/plan.h"
#include "tl/status.h"
#include "tl/team.h"
#include "tl/types.h"

typedef struct tl_batch_norm {
    uint16_t n, h, w, c;
    float eps; /* above 0 */
    float momentum;
    uint32_t correction; /* 0, or 1: then M is 2 at the least */
} tl_batch_norm;

/*
 * Whether a step can run with this plan in `l1_bytes` of L1: TL_OK, TL_BAD_SIZES or TL_BAD_PLAN. TL_GRAD_W and
 * TL_GRAD_X are grad with dx == NULL and otherwise. A plan for a pass is good for the frozen layer's too.
 */
tl_status tl_batch_norm_supported(const tl_batch_norm *norm, tl_pass pass, const tl_channels_plan *plan,
                                  uint32_t l1_bytes);
tl_status tl_batch_norm_plan(const tl_batch_norm *norm, tl_pass pass, uint32_t l1_bytes, tl_channels_plan *plan);

/* Updates running_mean and running_var; mean and rstd are results, for grad. y may be x. */
void tl_batch_norm_forward_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                               const float *x, const float *gamma, const float *beta, float *running_mean,
                               float *running_var, float *mean, float *rstd, float *y);
/* The same with y = max(y, 0). */
void tl_batch_norm_forward_relu_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                                    const float *x, const float *gamma, const float *beta, float *running_mean,
                                    float *running_var, float *mean, float *rstd, float *y);
/* Overwrites dgamma, dbeta and dx. dx may be NULL, or dy. */
void tl_batch_norm_grad_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                            const float *x, const float *dy, const float *gamma, const float *mean, const float *rstd,
                            float *dgamma, float *dbeta, float *dx);

/* y may be x. */
void tl_batch_norm_frozen_forward_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                                      const float *x, const float *gamma, const float *beta, const float *mean,
                                      const float *var, float *y);
void tl_batch_norm_frozen_forward_relu_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                                           const float *x, const float *gamma, const float *beta, const float *mean,
                                           const float *var, float *y);
/* Overwrites dgamma and dbeta. */
void tl_batch_norm_frozen_grad_w_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                                     const float *x, const float *dy, const float *mean, const float *var,
                                     float *dgamma, float *dbeta);
/* Overwrites dx, which may be dy. */
void tl_batch_norm_frozen_grad_x_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                                     const float *dy, const float *gamma, const float *var, float *dx);

#endif
