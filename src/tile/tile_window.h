/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The skeleton for windows over images (pooling): whole rows of pixels stream through L1, a tile of output rows at a
 * time with the input rows that it needs; the pixels of a tile are shared out over the cores.
 */
#ifndef TL_TILE_WINDOW_H
#define TL_TILE_WINDOW_H

#include "tl/team.h"
#include <stdbool.h>
#include <stdint.h>

enum { TL_WINDOW_SLOTS = 2 };

/* One tensor [images][rows][bytes]. */
typedef struct tl_window_slot {
    char *l2;
    uint32_t bytes; /* of a row */
} tl_window_slot;

/* A tile: output rows [first, first + rows), input rows [in_first, in_first + in_rows), both in L1. */
typedef struct tl_window_tile {
    uint32_t image, first, rows, in_first, in_rows;
    char *in[TL_WINDOW_SLOTS], *out[TL_WINDOW_SLOTS];
} tl_window_tile;

typedef struct tl_window_pass tl_window_pass;

struct tl_window_pass {
    const void *op;
    uint32_t images, in_rows, out_rows, out_width; /* of an image; width in pixels */
    uint32_t tile_rows;                            /* output rows of a tile */
    uint32_t first_rows;   /* 0: of all tiles; else of the first one, others have as many more than the one before */
    uint32_t tile_in_rows; /* input rows that a tile needs at the most */
    bool from_zero;        /* the output is 0 before it is computed */
    uint32_t halo;         /* rows before and behind the output's tiles in L1, which are written and not stored */
    tl_window_slot in[TL_WINDOW_SLOTS], out[TL_WINDOW_SLOTS]; /* l2 == NULL: absent */
    /* Fills in tile->in_first and in_rows. */
    void (*needs)(const tl_window_pass *pass, tl_window_tile *tile);
    /* Computes the tile's output pixels [from, to), counted along its rows. */
    void (*pixels)(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile, uint32_t from,
                   uint32_t to);
};

/* Whether a tensor stands in L1, where the pass works on it: its tiles then have no halo. */
bool tl_window_in_l1(const tl_team *team, const void *tensor);
uint64_t tl_window_pass_bytes(const tl_window_pass *pass);
void tl_window_run(const tl_team *team, const tl_window_pass *pass);

#endif
