/* SPDX-License-Identifier: Apache-2.0 */
#include "src/kernel/mm.h"
#include <stddef.h>

#define TL_MM_PULP(name, mr, nr) {#name, name, mr, nr, NULL},
#define TL_MM_C(name, mr, nr)    {#name, name, mr, nr, NULL},
#define TL_MM_FIXED(name, mr, nr)

const tl_mm_info tl_mm_table[] = {
#include "src/kernel/mm.def"
};
const uint32_t tl_mm_count = sizeof tl_mm_table / sizeof tl_mm_table[0];

#undef TL_MM_PULP
#undef TL_MM_C
#undef TL_MM_FIXED
#define TL_MM_PULP(name, mr, nr)
#define TL_MM_C(name, mr, nr)
#define TL_MM_FIXED(name, mr, nr) {#name, name, mr, nr, name##_sites},

const tl_mm_info tl_mm_fixed_table[] = {
#include "src/kernel/mm.def"
};
const uint32_t tl_mm_fixed_count = sizeof tl_mm_fixed_table / sizeof tl_mm_fixed_table[0];

/* A load's immediate has 12 bits. Of `count` rows the middle one needs none; `step` goes from k to k. */
static bool reaches(int32_t row, int32_t step, int32_t count) {
    enum { LEAST = -2048, MOST = 2047 };
    const int32_t first = -(count / 2) * row, last = (count - 1 - count / 2) * row;
    return row >= LEAST && row <= MOST && first >= LEAST && first <= MOST && last >= LEAST && last <= MOST &&
           step >= LEAST && step <= MOST;
}

bool tl_mm_fixed_applicable(const tl_mm_info *kernel, const tl_mm *problem) {
    return reaches(problem->a_m, problem->a_k, kernel->mr) && reaches(problem->b_n, problem->b_k, kernel->nr);
}
