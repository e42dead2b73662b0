/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The known answers that the authors of Philox2x32-10 publish with it. */
static void known_answers(void **state) {
    (void)state;
    static const uint32_t cases[3][5] = {/* i, stream, seed; result */
                                         {0, 0, 0, 0xff1dae59, 0x6cd10df2},
                                         {0xffffffff, 0xffffffff, 0xffffffff, 0x2c3f628b, 0xab4fd7ad},
                                         {0x243f6a88, 0x85a308d3, 0x13198a2e, 0xdd7ce038, 0xf62a4c12}};
    for (int i = 0; i < 3; ++i) {
        uint32_t out[2];
        tl_random_block(cases[i][2], cases[i][1], cases[i][0], out);
        assert_int_equal(out[0], cases[i][3]);
        assert_int_equal(out[1], cases[i][4]);
    }
}

static void below(void **state) {
    (void)state;
    enum { N = 7, DRAWS = 70000 };
    uint32_t seen[N] = {0};
    for (uint32_t i = 0; i < DRAWS; ++i) {
        uint32_t value = tl_random_below(2, 5, i, N);
        assert_true(value < N);
        ++seen[value];
    }
    /* Five standard deviations of a binomial of 70000 and 1/7. */
    for (int i = 0; i < N; ++i)
        assert_in_range(seen[i], DRAWS / N - 463, DRAWS / N + 463);
    for (uint32_t i = 0; i < 100; ++i)
        assert_int_equal(tl_random_below(2, 5, i, 1), 0);
}

static void unit(void **state) {
    (void)state;
    const uint32_t draws = 100000;
    double sum = 0.0, squares = 0.0;
    for (uint32_t i = 0; i < draws; ++i) {
        float x = tl_random_unit(9, 1, i);
        assert_true(x >= 0.0f && x < 1.0f && x * 0x1p24f == (float)(uint32_t)(x * 0x1p24f));
        sum += (double)x;
        squares += (double)x * (double)x;
    }
    double mean = sum / draws, variance = squares / draws - mean * mean;
    assert_true(mean > 0.495 && mean < 0.505);
    assert_true(variance > 1.0 / 12 - 0.002 && variance < 1.0 / 12 + 0.002);
}

static void streams_differ(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 1000; ++i) {
        uint32_t a[2], b[2], c[2];
        tl_random_block(1, 1, i, a);
        tl_random_block(1, 2, i, b);
        tl_random_block(2, 1, i, c);
        assert_true(a[0] != b[0] || a[1] != b[1]);
        assert_true(a[0] != c[0] || a[1] != c[1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_answers), cmocka_unit_test(below), cmocka_unit_test(unit),
                                       cmocka_unit_test(streams_differ)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
