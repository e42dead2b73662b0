/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/op/conv_case.h"
#include "platform/budget.h"
#include "src/op/conv_tiles.h"
#include <math.h>

static uint16_t channels(op_test *t) {
    static const uint16_t list[] = {1, 3, 5, 8, 16, 20};
    return op_chance(t, 3) ? (uint16_t)draw_range(&t->draw, 1, 17) : OP_PICK(t, list);
}

void conv_case_make_fit(op_test *t, tl_conv *conv) {
    while (ref_conv_out_h(conv) == 0)
        ++*(op_chance(t, 2) ? &conv->top : &conv->bottom);
    while (ref_conv_out_w(conv) == 0)
        ++*(op_chance(t, 2) ? &conv->left : &conv->right);
}

tl_conv conv_case_random(op_test *t, uint64_t most) {
    draw *d = &t->draw;
    for (;;) {
        tl_conv conv = {
            .n = (uint16_t)(op_chance(t, 3) ? draw_range(d, 2, 4) : 1),
            .h = (uint16_t)draw_range(d, 1, 17),
            .w = (uint16_t)draw_range(d, 1, 17),
            .c = channels(t),
            .o = channels(t),
            .kh = (uint16_t)draw_range(d, 1, 5),
            .kw = (uint16_t)draw_range(d, 1, 5),
            .stride_h = (uint8_t)draw_range(d, 1, 4),
            .stride_w = (uint8_t)draw_range(d, 1, 4),
        };
        if (op_chance(t, 3))
            conv.stride_h = conv.stride_w = 1;
        if (op_chance(t, 3)) {
            conv.dilation_h = (uint8_t)draw_range(d, 1, 4);
            conv.dilation_w = (uint8_t)draw_range(d, 1, 4);
        }
        if (op_chance(t, 3)) {
            conv.groups = (uint16_t)draw_range(d, 1, 6);
            conv.c = (uint16_t)(draw_range(d, 1, 6) * conv.groups);
            conv.o = (uint16_t)(draw_range(d, 1, 6) * conv.groups);
        }
        uint8_t *sides[4] = {&conv.top, &conv.left, &conv.bottom, &conv.right};
        uint32_t padded = draw_below(d, 3); /* no side, one, or all */
        if (padded == 1)
            *sides[draw_below(d, 4)] = (uint8_t)draw_range(d, 1, 4);
        for (uint32_t i = 0; padded == 2 && i < 4; ++i)
            *sides[i] = (uint8_t)draw_below(d, 4);
        conv_case_make_fit(t, &conv);
        if (tl_conv_macs(&conv) <= most)
            return conv;
    }
}

static tl_status supported(const tl_probe *p, uint32_t l1_bytes) {
    tl_mm_plan plan;
    harness_plan(p, &plan);
    const tl_rule rule = (tl_rule)(p->update - 1);
    if (p->kind == TL_PROBE_LINEAR)
        return p->update     ? tl_linear_update_supported(&p->linear, rule, &plan, l1_bytes)
               : p->residual ? tl_linear_forward_add_supported(&p->linear, &plan, l1_bytes)
                             : tl_linear_supported(&p->linear, (tl_pass)p->pass, &plan, l1_bytes);
    return p->update     ? tl_conv_update_supported(&p->conv, rule, &plan, l1_bytes)
           : p->residual ? tl_conv_forward_add_supported(&p->conv, &plan, l1_bytes)
                         : tl_conv_supported(&p->conv, (tl_pass)p->pass, &plan, l1_bytes);
}

static tl_status make_plan(const tl_probe *p, uint32_t l1_bytes, tl_mm_plan *plan) {
    const tl_rule rule = (tl_rule)(p->update - 1);
    if (p->kind == TL_PROBE_LINEAR)
        return p->update     ? tl_linear_update_plan(&p->linear, rule, l1_bytes, plan)
               : p->residual ? tl_linear_forward_add_plan(&p->linear, l1_bytes, plan)
                             : tl_linear_plan(&p->linear, (tl_pass)p->pass, l1_bytes, plan);
    return p->update     ? tl_conv_update_plan(&p->conv, rule, l1_bytes, plan)
           : p->residual ? tl_conv_forward_add_plan(&p->conv, l1_bytes, plan)
                         : tl_conv_plan(&p->conv, (tl_pass)p->pass, l1_bytes, plan);
}

void conv_case_fuse(op_test *t) {
    tl_probe *p = &t->job.probe;
    p->relu = p->residual = p->update = 0;
    if (p->pass == TL_FORWARD) {
        p->residual = op_chance(t, 4);
        p->relu = p->residual ? draw_below(&t->draw, 2) : op_chance(t, 2) ? draw_range(&t->draw, 1, 2) : 0;
    } else if (p->pass == TL_GRAD_X) {
        p->relu = 1 + draw_below(&t->draw, 2);
    } else if (op_chance(t, 3)) {
        p->update = draw_range(&t->draw, 1, 3);
        p->sgd = (tl_sgd){.rate = 0.25f, .momentum = 0.875f, .decay = op_chance(t, 2) ? 0.125f : 0.0f};
    }
}

void conv_case_plan_within(op_test *t, uint32_t l1_bytes) {
    tl_probe *p = &t->job.probe;
    tl_mm_plan plan;
    tl_status status;
    for (;; l1_bytes = l1_bytes * 2 < TL_L1_ARENA_BYTES ? l1_bytes * 2 : TL_L1_ARENA_BYTES) {
        status = make_plan(p, l1_bytes, &plan);
        if (status == TL_OK || l1_bytes == TL_L1_ARENA_BYTES)
            break;
    }
    if (status != TL_OK)
        op_fail(t, "tl_conv_plan", l1_bytes, "no plan for a layer that can be cut to fit");
    if (!harness_set_plan(p, &plan))
        op_fail(t, "tl_conv_plan", l1_bytes, "the plan's kernel is not in tl_mm_table");
    if (supported(p, l1_bytes) != TL_OK)
        op_fail(t, "tl_conv_plan", l1_bytes, "the plan made for so much L1 is not supported in it");
}

/* Tiles of a plan in one image, by dimension: rows, cols, o, c. */
static uint32_t count_tiles(const tl_probe *p, uint32_t tiles[4]) {
    uint32_t size[4] = {1, p->linear.n, p->linear.o, p->linear.k};
    const uint32_t tile[4] = {p->plan.rows, p->plan.cols, p->plan.o, p->plan.c};
    if (p->kind == TL_PROBE_CONV) {
        size[0] = p->pass == TL_GRAD_X ? p->conv.h : (uint32_t)ref_conv_out_h(&p->conv);
        size[1] = p->pass == TL_GRAD_X ? p->conv.w : (uint32_t)ref_conv_out_w(&p->conv);
        size[2] = p->conv.o;
        size[3] = p->conv.c;
    }
    uint32_t all = 1;
    for (uint32_t i = 0; i < 4; ++i)
        all *= tiles[i] = (size[i] + tile[i] - 1) / tile[i];
    return all;
}

/* A barrier of threads takes its time: where there would be too many tiles, those of the most cut dimension double. */
static void limit_tiles(tl_probe *p) {
    enum { MOST = 32 };
    uint16_t *tile[4] = {&p->plan.rows, &p->plan.cols, &p->plan.o, &p->plan.c};
    uint32_t tiles[4];
    while (count_tiles(p, tiles) > MOST) {
        uint32_t most = 0;
        for (uint32_t i = 1; i < 4; ++i)
            if (tiles[i] > tiles[most])
                most = i;
        *tile[most] = (uint16_t)(*tile[most] * 2);
    }
}

void conv_case_tiny_plan(op_test *t) {
    draw *d = &t->draw;
    tl_probe *p = &t->job.probe;
    uint32_t most = draw_range(d, 1, 9), tries = 0;
    do {
        p->kernel = draw_below(d, tl_mm_count);
        p->plan = (tl_probe_plan){
            .block_m = tl_mm_table[p->kernel].mr,
            .block_n = tl_mm_table[p->kernel].nr,
            .slices = (uint8_t)(op_chance(t, 2) ? 1 : draw_range(d, 2, 5)),
            .buffers = (uint8_t)draw_range(d, 0, 3),
            .rows = (uint16_t)draw_range(d, 1, most),
            .cols = (uint16_t)draw_range(d, 1, most),
            .o = (uint16_t)draw_range(d, 1, most),
            .c = (uint16_t)draw_range(d, 1, most),
        };
        /* Now and then one dimension is not cut at all. */
        uint16_t *whole[4] = {&p->plan.rows, &p->plan.cols, &p->plan.o, &p->plan.c};
        if (op_chance(t, 2))
            *whole[draw_below(d, 4)] = op_chance(t, 2) ? UINT16_MAX : 32;
        limit_tiles(p);
        if (op_chance(t, 3)) {
            p->plan.block_m = (uint8_t)draw_range(d, 1, 9);
            p->plan.block_n = (uint8_t)draw_range(d, 1, 9);
        }
        if (++tries > 100)
            op_fail(t, "supported", tries, "no tile is supported, small as it may be");
    } while (supported(p, TL_L1_ARENA_BYTES) != TL_OK);
}

void conv_case_fix(op_test *t) {
    tl_probe *p = &t->job.probe;
    const tl_linear *l = &p->linear;
    tl_conv conv = {.n = 1, .h = 1, .w = l->n, .c = l->k, .o = l->o, .kh = 1, .kw = 1, .stride_h = 1, .stride_w = 1};
    const tl_probe before = *p;
    tl_mm_plan plan;
    if (p->kind == TL_PROBE_CONV)
        conv = p->conv;
    harness_plan(p, &plan);
    const uint32_t fixed = draw_below(&t->draw, tl_mm_fixed_count);
    p->kernel = tl_mm_count + fixed;
    p->plan.block_m = tl_mm_fixed_table[fixed].mr;
    p->plan.block_n = tl_mm_fixed_table[fixed].nr;
    if (!tl_conv_pass_strides(&conv, (tl_pass)p->pass, &plan, &p->plan.strides) ||
        supported(p, TL_L1_ARENA_BYTES) != TL_OK)
        *p = before;
}

void conv_case_plan(op_test *t) {
    static const uint32_t l1[] = {512, 1024, 4096, 16384, TL_L1_ARENA_BYTES};
    if (op_chance(t, 3))
        conv_case_plan_within(t, OP_PICK(t, l1));
    else
        conv_case_tiny_plan(t);
    t->job.probe.plan.padded = op_chance(t, 2);
    if (t->job.probe.plan.padded && supported(&t->job.probe, TL_L1_ARENA_BYTES) != TL_OK)
        t->job.probe.plan.padded = 0;
    if (op_chance(t, 3))
        conv_case_fix(t);
    t->job.probe.plan.by_columns = op_chance(t, 2);
}

/* The step may only write the L1 that `supported` has asked for. */
static void limit_l1(op_test *t) {
    uint32_t too_few = 0, enough = TL_L1_ARENA_BYTES;
    if (supported(&t->job.probe, enough) != TL_OK)
        op_fail(t, "supported", enough, "the plan is not supported");
    while (enough - too_few > 1) {
        uint32_t middle = (too_few + enough) / 2;
        if (supported(&t->job.probe, middle) == TL_OK)
            enough = middle;
        else
            too_few = middle;
    }
    t->job.l1_bytes = enough;
}

/* The layer as a convolution, and what its tensors hold. */
typedef struct sizes {
    uint32_t x, w, y, o;
} sizes;

static sizes sizes_of(const tl_probe *p) {
    if (p->kind == TL_PROBE_LINEAR) {
        const tl_linear *l = &p->linear;
        return (sizes){(uint32_t)l->n * l->k, (uint32_t)l->o * l->k, (uint32_t)l->n * l->o, l->o};
    }
    const tl_conv *c = &p->conv;
    return (sizes){
        .x = (uint32_t)c->n * c->h * c->w * c->c,
        .w = (uint32_t)ref_conv_weights(c),
        .y = (uint32_t)(c->n * ref_conv_out_h(c) * ref_conv_out_w(c)) * c->o,
        .o = c->o,
    };
}

static double roundings(const tl_probe *p, tl_pass pass) {
    size_t terms = p->kind == TL_PROBE_LINEAR ? ref_linear_terms(&p->linear, pass) : ref_conv_terms(&p->conv, pass);
    return (double)terms + p->plan.slices + p->add;
}

/* NaN times a zero of the padding is NaN too, so only tensors that are padded may hold one. */
static float *poisoned(op_test *t, uint32_t i, const char *name, uint32_t n) {
    float *values = op_input(t, i, name, n);
    if (t->poison != 0)
        values[draw_below(&t->draw, n)] = t->poison;
    return values;
}

/* Makes some of the values so large that a ReLU6 cuts them off. */
static void spread(op_test *t, uint32_t n, float *values) {
    for (uint32_t i = 0; i < n; i += draw_range(&t->draw, 1, 4))
        values[i] *= 16;
}

static void forward(op_test *t, const sizes *n) {
    const tl_probe *p = &t->job.probe;
    double *x = op_wide(t, n->x, poisoned(t, 0, "x", n->x));
    double *w = op_wide(t, n->w, op_input(t, 1, "w", n->w)), *b = NULL;
    if (!op_chance(t, 3)) {
        float *values = op_input(t, 2, "b", n->o);
        if (p->relu == 2)
            spread(t, n->o, values);
        b = op_wide(t, n->o, values);
    }
    double *y = op_doubles(t, n->y), *sum = op_doubles(t, n->y);
    if (p->kind == TL_PROBE_LINEAR)
        ref_linear_forward(&p->linear, x, w, b, y, sum);
    else
        ref_conv_forward(&p->conv, x, w, b, y, sum);
    const float *residual = p->residual ? op_input(t, 4, "residual", n->y) : NULL;
    for (uint32_t i = 0; residual && i < n->y; ++i) {
        y[i] += (double)residual[i];
        sum[i] += fabs((double)residual[i]);
    }
    if (p->relu)
        (p->relu == 2 ? ref_relu6_forward : ref_relu_forward)(n->y, y, y);
    op_expect(t, 3, "y", n->y, y, sum, roundings(p, TL_FORWARD) + p->residual);
}

/* The result is added to what stands in output i before. */
static void add_before(op_test *t, uint32_t i, const char *name, uint32_t n, double *y, double *sum) {
    float *before = op_input(t, i, name, n);
    for (uint32_t at = 0; at < n; ++at) {
        y[at] += (double)before[at];
        sum[at] += fabs((double)before[at]);
    }
}

static void grad_w(op_test *t, const sizes *n) {
    const tl_probe *p = &t->job.probe;
    double *x = op_wide(t, n->x, poisoned(t, 0, "x", n->x));
    double *dy = op_wide(t, n->y, op_input(t, 1, "dy", n->y));
    double *dw = op_doubles(t, n->w), *dw_sum = op_doubles(t, n->w);
    double *db = op_doubles(t, n->o), *db_sum = op_doubles(t, n->o);
    if (p->kind == TL_PROBE_LINEAR)
        ref_linear_grad_w(&p->linear, x, dy, dw, dw_sum, db, db_sum);
    else
        ref_conv_grad_w(&p->conv, x, dy, dw, dw_sum, db, db_sum);
    if (p->add) {
        add_before(t, 2, "dw", n->w, dw, dw_sum);
        add_before(t, 3, "db", n->o, db, db_sum);
    }
    op_expect(t, 2, "dw", n->w, dw, dw_sum, roundings(p, TL_GRAD_W));
    if (!op_chance(t, 3))
        op_expect(t, 3, "db", n->o, db, db_sum, roundings(p, TL_GRAD_W));
    else
        t->job.buffer[3].bytes = 0;
}

static double *kept(op_test *t, uint32_t i, const char *name, uint32_t n) {
    float *values = op_input(t, i, name, n);
    for (uint32_t at = 0; at < n; ++at)
        values[at] = fabsf(values[at]);
    return op_wide(t, n, values);
}

enum { ADAM_STEP = 3 };

/* What tl_adam_begin_f32 works out. */
static void begin_adam(tl_probe *p) {
    p->adam = (tl_adam){.rate = 0.125f, .beta1 = 0.875f, .beta2 = 0.75f, .epsilon = 0x1p-10f, .decay = 0.25f};
    p->adam_state.numbers = (tl_adam_numbers){.rest1 = 0.125f,
                                              .rest2 = 0.25f,
                                              .scale = (float)(1 / sqrt(1 - pow(0.75, ADAM_STEP))),
                                              .size = (float)(0.125 / (1 - pow(0.875, ADAM_STEP))),
                                              .keep = 1 - 0.125f * 0.25f,
                                              .epsilon = 0x1p-10f};
}

/*
 * The optimiser's step with the gradient g, which comes of `terms` roundings of terms that add up to g_sum: parameters
 * in buffer `at`, what is kept for them in buffer `of_kept` and behind. To Adam the gradient is exact.
 */
static void update(op_test *t, uint32_t at, uint32_t of_kept, const char *name, uint32_t n, const double *g,
                   const double *g_sum, double terms) {
    const tl_probe *p = &t->job.probe;
    const tl_rule rule = (tl_rule)(p->update - 1);
    double *w = op_wide(t, n, op_input(t, at, name, n)), *v = NULL, *m = NULL;
    if (rule != TL_RULE_SGD)
        v = kept(t, of_kept, "v", n);
    if (rule == TL_RULE_ADAM)
        m = kept(t, of_kept + 1, "m", n);
    double *w_sum = op_doubles(t, n), *v_sum = op_doubles(t, n), *m_sum = op_doubles(t, n);
    double all = REF_ADAM_TERMS;
    if (rule == TL_RULE_ADAM) {
        ref_adam_step(&p->adam, ADAM_STEP, n, g, w, m, v, w_sum, m_sum, v_sum);
    } else {
        ref_sgd_step(&p->sgd, n, g, w, v, w_sum, v_sum);
        all = terms + 3;
        for (uint32_t i = 0; i < n; ++i) {
            v_sum[i] += g_sum[i];
            w_sum[i] += (double)p->sgd.rate * g_sum[i];
        }
    }
    op_expect(t, at, name, n, w, w_sum, all);
    if (v)
        op_expect(t, of_kept, "v", n, v, v_sum, all);
    if (m)
        op_expect(t, of_kept + 1, "m", n, m, m_sum, all);
}

/* Small whole numbers, whose sums of products are exact. */
static float *whole(op_test *t, uint32_t i, const char *name, uint32_t n) {
    float *values = op_input(t, i, name, n);
    for (uint32_t at = 0; at < n; ++at)
        values[at] = roundf(values[at] * 3);
    return values;
}

static void grad_w_update(op_test *t, const sizes *n) {
    tl_probe *p = &t->job.probe;
    const bool exact = p->update - 1 == TL_RULE_ADAM;
    double *x = op_wide(t, n->x, (exact ? whole : op_input)(t, 0, "x", n->x));
    double *dy = op_wide(t, n->y, (exact ? whole : op_input)(t, 1, "dy", n->y));
    double *dw = op_doubles(t, n->w), *dw_sum = op_doubles(t, n->w);
    double *db = op_doubles(t, n->o), *db_sum = op_doubles(t, n->o);
    if (p->kind == TL_PROBE_LINEAR)
        ref_linear_grad_w(&p->linear, x, dy, dw, dw_sum, db, db_sum);
    else
        ref_conv_grad_w(&p->conv, x, dy, dw, dw_sum, db, db_sum);
    begin_adam(p);
    update(t, 2, 4, "w", n->w, dw, dw_sum, roundings(p, TL_GRAD_W));
    if (!op_chance(t, 3))
        update(t, 3, 6, "b", n->o, db, db_sum, roundings(p, TL_GRAD_W));
}

static void grad_x(op_test *t, const sizes *n) {
    const tl_probe *p = &t->job.probe;
    double *w = op_wide(t, n->w, op_input(t, 0, "w", n->w));
    double *dy = op_wide(t, n->y, poisoned(t, 1, "dy", n->y));
    float *mask = NULL;
    if (op_chance(t, 2)) {
        mask = op_input(t, 2, "mask", n->x);
        for (uint32_t i = 0; i < n->x; i += draw_range(&t->draw, 1, 16))
            mask[i] = op_chance(t, 8) ? NAN : op_chance(t, 2) ? 0 : op_chance(t, 2) ? 6 : 7;
    }
    double *dx = op_doubles(t, n->x), *sum = op_doubles(t, n->x);
    if (p->kind == TL_PROBE_LINEAR)
        ref_linear_grad_x(&p->linear, w, dy, NULL, dx, sum);
    else
        ref_conv_grad_x(&p->conv, w, dy, NULL, dx, sum);
    if (mask) {
        double *wide = op_wide(t, n->x, mask);
        (p->relu == 2 ? ref_relu6_grad_x : ref_relu_grad_x)(n->x, wide, dx, dx);
        (p->relu == 2 ? ref_relu6_grad_x : ref_relu_grad_x)(n->x, wide, sum, sum);
    }
    op_expect(t, 3, "dx", n->x, dx, sum, roundings(p, TL_GRAD_X));
}

void conv_case_tensors(op_test *t) {
    sizes n = sizes_of(&t->job.probe);
    if (t->job.probe.pass == TL_FORWARD)
        forward(t, &n);
    else if (t->job.probe.pass == TL_GRAD_W)
        (t->job.probe.update ? grad_w_update : grad_w)(t, &n);
    else
        grad_x(t, &n);
}

void conv_case_run(op_test *t) {
    limit_l1(t);
    /* Once more over what the first time has left in L1 and in the results. */
    t->job.probe.add = t->job.probe.pass == TL_GRAD_W && !t->job.probe.update && op_chance(t, 3);
    if (op_chance(t, 4) && !t->job.probe.add && !t->job.probe.update)
        t->job.probe.repeat = 2;
    conv_case_tensors(t);
    op_some_in_l1(t);
    op_finish(t);
}
