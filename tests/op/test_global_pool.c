/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/op/channels_case.h"
#include "tests/ref/ref_channels.h"

enum { SEED = 7001 };

static tl_status supported(const tl_probe *p, uint32_t l1_bytes) {
    return tl_global_avg_pool_supported(&p->global_pool, (tl_pass)p->pass, &p->channels_plan, l1_bytes);
}

static tl_status plan(tl_probe *p, uint32_t l1_bytes) {
    return tl_global_avg_pool_plan(&p->global_pool, (tl_pass)p->pass, l1_bytes, &p->channels_plan);
}

static void run(op_test *t, uint16_t n, uint16_t h, uint16_t w, uint16_t c) {
    tl_probe *p = &t->job.probe;
    const tl_global_pool *pool = &p->global_pool;
    p->global_pool = (tl_global_pool){n, h, w, c};
    const uint32_t pixels = (uint32_t)h * w, nx = n * pixels * c, ny = (uint32_t)n * c;
    channels_choose(t, supported, plan, pixels);
    if (p->pass == TL_FORWARD) {
        double *x = op_wide(t, nx, op_input(t, 0, "x", nx)), *y = op_doubles(t, ny), *sum = op_doubles(t, ny);
        ref_global_avg_pool_forward(pool, x, y, sum);
        op_expect(t, 1, "y", ny, y, sum, pixels + 3.0);
    } else {
        double *dy = op_wide(t, ny, op_input(t, 0, "dy", ny)), *dx = op_doubles(t, nx), *sum = op_doubles(t, nx);
        ref_global_avg_pool_grad_x(pool, dy, dx, sum);
        op_expect(t, 1, "dx", nx, dx, sum, 3);
    }
    op_some_in_l1(t);
    op_finish(t);
}

static void sweep(op_test *t, tl_pass pass, uint32_t seed) {
    for (uint32_t number = 0; number < 1200; ++number) {
        if (op_skip(t, number, 6))
            continue;
        op_begin(t, TL_PROBE_GLOBAL_AVG_POOL, seed, number);
        t->job.probe.pass = pass;
        uint16_t size[4];
        channels_sizes(t, size);
        run(t, size[0], size[1], size[2], size[3]);
    }
}

static void forward(void **state) {
    sweep(*state, TL_FORWARD, SEED);
}

static void grad_x(void **state) {
    sweep(*state, TL_GRAD_X, SEED + 1);
}

/* Of the MLPerf Tiny models, and beyond L1. */
static void named_layers(void **state) {
    static const uint16_t layers[][4] = {{1, 8, 8, 64}, {1, 25, 5, 64}, {1, 3, 3, 256}, {2, 31, 37, 24}, {1, 1, 1, 1}};
    op_test *t = *state;
    for (uint32_t number = 0; number < 10; ++number) {
        op_begin(t, TL_PROBE_GLOBAL_AVG_POOL, SEED + 2, number);
        t->job.probe.pass = number < 5 ? TL_FORWARD : TL_GRAD_X;
        const uint16_t *s = layers[number % 5];
        run(t, s[0], s[1], s[2], s[3]);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(named_layers), cmocka_unit_test(forward),
                                       cmocka_unit_test(grad_x)};
    return op_main(argc, argv, "global_pool", tests, sizeof tests / sizeof tests[0]);
}
