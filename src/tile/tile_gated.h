/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passes of tile_stream.h whose columns (rows, where the cores share rows) come out even: 16 or 8 for each core, once
 * or more often. Each such round of columns is one call of a kernel that keeps its sums in registers from the first row
 * to the last; tiles come and go meanwhile, a gate between each two (hal.h). A pass is one leaf, and as a tile costs no
 * call of its own it may be small: little has to come in before work begins, and little is left when all has come in.
 */
#ifndef TL_TILE_GATED_H
#define TL_TILE_GATED_H

#include "src/tile/tile_stream.h"

enum { TL_GATED_CORES = 8 };

/* A pass, and what of L1 it has for its tiles. */
typedef struct tl_gated {
    const tl_team *team;
    const tl_stream_pass *pass;
    float *room;
    uint32_t room_floats;
} tl_gated;

bool tl_gated_suits(const tl_gated *gated);
/* Of a pass that suits: a core's lines (columns, rows by rows) of a round begin at its number times so many, and rounds
 * stand so many times the team's size apart. */
uint32_t tl_gated_lines(const tl_gated *gated, uint32_t *rounds);
/* The first tiles begin to come in. */
void tl_gated_begin(const tl_gated *gated);
/* Behind a barrier, with all vectors there: the pass, and the last of W begins to go out. */
void tl_gated_run(const tl_gated *gated, float *const vector[TL_STREAM_ROLES]);
/* Waits until W is out as far as this core has moved it. */
void tl_gated_end(const tl_gated *gated);

#endif
