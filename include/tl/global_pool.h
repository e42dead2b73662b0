/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Global average pooling, FP32. Layouts: x [N][H][W][C], y [N][C].
 *
 *     forward   y[n][c] = 1/(H W) * sum over h, w of x[n][h][w][c]
 *     grad_x    dx[n][h][w][c] = dy[n][c] / (H W)
 *
 * The sum runs in the order of the pixels, cut by the plan's slices only: |error| <= (H W + 2) * 2^-24 * sum of |terms|
 * to first order for forward, 2 ulp for grad_x; the same bits for any team.
 */
#ifndef TL_GLOBAL_POOL_H
#define TL_GLOBAL_POOL_H

#include "tl/plan.h"
#include "tl/status.h"
#include "tl/team.h"
#include "tl/types.h"

typedef struct tl_global_pool {
    uint16_t n, h, w, c;
} tl_global_pool;

/* Whether a step can run with this plan in `l1_bytes` of L1: TL_OK, TL_BAD_SIZES or TL_BAD_PLAN. */
tl_status tl_global_avg_pool_supported(const tl_global_pool *pool, tl_pass pass, const tl_channels_plan *plan,
                                       uint32_t l1_bytes);
tl_status tl_global_avg_pool_plan(const tl_global_pool *pool, tl_pass pass, uint32_t l1_bytes, tl_channels_plan *plan);

void tl_global_avg_pool_forward_f32(const tl_team *team, const tl_global_pool *pool, const tl_channels_plan *plan,
                                    const float *x, float *y);
/* Overwrites dx. */
void tl_global_avg_pool_grad_x_f32(const tl_team *team, const tl_global_pool *pool, const tl_channels_plan *plan,
                                   const float *dy, float *dx);

#endif
