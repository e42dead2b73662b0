/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/op/channels_case.h"
#include "tests/ref/ref_channels.h"
#include <math.h>
#include <string.h>

enum { SEED = 8001 };

static tl_status supported(const tl_probe *p, uint32_t l1_bytes) {
    return tl_batch_norm_supported(&p->norm, (tl_pass)p->pass, &p->channels_plan, l1_bytes);
}

static tl_status plan(tl_probe *p, uint32_t l1_bytes) {
    return tl_batch_norm_plan(&p->norm, (tl_pass)p->pass, l1_bytes, &p->channels_plan);
}

/* What a case works with: doubles beside the buffers. */
typedef struct norm_case {
    const tl_batch_norm *norm;
    uint32_t c, n; /* channels, elements of x */
    double rounding;
    float *x, *dy;
} norm_case;

/* A layer's input: means from 0 to a thousand deviations away, channels that do not vary, now and then a NaN. */
static void draw_input(op_test *t, norm_case *k) {
    static const float far[] = {0.0f, 0.0f, 3.0f, -40.0f, 1000.0f};
    k->x = op_input(t, 0, "x", k->n);
    const bool flat = op_chance(t, 10);
    for (uint32_t c = 0; c < k->c; ++c) {
        const float mean = OP_PICK(t, far);
        for (uint32_t i = c; i < k->n; i += k->c)
            k->x[i] = flat ? mean : mean + k->x[i];
    }
    if (op_chance(t, 30))
        k->x[draw_below(&t->draw, k->n)] = NAN;
}

static void begin(op_test *t, norm_case *k, uint16_t size[4]) {
    static const float eps[] = {1e-5f, 1e-3f, 0.5f}, momentum[] = {0.9f, 0.99f, 0.0f, 1.0f};
    tl_probe *p = &t->job.probe;
    p->norm = (tl_batch_norm){.n = size[0],
                              .h = size[1],
                              .w = size[2],
                              .c = size[3],
                              .eps = OP_PICK(t, eps),
                              .momentum = OP_PICK(t, momentum),
                              .correction = draw_below(&t->draw, 2)};
    const uint32_t pixels = (uint32_t)ref_batch_norm_pixels(&p->norm);
    if (pixels == 1)
        p->norm.correction = 0;
    *k = (norm_case){.norm = &p->norm, .c = size[3], .n = pixels * size[3], .rounding = pixels + 16.0};
    channels_choose(t, supported, plan, pixels);
    draw_input(t, k);
}

static float *variances(op_test *t, float *var, uint32_t n) {
    for (uint32_t i = 0; i < n; ++i)
        var[i] = op_chance(t, 10) ? 0.0f : fabsf(var[i]);
    return var;
}

static void relu(uint32_t n, double *y) {
    ref_relu_forward(n, y, y);
}

static void run_forward(op_test *t, norm_case *k) {
    const uint32_t c = k->c;
    t->job.probe.relu = op_chance(t, 2);
    double *parameters = op_wide(t, 2 * c, op_input(t, 1, "gamma, beta", 2 * c));
    float *vectors = op_input(t, 2, "running and batch's statistics", 4 * c);
    variances(t, vectors + c, c);
    double *kept = op_wide(t, 4 * c, vectors), *kept_sum = op_doubles(t, 4 * c);
    double *y = op_doubles(t, k->n), *y_sum = op_doubles(t, k->n);
    ref_batch_norm_forward(k->norm, op_wide(t, k->n, k->x), parameters, kept, y, kept_sum, y_sum);
    if (t->job.probe.relu)
        relu(k->n, y);
    op_expect(t, 2, "running and batch's statistics", 4 * c, kept, kept_sum, k->rounding);
    op_expect(t, 3, "y", k->n, y, y_sum, k->rounding);
    if (op_chance(t, 4))
        op_in_place(t, 3, 0);
    else
        op_some_in_l1(t);
}

static void run_grad(op_test *t, norm_case *k, bool with_dx) {
    const uint32_t c = k->c;
    k->dy = op_input(t, 1, "dy", k->n);
    float *vectors = op_input(t, 2, "gamma, mean, rstd, dgamma, dbeta", 5 * c);
    double *x = op_wide(t, k->n, k->x), *any = op_doubles(t, k->n), *kept = op_doubles(t, 4 * c);
    ref_batch_norm_forward(k->norm, x, op_doubles(t, 2 * c), kept, any, NULL, NULL);
    for (uint32_t i = 0; i < 2 * c; ++i)
        vectors[c + i] = (float)kept[2 * c + i];
    double *wide = op_wide(t, 5 * c, vectors), *wide_sum = op_doubles(t, 5 * c);
    double *dx = with_dx ? op_doubles(t, k->n) : NULL, *dx_sum = op_doubles(t, k->n);
    ref_batch_norm_grad(k->norm, x, op_wide(t, k->n, k->dy), wide, dx, wide_sum, dx_sum);
    op_expect(t, 2, "gamma, mean, rstd, dgamma, dbeta", 5 * c, wide, wide_sum, k->rounding);
    if (with_dx)
        op_expect(t, 3, "dx", k->n, dx, dx_sum, k->rounding);
    if (with_dx && op_chance(t, 4))
        op_in_place(t, 3, 1);
    else
        op_some_in_l1(t);
}

static void run_frozen_forward(op_test *t, norm_case *k) {
    const uint32_t c = k->c;
    t->job.probe.relu = op_chance(t, 2);
    float *parameters = op_input(t, 1, "gamma, beta, mean, var", 4 * c);
    variances(t, parameters + 3 * c, c);
    double *y = op_doubles(t, k->n), *y_sum = op_doubles(t, k->n);
    ref_batch_norm_frozen_forward(k->norm, op_wide(t, k->n, k->x), op_wide(t, 4 * c, parameters), y, y_sum);
    if (t->job.probe.relu)
        relu(k->n, y);
    op_expect(t, 2, "y", k->n, y, y_sum, 10);
    if (op_chance(t, 4))
        op_in_place(t, 2, 0);
    else
        op_some_in_l1(t);
}

static void run_frozen_grad_w(op_test *t, norm_case *k) {
    const uint32_t c = k->c;
    k->dy = op_input(t, 1, "dy", k->n);
    float *vectors = op_input(t, 2, "mean, var, dgamma, dbeta", 4 * c);
    variances(t, vectors + c, c);
    double *wide = op_wide(t, 4 * c, vectors), *sum = op_doubles(t, 4 * c);
    ref_batch_norm_frozen_grad_w(k->norm, op_wide(t, k->n, k->x), op_wide(t, k->n, k->dy), wide, sum);
    op_expect(t, 2, "mean, var, dgamma, dbeta", 4 * c, wide, sum, k->rounding);
    op_some_in_l1(t);
}

static void run_frozen_grad_x(op_test *t, norm_case *k) {
    const uint32_t c = k->c;
    float *vectors = op_input(t, 1, "gamma, var", 2 * c);
    variances(t, vectors + c, c);
    double *dx = op_doubles(t, k->n), *sum = op_doubles(t, k->n);
    ref_batch_norm_frozen_grad_x(k->norm, op_wide(t, k->n, k->x), op_wide(t, 2 * c, vectors), dx);
    for (uint32_t i = 0; i < k->n; ++i)
        sum[i] = fabs(dx[i]);
    op_expect(t, 2, "dx", k->n, dx, sum, 8);
    if (op_chance(t, 4))
        op_in_place(t, 2, 0);
    else
        op_some_in_l1(t);
}

static void run(op_test *t, uint32_t kind, tl_pass pass, uint32_t seed, uint32_t number, const uint16_t *given) {
    norm_case k;
    uint16_t size[4];
    op_begin(t, kind, seed, number);
    t->job.probe.pass = pass;
    if (given)
        memcpy(size, given, sizeof size);
    else
        channels_sizes(t, size);
    begin(t, &k, size);
    if (kind == TL_PROBE_BATCH_NORM && pass == TL_FORWARD)
        run_forward(t, &k);
    else if (kind == TL_PROBE_BATCH_NORM)
        run_grad(t, &k, pass == TL_GRAD_X);
    else if (pass == TL_FORWARD)
        run_frozen_forward(t, &k);
    else if (pass == TL_GRAD_W)
        run_frozen_grad_w(t, &k);
    else
        run_frozen_grad_x(t, &k);
    op_finish(t);
}

static void sweep(op_test *t, uint32_t kind, tl_pass pass, uint32_t seed) {
    for (uint32_t number = 0; number < 800; ++number)
        if (!op_skip(t, number, 7))
            run(t, kind, pass, seed, number, NULL);
}

static void forward(void **state) {
    sweep(*state, TL_PROBE_BATCH_NORM, TL_FORWARD, SEED);
}

static void grad(void **state) {
    sweep(*state, TL_PROBE_BATCH_NORM, TL_GRAD_X, SEED + 1);
}

static void grad_w(void **state) {
    sweep(*state, TL_PROBE_BATCH_NORM, TL_GRAD_W, SEED + 2);
}

static void frozen_forward(void **state) {
    sweep(*state, TL_PROBE_BATCH_NORM_FROZEN, TL_FORWARD, SEED + 3);
}

static void frozen_grad_w(void **state) {
    sweep(*state, TL_PROBE_BATCH_NORM_FROZEN, TL_GRAD_W, SEED + 4);
}

static void frozen_grad_x(void **state) {
    sweep(*state, TL_PROBE_BATCH_NORM_FROZEN, TL_GRAD_X, SEED + 5);
}

/* Of the MLPerf Tiny models and beyond L1, every pass. */
static void named_layers(void **state) {
    static const uint16_t layers[][4] = {{1, 25, 5, 64}, {1, 32, 32, 16}, {1, 48, 48, 8},
                                         {1, 3, 3, 256}, {8, 1, 1, 128},  {1, 1, 1, 1}};
    for (uint32_t number = 0; number < 36; ++number)
        run(*state, number < 18 ? TL_PROBE_BATCH_NORM : TL_PROBE_BATCH_NORM_FROZEN, (tl_pass)(number / 6 % 3), SEED + 6,
            number, layers[number % 6]);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_layers),  cmocka_unit_test(forward),        cmocka_unit_test(grad),
        cmocka_unit_test(grad_w),        cmocka_unit_test(frozen_forward), cmocka_unit_test(frozen_grad_w),
        cmocka_unit_test(frozen_grad_x),
    };
    return op_main(argc, argv, "batch_norm", tests, sizeof tests / sizeof tests[0]);
}
