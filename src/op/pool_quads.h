/* SPDX-License-Identifier: Apache-2.0 */
/* Pooling with windows of 2 x 2 side by side that nothing cuts: the common case, which has kernels of its own. */
#ifndef TL_OP_POOL_QUADS_H
#define TL_OP_POOL_QUADS_H

#include "src/tile/tile_strips.h"
#include "src/tile/tile_window.h"
#include "tl/plan.h"
#include "tl/pool.h"
#include <stdbool.h>

/* Whether these are the windows of all the image, but for a last odd row and column. */
static inline bool tl_pool_is_quads(const tl_pool *pool) {
    return pool->kh == 2 && pool->kw == 2 && pool->stride_h == 2 && pool->stride_w == 2 && pool->top == 0 &&
           pool->left == 0 && pool->bottom == 0 && pool->right == 0;
}

/* ... and no tile of so many rows of the image cuts one. */
static inline bool tl_pool_tiles_quads(const tl_pool *pool, uint32_t tile_rows) {
    return tl_pool_is_quads(pool) && (tile_rows % 2 == 0 || tile_rows == pool->h);
}

/*
 * Rows of a tile, of `all` rows of the output: a part of them, so that what comes first and goes last is short, yet
 * worth its barriers; and so that tiles cut no windows of 2 x 2.
 */
uint32_t tl_pool_tile_rows(const tl_pool *pool, tl_pass pass, uint32_t all);

/* `count` windows side by side, the tile's `window`th and on, whose first pixel is the `pixel`th of its image rows. */
typedef void tl_pool_quads_run(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile,
                               uint32_t window, uint32_t pixel, uint32_t count);

/* grad_x of a tile: every core runs its part of the windows, and the pixels in none become 0. */
void tl_pool_quads_grad_x(const tl_window_pass *pass, const tl_pool *pool, const tl_team *team,
                          const tl_window_tile *tile, tl_pool_quads_run *run);

/*
 * The whole pass without barriers, in the room that the tiles would have: `wide` is the image, `narrow` the pooled one,
 * arg may be NULL. False, and nothing done: tensors in L1, pixels in no window, or no room.
 */
bool tl_pool_quads_strips(const tl_window_pass *window, const tl_pool *pool, tl_pass pass, const tl_team *team,
                          tl_strips_kernel *kernel, const float *wide, const float *narrow, const uint8_t *arg);

#endif
