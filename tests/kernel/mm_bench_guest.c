/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a matmul kernel on all cores, nothing else between two barriers: the figures of docs/kernels.md. */
#include "platform/budget.h"
#include "platform/start.h"
#include "src/hal/hal.h"
#include "src/kernel/mm.h"
#include "tests/kernel/mm_bench.h"

volatile mm_bench_request mm_bench;

/* Called by crt0.S on every core. */
void tl_main(uint32_t core);

static float *at(uint32_t bytes) {
    return (float *)(uintptr_t)(TL_L1_ARENA + bytes);
}

void tl_main(uint32_t core) {
    const volatile mm_bench_problem *p = &mm_bench.problem[core];
    tl_mm mm = {.a = at(p->a), .b = at(p->b), .m = p->m, .n = p->n, .k = p->k, .runs = p->runs};
    mm.c = at(p->c);
    mm.init = p->has_init ? at(p->init) : NULL;
    mm.jump = p->runs > 1 ? (const tl_jump *)(const void *)at(p->jump) : NULL;
    mm.a_m = p->a_m;
    mm.a_k = p->a_k;
    mm.b_n = p->b_n;
    mm.b_k = p->b_k;
    mm.c_m = p->c_m;
    mm.c_n = p->c_n;
    mm.init_m = p->init_m;
    mm.init_n = p->init_n;
    tl_mm_kernel_f32 *kernel = tl_mm_numbered(mm_bench.kernel)->run;
    const uint32_t repeat = mm_bench.repeat;
    tl_start_barriers(core);
    if (core == 0)
        for (uint32_t i = 0; i < TL_L1_ARENA_BYTES / 4; i++)
            *(volatile float *)at(4 * i) = i < mm_bench.words ? 1.0f : 0.0f;
    tl_all_barrier();
    for (uint32_t i = 0; i < repeat; i++) {
        uint32_t end = 0, own = 0;
        tl_all_barrier();
        const uint32_t start = tl_cycles();
        if (mm.m > 0) {
            kernel(&mm);
            own = tl_cycles();
        }
        tl_all_barrier();
        end = tl_cycles();
        mm_bench.core_cycles[core] = own - start;
        if (core == 0)
            mm_bench.cycles = end - start;
    }
    tl_all_barrier();
    if (core == 0)
        tl_exit(0);
}
