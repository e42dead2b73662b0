/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The skeleton for matrices and vectors (linear layers at batch 1): the rows of W stream through L1 once, from L2 and,
 * where they are changed, back to it, with the optimiser's state beside them; the vectors stay. A tile is some rows;
 * L1 holds three: one is worked on while others come in or go out. One barrier a tile.
 *
 * Passes run one behind the other, and the stream does not end between them: the first tiles of the next pass come in
 * while the last ones of this pass are worked on, and what this one leaves behind goes out during the next. The very
 * first tiles and the very last ones are small, so that little has to come in before work begins and little has to go
 * out when it has ended.
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
    TL_STREAM_DY,   /* in, one for each row, as are the next three */
    TL_STREAM_BIAS, /* by rows: in; otherwise in and out, for `bias` */
    TL_STREAM_BIAS_STATE0,
    TL_STREAM_BIAS_STATE1,
    TL_STREAM_MASK, /* in, for each column: the result is 0 where it is 0 or below */
    TL_STREAM_Y,    /* out: for each row if by rows, for each column otherwise */
    TL_STREAM_ROLES
} tl_stream_role;

enum { TL_STREAM_STATES = 2 };

/* One core's part of the vectors that change with W. */
typedef struct tl_stream_bias tl_stream_bias;
struct tl_stream_bias {
    void (*update)(const tl_stream_bias *part);
    const void *options;
    float *b, *state[TL_STREAM_STATES];
    const float *dy;
    uint32_t n;
};

typedef struct tl_stream_pass {
    float *w, *state[TL_STREAM_STATES]; /* of the state NULL: absent */
    uint32_t pitch;                     /* of all of these, in elements */
    uint32_t rows, cols;
    uint32_t tile_rows; /* at the most */
    tl_matvec_kernel_f32 *kernel;
    const void *options; /* of kernel and bias; stay valid as long as a tape */
    void (*bias)(const tl_stream_bias *part);
    const float *rate; /* x is multiplied with it first of all; NULL: with nothing. Read when carried out */
    float *vector[TL_STREAM_ROLES]; /* NULL: absent */
    bool by_rows;                   /* the cores share rows; otherwise columns */
    bool changed;                   /* W and its state go back */
    bool relu;                      /* y = max(y, 0), by rows */
    bool inner;                     /* y does not go back: the next pass goes on from it */
    /* May begin before the pass in front of it has ended: of what that one writes it needs nothing but whole vectors.
     */
    bool ahead;
    bool early; /* and needs nothing that the pass before that one writes */
} tl_stream_pass;

/* Passes number 0 to count - 1, made when they are needed. */
typedef struct tl_stream_list {
    void (*make)(const void *of, uint32_t number, tl_stream_pass *pass);
    const void *of;
    uint32_t count;
} tl_stream_list;

/* One core's part: rows of it, or columns. */
tl_matvec tl_stream_share(const tl_matvec *problem, bool by_rows, uint32_t id, uint32_t n);

/* Bytes of L1 that the passes need, where no tensor of theirs stands there. */
uint64_t tl_stream_bytes(const tl_stream_list *list);
/* Returns on all cores when the results stand in L2. */
void tl_stream_run(const tl_team *team, const tl_stream_list *list);

#endif
