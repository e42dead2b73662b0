/* SPDX-License-Identifier: Apache-2.0 */
#include "include/tl/pool.h"
#include "src/base/span.h"
#include "src/hal/hal.h"
#include "src/kernel/window.h"
#include "src/tile/share.h"
#include <stdbool.h>

uint32_t tl_pool_out_h(const tl_pool *pool) {
    return tl_span_out(pool->h, pool->kh, pool->stride_h, pool->top, pool->bottom);
}

uint32_t tl_pool_out_w(const tl_pool *pool) {
    return tl_span_out(pool->w, pool->kw, pool->stride_w, pool->left, pool->right);
}

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* Rows of the other side that `rows` rows of this side's tile need at the most. */
static uint32_t rows_needed(const tl_pool *pool, tl_pass pass, uint32_t rows) {
    if (pass == TL_FORWARD)
        return smaller(tl_span_in(rows, pool->kh, pool->stride_h), pool->h);
    return smaller((rows + pool->kh - 2u) / pool->stride_h + 1, tl_pool_out_h(pool));
}

static uint64_t pass_bytes(const tl_pool *pool, tl_pass pass, uint32_t rows) {
    uint64_t x_row = (uint64_t)pool->w * pool->c, y_row = (uint64_t)tl_pool_out_w(pool) * pool->c;
    uint32_t other = rows_needed(pool, pass, rows);
    uint32_t x_rows = pass == TL_FORWARD ? other : rows, y_rows = pass == TL_FORWARD ? rows : other;
    return x_rows * x_row * 4 + y_rows * y_row * 5;
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
    uint32_t rows = smaller(plan->rows, pass == TL_FORWARD ? tl_pool_out_h(pool) : pool->h);
    return rows && pass != TL_GRAD_W && pass_bytes(pool, pass, rows) <= l1_bytes ? TL_OK : TL_BAD_PLAN;
}

tl_status tl_max_pool_plan(const tl_pool *pool, tl_pass pass, uint32_t l1_bytes, tl_window_plan *plan) {
    tl_status status = check_sizes(pool);
    if (status != TL_OK)
        return status;
    uint32_t rows = pass == TL_FORWARD ? tl_pool_out_h(pool) : pool->h;
    while (rows > 1 && pass_bytes(pool, pass, rows) > l1_bytes)
        rows = (rows + 1) / 2;
    plan->rows = (uint16_t)rows;
    return tl_max_pool_supported(pool, pass, plan, l1_bytes);
}

/* Everything that stands in one piece in L1 and L2 alike. */
static void move(const tl_team *team, tl_dma_direction direction, void *l1, const void *l2, uint32_t bytes) {
    tl_dma_box box = {.l1 = l1, .l2 = (char *)(uintptr_t)l2, .rows = 1, .segments = 1, .bytes = bytes};
    tl_dma_start(team, direction, &box);
}

/* The part of a window of `kernel` places at `at` that lies in [0, size): its first place and how many. */
static inline uint32_t cut_window(int32_t at, uint32_t kernel, uint32_t size, uint32_t *first) {
    *first = at < 0 ? (uint32_t)-at : 0;
    uint32_t left = (uint32_t)((int32_t)size - at);
    return smaller(kernel, left) - *first;
}

void tl_max_pool_forward_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan, const float *x,
                             float *y, uint8_t *arg) {
    const uint32_t out_h = tl_pool_out_h(pool), out_w = tl_pool_out_w(pool), c = pool->c;
    const uint32_t x_row = pool->w * c, y_row = out_w * c, step = smaller(plan->rows, out_h);
    float *x_l1 = (float *)tl_l1(team), *y_l1 = x_l1 + rows_needed(pool, TL_FORWARD, step) * x_row;
    uint8_t *arg_l1 = (uint8_t *)(y_l1 + step * y_row);
    for (uint32_t n = 0; n < pool->n; ++n) {
        for (uint32_t p0 = 0; p0 < out_h; p0 += step) {
            uint32_t rows = smaller(step, out_h - p0);
            int32_t top = (int32_t)(p0 * pool->stride_h) - pool->top;
            uint32_t skipped, x_rows = cut_window(top, tl_span_in(rows, pool->kh, pool->stride_h), pool->h, &skipped);
            top += (int32_t)skipped;
            uint32_t handle = tl_dma_begin(team);
            move(team, TL_DMA_IN, x_l1, x + (n * pool->h + (uint32_t)top) * x_row, 4 * x_rows * x_row);
            tl_dma_end(team, handle);
            tl_barrier(team);
            uint32_t at = tl_share_start(rows * out_w, team->id, team->n);
            uint32_t end = tl_share_start(rows * out_w, team->id + 1, team->n);
            uint32_t p = at / out_w, q = at - p * out_w;
            tl_pool_window window = {.channels = c, .row_pitch = x_row, .kernel_w = pool->kw};
            for (; at < end; ++at) {
                int32_t h = (int32_t)((p0 + p) * pool->stride_h) - pool->top;
                int32_t w = (int32_t)(q * pool->stride_w) - pool->left;
                window.rows = cut_window(h, pool->kh, pool->h, &window.first_i);
                window.cols = cut_window(w, pool->kw, pool->w, &window.first_j);
                uint32_t row = (uint32_t)(h - top) + window.first_i, col = (uint32_t)w + window.first_j;
                tl_max_pool_f32(&window, x_l1 + row * x_row + col * c, y_l1 + at * c, arg_l1 + at * c);
                if (++q == out_w) {
                    q = 0;
                    ++p;
                }
            }
            tl_barrier(team);
            handle = tl_dma_begin(team);
            move(team, TL_DMA_OUT, y_l1, y + (n * out_h + p0) * y_row, 4 * rows * y_row);
            move(team, TL_DMA_OUT, arg_l1, arg + (n * out_h + p0) * y_row, rows * y_row);
            tl_dma_end(team, handle);
            tl_barrier(team);
        }
    }
}

/* The windows along one axis that hold a place, as the place moves on: window `first` sees it at its place `inside`. */
typedef struct windows {
    int32_t first, last, inside;
} windows;

static windows windows_at(int32_t place, int32_t kernel, int32_t stride, int32_t count) {
    windows w = {.first = tl_ceil_div(place - kernel + 1, stride), .last = place / stride};
    if (w.first < 0)
        w.first = 0;
    if (w.last >= count)
        w.last = count - 1;
    w.inside = place - w.first * stride;
    return w;
}

void tl_max_pool_grad_x_f32(const tl_team *team, const tl_pool *pool, const tl_window_plan *plan, const float *dy,
                            const uint8_t *arg, float *dx) {
    const int32_t out_h = (int32_t)tl_pool_out_h(pool), out_w = (int32_t)tl_pool_out_w(pool);
    const uint32_t c = pool->c, x_row = pool->w * c, y_row = (uint32_t)out_w * c, step = smaller(plan->rows, pool->h);
    const uint32_t y_rows = rows_needed(pool, TL_GRAD_X, step);
    float *x_l1 = (float *)tl_l1(team), *y_l1 = x_l1 + step * x_row;
    uint8_t *arg_l1 = (uint8_t *)(y_l1 + y_rows * y_row);
    for (uint32_t n = 0; n < pool->n; ++n) {
        for (uint32_t h0 = 0; h0 < pool->h; h0 += step) {
            uint32_t rows = smaller(step, pool->h - h0);
            int32_t place = (int32_t)h0 + pool->top;
            int32_t low = windows_at(place, pool->kh, pool->stride_h, out_h).first;
            int32_t high = windows_at(place + (int32_t)rows - 1, pool->kh, pool->stride_h, out_h).last;
            uint32_t handle = tl_dma_begin(team);
            if (low <= high) {
                uint32_t first = (n * (uint32_t)out_h + (uint32_t)low) * y_row;
                uint32_t elements = (uint32_t)(high - low + 1) * y_row;
                move(team, TL_DMA_IN, y_l1, dy + first, 4 * elements);
                move(team, TL_DMA_IN, arg_l1, arg + first, elements);
            }
            tl_dma_end(team, handle);
            tl_barrier(team);
            uint32_t at = tl_share_start(rows * pool->w, team->id, team->n);
            uint32_t end = tl_share_start(rows * pool->w, team->id + 1, team->n);
            uint32_t h = at / pool->w, w = at - h * pool->w;
            tl_pool_gather gather = {.channels = c,
                                     .row_pitch = y_row,
                                     .kernel_w = pool->kw,
                                     .stride_h = pool->stride_h,
                                     .stride_w = pool->stride_w};
            windows down = windows_at(place + (int32_t)h, pool->kh, pool->stride_h, out_h);
            for (; at < end; ++at) {
                windows across = windows_at((int32_t)w + pool->left, pool->kw, pool->stride_w, out_w);
                bool none = across.first > across.last || down.first > down.last;
                gather.rows = none ? 0 : (uint32_t)(down.last - down.first + 1);
                gather.cols = none ? 0 : (uint32_t)(across.last - across.first + 1);
                gather.first_i = (uint32_t)down.inside;
                gather.first_j = (uint32_t)across.inside;
                uint32_t from = none ? 0 : (uint32_t)(down.first - low) * y_row + (uint32_t)across.first * c;
                tl_max_pool_grad_f32(&gather, y_l1 + from, arg_l1 + from, x_l1 + at * c);
                if (++w == pool->w) {
                    w = 0;
                    ++h;
                    down = windows_at(place + (int32_t)h, pool->kh, pool->stride_h, out_h);
                }
            }
            tl_barrier(team);
            handle = tl_dma_begin(team);
            move(team, TL_DMA_OUT, x_l1, dx + (n * pool->h + h0) * x_row, 4 * rows * x_row);
            tl_dma_end(team, handle);
            tl_barrier(team);
        }
    }
}
