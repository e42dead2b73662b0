/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/span.h"
#include "src/op/depthwise_parts.h"
#include "src/tile/leaf.h"
#include "src/tile/share.h"

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

tl_box tl_depthwise_image_box(const tl_planes_tile *tile, float *tensor, uint32_t height, uint32_t width,
                              uint32_t depth, int32_t row, uint32_t rows, int32_t col, uint32_t cols) {
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

tl_box tl_depthwise_taps_box(const tl_planes_tile *tile, float *w, uint32_t taps, uint32_t depth) {
    return (tl_box){.l2 = w,
                    .height = 1,
                    .width = taps,
                    .depth = depth,
                    .c = tile->c,
                    .rows = 1,
                    .cols = taps,
                    .channels = tile->channels};
}

/* Columns of x under `cols` columns of y: TL_DEPTHWISE_NARROW's kernels do without those on the sides, which are
 * padding. */
static inline uint32_t x_cols(const tl_depthwise *l, uint32_t cols) {
    return tl_depthwise_kernel_of(l) == TL_DEPTHWISE_NARROW ? cols : tl_span_in(cols, l->kw, l->stride_w);
}

/* Rows of x under the tile's rows of y, and columns of x under all columns of y. */
static tl_box x_box(const tl_depthwise_pass *pass, const tl_planes_tile *tile) {
    const tl_depthwise *l = &pass->layer;
    return tl_depthwise_image_box(tile, pass->x, l->h, l->w, l->c, (int32_t)(tile->first * l->stride_h) - l->top,
                                  tl_span_in(tile->rows, l->kh, l->stride_h),
                                  tl_depthwise_kernel_of(l) == TL_DEPTHWISE_NARROW ? 0 : -(int32_t)l->left,
                                  x_cols(l, tl_depthwise_out_w(l)));
}

static tl_box y_box(const tl_depthwise_pass *pass, const tl_planes_tile *tile) {
    const tl_depthwise *l = &pass->layer;
    uint32_t out_w = tl_depthwise_out_w(l);
    return tl_depthwise_image_box(tile, pass->y, tl_depthwise_out_h(l), out_w, l->c, (int32_t)tile->first, tile->rows,
                                  0, out_w);
}

/* Nothing is computed while the first tile comes in and the last one goes out: with two buffers and three tiles or more
 * the first one has half the channels, which often leaves the last one half. */
static uint32_t first_channels(const tl_planes_pass *base) {
    enum { LEAST = 16 };
    const bool halved = base->buffers == 2 && base->tile_channels % LEAST == 0 &&
                        base->channels > 2 * base->tile_channels && base->tile_rows == base->rows;
    return halved ? base->tile_channels / 2 : base->tile_channels;
}

void tl_depthwise_begin_pass(tl_depthwise_pass *pass, const tl_planes_plan *plan, uint32_t rows) {
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
    const tl_depthwise_pass *pass = tl_depthwise_pass_of(base);
    const tl_depthwise *l = &pass->layer;
    tile->in[X] = x_box(pass, tile);
    tile->in[W] = tl_depthwise_taps_box(tile, pass->w, tl_depthwise_taps(l), l->c);
    tile->in[B] = tl_depthwise_taps_box(tile, pass->b, 1, l->c);
    tile->in[3].l2 = tile->out[1].l2 = NULL;
    tile->out[0] = y_box(pass, tile);
}

void tl_depthwise_share_conv(tl_planes_conv_f32 *kernel, const tl_team *team, const tl_planes_tile *tile,
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

void tl_depthwise_finish(const tl_team *team, const tl_planes_tile *tile, tl_epilogue epilogue, const float *beside) {
    uint32_t n = tl_box_elements(&tile->out[0]);
    uint32_t from = tl_share_start(n, team->id, team->n), end = tl_share_start(n, team->id + 1, team->n);
    tl_barrier(team);
    tl_do_epilogue(team, epilogue, end - from, beside ? beside + from : NULL, tile->out_l1[0] + from);
}

static void forward_compute(const tl_planes_pass *base, const tl_team *team, const tl_planes_tile *tile) {
    const tl_depthwise_pass *pass = tl_depthwise_pass_of(base);
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
    tl_depthwise_share_conv(pass->conv, team, tile, &conv);
    if (pass->epilogue != TL_EPILOGUE_NONE)
        tl_depthwise_finish(team, tile, pass->epilogue, NULL);
}

void tl_depthwise_pass_forward(tl_depthwise_pass *pass, const tl_planes_plan *plan, tl_epilogue act) {
    const tl_depthwise *l = &pass->layer;
    const uint32_t out_w = tl_depthwise_out_w(l);
    tl_depthwise_begin_pass(pass, plan, tl_depthwise_out_h(l));
    tl_planes_pass *base = &pass->base;
    base->in_elements[X] = tl_span_in(base->tile_rows, l->kh, l->stride_h) * x_cols(l, out_w) * base->tile_channels;
    base->in_elements[W] = tl_depthwise_taps(l) * base->tile_channels;
    base->in_elements[B] = base->tile_channels;
    base->out_elements[0] = base->tile_rows * out_w * base->tile_channels;
    base->boxes = forward_boxes;
    base->compute = forward_compute;
    static tl_planes_conv_f32 *const kernels[TL_DEPTHWISE_KERNELS][2] = {
        {tl_depthwise_any_f32, tl_depthwise_any_relu_f32},
        {tl_depthwise_3x3_f32, tl_depthwise_3x3_relu_f32},
        {tl_depthwise_3x3s2_f32, tl_depthwise_3x3s2_relu_f32},
        {tl_depthwise_3x3_narrow_f32, tl_depthwise_3x3_narrow_relu_f32}};
    /* A ReLU is part of the kernels. */
    pass->conv = kernels[tl_depthwise_kernel_of(l)][act == TL_EPILOGUE_RELU];
    pass->epilogue = act == TL_EPILOGUE_RELU ? TL_EPILOGUE_NONE : act;
}

/* ---- grad_w: tiles of dy ---- */

enum { DY = 1, OLD_DW = 2, OLD_DB = 3 };

static void grad_w_boxes(const tl_planes_pass *base, tl_planes_tile *tile) {
    const tl_depthwise_pass *pass = tl_depthwise_pass_of(base);
    const tl_depthwise *l = &pass->layer;
    tile->in[X] = x_box(pass, tile);
    tile->in[DY] = y_box(pass, tile);
    tile->out[0] = tl_depthwise_taps_box(tile, pass->w, tl_depthwise_taps(l), l->c);
    tile->out[1] = tl_depthwise_taps_box(tile, pass->b, 1, l->c);
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
    copy_share(team, tl_depthwise_taps(&pass->layer) * tile->channels, tile->in_l1[OLD_DW], tile->out_l1[0]);
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
        grad->dw = tile->out_l1[0] + slice * (tl_depthwise_taps(l) + 1) * tile->channels + share.from;
        grad->db = tile->out_l1[1] + slice * (tl_depthwise_taps(l) + 1) * tile->channels + share.from;
        tl_do(team, grad_leaf, &arguments, sizeof arguments);
    }
}

static void grad_w_compute(const tl_planes_pass *base, const tl_team *team, const tl_planes_tile *tile) {
    const tl_depthwise_pass *pass = tl_depthwise_pass_of(base);
    if (pass->add && tile->opens)
        grad_w_continue(pass, team, tile);
    grad_w_slices(pass, team, tile);
    if (!tile->closes || pass->slices == 1)
        return;
    tl_barrier(team);
    uint32_t n = (tl_depthwise_taps(&pass->layer) + 1) * tile->channels;
    uint32_t from = tl_share_start(n, team->id, team->n), end = tl_share_start(n, team->id + 1, team->n);
    tl_do_sum(team, end - from, pass->slices, n, tile->out_l1[0] + from, tile->out_l1[0] + from);
}

void tl_depthwise_pass_grad_w(tl_depthwise_pass *pass, const tl_planes_plan *plan, bool add) {
    const tl_depthwise *l = &pass->layer;
    const uint32_t out_w = tl_depthwise_out_w(l);
    tl_depthwise_begin_pass(pass, plan, tl_depthwise_out_h(l));
    tl_planes_pass *base = &pass->base;
    pass->slices = plan->slices;
    pass->add = add;
    base->in_elements[X] = tl_span_in(base->tile_rows, l->kh, l->stride_h) * x_cols(l, out_w) * base->tile_channels;
    base->in_elements[DY] = base->tile_rows * out_w * base->tile_channels;
    base->out_elements[0] = plan->slices * tl_depthwise_taps(l) * base->tile_channels;
    base->out_elements[1] = plan->slices * base->tile_channels;
    if (add) {
        base->in_elements[OLD_DW] = tl_depthwise_taps(l) * base->tile_channels;
        base->in_elements[OLD_DB] = base->tile_channels;
    }
    base->gathers = true;
    base->apart = plan->slices > 1;
    base->boxes = grad_w_boxes;
    base->compute = grad_w_compute;
    static tl_planes_grad_f32 *const kernels[TL_DEPTHWISE_KERNELS] = {
        tl_depthwise_grad_any_f32, tl_depthwise_grad_3x3_f32, tl_depthwise_grad_3x3s2_f32,
        tl_depthwise_grad_3x3_narrow_f32};
    pass->grad = kernels[tl_depthwise_kernel_of(l)];
}

uint64_t tl_depthwise_pass_bytes(const tl_depthwise *layer, tl_pass pass, const tl_planes_plan *plan) {
    float any;
    tl_depthwise_pass p = {.layer = *layer, .mask = &any};
    if (pass == TL_FORWARD)
        tl_depthwise_pass_forward(&p, plan, TL_EPILOGUE_NONE);
    else if (pass == TL_GRAD_W)
        tl_depthwise_pass_grad_w(&p, plan, true);
    else
        tl_depthwise_pass_grad_x(&p, plan, TL_EPILOGUE_MASK_RELU);
    return tl_planes_pass_bytes(&p.base);
}
