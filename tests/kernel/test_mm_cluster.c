/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel of mm.def on the simulated cluster: the bits of the naive kernel on the host, nothing else touched. */
#include "platform/budget.h"
#include "tests/harness/harness.h"
#include "tests/kernel/mm_case.h"
#include "tools/cli/mm_patch.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEED = 19, RANDOM_CASES = 200, LARGEST = 72, LARGEST_K = 40 };

static harness_buffer buffer(const char *name, const mm_case_buffer *b) {
    return (harness_buffer){.name = name, .bytes = 4 * b->words, .in = b->word, .at = 4 * b->at};
}

static void make_job(const mm_case *mc, uint32_t kernel, float *out, harness_job *job) {
    const tl_mm *mm = &mc->mm;
    memset(job, 0, sizeof *job);
    job->seed = SEED;
    job->probe.kind = TL_PROBE_MM;
    job->probe.kernel = kernel;
    job->probe.plan = (tl_probe_plan){.block_m = 4, .block_n = 4, .slices = 1};
    job->probe.mm = (tl_probe_mm){.m = mm->m,
                                  .n = mm->n,
                                  .k = mm->k,
                                  .runs = mm->runs,
                                  .a_m = mm->a_m,
                                  .a_k = mm->a_k,
                                  .b_n = mm->b_n,
                                  .b_k = mm->b_k,
                                  .c_m = mm->c_m,
                                  .c_n = mm->c_n,
                                  .init_m = mm->init_m,
                                  .init_n = mm->init_n};
    job->buffer[0] = buffer("a", &mc->a);
    job->buffer[1] = buffer("b", &mc->b);
    job->buffer[2] = buffer("c", &mc->c);
    job->buffer[2].out = out;
    if (mc->kind == MM_INIT_C) {
        job->buffer[3] = job->buffer[2];
        job->buffer[3].alias = 3;
        job->buffer[3].out = NULL;
    } else if (mc->kind != MM_INIT_NONE) {
        job->buffer[3] = buffer("init", &mc->init);
    }
    if (mm->runs > 1)
        job->buffer[4] =
            (harness_buffer){.name = "jump", .bytes = (mm->runs - 1) * sizeof(tl_jump), .in = mc->jump, .at = 0};
}

static sim *machine(harness *h) {
    char message[256];
    sim *s = harness_machine(h, message, sizeof message);
    if (!s)
        fail_msg("%s", message);
    return s;
}

static const char *probe_path;

/* A kernel's code as it was linked. */
static void fresh_code(const char *kernel, void *code, uint32_t bytes) {
    sim_machine settings;
    uint32_t address = 0;
    sim_machine_pulp8(&settings);
    sim *s = sim_create(&settings);
    assert_non_null(s);
    assert_int_equal(sim_load_file(s, probe_path), SIM_OK);
    assert_int_equal(sim_symbol(s, kernel, &address, NULL), SIM_OK);
    assert_int_equal(sim_read(s, address, code, bytes), SIM_OK);
    sim_destroy(s);
}

/* Every element of A becomes -0, every one of B positive. */
static void make_zeros(mm_case *mc) {
    for (uint32_t i = 0; i < mc->a.words; i++)
        mc->a.word[i] = isnan(mc->a.word[i]) ? NAN : -0.0f;
    for (uint32_t i = 0; i < mc->b.words; i++)
        mc->b.word[i] = fabsf(mc->b.word[i]);
}

/* All kernels from number `first` on. */
static void check_from(uint32_t first, harness *h, uint32_t number, uint32_t m, uint32_t n, uint32_t k, uint32_t runs,
                       mm_case_init kind, uint32_t cores, bool zeros) {
    static harness_result result;
    draw d = {SEED, number, 0};
    mm_case mc;
    mm_case_make(&mc, &d, m, n, k, runs, kind);
    if (zeros)
        make_zeros(&mc);
    if (4 * (mc.a.words + mc.b.words + mc.c.words + mc.init.words) > TL_L1_ARENA_BYTES - 512) {
        mm_case_free(&mc);
        return;
    }
    float *expected = mm_case_run(&mc, tl_mm_f32_naive);
    float *c = malloc(mc.c.words * sizeof *c);
    for (uint32_t i = first; i < tl_mm_count + tl_mm_fixed_count; i++) {
        harness_job job;
        /* The strides that are drawn are small: every fixed kernel reaches them. */
        if (i >= tl_mm_count && !mm_patch(machine(h), tl_mm_numbered(i), &mc.mm))
            fail_msg("%s, case %u: cannot be patched", tl_mm_numbered(i)->name, number);
        make_job(&mc, i, c, &job);
        const bool ran = harness_run(h, HARNESS_SIM, cores, &job, &result) && result.status == TL_OK;
        const bool same = ran && memcmp(c, expected, mc.c.words * sizeof *c) == 0;
        if (!same)
            fail_msg("%s, case %u, m %u n %u k %u runs %u init %d on %u cores: %s", tl_mm_numbered(i)->name, number, m,
                     n, k, runs, (int)kind, cores, ran ? "other bits than on the host" : result.message);
    }
    free(c);
    free(expected);
    mm_case_free(&mc);
}

static void check(harness *h, uint32_t number, uint32_t m, uint32_t n, uint32_t k, uint32_t runs, mm_case_init kind,
                  uint32_t cores, bool zeros) {
    check_from(0, h, number, m, n, k, runs, kind, cores, zeros);
}

/* Every shape of a block, with and without edges, one step of k and more. */
static void test_small(void **state) {
    uint32_t number = 0;
    for (uint32_t m = 1; m <= 9; m++)
        for (uint32_t n = 1; n <= 9; n++, number++)
            check(*state, number, m, n, 1 + number % 4, 1 + number % 3, (mm_case_init)(number / 2 % MM_INITS), 1,
                  false);
}

/* Sizes from 1 to 40: every pair of m and n, of m and k, and of n and k once; kernels in assembly. */
static void test_pairs(void **state) {
    enum { SIDE = 40 };
    uint32_t number = 10000, assembly = 0;
    while (tl_mm_table[assembly].run == tl_mm_f32_naive || tl_mm_table[assembly].run == tl_mm_f32_c_4x4)
        assembly++;
    for (uint32_t m = 1; m <= SIDE; m++) {
        for (uint32_t n = 1; n <= SIDE; n++, number++) {
            const mm_case_init kind = (mm_case_init)(number % 3 ? MM_INIT_NONE : number % MM_INITS);
            check_from(assembly, *state, number, m, n, 1 + (m + n) % SIDE, 1, kind, 1 + number % 8, false);
        }
    }
}

static void test_random(void **state) {
    for (uint32_t number = 1000; number < 1000 + RANDOM_CASES; number++) {
        draw d = {SEED, number, 1000};
        const uint32_t m = draw_range(&d, 1, LARGEST), n = draw_range(&d, 1, LARGEST);
        const uint32_t k = draw_range(&d, 1, LARGEST_K), runs = draw_range(&d, 1, 1 + LARGEST_K / k % MM_CASE_RUNS);
        const mm_case_init kind = (mm_case_init)draw_below(&d, MM_INITS);
        check(*state, number, m, n, k, runs, kind, draw_below(&d, 2) ? 8 : draw_range(&d, 1, 7), false);
    }
}

/* Sums of -0: wherever a sum starts at something else than its first product, the sign is lost. */
static void test_negative_zero(void **state) {
    uint32_t number = 2000;
    for (uint32_t m = 1; m <= 6; m++)
        for (uint32_t n = 1; n <= 6; n++, number++)
            check(*state, number, m, n, 1 + number % 2, 1 + number / 2 % 2, MM_INIT_NONE, 1, true);
}

/* A kernel patched for other strides, and back for those it was assembled for, is as it was assembled. */
static void test_patched_is_assembled(void **state) {
    sim *s = machine(*state);
    for (uint32_t i = 0; i < tl_mm_fixed_count; i++) {
        const tl_mm_info *kernel = &tl_mm_fixed_table[i];
        static const tl_mm assembled = {.a_m = 256, .a_k = 4, .b_n = 256, .b_k = 4};
        static const tl_mm other = {.a_m = -40, .a_k = 12, .b_n = 8, .b_k = -100};
        uint32_t address, bytes, differ = 0;
        char *before, *after;
        assert_int_equal(sim_symbol(s, kernel->name, &address, &bytes), SIM_OK);
        before = malloc(bytes);
        after = malloc(bytes);
        assert_true(before && after && bytes > 0);
        fresh_code(kernel->name, before, bytes);
        assert_true(mm_patch(s, kernel, &other));
        sim_read(s, address, after, bytes);
        for (uint32_t at = 0; at < bytes; at += 4)
            differ += memcmp(before + at, after + at, 4) != 0;
        assert_true(differ > 100);
        assert_true(mm_patch(s, kernel, &assembled));
        sim_read(s, address, after, bytes);
        assert_memory_equal(before, after, bytes);
        free(before);
        free(after);
    }
}

/* Strides out of reach are refused: the outermost row of four stands two strides before the middle one. */
static void test_reach(void **state) {
    (void)state;
    const tl_mm_info *kernel = &tl_mm_fixed_table[0];
    assert_int_equal(kernel->mr, 4);
    assert_int_equal(kernel->nr, 5);
    assert_true(tl_mm_fixed_applicable(kernel, &(tl_mm){.a_m = 1024, .a_k = 2044, .b_n = 1020, .b_k = -2048}));
    assert_false(tl_mm_fixed_applicable(kernel, &(tl_mm){.a_m = 1028, .a_k = 4, .b_n = 4, .b_k = 4}));
    assert_false(tl_mm_fixed_applicable(kernel, &(tl_mm){.a_m = 4, .a_k = 2048, .b_n = 4, .b_k = 4}));
    assert_false(tl_mm_fixed_applicable(kernel, &(tl_mm){.a_m = 4, .a_k = 4, .b_n = 1024, .b_k = 4}));
    assert_false(tl_mm_fixed_applicable(kernel, &(tl_mm){.a_m = 4, .a_k = 4, .b_n = -1024, .b_k = 4}));
    assert_false(tl_mm_fixed_applicable(kernel, &(tl_mm){.a_m = 4, .a_k = 4, .b_n = 4, .b_k = -2052}));
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s PROBE.elf [TEST]\n", argv[0]);
        return 2;
    }
    probe_path = argv[1];
    harness *h = harness_create(argv[1], NULL);
    if (!h) {
        fprintf(stderr, "%s: out of memory\n", argv[0]);
        return 3;
    }
    if (argc > 2)
        cmocka_set_test_filter(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_small, h),
        cmocka_unit_test_prestate(test_pairs, h),
        cmocka_unit_test_prestate(test_random, h),
        cmocka_unit_test_prestate(test_negative_zero, h),
        cmocka_unit_test_prestate(test_patched_is_assembled, h),
        cmocka_unit_test(test_reach),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    harness_destroy(h);
    return failed;
}
