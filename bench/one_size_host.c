/* SPDX-License-Identifier: Apache-2.0 */
/* On the host a C kernel stands in: by contract it gives the same bits. */
#include "bench/baselines.h"

void bench_mm_one_size(const tl_mm *problem) {
    tl_mm_f32_c_4x4(problem);
}
