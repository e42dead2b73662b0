/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The element-wise skeleton: arrays of n elements stream through L1 in tiles, three tiles under way at a time (one
 * comes in, one is computed, one goes out), and a kernel works on each core's part of a tile.
 */
#ifndef TL_TILE_MAP_H
#define TL_TILE_MAP_H

#include "tl/plan.h"
#include "tl/team.h"
#include <stdint.h>

enum { TL_MAP_SLOTS = 4, TL_MAP_BUFFERS = 3 };

/* One array in L1: fetched from `in`, and stored to `out` when the kernel has changed it. NULL: not. */
typedef struct tl_map_slot {
    const float *in;
    float *out;
} tl_map_slot;

/* One core's part of a tile, as the kernel sees it. */
typedef struct tl_map_share tl_map_share;
typedef void tl_map_kernel(const tl_map_share *share);

struct tl_map_share {
    tl_map_kernel *kernel;
    const void *options; /* for the kernel */
    float *data[TL_MAP_SLOTS];
    uint32_t n, unused;
};

typedef struct tl_map {
    tl_map_slot slot[TL_MAP_SLOTS];
    uint32_t slots;
    const void *options; /* stays valid as long as a tape that this is written on */
    tl_map_kernel *kernel;
} tl_map;

void tl_map_run(const tl_team *team, const tl_map_plan *plan, uint32_t n, const tl_map *map);

#endif
