/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/share.h"

static inline uint32_t min_u32(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* One side of a result in blocks: so many whole ones, and what is left behind them. */
typedef struct side {
    uint32_t size, block, whole, left;
} side;

static side make_side(uint32_t size, uint32_t block) {
    uint32_t whole = size / block;
    return (side){size, block, whole, size - whole * block};
}

static uint32_t side_blocks(const side *s) {
    return s->whole + (s->left > 0);
}

/* A result's blocks stand in lines, one behind the other. */
typedef struct lines {
    side across, down; /* along a line; from line to line */
} lines;

static lines make_lines(const tl_mm *mm, const tl_mm_plan *plan) {
    side m = make_side(mm->m, plan->block_m), n = make_side(mm->n, plan->block_n);
    return plan->by_columns ? (lines){.across = m, .down = n} : (lines){.across = n, .down = m};
}

/* A step of k is a load for each row and column and a multiply-add for each result. */
static uint32_t block_cost(const tl_mm *mm, uint32_t h, uint32_t w) {
    enum { START = 30, RUN_START = 8 };
    return mm->runs * (mm->k * (h + w + h * w) + RUN_START) + START + h * w;
}

static uint32_t line_cost(const tl_mm *mm, const side *across, uint32_t height) {
    uint32_t cost = across->whole * block_cost(mm, height, across->block);
    return across->left ? cost + block_cost(mm, height, across->left) : cost;
}

uint32_t tl_share_cost(const tl_mm *mm, const tl_mm_plan *plan) {
    lines l = make_lines(mm, plan);
    uint32_t cost = l.down.whole * line_cost(mm, &l.across, l.down.block);
    return l.down.left ? cost + line_cost(mm, &l.across, l.down.left) : cost;
}

uint32_t tl_share_block_at(const tl_mm *mm, const tl_mm_plan *plan, uint32_t cycles) {
    lines l = make_lines(mm, plan);
    uint32_t line = 0, height = l.down.left, blocks = side_blocks(&l.across);
    if (l.down.whole > 0) {
        uint32_t cost = line_cost(mm, &l.across, l.down.block);
        line = min_u32(cycles / cost, l.down.whole);
        cycles -= line * cost;
        if (line < l.down.whole)
            height = l.down.block;
    }
    if (height == 0)
        return line * blocks;
    uint32_t cost = block_cost(mm, height, l.across.whole ? l.across.block : l.across.left);
    return line * blocks + min_u32((cycles + cost / 2) / cost, blocks);
}

uint32_t tl_share_region(const tl_mm *mm, const tl_mm_plan *plan, uint32_t block, uint32_t blocks, tl_region *region) {
    lines l = make_lines(mm, plan);
    uint32_t in_line = side_blocks(&l.across), line = block / in_line, at = block - line * in_line;
    uint32_t count = 1, size = l.across.size, first = 0, taken;
    if (at == 0 && blocks >= in_line) {
        count = min_u32(blocks / in_line, side_blocks(&l.down) - line);
        taken = count * in_line;
    } else {
        taken = min_u32(blocks, in_line - at);
        first = at * l.across.block;
        size = min_u32(taken * l.across.block, l.across.size - first);
    }
    uint32_t top = line * l.down.block, height = min_u32(count * l.down.block, l.down.size - top);
    *region = plan->by_columns ? (tl_region){.m0 = first, .m = size, .n0 = top, .n = height}
                               : (tl_region){.m0 = top, .m = height, .n0 = first, .n = size};
    return taken;
}
