/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/baselines.h"
#include <stddef.h>

const tl_mm_info bench_one_size = {"bench_mm_one_size", bench_mm_one_size, 2, 2, NULL};

const tl_mm_info *bench_mm_numbered(uint32_t number) {
    if (number == bench_one_size_number())
        return &bench_one_size;
    return number < bench_one_size_number() ? tl_mm_numbered(number) : NULL;
}
