/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/tune/candidates.h"
#include "src/kernel/mm.h"
#include "src/op/conv_tiles.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_TILES = 16, BUFFERS = 2, FEW_BLOCKS = 20, WAYS = 4 };

typedef struct finder {
    const step_problem *problem;
    uint32_t l1_bytes;
    predict_cycles *predict;
    const void *with;
    candidate *of;
    uint32_t count, room;
    float best, nearest; /* of all that were predicted; of those since it was last set to 0 */
    bool failed;         /* out of memory */
} finder;

bool plans_equal(const step_plan *a, const step_plan *b) {
    char one[STEP_TEXT], other[STEP_TEXT];
    if (a->kind != b->kind)
        return false;
    plan_write(a, one, sizeof one);
    plan_write(b, other, sizeof other);
    return strcmp(one, other) == 0;
}

uint32_t candidates_place(const candidate_list *list, const step_plan *plan) {
    uint32_t i = 0;
    while (i < list->count && !plans_equal(&list->of[i].plan, plan))
        ++i;
    return i;
}

static void keep(finder *f, const step_plan *plan) {
    if (f->failed || step_supported(f->problem, plan, f->l1_bytes) != TL_OK)
        return;
    if (f->count == f->room) {
        const uint32_t room = f->room ? 2 * f->room : 1024;
        candidate *grown = realloc(f->of, room * sizeof *grown);
        f->failed = !grown;
        if (!grown)
            return;
        f->of = grown;
        f->room = room;
    }
    const float cycles = f->predict(f->with, f->problem, plan);
    f->of[f->count++] = (candidate){*plan, cycles};
    f->nearest = f->nearest > 0.0f && f->nearest < cycles ? f->nearest : cycles;
    f->best = f->best > 0.0f && f->best < cycles ? f->best : cycles;
}

/* ---- sizes of tiles ---- */

static uint32_t part_of(uint32_t size, uint32_t parts) {
    return (size + parts - 1) / parts;
}

/* The next smaller of the nearly equal tiles of a dimension; 0 behind the last. */
static uint32_t smaller(uint32_t size, uint32_t tile, uint32_t most) {
    uint32_t parts = part_of(size, tile);
    while (parts < most && parts < size)
        if (part_of(size, ++parts) < tile)
            return part_of(size, parts);
    return 0;
}

/* The same of channels: such tiles, and divisors. */
static uint32_t fewer(uint32_t size, uint32_t tile) {
    enum { LEAST = 4, FEW = 4 };
    while (tile > LEAST) {
        const uint32_t tiles = part_of(size, --tile);
        if (size % tile == 0 || (tiles <= FEW && tile == part_of(size, tiles)) || (tile % 20 == 0 && tile <= 80))
            return tile;
    }
    return 0;
}

/* ---- matmuls ---- */

/* A linear layer as the convolution that it runs as. */
static tl_conv as_conv(const step_problem *p) {
    const tl_linear *l = &p->size.linear;
    if (p->op == STEP_CONV)
        return p->size.conv;
    return (tl_conv){.n = 1, .h = 1, .w = l->n, .c = l->k, .o = l->o, .kh = 1, .kw = 1, .stride_h = 1, .stride_w = 1};
}

static void consider_kernel(finder *f, const tl_conv *conv, const tl_mm_info *kernel, bool fixed, tl_mm_plan mm) {
    const tl_pass pass = (tl_pass)f->problem->pass;
    const uint32_t before = f->count;
    mm.kernel = kernel->run;
    mm.block_m = kernel->mr;
    mm.block_n = kernel->nr;
    for (uint8_t way = 0; way < WAYS; ++way) {
        mm.by_columns = way & 1;
        mm.padded = way >> 1;
        mm.strides = (tl_mm_strides){0, 0, 0, 0};
        if (mm.padded && !tl_conv_pads(conv, pass))
            continue;
        if (fixed && !tl_conv_pass_strides(conv, pass, &mm, &mm.strides))
            continue;
        step_plan plan;
        memset(&plan, 0, sizeof plan);
        plan.kind = STEP_PLAN_MM;
        plan.of.mm = mm;
        keep(f, &plan);
        /* The ways to share a tile out, and a word behind its pixels, do not make up for so much. */
        if (way == 0 && f->count > before && f->of[f->count - 1].predicted > 1.2f * f->best)
            return;
    }
}

/* Rows x columns of a tile's result, over all runs. */
static uint32_t results(const tl_conv *conv, tl_pass pass, const tl_mm_plan *mm) {
    const uint32_t pixels = (uint32_t)mm->rows * mm->cols;
    return pass == TL_FORWARD  ? pixels * mm->o
           : pass == TL_GRAD_X ? pixels * mm->c
                               : (uint32_t)conv->kh * conv->kw * mm->o * mm->c;
}

/* Whether tiles of this size cost so much by their number alone that nothing can come of them. */
static bool too_many(const finder *f, const tl_conv *conv, const tl_mm_plan *mm, uint32_t rows, uint32_t cols) {
    /* Cycles of a tile, at the least; a multiply-add's of the best block on eight cores; how far from the best. */
    static const float a_tile = 300.0f, a_mac = 29.0f / 20.0f / 8.0f, far = 1.3f;
    const uint32_t tiles =
        conv->n * part_of(rows, mm->rows) * part_of(cols, mm->cols) * part_of(conv->o, mm->o) * part_of(conv->c, mm->c);
    const float least = a_tile * (float)tiles + a_mac * (float)step_problem_macs(f->problem);
    return f->best > 0.0f && least > far * f->best;
}

static void consider_tile(finder *f, const tl_conv *conv, tl_mm_plan mm) {
    step_plan trial;
    memset(&trial, 0, sizeof trial);
    trial.kind = STEP_PLAN_MM;
    trial.of.mm = mm;
    trial.of.mm.kernel = tl_mm_f32_pulp_4x4;
    trial.of.mm.block_m = trial.of.mm.block_n = 4;
    for (mm.buffers = 1; mm.buffers <= BUFFERS; ++mm.buffers) {
        trial.of.mm.buffers = mm.buffers;
        if (step_supported(f->problem, &trial, f->l1_bytes) != TL_OK)
            return;
        const bool few = results(conv, (tl_pass)f->problem->pass, &mm) < 16 * FEW_BLOCKS;
        for (mm.slices = 1; mm.slices <= (few ? 8 : 1); mm.slices = (uint8_t)(2 * mm.slices)) {
            const uint32_t before = f->count;
            f->nearest = 0.0f;
            for (uint32_t i = 0; i < tl_mm_fixed_count; ++i)
                consider_kernel(f, conv, &tl_mm_fixed_table[i], true, mm);
            if (f->count == before)
                consider_kernel(f, conv, tl_mm_numbered(step_kernel_number(tl_mm_f32_pulp_4x4)), false, mm);
            /* More slices, or a second buffer, do not make up for so much. */
            if (mm.slices == 1 && !few && f->nearest > 1.5f * f->best)
                return;
        }
    }
}

static void find_mm(finder *f) {
    const tl_conv conv = as_conv(f->problem);
    const bool dx = f->problem->pass == STEP_GRAD_X;
    const uint32_t rows = dx ? conv.h : tl_conv_out_h(&conv), cols = dx ? conv.w : tl_conv_out_w(&conv);
    tl_mm_plan mm;
    memset(&mm, 0, sizeof mm);
    mm.slices = 1;
    for (uint32_t h = rows; h; h = smaller(rows, h, MOST_TILES))
        for (uint32_t w = cols; w; w = smaller(cols, w, MOST_TILES / 2))
            for (uint32_t o = conv.o; o; o = fewer(conv.o, o))
                for (uint32_t c = conv.c; c; c = fewer(conv.c, c)) {
                    mm.rows = (uint16_t)h;
                    mm.cols = (uint16_t)w;
                    mm.o = (uint16_t)o;
                    mm.c = (uint16_t)c;
                    if (!too_many(f, &conv, &mm, rows, cols))
                        consider_tile(f, &conv, mm);
                }
}

/* ---- the others ---- */

static void find_planes(finder *f) {
    const tl_depthwise *l = &f->problem->size.depthwise;
    const uint32_t rows = f->problem->pass == STEP_GRAD_X ? l->h : tl_depthwise_out_h(l);
    const uint8_t most = f->problem->pass == STEP_GRAD_W ? 8 : 1;
    step_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.kind = STEP_PLAN_PLANES;
    for (uint32_t h = rows; h; h = smaller(rows, h, 2 * MOST_TILES))
        for (uint32_t c = l->c; c; c = c > 1 ? c - 1 : 0)
            for (uint8_t slices = 1; slices <= most; ++slices)
                for (uint8_t buffers = 1; buffers <= BUFFERS; ++buffers)
                    if (l->c % c == 0 || c % 4 == 0 || c < 16) {
                        plan.of.planes = (tl_planes_plan){(uint16_t)h, (uint16_t)c, slices, buffers};
                        keep(f, &plan);
                    }
}

static void find_window(finder *f) {
    const tl_pool *p = &f->problem->size.pool;
    const uint32_t rows = f->problem->pass == STEP_GRAD_X ? p->h : tl_pool_out_h(p);
    step_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.kind = STEP_PLAN_WINDOW;
    for (uint32_t h = rows; h; --h) {
        plan.of.window.rows = (uint16_t)h;
        keep(f, &plan);
    }
}

static void find_channels(finder *f) {
    const bool norm = f->problem->op == STEP_BATCH_NORM || f->problem->op == STEP_BATCH_NORM_FROZEN;
    const tl_batch_norm *n = &f->problem->size.norm;
    const tl_global_pool *g = &f->problem->size.global_pool;
    const uint32_t pixels = norm ? (uint32_t)n->n * n->h * n->w : (uint32_t)g->h * g->w;
    step_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.kind = STEP_PLAN_CHANNELS;
    for (uint32_t slices = 1; slices <= 8; ++slices)
        for (uint32_t size = part_of(pixels, slices); size; size = smaller(part_of(pixels, slices), size, 64))
            for (uint32_t buffers = 1; buffers <= 6; ++buffers) {
                plan.of.channels = (tl_channels_plan){size * slices, (uint8_t)slices, (uint8_t)buffers};
                keep(f, &plan);
            }
}

static void find_stream(finder *f) {
    const tl_linear *l = &f->problem->size.linear;
    step_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.kind = STEP_PLAN_STREAM;
    const uint8_t states = (uint8_t)(f->problem->update > STEP_SGD ? f->problem->update - 1 : 0);
    for (uint32_t rows = l->o; rows; rows = rows > 32 ? smaller(l->o, rows, l->o) : rows - 1) {
        plan.of.stream = (tl_stream_plan){(uint16_t)rows, 0, states};
        keep(f, &plan);
        for (uint32_t cols = l->k; cols > 16; cols = smaller(l->k, cols, MOST_TILES)) {
            plan.of.stream.cols = (uint16_t)cols;
            keep(f, &plan);
        }
    }
}

static void find_map(finder *f) {
    step_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.kind = STEP_PLAN_MAP;
    keep(f, &plan);
    for (uint32_t elements = 256; elements <= 4096; elements += 128) {
        plan.of.map.elements = elements;
        keep(f, &plan);
    }
}

static int by_predicted(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    return x->predicted < y->predicted ? -1 : x->predicted > y->predicted;
}

/* Merge sort, so that equals stay in their order. False: out of memory. */
static bool sort(candidate *of, uint32_t count) {
    candidate *other = malloc((count ? count : 1) * sizeof *other), *from = of, *to = other;
    if (!other)
        return false;
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t start = 0; start < count; start += 2 * width) {
            uint32_t middle = start + width < count ? start + width : count;
            uint32_t end = start + 2 * width < count ? start + 2 * width : count, i = start, j = middle;
            for (uint32_t k = start; k < end; ++k)
                to[k] = i < middle && (j >= end || by_predicted(&from[i], &from[j]) <= 0) ? from[i++] : from[j++];
        }
        candidate *swap = from;
        from = to;
        to = swap;
    }
    if (from != of)
        memcpy(of, from, count * sizeof *of);
    free(other);
    return true;
}

bool candidates_find(const step_problem *problem, uint32_t l1_bytes, predict_cycles *predict, const void *with,
                     candidate_list *list) {
    static void (*const find[])(finder *) = {[STEP_PLAN_MM] = find_mm,         [STEP_PLAN_PLANES] = find_planes,
                                             [STEP_PLAN_WINDOW] = find_window, [STEP_PLAN_CHANNELS] = find_channels,
                                             [STEP_PLAN_STREAM] = find_stream, [STEP_PLAN_MAP] = find_map};
    finder f = {.problem = problem, .l1_bytes = l1_bytes, .predict = predict, .with = with};
    step_plan own;
    *list = (candidate_list){.count = 0};
    const bool has_own = step_default_plan(problem, l1_bytes, &own) == TL_OK;
    if (has_own)
        f.best = predict(with, problem, &own);
    if (own.kind != STEP_PLAN_NONE)
        find[own.kind](&f);
    else if (has_own)
        keep(&f, &own);
    if (f.failed || !sort(f.of, f.count)) {
        free(f.of);
        return false;
    }
    list->legal = f.count;
    if (f.count > CANDIDATES_KEPT)
        f.count = CANDIDATES_KEPT;
    list->of = f.of;
    list->count = f.count;
    /* The library's own plan may have tiles of sizes that are not tried here; then it takes the last one's place. */
    if (has_own && candidates_place(list, &own) == list->count) {
        f.failed = false;
        if (list->count < CANDIDATES_KEPT)
            keep(&f, &own);
        else
            f.of[CANDIDATES_KEPT - 1] = (candidate){own, predict(with, problem, &own)};
        list->of = f.of;
        list->count = f.count;
        ++list->legal;
        if (f.failed || !sort(list->of, list->count)) {
            candidates_free(list);
            return false;
        }
    }
    return list->count > 0;
}

void candidates_free(candidate_list *list) {
    free(list->of);
    *list = (candidate_list){.count = 0};
}
