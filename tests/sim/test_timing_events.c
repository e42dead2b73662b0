/* SPDX-License-Identifier: Apache-2.0 */
/* Barriers, events, mutexes and DMA: the simulator's cycles against the reference's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "timing_bench.h"

static void expect_least(const char *name, const char *function, uint32_t cores, uint32_t reference, double tolerance) {
    const job j = {.function = function, .cores = cores, .fpus = 8, .passes = 12};
    outcome o;
    if (bench_run(&j, &o))
        bench_expect(name, cores, reference, bench_summary(&o, FIRST_WARM, j.passes, cores).least, tolerance);
}

static void test_events(void **state) {
    (void)state;
    bench_failures = 0;
    outcome o;
    job j = {.fpus = 8, .passes = 12};
    expect_least("barrier", "barrier_1", 8, 6, 0);
    expect_least("barrier x 4", "barrier_4", 8, 21, 0);
    expect_least("barrier", "barrier_1", 1, 6, 1);
    expect_least("mutex_lock_unlock", "mutex_lock_unlock", 1, 5, 0);

    j.function = "barrier_late";
    j.cores = 8;
    if (bench_run(&j, &o)) {
        uint32_t least = UINT32_MAX, apart = 0;
        for (uint32_t pass = FIRST_WARM; pass < j.passes; pass++) {
            const uint32_t arrival = o.of[pass][1].total;
            for (uint32_t core = 0; core < 8; core++) {
                const uint32_t wait = o.of[pass][core].last - arrival;
                least = wait < least ? wait : least;
                apart = o.of[pass][core].last != o.of[pass][0].last ? apart + 1 : apart;
            }
        }
        bench_expect("barrier_late", 8, 6, least, 0);
        bench_expect("barrier_late, cores not together", 8, 0, apart, 0);
    }
    j.function = "sw_event_wake";
    j.cores = 2;
    if (bench_run(&j, &o)) {
        uint32_t least = UINT32_MAX;
        for (uint32_t pass = FIRST_WARM; pass < j.passes; pass++) {
            const uint32_t wait = o.of[pass][1].total - o.of[pass][0].total;
            least = wait < least ? wait : least;
        }
        bench_expect("sw_event_wake", 2, 9, least, 1);
    }
    j.function = "mutex_lock_unlock";
    j.cores = 8;
    if (bench_run(&j, &o)) {
        bench_expect("mutex_lock_unlock_contended, slowest", 8, 40, bench_summary(&o, FIRST_WARM, j.passes, 8).least,
                     2);
    }
    assert_int_equal(bench_failures, 0);
}

static job dma_job(const char *function, uint32_t cores) {
    return (job){.function = function, .cores = cores, .fpus = 8, .passes = 12};
}

static void dma_arguments(job *j, uint32_t core, int to_l1, uint32_t bytes, uint32_t row_bytes) {
    uint32_t *a = j->arguments[core];
    a[0] = bytes | (uint32_t)to_l1 << 17 | 1u << 18 | (uint32_t)(row_bytes != 0) << 19 | 1u << 20;
    a[1] = 0x10002000 + core * 0x800;
    a[2] = row_bytes;
    a[3] = row_bytes * 2;
    a[4] = core * 0x800;
}

static void test_dma_latency(void **state) {
    (void)state;
    static const struct {
        int to_l1;
        uint32_t bytes, cycles;
    } latency[] = {{1, 4, 7},  {1, 64, 17}, {1, 256, 41}, {1, 1024, 137}, {1, 4096, 521}, {1, 16384, 2057},
                   {0, 4, 11}, {0, 64, 17}, {0, 256, 41}, {0, 1024, 137}, {0, 4096, 533}, {0, 16384, 2117}};
    bench_failures = 0;
    for (size_t i = 0; i < sizeof latency / sizeof *latency; i++) {
        /* No poll in vain ends at 7: the reference's first reading of all had its last line still to fetch. */
        job j = dma_job(i == 0 ? "dma_latency_first" : "dma_latency", 1);
        dma_arguments(&j, 0, latency[i].to_l1, latency[i].bytes, 0);
        outcome o;
        if (!bench_run(&j, &o))
            continue;
        char name[64];
        snprintf(name, sizeof name, "dma_latency_%s_%uB", latency[i].to_l1 ? "L2toL1" : "L1toL2",
                 (unsigned)latency[i].bytes);
        bench_expect(name, 1, latency[i].cycles, bench_summary(&o, FIRST_WARM, j.passes, 1).least, 1);
    }
    job j = dma_job("dma_enqueue_1d", 1);
    dma_arguments(&j, 0, 1, 64, 0);
    outcome o;
    if (bench_run(&j, &o))
        bench_expect("dma_enqueue_1d", 1, 4, bench_summary(&o, FIRST_WARM, j.passes, 1).least - 1.0, 0);
    assert_int_equal(bench_failures, 0);
}

/* Slopes: what a transfer takes more than the smallest one of its kind that has a steady rate (256 B, or one row). */
static void compare_transfers(const char *function) {
    static const struct {
        int to_l1;
        uint32_t bytes, row_bytes, cycles;
    } transfers[] = {
#define TRANSFER(to_l1, bytes, row_bytes, cycles) {to_l1, bytes, row_bytes, cycles},
#include "timing_dma.def"
#undef TRANSFER
    };
    uint32_t base_reference = 0, base_ours = 0;
    bench_failures = 0;
    for (size_t i = 0; i < sizeof transfers / sizeof *transfers; i++) {
        const uint32_t bytes = transfers[i].bytes, row_bytes = transfers[i].row_bytes;
        job j = dma_job(function, 1);
        dma_arguments(&j, 0, transfers[i].to_l1, bytes, row_bytes);
        outcome o;
        if (!bench_run(&j, &o))
            continue;
        const uint32_t ours = bench_summary(&o, FIRST_WARM, j.passes, 1).least;
        if (bytes == 256 || bytes == row_bytes) {
            base_reference = transfers[i].cycles;
            base_ours = ours;
        } else if (bytes > 256) {
            char name[80];
            const double more = (double)transfers[i].cycles - base_reference;
            snprintf(name, sizeof name, "%s_%s_%uB, row %u: more than the smallest", function,
                     transfers[i].to_l1 ? "L2toL1" : "L1toL2", (unsigned)bytes, (unsigned)row_bytes);
            bench_expect(name, 1, more, (double)ours - base_ours, more * 0.01 > 5 ? more * 0.01 : 5);
        }
    }
    assert_int_equal(bench_failures, 0);
}

static void test_dma_polled(void **state) {
    (void)state;
    compare_transfers("dma_total");
}

static void test_dma_waited(void **state) {
    (void)state;
    compare_transfers("dma_waited");
}

static void test_dma_several(void **state) {
    (void)state;
    bench_failures = 0;
    for (int to_l1 = 0; to_l1 < 2; to_l1++) {
        job j = dma_job("dma_total", 8);
        for (uint32_t core = 0; core < 8; core++)
            dma_arguments(&j, core, to_l1, 2048, 0);
        outcome o;
        const uint32_t reference = to_l1 ? 2075 : 2137;
        if (bench_run(&j, &o))
            bench_expect(to_l1 ? "dma_8x2KiB_L2toL1" : "dma_8x2KiB_L1toL2", 8, reference,
                         bench_summary(&o, FIRST_WARM, j.passes, 8).most, 0.05 * reference);
    }
    job j = dma_job("dma_total", 2);
    dma_arguments(&j, 0, 1, 8192, 0);
    dma_arguments(&j, 1, 0, 8192, 0);
    j.arguments[1][1] = 0x10008000;
    j.arguments[1][4] = 0x8000;
    outcome o;
    if (bench_run(&j, &o))
        bench_expect("dma_both_directions_8KiB", 2, 1060, bench_summary(&o, FIRST_WARM, j.passes, 2).most, 0.05 * 1060);

    double total[2] = {0};
    for (uint32_t busy = 0; busy < 2; busy++) {
        job loads = dma_job("loads_during_dma", 8);
        loads.arguments[0][0] = busy;
        if (bench_run(&loads, &o))
            total[busy] = bench_summary(&o, FIRST_WARM, loads.passes, 8).average;
    }
    bench_expect("tcdm_loads, DMA idle", 8, 3072, total[0], 0.01 * 3072);
    bench_expect("tcdm_loads_during_dma", 8, total[0], total[1], 8);
    assert_int_equal(bench_failures, 0);
}

int main(int argc, char **argv) {
    if (bench_open(argc, argv, TIMING_ELF))
        return 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),     cmocka_unit_test(test_dma_latency), cmocka_unit_test(test_dma_polled),
        cmocka_unit_test(test_dma_waited), cmocka_unit_test(test_dma_several),
    };
    const int status = cmocka_run_group_tests(tests, NULL, NULL);
    bench_close();
    return status;
}
