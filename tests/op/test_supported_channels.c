/* SPDX-License-Identifier: Apache-2.0 */
/* What tl_<op>_supported and tl_<op>_plan of normalisation and average pooling must let through, and what not. */
#include "platform/budget.h"
#include "tests/op/op_test.h"
#include <math.h>

enum { L1 = TL_L1_ARENA_BYTES };

static const tl_pass passes[] = {TL_FORWARD, TL_GRAD_W, TL_GRAD_X};
static const tl_batch_norm good_norm = {2, 9, 8, 20, 1e-5f, 0.9f, 1};
static const tl_channels_plan good_plan = {.pixels = 48, .slices = 8, .buffers = 3};

static void norm_sizes(void **state) {
    (void)state;
    tl_batch_norm bad[16];
    uint32_t count = 0;
#define BAD(field, value)                                                                                              \
    do {                                                                                                               \
        bad[count] = good_norm;                                                                                        \
        bad[count++].field = (value);                                                                                  \
    } while (0)
    BAD(n, 0);
    BAD(h, 0);
    BAD(w, 0);
    BAD(c, 0);
    BAD(eps, 0.0f);
    BAD(eps, -1.0f);
    BAD(eps, NAN);
    BAD(momentum, -0.1f);
    BAD(momentum, 1.1f);
    BAD(momentum, NAN);
    BAD(correction, 2);
#undef BAD
    bad[count++] = (tl_batch_norm){1, 1, 1, 4, 1e-5f, 0.9f, 1};
    bad[count++] = (tl_batch_norm){65535, 65535, 65535, 65535, 1e-5f, 0.9f, 0};
    for (uint32_t p = 0; p < 3; ++p) {
        tl_channels_plan plan = good_plan;
        assert_int_equal(tl_batch_norm_supported(&good_norm, passes[p], &plan, L1), TL_OK);
        assert_int_equal(tl_batch_norm_plan(&good_norm, passes[p], L1, &plan), TL_OK);
        for (uint32_t i = 0; i < count; ++i) {
            plan = good_plan;
            tl_status status = tl_batch_norm_supported(&bad[i], passes[p], &plan, L1);
            tl_status planned = tl_batch_norm_plan(&bad[i], passes[p], L1, &plan);
            if (status != TL_BAD_SIZES || planned != TL_BAD_SIZES)
                fail_msg("pass %u, bad size %u: supported says %d, plan %d", p, i, (int)status, (int)planned);
        }
    }
    const tl_batch_norm one = {1, 1, 1, 4, 1e-5f, 0.9f, 0};
    assert_int_equal(tl_batch_norm_supported(&one, TL_FORWARD, &good_plan, L1), TL_OK);
}

static void norm_plans(void **state) {
    (void)state;
    /* 144 pixels of 20 channels. */
    static const tl_channels_plan bad[] = {
        {0, 8, 3},  {48, 0, 3}, {48, 9, 3}, {48, 8, 0}, {50, 8, 3}, /* tiles are not a multiple of the slices */
        {48, 8, 2},                                                 /* three tiles want three buffers */
    };
    static const tl_channels_plan good[] = {{48, 8, 3}, {72, 8, 2}, {144, 5, 1}, {1000, 7, 1}, {1, 1, 255}};
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; ++i)
        assert_int_equal(tl_batch_norm_supported(&good_norm, TL_GRAD_X, &bad[i], L1), TL_BAD_PLAN);
    for (uint32_t i = 0; i < sizeof good / sizeof good[0]; ++i)
        assert_int_equal(tl_batch_norm_supported(&good_norm, TL_GRAD_X, &good[i], L1), TL_OK);
    /* 9 vectors, 2 sums of 8 slices; 3 tiles of x and dy. */
    const uint32_t enough = 4 * 20 * (9 + 2 * 8 + 3 * 48 * 2);
    assert_int_equal(tl_batch_norm_supported(&good_norm, TL_GRAD_X, &good_plan, enough), TL_OK);
    assert_int_equal(tl_batch_norm_supported(&good_norm, TL_GRAD_X, &good_plan, enough - 1), TL_BAD_PLAN);
    tl_channels_plan plan;
    assert_int_equal(tl_batch_norm_plan(&good_norm, TL_GRAD_X, 100, &plan), TL_BAD_PLAN);
    /* Every plan that is made is supported, however little L1 there is. */
    uint32_t made = 0;
    for (uint32_t bytes = 100; bytes <= L1; bytes += 356) {
        if (tl_batch_norm_plan(&good_norm, TL_GRAD_X, bytes, &plan) != TL_OK)
            continue;
        ++made;
        assert_int_equal(tl_batch_norm_supported(&good_norm, TL_GRAD_X, &plan, bytes), TL_OK);
    }
    assert_true(made > 100);
}

static void global_pool(void **state) {
    (void)state;
    const tl_global_pool good = {2, 9, 8, 20};
    const tl_global_pool bad[] = {{0, 9, 8, 20}, {2, 0, 8, 20}, {2, 9, 0, 20}, {2, 9, 8, 0}, {65535, 65535, 1, 1}};
    tl_channels_plan plan;
    assert_int_equal(tl_global_avg_pool_plan(&good, TL_FORWARD, L1, &plan), TL_OK);
    assert_int_equal(tl_global_avg_pool_supported(&good, TL_FORWARD, &plan, L1), TL_OK);
    assert_int_equal(tl_global_avg_pool_supported(&good, TL_GRAD_X, &plan, L1), TL_OK);
    assert_int_equal(tl_global_avg_pool_supported(&good, TL_GRAD_W, &plan, L1), TL_BAD_PLAN);
    assert_int_equal(tl_global_avg_pool_plan(&good, TL_GRAD_W, L1, &plan), TL_BAD_PLAN);
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        assert_int_equal(tl_global_avg_pool_supported(&bad[i], TL_FORWARD, &plan, L1), TL_BAD_SIZES);
        assert_int_equal(tl_global_avg_pool_plan(&bad[i], TL_GRAD_X, L1, &plan), TL_BAD_SIZES);
    }
}

static void avg_pool(void **state) {
    (void)state;
    const tl_pool good = {2, 9, 8, 3, 3, 2, 1, 2, 1, 0, 1, 1};
    tl_pool bad[] = {good, good, good, good, good, good};
    bad[0].c = 0;
    bad[1].stride_w = 0;
    bad[2].top = 3;   /* a window of padding only */
    bad[3].right = 2; /* the same */
    bad[4].kh = 12;   /* 9 rows and 2 of padding hold no window of 12 */
    bad[5].kw = 0;
    tl_window_plan plan;
    for (uint32_t p = 0; p < 3; p += 2) {
        assert_int_equal(tl_avg_pool_plan(&good, passes[p], L1, &plan), TL_OK);
        assert_int_equal(tl_avg_pool_supported(&good, passes[p], &plan, L1), TL_OK);
        assert_int_equal(tl_avg_pool_supported(&good, passes[p], &(tl_window_plan){0}, L1), TL_BAD_PLAN);
        assert_int_equal(tl_avg_pool_plan(&good, passes[p], 100, &plan), TL_BAD_PLAN);
        for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; ++i)
            assert_int_equal(tl_avg_pool_supported(&bad[i], passes[p], &plan, L1), TL_BAD_SIZES);
    }
    assert_int_equal(tl_avg_pool_supported(&good, TL_GRAD_W, &(tl_window_plan){1}, L1), TL_BAD_PLAN);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(norm_sizes), cmocka_unit_test(norm_plans),
                                       cmocka_unit_test(global_pool), cmocka_unit_test(avg_pool)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
