/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two-dimensional convolution (cross-correlation), FP32. Layouts: x [N][H][W][C], y [N][OH][OW][O], b [O], and the
 * weights by run: w [KH][O][KW][C / groups]. With h = p*sh + i*dh - top and w = q*sw + j*dw - left:
 *
 *     forward   y[n][p][q][o]  = b[o] + sum over i, j, c of x[n][h][w][g*C/groups + c] * w[i][o][j][c]
 *     grad_w    dw[i][o][j][c] = sum over n, p, q of dy[n][p][q][o] * x[n][h][w][g*C/groups + c]
 *               db[o]          = sum over n, p, q of dy[n][p][q][o]
 *     grad_x    dx[n][h][w][g*C/groups + c] = sum over i, j, o of dy[n][p][q][o] * w[i][o][j][c]
 *
 * where g is the group that o belongs to: output channels [g*O/groups, (g+1)*O/groups) see input channels
 * [g*C/groups, (g+1)*C/groups). x is zero outside the image. Every sum is a chain of fused multiply-adds in a fixed
 * order, cut only by the plan's slices: |error| <= (terms + slices) * 2^-24 * sum of |products| to first order, the
 * same bits for any team.
 */
#ifndef TL_CONV_H
#define TL_CONV_H

#include "tl/plan.h"
#include "tl/sink.h"
#include "tl/status.h"
#include "tl/team.h"
#include "tl/types.h"

typedef struct tl_conv {
    uint16_t n, h, w, c; /* input */
    uint16_t o, kh, kw;  /* output channels, kernel */
    uint8_t stride_h, stride_w;
    uint8_t top, left, bottom, right; /* rows and columns of zeros around the image */
    uint8_t dilation_h, dilation_w;   /* from one tap of the kernel to the next; 0 is 1: no gaps */
    uint16_t groups;                  /* divides c and o; 0 is 1 */
} tl_conv;

uint32_t tl_conv_out_h(const tl_conv *conv);
uint32_t tl_conv_out_w(const tl_conv *conv);
/* Multiply-accumulates of one pass, those with zeros of the padding among them; bias not counted. */
uint64_t tl_conv_macs(const tl_conv *conv);

/* Whether a step can run with this plan in `l1_bytes` of L1: TL_OK, TL_BAD_SIZES or TL_BAD_PLAN. */
tl_status tl_conv_supported(const tl_conv *conv, tl_pass pass, const tl_mm_plan *plan, uint32_t l1_bytes);
/*
 * A plan by a simple rule: the largest tiles that fit, and slices where there are fewer blocks than cores. Of grouped
 * layers a tile takes as many whole groups as its o and c hold, or else a part of one.
 */
tl_status tl_conv_plan(const tl_conv *conv, tl_pass pass, uint32_t l1_bytes, tl_mm_plan *plan);
/* The same for forward with a residual, which comes in beside x. */
tl_status tl_conv_forward_add_supported(const tl_conv *conv, const tl_mm_plan *plan, uint32_t l1_bytes);
tl_status tl_conv_forward_add_plan(const tl_conv *conv, uint32_t l1_bytes, tl_mm_plan *plan);
/* The same for update: w and what the optimiser keeps come in and go out in the place of the gradient. */
tl_status tl_conv_update_supported(const tl_conv *conv, tl_rule rule, const tl_mm_plan *plan, uint32_t l1_bytes);
tl_status tl_conv_update_plan(const tl_conv *conv, tl_rule rule, uint32_t l1_bytes, tl_mm_plan *plan);

/*
 * The same for kernels of fixed strides: of all tiles that fit and that make the same strides everywhere, those that
 * are estimated to take the fewest cycles on eight cores. plan->kernel is one of the library's own, whose code must be
 * patched for plan->strides; or an instance assembled for them takes its place (docs/kernels.md). Where there is no
 * such plan, or the layer has too few results for it, it is tl_conv_plan's.
 */
tl_status tl_conv_plan_fixed(const tl_conv *conv, tl_pass pass, uint32_t l1_bytes, tl_mm_plan *plan);

/* b may be NULL: no bias. */
void tl_conv_forward_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                         const float *w, const float *b, float *y);
/* The same with y = max(y, 0), and y = min(max(y, 0), 6). */
void tl_conv_forward_relu_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                              const float *w, const float *b, float *y);
void tl_conv_forward_relu6_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                               const float *w, const float *b, float *y);
/* The same with y = y + residual (of y's shape, not y itself), and y = max(y + residual, 0). */
void tl_conv_forward_add_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                             const float *w, const float *b, const float *residual, float *y);
void tl_conv_forward_add_relu_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                                  const float *w, const float *b, const float *residual, float *y);
/* Overwrites dw and db. db may be NULL. */
void tl_conv_grad_w_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                        const float *dy, float *dw, float *db);
/* Adds to dw and db instead: gradients gathered over several batches. Sums start at what stands there. */
void tl_conv_grad_w_add_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                            const float *dy, float *dw, float *db);
/*
 * grad_w and the optimiser's step in one: each tile of dw is given to the sink in L1 as soon as it is finished, and
 * never written out. The bits are those of grad_w and the optimiser's own step. `b` may be NULL: no bias, or one that
 * is not trained. There is no adding form: gradients gathered over several batches are for the optimiser's own step.
 */
void tl_conv_update_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                        const float *dy, const tl_sink *w, const tl_sink *b);
/* Overwrites dx. `mask` may be NULL; otherwise dx is 0 where mask (of x's shape) <= 0: the gradient of a ReLU whose
 * output was x. */
void tl_conv_grad_x_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *w,
                        const float *dy, const float *mask, float *dx);
/* The same for a ReLU6: dx is 0 where not 0 < mask < 6. */
void tl_conv_grad_x_relu6_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *w,
                              const float *dy, const float *mask, float *dx);

#endif
