/* SPDX-License-Identifier: Apache-2.0 */
/* The matmul skeleton's own: what the cores do in a tile that has arrived. */
#ifndef TL_TILE_MM_WORK_H
#define TL_TILE_MM_WORK_H

#include "src/tile/tile_mm.h"

/* Where one tile's parts stand in L1. */
typedef struct tl_mm_places {
    float *a, *b, *c, *beside, *vector, *sink;
    tl_jump *jump;
} tl_mm_places;

/* What one core knows of the tile at hand. */
typedef struct tl_mm_work {
    const tl_team *team;
    const tl_mm_pass *pass;
    const tl_mm_tile *tile;
    tl_mm_places in;
    bool first;
    const float *bias; /* NULL: sums start at their first product */
} tl_mm_work;

/* This core's part of the tile's problems. */
void tl_mm_compute(const tl_mm_work *w);
/*
 * The jumps of a tile's problems, one behind the other, are made by core 0 for all, in L1. Who writes a tape makes them
 * there too, as slices begin inside the runs; and what has been made in this place for a tile before is there still.
 */
void tl_mm_fill_jumps(const tl_team *team, tl_mm_pass *pass, const tl_mm_tile *tile, tl_jump *jump, uint32_t place);

#endif
