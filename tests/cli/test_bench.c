/* SPDX-License-Identifier: Apache-2.0 */
/* The benchmarks' bounds, by hand; their filter. */
#include "tests/cli/scratch.h"
#include "tools/cli/bench.h"
#include "tools/cli/bench_bound.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const tl_mm_info block_4x5 = {.name = "k", .mr = 4, .nr = 5};

static sim_machine machine(const char *name) {
    sim_machine m;
    assert_true(sim_machine_named(name, &m));
    return m;
}

static void expect_bound(const bench_work *work, const char *name, uint32_t cores, uint64_t cycles) {
    const sim_machine m = machine(name);
    assert_int_equal(bench_bound(work, &m, cores), cycles);
}

/* 16 rows of blocks, 12 columns of five and one of four: a step of k is 16 * (12 * 29 + 24) instructions. */
static void matmul(void **state) {
    (void)state;
    const bench_work work = bench_work_mm(64, 64, 64 * 64 * 64, &block_4x5);
    assert_int_equal(work.instructions, 64 * 16 * (12 * 29 + 24));
    expect_bound(&work, "pulp8", 8, 64 * 16 * (12 * 29 + 24) / 8);
    expect_bound(&work, "pulp8", 1, 64 * 16 * (12 * 29 + 24));
    /* Four FPUs: a multiply-add each. */
    expect_bound(&work, "pulp-open", 8, 64 * 64 * 64 / 4);
    expect_bound(&work, "pulp-open", 1, 64 * 16 * (12 * 29 + 24));
}

/* 2 x 3 of one block at an edge: five loads and six multiply-adds. */
static void edge(void **state) {
    (void)state;
    const bench_work work = bench_work_mm(2, 3, 2 * 3 * 10, &block_4x5);
    assert_int_equal(work.instructions, 10 * (5 + 6));
}

static void convolution(void **state) {
    (void)state;
    /* y 4x3x5, x 8x6x2 */
    const tl_conv conv = {1, 8, 6, 2, 5, 3, 3, 2, 2, 0, 0, 1, 1, 0, 0, 0};
    const uint64_t macs = 4 * 3 * 5 * 18, x = 8 * 6 * 2, w = 5 * 18, y = 4 * 3 * 5;
    bench_work work = bench_work_conv(&conv, TL_FORWARD, &block_4x5);
    assert_int_equal(work.macs, macs);
    assert_int_equal(work.in, 4 * (x + w + 5));
    assert_int_equal(work.out, 4 * y);
    assert_int_equal(work.instructions, 18 * 3 * 29);
    work = bench_work_conv(&conv, TL_GRAD_W, &block_4x5);
    assert_int_equal(work.in, 4 * (x + y));
    assert_int_equal(work.out, 4 * (w + 5));
    /* 5 x 6: blocks of 4x5, 1x5, 4x1, 1x1 */
    assert_int_equal(work.instructions, 12 * 3 * (29 + 11 + 9 + 3));
    work = bench_work_conv(&conv, TL_GRAD_X, &block_4x5);
    assert_int_equal(work.macs, macs);
    assert_int_equal(work.in, 4 * (w + y));
    assert_int_equal(work.out, 4 * x);
}

/* A weight is 4 bytes, and the DMA moves 8 a cycle in each direction. */
static void transfers(void **state) {
    (void)state;
    const tl_linear linear = {1, 100, 80};
    const bench_work work = bench_work_linear(&linear, TL_FORWARD, &block_4x5);
    expect_bound(&work, "pulp8", 8, (8000 + 100 + 80) / 2);
    bench_work both = work;
    both.out = 4 * 10000;
    expect_bound(&both, "pulp8", 8, 5000);
    const bench_work here = bench_work_in_l1(work);
    expect_bound(&here, "pulp8", 8, (work.instructions + 7) / 8);
    const bench_work map = bench_work_elements(200, 100);
    expect_bound(&map, "pulp8", 1, 300);
    expect_bound(&map, "pulp8", 8, 100);
    expect_bound(&(bench_work){.macs = 5}, "pulp8", 8, 0);
}

/* A row of 5 results is a block of 3 and one of 2, or one without its padding: docs/kernels.md. */
static void depthwise(void **state) {
    (void)state;
    const tl_depthwise plain = {1, 9, 7, 4, 3, 3, 1, 1, 0, 0, 0, 0}, strided = {1, 8, 8, 4, 3, 3, 2, 2, 0, 0, 1, 1};
    const tl_depthwise narrow = {1, 7, 5, 4, 3, 3, 1, 1, 0, 1, 1, 1};
    assert_int_equal(bench_work_depthwise(&plain, TL_FORWARD).instructions, 7 * 4 * (35 + 24));
    assert_int_equal(bench_work_depthwise(&plain, TL_GRAD_W).instructions, 7 * 4 * (35 + 24 + 5));
    assert_int_equal(bench_work_depthwise(&narrow, TL_FORWARD).instructions, 6 * 4 * 49);
    assert_int_equal(bench_work_depthwise(&narrow, TL_GRAD_W).instructions, 6 * 4 * 54);
    assert_int_equal(bench_work_depthwise(&narrow, TL_GRAD_X).instructions, 7 * 4 * 49);
    assert_string_equal(bench_work_depthwise(&narrow, TL_GRAD_X).kernel, "tl_depthwise_3x3_narrow_f32");
    assert_int_equal(bench_work_depthwise(&strided, TL_FORWARD).instructions, 4 * 4 * 58);
    assert_int_equal(bench_work_depthwise(&strided, TL_GRAD_W).instructions, 4 * 4 * 62);
    assert_string_equal(bench_work_depthwise(&strided, TL_GRAD_W).kernel, "tl_depthwise_grad_3x3s2_f32");
    /* dx: 16 instructions for two results of two rows */
    assert_int_equal(bench_work_depthwise(&strided, TL_GRAD_X).instructions, 4 * 16 * 16);
    assert_string_equal(bench_work_depthwise(&strided, TL_GRAD_X).kernel, "tl_depthwise_spread_3x3s2_f32");
    const tl_depthwise large = {1, 8, 8, 4, 5, 5, 1, 1, 2, 2, 2, 2};
    assert_int_equal(bench_work_depthwise(&large, TL_FORWARD).instructions, 64 * 4 * 25 / 4 * 9);
}

/* What the filter keeps out is not missed in the record. */
static void filter(void **state) {
    (void)state;
    bench_list record = {0}, now = {.filter = "conv"};
    bench_case c = {.name = "conv/8-cores", .cycles = 5}, other = {.name = "linear/8-cores", .cycles = 6};
    cli_error error;
    assert_true(bench_add(&record, &c, &error) && bench_add(&record, &other, &error) && bench_add(&now, &c, &error));
    assert_true(bench_wants(&now, c.name));
    assert_false(bench_wants(&now, other.name));
    FILE *said = fopen(scratch_path("said"), "w");
    assert_non_null(said);
    assert_int_equal(baseline_compare(said, &record, &now), 0);
    now.filter = NULL;
    assert_int_equal(baseline_compare(said, &record, &now), 1);
    fclose(said);
    bench_free(&record);
    bench_free(&now);
}

static int set_up(void **state) {
    *state = NULL;
    scratch_make();
    return 0;
}

static int tear_down(void **state) {
    *state = NULL;
    scratch_remove();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matmul),      cmocka_unit_test(edge),
        cmocka_unit_test(convolution), cmocka_unit_test(transfers),
        cmocka_unit_test(depthwise),   cmocka_unit_test_setup_teardown(filter, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
