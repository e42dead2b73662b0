/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The skeleton for layers whose channels are independent (depthwise): a tile is some rows of some channels, with the
 * halo that it needs; its channels, and parts of its rows, are shared out over the cores.
 */
#ifndef TL_TILE_PLANES_H
#define TL_TILE_PLANES_H

#include "src/tile/box.h"
#include "tl/plan.h"

enum { TL_PLANES_IN = 4, TL_PLANES_OUT = 2 };

/* Rows [first, first + rows) of an image and channels [c, c + channels) of the tensor that is cut into tiles. */
typedef struct tl_planes_tile {
    uint32_t image, first, rows, c, channels;
    bool opens, closes; /* the first, the last tile of these channels */
    bool fetched;       /* something of it had to be brought to L1 */
    tl_box in[TL_PLANES_IN], out[TL_PLANES_OUT];
    float *in_l1[TL_PLANES_IN], *out_l1[TL_PLANES_OUT];
} tl_planes_tile;

typedef struct tl_planes_pass tl_planes_pass;

struct tl_planes_pass {
    uint32_t images, rows, channels;    /* of the tensor that is cut */
    uint32_t tile_rows, tile_channels;  /* of a full tile */
    uint32_t first_channels;            /* of the first tiles */
    uint32_t buffers;                   /* 1 or 2 */
    uint32_t in_elements[TL_PLANES_IN]; /* of the boxes of a full tile, at the most */
    uint32_t out_elements[TL_PLANES_OUT];
    /* The results belong to a tile's channels, are gathered over their tiles, and go out after the last one. */
    bool gathers;
    /* Results stand one right behind the other in the arena, also if their tensors are in L1. */
    bool apart;
    /* Fills in the tile's boxes; a box without a tensor is absent. */
    void (*boxes)(const tl_planes_pass *pass, tl_planes_tile *tile);
    void (*compute)(const tl_planes_pass *pass, const tl_team *team, const tl_planes_tile *tile);
};

uint64_t tl_planes_pass_bytes(const tl_planes_pass *pass);
void tl_planes_run(const tl_team *team, const tl_planes_pass *pass);

/* A core's share of channels x parts of rows: in part `part` it works channels `from`, from + team->n, ... */
typedef struct tl_planes_share {
    uint32_t from, channels; /* channels: how many; 0: none in this part */
} tl_planes_share;

/* Into how many parts the rows are cut, so that the cores have equal shares: any number gives the same results. */
uint32_t tl_planes_parts(const tl_team *team, const tl_planes_tile *tile);
tl_planes_share tl_planes_share_of(const tl_team *team, const tl_planes_tile *tile, uint32_t part);

#endif
