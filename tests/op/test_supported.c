/* SPDX-License-Identifier: Apache-2.0 */
/* What tl_<op>_supported and tl_<op>_plan must let through, and what not. */
#include "platform/budget.h"
#include "tests/op/op_test.h"

enum { L1 = TL_L1_ARENA_BYTES };

static const tl_pass passes[] = {TL_FORWARD, TL_GRAD_W, TL_GRAD_X};
static const tl_conv good_conv = {2, 9, 8, 3, 5, 3, 2, 1, 2, 1, 0, 1, 1, 0, 0, 0};
static const tl_pool good_pool = {2, 9, 8, 3, 3, 2, 1, 2, 1, 0, 1, 1};

static tl_mm_plan good_plan(void) {
    return (tl_mm_plan){
        .kernel = tl_mm_table[0].run, .block_m = 4, .block_n = 4, .slices = 2, .rows = 3, .cols = 4, .o = 5, .c = 3};
}

static void conv_sizes(void **state) {
    (void)state;
    tl_conv bad[32];
    uint32_t count = 0;
#define BAD(field, value)                                                                                              \
    do {                                                                                                               \
        bad[count] = good_conv;                                                                                        \
        bad[count++].field = (value);                                                                                  \
    } while (0)
    BAD(n, 0);
    BAD(h, 0);
    BAD(w, 0);
    BAD(c, 0);
    BAD(o, 0);
    BAD(kh, 0);
    BAD(kw, 0);
    BAD(stride_h, 0);
    BAD(stride_w, 0);
    BAD(kh, 12); /* 9 rows and 2 of padding hold no window of 12 */
    BAD(kw, 10); /* 8 columns and 1 */
    BAD(kh, 65535);
    BAD(kw, 65535);
    BAD(groups, 2); /* 3 input and 5 output channels */
    BAD(groups, 3);
    BAD(groups, 5);
    BAD(groups, 15);
    BAD(dilation_h, 6); /* 3 taps so far apart take 13 rows of 11 */
    BAD(dilation_w, 9); /* 2 take 10 columns of 9 */
    BAD(dilation_h, 255);
#undef BAD
    bad[count++] = (tl_conv){65535, 65535, 65535, 65535, 65535, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0};
    bad[count++] = (tl_conv){1, 1, 1, 65535, 65535, 255, 255, 1, 1, 127, 127, 127, 127, 0, 0, 0};
    for (uint32_t p = 0; p < 3; ++p) {
        tl_mm_plan plan = good_plan();
        assert_int_equal(tl_conv_supported(&good_conv, passes[p], &plan, L1), TL_OK);
        assert_int_equal(tl_conv_plan(&good_conv, passes[p], L1, &plan), TL_OK);
        for (uint32_t i = 0; i < count; ++i) {
            plan = good_plan();
            tl_status status = tl_conv_supported(&bad[i], passes[p], &plan, L1);
            tl_status planned = tl_conv_plan(&bad[i], passes[p], L1, &plan);
            if (status != TL_BAD_SIZES || planned != TL_BAD_SIZES)
                fail_msg("pass %u, bad size %u: supported says %d, plan %d", p, i, (int)status, (int)planned);
        }
    }
}

/* The largest padding that is no padding at all for the output: 9 + 2 rows hold exactly one window of 11. */
static void conv_sizes_just_right(void **state) {
    (void)state;
    tl_conv conv = good_conv;
    conv.kh = 11;
    conv.kw = 9;
    tl_mm_plan plan = good_plan();
    for (uint32_t p = 0; p < 3; ++p)
        assert_int_equal(tl_conv_supported(&conv, passes[p], &plan, L1), TL_OK);
    assert_int_equal(tl_conv_out_h(&conv), 1);
    assert_int_equal(tl_conv_out_w(&conv), 1);
    assert_int_equal(tl_conv_macs(&conv), 2 * 1 * 1 * 5 * 11 * 9 * 3);
    conv.kh = 3;
    conv.kw = 2;
    conv.dilation_h = 5;
    conv.dilation_w = 8;
    for (uint32_t p = 0; p < 3; ++p)
        assert_int_equal(tl_conv_supported(&conv, passes[p], &plan, L1), TL_OK);
    assert_int_equal(tl_conv_out_h(&conv), 1);
    assert_int_equal(tl_conv_out_w(&conv), 1);
    conv.c = 6;
    conv.o = 15;
    conv.groups = 3;
    for (uint32_t p = 0; p < 3; ++p)
        assert_int_equal(tl_conv_supported(&conv, passes[p], &plan, L1), TL_OK);
    assert_int_equal(tl_conv_macs(&conv), 2 * 1 * 1 * 15 * 3 * 2 * 2);
}

/* A residual, and what sinks change, want room; each optimiser for what it keeps. */
static void conv_fused(void **state) {
    (void)state;
    const tl_conv conv = {.n = 1, .h = 8, .w = 8, .c = 8, .o = 8, .kh = 3, .kw = 3, .stride_h = 1, .stride_w = 1};
    const uint32_t w = 3 * 8 * 3 * 8, y = 6 * 6 * 8;
    tl_mm_plan plan = good_plan();
    plan.rows = plan.cols = plan.o = plan.c = UINT16_MAX;
    plan.slices = 1;
    uint32_t forward = 0, grad_w = 0;
    while (tl_conv_supported(&conv, TL_FORWARD, &plan, forward) != TL_OK)
        forward += 4;
    while (tl_conv_supported(&conv, TL_GRAD_W, &plan, grad_w) != TL_OK)
        grad_w += 4;
    assert_int_equal(tl_conv_forward_add_supported(&conv, &plan, forward + 4 * y), TL_OK);
    assert_int_equal(tl_conv_forward_add_supported(&conv, &plan, forward + 4 * y - 4), TL_BAD_PLAN);
    for (uint32_t tensors = 1; tensors <= 3; ++tensors) {
        const tl_rule rule = (tl_rule)(tensors - 1);
        const uint32_t bytes = grad_w + tensors * 4 * (w + 8);
        assert_int_equal(tl_conv_update_supported(&conv, rule, &plan, bytes), TL_OK);
        assert_int_equal(tl_conv_update_supported(&conv, rule, &plan, bytes - 4), TL_BAD_PLAN);
        tl_mm_plan made;
        assert_int_equal(tl_conv_update_plan(&conv, rule, bytes, &made), TL_OK);
        assert_int_equal(tl_conv_update_plan(&conv, rule, 64, &made), TL_BAD_PLAN);
    }
}

static void conv_out_sizes(void **state) {
    (void)state;
    for (uint32_t number = 0; number < 20000; ++number) {
        draw d = {.seed = 7001, .number = number};
        tl_conv conv = {.n = 1,
                        .h = (uint16_t)draw_range(&d, 1, 40),
                        .w = (uint16_t)draw_range(&d, 1, 40),
                        .c = 1,
                        .o = 1,
                        .kh = (uint16_t)draw_range(&d, 1, 50),
                        .kw = (uint16_t)draw_range(&d, 1, 50),
                        .stride_h = (uint8_t)draw_range(&d, 1, 9),
                        .stride_w = (uint8_t)draw_range(&d, 1, 9),
                        .top = (uint8_t)draw_below(&d, 9),
                        .left = (uint8_t)draw_below(&d, 9),
                        .bottom = (uint8_t)draw_below(&d, 9),
                        .right = (uint8_t)draw_below(&d, 9)};
        tl_mm_plan plan;
        bool none = ref_conv_out_h(&conv) == 0 || ref_conv_out_w(&conv) == 0;
        tl_status status = tl_conv_plan(&conv, passes[number % 3], L1, &plan);
        if (tl_conv_out_h(&conv) != ref_conv_out_h(&conv) || tl_conv_out_w(&conv) != ref_conv_out_w(&conv) ||
            status != (none ? TL_BAD_SIZES : TL_OK))
            fail_msg("case %u: output %ux%u, should be %zux%zu; status %d", number, tl_conv_out_h(&conv),
                     tl_conv_out_w(&conv), ref_conv_out_h(&conv), ref_conv_out_w(&conv), (int)status);
    }
}

static void plans(void **state) {
    (void)state;
    tl_mm_plan bad[9];
    for (uint32_t i = 0; i < 9; ++i)
        bad[i] = good_plan();
    bad[0].kernel = NULL;
    bad[1].block_m = 0;
    bad[2].block_n = 0;
    bad[3].slices = 0;
    bad[4].rows = 0;
    bad[5].cols = 0;
    bad[6].o = 0;
    bad[7].c = 0;
    bad[8].padded = 2;
    tl_linear linear = {2, 30, 20};
    for (uint32_t p = 0; p < 3; ++p) {
        for (uint32_t i = 0; i < 9; ++i) {
            if (tl_conv_supported(&good_conv, passes[p], &bad[i], L1) != TL_BAD_PLAN ||
                tl_linear_supported(&linear, passes[p], &bad[i], L1) != TL_BAD_PLAN)
                fail_msg("pass %u: bad plan %u was let through", p, i);
        }
    }
    /* Padded is what a kernel goes along by rows, and no run that goes across pixels. */
    tl_mm_plan padded = good_plan();
    padded.padded = 1;
    for (uint32_t p = 0; p < 3; ++p) {
        assert_int_equal(tl_conv_supported(&good_conv, passes[p], &padded, L1),
                         passes[p] == TL_GRAD_X ? TL_OK : TL_BAD_PLAN);
        assert_int_equal(tl_linear_supported(&linear, passes[p], &padded, L1),
                         passes[p] == TL_GRAD_W ? TL_BAD_PLAN : TL_OK);
    }
    tl_conv large = {1, 200, 200, 64, 64, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0};
    tl_mm_plan whole = good_plan();
    whole.rows = whole.cols = whole.o = whole.c = UINT16_MAX;
    for (uint32_t p = 0; p < 3; ++p) {
        assert_int_equal(tl_conv_supported(&large, passes[p], &whole, L1), TL_BAD_PLAN);
        assert_int_equal(tl_conv_supported(&good_conv, passes[p], &whole, L1), TL_OK);
        /* Slices want room too. */
        tl_mm_plan sliced = good_plan();
        sliced.rows = sliced.cols = 9;
        sliced.o = 5;
        tl_conv wide = {1, 40, 40, 16, 64, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0};
        sliced.o = sliced.c = 64;
        sliced.slices = 255;
        assert_int_equal(tl_conv_supported(&wide, passes[p], &sliced, L1), TL_BAD_PLAN);
        tl_mm_plan none;
        assert_int_equal(tl_conv_plan(&good_conv, passes[p], 16, &none), TL_BAD_PLAN);
        assert_int_equal(tl_linear_plan(&linear, passes[p], 12, &none), TL_BAD_PLAN);
    }
}

/* More L1 never makes a plan worse off, and sums of sizes do not wrap around. */
static void no_wrapping(void **state) {
    (void)state;
    for (uint32_t number = 0; number < 3000; ++number) {
        draw d = {.seed = 7002, .number = number};
        tl_conv conv = {.n = 1,
                        .h = (uint16_t)draw_range(&d, 1000, 65535),
                        .w = (uint16_t)draw_range(&d, 1, 200),
                        .c = (uint16_t)draw_range(&d, 1, 8),
                        .o = (uint16_t)draw_range(&d, 1, 8),
                        .kh = (uint16_t)draw_range(&d, 1, 999),
                        .kw = 1,
                        .stride_h = (uint8_t)draw_range(&d, 1, 255),
                        .stride_w = (uint8_t)draw_range(&d, 1, 255)};
        tl_mm_plan plan = good_plan();
        plan.rows = plan.cols = plan.o = plan.c = UINT16_MAX;
        plan.slices = (uint8_t)draw_range(&d, 1, 255);
        uint64_t x = (uint64_t)conv.h * conv.w * conv.c;
        uint64_t y = (uint64_t)ref_conv_out_h(&conv) * ref_conv_out_w(&conv) * conv.o;
        for (uint32_t p = 0; p < 3; ++p) {
            tl_status status = tl_conv_supported(&conv, passes[p], &plan, L1);
            if (status == TL_OK && (passes[p] == TL_GRAD_X ? x : y) * 4 > L1)
                fail_msg("case %u pass %u: a tile of %llu bytes is said to fit", number, p,
                         (unsigned long long)((passes[p] == TL_GRAD_X ? x : y) * 4));
        }
    }
}

static void linear_sizes(void **state) {
    (void)state;
    static const tl_linear bad[] = {{0, 3, 4}, {3, 0, 4}, {3, 4, 0}};
    for (uint32_t p = 0; p < 3; ++p) {
        for (uint32_t i = 0; i < 3; ++i) {
            tl_mm_plan plan = good_plan();
            assert_int_equal(tl_linear_supported(&bad[i], passes[p], &plan, L1), TL_BAD_SIZES);
            assert_int_equal(tl_linear_plan(&bad[i], passes[p], L1, &plan), TL_BAD_SIZES);
        }
        tl_mm_plan plan = good_plan();
        tl_linear linear = {7, 11, 13};
        assert_int_equal(tl_linear_supported(&linear, passes[p], &plan, L1), TL_OK);
        assert_int_equal(tl_linear_macs(&linear), 7 * 11 * 13);
    }
}

static void pool_sizes(void **state) {
    (void)state;
    tl_pool bad[32];
    uint32_t count = 0;
#define BAD(field, value)                                                                                              \
    do {                                                                                                               \
        bad[count] = good_pool;                                                                                        \
        bad[count++].field = (value);                                                                                  \
    } while (0)
    BAD(n, 0);
    BAD(h, 0);
    BAD(w, 0);
    BAD(c, 0);
    BAD(kh, 0);
    BAD(kw, 0);
    BAD(stride_h, 0);
    BAD(stride_w, 0);
    BAD(top, 3); /* as many as the kernel has */
    BAD(bottom, 3);
    BAD(left, 2);
    BAD(right, 2);
    BAD(kh, 12);
    BAD(kw, 10);
#undef BAD
    bad[count++] = (tl_pool){1, 100, 100, 1, 16, 17, 1, 1, 0, 0, 0, 0}; /* 272 places do not fit a byte */
    bad[count++] = (tl_pool){65535, 65535, 65535, 65535, 1, 1, 1, 1, 0, 0, 0, 0};
    tl_window_plan plan = {3}, none = {0};
    for (uint32_t i = 0; i < count; ++i) {
        for (uint32_t p = 0; p < 3; p += 2) {
            tl_status status = tl_max_pool_supported(&bad[i], passes[p], &plan, L1);
            tl_window_plan made;
            tl_status planned = tl_max_pool_plan(&bad[i], passes[p], L1, &made);
            if (status != TL_BAD_SIZES || planned != TL_BAD_SIZES)
                fail_msg("pass %u, bad size %u: supported says %d, plan %d", p, i, (int)status, (int)planned);
        }
    }
    for (uint32_t p = 0; p < 3; p += 2) {
        assert_int_equal(tl_max_pool_supported(&good_pool, passes[p], &plan, L1), TL_OK);
        assert_int_equal(tl_max_pool_supported(&good_pool, passes[p], &none, L1), TL_BAD_PLAN);
        assert_int_equal(tl_max_pool_supported(&good_pool, passes[p], &plan, 64), TL_BAD_PLAN);
        tl_pool large = {1, 100, 100, 64, 2, 2, 2, 2, 0, 0, 0, 0};
        tl_window_plan whole = {UINT16_MAX};
        assert_int_equal(tl_max_pool_supported(&large, passes[p], &whole, L1), TL_BAD_PLAN);
        /* One row of it is more than L1 holds. */
        tl_pool wide = {1, 4, 60000, 8, 2, 2, 2, 2, 0, 0, 0, 0};
        assert_int_equal(tl_max_pool_plan(&wide, passes[p], L1, &whole), TL_BAD_PLAN);
    }
    assert_int_equal(tl_max_pool_supported(&good_pool, TL_GRAD_W, &plan, L1), TL_BAD_PLAN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv_sizes),   cmocka_unit_test(conv_sizes_just_right),
        cmocka_unit_test(conv_fused),   cmocka_unit_test(conv_out_sizes),
        cmocka_unit_test(plans),        cmocka_unit_test(no_wrapping),
        cmocka_unit_test(linear_sizes), cmocka_unit_test(pool_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
