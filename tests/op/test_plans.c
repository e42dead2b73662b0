/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All legal plans of small random problems: every size of tile, up to three slices, one buffer or two; kernels and
 * shapes of blocks take turns. Every result is right, and plans that add in the same order give the same bits.
 *
 * Natively all of them, on one thread or a few; on the simulator two of each problem.
 */
#include "platform/budget.h"
#include "tests/op/conv_case.h"
#include "tests/ref/ref_channels.h"
#include <stdio.h>
#include <string.h>

enum { SEED = 9001, PROBLEMS = 200, MOST_SLICES = 3, MOST_ORDERS = 256, MOST_PLANS = 600, L1 = TL_L1_ARENA_BYTES };

static const tl_pass passes[] = {TL_FORWARD, TL_GRAD_W, TL_GRAD_X};

/* The problem's plans so far: results by the order in which they add. */
typedef struct sweep {
    op_test *t;
    uint32_t plans, legal, orders;
    uint32_t order[MOST_ORDERS];
    void *bits[MOST_ORDERS][HARNESS_BUFFERS];
    uint32_t chosen[2]; /* on the simulator: the numbers of the plans that are run */
} sweep;

static uint32_t min_u32(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static void check_right(sweep *s, uint32_t cores) {
    op_test *t = s->t;
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i) {
        const op_output *o = &t->output[i];
        bool right = true;
        if (o->n > 0 && o->bytes)
            right = memcmp(o->again, o->expected_bytes, o->n) == 0;
        else if (o->n > 0)
            right = harness_near(t->job.buffer[i].name, o->n, o->again, o->expected, o->sum, o->c, t->result.message,
                                 HARNESS_MESSAGE);
        if (!right)
            op_fail(t, "a legal plan", cores, o->bytes ? "other bytes than expected" : t->result.message);
    }
}

static void check_same(sweep *s, uint32_t order, uint32_t cores) {
    op_test *t = s->t;
    uint32_t at = 0;
    while (at < s->orders && s->order[at] != order)
        ++at;
    if (at == MOST_ORDERS)
        op_fail(t, "a legal plan", cores, "too many orders of additions for this test");
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i) {
        const op_output *o = &t->output[i];
        const uint32_t bytes = o->n * (o->bytes ? 1 : 4);
        if (!bytes)
            continue;
        if (at == s->orders) {
            s->bits[at][i] = op_memory(t, bytes);
            memcpy(s->bits[at][i], o->again, bytes);
        } else if (memcmp(s->bits[at][i], o->again, bytes) != 0) {
            op_fail(t, "a plan that adds in the same order as another", cores, t->job.buffer[i].name);
        }
    }
    if (at == s->orders)
        s->order[s->orders++] = order;
}

/* Runs the plan that stands in the probe. `order`: plans with the same one must give the same bits. */
static void run_plan(sweep *s, uint32_t order) {
    static const uint32_t threads[] = {1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 3}, cores[] = {8, 3};
    op_test *t = s->t;
    const bool on_sim = t->place == HARNESS_SIM;
    const uint32_t number = s->legal++;
    if (on_sim && number != s->chosen[0] && number != s->chosen[1])
        return;
    const uint32_t n = on_sim ? cores[number == s->chosen[1]] : threads[number % 16];
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i)
        if (t->output[i].n > 0)
            t->job.buffer[i].out = t->output[i].again;
    if (!harness_run(t->harness, t->place, n, &t->job, &t->result))
        op_fail(t, "a legal plan", n, t->result.message);
    if (t->result.status != TL_OK)
        op_fail(t, "a legal plan", n, "was refused");
    check_right(s, n);
    check_same(s, order, n);
    ++s->plans;
    ++t->cases;
}

/* ---- matmuls: convolution and linear layers ---- */

static tl_status mm_supported(const tl_probe *p) {
    tl_mm_plan plan;
    harness_plan(p, &plan);
    return p->kind == TL_PROBE_CONV ? tl_conv_supported(&p->conv, (tl_pass)p->pass, &plan, L1)
                                    : tl_linear_supported(&p->linear, (tl_pass)p->pass, &plan, L1);
}

/* What the plan cuts: rows, columns, output and input channels. */
static void mm_sizes(const tl_probe *p, uint32_t size[4]) {
    const bool grad_x = p->pass == TL_GRAD_X;
    size[0] = 1;
    size[1] = p->linear.n;
    size[2] = p->linear.o;
    size[3] = p->linear.k;
    if (p->kind == TL_PROBE_CONV) {
        size[0] = grad_x ? p->conv.h : (uint32_t)ref_conv_out_h(&p->conv);
        size[1] = grad_x ? p->conv.w : (uint32_t)ref_conv_out_w(&p->conv);
        size[2] = p->conv.o;
        size[3] = p->conv.c;
    }
}

/* A reduction is over input channels, pixels, or output channels: the order is that of its tiles and slices. */
static uint32_t mm_order(const tl_probe *p, const uint32_t size[4]) {
    const tl_probe_plan *plan = &p->plan;
    const uint32_t rows = min_u32(plan->rows, size[0]), cols = min_u32(plan->cols, size[1]);
    uint32_t slices = (uint32_t)plan->slices << 24;
    const uint32_t groups = p->kind == TL_PROBE_CONV && p->conv.groups ? p->conv.groups : 1;
    /* Slices are made of whole runs, which are shorter in a tile of several groups. */
    if (plan->slices > 1 && groups > 1 && min_u32(plan->o * groups / size[2], plan->c * groups / size[3]) > 1)
        slices |= 1u << 31;
    if (p->pass == TL_FORWARD)
        return slices | min_u32(plan->c, size[3] / groups);
    if (p->pass == TL_GRAD_X)
        return slices | min_u32(plan->o, size[2] / groups);
    /* Whole rows of pixels follow each other whether tiles are high or low. */
    return plan->slices == 1 && cols == size[1] ? slices : slices | rows << 12 | cols;
}

static void mm_plans(sweep *s) {
    op_test *t = s->t;
    tl_probe_plan *plan = &t->job.probe.plan;
    uint32_t size[4], number = draw_below(&t->draw, 1000);
    mm_sizes(&t->job.probe, size);
    const uint32_t all = size[0] * size[1] * size[2] * size[3] * MOST_SLICES * 2;
    for (uint32_t i = 0; i < all; ++i, ++number) {
        uint32_t left = i, tile[4];
        for (uint32_t d = 0; d < 4; ++d) {
            tile[d] = left % size[d] + 1;
            left /= size[d];
        }
        const uint32_t slices = left % MOST_SLICES + 1, buffers = left / MOST_SLICES + 1;
        const tl_mm_info *kernel = &tl_mm_table[number % tl_mm_count];
        t->job.probe.kernel = number % tl_mm_count;
        *plan = (tl_probe_plan){.block_m = (uint8_t)(number % 5 ? kernel->mr : number / 5 % 6 + 1),
                                .block_n = (uint8_t)(number % 7 ? kernel->nr : number / 7 % 6 + 1),
                                .slices = (uint8_t)slices,
                                .buffers = (uint8_t)buffers,
                                .by_columns = number / 3 % 2,
                                .padded = number / 11 % 2,
                                .rows = (uint16_t)tile[0],
                                .cols = (uint16_t)tile[1],
                                .o = (uint16_t)tile[2],
                                .c = (uint16_t)tile[3]};
        if (plan->padded && mm_supported(&t->job.probe) != TL_OK)
            plan->padded = 0;
        if (mm_supported(&t->job.probe) == TL_OK)
            run_plan(s, mm_order(&t->job.probe, size));
    }
}

static bool too_many(const op_test *t) {
    uint32_t size[4];
    mm_sizes(&t->job.probe, size);
    return size[0] * size[1] * size[2] * size[3] * MOST_SLICES * 2 > MOST_PLANS;
}

/* ---- one problem of each kind; tensors and references first, then its plans ---- */

static void conv(sweep *s, uint32_t number) {
    op_test *t = s->t;
    draw *d = &t->draw;
    t->job.probe.kind = TL_PROBE_CONV;
    t->job.probe.pass = passes[number % 3];
    do {
        tl_conv layer = {.n = (uint16_t)draw_range(d, 1, 2),
                         .h = (uint16_t)draw_range(d, 1, 6),
                         .w = (uint16_t)draw_range(d, 1, 6),
                         .c = (uint16_t)draw_range(d, 1, 5),
                         .o = (uint16_t)draw_range(d, 1, 5),
                         .kh = (uint16_t)draw_range(d, 1, 4),
                         .kw = (uint16_t)draw_range(d, 1, 4),
                         .stride_h = (uint8_t)draw_range(d, 1, 3),
                         .stride_w = (uint8_t)draw_range(d, 1, 3),
                         .top = (uint8_t)draw_below(d, 3),
                         .left = (uint8_t)draw_below(d, 3),
                         .bottom = (uint8_t)draw_below(d, 3),
                         .right = (uint8_t)draw_below(d, 3),
                         .dilation_h = (uint8_t)draw_below(d, 3),
                         .dilation_w = (uint8_t)draw_below(d, 3)};
        if (op_chance(t, 3)) {
            layer.groups = (uint16_t)draw_range(d, 2, 4);
            layer.c = (uint16_t)(layer.groups * draw_range(d, 1, 2));
            layer.o = (uint16_t)(layer.groups * draw_range(d, 1, 2));
        }
        conv_case_make_fit(t, &layer);
        t->job.probe.conv = layer;
    } while (too_many(t));
    t->job.probe.plan.slices = MOST_SLICES;
    conv_case_tensors(t);
    mm_plans(s);
}

static void linear(sweep *s, uint32_t number) {
    op_test *t = s->t;
    draw *d = &t->draw;
    t->job.probe.kind = TL_PROBE_LINEAR;
    t->job.probe.pass = passes[number % 3];
    do
        t->job.probe.linear =
            (tl_linear){(uint16_t)draw_range(d, 1, 12), (uint16_t)draw_range(d, 1, 12), (uint16_t)draw_range(d, 1, 12)};
    while (too_many(t));
    t->job.probe.plan.slices = MOST_SLICES;
    conv_case_tensors(t);
    mm_plans(s);
}

static void depthwise_tensors(op_test *t, const tl_depthwise *l, uint32_t nx, uint32_t nw, uint32_t ny) {
    const tl_pass pass = (tl_pass)t->job.probe.pass;
    const double terms = (double)ref_depthwise_terms(l, pass) + (double)MOST_SLICES;
    double *x = pass == TL_GRAD_X ? NULL : op_wide(t, nx, op_input(t, 0, "x", nx));
    if (pass == TL_GRAD_W) {
        double *dy = op_wide(t, ny, op_input(t, 1, "dy", ny));
        double *dw = op_doubles(t, nw), *dw_sum = op_doubles(t, nw);
        double *db = op_doubles(t, l->c), *db_sum = op_doubles(t, l->c);
        ref_depthwise_grad_w(l, x, dy, dw, dw_sum, db, db_sum);
        op_expect(t, 2, "dw", nw, dw, dw_sum, terms);
        op_expect(t, 3, "db", l->c, db, db_sum, terms);
        return;
    }
    double *w = op_wide(t, nw, op_input(t, pass == TL_FORWARD, "w", nw));
    const uint32_t n = pass == TL_FORWARD ? ny : nx;
    double *out = op_doubles(t, n), *sum = op_doubles(t, n);
    if (pass == TL_FORWARD)
        ref_depthwise_forward(l, x, w, op_wide(t, l->c, op_input(t, 2, "b", l->c)), out, sum);
    else
        ref_depthwise_grad_x(l, w, op_wide(t, ny, op_input(t, 1, "dy", ny)), NULL, out, sum);
    op_expect(t, 3, "result", n, out, sum, terms);
}

static void depthwise(sweep *s, uint32_t number) {
    op_test *t = s->t;
    draw *d = &t->draw;
    tl_probe *p = &t->job.probe;
    p->kind = TL_PROBE_DEPTHWISE;
    p->pass = passes[number % 3];
    const bool own = op_chance(t, 2); /* kernels of their own */
    tl_depthwise *l = &p->depthwise;
    *l = (tl_depthwise){.n = (uint16_t)draw_range(d, 1, 2),
                        .h = (uint16_t)draw_range(d, 1, 9),
                        .w = (uint16_t)draw_range(d, 1, 9),
                        .c = (uint16_t)draw_range(d, 1, 9),
                        .kh = (uint16_t)(own ? 3 : draw_range(d, 1, 4)),
                        .kw = (uint16_t)(own ? 3 : draw_range(d, 1, 4)),
                        .stride_h = (uint8_t)draw_range(d, 1, 2),
                        .top = (uint8_t)draw_below(d, 3),
                        .left = (uint8_t)draw_below(d, 3),
                        .bottom = (uint8_t)draw_below(d, 3),
                        .right = (uint8_t)draw_below(d, 3)};
    l->stride_w = (uint8_t)(own ? l->stride_h : draw_range(d, 1, 3));
    while (ref_depthwise_out_h(l) == 0)
        ++l->top;
    while (ref_depthwise_out_w(l) == 0)
        ++l->left;
    const uint32_t ny = (uint32_t)(l->n * ref_depthwise_out_h(l) * ref_depthwise_out_w(l)) * l->c;
    depthwise_tensors(t, l, (uint32_t)l->n * l->h * l->w * l->c, (uint32_t)l->kh * l->kw * l->c, ny);
    const uint32_t rows = p->pass == TL_GRAD_X ? l->h : (uint32_t)ref_depthwise_out_h(l);
    /* The gradient goes down a tile's rows in blocks of columns. */
    const bool one_block = ref_depthwise_out_w(l) <= 4;
    for (uint32_t i = 0; i < rows * l->c * MOST_SLICES * 2; ++i) {
        const uint32_t tile = i % rows + 1, slices = i / rows / l->c % MOST_SLICES + 1;
        p->planes_plan = (tl_planes_plan){.rows = (uint16_t)tile,
                                          .c = (uint16_t)(i / rows % l->c + 1),
                                          .slices = (uint8_t)slices,
                                          .buffers = (uint8_t)(i / rows / l->c / MOST_SLICES + 1)};
        if (tl_depthwise_supported(l, (tl_pass)p->pass, &p->planes_plan, L1) == TL_OK)
            run_plan(s, p->pass != TL_GRAD_W || (slices == 1 && one_block) ? 0 : slices << 16 | tile);
    }
}

static void pool(sweep *s, uint32_t number) {
    op_test *t = s->t;
    draw *d = &t->draw;
    tl_probe *p = &t->job.probe;
    tl_pool *l = &p->pool;
    const bool max = number % 4 < 2, forward = number % 2 == 0;
    p->kind = max ? TL_PROBE_MAX_POOL : op_chance(t, 2) ? TL_PROBE_AVG_POOL : TL_PROBE_AVG_POOL_PADDED;
    p->pass = forward ? TL_FORWARD : TL_GRAD_X;
    *l = (tl_pool){.n = (uint16_t)draw_range(d, 1, 2),
                   .h = (uint16_t)draw_range(d, 4, 12),
                   .w = (uint16_t)draw_range(d, 4, 12),
                   .c = (uint16_t)draw_range(d, 1, 9),
                   .kh = (uint8_t)draw_range(d, 1, 4),
                   .kw = (uint8_t)draw_range(d, 1, 4),
                   .stride_h = (uint8_t)draw_range(d, 1, 3),
                   .stride_w = (uint8_t)draw_range(d, 1, 3)};
    l->top = (uint8_t)draw_below(d, l->kh);
    l->left = (uint8_t)draw_below(d, l->kw);
    l->bottom = (uint8_t)draw_below(d, l->kh);
    l->right = (uint8_t)draw_below(d, l->kw);
    const uint32_t nx = (uint32_t)l->n * l->h * l->w * l->c;
    const uint32_t ny = (uint32_t)(l->n * ref_pool_out_h(l) * ref_pool_out_w(l)) * l->c;
    const uint32_t ni = forward ? nx : ny, no = forward ? ny : nx;
    double *in = op_wide(t, ni, op_input(t, 0, "in", ni)), *out = op_doubles(t, no), *sum = op_doubles(t, no);
    if (!max) {
        (forward ? ref_avg_pool_forward : ref_avg_pool_grad_x)(l, p->kind == TL_PROBE_AVG_POOL_PADDED, in, out, sum);
        op_expect(t, 1, "out", no, out, sum, (double)l->kh * l->kw + 3);
    } else if (forward) {
        uint8_t *arg = op_memory(t, ny);
        ref_max_pool_forward(l, in, out, arg);
        op_expect(t, 1, "y", ny, out, sum, 0);
        op_expect_bytes(t, 2, "arg", ny, arg);
    } else {
        double *x = op_doubles(t, nx), *y = op_doubles(t, ny);
        uint8_t *arg = op_memory(t, ny);
        for (uint32_t i = 0; i < nx; ++i)
            x[i] = (double)draw_value(d);
        ref_max_pool_forward(l, x, y, arg);
        op_input_bytes(t, 1, "arg", arg, ny);
        ref_max_pool_grad_x(l, in, arg, out, sum);
        op_expect(t, 2, "dx", nx, out, sum, (double)l->kh * l->kw);
    }
    const uint32_t rows = forward ? (uint32_t)ref_pool_out_h(l) : l->h;
    for (uint32_t tile = 1; tile <= rows + 1; ++tile) {
        p->window_plan.rows = (uint16_t)(tile > rows ? UINT16_MAX : tile);
        if ((max ? tl_max_pool_supported : tl_avg_pool_supported)(l, (tl_pass)p->pass, &p->window_plan, L1) == TL_OK)
            run_plan(s, 0);
    }
}

static void global_pool(sweep *s, uint32_t number) {
    op_test *t = s->t;
    draw *d = &t->draw;
    tl_probe *p = &t->job.probe;
    const bool forward = number % 2 == 0;
    p->kind = TL_PROBE_GLOBAL_AVG_POOL;
    p->pass = forward ? TL_FORWARD : TL_GRAD_X;
    p->global_pool = (tl_global_pool){(uint16_t)draw_range(d, 1, 2), (uint16_t)draw_range(d, 1, 7),
                                      (uint16_t)draw_range(d, 1, 7), (uint16_t)draw_range(d, 1, 12)};
    const tl_global_pool *l = &p->global_pool;
    const uint32_t pixels = (uint32_t)l->h * l->w, nx = l->n * pixels * l->c, ny = (uint32_t)l->n * l->c;
    const uint32_t ni = forward ? nx : ny, no = forward ? ny : nx;
    double *in = op_wide(t, ni, op_input(t, 0, "in", ni)), *out = op_doubles(t, no), *sum = op_doubles(t, no);
    (forward ? ref_global_avg_pool_forward : ref_global_avg_pool_grad_x)(l, in, out, sum);
    op_expect(t, 1, "out", no, out, sum, (double)pixels + (double)MOST_SLICES + 2);
    for (uint32_t slices = 1; slices <= MOST_SLICES; ++slices)
        for (uint32_t tile = slices; tile < pixels + slices; tile += slices)
            for (uint32_t buffers = 1; buffers <= 5; ++buffers) {
                p->channels_plan =
                    (tl_channels_plan){.pixels = tile, .slices = (uint8_t)slices, .buffers = (uint8_t)buffers};
                if (tl_global_avg_pool_supported(l, (tl_pass)p->pass, &p->channels_plan, L1) == TL_OK)
                    run_plan(s, slices);
            }
}

/* ---- the sweeps ---- */

typedef void problem(sweep *s, uint32_t number);

/* On the simulator the plans that are legal are counted first. */
static void all_plans(op_test *t, problem *of, uint32_t seed) {
    uint32_t plans = 0;
    for (uint32_t number = 0; number < PROBLEMS; ++number) {
        static sweep s;
        s = (sweep){.t = t, .chosen = {UINT32_MAX, UINT32_MAX}};
        op_begin(t, 0, seed, number);
        of(&s, number);
        if (t->place == HARNESS_SIM && s.legal > 0) {
            draw d = {.seed = seed + 1000, .number = number};
            s = (sweep){.t = t, .chosen = {draw_below(&d, s.legal), draw_below(&d, s.legal)}};
            op_begin(t, 0, seed, number);
            of(&s, number);
        }
        if (s.plans == 0)
            op_fail(t, "a problem", number, "has no legal plan");
        plans += s.plans;
    }
    printf("%u plans of %u problems\n", plans, (unsigned)PROBLEMS);
}

static void all_conv(void **state) {
    all_plans(*state, conv, SEED);
}

static void all_linear(void **state) {
    all_plans(*state, linear, SEED + 1);
}

static void all_depthwise(void **state) {
    all_plans(*state, depthwise, SEED + 2);
}

static void all_pool(void **state) {
    all_plans(*state, pool, SEED + 3);
}

static void all_global_pool(void **state) {
    all_plans(*state, global_pool, SEED + 4);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_conv), cmocka_unit_test(all_linear),      cmocka_unit_test(all_depthwise),
        cmocka_unit_test(all_pool), cmocka_unit_test(all_global_pool),
    };
    return op_main(argc, argv, "plans", tests, sizeof tests / sizeof tests[0]);
}
