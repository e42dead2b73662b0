/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Average pooling, FP32. Sizes are a tl_pool's; layouts: x [N][H][W][C], y [N][OH][OW][C].
 *
 *     forward   y[n][p][q][c]  = 1/size(p, q) * sum over i, j of x[n][p*sh + i - top][q*sw + j - left][c]
 *     grad_x    dx[n][h][w][c] = sum over the windows (p, q) that hold (h, w) of dy[n][p][q][c] / size(p, q)
 *
 * over the places inside the image. size(p, q) is how many these are (ONNX's count_include_pad = 0), in the padded
 * forms KH * KW for all windows (1). Padding must be smaller than the kernel, so that every window holds a pixel.
 * Sums run in the order of (i, j) and of (p, q): |error| <= (terms + 3) * 2^-24 * sum of |terms| to first order, the
 * same bits for any team. A window over the whole image keeps one core busy only: see tl/global_pool.h.
 */
#ifndef TL_AVG_POOL_H
#define TL_AVG_POOL_H

#include "tl/pool.h"

/* Whether a step can run with this plan in `l1_bytes` of L1: TL_OK, TL_BAD_SIZES or TL_BAD_PLAN; padded or not. */
tl_status tl_avg_pool_supported(const tl_pool *pool, tl_pass pass, const tl_window_plan *plan, uint32_t l1_bytes);
tl_status tl_avg_pool_plan(const tl_pool *pool, tl_pass pass, uint32_t l1_bytes, tl_window_plan *plan);

void tl_avg_pool_forward_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan, const float *x,
                             float *y);
void tl_avg_pool_padded_forward_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan,
                                    const float *x, float *y);
/* Both overwrite dx. */
void tl_avg_pool_grad_x_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan, const float *dy,
                            float *dx);
void tl_avg_pool_padded_grad_x_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan,
                                   const float *dy, float *dx);

#endif
