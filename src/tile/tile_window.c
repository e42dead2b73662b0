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

/* Nothing hides the way in of the first tile: it is short, unless there is no other. */
static uint32_t rows_of(const tl_window_pass *pass, uint32_t left, uint32_t before) {
    const uint32_t grown = before + pass->first_rows;
    const bool grows = pass->first_rows && overlaps(pass);
    const uint32_t rows = grows && grown < pass->tile_rows ? grown : pass->tile_rows;
    return rows < left ? rows : left;
}

/* Describes the tile at `first` of image `image`, behind one of `before` rows, in this buffer, and starts to fetch its
 * input. */
static void begin(const tl_team *team, const tl_window_pass *pass, uint32_t image, uint32_t first, uint32_t before,
                  uint32_t buffer, tl_window_tile *tile) {
    char *place = tl_l1(team) + buffer * (tl_window_pass_bytes(pass) / 2);
    for (uint32_t i = 0; i < TL_WINDOW_SLOTS; ++i) {
        tile->in[i] = place;
        place += slot_bytes(&pass->in[i], pass->tile_in_rows);
        tile->out[i] = place + slot_bytes(&pass->out[i], pass->halo);
        place += slot_bytes(&pass->out[i], pass->tile_rows + 2 * pass->halo);
    }
    tile->first = first;
    tile->rows = rows_of(pass, pass->out_rows - first, before);
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

static void store(const tl_team *team, const tl_window_pass *pass, const tl_window_tile *tile) {
    move(team, TL_DMA_OUT, pass->out, tile->out, tile->image * pass->out_rows + tile->first, tile->rows);
}

void tl_window_run(const tl_team *team, const tl_window_pass *pass) {
    if (in_l1(team, pass->in) && in_l1(team, pass->out)) {
        run_in_l1(team, pass);
        return;
    }
    tl_window_tile tiles[2];
    uint32_t now = 0;
    begin(team, pass, 0, 0, 0, 0, &tiles[0]);
    /* At a tile's barrier it is in, the one before it is computed by all, and the one before that is out. */
    for (bool more = true, some = false; more; now ^= 1, some = true) {
        const tl_window_tile *tile = &tiles[now];
        tl_window_tile *other = &tiles[now ^ 1];
        uint32_t first = tile->first + tile->rows, image = tile->image;
        if (first == pass->out_rows) {
            first = 0;
            ++image;
        }
        more = image < pass->images;
        tl_dma_wait(team, TL_DMA_IN);
        tl_dma_wait(team, TL_DMA_OUT);
        tl_barrier(team);
        if (some)
            store(team, pass, other);
        if (more)
            begin(team, pass, image, first, tile->rows, now ^ 1, other);
        compute(team, pass, tile);
    }
    tl_dma_wait(team, TL_DMA_OUT);
    tl_barrier(team);
    store(team, pass, &tiles[now ^ 1]);
    tl_dma_wait(team, TL_DMA_OUT);
    tl_barrier(team);
}
