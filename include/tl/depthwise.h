/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depthwise two-dimensional convolution (cross-correlation), channel multiplier 1, FP32. Layouts: x [N][H][W][C],
 * y [N][OH][OW][C], b [C], w [KH][KW][C].
 *
 *     forward   y[n][p][q][c]  = b[c] + sum over i, j of x[n][p*sh + i - top][q*sw + j - left][c] * w[i][j][c]
 *     grad_w    dw[i][j][c]    = sum over n, p, q of dy[n][p][q][c] * x[n][p*sh + i - top][q*sw + j - left][c]
 *               db[c]          = sum over n, p, q of dy[n][p][q][c]
 *     grad_x    dx[n][h][w][c] = sum over p, q of dy[n][p][q][c] * w[i][j][c], i = h + top - p*sh, j = w + left - q*sw
 *
 * x is zero outside the image. Every sum is a chain of fused multiply-adds in a fixed order, cut only by the plan's
 * slices (grad_w): |error| <= (terms + slices) * 2^-24 * sum of |products| to first order, the same bits for any team.
 */
#ifndef TL_DEPTHWISE_H
#define TL_DEPTHWISE_H

#include "tl/plan.h"
#include "tl/status.h"
#include "tl/team.h"
#include "tl/types.h"

typedef struct tl_depthwise {
    uint16_t n, h, w, c; /* input */
    uint16_t kh, kw;     /* kernel */
    uint8_t stride_h, stride_w;
    uint8_t top, left, bottom, right; /* rows and columns of zeros around the image */
} tl_depthwise;

uint32_t tl_depthwise_out_h(const tl_depthwise *layer);
uint32_t tl_depthwise_out_w(const tl_depthwise *layer);
/* Multiply-accumulates of one pass, those with zeros of the padding among them; bias not counted. */
uint64_t tl_depthwise_macs(const tl_depthwise *layer);

/* Whether a step can run with this plan in `l1_bytes` of L1: TL_OK, TL_BAD_SIZES or TL_BAD_PLAN. */
tl_status tl_depthwise_supported(const tl_depthwise *layer, tl_pass pass, const tl_planes_plan *plan,
                                 uint32_t l1_bytes);
/* A plan by a simple rule: tiles of few channels that go in and out while others are computed. */
tl_status tl_depthwise_plan(const tl_depthwise *layer, tl_pass pass, uint32_t l1_bytes, tl_planes_plan *plan);

/* b may be NULL: no bias. */
void tl_depthwise_forward_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan,
                              const float *x, const float *w, const float *b, float *y);
/* The same with y = max(y, 0), and y = min(max(y, 0), 6). */
void tl_depthwise_forward_relu_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan,
                                   const float *x, const float *w, const float *b, float *y);
void tl_depthwise_forward_relu6_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan,
                                    const float *x, const float *w, const float *b, float *y);
/* Overwrites dw and db. db may be NULL. */
void tl_depthwise_grad_w_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan, const float *x,
                             const float *dy, float *dw, float *db);
/* Adds to dw and db: a sum (the first slice's) starts at what is there. */
void tl_depthwise_grad_w_add_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan,
                                 const float *x, const float *dy, float *dw, float *db);
/* Overwrites dx. `mask` may be NULL; otherwise dx is 0 where mask (of x's shape) is 0 or below: the gradient of a ReLU
 * whose output was x. */
void tl_depthwise_grad_x_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan, const float *w,
                             const float *dy, const float *mask, float *dx);
/* The same for a ReLU6: dx is 0 where not 0 < mask < 6. */
void tl_depthwise_grad_x_relu6_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan,
                                   const float *w, const float *dy, const float *mask, float *dx);

#endif
