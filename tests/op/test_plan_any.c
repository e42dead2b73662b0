/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tl_<op>_plan for layers of random sizes, from a single element to far beyond L1, and for any L1: where the smallest
 * tiles there are would fit, there is a plan, and the plan can be run.
 */
#include "platform/budget.h"
#include "tests/op/op_test.h"

enum { SEED = 8001, CASES = 20000, L1 = TL_L1_ARENA_BYTES };

static const tl_pass passes[] = {TL_FORWARD, TL_GRAD_W, TL_GRAD_X};

/* Mostly small, now and then large. */
static uint32_t size(draw *d, uint32_t most) {
    static const uint32_t limits[] = {4, 16, 40, 300, 2000};
    uint32_t limit = limits[draw_below(d, 5)];
    return draw_range(d, 1, limit < most ? limit : most);
}

/* All of L1 in half of the cases. */
static uint32_t l1_bytes(draw *d) {
    return draw_below(d, 2) ? L1 : draw_range(d, 0, draw_below(d, 2) ? 4096 : L1);
}

static void check(const char *op, const draw *d, tl_pass pass, uint32_t l1, tl_status least, tl_status planned,
                  tl_status supported) {
    /* Not many small tiles but a single large one may be what fits: it needs no second buffer. */
    if (planned != least && (least != TL_BAD_PLAN || planned != TL_OK))
        fail_msg("%s, case %u, pass %d, %u bytes of L1: the smallest plan's status is %d, that of tl_%s_plan %d", op,
                 d->number, (int)pass, l1, (int)least, op, (int)planned);
    if (planned == TL_OK && supported != TL_OK)
        fail_msg("%s, case %u, pass %d, %u bytes of L1: the plan that was made is refused (%d)", op, d->number,
                 (int)pass, l1, (int)supported);
}

static tl_mm_plan least_mm(void) {
    return (tl_mm_plan){.kernel = tl_mm_f32_naive,
                        .block_m = 1,
                        .block_n = 1,
                        .slices = 1,
                        .buffers = 1,
                        .rows = 1,
                        .cols = 1,
                        .o = 1,
                        .c = 1};
}

static void conv(void **state) {
    (void)state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED, .number = number};
        const tl_conv layer = {.n = (uint16_t)draw_range(&d, 1, 3),
                               .h = (uint16_t)size(&d, 300),
                               .w = (uint16_t)size(&d, 300),
                               .c = (uint16_t)size(&d, 600),
                               .o = (uint16_t)size(&d, 600),
                               .kh = (uint16_t)size(&d, 20),
                               .kw = (uint16_t)size(&d, 20),
                               .stride_h = (uint8_t)draw_range(&d, 1, 5),
                               .stride_w = (uint8_t)draw_range(&d, 1, 5),
                               .top = (uint8_t)draw_below(&d, 4),
                               .left = (uint8_t)draw_below(&d, 4),
                               .bottom = (uint8_t)draw_below(&d, 4),
                               .right = (uint8_t)draw_below(&d, 4)};
        const tl_pass pass = passes[number % 3];
        const uint32_t l1 = l1_bytes(&d);
        tl_mm_plan plan = least_mm();
        const tl_status least = tl_conv_supported(&layer, pass, &plan, l1);
        const tl_status planned = tl_conv_plan(&layer, pass, l1, &plan);
        check("conv", &d, pass, l1, least, planned,
              planned == TL_OK ? tl_conv_supported(&layer, pass, &plan, l1) : TL_OK);
    }
}

static void linear(void **state) {
    (void)state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED + 1, .number = number};
        const tl_linear layer = {(uint16_t)size(&d, 300), (uint16_t)size(&d, 2000), (uint16_t)size(&d, 2000)};
        const tl_pass pass = passes[number % 3];
        const uint32_t l1 = l1_bytes(&d);
        tl_mm_plan plan = least_mm();
        const tl_status least = tl_linear_supported(&layer, pass, &plan, l1);
        const tl_status planned = tl_linear_plan(&layer, pass, l1, &plan);
        check("linear", &d, pass, l1, least, planned,
              planned == TL_OK ? tl_linear_supported(&layer, pass, &plan, l1) : TL_OK);
    }
}

static void linear_one(void **state) {
    (void)state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED + 2, .number = number};
        const tl_linear layer = {(uint16_t)(draw_below(&d, 20) ? 1 : 2), (uint16_t)size(&d, 2000),
                                 (uint16_t)size(&d, 2000)};
        const uint32_t l1 = l1_bytes(&d);
        /* Narrower tiles are left to tl_linear_plan. */
        const uint32_t states = draw_below(&d, 3);
        tl_stream_plan plan = {.rows = 1, .cols = 64, .states = (uint8_t)states};
        const tl_status least = tl_linear_one_supported(&layer, &plan, l1);
        const tl_status planned = tl_linear_one_plan(&layer, states, l1, &plan);
        check("linear_one", &d, TL_FORWARD, l1, least, planned,
              planned == TL_OK ? tl_linear_one_supported(&layer, &plan, l1) : TL_OK);
    }
}

static void depthwise(void **state) {
    (void)state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED + 3, .number = number};
        const uint32_t k = draw_below(&d, 2) ? 3 : size(&d, 12), s = draw_range(&d, 1, 3);
        const tl_depthwise layer = {.n = (uint16_t)draw_range(&d, 1, 3),
                                    .h = (uint16_t)size(&d, 300),
                                    .w = (uint16_t)size(&d, 300),
                                    .c = (uint16_t)size(&d, 600),
                                    .kh = (uint16_t)k,
                                    .kw = (uint16_t)(draw_below(&d, 2) ? k : size(&d, 12)),
                                    .stride_h = (uint8_t)s,
                                    .stride_w = (uint8_t)(draw_below(&d, 2) ? s : draw_range(&d, 1, 5)),
                                    .top = (uint8_t)draw_below(&d, 4),
                                    .left = (uint8_t)draw_below(&d, 4),
                                    .bottom = (uint8_t)draw_below(&d, 4),
                                    .right = (uint8_t)draw_below(&d, 4)};
        const tl_pass pass = passes[number % 3];
        const uint32_t l1 = l1_bytes(&d);
        tl_planes_plan plan = {.rows = 1, .c = 1, .slices = 1, .buffers = 1};
        const tl_status least = tl_depthwise_supported(&layer, pass, &plan, l1);
        const tl_status planned = tl_depthwise_plan(&layer, pass, l1, &plan);
        check("depthwise", &d, pass, l1, least, planned,
              planned == TL_OK ? tl_depthwise_supported(&layer, pass, &plan, l1) : TL_OK);
    }
}

static void pools(void **state) {
    (void)state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED + 4, .number = number};
        const tl_pool layer = {.n = (uint16_t)draw_range(&d, 1, 3),
                               .h = (uint16_t)size(&d, 300),
                               .w = (uint16_t)size(&d, 300),
                               .c = (uint16_t)size(&d, 600),
                               .kh = (uint8_t)size(&d, 4),
                               .kw = (uint8_t)size(&d, 4),
                               .stride_h = (uint8_t)draw_range(&d, 1, 5),
                               .stride_w = (uint8_t)draw_range(&d, 1, 5),
                               .top = (uint8_t)draw_below(&d, 3),
                               .left = (uint8_t)draw_below(&d, 3),
                               .bottom = (uint8_t)draw_below(&d, 3),
                               .right = (uint8_t)draw_below(&d, 3)};
        const tl_pass pass = passes[2 * (number % 2)];
        const uint32_t l1 = l1_bytes(&d);
        tl_window_plan plan = {1};
        tl_status least = tl_max_pool_supported(&layer, pass, &plan, l1);
        tl_status planned = tl_max_pool_plan(&layer, pass, l1, &plan);
        check("max_pool", &d, pass, l1, least, planned,
              planned == TL_OK ? tl_max_pool_supported(&layer, pass, &plan, l1) : TL_OK);
        plan.rows = 1;
        least = tl_avg_pool_supported(&layer, pass, &plan, l1);
        planned = tl_avg_pool_plan(&layer, pass, l1, &plan);
        check("avg_pool", &d, pass, l1, least, planned,
              planned == TL_OK ? tl_avg_pool_supported(&layer, pass, &plan, l1) : TL_OK);
    }
}

static void channels(void **state) {
    (void)state;
    for (uint32_t number = 0; number < CASES; ++number) {
        draw d = {.seed = SEED + 5, .number = number};
        const tl_batch_norm norm = {.n = (uint16_t)draw_range(&d, 1, 3),
                                    .h = (uint16_t)size(&d, 300),
                                    .w = (uint16_t)size(&d, 300),
                                    .c = (uint16_t)size(&d, 2000),
                                    .eps = 1e-5f,
                                    .momentum = 0.9f};
        const tl_global_pool pool = {norm.n, norm.h, norm.w, norm.c};
        const uint32_t pixels = (uint32_t)norm.n * norm.h * norm.w, image = (uint32_t)norm.h * norm.w;
        const tl_pass pass = passes[number % 3];
        const uint32_t l1 = l1_bytes(&d);
        tl_channels_plan plan = {.pixels = 1, .slices = 1, .buffers = (uint8_t)(pixels < 3 ? pixels : 3)};
        tl_status least = tl_batch_norm_supported(&norm, pass, &plan, l1);
        tl_status planned = tl_batch_norm_plan(&norm, pass, l1, &plan);
        check("batch_norm", &d, pass, l1, least, planned,
              planned == TL_OK ? tl_batch_norm_supported(&norm, pass, &plan, l1) : TL_OK);
        if (pass == TL_GRAD_W)
            continue;
        plan = (tl_channels_plan){.pixels = 1, .slices = 1, .buffers = (uint8_t)(image < 3 ? image : 3)};
        least = tl_global_avg_pool_supported(&pool, pass, &plan, l1);
        planned = tl_global_avg_pool_plan(&pool, pass, l1, &plan);
        check("global_avg_pool", &d, pass, l1, least, planned,
              planned == TL_OK ? tl_global_avg_pool_supported(&pool, pass, &plan, l1) : TL_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv),      cmocka_unit_test(linear), cmocka_unit_test(linear_one),
        cmocka_unit_test(depthwise), cmocka_unit_test(pools),  cmocka_unit_test(channels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
