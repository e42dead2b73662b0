/* SPDX-License-Identifier: Apache-2.0 */
#include "src/op/pool_quads.h"
#include "src/tile/leaf.h"
#include "src/tile/share.h"

uint32_t tl_pool_tile_rows(const tl_pool *pool, tl_pass pass, uint32_t all) {
    enum { TILES = 8, LEAST = 4096 }; /* bytes of the image in a tile */
    const uint32_t bytes = 4u * pool->h * pool->w * pool->c;
    const uint32_t most = pool->kh <= 2 * pool->stride_h ? TILES : 1; /* rows that tiles share are fetched again */
    const uint32_t wanted = bytes / LEAST, tiles = wanted > most ? most : wanted > 0 ? wanted : 1;
    const uint32_t rows = (all - 1) / tiles + 1;
    return pass == TL_GRAD_X && rows < all && tl_pool_is_quads(pool) ? rows + rows % 2 : rows;
}

void tl_pool_quads_grad_x(const tl_window_pass *pass, const tl_pool *pool, const tl_team *team,
                          const tl_window_tile *tile, tl_pool_quads_run *run) {
    const uint32_t c = pool->c, w = pool->w, out_w = w / 2, rows = tile->rows / 2, all = rows * out_w;
    float *dx = (float *)(void *)tile->out[0];
    uint32_t at = tl_share_start(all, team->id, team->n);
    const uint32_t end = tl_share_start(all, team->id + 1, team->n);
    while (at < end) {
        const uint32_t p = at / out_w, q = at - p * out_w, left = out_w - q;
        const uint32_t count = left < end - at ? left : end - at;
        run(pass, team, tile, at, 2 * (p * w + q), count);
        at += count;
    }
    if (w % 2 && team->id == 0)
        tl_do_zero(team, 2 * rows, w * c, c, dx + (w - 1) * c);
    if (tile->rows % 2 && team->id + 1 == team->n)
        tl_do_zero(team, 1, 0, w * c, dx + 2 * rows * w * c);
}

/* Whether strips can take all of a pass. */
static bool has_strips(const tl_pool *pool, tl_pass pass) {
    const bool all_rows = pool->h % 2 == 0;
    return tl_pool_is_quads(pool) && (pass == TL_FORWARD ? all_rows || pool->n == 1 : all_rows && pool->w % 2 == 0);
}

bool tl_pool_quads_strips(const tl_window_pass *window, const tl_pool *pool, tl_pass pass, const tl_team *team,
                          tl_strips_kernel *kernel, const float *wide, const float *narrow, const uint8_t *arg) {
    const uint32_t c = pool->c, w = pool->w, out_w = w / 2;
    if (!has_strips(pool, pass) || tl_window_in_l1(team, wide) || tl_window_in_l1(team, narrow) ||
        (arg && tl_window_in_l1(team, arg)))
        return false;
    const tl_strips_tensor image = {(char *)(uintptr_t)wide, 8 * c, 2, 4 * w * c, 8 * w * c};
    tl_strips strips = {.rows = pool->n * (pool->h / 2u), .width = out_w, .channels = c, .kernel = kernel};
    tl_strips_tensor *tensor = strips.tensor;
    if (pass == TL_FORWARD)
        *tensor++ = image;
    *tensor++ = (tl_strips_tensor){(char *)(uintptr_t)narrow, 4 * c, 1, 0, 4 * out_w * c};
    if (arg)
        *tensor++ = (tl_strips_tensor){(char *)(uintptr_t)arg, c, 1, 0, out_w * c};
    if (pass == TL_GRAD_X)
        *tensor++ = image;
    const uint32_t tensors = (uint32_t)(tensor - strips.tensor);
    strips.in = pass == TL_FORWARD ? 1 : tensors - 1;
    strips.out = tensors - strips.in;
    return tl_strips_run(team, &strips, (uint32_t)tl_window_pass_bytes(window));
}
