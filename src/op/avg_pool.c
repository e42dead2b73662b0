/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/avg_pool.h"
#include "src/kernel/average.h"
#include "src/op/pool_quads.h"
#include "src/op/pool_span.h"
#include "src/tile/leaf.h"
#include <stdbool.h>

typedef struct averaged {
    const tl_pool *pool;
    bool padded; /* a window's size counts the padding in it */
} averaged;

/* Pixels that are worked out alike. */
typedef struct average_run {
    tl_average_few few;
    uint32_t add; /* to what y is */
    const float *x;
    float *y;
    uint32_t unused;
} average_run;

static void average_leaf(const void *arguments) {
    const average_run *run = arguments;
    const tl_average_few *few = &run->few;
    const float *x = run->x;
    float *y = run->y;
    if (few->average.rows <= 2 && few->average.cols <= 2) {
        (run->add ? tl_average_few_add_f32 : tl_average_few_f32)(few, x, y);
        return;
    }
    for (uint32_t i = 0; i < few->count; ++i) {
        (run->add ? tl_average_add_f32 : tl_average_f32)(&few->average, x, y);
        x += few->x_step;
        y += few->y_step;
    }
}

/* Windows of the axis: places inside the image of window i, or the kernel's where the padding counts. */
static inline uint32_t window_size(const averaged *op, uint32_t i, uint32_t kernel, uint32_t stride, uint32_t before,
                                   uint32_t size) {
    uint32_t unused;
    return op->padded ? kernel : tl_cut_window((int32_t)(i * stride) - (int32_t)before, kernel, size, &unused);
}

static inline uint32_t size_down(const averaged *op, uint32_t p) {
    return window_size(op, p, op->pool->kh, op->pool->stride_h, op->pool->top, op->pool->h);
}

static inline uint32_t size_across(const averaged *op, uint32_t q) {
    return window_size(op, q, op->pool->kw, op->pool->stride_w, op->pool->left, op->pool->w);
}

/* ---- forward: tiles of rows of y ---- */

static void forward_needs(const tl_window_pass *pass, tl_window_tile *tile) {
    const tl_pool *pool = ((const averaged *)pass->op)->pool;
    int32_t top = (int32_t)(tile->first * pool->stride_h) - pool->top;
    uint32_t skipped, covered = tl_span_in(tile->rows, pool->kh, pool->stride_h);
    tile->in_rows = tl_cut_window(top, covered, pool->h, &skipped);
    tile->in_first = (uint32_t)(top + (int32_t)skipped);
}

static void forward_pixels(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile, uint32_t at,
                           uint32_t end) {
    const averaged *op = pass->op;
    const tl_pool *pool = op->pool;
    const uint32_t c = pool->c, x_row = pool->w * c, out_w = pass->out_width;
    average_run run = {
        .few = {.average = {.channels = c, .row_pitch = x_row}, .x_step = pool->stride_w * c, .y_step = c}};
    for (uint32_t p = at / out_w; at < end; ++p) {
        uint32_t first_i, first_j;
        int32_t h = (int32_t)((tile->first + p) * pool->stride_h) - pool->top;
        run.few.average.rows = tl_cut_window(h, pool->kh, pool->h, &first_i);
        const float *row = (const float *)(const void *)tile->in[0] + ((uint32_t)h + first_i - tile->in_first) * x_row;
        uint32_t q = at - p * out_w, row_end = tl_smaller(out_w, q + end - at);
        while (q < row_end) {
            int32_t w = (int32_t)(q * pool->stride_w) - pool->left;
            run.few.average.cols = tl_cut_window(w, pool->kw, pool->w, &first_j);
            run.few.average.scale = 1.0f / (float)(size_down(op, tile->first + p) * size_across(op, q));
            run.x = row + ((uint32_t)w + first_j) * c;
            run.y = (float *)(void *)tile->out[0] + at * c;
            run.few.count = 1;
            /* Windows that nothing cuts go on as one run. */
            if (run.few.average.cols == pool->kw)
                while (q + run.few.count < row_end &&
                       (uint32_t)w + run.few.count * pool->stride_w + pool->kw <= pool->w)
                    ++run.few.count;
            tl_do(team, average_leaf, &run, sizeof run);
            q += run.few.count;
            at += run.few.count;
        }
    }
}

typedef struct quads_run {
    tl_average_quads quads;
    const float *from;
    float *to;
} quads_run;

static void quads_leaf(const void *arguments) {
    const quads_run *run = arguments;
    tl_average_quads_f32(&run->quads, run->from, run->to);
}

static tl_average_quads quads_of(const tl_pool *pool, uint32_t count) {
    return (tl_average_quads){count, pool->c, pool->w * pool->c, 0.25f};
}

static tl_average_quads quads_in(const tl_strips_piece *piece) {
    return (tl_average_quads){piece->n, piece->channels, 2 * piece->channels * piece->n, 0.25f};
}

static void quads_strip(const tl_strips_piece *piece) {
    const tl_average_quads quads = quads_in(piece);
    tl_average_quads_f32(&quads, (const float *)(const void *)piece->data[0], (float *)(void *)piece->data[1]);
}

static void quads_pixels(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile, uint32_t at,
                         uint32_t end) {
    const tl_pool *pool = ((const averaged *)pass->op)->pool;
    const uint32_t c = pool->c, out_w = pass->out_width;
    for (uint32_t count; at < end; at += count) {
        const uint32_t p = at / out_w, q = at - p * out_w;
        count = tl_smaller(out_w - q, end - at);
        const quads_run run = {.quads = quads_of(pool, count),
                               .from = (const float *)(const void *)tile->in[0] + 2 * (p * pool->w + q) * c,
                               .to = (float *)(void *)tile->out[0] + at * c};
        tl_do(team, quads_leaf, &run, sizeof run);
    }
}

static tl_window_pass forward_pass(const averaged *op, uint32_t rows, char *x, char *y) {
    const tl_pool *pool = op->pool;
    const uint32_t out_h = tl_pool_out_h(pool), out_w = tl_pool_out_w(pool), tile = tl_smaller(rows, out_h);
    return (tl_window_pass){
        .op = op,
        .images = pool->n,
        .in_rows = pool->h,
        .out_rows = out_h,
        .out_width = out_w,
        .tile_rows = tile,
        .first_rows = 1,
        .tile_in_rows = tile ? tl_smaller(tl_span_in(tile, pool->kh, pool->stride_h), pool->h) : 0,
        .in = {{.l2 = x, .bytes = 4u * pool->w * pool->c}},
        .out = {{.l2 = y, .bytes = 4 * out_w * pool->c}},
        .needs = forward_needs,
        .pixels = tl_pool_is_quads(pool) ? quads_pixels : forward_pixels,
    };
}

static void forward(const tl_team *team, const averaged *op, const tl_window_plan *plan, const float *x, float *y) {
    tl_window_pass pass = forward_pass(op, plan->rows, (char *)(uintptr_t)x, (char *)y);
    if (!tl_pool_quads_strips(&pass, op->pool, TL_FORWARD, team, quads_strip, x, y, NULL))
        tl_window_run(team, &pass);
}

void tl_avg_pool_forward_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan, const float *x,
                             float *y) {
    forward(team, &(averaged){.pool = pool, .padded = false}, plan, x, y);
}

void tl_avg_pool_padded_forward_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan,
                                    const float *x, float *y) {
    forward(team, &(averaged){.pool = pool, .padded = true}, plan, x, y);
}

/* ---- grad_x: tiles of rows of dx ---- */

static tl_windows windows_down(const tl_window_pass *pass, uint32_t h) {
    const tl_pool *pool = ((const averaged *)pass->op)->pool;
    return tl_windows_at((int32_t)h + pool->top, pool->kh, pool->stride_h, (int32_t)pass->in_rows);
}

static void grad_x_needs(const tl_window_pass *pass, tl_window_tile *tile) {
    int32_t low = windows_down(pass, tile->first).first, high = windows_down(pass, tile->first + tile->rows - 1).last;
    tile->in_first = (uint32_t)low;
    tile->in_rows = low <= high ? (uint32_t)(high - low + 1) : 0;
}

/*
 * dx of `run->few.count` pixels (its y), whose windows are `down` and, for the first pixel, `across`: a rectangle of
 * windows of one size at a time. dy is the first window of row `first`.
 */
static void gather(const tl_team *team, const averaged *op, const tl_windows *down, const tl_windows *across,
                   const float *dy, uint32_t first, average_run *run) {
    run->add = 0;
    for (int32_t p = down->first, next_p; p <= down->last; p = next_p) {
        uint32_t tall = size_down(op, (uint32_t)p);
        for (next_p = p + 1; next_p <= down->last && size_down(op, (uint32_t)next_p) == tall;)
            ++next_p;
        for (int32_t q = across->first, next_q; q <= across->last; q = next_q) {
            uint32_t wide = size_across(op, (uint32_t)q);
            for (next_q = q + 1; next_q <= across->last && size_across(op, (uint32_t)next_q) == wide;)
                ++next_q;
            run->few.average.rows = (uint32_t)(next_p - p);
            run->few.average.cols = (uint32_t)(next_q - q);
            run->few.average.scale = 1.0f / (float)(tall * wide);
            run->x = dy + ((uint32_t)p - first) * run->few.average.row_pitch + (uint32_t)q * run->few.average.channels;
            tl_do(team, average_leaf, run, sizeof *run);
            run->add = 1;
        }
    }
    if (!run->add)
        tl_do_zero(team, run->few.count, run->few.y_step, run->few.average.channels, run->y);
}

/* Whether the pixel `steps` strides further, behind others that do, has its windows as many windows further and of the
 * same sizes. */
static bool goes_on(const averaged *op, const tl_windows *from, const tl_windows *to, int32_t steps) {
    if (to->first != from->first + steps || to->last != from->last + steps || from->first > from->last)
        return false;
    for (int32_t q = steps > 1 ? to->last : from->first; q <= to->last; ++q)
        if (size_across(op, (uint32_t)q) != size_across(op, (uint32_t)from->first))
            return false;
    return true;
}

/* The pixels [from, to) of row h of the tile; those that are stride_w apart are alike, but near the edges. */
static void grad_x_row(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile, uint32_t h,
                       uint32_t from, uint32_t to) {
    const averaged *op = pass->op;
    const tl_pool *pool = op->pool;
    const uint32_t c = pool->c, y_row = pass->in[0].bytes / 4, stride = pool->stride_w;
    const int32_t out_w = (int32_t)(y_row / c), sw = (int32_t)stride, kw = pool->kw;
    const tl_windows down = windows_down(pass, tile->first + h);
    average_run run = {.few = {.average = {.channels = c, .row_pitch = y_row}, .x_step = c, .y_step = stride * c}};
    for (uint32_t phase = from; phase < tl_smaller(from + stride, to); ++phase) {
        for (uint32_t w = phase; w < to; w += run.few.count * stride) {
            const int32_t place = (int32_t)w + pool->left;
            const int32_t lowest = tl_ceil_div(place - kw + 1, sw), highest = place / sw;
            const tl_windows across = {.first = lowest < 0 ? 0 : lowest, .last = highest < out_w ? highest : out_w - 1};
            for (run.few.count = 1; w + run.few.count * stride < to; ++run.few.count) {
                /* A stride further there is one more window on both sides: no divisions. */
                const int32_t count = (int32_t)run.few.count, first = lowest + count, last = highest + count;
                const tl_windows next = {.first = first < 0 ? 0 : first, .last = last < out_w ? last : out_w - 1};
                if (!goes_on(op, &across, &next, (int32_t)run.few.count))
                    break;
            }
            run.y = (float *)(void *)tile->out[0] + (h * pool->w + w) * c;
            gather(team, op, &down, &across, (const float *)(const void *)tile->in[0], tile->in_first, &run);
        }
    }
}

static void grad_x_pixels(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile, uint32_t at,
                          uint32_t end) {
    const uint32_t width = pass->out_width;
    for (uint32_t h = at / width; at < end; ++h) {
        uint32_t w = at - h * width, row_end = tl_smaller(width, w + end - at);
        grad_x_row(pass, team, tile, h, w, row_end);
        at += row_end - w;
    }
}

static void spread_leaf(const void *arguments) {
    const quads_run *run = arguments;
    tl_average_spread_f32(&run->quads, run->from, run->to);
}

static void spread_strip(const tl_strips_piece *piece) {
    const tl_average_quads quads = quads_in(piece);
    tl_average_spread_f32(&quads, (const float *)(const void *)piece->data[0], (float *)(void *)piece->data[1]);
}

static void do_spread(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile, uint32_t window,
                      uint32_t pixel, uint32_t count) {
    const tl_pool *pool = ((const averaged *)pass->op)->pool;
    const quads_run run = {.quads = quads_of(pool, count),
                           .from = (const float *)(const void *)tile->in[0] + window * pool->c,
                           .to = (float *)(void *)tile->out[0] + pixel * pool->c};
    tl_do(team, spread_leaf, &run, sizeof run);
}

/* The windows, and not the pixels, are shared out. */
static void spread_pixels(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile, uint32_t unused,
                          uint32_t unused_end) {
    (void)unused;
    (void)unused_end;
    tl_pool_quads_grad_x(pass, ((const averaged *)pass->op)->pool, team, tile, do_spread);
}

static tl_window_pass grad_x_pass(const averaged *op, uint32_t rows, char *dy, char *dx) {
    const tl_pool *pool = op->pool;
    const uint32_t out_h = tl_pool_out_h(pool), tile = tl_smaller(rows, pool->h);
    return (tl_window_pass){
        .op = op,
        .images = pool->n,
        .in_rows = out_h,
        .out_rows = pool->h,
        .out_width = pool->w,
        .tile_rows = tile,
        .tile_in_rows = tl_smaller((tile + pool->kh - 2u) / pool->stride_h + 1, out_h),
        .in = {{.l2 = dy, .bytes = 4 * tl_pool_out_w(pool) * pool->c}},
        .out = {{.l2 = dx, .bytes = 4u * pool->w * pool->c}},
        .needs = grad_x_needs,
        .pixels = tl_pool_tiles_quads(pool, tile) ? spread_pixels : grad_x_pixels,
    };
}

static void grad_x(const tl_team *team, const averaged *op, const tl_window_plan *plan, const float *dy, float *dx) {
    tl_window_pass pass = grad_x_pass(op, plan->rows, (char *)(uintptr_t)dy, (char *)dx);
    if (!tl_pool_quads_strips(&pass, op->pool, TL_GRAD_X, team, spread_strip, dx, dy, NULL))
        tl_window_run(team, &pass);
}

void tl_avg_pool_grad_x_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan, const float *dy,
                            float *dx) {
    grad_x(team, &(averaged){.pool = pool, .padded = false}, plan, dy, dx);
}

void tl_avg_pool_padded_grad_x_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan,
                                   const float *dy, float *dx) {
    grad_x(team, &(averaged){.pool = pool, .padded = true}, plan, dy, dx);
}

/* ---- what fits ---- */

static uint64_t pass_bytes(const tl_pool *pool, tl_pass pass, uint32_t rows) {
    char any;
    const averaged op = {.pool = pool};
    tl_window_pass window =
        pass == TL_FORWARD ? forward_pass(&op, rows, &any, &any) : grad_x_pass(&op, rows, &any, &any);
    return tl_window_pass_bytes(&window);
}

static tl_status check_sizes(const tl_pool *pool) {
    bool fit = pool->n && pool->h && pool->w && pool->c && pool->kh && pool->kw && pool->stride_h && pool->stride_w &&
               pool->top < pool->kh && pool->bottom < pool->kh && pool->left < pool->kw && pool->right < pool->kw &&
               tl_pool_out_h(pool) && tl_pool_out_w(pool) &&
               (uint64_t)pool->n * pool->h * pool->w * pool->c < (uint64_t)1 << 29;
    return fit ? TL_OK : TL_BAD_SIZES;
}

tl_status tl_avg_pool_supported(const tl_pool *pool, tl_pass pass, const tl_window_plan *plan, uint32_t l1_bytes) {
    tl_status status = check_sizes(pool);
    if (status != TL_OK)
        return status;
    uint32_t rows = tl_smaller(plan->rows, pass == TL_FORWARD ? tl_pool_out_h(pool) : pool->h);
    return rows && pass != TL_GRAD_W && pass_bytes(pool, pass, rows) <= l1_bytes ? TL_OK : TL_BAD_PLAN;
}

tl_status tl_avg_pool_plan(const tl_pool *pool, tl_pass pass, uint32_t l1_bytes, tl_window_plan *plan) {
    tl_status status = check_sizes(pool);
    if (status != TL_OK)
        return status;
    const uint32_t all = pass == TL_FORWARD ? tl_pool_out_h(pool) : pool->h;
    uint32_t rows = tl_pool_tile_rows(pool, pass, all);
    if (pass == TL_FORWARD) /* the first one being short, others may be larger */
        rows = tl_smaller(2 * rows, all);
    while (rows > 1 && pass_bytes(pool, pass, rows) > l1_bytes)
        rows = pass == TL_FORWARD ? rows - 1 : (rows + 1) / 2;
    /* One tile needs no second buffer. */
    if (pass_bytes(pool, pass, rows) > l1_bytes)
        rows = all;
    plan->rows = (uint16_t)rows;
    return tl_avg_pool_supported(pool, pass, plan, l1_bytes);
}
