/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/share.h"

static inline uint32_t min_u32(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

uint32_t tl_share_region(const tl_mm *mm, const tl_mm_plan *plan, uint32_t block, uint32_t blocks, tl_region *region) {
    uint32_t across = (mm->n + plan->block_n - 1) / plan->block_n;
    uint32_t down = (mm->m + plan->block_m - 1) / plan->block_m;
    uint32_t row = block / across, column = block - row * across;
    region->m0 = row * plan->block_m;
    region->n0 = column * plan->block_n;
    if (column == 0 && blocks >= across) {
        uint32_t rows = min_u32(blocks / across, down - row);
        region->m = min_u32(rows * plan->block_m, mm->m - region->m0);
        region->n = mm->n;
        return rows * across;
    }
    uint32_t columns = min_u32(blocks, across - column);
    region->m = min_u32(plan->block_m, mm->m - region->m0);
    region->n = min_u32(columns * plan->block_n, mm->n - region->n0);
    return columns;
}
