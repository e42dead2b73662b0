/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The matmul skeleton: takes the tiles of one pass of a layer through L1. An op says how many tiles there are (five
 * nested loops over the layer's dimensions, the reduction's innermost), which boxes each one needs, and which matmul
 * problems it holds; the skeleton loads, shares the blocks of the problems out over the cores, adds up slices, applies
 * the epilogue and stores.
 */
#ifndef TL_TILE_MM_H
#define TL_TILE_MM_H

#include "src/kernel/mm.h"
#include "src/tile/box.h"
#include "src/tile/epilogue.h"
#include "src/tile/tile_sink.h"
#include "tl/plan.h"
#include "tl/team.h"

enum { TL_MM_LOOPS = 5 };

typedef struct tl_loop {
    uint32_t end, step, at;
} tl_loop;

/* Elements of this loop's tile at its present place. */
static inline uint32_t tl_loop_size(const tl_loop *loop) {
    uint32_t left = loop->end - loop->at;
    return left < loop->step ? left : loop->step;
}

/*
 * One problem of a tile: `mm` describes unit 0 of set 0 (a, b, c, jump are set by the skeleton to the tiles' first
 * elements and then moved by these offsets); units - 1 more follow, and then sets - 1 more of so many units each. A
 * set's sums start at a part of the vector of its own. Offsets in bytes. runs == 0: the result is zero.
 */
typedef struct tl_tile_problem {
    tl_mm mm;
    uint32_t units, sets;
    int32_t a_at, b_at, c_at;
    int32_t a_unit, b_unit, c_unit;
    int32_t a_set, b_set, c_set;
    bool column; /* c is the tile's vector (a bias gradient): the sums of a's m columns, k of them, along a_k */
} tl_tile_problem;

typedef struct tl_mm_tile {
    tl_box a, b, c;
    tl_box vector; /* the bias is loaded from it, or the bias gradient stored to it; l2 == NULL: none */
    float *beside; /* a tensor like c's, for the epilogue; NULL: none */
    uint32_t problems;
} tl_mm_tile;

typedef struct tl_mm_pass tl_mm_pass;

struct tl_mm_pass {
    const tl_mm_plan *plan;
    const void *op; /* the op's own description, for its functions */
    void (*tile)(const tl_mm_pass *pass, tl_mm_tile *tile);
    /* Describes problem `index` of the present tile; writes its jumps to mm.jump's place where `jump` is not NULL. */
    void (*problem)(const tl_mm_pass *pass, const tl_mm_tile *tile, uint32_t index, tl_tile_problem *problem,
                    tl_jump *jump);
    tl_loop loop[TL_MM_LOOPS]; /* outermost first */
    uint32_t reduction;        /* so many innermost loops add to the same c */
    uint32_t jumps_made[2];    /* by the skeleton: places in which jumps have been made, of each buffer */
    uint32_t a_max, b_max, c_max, vector_max, jump_max; /* sizes of the largest tiles, elements */
    uint32_t a_loops,
        b_loops;    /* the loops that move a and b: bit i for loop i; a part that never moves is not doubled */
    bool vector_in; /* the vector starts the sums; else it is a result */
    bool add;       /* c and a resulting vector are added to what stands there */
    tl_epilogue epilogue;
    /* Take c and a resulting vector, which have the layouts of their parameters; NULL: these are stored. */
    const tl_sink *sink, *vector_sink;
    uint32_t sink_tensors; /* of each; 0: no sinks */
};

/* Bytes of L1 that the pass needs. */
uint32_t tl_mm_pass_bytes(const tl_mm_pass *pass);
/* Whether the plan names strides, so that its kernel runs no others. */
static inline bool tl_mm_plan_is_fixed(const tl_mm_plan *plan) {
    const tl_mm_strides *s = &plan->strides;
    return s->a_m || s->a_k || s->b_n || s->b_k;
}

/* The strides that all problems of all tiles have (bias gradients apart). False: they differ. */
bool tl_mm_pass_strides(tl_mm_pass *pass, tl_mm_strides *strides);
/* Whether the plan's kernel can run the pass: one of fixed strides wants them named, in reach, and the same in every
 * tile. */
bool tl_mm_pass_suits_kernel(tl_mm_pass *pass);
/* About how many cycles it takes on eight cores, with a kernel of fixed strides and from a tape. The loops stand at 0.
 */
float tl_mm_pass_cycles(tl_mm_pass *pass);
/* How many of these its tiles cost, however large they are. */
float tl_mm_pass_overhead(const tl_mm_pass *pass);
/* Carries the pass out; returns on all cores when the result stands in L2. The loops start at 0. */
void tl_mm_pass_run(const tl_team *team, tl_mm_pass *pass);

#endif
