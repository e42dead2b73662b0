/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/budget.h"
#include "tests/op/op_test.h"
#include <math.h>
#include <string.h>

enum { SEED = 4001, L1 = TL_L1_ARENA_BYTES };

static const tl_pass passes[] = {TL_FORWARD, TL_GRAD_W, TL_GRAD_X};

static tl_status supported(const tl_probe *p, uint32_t l1_bytes) {
    return tl_depthwise_supported(&p->depthwise, (tl_pass)p->pass, &p->planes_plan, l1_bytes);
}

static void plan_within(op_test *t, uint32_t l1_bytes) {
    tl_probe *p = &t->job.probe;
    while (tl_depthwise_plan(&p->depthwise, (tl_pass)p->pass, l1_bytes, &p->planes_plan) != TL_OK) {
        if (l1_bytes == L1)
            op_fail(t, "tl_depthwise_plan", l1_bytes, "no plan for a layer that can be cut to fit");
        l1_bytes = l1_bytes * 2 < L1 ? l1_bytes * 2 : L1;
    }
    if (supported(p, l1_bytes) != TL_OK)
        op_fail(t, "tl_depthwise_plan", l1_bytes, "the plan made for so much L1 is not supported in it");
}

/* By the library for any size of L1, or at random. */
static void plan(op_test *t) {
    static const uint32_t l1[] = {512, 1024, 4096, 16384, L1};
    draw *d = &t->draw;
    tl_planes_plan *p = &t->job.probe.planes_plan;
    if (!op_chance(t, 2)) {
        plan_within(t, OP_PICK(t, l1));
        return;
    }
    do {
        const uint32_t rows = (uint32_t)t->job.probe.depthwise.h, c = t->job.probe.depthwise.c;
        *p = (tl_planes_plan){.rows = (uint16_t)(op_chance(t, 3) ? UINT16_MAX : draw_range(d, (rows + 7) / 8, rows)),
                              .c = (uint16_t)(op_chance(t, 3) ? UINT16_MAX : draw_range(d, (c + 7) / 8, c)),
                              .slices = (uint8_t)(op_chance(t, 2) ? 1 : draw_range(d, 2, 9)),
                              .buffers = (uint8_t)draw_range(d, 1, 2)};
    } while (supported(&t->job.probe, L1) != TL_OK);
}

/* The step may only write the L1 that `supported` has asked for. */
static void limit_l1(op_test *t) {
    uint32_t too_few = 0, enough = L1;
    while (enough - too_few > 1) {
        uint32_t middle = (too_few + enough) / 2;
        if (supported(&t->job.probe, middle) == TL_OK)
            enough = middle;
        else
            too_few = middle;
    }
    t->job.l1_bytes = enough;
}

static float *poisoned(op_test *t, uint32_t i, const char *name, uint32_t n) {
    float *values = op_input(t, i, name, n);
    if (t->poison != 0)
        values[draw_below(&t->draw, n)] = t->poison;
    return values;
}

/* The result is added to what stands in output i before. */
static void add_before(op_test *t, uint32_t i, const char *name, uint32_t n, double *y, double *sum) {
    const float *before = op_input(t, i, name, n);
    for (uint32_t k = 0; k < n; ++k) {
        y[k] += (double)before[k];
        sum[k] += fabs((double)before[k]);
    }
}

static void run(op_test *t) {
    const tl_probe *p = &t->job.probe;
    const tl_depthwise *l = &p->depthwise;
    uint32_t nx = (uint32_t)l->n * l->h * l->w * l->c, nw = (uint32_t)l->kh * l->kw * l->c;
    uint32_t ny = (uint32_t)(l->n * ref_depthwise_out_h(l) * ref_depthwise_out_w(l)) * l->c;
    double roundings = (double)ref_depthwise_terms(l, (tl_pass)p->pass) + p->planes_plan.slices;
    limit_l1(t);
    /* Once more over what the first time has left in L1 and in the results. */
    if (op_chance(t, 4) && !t->job.probe.add)
        t->job.probe.repeat = 2;
    if (p->pass == TL_FORWARD) {
        double *x = op_wide(t, nx, poisoned(t, 0, "x", nx)), *w = op_wide(t, nw, op_input(t, 1, "w", nw));
        float *bias = op_chance(t, 3) ? NULL : op_input(t, 2, "b", l->c);
        /* Some beyond where a ReLU6 cuts off. */
        for (uint32_t i = 0; bias && p->relu == 2 && i < l->c; i += draw_range(&t->draw, 1, 4))
            bias[i] *= 16;
        double *b = bias ? op_wide(t, l->c, bias) : NULL;
        double *y = op_doubles(t, ny), *sum = op_doubles(t, ny);
        ref_depthwise_forward(l, x, w, b, y, sum);
        if (p->relu)
            (p->relu == 2 ? ref_relu6_forward : ref_relu_forward)(ny, y, y);
        op_expect(t, 3, "y", ny, y, sum, roundings);
    } else if (p->pass == TL_GRAD_W) {
        double *x = op_wide(t, nx, poisoned(t, 0, "x", nx)), *dy = op_wide(t, ny, op_input(t, 1, "dy", ny));
        double *dw = op_doubles(t, nw), *dw_sum = op_doubles(t, nw);
        double *db = op_doubles(t, l->c), *db_sum = op_doubles(t, l->c);
        const bool bias = !op_chance(t, 3);
        ref_depthwise_grad_w(l, x, dy, dw, dw_sum, db, db_sum);
        if (p->add) {
            add_before(t, 2, "dw", nw, dw, dw_sum);
            if (bias)
                add_before(t, 3, "db", l->c, db, db_sum);
            roundings += 1;
        }
        op_expect(t, 2, "dw", nw, dw, dw_sum, roundings);
        if (bias)
            op_expect(t, 3, "db", l->c, db, db_sum, roundings);
    } else {
        double *w = op_wide(t, nw, op_input(t, 0, "w", nw)), *dy = op_wide(t, ny, poisoned(t, 1, "dy", ny));
        double *mask = NULL, *dx = op_doubles(t, nx), *sum = op_doubles(t, nx);
        if (op_chance(t, 2)) {
            float *values = op_input(t, 2, "mask", nx);
            for (uint32_t i = 0; i < nx; i += draw_range(&t->draw, 1, 16))
                values[i] = op_chance(t, 8) ? NAN : op_chance(t, 2) ? 0 : op_chance(t, 2) ? 6 : 7;
            mask = op_wide(t, nx, values);
        }
        ref_depthwise_grad_x(l, w, dy, NULL, dx, sum);
        if (mask) {
            (p->relu == 2 ? ref_relu6_grad_x : ref_relu_grad_x)(nx, mask, dx, dx);
            (p->relu == 2 ? ref_relu6_grad_x : ref_relu_grad_x)(nx, mask, sum, sum);
        }
        op_expect(t, 3, "dx", nx, dx, sum, roundings);
    }
    op_some_in_l1(t);
    op_finish(t);
}

static void set(op_test *t, const tl_depthwise *layer, tl_pass pass) {
    t->job.probe.depthwise = *layer;
    t->job.probe.pass = pass;
    t->job.probe.relu = 0;
    if (pass == TL_FORWARD)
        t->job.probe.relu = op_chance(t, 2) ? draw_range(&t->draw, 1, 2) : 0;
    else if (pass == TL_GRAD_X)
        t->job.probe.relu = 1 + draw_below(&t->draw, 2);
    t->job.probe.add = pass == TL_GRAD_W && op_chance(t, 3);
}

static void make_fit(op_test *t, tl_depthwise *l) {
    while (ref_depthwise_out_h(l) == 0)
        ++*(op_chance(t, 2) ? &l->top : &l->bottom);
    while (ref_depthwise_out_w(l) == 0)
        ++*(op_chance(t, 2) ? &l->left : &l->right);
}

static uint16_t channels(op_test *t) {
    static const uint16_t list[] = {1, 2, 3, 5, 8, 16, 20, 24, 40};
    return op_chance(t, 3) ? (uint16_t)draw_range(&t->draw, 1, 17) : OP_PICK(t, list);
}

/* Every height and width from 1 to 17: 3x3 with strides 1 and 2, which have kernels of their own, and others. */
static void all_sizes(void **state) {
    static const uint8_t kernels[][3] = {{3, 3, 1}, {3, 3, 2}, {3, 3, 1}, {3, 3, 2}, {5, 4, 1}, {2, 3, 2}};
    enum { KERNELS = sizeof kernels / sizeof kernels[0] };
    op_test *t = *state;
    for (uint32_t number = 0; number < 17 * 17 * KERNELS; ++number) {
        if (op_skip(t, number, 17))
            continue;
        uint32_t index = number / KERNELS;
        const uint8_t *kernel = kernels[(number / 17 + number) % KERNELS];
        for (uint32_t p = 0; p < 3; ++p) {
            op_begin(t, TL_PROBE_DEPTHWISE, SEED + p, number);
            tl_depthwise layer = {.n = 1,
                                  .h = (uint16_t)(index / 17 + 1),
                                  .w = (uint16_t)(index % 17 + 1),
                                  .c = channels(t),
                                  .kh = kernel[0],
                                  .kw = kernel[1],
                                  .stride_h = kernel[2],
                                  .stride_w = kernel[2]};
            if (op_chance(t, 2)) {
                layer.top = layer.bottom = (uint8_t)(kernel[0] / 2);
                layer.left = layer.right = (uint8_t)(kernel[1] / 2);
            }
            make_fit(t, &layer);
            set(t, &layer, passes[p]);
            plan(t);
            run(t);
        }
    }
}

/* Everything at random: batch, stride beyond the kernel, padding on one side, channels, tiles, slices. */
static tl_depthwise random_layer(op_test *t) {
    draw *d = &t->draw;
    tl_depthwise l = {
        .n = (uint16_t)(op_chance(t, 3) ? draw_range(d, 2, 4) : 1),
        .h = (uint16_t)draw_range(d, 1, 17),
        .w = (uint16_t)draw_range(d, 1, 17),
        .c = channels(t),
        .kh = (uint16_t)draw_range(d, 1, 5),
        .kw = (uint16_t)draw_range(d, 1, 5),
        .stride_h = (uint8_t)draw_range(d, 1, 4),
        .stride_w = (uint8_t)draw_range(d, 1, 4),
    };
    if (op_chance(t, 2))
        l.kh = l.kw = 3;
    if (op_chance(t, 2))
        l.stride_h = l.stride_w = (uint8_t)draw_range(d, 1, 2);
    uint8_t *sides[4] = {&l.top, &l.left, &l.bottom, &l.right};
    uint32_t padded = draw_below(d, 3); /* no side, one, or all */
    if (padded == 1)
        *sides[draw_below(d, 4)] = (uint8_t)draw_range(d, 1, 4);
    for (uint32_t i = 0; padded == 2 && i < 4; ++i)
        *sides[i] = (uint8_t)draw_below(d, 4);
    make_fit(t, &l);
    return l;
}

static void random_layers(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 3000; ++number) {
        if (op_skip(t, number, 29))
            continue;
        op_begin(t, TL_PROBE_DEPTHWISE, SEED + 10, number);
        tl_depthwise layer = random_layer(t);
        set(t, &layer, passes[number % 3]);
        plan(t);
        run(t);
    }
}

/* Images of a few columns with a column of padding on each side have kernels of their own. */
static void narrow_images(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 5 * 7 * 3; ++number) {
        op_begin(t, TL_PROBE_DEPTHWISE, SEED + 60, number);
        tl_depthwise layer = {.n = (uint16_t)(op_chance(t, 4) ? 2 : 1),
                              .h = (uint16_t)(number / 5 % 7 + 1),
                              .w = (uint16_t)(number % 5 + 1),
                              .c = channels(t),
                              .kh = 3,
                              .kw = 3,
                              .stride_h = 1,
                              .stride_w = 1,
                              .top = (uint8_t)draw_range(&t->draw, 0, 2),
                              .left = 1,
                              .bottom = (uint8_t)draw_range(&t->draw, 0, 2),
                              .right = 1};
        make_fit(t, &layer);
        set(t, &layer, passes[number / 35]);
        plan(t);
        run(t);
    }
}

/* n, h, w, c, kh, kw, stride_h, stride_w, top, left, bottom, right */
static const tl_depthwise corners[] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},   /* the smallest there is */
    {1, 2, 3, 20, 1, 1, 1, 1, 0, 0, 0, 0},  /* a kernel of one pixel */
    {1, 3, 3, 3, 3, 3, 1, 1, 0, 0, 0, 0},   /* one output pixel, fewer channels than cores */
    {1, 4, 40, 2, 3, 3, 1, 1, 1, 1, 1, 1},  /* more cores than channels x rows */
    {1, 17, 13, 3, 2, 3, 4, 5, 0, 0, 0, 0}, /* stride beyond the kernel */
    {1, 16, 11, 5, 1, 1, 3, 2, 0, 0, 0, 0}, /* stride beyond a kernel of one pixel */
    {1, 9, 7, 8, 3, 3, 1, 1, 2, 0, 0, 0},   /* padding on one side only: each of the four */
    {1, 9, 7, 8, 3, 3, 1, 1, 0, 2, 0, 0},       {1, 9, 7, 8, 3, 3, 1, 1, 0, 0, 2, 0},
    {1, 9, 7, 8, 3, 3, 1, 1, 0, 0, 0, 2},       {1, 9, 7, 8, 3, 3, 2, 2, 2, 0, 0, 0},
    {1, 9, 8, 8, 3, 3, 2, 2, 0, 2, 0, 0},       {1, 8, 7, 8, 3, 3, 2, 2, 0, 0, 2, 0},
    {1, 8, 8, 8, 3, 3, 2, 2, 0, 0, 0, 2},       {1, 3, 2, 8, 5, 7, 1, 1, 2, 3, 2, 3}, /* kernel beyond the image */
    {1, 1, 1, 16, 3, 3, 1, 1, 1, 1, 1, 1},                                            /* nearly all padding */
    {1, 2, 2, 5, 3, 3, 1, 1, 5, 4, 5, 6},                                             /* windows that hold no pixel */
    {1, 2, 3, 5, 3, 3, 2, 2, 4, 5, 5, 4},       {3, 5, 4, 5, 3, 2, 2, 3, 1, 1, 0, 0}, /* batch, nothing square */
    {8, 4, 6, 3, 3, 3, 1, 1, 1, 1, 1, 1},                                             /* batch of eight */
    {2, 1, 17, 8, 1, 5, 1, 2, 0, 2, 0, 2},                                            /* one row */
    {2, 30, 1, 40, 15, 1, 1, 1, 0, 0, 0, 0},                                          /* one column, as of sounds */
    {1, 10, 10, 1, 3, 3, 12, 15, 1, 1, 1, 1},                                         /* stride beyond the image */
    {1, 10, 10, 1, 3, 3, 255, 255, 1, 1, 1, 1},                                       /* the largest stride */
};

static void named_corners(void **state) {
    op_test *t = *state;
    const uint32_t count = sizeof corners / sizeof corners[0];
    for (uint32_t number = 0; number < count * 3 * 8; ++number) {
        uint32_t of_corner = number / count;
        /* A stride of 255 has 65025 phases in grad_x: too many for the simulator. */
        if (t->place == HARNESS_SIM && (of_corner >= 3 || corners[number % count].stride_h == 255))
            continue;
        op_begin(t, TL_PROBE_DEPTHWISE, SEED + 20, number);
        set(t, &corners[number % count], passes[of_corner % 3]);
        if (of_corner < 3)
            plan_within(t, L1);
        else
            plan(t);
        run(t);
    }
}

/* Layers beyond L1, by the library's plans and by others. */
static void larger_than_l1(void **state) {
    static const tl_depthwise layers[] = {
        {1, 25, 5, 64, 3, 3, 1, 1, 1, 1, 1, 1},  {1, 48, 48, 8, 3, 3, 1, 1, 1, 1, 1, 1},
        {1, 48, 47, 16, 3, 3, 2, 2, 0, 0, 1, 1}, {2, 6, 6, 128, 3, 3, 1, 1, 1, 1, 1, 1},
        {1, 6, 6, 256, 3, 3, 2, 2, 1, 1, 1, 1},  {3, 40, 30, 20, 5, 3, 1, 2, 0, 2, 2, 1},
        {1, 3, 900, 8, 1, 5, 1, 1, 0, 0, 0, 4},
    };
    op_test *t = *state;
    const uint32_t count = sizeof layers / sizeof layers[0];
    for (uint32_t number = 0; number < count * 3 * 3; ++number) {
        uint32_t kind = number / count / 3;
        if (t->place == HARNESS_SIM && kind > 0 && number % 5 != 0)
            continue;
        op_begin(t, TL_PROBE_DEPTHWISE, SEED + 30, number);
        set(t, &layers[number % count], passes[number / count % 3]);
        if (kind == 0)
            plan_within(t, L1);
        else
            plan(t);
        run(t);
    }
}

/* A NaN or infinity reaches what it should, and nothing else. */
static void not_finite(void **state) {
    static const float special[] = {NAN, INFINITY, -INFINITY};
    op_test *t = *state;
    for (uint32_t number = 0; number < 90; ++number) {
        if (op_skip(t, number, 5))
            continue;
        op_begin(t, TL_PROBE_DEPTHWISE, SEED + 40, number);
        tl_depthwise layer = random_layer(t);
        set(t, &layer, passes[number % 3]);
        t->poison = special[number / 3 % 3];
        plan(t);
        run(t);
    }
}

/* All plans with as many slices give the same bits: op_finish compares teams, this compares plans. */
static void plans_agree(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 60; ++number) {
        if (op_skip(t, number, 10))
            continue;
        float *first = NULL;
        for (uint32_t again = 0; again < 3; ++again) {
            op_begin(t, TL_PROBE_DEPTHWISE, SEED + 50, number);
            tl_depthwise layer = random_layer(t);
            set(t, &layer, number % 2 ? TL_GRAD_X : TL_FORWARD);
            const uint32_t i = t->draw.i;
            t->job.probe.planes_plan = (tl_planes_plan){.rows = (uint16_t)(1 + 2 * again),
                                                        .c = (uint16_t)(7 - 3 * again),
                                                        .slices = 1,
                                                        .buffers = (uint8_t)(1 + again % 2)};
            t->draw.i = i;
            run(t);
            uint32_t n = t->output[3].n;
            if (!first)
                first = malloc(n * sizeof *first);
            assert_non_null(first);
            if (again == 0)
                memcpy(first, t->output[3].first, n * sizeof *first);
            if (!harness_same("result", n, t->output[3].first, first, t->result.message, HARNESS_MESSAGE))
                op_fail(t, "another plan", again, t->result.message);
        }
        free(first);
    }
}

static const tl_depthwise good = {2, 9, 8, 3, 3, 2, 1, 2, 1, 0, 1, 1};

static void bad_sizes(void **state) {
    (void)state;
    tl_depthwise bad[32];
    uint32_t count = 0;
#define BAD(field, value)                                                                                              \
    do {                                                                                                               \
        bad[count] = good;                                                                                             \
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
    BAD(kh, 12); /* 9 rows and 2 of padding hold no window of 12 */
    BAD(kw, 10); /* 8 columns and 1 */
#undef BAD
    bad[count++] = (tl_depthwise){65535, 65535, 65535, 65535, 1, 1, 1, 1, 0, 0, 0, 0};
    bad[count++] = (tl_depthwise){1, 1, 1, 65535, 1, 1, 1, 1, 255, 255, 255, 255};
    for (uint32_t p = 0; p < 3; ++p) {
        tl_planes_plan plan = {.rows = 3, .c = 3, .slices = 2, .buffers = 1};
        assert_int_equal(tl_depthwise_supported(&good, passes[p], &plan, L1), TL_OK);
        for (uint32_t i = 0; i < count; ++i) {
            tl_status status = tl_depthwise_supported(&bad[i], passes[p], &plan, L1);
            tl_planes_plan made;
            tl_status planned = tl_depthwise_plan(&bad[i], passes[p], L1, &made);
            if (status != TL_BAD_SIZES || planned != TL_BAD_SIZES)
                fail_msg("pass %u, bad size %u: supported says %d, plan %d", p, i, (int)status, (int)planned);
        }
    }
}

static void bad_plans(void **state) {
    (void)state;
    static const tl_planes_plan bad[] = {{0, 1, 1, 1}, {1, 0, 1, 1}, {1, 1, 0, 1}, {1, 1, 1, 0}, {1, 1, 1, 3}};
    for (uint32_t p = 0; p < 3; ++p) {
        for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; ++i)
            assert_int_equal(tl_depthwise_supported(&good, passes[p], &bad[i], L1), TL_BAD_PLAN);
        tl_planes_plan plan = {.rows = 3, .c = 3, .slices = 1, .buffers = 1};
        assert_int_equal(tl_depthwise_supported(&good, passes[p], &plan, 100), TL_BAD_PLAN);
        assert_int_equal(tl_depthwise_plan(&good, passes[p], 16, &plan), TL_BAD_PLAN);
    }
    assert_int_equal(tl_depthwise_macs(&good), 2 * 9 * 4 * 3 * 3 * 2);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_sizes),  cmocka_unit_test(bad_plans),     cmocka_unit_test(named_corners),
        cmocka_unit_test(all_sizes),  cmocka_unit_test(random_layers), cmocka_unit_test(larger_than_l1),
        cmocka_unit_test(not_finite), cmocka_unit_test(plans_agree),   cmocka_unit_test(narrow_images),
    };
    return op_main(argc, argv, "depthwise", tests, sizeof tests / sizeof tests[0]);
}
