/* SPDX-License-Identifier: Apache-2.0 */
#include "src/op/depthwise_tiles.h"
#include "src/base/span.h"
#include "src/tile/leaf.h"
#include "src/tile/share.h"

static inline uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static inline const tl_depthwise_pass *pass_of(const tl_planes_pass *base) {
    return (const tl_depthwise_pass *)(const void *)base;
}

/* ---- leaves ---- */

typedef struct conv_arguments {
    tl_planes_conv conv;
    tl_planes_conv_f32 *kernel;
} conv_arguments;

static void conv_leaf(const void *arguments) {
    const conv_arguments *a = arguments;
    a->kernel(&a->conv);
}

static void do_conv(const tl_team *team, tl_planes_conv_f32 *kernel, const tl_planes_conv *conv) {
    conv_arguments arguments = {*conv, kernel};
    tl_do(team, conv_leaf, &arguments, sizeof arguments);
}

typedef struct grad_arguments {
    tl_planes_grad grad;
    tl_planes_grad_f32 *kernel;
} grad_arguments;

static void grad_leaf(const void *arguments) {
    const grad_arguments *a = arguments;
    a->kernel(&a->grad);
}

/* ---- boxes ---- */

/* Rows and channels of a tensor of images, all columns and `left` and `right` more. */
static tl_box image_box(const tl_planes_tile *tile, float *tensor, uint32_t height, uint32_t width, uint32_t depth,
                        int32_t row, uint32_t rows, int32_t col, uint32_t cols) {
    return (tl_box){.l2 = tensor ? tensor + tile->image * height * width * depth : NULL,
                    .height = height,
                    .width = width,
                    .depth = depth,
                    .h = row,
                    .w = col,
                    .c = tile->c,
                    .rows = rows,
                    .cols = cols,
                    .channels = tile->channels};
}

/* `taps` rows of one number a channel. */
static tl_box taps_box(const tl_planes_tile *tile, float *w, uint32_t taps, uint32_t depth) {
    return (tl_box){.l2 = w,
                    .height = 1,
                    .width = taps,
                    .depth = depth,
                    .c = tile->c,
                    .rows = 1,
                    .cols = taps,
                    .channels = tile->channels};
}

static uint32_t layer_taps(const tl_depthwise *layer) {
    return (uint32_t)layer->kh * layer->kw;
}

/* Kernels of their own have 3x3 with stride 1, with stride 2, and with stride 1 and a column of padding on each side.
 */
typedef enum own_kernel { ANY, STRIDE_1, STRIDE_2, NARROW, KERNELS } own_kernel;

static own_kernel kernel_of(const tl_depthwise *l) {
    if (l->kh != 3 || l->kw != 3 || l->stride_h != l->stride_w || l->stride_h > 2)
        return ANY;
    return l->stride_h == 2 ? STRIDE_2 : l->w <= 5 && l->left == 1 && l->right == 1 ? NARROW : STRIDE_1;
}

/* Columns of x under `cols` columns of y: NARROW's kernels do without those on the sides, which are padding. */
static uint32_t x_cols(const tl_depthwise *l, uint32_t cols) {
    return kernel_of(l) == NARROW ? cols : tl_span_in(cols, l->kw, l->stride_w);
}

/* Rows of x under the tile's rows of y, and columns of x under all columns of y. */
static tl_box x_box(const tl_depthwise_pass *pass, const tl_planes_tile *tile) {
    const tl_depthwise *l = &pass->layer;
    return image_box(tile, pass->x, l->h, l->w, l->c, (int32_t)(tile->first * l->stride_h) - l->top,
                     tl_span_in(tile->rows, l->kh, l->stride_h), kernel_of(l) == NARROW ? 0 : -(int32_t)l->left,
                     x_cols(l, tl_depthwise_out_w(l)));
}

static tl_box y_box(const tl_depthwise_pass *pass, const tl_planes_tile *tile) {
    const tl_depthwise *l = &pass->layer;
    uint32_t out_w = tl_depthwise_out_w(l);
    return image_box(tile, pass->y, tl_depthwise_out_h(l), out_w, l->c, (int32_t)tile->first, tile->rows, 0, out_w);
}

/* Nothing is computed while the first tile comes in and the last one goes out: with two buffers and three tiles or more
 * the first one has half the channels, which often leaves the last one half. */
static uint32_t first_channels(const tl_planes_pass *base) {
    enum { LEAST = 16 };
    const bool halved = base->buffers == 2 && base->tile_channels % LEAST == 0 &&
                        base->channels > 2 * base->tile_channels && base->tile_rows == base->rows;
    return halved ? base->tile_channels / 2 : base->tile_channels;
}

static void begin_pass(tl_depthwise_pass *pass, const tl_planes_plan *plan, uint32_t rows) {
    pass->base.images = pass->layer.n;
    pass->base.rows = rows;
    pass->base.channels = pass->layer.c;
    pass->base.tile_rows = smaller(plan->rows, rows);
    pass->base.tile_channels = smaller(plan->c, pass->layer.c);
    pass->base.buffers = plan->buffers;
    pass->base.first_channels = first_channels(&pass->base);
}

/* ---- forward: tiles of y ---- */

enum { X = 0, W = 1, B = 2 };

static void forward_boxes(const tl_planes_pass *base, tl_planes_tile *tile) {
    const tl_depthwise_pass *pass = pass_of(base);
    const tl_depthwise *l = &pass->layer;
    tile->in[X] = x_box(pass, tile);
    tile->in[W] = taps_box(tile, pass->w, layer_taps(l), l->c);
    tile->in[B] = taps_box(tile, pass->b, 1, l->c);
    tile->in[3].l2 = tile->out[1].l2 = NULL;
    tile->out[0] = y_box(pass, tile);
}

/* Rows [0, rows) of a problem on a tile, shared out: the channels of each part of the rows. */
static void share_conv(tl_planes_conv_f32 *kernel, const tl_team *team, const tl_planes_tile *tile,
                       const tl_planes_conv *whole) {
    uint32_t parts = smaller(tl_planes_parts(team, tile), whole->rows);
    for (uint32_t part = 0; part < parts; ++part) {
        tl_planes_share share = tl_planes_share_of(team, tile, part);
        if (!share.channels)
            continue;
        uint32_t row = tl_share_start(whole->rows, part, parts), end = tl_share_start(whole->rows, part + 1, parts);
        tl_planes_conv conv = *whole;
        conv.channels = share.channels;
        conv.step = team->n;
        conv.rows = end - row;
        conv.x += (int32_t)row * conv.x_row + (int32_t)share.from;
        conv.y += (int32_t)row * conv.y_row + (int32_t)share.from;
        conv.w += share.from;
        if (conv.init)
            conv.init += share.from;
        do_conv(team, kernel, &conv);
    }
}

static void forward_compute(const tl_planes_pass *base, const tl_team *team, const tl_planes_tile *tile) {
    const tl_depthwise_pass *pass = pass_of(base);
    const tl_depthwise *l = &pass->layer;
    const int32_t c = (int32_t)tile->channels, x_row = (int32_t)tile->in[X].cols * c;
    tl_planes_conv conv = {.x = tile->in_l1[X],
                           .w = tile->in_l1[W],
                           .init = tile->in_l1[B],
                           .y = tile->out_l1[0],
                           .rows = tile->rows,
                           .cols = tile->out[0].cols,
                           .kh = l->kh,
                           .kw = l->kw,
                           .x_row = l->stride_h * x_row,
                           .x_col = l->stride_w * c,
                           .x_i = x_row,
                           .x_j = c,
                           .w_i = l->kw * c,
                           .w_j = c,
                           .y_row = (int32_t)tile->out[0].cols * c,
                           .y_col = c};
    share_conv(pass->conv, team, tile, &conv);
}

void tl_depthwise_pass_forward(tl_depthwise_pass *pass, const tl_planes_plan *plan, bool relu) {
    const tl_depthwise *l = &pass->layer;
    const uint32_t out_w = tl_depthwise_out_w(l);
    begin_pass(pass, plan, tl_depthwise_out_h(l));
    tl_planes_pass *base = &pass->base;
    base->in_elements[X] = tl_span_in(base->tile_rows, l->kh, l->stride_h) * x_cols(l, out_w) * base->tile_channels;
    base->in_elements[W] = layer_taps(l) * base->tile_channels;
    base->in_elements[B] = base->tile_channels;
    base->out_elements[0] = base->tile_rows * out_w * base->tile_channels;
    base->boxes = forward_boxes;
    base->compute = forward_compute;
    static tl_planes_conv_f32 *const kernels[KERNELS][2] = {
        {tl_depthwise_any_f32, tl_depthwise_any_relu_f32},
        {tl_depthwise_3x3_f32, tl_depthwise_3x3_relu_f32},
        {tl_depthwise_3x3s2_f32, tl_depthwise_3x3s2_relu_f32},
        {tl_depthwise_3x3_narrow_f32, tl_depthwise_3x3_narrow_relu_f32}};
    pass->conv = kernels[kernel_of(l)][relu];
}

/* ---- grad_w: tiles of dy ---- */

enum { DY = 1, OLD_DW = 2, OLD_DB = 3 };

static void grad_w_boxes(const tl_planes_pass *base, tl_planes_tile *tile) {
    const tl_depthwise_pass *pass = pass_of(base);
    const tl_depthwise *l = &pass->layer;
    tile->in[X] = x_box(pass, tile);
    tile->in[DY] = y_box(pass, tile);
    tile->out[0] = taps_box(tile, pass->w, layer_taps(l), l->c);
    tile->out[1] = taps_box(tile, pass->b, 1, l->c);
    tile->in[OLD_DW].l2 = tile->in[OLD_DB].l2 = NULL;
    if (pass->add && tile->opens) {
        tile->in[OLD_DW] = tile->out[0];
        tile->in[OLD_DB] = tile->out[1];
    }
}

static void copy_share(const tl_team *team, uint32_t n, const float *from, float *to) {
    uint32_t begin = tl_share_start(n, team->id, team->n), end = tl_share_start(n, team->id + 1, team->n);
    if (from && from != to)
        tl_do_sum(team, end - begin, 1, 0, from + begin, to + begin);
    else if (!from)
        tl_do_zero(team, 1, 0, end - begin, to + begin);
}

/* The first slice's sums start at what is in dw and db. */
static void grad_w_continue(const tl_depthwise_pass *pass, const tl_team *team, const tl_planes_tile *tile) {
    copy_share(team, layer_taps(&pass->layer) * tile->channels, tile->in_l1[OLD_DW], tile->out_l1[0]);
    copy_share(team, tile->channels, tile->in_l1[OLD_DB], tile->out_l1[1]);
    tl_barrier(team);
}

/* A slice of the rows in each tile: its sums of (taps and the bias) x channels go on from tile to tile. */
static void grad_w_slices(const tl_depthwise_pass *pass, const tl_team *team, const tl_planes_tile *tile) {
    const tl_depthwise *l = &pass->layer;
    const int32_t c = (int32_t)tile->channels, x_row = (int32_t)tile->in[X].cols * c;
    for (uint32_t slice = 0; slice < pass->slices; ++slice) {
        tl_planes_share share = tl_planes_share_of(team, tile, slice);
        if (!share.channels)
            continue;
        uint32_t row = tl_share_start(tile->rows, slice, pass->slices);
        uint32_t end = tl_share_start(tile->rows, slice + 1, pass->slices);
        grad_arguments arguments = {.grad = {.channels = share.channels,
                                             .step = team->n,
                                             .rows = end - row,
                                             .cols = tile->in[DY].cols,
                                             .kh = l->kh,
                                             .kw = l->kw,
                                             .x_row = l->stride_h * x_row,
                                             .x_col = l->stride_w * c,
                                             .x_i = x_row,
                                             .x_j = c,
                                             .y_row = (int32_t)tile->in[DY].cols * c,
                                             .w_j = c,
                                             .opens = tile->opens && (slice > 0 || !pass->add)},
                                    .kernel = pass->grad};
        tl_planes_grad *grad = &arguments.grad;
        grad->x = tile->in_l1[X] + (int32_t)row * grad->x_row + share.from;
        grad->dy = tile->in_l1[DY] + (int32_t)row * grad->y_row + share.from;
        grad->dw = tile->out_l1[0] + slice * (layer_taps(l) + 1) * tile->channels + share.from;
        grad->db = tile->out_l1[1] + slice * (layer_taps(l) + 1) * tile->channels + share.from;
        tl_do(team, grad_leaf, &arguments, sizeof arguments);
    }
}

static void grad_w_compute(const tl_planes_pass *base, const tl_team *team, const tl_planes_tile *tile) {
    const tl_depthwise_pass *pass = pass_of(base);
    if (pass->add && tile->opens)
        grad_w_continue(pass, team, tile);
    grad_w_slices(pass, team, tile);
    if (!tile->closes || pass->slices == 1)
        return;
    tl_barrier(team);
    uint32_t n = (layer_taps(&pass->layer) + 1) * tile->channels;
    uint32_t from = tl_share_start(n, team->id, team->n), end = tl_share_start(n, team->id + 1, team->n);
    tl_do_sum(team, end - from, pass->slices, n, tile->out_l1[0] + from, tile->out_l1[0] + from);
}

void tl_depthwise_pass_grad_w(tl_depthwise_pass *pass, const tl_planes_plan *plan, bool add) {
    const tl_depthwise *l = &pass->layer;
    const uint32_t out_w = tl_depthwise_out_w(l);
    begin_pass(pass, plan, tl_depthwise_out_h(l));
    tl_planes_pass *base = &pass->base;
    pass->slices = plan->slices;
    pass->add = add;
    base->in_elements[X] = tl_span_in(base->tile_rows, l->kh, l->stride_h) * x_cols(l, out_w) * base->tile_channels;
    base->in_elements[DY] = base->tile_rows * out_w * base->tile_channels;
    base->out_elements[0] = plan->slices * layer_taps(l) * base->tile_channels;
    base->out_elements[1] = plan->slices * base->tile_channels;
    if (add) {
        base->in_elements[OLD_DW] = layer_taps(l) * base->tile_channels;
        base->in_elements[OLD_DB] = base->tile_channels;
    }
    base->gathers = true;
    base->apart = plan->slices > 1;
    base->boxes = grad_w_boxes;
    base->compute = grad_w_compute;
    static tl_planes_grad_f32 *const kernels[KERNELS] = {tl_depthwise_grad_any_f32, tl_depthwise_grad_3x3_f32,
                                                         tl_depthwise_grad_3x3s2_f32, tl_depthwise_grad_3x3_narrow_f32};
    pass->grad = kernels[kernel_of(l)];
}

/* ---- grad_x: tiles of dx ---- */

enum { MASK = 2 };

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
    const tl_depthwise_pass *pass = pass_of(base);
    const tl_depthwise *l = &pass->layer;
    int32_t row, col;
    uint32_t rows = windows_over((int32_t)tile->first + l->top, tile->rows, l->kh, l->stride_h, &row);
    uint32_t cols = windows_over(l->left, l->w, l->kw, l->stride_w, &col);
    if (kernel_of(l) == NARROW) {
        col = 0;
        cols = l->w;
    }
    tile->in[0] = image_box(tile, pass->y, tl_depthwise_out_h(l), tl_depthwise_out_w(l), l->c, row, rows, col, cols);
    tile->in[W] = taps_box(tile, pass->w, layer_taps(l), l->c);
    tile->out[0] = image_box(tile, pass->x, l->h, l->w, l->c, (int32_t)tile->first, tile->rows, 0, l->w);
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
        conv.x += (down->window - dy->h) * y_row + (kernel_of(l) == NARROW ? 0 : across->window - dy->w) * c;
        conv.w += (int32_t)(down->last * l->kw + across->last) * c;
    }
    if (conv.rows && conv.cols)
        share_conv(pass->conv, team, tile, &conv);
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

/* The cores share the masked elements otherwise than they did what comes before: a barrier stands between. */
static void grad_x_mask(const tl_team *team, const tl_planes_tile *tile) {
    uint32_t n = tl_box_elements(&tile->out[0]);
    uint32_t from = tl_share_start(n, team->id, team->n), end = tl_share_start(n, team->id + 1, team->n);
    float *dx = tile->out_l1[0] + from;
    tl_barrier(team);
    tl_do_relu_grad(team, end - from, tile->in_l1[MASK] + from, dx, dx);
}

static void grad_x_compute(const tl_planes_pass *base, const tl_team *team, const tl_planes_tile *tile) {
    const tl_depthwise_pass *pass = pass_of(base);
    const tl_depthwise *l = &pass->layer;
    if (kernel_of(l) == STRIDE_2)
        grad_x_spread(pass, team, tile);
    for (uint32_t i = 0; kernel_of(l) != STRIDE_2 && i < l->stride_h; ++i) {
        axis_phase down = phase_of(i, tile->first, tile->rows, l->top, l->kh, l->stride_h);
        for (uint32_t j = 0; down.count && j < l->stride_w; ++j) {
            axis_phase across = phase_of(j, 0, l->w, l->left, l->kw, l->stride_w);
            grad_x_phase(pass, team, tile, &down, &across);
        }
    }
    if (tile->in_l1[MASK])
        grad_x_mask(team, tile);
}

void tl_depthwise_pass_grad_x(tl_depthwise_pass *pass, const tl_planes_plan *plan) {
    const tl_depthwise *l = &pass->layer;
    begin_pass(pass, plan, l->h);
    tl_planes_pass *base = &pass->base;
    base->in_elements[0] = most_windows(base->tile_rows, l->kh, l->stride_h) * most_windows(l->w, l->kw, l->stride_w) *
                           base->tile_channels;
    base->in_elements[W] = layer_taps(l) * base->tile_channels;
    base->out_elements[0] = base->tile_rows * l->w * base->tile_channels;
    base->in_elements[MASK] = pass->mask ? base->out_elements[0] : 0;
    base->boxes = grad_x_boxes;
    base->compute = grad_x_compute;
    /* With stride 1 a convolution like forward's, by the weights in reverse. */
    static tl_planes_conv_f32 *const kernels[KERNELS] = {tl_depthwise_any_f32, tl_depthwise_3x3_f32,
                                                         tl_depthwise_any_f32, tl_depthwise_3x3_narrow_f32};
    pass->conv = kernels[kernel_of(l)];
}

uint64_t tl_depthwise_pass_bytes(const tl_depthwise *layer, tl_pass pass, const tl_planes_plan *plan) {
    float any;
    tl_depthwise_pass p = {.layer = *layer, .mask = &any};
    if (pass == TL_FORWARD)
        tl_depthwise_pass_forward(&p, plan, false);
    else if (pass == TL_GRAD_W)
        tl_depthwise_pass_grad_w(&p, plan, true);
    else
        tl_depthwise_pass_grad_x(&p, plan);
    return tl_planes_pass_bytes(&p.base);
}
