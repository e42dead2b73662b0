/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/budget.h"
#include "tests/op/op_test.h"
#include <math.h>

enum { SEED = 3001 };

static uint32_t x_elements(const tl_pool *p) {
    return (uint32_t)p->n * p->h * p->w * p->c;
}

static uint32_t y_elements(const tl_pool *p) {
    return (uint32_t)(p->n * ref_pool_out_h(p) * ref_pool_out_w(p)) * p->c;
}

static tl_pool random_pool(op_test *t) {
    draw *d = &t->draw;
    static const uint16_t channels[] = {1, 3, 5, 8, 16, 20, 2, 7};
    for (;;) {
        tl_pool pool = {
            .n = (uint16_t)(op_chance(t, 3) ? draw_range(d, 2, 4) : 1),
            .h = (uint16_t)draw_range(d, 1, 17),
            .w = (uint16_t)draw_range(d, 1, 17),
            .c = OP_PICK(t, channels),
            .kh = (uint8_t)draw_range(d, 1, 5),
            .kw = (uint8_t)draw_range(d, 1, 5),
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

static void plan(op_test *t, uint32_t l1_bytes) {
    tl_probe *p = &t->job.probe;
    while (tl_max_pool_plan(&p->pool, (tl_pass)p->pass, l1_bytes, &p->window_plan) != TL_OK) {
        if (l1_bytes >= TL_L1_ARENA_BYTES)
            op_fail(t, "tl_max_pool_plan", l1_bytes, "no plan");
        l1_bytes *= 2;
        if (l1_bytes > TL_L1_ARENA_BYTES)
            l1_bytes = TL_L1_ARENA_BYTES;
    }
}

static void limit_l1(op_test *t) {
    const tl_probe *p = &t->job.probe;
    uint32_t too_few = 0, enough = TL_L1_ARENA_BYTES;
    while (enough - too_few > 1) {
        uint32_t middle = (too_few + enough) / 2;
        if (tl_max_pool_supported(&p->pool, (tl_pass)p->pass, &p->window_plan, middle) == TL_OK)
            enough = middle;
        else
            too_few = middle;
    }
    t->job.l1_bytes = enough;
}

static void forward(op_test *t, float special) {
    const tl_pool *pool = &t->job.probe.pool;
    uint32_t nx = x_elements(pool), ny = y_elements(pool);
    float *x = op_input(t, 0, "x", nx);
    /* Ties, in a third of the cases: the first maximum counts. */
    bool ties = op_chance(t, 3);
    for (uint32_t i = 0; i < nx; ++i)
        if (ties)
            x[i] = (float)draw_range(&t->draw, 0, 2) - 3.0f;
    for (uint32_t i = 0; special != 0 && i < nx; i += draw_range(&t->draw, 1, 20))
        x[i] = special;
    double *y = op_doubles(t, ny), *sum = op_doubles(t, ny);
    uint8_t *arg = op_memory(t, ny);
    ref_max_pool_forward(pool, op_wide(t, nx, x), y, arg);
    op_expect(t, 1, "y", ny, y, sum, 0);
    op_expect_bytes(t, 2, "arg", ny, arg);
    limit_l1(t);
    op_some_in_l1(t);
    op_finish(t);
}

static void grad_x(op_test *t) {
    const tl_pool *pool = &t->job.probe.pool;
    uint32_t nx = x_elements(pool), ny = y_elements(pool);
    double *x = op_doubles(t, nx), *y = op_doubles(t, ny), *dx = op_doubles(t, nx), *sum = op_doubles(t, nx);
    uint8_t *arg = op_memory(t, ny);
    for (uint32_t i = 0; i < nx; ++i)
        x[i] = (double)draw_value(&t->draw);
    ref_max_pool_forward(pool, x, y, arg);
    double *dy = op_wide(t, ny, op_input(t, 0, "dy", ny));
    op_input_bytes(t, 1, "arg", arg, ny);
    ref_max_pool_grad_x(pool, dy, arg, dx, sum);
    op_expect(t, 2, "dx", nx, dx, sum, (double)pool->kh * pool->kw);
    limit_l1(t);
    op_some_in_l1(t);
    op_finish(t);
}

static void random_layers(op_test *t, tl_pass pass, uint32_t seed) {
    static const uint32_t l1[] = {256, 1024, 4096, TL_L1_ARENA_BYTES};
    for (uint32_t number = 0; number < 2000; ++number) {
        if (op_skip(t, number, 8))
            continue;
        op_begin(t, TL_PROBE_MAX_POOL, seed, number);
        t->job.probe.pool = random_pool(t);
        t->job.probe.pass = pass;
        if (op_chance(t, 3))
            t->job.probe.window_plan.rows = (uint16_t)(op_chance(t, 4) ? UINT16_MAX : draw_range(&t->draw, 1, 6));
        else
            plan(t, OP_PICK(t, l1));
        if (tl_max_pool_supported(&t->job.probe.pool, pass, &t->job.probe.window_plan, TL_L1_ARENA_BYTES) != TL_OK)
            plan(t, TL_L1_ARENA_BYTES);
        if (pass == TL_FORWARD)
            forward(t, 0);
        else
            grad_x(t);
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
    {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},       {1, 2, 2, 1, 2, 2, 2, 2, 0, 0, 0, 0},
    {1, 3, 2, 5, 5, 4, 1, 1, 2, 1, 2, 1}, /* kernel beyond the image */
    {2, 7, 5, 3, 2, 2, 4, 5, 0, 0, 0, 0}, /* stride beyond the kernel: pixels in no window */
    {1, 9, 8, 3, 3, 3, 1, 1, 2, 0, 0, 0}, /* padding on one side */
    {1, 9, 8, 3, 3, 3, 1, 1, 0, 2, 0, 0},       {1, 9, 8, 3, 3, 3, 1, 1, 0, 0, 2, 0},
    {1, 9, 8, 3, 3, 3, 1, 1, 0, 0, 0, 2},       {1, 17, 16, 1, 16, 16, 1, 1, 0, 0, 0, 0}, /* 256 places in a window */
    {1, 28, 28, 20, 2, 2, 2, 2, 0, 0, 0, 0},                                              /* beyond L1 */
    {3, 31, 29, 16, 3, 2, 2, 1, 1, 1, 1, 0},    {1, 2, 200, 8, 2, 3, 1, 2, 1, 0, 0, 2},
    {1, 10, 10, 3, 2, 2, 255, 255, 1, 1, 1, 1},
};

static void named_corners(void **state) {
    op_test *t = *state;
    const uint32_t count = sizeof corners / sizeof corners[0];
    for (uint32_t number = 0; number < count * 2; ++number) {
        op_begin(t, TL_PROBE_MAX_POOL, SEED + 2, number);
        t->job.probe.pool = corners[number % count];
        t->job.probe.pass = number < count ? TL_FORWARD : TL_GRAD_X;
        plan(t, TL_L1_ARENA_BYTES);
        if (number < count)
            forward(t, 0);
        else
            grad_x(t);
    }
}

/* A NaN is its window's maximum; an image of -infinity has maxima too. */
static void not_finite(void **state) {
    static const float special[] = {NAN, INFINITY, -INFINITY};
    op_test *t = *state;
    for (uint32_t number = 0; number < 60; ++number) {
        if (op_skip(t, number, 4))
            continue;
        op_begin(t, TL_PROBE_MAX_POOL, SEED + 3, number);
        t->job.probe.pool = random_pool(t);
        t->job.probe.pass = TL_FORWARD;
        plan(t, TL_L1_ARENA_BYTES);
        forward(t, special[number % 3]);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_corners),
        cmocka_unit_test(random_forward),
        cmocka_unit_test(random_grad_x),
        cmocka_unit_test(not_finite),
    };
    return op_main(argc, argv, "pool", tests, sizeof tests / sizeof tests[0]);
}
