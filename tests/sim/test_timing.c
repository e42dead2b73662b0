/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulator's cycles against the reference's, row by row. The measured sequences are assembly of our own
 * (timing_*.S), run by timing_driver.S; nothing of the library takes part.
 *
 * test_timing --table prints the comparison as a Markdown table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/sim/sim.h"

enum { MAX_PASSES = 16, CORES = 8, FIRST_WARM = 3 };
enum { L1_SKEW = 0x10000080, L1_DATA = 0x10000400 };

typedef enum place { OWN, SAMEBANK, SAMEADDR, ROWS1024, ROWS1028 } place;
typedef enum kind { EXACT, SKEW, FETCH } kind;

typedef struct row {
    const char *name;
    place at;
    uint32_t cores, fpus;
    kind how;
    uint32_t least, average;
} row;

static const char *const place_names[] = {"", " samebank", " sameaddr", " rows1024", " rows1028"};
static const uint32_t place_pitch[] = {4100, 2048, 0, 1024, 1028};

/* clang-format off */
#define ROW(name, at, cores, fpus, how, least, average) {#name, at, cores, fpus, how, least, average},
static const row rows_core[] = {
#include "timing_core.def"
};
static const row rows_memory[] = {
#include "timing_memory.def"
};
static const row rows_fpu[] = {
#include "timing_fpu.def"
};
static const row rows_fpu_shared[] = {
#include "timing_fpu_shared.def"
};
#undef ROW
/* clang-format on */

/* What the host writes into the guest's `request`. */
typedef struct request {
    uint32_t function, cores, passes, unused;
    uint32_t data[CORES], skew[CORES];
} request;

typedef struct job {
    const char *function;
    uint32_t cores, fpus, passes;
    place at;
    uint32_t arguments[CORES][16];
} job;

typedef struct outcome {
    struct {
        uint32_t total, last;
    } of[MAX_PASSES][CORES];
} outcome;

typedef struct summary {
    uint32_t least, most;
    double average;
} summary;

/* State of the test program, not of the simulator: the ELF's bytes, whether to print, failures of the running test. */
static struct {
    unsigned char *elf;
    size_t elf_bytes;
    int table;
    int failures;
} context;

static void failed(const char *what, const char *why) {
    context.failures++;
    printf("FAIL %s: %s\n", what, why);
}

/* Runs a job on a machine of its own. */
static int run(const job *j, outcome *out) {
    sim_machine machine;
    sim_machine_pulp8(&machine);
    machine.fpus = j->fpus;
    sim *s = sim_create(&machine);
    assert_non_null(s);
    memset(out, 0, sizeof *out);

    char symbol[64];
    snprintf(symbol, sizeof symbol, "t_%s", j->function);
    request r = {.cores = j->cores, .passes = j->passes};
    for (uint32_t core = 0; core < CORES; core++) {
        r.data[core] = L1_DATA + core * place_pitch[j->at];
        r.skew[core] = L1_SKEW;
    }
    uint32_t at_request, at_arguments, at_results;
    sim_status status = sim_load_bytes(s, context.elf, context.elf_bytes);
    if (status == SIM_OK)
        status = sim_symbol(s, symbol, &r.function, NULL);
    if (status == SIM_OK && sim_symbol(s, "request", &at_request, NULL) == SIM_OK &&
        sim_symbol(s, "arguments", &at_arguments, NULL) == SIM_OK &&
        sim_symbol(s, "results", &at_results, NULL) == SIM_OK) {
        assert_int_equal(sim_write(s, at_request, &r, sizeof r), SIM_OK);
        assert_int_equal(sim_write(s, at_arguments, j->arguments, sizeof j->arguments), SIM_OK);
        status = sim_run(s, 2000000);
        assert_int_equal(sim_read(s, at_results, out->of, sizeof out->of), SIM_OK);
    }
    if (status != SIM_EXITED)
        failed(j->function, sim_message(s));
    sim_destroy(s);
    return status == SIM_EXITED;
}

static void add(summary *to, const outcome *o, uint32_t first, uint32_t passes, uint32_t cores, double share) {
    for (uint32_t pass = first; pass < passes; pass++) {
        for (uint32_t core = 0; core < cores; core++) {
            const uint32_t total = o->of[pass][core].total;
            to->least = total < to->least ? total : to->least;
            to->most = total > to->most ? total : to->most;
            to->average += total * share / (cores * (passes - first));
        }
    }
}

static summary summarise(const outcome *o, uint32_t first, uint32_t passes, uint32_t cores) {
    summary s = {.least = UINT32_MAX};
    add(&s, o, first, passes, cores, 1.0);
    return s;
}

/* One line of the comparison, and the verdict. */
static void verdict(const char *name, uint32_t cores, const char *reference, const char *ours, double difference,
                    int good) {
    if (context.table)
        printf("| %s | %u | %s | %s | %+.1f | %s |\n", name, (unsigned)cores, reference, ours, difference,
               good ? "yes" : "**no**");
    else if (!good)
        printf("FAIL %s, %u cores: reference %s, ours %s\n", name, (unsigned)cores, reference, ours);
    context.failures += !good;
}

/* A single number against the reference's, with what may lie between. */
static void expect(const char *name, uint32_t cores, double reference, double ours, double tolerance) {
    char ref[32], own[32];
    snprintf(ref, sizeof ref, "%.0f", reference);
    snprintf(own, sizeof own, "%.0f", ours);
    const double difference = ours - reference;
    verdict(name, cores, ref, own, difference, difference <= tolerance && -difference <= tolerance);
}

static void compare_row(const row *r) {
    job j = {.function = r->name, .cores = r->cores, .fpus = r->fpus, .passes = 12, .at = r->at};
    const uint32_t seeds = strcmp(r->name, "lw_rr_random") == 0 ? 32 : 1;
    summary s = {.least = UINT32_MAX};
    uint32_t random = 12345;
    for (uint32_t seed = 0; seed < seeds; seed++) {
        outcome o;
        for (uint32_t i = 0; i < CORES * 16; i++) {
            random = random * 1664525u + 1013904223u;
            j.arguments[i / 16][i % 16] = (random >> 20 & 255) * 4;
        }
        if (!run(&j, &o))
            return;
        add(&s, &o, FIRST_WARM, j.passes, r->cores, 1.0 / seeds);
    }
    int good = s.average >= 0.95 * r->least && s.average <= 1.05 * r->average + 1;
    double difference = s.average - r->average;
    if (r->how == EXACT) {
        good = s.least + 1 >= r->least && s.least <= r->least + 1 && s.average <= 1.05 * r->average + 1;
        difference = (double)s.least - r->least;
    } else if (s.average >= r->least && s.average <= r->average) {
        difference = 0;
    }
    char name[96], ref[32], own[48];
    snprintf(name, sizeof name, "%s%s%s", r->name, place_names[r->at], r->fpus == CORES ? "" : " (4 FPUs)");
    snprintf(ref, sizeof ref, "%u..%u", (unsigned)r->least, (unsigned)r->average);
    snprintf(own, sizeof own, "%u..%.1f", (unsigned)s.least, s.average);
    verdict(name, r->cores, ref, own, difference, good);
}

static void compare_rows(const row *rows, size_t n) {
    context.failures = 0;
    for (size_t i = 0; i < n; i++)
        compare_row(&rows[i]);
    assert_int_equal(context.failures, 0);
}

static void test_core(void **state) {
    (void)state;
    compare_rows(rows_core, sizeof rows_core / sizeof *rows_core);
}

static void test_memory(void **state) {
    (void)state;
    compare_rows(rows_memory, sizeof rows_memory / sizeof *rows_memory);
}

static void test_fpu(void **state) {
    (void)state;
    compare_rows(rows_fpu, sizeof rows_fpu / sizeof *rows_fpu);
}

static void test_fpu_shared(void **state) {
    (void)state;
    compare_rows(rows_fpu_shared, sizeof rows_fpu_shared / sizeof *rows_fpu_shared);
}

/* The first pass through code that no cache holds: 19 cycles more for each 16-byte line, the reference's totals. */
static void test_cold_fetch(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint32_t cores, total;
    } cold[] = {{"fetch_512", 1, 756},
                {"fetch_cold", 1, 1492},
                {"fetch_cold_3k", 1, 4436},
                {"fetch_8k", 1, 11796},
                {"fetch_cold", 8, 1492}};
    context.failures = 0;
    for (size_t i = 0; i < sizeof cold / sizeof *cold; i++) {
        const job j = {.function = cold[i].name, .cores = cold[i].cores, .fpus = 8, .passes = 1};
        outcome o;
        char name[64];
        if (!run(&j, &o))
            continue;
        snprintf(name, sizeof name, "%s, first pass", cold[i].name);
        /* Cores one cycle apart wait for each other's lines. */
        expect(name, cold[i].cores, cold[i].total, summarise(&o, 0, 1, cold[i].cores).average,
               cold[i].cores == 1 ? 1 : 0.01 * cold[i].total);
    }
    assert_int_equal(context.failures, 0);
}

static void expect_least(const char *name, const char *function, uint32_t cores, uint32_t reference, double tolerance) {
    const job j = {.function = function, .cores = cores, .fpus = 8, .passes = 12};
    outcome o;
    if (run(&j, &o))
        expect(name, cores, reference, summarise(&o, FIRST_WARM, j.passes, cores).least, tolerance);
}

static void test_events(void **state) {
    (void)state;
    context.failures = 0;
    outcome o;
    job j = {.fpus = 8, .passes = 12};
    expect_least("barrier", "barrier_1", 8, 6, 0);
    expect_least("barrier x 4", "barrier_4", 8, 21, 0);
    expect_least("barrier", "barrier_1", 1, 6, 1);
    expect_least("mutex_lock_unlock", "mutex_lock_unlock", 1, 5, 0);

    j.function = "barrier_late";
    j.cores = 8;
    if (run(&j, &o)) {
        uint32_t least = UINT32_MAX, apart = 0;
        for (uint32_t pass = FIRST_WARM; pass < j.passes; pass++) {
            const uint32_t arrival = o.of[pass][1].total;
            for (uint32_t core = 0; core < 8; core++) {
                const uint32_t wait = o.of[pass][core].last - arrival;
                least = wait < least ? wait : least;
                apart = o.of[pass][core].last != o.of[pass][0].last ? apart + 1 : apart;
            }
        }
        expect("barrier_late", 8, 6, least, 0);
        expect("barrier_late, cores not together", 8, 0, apart, 0);
    }
    j.function = "sw_event_wake";
    j.cores = 2;
    if (run(&j, &o)) {
        uint32_t least = UINT32_MAX;
        for (uint32_t pass = FIRST_WARM; pass < j.passes; pass++) {
            const uint32_t wait = o.of[pass][1].total - o.of[pass][0].total;
            least = wait < least ? wait : least;
        }
        expect("sw_event_wake", 2, 9, least, 1);
    }
    j.function = "mutex_lock_unlock";
    j.cores = 8;
    if (run(&j, &o)) {
        uint32_t slowest = UINT32_MAX;
        for (uint32_t pass = FIRST_WARM; pass < j.passes; pass++) {
            const uint32_t most =
                summarise(&(outcome){.of = {[0] = {o.of[pass][0], o.of[pass][1], o.of[pass][2], o.of[pass][3],
                                                   o.of[pass][4], o.of[pass][5], o.of[pass][6], o.of[pass][7]}}},
                          0, 1, 8)
                    .most;
            slowest = most < slowest ? most : slowest;
        }
        expect("mutex_lock_unlock_contended, slowest", 8, 40, slowest, 2);
    }
    assert_int_equal(context.failures, 0);
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
    context.failures = 0;
    for (size_t i = 0; i < sizeof latency / sizeof *latency; i++) {
        uint32_t least = UINT32_MAX;
        for (uint32_t delay = 0; delay < 8; delay++) {
            job j = dma_job("dma_latency", 1);
            dma_arguments(&j, 0, latency[i].to_l1, latency[i].bytes, 0);
            j.arguments[0][5] = delay;
            outcome o;
            if (!run(&j, &o))
                break;
            const uint32_t total = summarise(&o, FIRST_WARM, j.passes, 1).least;
            least = total < least ? total : least;
        }
        char name[64];
        snprintf(name, sizeof name, "dma_latency_%s_%uB", latency[i].to_l1 ? "L2toL1" : "L1toL2",
                 (unsigned)latency[i].bytes);
        expect(name, 1, latency[i].cycles, least, 1);
    }
    job j = dma_job("dma_enqueue_1d", 1);
    dma_arguments(&j, 0, 1, 64, 0);
    outcome o;
    if (run(&j, &o))
        expect("dma_enqueue_1d", 1, 4, summarise(&o, FIRST_WARM, j.passes, 1).least - 1.0, 0);
    assert_int_equal(context.failures, 0);
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
    context.failures = 0;
    for (size_t i = 0; i < sizeof transfers / sizeof *transfers; i++) {
        const uint32_t bytes = transfers[i].bytes, row_bytes = transfers[i].row_bytes;
        job j = dma_job(function, 1);
        dma_arguments(&j, 0, transfers[i].to_l1, bytes, row_bytes);
        outcome o;
        if (!run(&j, &o))
            continue;
        const uint32_t ours = summarise(&o, FIRST_WARM, j.passes, 1).least;
        if (bytes == 256 || bytes == row_bytes) {
            base_reference = transfers[i].cycles;
            base_ours = ours;
        } else if (bytes > 256) {
            char name[80];
            const double more = (double)transfers[i].cycles - base_reference;
            snprintf(name, sizeof name, "%s_%s_%uB, row %u: more than the smallest", function,
                     transfers[i].to_l1 ? "L2toL1" : "L1toL2", (unsigned)bytes, (unsigned)row_bytes);
            expect(name, 1, more, (double)ours - base_ours, more * 0.01 > 5 ? more * 0.01 : 5);
        }
    }
    assert_int_equal(context.failures, 0);
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
    context.failures = 0;
    for (int to_l1 = 0; to_l1 < 2; to_l1++) {
        job j = dma_job("dma_total", 8);
        for (uint32_t core = 0; core < 8; core++)
            dma_arguments(&j, core, to_l1, 2048, 0);
        outcome o;
        const uint32_t reference = to_l1 ? 2075 : 2137;
        if (run(&j, &o))
            expect(to_l1 ? "dma_8x2KiB_L2toL1" : "dma_8x2KiB_L1toL2", 8, reference,
                   summarise(&o, FIRST_WARM, j.passes, 8).most, 0.05 * reference);
    }
    job j = dma_job("dma_total", 2);
    dma_arguments(&j, 0, 1, 8192, 0);
    dma_arguments(&j, 1, 0, 8192, 0);
    j.arguments[1][1] = 0x10008000;
    j.arguments[1][4] = 0x8000;
    outcome o;
    if (run(&j, &o))
        expect("dma_both_directions_8KiB", 2, 1060, summarise(&o, FIRST_WARM, j.passes, 2).most, 0.05 * 1060);

    double total[2] = {0};
    for (uint32_t busy = 0; busy < 2; busy++) {
        job loads = dma_job("loads_during_dma", 8);
        loads.arguments[0][0] = busy;
        if (run(&loads, &o))
            total[busy] = summarise(&o, FIRST_WARM, loads.passes, 8).average;
    }
    expect("tcdm_loads, DMA idle", 8, 3072, total[0], 0.01 * 3072);
    expect("tcdm_loads_during_dma", 8, total[0], total[1], 8);
    assert_int_equal(context.failures, 0);
}

static void load_elf(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    context.elf = malloc(4 << 20);
    context.elf_bytes = context.elf ? fread(context.elf, 1, 4 << 20, file) : 0;
    fclose(file);
}

int main(int argc, char **argv) {
    context.table = argc > 1 && strcmp(argv[1], "--table") == 0;
    load_elf(TIMING_ELF);
    if (context.table)
        printf("| sequence | cores | reference | simulator | difference | within |\n|---|---|---|---|---|---|\n");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_core),        cmocka_unit_test(test_memory),     cmocka_unit_test(test_fpu),
        cmocka_unit_test(test_fpu_shared),  cmocka_unit_test(test_cold_fetch), cmocka_unit_test(test_events),
        cmocka_unit_test(test_dma_latency), cmocka_unit_test(test_dma_polled), cmocka_unit_test(test_dma_waited),
        cmocka_unit_test(test_dma_several),
    };
    const int status = cmocka_run_group_tests(tests, NULL, NULL);
    free(context.elf);
    return status;
}
