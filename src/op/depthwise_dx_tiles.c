/* SPDX-License-Identifier: Apache-2.0 */
/* The gradient of x: tiles of dx, as convolutions of dy. */
#include "src/base/span.h"
#include "src/op/depthwise_parts.h"
#include "src/tile/leaf.h"
#include "src/tile/share.h"

enum { W = 1, MASK = 2 };

/* The places of windows of `kernel` elements that hold one of [from, from + count): those may lie outside the image. */
static uint32_t windows_over(int32_t from, uint32_t count, uint32_t kernel, uint32_t stride, int32_t *first) {
    *first = tl_ceil_div(from - (int32_t)kernel + 1, (int32_t)stride);
    int32_t last = tl_floor_div(from + (int32_t)count - 1, (int32_t)stride);
    return last < *first ? 0 : (uint32_t)(last - *first + 1);
}

static uint32_t most_windows(uint32_t count, uint32_t kernel, uint32_t stride) {
    return (count + kernel - 2) / stride + 1;
}

static void grad_x_boxes(const tl_planes_pass *base, tl_planes_tile *tile) {
    const tl_depthwise_pass *pass = tl_depthwise_pass_of(base);
    const tl_depthwise *l = &pass->layer;
    int32_t row, col;
    uint32_t rows = windows_over((int32_t)tile->first + l->top, tile->rows, l->kh, l->stride_h, &row);
    uint32_t cols = windows_over(l->left, l->w, l->kw, l->stride_w, &col);
    if (tl_depthwise_kernel_of(l) == TL_DEPTHWISE_NARROW) {
        col = 0;
        cols = l->w;
    }
    tile->in[0] =
        tl_depthwise_image_box(tile, pass->y, tl_depthwise_out_h(l), tl_depthwise_out_w(l), l->c, row, rows, col, cols);
    tile->in[W] = tl_depthwise_taps_box(tile, pass->w, tl_depthwise_taps(l), l->c);
    tile->out[0] = tl_depthwise_image_box(tile, pass->x, l->h, l->w, l->c, (int32_t)tile->first, tile->rows, 0, l->w);
    tile->in[MASK] = tile->out[0];
    tile->in[MASK].l2 = pass->mask ? pass->mask + (tile->out[0].l2 - pass->x) : NULL;
    tile->in[3].l2 = tile->out[1].l2 = NULL;
}

/*
 * One phase along one axis: the places x of [0, size) that stand at `phase` in their windows, x + before = phase +
 * stride * u. There taps phase, phase + stride, ... count, over windows u, u - 1, ...: from `low` windows upwards.
 */
typedef struct axis_phase {
    uint32_t first, count; /* places */
    uint32_t taps, last;   /* last: the tap over the first window */
    int32_t window;        /* the first place's first window */
} axis_phase;

static axis_phase phase_of(uint32_t phase, uint32_t from, uint32_t size, uint32_t before, uint32_t kernel,
                           uint32_t stride) {
    axis_phase a = {.taps = phase < kernel ? (kernel - phase - 1) / stride + 1 : 0};
    uint32_t u = (from + before + stride - 1 - phase) / stride;
    a.first = u * stride + phase - before - from;
    a.count = a.first < size ? (size - a.first - 1) / stride + 1 : 0;
    a.last = a.taps ? phase + (a.taps - 1) * stride : 0;
    a.window = (int32_t)u - (int32_t)a.taps + 1;
    return a;
}

/* Places of dx that stand alike in their windows: a convolution of stride 1 over dy by a part of the taps. */
static void grad_x_phase(const tl_depthwise_pass *pass, const tl_team *team, const tl_planes_tile *tile,
                         const axis_phase *down, const axis_phase *across) {
    const tl_depthwise *l = &pass->layer;
    const tl_box *dy = &tile->in[0];
    const int32_t c = (int32_t)tile->channels, y_row = (int32_t)dy->cols * c, row = l->w * c;
    const bool none = !down->taps || !across->taps;
    tl_planes_conv conv = {.w = tile->in_l1[W],
                           .x = tile->in_l1[0],
                           .y = tile->out_l1[0] + (int32_t)down->first * row + (int32_t)across->first * c,
                           .rows = down->count,
                           .cols = across->count,
                           .kh = none ? 0 : down->taps,
                           .kw = none ? 0 : across->taps,
                           .x_row = y_row,
                           .x_col = c,
                           .x_i = y_row,
                           .x_j = c,
                           .w_i = -(int32_t)(l->stride_h * l->kw) * c,
                           .w_j = -(int32_t)l->stride_w * c,
                           .y_row = l->stride_h * row,
                           .y_col = l->stride_w * c};
    if (!none) {
        conv.x += (down->window - dy->h) * y_row +
                  (tl_depthwise_kernel_of(l) == TL_DEPTHWISE_NARROW ? 0 : across->window - dy->w) * c;
        conv.w += (int32_t)(down->last * l->kw + across->last) * c;
    }
    if (conv.rows && conv.cols)
        tl_depthwise_share_conv(pass->conv, team, tile, &conv);
}

typedef struct spread_arguments {
    tl_planes_spread spread;
} spread_arguments;

static void spread_leaf(const void *arguments) {
    const spread_arguments *a = arguments;
    tl_depthwise_spread_3x3s2_f32(&a->spread);
}

/* All four phases of 3x3 with stride 2 together. */
static void grad_x_spread(const tl_depthwise_pass *pass, const tl_team *team, const tl_planes_tile *tile) {
    const tl_depthwise *l = &pass->layer;
    const tl_box *dy = &tile->in[0];
    const int32_t c = (int32_t)tile->channels;
    const uint32_t parts = smaller(tl_planes_parts(team, tile), tile->rows);
    for (uint32_t part = 0; part < parts; ++part) {
        tl_planes_share share = tl_planes_share_of(team, tile, part);
        if (!share.channels)
            continue;
        uint32_t row = tl_share_start(tile->rows, part, parts), end = tl_share_start(tile->rows, part + 1, parts);
        uint32_t place = tile->first + row + l->top;
        spread_arguments arguments = {.spread = {.w = tile->in_l1[W] + share.from,
                                                 .channels = share.channels,
                                                 .step = team->n,
                                                 .rows = end - row,
                                                 .cols = l->w,
                                                 .dy_row = (int32_t)dy->cols * c,
                                                 .dx_row = l->w * c,
                                                 .x_j = c,
                                                 .w_j = c,
                                                 .row_phase = place & 1,
                                                 .col_phase = l->left & 1u}};
        tl_planes_spread *spread = &arguments.spread;
        spread->dy = tile->in_l1[0] + ((int32_t)(place / 2) - dy->h) * spread->dy_row + (l->left / 2 - dy->w) * c +
                     (int32_t)share.from;
        spread->dx = tile->out_l1[0] + (int32_t)row * spread->dx_row + (int32_t)share.from;
        tl_do(team, spread_leaf, &arguments, sizeof arguments);
    }
}

static void grad_x_compute(const tl_planes_pass *base, const tl_team *team, const tl_planes_tile *tile) {
    const tl_depthwise_pass *pass = tl_depthwise_pass_of(base);
    const tl_depthwise *l = &pass->layer;
    if (tl_depthwise_kernel_of(l) == TL_DEPTHWISE_STRIDE_2)
        grad_x_spread(pass, team, tile);
    for (uint32_t i = 0; tl_depthwise_kernel_of(l) != TL_DEPTHWISE_STRIDE_2 && i < l->stride_h; ++i) {
        axis_phase down = phase_of(i, tile->first, tile->rows, l->top, l->kh, l->stride_h);
        for (uint32_t j = 0; down.count && j < l->stride_w; ++j) {
            axis_phase across = phase_of(j, 0, l->w, l->left, l->kw, l->stride_w);
            grad_x_phase(pass, team, tile, &down, &across);
        }
    }
    if (tile->in_l1[MASK])
        tl_depthwise_finish(team, tile, pass->epilogue, tile->in_l1[MASK]);
}

void tl_depthwise_pass_grad_x(tl_depthwise_pass *pass, const tl_planes_plan *plan, tl_epilogue mask) {
    const tl_depthwise *l = &pass->layer;
    tl_depthwise_begin_pass(pass, plan, l->h);
    pass->epilogue = mask;
    tl_planes_pass *base = &pass->base;
    const uint32_t cols =
        tl_depthwise_kernel_of(l) == TL_DEPTHWISE_NARROW ? l->w : most_windows(l->w, l->kw, l->stride_w);
    base->in_elements[0] = most_windows(base->tile_rows, l->kh, l->stride_h) * cols * base->tile_channels;
    base->in_elements[W] = tl_depthwise_taps(l) * base->tile_channels;
    base->out_elements[0] = base->tile_rows * l->w * base->tile_channels;
    base->in_elements[MASK] = pass->mask ? base->out_elements[0] : 0;
    base->boxes = grad_x_boxes;
    base->compute = grad_x_compute;
    /* With stride 1 a convolution like forward's, by the weights in reverse. */
    static tl_planes_conv_f32 *const kernels[TL_DEPTHWISE_KERNELS] = {
        tl_depthwise_any_f32, tl_depthwise_3x3_f32, tl_depthwise_any_f32, tl_depthwise_3x3_narrow_f32};
    pass->conv = kernels[tl_depthwise_kernel_of(l)];
}
