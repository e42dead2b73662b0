/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_window.h"
#include "src/hal/hal.h"
#include "src/tile/share.h"

/* The slots stand one behind the other, each from a multiple of 4 bytes. */
static inline uint64_t slot_bytes(const tl_window_slot *slot, uint32_t rows) {
    return slot->l2 ? ((uint64_t)rows * slot->bytes + 3) / 4 * 4 : 0;
}

uint64_t tl_window_pass_bytes(const tl_window_pass *pass) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < TL_WINDOW_SLOTS; ++i)
        bytes += slot_bytes(&pass->in[i], pass->tile_in_rows) + slot_bytes(&pass->out[i], pass->tile_rows);
    return bytes;
}

static void move(const tl_team *team, tl_dma_direction direction, const tl_window_slot *slots, char *const *l1,
                 uint32_t row, uint32_t rows) {
    for (uint32_t i = 0; i < TL_WINDOW_SLOTS && rows; ++i) {
        if (!slots[i].l2)
            continue;
        tl_dma_box box = {.l1 = l1[i],
                          .l2 = slots[i].l2 + row * slots[i].bytes,
                          .rows = 1,
                          .segments = 1,
                          .bytes = rows * slots[i].bytes};
        tl_dma_start(team, direction, direction, &box);
    }
}

void tl_window_run(const tl_team *team, const tl_window_pass *pass) {
    tl_window_tile tile;
    char *place = tl_l1(team);
    for (uint32_t i = 0; i < TL_WINDOW_SLOTS; ++i) {
        tile.in[i] = place;
        place += slot_bytes(&pass->in[i], pass->tile_in_rows);
        tile.out[i] = place;
        place += slot_bytes(&pass->out[i], pass->tile_rows);
    }
    for (uint32_t n = 0; n < pass->images; ++n) {
        for (tile.first = 0; tile.first < pass->out_rows; tile.first += pass->tile_rows) {
            uint32_t left = pass->out_rows - tile.first;
            tile.rows = left < pass->tile_rows ? left : pass->tile_rows;
            pass->needs(pass, &tile);
            uint32_t row = n * pass->in_rows + tile.in_first;
            move(team, TL_DMA_IN, pass->in, tile.in, row, tile.in_rows);
            tl_dma_wait(team, TL_DMA_IN);
            tl_dma_wait(team, TL_DMA_OUT);
            tl_barrier(team);
            uint32_t pixels = tile.rows * pass->out_width;
            pass->pixels(pass, team, &tile, tl_share_start(pixels, team->id, team->n),
                         tl_share_start(pixels, team->id + 1, team->n));
            tl_barrier(team);
            row = n * pass->out_rows + tile.first;
            move(team, TL_DMA_OUT, pass->out, tile.out, row, tile.rows);
        }
    }
    tl_dma_wait(team, TL_DMA_OUT);
    tl_barrier(team);
}
