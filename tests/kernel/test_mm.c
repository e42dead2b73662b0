/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel of mm.def, natively: right to rounding, the same bits as the first, nothing else touched. */
#include "tests/kernel/mm_case.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEED = 7 };

static void check_sizes(uint32_t number, uint32_t m, uint32_t n, uint32_t k, uint32_t runs, mm_case_init kind) {
    draw d = {SEED, number, 0};
    mm_case mc;
    mm_case_make(&mc, &d, m, n, k, runs, kind);
    float *first = NULL;
    for (uint32_t i = 0; i < tl_mm_count; i++) {
        char message[160] = "";
        float *c = mm_case_run(&mc, tl_mm_table[i].run);
        const bool right = mm_case_check(&mc, c, message, sizeof message);
        if (!right)
            fail_msg("%s, case %u, m %u n %u k %u runs %u init %d: %s", tl_mm_table[i].name, number, m, n, k, runs,
                     (int)kind, message);
        if (!first) {
            first = c;
            continue;
        }
        if (memcmp(first, c, mc.c.words * sizeof *c) != 0)
            fail_msg("%s, case %u, m %u n %u k %u runs %u init %d: other bits than %s", tl_mm_table[i].name, number, m,
                     n, k, runs, (int)kind, tl_mm_table[0].name);
        free(c);
    }
    free(first);
    mm_case_free(&mc);
}

static void test_sizes(void **state) {
    (void)state;
    uint32_t number = 0;
    for (uint32_t m = 1; m <= 17; m++)
        for (uint32_t n = 1; n <= 17; n++)
            for (uint32_t k = 1; k <= 17; k++, number++)
                check_sizes(number, m, n, k, 1 + number % 3, (mm_case_init)(number % MM_INITS));
}

/* Sizes from 1 to 40, one of three: every pair of m and n, of m and k, and of n and k many times. */
static void test_more_sizes(void **state) {
    (void)state;
    enum { SIDE = 40 };
    for (uint32_t number = 0; number < SIDE * SIDE * SIDE; number++) {
        const uint32_t m = 1 + number % SIDE, n = 1 + number / SIDE % SIDE, k = 1 + number / SIDE / SIDE;
        if ((m + n + k) % 3 == 0)
            check_sizes(300000 + number, m, n, k, 1 + number % 2, (mm_case_init)(number % MM_INITS));
    }
}

static void test_runs(void **state) {
    (void)state;
    uint32_t number = 100000;
    for (uint32_t runs = 1; runs <= MM_CASE_RUNS; runs++)
        for (uint32_t kind = 0; kind < MM_INITS; kind++)
            for (uint32_t k = 1; k <= 3; k++, number++)
                check_sizes(number, 4 + number % 7, 4 + number % 5, k, runs, (mm_case_init)kind);
}

static void test_large(void **state) {
    (void)state;
    check_sizes(200000, 1, 72, 300, 1, MM_INIT_NONE);
    check_sizes(200001, 72, 1, 300, 2, MM_INIT_ROW);
    check_sizes(200002, 65, 67, 69, 3, MM_INIT_C);
}

/* The first product counts, not 0 plus the product: the sign of a zero tells. */
static void test_negative_zero(void **state) {
    (void)state;
    const float a[] = {-0.0f, -0.0f}, b[] = {1.0f, 1.0f}, plus[] = {0.0f};
    for (uint32_t i = 0; i < tl_mm_count; i++) {
        float c = 1.0f;
        tl_mm mm = {.a = a, .b = b, .c = &c, .m = 1, .n = 1, .k = 2, .runs = 1, .a_k = 4, .b_k = 4};
        tl_mm_table[i].run(&mm);
        assert_int_equal(signbit(c) != 0, 1);
        mm.init = plus;
        tl_mm_table[i].run(&mm);
        assert_int_equal(signbit(c) != 0, 0);
    }
}

/* The first product is rounded before the second is added. */
static void test_rounding(void **state) {
    (void)state;
    const float e = 0x1p-12f;
    const float a[] = {1.0f + e, 1.0f}, b[] = {1.0f + e, -1.0f - 2 * e};
    for (uint32_t i = 0; i < tl_mm_count; i++) {
        float c = 1.0f;
        const tl_mm mm = {.a = a, .b = b, .c = &c, .m = 1, .n = 1, .k = 2, .runs = 1, .a_k = 4, .b_k = 4};
        tl_mm_table[i].run(&mm);
        assert_true(c == 0.0f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes), cmocka_unit_test(test_more_sizes),    cmocka_unit_test(test_runs),
        cmocka_unit_test(test_large), cmocka_unit_test(test_negative_zero), cmocka_unit_test(test_rounding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
