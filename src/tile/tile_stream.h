/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The skeleton for a matrix and vectors (a linear layer at batch 1): the rows of W stream through L1 once, from L2 and,
 * where they are changed, back to it, while the vectors stay. A tile is some rows; three are under way: one is worked
 * on while two come in, or one comes in and one goes out. The first tiles and the last ones are small, so that little
 * has to come in before work begins and little has to go out when it has ended. One barrier a tile.
 */
#ifndef TL_TILE_STREAM_H
#define TL_TILE_STREAM_H

#include "src/kernel/matvec.h"
#include "tl/team.h"
#include <stdbool.h>
#include <stdint.h>

/* What a vector is to the pass. */
typedef enum tl_stream_role {
    TL_STREAM_X,    /* in, one for each column */
    TL_STREAM_DY,   /* in, one for each row */
    TL_STREAM_BIAS, /* by rows: in; otherwise in and out, b = b - rate * dy */
    TL_STREAM_MASK, /* in: the result is 0 where it is not above 0 */
    TL_STREAM_Y,    /* out: for each row if by rows, for each column otherwise */
    TL_STREAM_ROLES
} tl_stream_role;

typedef struct tl_stream_pass {
    float *w;
    uint32_t rows, cols;
    uint32_t tile_rows; /* at the most */
    tl_matvec_kernel_f32 *kernel;
    bool by_rows;      /* the cores share rows; otherwise columns */
    bool changed;      /* W goes back */
    bool relu;         /* y = max(y, 0), by rows */
    const float *rate; /* x is multiplied with it first of all; NULL: with nothing. Read when carried out */
    float *vector[TL_STREAM_ROLES]; /* NULL: absent */
} tl_stream_pass;

/* One core's part: rows of it, or columns. */
tl_matvec tl_stream_share(const tl_matvec *problem, bool by_rows, uint32_t id, uint32_t n);

/* Bytes of L1 that the pass needs. */
uint64_t tl_stream_pass_bytes(const tl_stream_pass *pass);
/* Returns on all cores when the results stand in L2. */
void tl_stream_run(const tl_team *team, const tl_stream_pass *pass);

#endif
