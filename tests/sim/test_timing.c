/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulator's cycles against the reference's, row by row. The measured sequences are assembly of our own
 * (timing_*.S), run by timing_driver.S; nothing of the library takes part.
 *
 * test_timing --table prints the comparison as a Markdown table; so does test_timing_events.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "timing_bench.h"

typedef enum kind { EXACT, SKEW, FETCH, CACHE, OPEN } kind;

typedef struct row {
    const char *name;
    place at;
    uint32_t cores, fpus;
    kind how;
    uint32_t least, average;
} row;

static const char *const place_names[] = {"", " samebank", " sameaddr", " rows1024", " rows1028"};
static const char *const start_names[] = {"together", "upwards", "downwards", "by two", "again"};

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
static const row rows_simd[] = {
#include "timing_simd.def"
};
#undef ROW
/* clang-format on */

/* Runs a row from one start, over several draws where its data are random. */
static int measure_row(const row *r, start begin, summary *s) {
    const uint32_t first = r->how == CACHE ? 2 : FIRST_WARM, draws = strcmp(r->name, "lw_rr_random") == 0 ? 32 : 1;
    job j = {.function = r->name, .cores = r->cores, .fpus = r->fpus, .begin = begin, .at = r->at};
    j.passes = 8;
    *s = (summary){.least = UINT32_MAX};
    uint32_t random = 12345;
    for (uint32_t draw = 0; draw < draws; draw++) {
        outcome o;
        for (uint32_t i = 0; i < CORES * 16; i++) {
            random = random * 1664525u + 1013904223u;
            j.arguments[i / 16][i % 16] = (random >> 20 & 255) * 4;
        }
        if (!bench_run(&j, &o))
            return 0;
        bench_add(s, &o, first, j.passes, r->cores, 1.0 / draws);
    }
    return 1;
}

/* How far a value lies outside of an interval; below it, negative. */
static double outside(double value, double low, double high) {
    return value < low ? value - low : value > high ? value - high : 0;
}

static void compare_row(const row *r) {
    char name[96], ref[32], own[64];
    summary best = {0};
    double difference = 0;
    int good = 0;
    start begin = UPWARDS, best_begin = UPWARDS;
    const start last = r->cores == 1 ? UPWARDS : AGAIN;
    if (r->cores > 1)
        begin = TOGETHER;
    for (int found = 0; begin <= last && !found; begin = (start)(begin + 1)) {
        summary s;
        if (!measure_row(r, begin, &s))
            return;
        double off = outside(s.average, r->least, r->average);
        int fits = s.average >= 0.95 * r->least && s.average <= 1.05 * r->average + 1;
        if (r->how == EXACT) {
            off = (double)s.least - r->least;
            fits = off >= -1 && off <= 1 && s.average <= 1.05 * r->average + 1;
        }
        if (r->how == CACHE) {
            off = s.least > r->average ? s.least - (double)r->average : s.average < r->least ? s.average - r->least : 0;
            fits = s.least <= 1.05 * r->average && s.average >= 0.95 * r->least;
        }
        if (best.most == 0 || (off < 0 ? -off : off) < (difference < 0 ? -difference : difference)) {
            best = s;
            best_begin = begin;
            difference = off;
            good = fits;
        }
        found = good && difference == 0;
    }
    snprintf(name, sizeof name, "%s%s%s", r->name, place_names[r->at], r->fpus == CORES ? "" : " (4 FPUs)");
    snprintf(ref, sizeof ref, "%u..%u", (unsigned)r->least, (unsigned)r->average);
    snprintf(own, sizeof own, "%u..%.1f%s%s", (unsigned)best.least, best.average, last == AGAIN ? ", " : "",
             last == AGAIN ? start_names[best_begin] : "");
    if (r->how == OPEN)
        bench_failures -= !good;
    bench_verdict(name, r->cores, ref, own, difference, good);
}

static void compare_rows(const row *rows, size_t n) {
    bench_failures = 0;
    for (size_t i = 0; i < n; i++)
        compare_row(&rows[i]);
    assert_int_equal(bench_failures, 0);
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

/* Skipped, loudly, only while the simulator knows none of these instructions. */
static void test_simd(void **state) {
    (void)state;
    const job probe = {.function = "vfmac_h_dep", .cores = 1, .fpus = 8, .passes = 1, .probe = 1};
    const job second = {.function = "pv_add_h_dep", .cores = 1, .fpus = 8, .passes = 1, .probe = 1};
    outcome o;
    if (!bench_run(&probe, &o) && !bench_run(&second, &o)) {
        printf("SKIPPED: the simulator has no packed instructions; their cycles were NOT compared\n");
        skip();
    }
    compare_rows(rows_simd, sizeof rows_simd / sizeof *rows_simd);
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
    bench_failures = 0;
    for (size_t i = 0; i < sizeof cold / sizeof *cold; i++) {
        const job j = {.function = cold[i].name, .cores = cold[i].cores, .fpus = 8, .passes = 1};
        outcome o;
        char name[64];
        if (!bench_run(&j, &o))
            continue;
        snprintf(name, sizeof name, "%s, first pass", cold[i].name);
        /* Cores one cycle apart wait for each other's lines. */
        bench_expect(name, cold[i].cores, cold[i].total, bench_summary(&o, 0, 1, cold[i].cores).average,
                     cold[i].cores == 1 ? 1 : 0.01 * cold[i].total);
    }
    assert_int_equal(bench_failures, 0);
}

int main(int argc, char **argv) {
    if (bench_open(argc, argv, TIMING_ELF))
        return 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_core),       cmocka_unit_test(test_memory), cmocka_unit_test(test_fpu),
        cmocka_unit_test(test_fpu_shared), cmocka_unit_test(test_simd),   cmocka_unit_test(test_cold_fetch),
    };
    const int status = cmocka_run_group_tests(tests, NULL, NULL);
    bench_close();
    return status;
}
