/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tuned plans are compared with. Fixed: nothing in here is ever changed, nor made faster or slower.
 *
 *     naive               one multiply-add an iteration, compiled C (tl_mm_f32_naive)
 *     one-size-fits-all   a kernel of 2 x 2 blocks with a hardware loop (bench_mm_one_size)
 *
 * Both: rows of blocks split over the cores, one buffer, the largest tile that fits (tools/cli/report_rival.h).
 */
#ifndef TL_BENCH_BASELINES_H
#define TL_BENCH_BASELINES_H

#include "src/kernel/mm.h"

/* By mm.h's contract, as all kernels. Only the probe has it, under the number behind the library's kernels. */
void bench_mm_one_size(const tl_mm *problem);

static inline uint32_t bench_one_size_number(void) {
    return tl_mm_count + tl_mm_fixed_count;
}

extern const tl_mm_info bench_one_size;

/* A kernel by a number that may be this one; NULL: there is none. */
const tl_mm_info *bench_mm_numbered(uint32_t number);

#endif
