/* SPDX-License-Identifier: Apache-2.0 */
/* Which strides a pass's tiles have, and whether its plan's kernel can run them. */
#include "src/tile/tile_mm.h"

static void last_place(tl_loop *loop) {
    loop->at = (loop->end - 1) / loop->step * loop->step;
}

/* Only the last tile along a loop differs in size from the others: the corners are all that there is. */
bool tl_mm_pass_strides(tl_mm_pass *pass, tl_mm_strides *strides) {
    tl_mm all = {0};
    bool same = true, any = false;
    for (uint32_t corner = 0; corner < 1u << TL_MM_LOOPS && same; ++corner) {
        tl_mm_tile tile;
        tl_tile_problem p;
        for (uint32_t i = 0; i < TL_MM_LOOPS; ++i) {
            pass->loop[i].at = 0;
            if (corner >> i & 1)
                last_place(&pass->loop[i]);
        }
        pass->tile(pass, &tile);
        for (uint32_t i = 0; i < tile.problems && same; ++i) {
            pass->problem(pass, &tile, i, &p, NULL);
            if (p.column)
                continue;
            if (!any)
                all = p.mm;
            any = true;
            same = p.mm.a_m == all.a_m && p.mm.a_k == all.a_k && p.mm.b_n == all.b_n && p.mm.b_k == all.b_k;
        }
    }
    for (uint32_t i = 0; i < TL_MM_LOOPS; ++i)
        pass->loop[i].at = 0;
    *strides = (tl_mm_strides){(int16_t)all.a_m, (int16_t)all.a_k, (int16_t)all.b_n, (int16_t)all.b_k};
    return same && strides->a_m == all.a_m && strides->a_k == all.a_k && strides->b_n == all.b_n &&
           strides->b_k == all.b_k;
}

bool tl_mm_pass_suits_kernel(tl_mm_pass *pass) {
    const tl_mm_plan *plan = pass->plan;
    const tl_mm_strides *named = &plan->strides;
    tl_mm_strides strides;
    for (uint32_t i = 0; i < tl_mm_fixed_count; ++i) {
        const tl_mm strided = {.a_m = named->a_m, .a_k = named->a_k, .b_n = named->b_n, .b_k = named->b_k};
        if (tl_mm_fixed_table[i].run == plan->kernel &&
            !(tl_mm_plan_is_fixed(plan) && tl_mm_fixed_applicable(&tl_mm_fixed_table[i], &strided)))
            return false;
    }
    return !tl_mm_plan_is_fixed(plan) ||
           (tl_mm_pass_strides(pass, &strides) && strides.a_m == named->a_m && strides.a_k == named->a_k &&
            strides.b_n == named->b_n && strides.b_k == named->b_k);
}
