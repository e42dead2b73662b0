/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The element-wise skeleton: arrays of n elements stream through L1, and a kernel works on them piece by piece. Every
 * core has an even part of the elements and moves its own pieces: one comes in and one goes out while one is computed.
 * No core waits for another but at the end. Arrays that stand in L1 are worked on where they are; if all do, in one go.
 */
#ifndef TL_TILE_MAP_H
#define TL_TILE_MAP_H

#include "tl/plan.h"
#include "tl/team.h"
#include <stdint.h>

enum { TL_MAP_SLOTS = 4, TL_MAP_BUFFERS = 3 };

/* One array: fetched from `in`, and stored to `out` when the kernel has changed it. NULL: not. */
typedef struct tl_map_slot {
    const float *in;
    float *out;
} tl_map_slot;

/* One piece, as the kernel sees it. */
typedef struct tl_map_share {
    const void *options; /* for the kernel */
    float *data[TL_MAP_SLOTS];
    float *out[TL_MAP_SLOTS]; /* where results go: the same as data, but for arrays in L1 with another one for `out` */
    uint32_t n;
} tl_map_share;

typedef void tl_map_kernel(const tl_map_share *share);

typedef struct tl_map {
    tl_map_slot slot[TL_MAP_SLOTS];
    uint32_t slots;
    const void *options; /* stays valid as long as a tape that this is written on */
    tl_map_kernel *kernel;
} tl_map;

/* The plan's tile is what all cores compute at a time: a piece of each. */
void tl_map_run(const tl_team *team, const tl_map_plan *plan, uint32_t n, const tl_map *map);

#endif
