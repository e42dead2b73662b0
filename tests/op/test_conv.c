/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/budget.h"
#include "tests/op/conv_case.h"
#include <math.h>

enum { SEED = 1001, QUICK = 60000 };

static const tl_pass passes[] = {TL_FORWARD, TL_GRAD_W, TL_GRAD_X};

static void set(op_test *t, const tl_conv *conv, tl_pass pass) {
    t->job.probe.conv = *conv;
    t->job.probe.pass = pass;
    conv_case_fuse(t);
}

/* Every height and width from 1 to 17, with the usual kernels. */
static void all_sizes(void **state) {
    static const uint8_t kernels[][2] = {{1, 1}, {3, 3}, {5, 5}, {2, 3}};
    op_test *t = *state;
    for (uint32_t number = 0; number < 17 * 17 * 4; ++number) {
        if (op_skip(t, number, 19))
            continue;
        uint32_t index = number / 4;
        for (uint32_t p = 0; p < 3; ++p) {
            op_begin(t, TL_PROBE_CONV, SEED + p, number);
            const uint8_t *kernel = kernels[number % 4];
            tl_conv conv = {.n = 1,
                            .h = (uint16_t)(index / 17 + 1),
                            .w = (uint16_t)(index % 17 + 1),
                            .c = (uint16_t)draw_range(&t->draw, 1, 5),
                            .o = (uint16_t)draw_range(&t->draw, 1, 5),
                            .kh = kernel[0],
                            .kw = kernel[1],
                            .stride_h = (uint8_t)draw_range(&t->draw, 1, 2),
                            .stride_w = (uint8_t)draw_range(&t->draw, 1, 2)};
            if (op_chance(t, 2)) {
                conv.top = conv.bottom = (uint8_t)(kernel[0] / 2);
                conv.left = conv.right = (uint8_t)(kernel[1] / 2);
            }
            conv_case_make_fit(t, &conv);
            set(t, &conv, passes[p]);
            conv_case_plan(t);
            conv_case_run(t);
        }
    }
}

/* Everything at random: batch, stride beyond the kernel, padding on one side, channels, tiles, slices. */
static void random_layers(op_test *t, tl_pass pass, uint32_t seed) {
    for (uint32_t number = 0; number < 1500; ++number) {
        if (op_skip(t, number, pass == TL_GRAD_X ? 43 : 23))
            continue;
        op_begin(t, TL_PROBE_CONV, seed, number);
        tl_conv conv = conv_case_random(t, QUICK);
        set(t, &conv, pass);
        conv_case_plan(t);
        conv_case_run(t);
    }
}

static void random_forward(void **state) {
    random_layers(*state, TL_FORWARD, SEED + 10);
}

static void random_grad_w(void **state) {
    random_layers(*state, TL_GRAD_W, SEED + 11);
}

static void random_grad_x(void **state) {
    random_layers(*state, TL_GRAD_X, SEED + 12);
}

/* Corners by name: n, h, w, c, o, kh, kw, stride_h, stride_w, top, left, bottom, right. */
static const tl_conv corners[] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0},   /* the smallest there is */
    {1, 2, 3, 20, 3, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0},  /* more cores than rows and than output channels */
    {1, 3, 2, 1, 20, 3, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0},  /* one output pixel */
    {1, 17, 13, 3, 5, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0}, /* stride beyond the kernel */
    {1, 16, 11, 3, 5, 1, 1, 3, 2, 0, 0, 0, 0, 0, 0, 0}, /* stride beyond a kernel of one pixel */
    {1, 9, 7, 5, 8, 3, 3, 1, 1, 2, 0, 0, 0, 0, 0, 0},   /* padding on one side only: each of the four */
    {1, 9, 7, 5, 8, 3, 3, 1, 1, 0, 2, 0, 0, 0, 0, 0},
    {1, 9, 7, 5, 8, 3, 3, 1, 1, 0, 0, 2, 0, 0, 0, 0},
    {1, 9, 7, 5, 8, 3, 3, 1, 1, 0, 0, 0, 2, 0, 0, 0},
    {1, 3, 2, 8, 5, 5, 7, 1, 1, 2, 3, 2, 3, 0, 0, 0},       /* kernel beyond the image */
    {1, 1, 1, 16, 16, 7, 7, 1, 1, 3, 3, 3, 3, 0, 0, 0},     /* nearly all padding */
    {1, 2, 2, 3, 5, 2, 2, 1, 1, 3, 3, 3, 3, 0, 0, 0},       /* padding beyond the kernel: windows that hold no pixel */
    {3, 5, 4, 3, 5, 3, 2, 2, 3, 1, 1, 0, 0, 0, 0, 0},       /* batch, nothing square */
    {8, 4, 6, 5, 3, 3, 3, 1, 2, 1, 0, 1, 1, 0, 0, 0},       /* batch of eight */
    {2, 1, 17, 8, 3, 1, 5, 1, 2, 0, 2, 0, 2, 0, 0, 0},      /* one row */
    {2, 17, 1, 3, 8, 5, 1, 2, 1, 2, 0, 2, 0, 0, 0, 0},      /* one column */
    {1, 10, 10, 1, 1, 3, 3, 12, 15, 1, 1, 1, 1, 0, 0, 0},   /* stride beyond the image */
    {1, 10, 10, 1, 1, 3, 3, 255, 255, 1, 1, 1, 1, 0, 0, 0}, /* the largest stride */
};

static void named_corners(void **state) {
    op_test *t = *state;
    const uint32_t count = sizeof corners / sizeof corners[0];
    for (uint32_t number = 0; number < count * 3 * 10; ++number) {
        uint32_t of_corner = number / count;
        /* A stride of 255 has 65025 phases in grad_x: too many for the simulator. */
        if (t->place == HARNESS_SIM && (of_corner >= 6 || corners[number % count].stride_h == 255))
            continue;
        op_begin(t, TL_PROBE_CONV, SEED + 20, number);
        set(t, &corners[number % count], passes[of_corner % 3]);
        if (of_corner < 3)
            conv_case_plan_within(t, TL_L1_ARENA_BYTES);
        else
            conv_case_plan(t);
        conv_case_run(t);
    }
}

/* Layers beyond L1, by the library's plans and by plans that cut one dimension each. */
static void larger_than_l1(void **state) {
    static const tl_conv layers[] = {
        {1, 60, 50, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0}, {1, 31, 33, 20, 16, 3, 3, 2, 2, 1, 1, 1, 1, 0, 0, 0},
        {1, 5, 6, 64, 72, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0}, {2, 40, 30, 5, 20, 5, 3, 1, 2, 0, 2, 2, 1, 0, 0, 0},
        {1, 3, 500, 8, 8, 1, 5, 1, 1, 0, 0, 0, 4, 0, 0, 0},
    };
    static const uint16_t all = UINT16_MAX;
    static const tl_probe_plan cuts[] = {
        {4, 4, 1, 2, 5, 9, 7, 5, {0}, 0, 0},
        {4, 4, 1, 1, 1, all, 16, 8, {0}, 0, 0},
        {4, 4, 2, 2, 5, 9, 8, 16, {0}, 0, 0},
        {4, 4, 3, 1, 2, 11, 17, 4, {0}, 0, 0},
    };
    op_test *t = *state;
    const uint32_t count = sizeof layers / sizeof layers[0], kinds = 1 + sizeof cuts / sizeof cuts[0];
    for (uint32_t number = 0; number < count * 3 * kinds; ++number) {
        uint32_t kind = number / count / 3;
        if (t->place == HARNESS_SIM && number % (kind == 0 ? 2 : 11) != 0)
            continue;
        op_begin(t, TL_PROBE_CONV, SEED + 30, number);
        set(t, &layers[number % count], passes[number / count % 3]);
        if (kind == 0) {
            conv_case_plan_within(t, TL_L1_ARENA_BYTES);
        } else {
            t->job.probe.kernel = number % tl_mm_count;
            t->job.probe.plan = cuts[kind - 1];
            t->job.probe.residual = t->job.probe.update = 0; /* for which there is no room */
        }
        conv_case_run(t);
    }
}

/* Every kernel of the list, in every pass, with every number of slices. */
static void all_kernels(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < tl_mm_count * 3 * 5 * 2; ++number) {
        if (op_skip(t, number, 3))
            continue;
        op_begin(t, TL_PROBE_CONV, SEED + 40, number);
        tl_conv conv = conv_case_random(t, QUICK);
        set(t, &conv, passes[number / tl_mm_count % 3]);
        tl_probe *p = &t->job.probe;
        p->kernel = number % tl_mm_count;
        p->plan = (tl_probe_plan){tl_mm_table[p->kernel].mr, tl_mm_table[p->kernel].nr, 1, 1, 4, 5, 6, 7, {0}, 0, 0};
        p->plan.buffers = (uint8_t)draw_range(&t->draw, 1, 2);
        p->plan.slices = (uint8_t)(number / tl_mm_count / 3 % 5 + 1);
        conv_case_run(t);
    }
}

/* Plans for kernels of fixed strides: by the library's rule, which names strides wherever channels can be left whole,
 * and a step away from them, which is refused. */
static void fixed_kernels(void **state) {
    static const uint32_t l1[] = {4096, 16384, TL_L1_ARENA_BYTES};
    op_test *t = *state;
    uint32_t fixed = 0;
    for (uint32_t number = 0; number < 120; ++number) {
        if (op_skip(t, number, 5))
            continue;
        op_begin(t, TL_PROBE_CONV, SEED + 60, number);
        tl_conv conv = conv_case_random(t, QUICK);
        set(t, &conv, passes[number % 3]);
        tl_probe *p = &t->job.probe;
        const uint32_t l1_bytes = OP_PICK(t, l1);
        tl_mm_plan plan;
        if (tl_conv_plan_fixed(&conv, passes[number % 3], l1_bytes, &plan) != TL_OK)
            continue;
        assert_true(harness_set_plan(p, &plan));
        assert_int_equal(tl_conv_supported(&conv, passes[number % 3], &plan, l1_bytes), TL_OK);
        if (p->kernel >= tl_mm_count) {
            int16_t *stride[] = {&plan.strides.a_m, &plan.strides.a_k, &plan.strides.b_n, &plan.strides.b_k};
            *stride[number / 3 % 4] = (int16_t)(*stride[number / 3 % 4] + 4);
            assert_int_equal(tl_conv_supported(&conv, passes[number % 3], &plan, l1_bytes), TL_BAD_PLAN);
            plan.strides = (tl_mm_strides){0};
            assert_int_equal(tl_conv_supported(&conv, passes[number % 3], &plan, l1_bytes), TL_BAD_PLAN);
            ++fixed;
        }
        conv_case_run(t);
    }
    assert_true(fixed > (t->place == HARNESS_SIM ? 2 : 60));
}

/* NaNs and infinities come out exactly where the formula has them. */
static void not_finite(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 90; ++number) {
        if (op_skip(t, number, 5))
            continue;
        op_begin(t, TL_PROBE_CONV, SEED + 50, number);
        tl_conv conv = conv_case_random(t, 20000);
        tl_pass pass = passes[number % 3];
        set(t, &conv, pass);
        conv_case_plan(t);
        t->poison = op_chance(t, 2) ? NAN : INFINITY;
        conv_case_run(t);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_corners), cmocka_unit_test(all_kernels),    cmocka_unit_test(not_finite),
        cmocka_unit_test(fixed_kernels), cmocka_unit_test(random_forward), cmocka_unit_test(random_grad_w),
        cmocka_unit_test(random_grad_x), cmocka_unit_test(all_sizes),      cmocka_unit_test(larger_than_l1),
    };
    return op_main(argc, argv, "conv", tests, sizeof tests / sizeof tests[0]);
}
