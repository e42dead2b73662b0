/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_window.h"
#include "src/hal/hal.h"
#include "src/tile/leaf.h"
#include "src/tile/share.h"
#include <stdbool.h>

/* The slots stand one behind the other, each from a multiple of 4 bytes. */
static inline uint64_t slot_bytes(const tl_window_slot *slot, uint32_t rows) {
    return slot->l2 ? ((uint64_t)rows * slot->bytes + 3) / 4 * 4 : 0;
}

/* Tiles of all images, and whether a second buffer is of use. */
static bool overlaps(const tl_window_pass *pass) {
    return pass->tile_rows < pass->out_rows || pass->images > 1;
}

bool tl_window_in_l1(const tl_team *team, const void *tensor) {
    return tl_in_l1(team, tensor);
}

uint64_t tl_window_pass_bytes(const tl_window_pass *pass) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < TL_WINDOW_SLOTS; ++i)
        bytes +=
            slot_bytes(&pass->in[i], pass->tile_in_rows) + slot_bytes(&pass->out[i], pass->tile_rows + 2 * pass->halo);
    return overlaps(pass) ? 2 * bytes : bytes;
}

static void move(const tl_team *team, tl_dma_direction direction, const tl_window_slot *slots, char *const *l1,
                 uint32_t row, uint32_t rows) {
    for (uint32_t i = 0; i < TL_WINDOW_SLOTS && rows; ++i) {
        if (!slots[i].l2 || tl_in_l1(team, slots[i].l2))
            continue;
        tl_dma_box box = {.l1 = l1[i],
                          .l2 = slots[i].l2 + row * slots[i].bytes,
                          .rows = 1,
                          .segments = 1,
                          .bytes = rows * slots[i].bytes};
        tl_dma_start(team, direction, direction, &box);
    }
}

/* Describes the tile at `first` of image `image` in this buffer, and starts to fetch its input. */
static void begin(const tl_team *team, const tl_window_pass *pass, uint32_t image, uint32_t first, uint32_t buffer,
                  tl_window_tile *tile) {
    char *place = tl_l1(team) + buffer * (tl_window_pass_bytes(pass) / 2);
    for (uint32_t i = 0; i < TL_WINDOW_SLOTS; ++i) {
        tile->in[i] = place;
        place += slot_bytes(&pass->in[i], pass->tile_in_rows);
        tile->out[i] = place + slot_bytes(&pass->out[i], pass->halo);
        place += slot_bytes(&pass->out[i], pass->tile_rows + 2 * pass->halo);
    }
    uint32_t left = pass->out_rows - first;
    tile->first = first;
    tile->rows = left < pass->tile_rows ? left : pass->tile_rows;
    tile->image = image;
    pass->needs(pass, tile);
    /* Tensors that stand in L1 are worked on in place. */
    for (uint32_t i = 0; i < TL_WINDOW_SLOTS; ++i) {
        if (tl_in_l1(team, pass->in[i].l2))
            tile->in[i] = pass->in[i].l2 + (image * pass->in_rows + tile->in_first) * pass->in[i].bytes;
        if (tl_in_l1(team, pass->out[i].l2))
            tile->out[i] = pass->out[i].l2 + (image * pass->out_rows + first) * pass->out[i].bytes;
    }
    move(team, TL_DMA_IN, pass->in, tile->in, image * pass->in_rows + tile->in_first, tile->in_rows);
}

static bool in_l1(const tl_team *team, const tl_window_slot *slots) {
    bool all = true;
    for (uint32_t i = 0; i < TL_WINDOW_SLOTS; ++i)
        all = all && (!slots[i].l2 || tl_in_l1(team, slots[i].l2));
    return all;
}

static void clear(const tl_team *team, const tl_window_pass *pass, const tl_window_tile *tile) {
    for (uint32_t i = 0; i < TL_WINDOW_SLOTS; ++i) {
        if (!pass->out[i].l2)
            continue;
        const uint32_t n = (tile->rows + 2 * pass->halo) * pass->out[i].bytes / 4;
        const uint32_t from = tl_share_start(n, team->id, team->n), to = tl_share_start(n, team->id + 1, team->n);
        float *first = (float *)(void *)(tile->out[i] - pass->halo * pass->out[i].bytes);
        tl_do_zero(team, 1, 0, to - from, first + from);
    }
    tl_barrier(team);
}

/* The core's part of a tile. */
static void compute(const tl_team *team, const tl_window_pass *pass, const tl_window_tile *tile) {
    if (pass->from_zero)
        clear(team, pass, tile);
    const uint32_t pixels = tile->rows * pass->out_width;
    pass->pixels(pass, team, tile, tl_share_start(pixels, team->id, team->n),
                 tl_share_start(pixels, team->id + 1, team->n));
}

/* Everything in L1: an image is one tile, and nothing travels. */
static void run_in_l1(const tl_team *team, const tl_window_pass *pass) {
    for (uint32_t image = 0; image < pass->images; ++image) {
        tl_window_tile tile = {.image = image, .rows = pass->out_rows, .in_rows = pass->in_rows};
        for (uint32_t i = 0; i < TL_WINDOW_SLOTS; ++i) {
            tile.in[i] = pass->in[i].l2 ? pass->in[i].l2 + image * pass->in_rows * pass->in[i].bytes : NULL;
            tile.out[i] = pass->out[i].l2 ? pass->out[i].l2 + image * pass->out_rows * pass->out[i].bytes : NULL;
        }
        compute(team, pass, &tile);
    }
    tl_barrier(team);
}

void tl_window_run(const tl_team *team, const tl_window_pass *pass) {
    if (in_l1(team, pass->in) && in_l1(team, pass->out)) {
        run_in_l1(team, pass);
        return;
    }
    tl_window_tile tiles[2];
    uint32_t now = 0, buffer = 0;
    begin(team, pass, 0, 0, 0, &tiles[0]);
    for (bool more = true; more; now ^= 1) {
        const tl_window_tile *tile = &tiles[now];
        uint32_t first = tile->first + tile->rows, image = tile->image;
        if (first == pass->out_rows) {
            first = 0;
            ++image;
        }
        more = image < pass->images;
        tl_dma_wait(team, TL_DMA_IN);
        if (more)
            begin(team, pass, image, first, buffer ^= 1, &tiles[now ^ 1]);
        tl_barrier(team);
        compute(team, pass, tile);
        tl_barrier(team);
        /* What went out of this buffer's twin is out before its next tile is computed: this wait and the barrier. */
        tl_dma_wait(team, TL_DMA_OUT);
        move(team, TL_DMA_OUT, pass->out, tile->out, tile->image * pass->out_rows + tile->first, tile->rows);
    }
    tl_dma_wait(team, TL_DMA_OUT);
    tl_barrier(team);
}
