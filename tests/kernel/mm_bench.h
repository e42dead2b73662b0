/* SPDX-License-Identifier: Apache-2.0 */
/* What bench_mm.c asks of mm_bench_guest.c, under the symbol `mm_bench`. Addresses are bytes from the arena's start. */
#ifndef TL_TESTS_MM_BENCH_H
#define TL_TESTS_MM_BENCH_H

#include <stdint.h>

enum { MM_BENCH_CORES = 8 };

/* One core's matmul, laid out alike on host and cluster; m of 0: the core has nothing to do. */
typedef struct mm_bench_problem {
    uint32_t a, b, c, init, jump; /* init, jump: used when has_init is set, when runs > 1 */
    uint32_t has_init;
    uint32_t m, n, k, runs;
    int32_t a_m, a_k, b_n, b_k, c_m, c_n, init_m, init_n;
} mm_bench_problem;

typedef struct mm_bench_request {
    uint32_t kernel; /* its number: tl_mm_numbered() */
    uint32_t repeat;
    uint32_t words; /* of the arena that are filled with ones first; the jumps behind them are zeros */
    mm_bench_problem problem[MM_BENCH_CORES];
    uint32_t cycles;                      /* of the last repetition: barrier to barrier */
    uint32_t core_cycles[MM_BENCH_CORES]; /* a core's own call */
} mm_bench_request;

#endif
