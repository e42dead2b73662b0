/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Max pooling, FP32. Layouts: x [N][H][W][C], y and arg [N][OH][OW][C].
 *
 *     forward   y[n][p][q][c]  = max over i, j of x[n][p*sh + i - top][q*sw + j - left][c], inside the image
 *               arg[n][p][q][c] = i * KW + j of the first maximum, one byte
 *     grad_x    dx[n][h][w][c] = sum of dy[n][p][q][c] over the windows whose maximum stands at (h, w)
 *
 * Padding never wins: it must be smaller than the kernel, so that every window holds a pixel. KH * KW <= 256. A NaN in
 * a window is its maximum. forward is exact; grad_x adds in the order of (p, q).
 */
#ifndef TL_POOL_H
#define TL_POOL_H

#include "tl/plan.h"
#include "tl/status.h"
#include "tl/team.h"
#include "tl/types.h"

typedef struct tl_pool {
    uint16_t n, h, w, c;
    uint8_t kh, kw, stride_h, stride_w;
    uint8_t top, left, bottom, right;
} tl_pool;

uint32_t tl_pool_out_h(const tl_pool *pool);
uint32_t tl_pool_out_w(const tl_pool *pool);
tl_status tl_max_pool_supported(const tl_pool *pool, tl_pass pass, const tl_window_plan *plan, uint32_t l1_bytes);
tl_status tl_max_pool_plan(const tl_pool *pool, tl_pass pass, uint32_t l1_bytes, tl_window_plan *plan);

void tl_max_pool_forward_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan, const float *x,
                             float *y, uint8_t *arg);
/* Overwrites dx. */
void tl_max_pool_grad_x_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan, const float *dy,
                            const uint8_t *arg, float *dx);

#endif
