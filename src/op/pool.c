/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/pool.h"
#include "src/kernel/window.h"
#include "src/op/pool_quads.h"
#include "src/op/pool_span.h"
#include "src/tile/leaf.h"
#include <stdbool.h>

uint32_t tl_pool_out_h(const tl_pool *pool) {
    return tl_span_out(pool->h, pool->kh, pool->stride_h, pool->top, pool->bottom);
}

uint32_t tl_pool_out_w(const tl_pool *pool) {
    return tl_span_out(pool->w, pool->kw, pool->stride_w, pool->left, pool->right);
}

/* ---- forward: tiles of rows of y ---- */

static void forward_needs(const tl_window_pass *pass, tl_window_tile *tile) {
    const tl_pool *pool = pass->op;
    int32_t top = (int32_t)(tile->first * pool->stride_h) - pool->top;
    uint32_t skipped, covered = tl_span_in(tile->rows, pool->kh, pool->stride_h);
    tile->in_rows = tl_cut_window(top, covered, pool->h, &skipped);
    tile->in_first = (uint32_t)(top + (int32_t)skipped);
}

/* Pixels of one row whose windows lie alike. */
typedef struct forward_run {
    tl_pool_window window;
    const float *x;
    float *y;
    uint8_t *arg;
} forward_run;

static void forward_leaf(const void *arguments) {
    const forward_run *run = arguments;
    tl_max_pool_f32(&run->window, run->x, run->y, run->arg);
}

static void forward_pixels(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile, uint32_t at,
                           uint32_t end) {
    const tl_pool *pool = pass->op;
    const float *x = (const float *)(const void *)tile->in[0];
    const uint32_t c = pool->c, x_row = pool->w * c, out_w = pass->out_width;
    forward_run run = {.window = {.channels = c, .row_pitch = x_row, .kernel_w = pool->kw, .step = pool->stride_w * c}};
    for (uint32_t p = at / out_w; at < end; ++p) {
        int32_t h = (int32_t)((tile->first + p) * pool->stride_h) - pool->top;
        run.window.rows = tl_cut_window(h, pool->kh, pool->h, &run.window.first_i);
        const float *row = x + ((uint32_t)h + run.window.first_i - tile->in_first) * x_row;
        uint32_t q = at - p * out_w, row_end = tl_smaller(out_w, q + end - at);
        while (q < row_end) {
            int32_t w = (int32_t)(q * pool->stride_w) - pool->left;
            run.window.cols = tl_cut_window(w, pool->kw, pool->w, &run.window.first_j);
            run.x = row + ((uint32_t)w + run.window.first_j) * c;
            run.y = (float *)(void *)tile->out[0] + at * c;
            run.arg = (uint8_t *)tile->out[1] + at * c;
            uint32_t *count = &run.window.count;
            *count = 1;
            /* Windows that nothing cuts go on as one run. */
            if (run.window.cols == pool->kw)
                while (q + *count < row_end && (uint32_t)w + *count * pool->stride_w + pool->kw <= pool->w)
                    ++*count;
            tl_do(team, forward_leaf, &run, sizeof run);
            q += *count;
            at += *count;
        }
    }
}

static tl_window_pass forward_pass(const tl_pool *pool, uint32_t rows, char *x, char *y, char *arg) {
    const uint32_t out_h = tl_pool_out_h(pool), out_w = tl_pool_out_w(pool), y_row = out_w * pool->c;
    uint32_t tile = tl_smaller(rows, out_h);
    return (tl_window_pass){
        .op = pool,
        .images = pool->n,
        .in_rows = pool->h,
        .out_rows = out_h,
        .out_width = out_w,
        .tile_rows = tile,
        .first_rows = 1,
        .tile_in_rows = tile ? tl_smaller(tl_span_in(tile, pool->kh, pool->stride_h), pool->h) : 0,
        .in = {{.l2 = x, .bytes = 4u * pool->w * pool->c}},
        .out = {{.l2 = y, .bytes = 4 * y_row}, {.l2 = arg, .bytes = y_row}},
        .needs = forward_needs,
        .pixels = forward_pixels,
    };
}

void tl_max_pool_forward_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan, const float *x,
                             float *y, uint8_t *arg) {
    tl_window_pass pass = forward_pass(pool, plan->rows, (char *)(uintptr_t)x, (char *)y, (char *)arg);
    tl_window_run(team, &pass);
}

/* ---- grad_x: tiles of rows of dx ---- */

static tl_windows windows_down(const tl_window_pass *pass, uint32_t h) {
    const tl_pool *pool = pass->op;
    return tl_windows_at((int32_t)h + pool->top, pool->kh, pool->stride_h, (int32_t)pass->in_rows);
}

static void grad_x_needs(const tl_window_pass *pass, tl_window_tile *tile) {
    int32_t low = windows_down(pass, tile->first).first, high = windows_down(pass, tile->first + tile->rows - 1).last;
    tile->in_first = (uint32_t)low;
    tile->in_rows = low <= high ? (uint32_t)(high - low + 1) : 0;
}

/* Pixels of one row that stand alike to their windows: `count` of them, dx moving on by x_step elements. */
typedef struct grad_x_run {
    tl_pool_gather gather;
    const float *dy;
    const uint8_t *arg;
    float *dx;
    uint32_t count, x_step, unused;
} grad_x_run;

static void grad_x_leaf(const void *arguments) {
    const grad_x_run *run = arguments;
    const float *dy = run->dy;
    const uint8_t *arg = run->arg;
    float *dx = run->dx;
    for (uint32_t i = 0; i < run->count; ++i) {
        tl_max_pool_grad_f32(&run->gather, dy, arg, dx);
        dy += run->gather.channels;
        arg += run->gather.channels;
        dx += run->x_step;
    }
}

static bool alike(const tl_windows *a, const tl_windows *b) {
    return a->last - a->first == b->last - b->first && a->inside == b->inside;
}

/* The pixels [from, to) of one row; those that are stride_w apart stand alike, but near the edges. */
static void grad_x_row(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile, uint32_t h,
                       uint32_t from, uint32_t to) {
    const tl_pool *pool = pass->op;
    const uint32_t c = pool->c, y_row = pass->in[1].bytes, stride = pool->stride_w;
    const int32_t out_w = (int32_t)(y_row / c);
    const tl_windows down = windows_down(pass, tile->first + h);
    grad_x_run run = {.gather = {.channels = c,
                                 .row_pitch = y_row,
                                 .kernel_w = pool->kw,
                                 .stride_h = pool->stride_h,
                                 .stride_w = stride,
                                 .first_i = (uint32_t)down.inside},
                      .x_step = stride * c};
    for (uint32_t phase = from; phase < tl_smaller(from + stride, to); ++phase) {
        for (uint32_t w = phase; w < to; w += run.count * stride) {
            tl_windows across = tl_windows_at((int32_t)w + pool->left, pool->kw, (int32_t)stride, out_w);
            bool none = across.first > across.last || down.first > down.last;
            run.gather.rows = none ? 0 : (uint32_t)(down.last - down.first + 1);
            run.gather.cols = none ? 0 : (uint32_t)(across.last - across.first + 1);
            run.gather.first_j = (uint32_t)across.inside;
            uint32_t at = none ? 0 : ((uint32_t)down.first - tile->in_first) * y_row + (uint32_t)across.first * c;
            run.dy = (const float *)(const void *)tile->in[0] + at;
            run.arg = (const uint8_t *)tile->in[1] + at;
            run.dx = (float *)(void *)tile->out[0] + (h * pool->w + w) * c;
            run.count = 1;
            while (!none && w + run.count * stride < to) {
                tl_windows next =
                    tl_windows_at((int32_t)(w + run.count * stride) + pool->left, pool->kw, (int32_t)stride, out_w);
                if (!alike(&across, &next) || next.first != across.first + (int32_t)run.count)
                    break;
                ++run.count;
            }
            tl_do(team, grad_x_leaf, &run, sizeof run);
        }
    }
}

static void grad_x_pixels(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile, uint32_t at,
                          uint32_t end) {
    const tl_pool *pool = pass->op;
    for (uint32_t h = at / pool->w; at < end; ++h) {
        uint32_t w = at - h * pool->w, row_end = tl_smaller(pool->w, w + end - at);
        grad_x_row(pass, team, tile, h, w, row_end);
        at += row_end - w;
    }
}

typedef struct spread_run {
    tl_pool_spread spread;
    const float *dy;
    const uint8_t *arg;
    float *dx;
} spread_run;

static void spread_leaf(const void *arguments) {
    const spread_run *run = arguments;
    tl_max_pool_spread_f32(&run->spread, run->dy, run->arg, run->dx);
}

static void do_spread(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile, uint32_t window,
                      uint32_t pixel, uint32_t count) {
    const tl_pool *pool = pass->op;
    const uint32_t c = pool->c;
    const spread_run run = {.spread = {.count = count, .channels = c, .row_pitch = pool->w * c},
                            .dy = (const float *)(const void *)tile->in[0] + window * c,
                            .arg = (const uint8_t *)tile->in[1] + window * c,
                            .dx = (float *)(void *)tile->out[0] + pixel * c};
    tl_do(team, spread_leaf, &run, sizeof run);
}

/* The windows, and not the pixels, are shared out. */
static void spread_pixels(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile, uint32_t unused,
                          uint32_t unused_end) {
    (void)unused;
    (void)unused_end;
    tl_pool_quads_grad_x(pass, pass->op, team, tile, do_spread);
}

static void spread_strip(const tl_strips_piece *piece) {
    const tl_pool_spread spread = {
        .count = piece->n, .channels = piece->channels, .row_pitch = 2 * piece->channels * piece->n};
    tl_max_pool_spread_f32(&spread, (const float *)(const void *)piece->data[0], (const uint8_t *)piece->data[1],
                           (float *)(void *)piece->data[2]);
}

typedef struct scatter_run {
    tl_pool_scatter scatter;
    const float *dy;
    const uint8_t *arg;
    float *dx;
} scatter_run;

static void scatter_leaf(const void *arguments) {
    const scatter_run *run = arguments;
    tl_max_pool_scatter_f32(&run->scatter, run->dy, run->arg, run->dx);
}

/*
 * Each core takes every n-th channel, so that the windows' additions to a pixel stay in order. Those that reach beyond
 * the tile add to the halo.
 */
static void scatter_pixels(const tl_window_pass *pass, const tl_team *team, const tl_window_tile *tile, uint32_t unused,
                           uint32_t unused_end) {
    (void)unused;
    (void)unused_end;
    const tl_pool *pool = pass->op;
    const uint32_t c = pool->c, x_row = pool->w * c, id = team->id, n = team->n;
    const int32_t first = (int32_t)(tile->in_first * pool->stride_h) - pool->top - (int32_t)tile->first; /* row of dx */
    const int32_t at = (first * pool->w - pool->left) * (int32_t)c + (int32_t)id;
    if (tile->in_rows == 0 || id >= c)
        return;
    const scatter_run run = {.scatter = {.rows = tile->in_rows,
                                         .cols = pass->in[1].bytes / c,
                                         .channels = c,
                                         .row_pitch = x_row,
                                         .kernel_h = pool->kh,
                                         .kernel_w = pool->kw,
                                         .stride_h = pool->stride_h,
                                         .stride_w = pool->stride_w,
                                         .count = (c - id - 1) / n + 1,
                                         .step = n},
                             .dy = (const float *)(const void *)tile->in[0] + id,
                             .arg = (const uint8_t *)tile->in[1] + id,
                             .dx = (float *)(void *)tile->out[0] + at};
    tl_do(team, scatter_leaf, &run, sizeof run);
}

/* Whether windows are scattered over dx (else dx gathers them): with channels for the cores. */
static bool scatters(const tl_pool *pool) {
    enum { LEAST_CHANNELS = 4 };
    return pool->c >= LEAST_CHANNELS && pool->kh * pool->kw <= TL_POOL_SCATTER_PLACES;
}

static tl_window_pass grad_x_pass(const tl_pool *pool, uint32_t rows, char *dy, char *arg, char *dx) {
    const uint32_t out_h = tl_pool_out_h(pool), y_row = tl_pool_out_w(pool) * pool->c;
    const uint32_t tile = tl_smaller(rows, pool->h);
    const bool quads = tl_pool_tiles_quads(pool, tile), scatter = !quads && scatters(pool);
    return (tl_window_pass){
        .op = pool,
        .images = pool->n,
        .in_rows = out_h,
        .out_rows = pool->h,
        .out_width = pool->w,
        .tile_rows = tile,
        .tile_in_rows = tl_smaller((tile + pool->kh - 2u) / pool->stride_h + 1, out_h),
        .in = {{.l2 = dy, .bytes = 4 * y_row}, {.l2 = arg, .bytes = y_row}},
        .out = {{.l2 = dx, .bytes = 4u * pool->w * pool->c}},
        .needs = grad_x_needs,
        .pixels = quads     ? spread_pixels
                  : scatter ? scatter_pixels
                            : grad_x_pixels,
        .from_zero = scatter,
        .halo = scatter && tile < pool->h ? pool->kh - 1u : 0,
    };
}

void tl_max_pool_grad_x_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan, const float *dy,
                            const uint8_t *arg, float *dx) {
    tl_window_pass pass = grad_x_pass(pool, plan->rows, (char *)(uintptr_t)dy, (char *)(uintptr_t)arg, (char *)dx);
    if (tl_pool_quads_strips(&pass, pool, TL_GRAD_X, team, spread_strip, dx, dy, arg))
        return;
    /* A dx in L1 has no halo between its tiles; with all in L1 there is one tile. */
    if (pass.halo > 0 && tl_window_in_l1(team, dx)) {
        if (tl_window_in_l1(team, dy) && tl_window_in_l1(team, arg)) {
            pass.halo = 0;
        } else {
            pass.pixels = grad_x_pixels;
            pass.from_zero = false;
        }
    }
    tl_window_run(team, &pass);
}

/* ---- what fits ---- */

static uint64_t pass_bytes(const tl_pool *pool, tl_pass pass, uint32_t rows) {
    char any;
    tl_window_pass window =
        pass == TL_FORWARD ? forward_pass(pool, rows, &any, &any, &any) : grad_x_pass(pool, rows, &any, &any, &any);
    return tl_window_pass_bytes(&window);
}

static tl_status check_sizes(const tl_pool *pool) {
    bool fit = pool->n && pool->h && pool->w && pool->c && pool->kh && pool->kw && pool->stride_h && pool->stride_w &&
               pool->kh * pool->kw <= 256 && pool->top < pool->kh && pool->bottom < pool->kh && pool->left < pool->kw &&
               pool->right < pool->kw && tl_pool_out_h(pool) && tl_pool_out_w(pool) &&
               (uint64_t)pool->n * pool->h * pool->w * pool->c < (uint64_t)1 << 29;
    return fit ? TL_OK : TL_BAD_SIZES;
}

tl_status tl_max_pool_supported(const tl_pool *pool, tl_pass pass, const tl_window_plan *plan, uint32_t l1_bytes) {
    tl_status status = check_sizes(pool);
    if (status != TL_OK)
        return status;
    uint32_t rows = tl_smaller(plan->rows, pass == TL_FORWARD ? tl_pool_out_h(pool) : pool->h);
    return rows && pass != TL_GRAD_W && pass_bytes(pool, pass, rows) <= l1_bytes ? TL_OK : TL_BAD_PLAN;
}

tl_status tl_max_pool_plan(const tl_pool *pool, tl_pass pass, uint32_t l1_bytes, tl_window_plan *plan) {
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
    return tl_max_pool_supported(pool, pass, plan, l1_bytes);
}
