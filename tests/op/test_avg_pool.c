/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/budget.h"
#include "tests/op/op_test.h"

enum { SEED = 9001 };

static uint32_t x_elements(const tl_pool *p) {
    return (uint32_t)p->n * p->h * p->w * p->c;
}

static uint32_t y_elements(const tl_pool *p) {
    return (uint32_t)(p->n * ref_pool_out_h(p) * ref_pool_out_w(p)) * p->c;
}

static tl_pool random_pool(op_test *t) {
    static const uint16_t channels[] = {1, 3, 5, 8, 16, 20, 4, 7, 24, 40};
    draw *d = &t->draw;
    for (;;) {
        tl_pool pool = {
            .n = (uint16_t)(op_chance(t, 3) ? draw_range(d, 2, 4) : 1),
            .h = (uint16_t)draw_range(d, 1, 17),
            .w = (uint16_t)draw_range(d, 1, 17),
            .c = OP_PICK(t, channels),
            .kh = (uint8_t)draw_range(d, 1, op_chance(t, 4) ? 17 : 5),
            .kw = (uint8_t)draw_range(d, 1, op_chance(t, 4) ? 17 : 5),
            .stride_h = (uint8_t)draw_range(d, 1, 5),
            .stride_w = (uint8_t)draw_range(d, 1, 5),
        };
        uint32_t sides = draw_below(d, 16); /* which of the four are padded */
        pool.top = (uint8_t)(sides & 1 ? draw_below(d, pool.kh) : 0);
        pool.left = (uint8_t)(sides & 2 ? draw_below(d, pool.kw) : 0);
        pool.bottom = (uint8_t)(sides & 4 ? draw_below(d, pool.kh) : 0);
        pool.right = (uint8_t)(sides & 8 ? draw_below(d, pool.kw) : 0);
        if (op_chance(t, 4)) { /* the common case has kernels of its own */
            pool.kh = pool.kw = pool.stride_h = pool.stride_w = 2;
            pool.top = pool.left = pool.bottom = pool.right = 0;
        }
        if (ref_pool_out_h(&pool) > 0 && ref_pool_out_w(&pool) > 0)
            return pool;
    }
}

static tl_status supported(const op_test *t, uint32_t l1_bytes) {
    const tl_probe *p = &t->job.probe;
    return tl_avg_pool_supported(&p->pool, (tl_pass)p->pass, &p->window_plan, l1_bytes);
}

/* The library's plan for `l1_bytes`, or for as many as it takes; and the bytes of L1 that it may write. */
static void plan(op_test *t, uint32_t l1_bytes) {
    tl_probe *p = &t->job.probe;
    while (tl_avg_pool_plan(&p->pool, (tl_pass)p->pass, l1_bytes, &p->window_plan) != TL_OK) {
        if (l1_bytes >= TL_L1_ARENA_BYTES)
            op_fail(t, "tl_avg_pool_plan", l1_bytes, "no plan");
        l1_bytes = 2 * l1_bytes < TL_L1_ARENA_BYTES ? 2 * l1_bytes : TL_L1_ARENA_BYTES;
    }
}

static void limit_l1(op_test *t) {
    uint32_t too_few = 0, enough = TL_L1_ARENA_BYTES;
    while (enough - too_few > 1) {
        uint32_t middle = (too_few + enough) / 2;
        if (supported(t, middle) == TL_OK)
            enough = middle;
        else
            too_few = middle;
    }
    t->job.l1_bytes = enough;
}

static void run(op_test *t) {
    const tl_probe *p = &t->job.probe;
    const tl_pool *pool = &p->pool;
    const bool padded = p->kind == TL_PROBE_AVG_POOL_PADDED, forward = p->pass == TL_FORWARD;
    const uint32_t nx = x_elements(pool), ny = y_elements(pool), ni = forward ? nx : ny, no = forward ? ny : nx;
    double *in = op_wide(t, ni, op_input(t, 0, forward ? "x" : "dy", ni));
    double *out = op_doubles(t, no), *sum = op_doubles(t, no);
    (forward ? ref_avg_pool_forward : ref_avg_pool_grad_x)(pool, padded, in, out, sum);
    op_expect(t, 1, forward ? "y" : "dx", no, out, sum, (double)pool->kh * pool->kw + 3);
    limit_l1(t);
    op_some_in_l1(t);
    op_finish(t);
}

static void random_layers(op_test *t, tl_pass pass, uint32_t seed) {
    static const uint32_t l1[] = {256, 1024, 4096, TL_L1_ARENA_BYTES};
    for (uint32_t number = 0; number < 2000; ++number) {
        if (op_skip(t, number, 8))
            continue;
        op_begin(t, TL_PROBE_AVG_POOL, seed, number);
        t->job.probe.kind = op_chance(t, 2) ? TL_PROBE_AVG_POOL : TL_PROBE_AVG_POOL_PADDED;
        t->job.probe.pool = random_pool(t);
        t->job.probe.pass = pass;
        if (op_chance(t, 3))
            t->job.probe.window_plan.rows = (uint16_t)(op_chance(t, 4) ? UINT16_MAX : draw_range(&t->draw, 1, 6));
        else
            plan(t, OP_PICK(t, l1));
        if (supported(t, TL_L1_ARENA_BYTES) != TL_OK)
            plan(t, TL_L1_ARENA_BYTES);
        run(t);
    }
}

static void random_forward(void **state) {
    random_layers(*state, TL_FORWARD, SEED);
}

static void random_grad_x(void **state) {
    random_layers(*state, TL_GRAD_X, SEED + 1);
}

/* n, h, w, c, kh, kw, stride_h, stride_w, top, left, bottom, right */
static const tl_pool corners[] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},    {1, 3, 2, 5, 5, 4, 1, 1, 2, 1, 2, 1}, /* kernel beyond the image */
    {2, 7, 5, 3, 2, 2, 4, 5, 0, 0, 0, 0}, /* stride beyond the kernel: pixels in no window */
    {1, 9, 8, 3, 3, 3, 1, 1, 2, 0, 0, 0}, /* padding on one side */
    {1, 9, 8, 3, 3, 3, 1, 1, 0, 0, 0, 2},    {1, 25, 5, 64, 24, 5, 1, 1, 0, 0, 0, 0}, /* keyword spotting's */
    {1, 28, 28, 20, 2, 2, 2, 2, 0, 0, 0, 0},                                          /* beyond L1 */
    {3, 31, 29, 16, 3, 2, 2, 1, 1, 1, 1, 0}, {1, 32, 32, 16, 3, 3, 1, 1, 1, 1, 1, 1},
    {1, 2, 200, 8, 2, 3, 1, 2, 1, 0, 0, 2},
};

static void named_corners(void **state) {
    op_test *t = *state;
    const uint32_t count = sizeof corners / sizeof corners[0];
    for (uint32_t number = 0; number < count * 4; ++number) {
        op_begin(t, number / count % 2 ? TL_PROBE_AVG_POOL : TL_PROBE_AVG_POOL_PADDED, SEED + 2, number);
        t->job.probe.pool = corners[number % count];
        t->job.probe.pass = number < 2 * count ? TL_FORWARD : TL_GRAD_X;
        plan(t, TL_L1_ARENA_BYTES);
        run(t);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(named_corners), cmocka_unit_test(random_forward),
                                       cmocka_unit_test(random_grad_x)};
    return op_main(argc, argv, "avg_pool", tests, sizeof tests / sizeof tests[0]);
}
