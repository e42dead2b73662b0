/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The skeleton for images of units side by side that share no pixel (windows of 2 x 2): every core has an even part of
 * them and moves its own pieces, some units of one row; one comes in and one goes out while one is computed. No core
 * waits for another but at the end. All tensors stand in L2.
 */
#ifndef TL_TILE_STRIPS_H
#define TL_TILE_STRIPS_H

#include "tl/team.h"
#include <stdbool.h>
#include <stdint.h>

enum { TL_STRIPS_TENSORS = 4 };

/* A unit of it: `rows` rows of `bytes` bytes, `pitch` bytes apart; a row of units: `row` bytes. */
typedef struct tl_strips_tensor {
    char *l2;
    uint32_t bytes, rows, pitch, row;
} tl_strips_tensor;

/* A piece in L1: rows of n units of each tensor. */
typedef struct tl_strips_piece {
    char *data[TL_STRIPS_TENSORS];
    uint32_t n, channels;
} tl_strips_piece;

typedef void tl_strips_kernel(const tl_strips_piece *piece);

typedef struct tl_strips {
    tl_strips_tensor tensor[TL_STRIPS_TENSORS];
    uint32_t in, out;     /* so many that come in, then so many that go out */
    uint32_t rows, width; /* of units */
    uint32_t channels;    /* for the kernel */
    tl_strips_kernel *kernel;
} tl_strips;

/* In no more than `l1_bytes` of L1. False, and nothing done: these are too few. */
bool tl_strips_run(const tl_team *team, const tl_strips *strips, uint32_t l1_bytes);

#endif
