/* SPDX-License-Identifier: Apache-2.0 */
/* How work is shared out over the cores: even parts of a line of blocks. */
#ifndef TL_TILE_SHARE_H
#define TL_TILE_SHARE_H

#include "src/kernel/mm.h"
#include "tl/plan.h"
#include <stdint.h>

/* Where part `part` of `parts` nearly equal parts of n things starts. n * parts < 2^32. */
static inline uint32_t tl_share_start(uint32_t n, uint32_t part, uint32_t parts) {
    return n * part / parts;
}

/* A rectangle of a result: rows [m0, m0 + m), columns [n0, n0 + n). */
typedef struct tl_region {
    uint32_t m0, m, n0, n;
} tl_region;

/* Blocks of the plan's size in one result of the problem. */
static inline uint32_t tl_share_blocks(const tl_mm *mm, const tl_mm_plan *plan) {
    return ((mm->m + plan->block_m - 1) / plan->block_m) * ((mm->n + plan->block_n - 1) / plan->block_n);
}

/* About what all blocks of one result cost, in cycles; those at its edges are smaller. */
uint32_t tl_share_cost(const tl_mm *mm, const tl_mm_plan *plan);
/* The block (0 to tl_share_blocks) whose start is nearest to so many cycles. */
uint32_t tl_share_block_at(const tl_mm *mm, const tl_mm_plan *plan, uint32_t cycles);

/*
 * The largest rectangle that starts at block `block` (counted along rows of blocks, or down columns of them, as the
 * plan says) and holds at most `blocks` of them: whole rows (columns) of blocks where they fit, else a part of one.
 * Returns how many blocks it holds.
 */
uint32_t tl_share_region(const tl_mm *mm, const tl_mm_plan *plan, uint32_t block, uint32_t blocks, tl_region *region);

#endif
