/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two-dimensional convolution (cross-correlation), FP32. Layouts: x [N][H][W][C], y [N][OH][OW][O], b [O], and the
 * weights by run: w [KH][O][KW][C].
 *
 *     forward   y[n][p][q][o]  = b[o] + sum over i, j, c of x[n][p*sh + i - top][q*sw + j - left][c] * w[i][o][j][c]
 *     grad_w    dw[i][o][j][c] = sum over n, p, q of dy[n][p][q][o] * x[n][p*sh + i - top][q*sw + j - left][c]
 *               db[o]          = sum over n, p, q of dy[n][p][q][o]
 *     grad_x    dx[n][h][w][c] = sum over i, j, o of dy[n][p][q][o] * w[i][o][j][c], p*sh + i - top = h, q*sw + j -
 * left = w
 *
 * x is zero outside the image. Every sum is a chain of fused multiply-adds in a fixed order, cut only by the plan's
 * slices: |error| <= (terms + slices) * 2^-24 * sum of |products| to first order, the same bits for any team.
 */
#ifndef TL_CONV_H
#define TL_CONV_H

#include "tl/plan.h"
#include "tl/status.h"
#include "tl/team.h"
#include "tl/types.h"

typedef struct tl_conv {
    uint16_t n, h, w, c; /* input */
    uint16_t o, kh, kw;  /* output channels, kernel */
    uint8_t stride_h, stride_w;
    uint8_t top, left, bottom, right; /* rows and columns of zeros around the image */
} tl_conv;

uint32_t tl_conv_out_h(const tl_conv *conv);
uint32_t tl_conv_out_w(const tl_conv *conv);
/* Multiply-accumulates of one pass, those with zeros of the padding among them; bias not counted. */
uint64_t tl_conv_macs(const tl_conv *conv);

/* Whether a step can run with this plan in `l1_bytes` of L1: TL_OK, TL_BAD_SIZES or TL_BAD_PLAN. */
tl_status tl_conv_supported(const tl_conv *conv, tl_pass pass, const tl_mm_plan *plan, uint32_t l1_bytes);
/* A plan by a simple rule: the largest tiles that fit, and slices where there are fewer blocks than cores. */
tl_status tl_conv_plan(const tl_conv *conv, tl_pass pass, uint32_t l1_bytes, tl_mm_plan *plan);

/* b may be NULL: no bias. */
void tl_conv_forward_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                         const float *w, const float *b, float *y);
/* The same with y = max(y, 0). */
void tl_conv_forward_relu_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                              const float *w, const float *b, float *y);
/* Overwrites dw and db. db may be NULL. */
void tl_conv_grad_w_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                        const float *dy, float *dw, float *db);
/* Adds to dw and db instead: gradients gathered over several batches. Sums start at what stands there. */
void tl_conv_grad_w_add_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                            const float *dy, float *dw, float *db);
/* Overwrites dx. `mask` may be NULL; otherwise dx is 0 where mask (of x's shape) is not above 0: the gradient of a ReLU
 * whose output was x. */
void tl_conv_grad_x_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *w,
                        const float *dy, const float *mask, float *dx);

#endif
