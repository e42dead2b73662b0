/* SPDX-License-Identifier: Apache-2.0 */
/* Forward and grad_w; grad_x stands in conv_grad_x.c. */
#include "src/op/conv_tiles.h"
#include "src/base/span.h"

enum { F = TL_CONV_F };

static inline uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static tl_box image_box(float *tensor, uint32_t n, uint32_t height, uint32_t width, uint32_t depth) {
    return (tl_box){.l2 = tensor + n * height * width * depth, .height = height, .width = width, .depth = depth};
}

/* Images, weights as an image of KH x (O * KW) pixels with a group's input channels, and vectors as one pixel. */
tl_box tl_conv_x_image(const tl_conv_pass *p, uint32_t n) {
    return image_box(p->x, n, p->conv->h, p->conv->w, p->conv->c);
}

tl_box tl_conv_y_image(const tl_conv_pass *p, uint32_t n) {
    return image_box(p->y, n, p->out_h, p->out_w, p->conv->o);
}

tl_box tl_conv_w_box(const tl_conv_pass *p, const tl_conv_channels *channels) {
    const tl_conv *conv = p->conv;
    uint32_t depth = p->together > 1 ? channels->w_size : p->each_c;
    tl_box box = image_box(p->w, 0, conv->kh, (uint32_t)conv->o * conv->kw, depth);
    box.w = (int32_t)(channels->o * conv->kw);
    box.c = channels->w;
    box.rows = conv->kh;
    box.cols = channels->o_size * conv->kw;
    box.channels = channels->w_size;
    return box;
}

static tl_box vector_box(const tl_conv_pass *p, const tl_conv_channels *channels) {
    tl_box box = {.l2 = p->b, .height = 1, .width = 1, .depth = p->conv->o, .rows = 1, .cols = 1};
    box.c = channels->o;
    box.channels = channels->o_size;
    return box;
}

static TL_RARE uint32_t group_channels(tl_conv_pass *p, const tl_mm_plan *plan) {
    const tl_conv *conv = p->conv;
    uint32_t groups = conv->groups, c = conv->c / groups, o = conv->o / groups;
    uint32_t whole = smaller(plan->c / c, plan->o / o);
    p->together = whole ? smaller(whole, groups) : 1;
    p->each_c = c * p->together;
    p->each_o = o * p->together;
    return (groups + p->together - 1) / p->together;
}

void tl_conv_pass_begin(tl_conv_pass *p, const tl_mm_plan *plan, bool outer_is_o, tl_loop *outer, tl_loop *inner) {
    const tl_conv *conv = p->conv;
    p->base.plan = plan;
    p->out_h = tl_conv_out_h(conv);
    p->out_w = tl_conv_out_w(conv);
    p->window_h = tl_conv_window_h(conv);
    p->window_w = tl_conv_window_w(conv);
    p->pad = plan->padded;
    p->together = 1;
    p->each_c = conv->c;
    p->each_o = conv->o;
    uint32_t parts = conv->groups > 1 ? group_channels(p, plan) : 1;
    p->gaps = conv->kw > 1 && (p->together > 1 || conv->dilation_w > 1);
    const tl_loop o = tl_conv_loop(p->each_o, plan->o), c = tl_conv_loop(p->each_c, plan->c);
    *outer = outer_is_o ? o : c;
    *inner = outer_is_o ? c : o;
    p->padded = outer->end;
    if (parts > 1) {
        p->padded = (outer->end + outer->step - 1) / outer->step * outer->step;
        outer->end = parts * p->padded;
    }
}

static TL_RARE void find_in_groups(const tl_conv_pass *p, bool outer_is_o, const tl_loop *outer, const tl_loop *inner,
                                   tl_conv_channels *found) {
    const tl_conv *conv = p->conv;
    uint32_t part = outer->at / p->padded, within = outer->at - part * p->padded;
    uint32_t o = outer_is_o ? within : inner->at, c = outer_is_o ? inner->at : within;
    uint32_t o_step = outer_is_o ? outer->step : inner->step, c_step = outer_is_o ? inner->step : outer->step;
    found->o = part * p->each_o + o;
    found->c = part * p->each_c + c;
    found->o_size = smaller(smaller(o_step, p->each_o - o), conv->o - found->o);
    found->c_size = smaller(smaller(c_step, p->each_c - c), conv->c - found->c);
    found->w = c;
    found->w_size = p->together > 1 ? p->each_c / p->together : found->c_size;
}

void tl_conv_find_channels(const tl_conv_pass *p, bool outer_is_o, const tl_loop *outer, const tl_loop *inner,
                           tl_conv_channels *found) {
    if (p->conv->groups > 1) {
        find_in_groups(p, outer_is_o, outer, inner, found);
        return;
    }
    const tl_loop *o = outer_is_o ? outer : inner, *c = outer_is_o ? inner : outer;
    found->o = o->at;
    found->o_size = tl_loop_size(o);
    found->c = found->w = c->at;
    found->c_size = found->w_size = tl_loop_size(c);
}

/* The part of x under the windows of a tile of y. */
static void set_window(const tl_conv_pass *p, tl_box *x, const tl_loop *h, const tl_loop *w) {
    const tl_conv *conv = p->conv;
    x->h = (int32_t)(h->at * conv->stride_h) - conv->top;
    x->w = (int32_t)(w->at * conv->stride_w) - conv->left;
    x->rows = tl_span_in(tl_loop_size(h), p->window_h, conv->stride_h);
    x->cols = tl_span_in(tl_loop_size(w), p->window_w, conv->stride_w);
}

/* Elements of the largest such box. */
static uint32_t window_max(const tl_conv_pass *p, const tl_loop *h, const tl_loop *w, uint32_t c) {
    return tl_span_in(h->step, p->window_h, p->conv->stride_h) * tl_span_in(w->step, p->window_w, p->conv->stride_w) *
           c;
}

/* ---- forward: loops o, n, h, w, c ---- */

enum { FO, FN, FH, FW, FC };

static void forward_tile(const tl_mm_pass *base, tl_mm_tile *tile) {
    const tl_conv_pass *p = tl_conv_pass_of(base);
    const tl_loop *loops = base->loop;
    tl_conv_channels channels;
    tl_conv_find_channels(p, true, &loops[FO], &loops[FC], &channels);
    tile->a = tl_conv_x_image(p, loops[FN].at);
    set_window(p, &tile->a, &loops[FH], &loops[FW]);
    tile->a.c = channels.c;
    tile->a.channels = channels.c_size;
    tile->b = tl_conv_w_box(p, &channels);
    if (p->conv->kw == 1)
        tile->a.pad = tile->b.pad = tl_conv_pad(p, &loops[FC], channels.c_size);
    tile->c = tl_conv_y_image(p, loops[FN].at);
    tl_conv_set_pixels(&tile->c, &loops[FH], &loops[FW]);
    tile->c.c = channels.o;
    tile->c.channels = channels.o_size;
    tile->vector = vector_box(p, &channels);
    tile->beside = p->beside ? p->beside + (tile->c.l2 - p->y) : NULL;
    tile->problems = 1;
}

/* Made once a tile, by one core. */
static TL_RARE void forward_jumps(const tl_conv_pass *p, const tl_mm_tile *tile, const tl_mm *mm, tl_jump *jump) {
    const tl_conv *conv = p->conv;
    int32_t x_c = (int32_t)(tile->a.channels + tile->a.pad), y_o = (int32_t)tile->c.channels, run = (int32_t)mm->k;
    int32_t taps = p->gaps ? conv->kw : 1, tap = (int32_t)tl_conv_dilation(conv->dilation_w) * x_c;
    int32_t row = (int32_t)(tl_conv_dilation(conv->dilation_h) * tile->a.cols) * x_c - (taps - 1) * tap;
    int32_t w_row = conv->kw * (int32_t)(tile->b.channels + tile->b.pad);
    for (int32_t i = 0; i < conv->kh; ++i)
        for (int32_t j = 0; j < taps; ++j) {
            if (j + 1 < taps)
                *jump++ = (tl_jump){F * (tap - run), 0};
            else if (i + 1 < conv->kh)
                *jump++ = (tl_jump){F * (row - run), F * (y_o * w_row - taps * run)};
        }
}

/*
 * Rows are the pixels of one output row; a run is one row of the window, kw * C elements of x and of w alike, or, with
 * gaps between the taps in x, one tap. A set is a group.
 */
static void forward_problem(const tl_mm_pass *base, const tl_mm_tile *tile, uint32_t index, tl_tile_problem *problem,
                            tl_jump *jump) {
    (void)index;
    const tl_conv_pass *p = tl_conv_pass_of(base);
    const tl_conv *conv = p->conv;
    int32_t pad = (int32_t)tile->a.pad, x_c = (int32_t)tile->a.channels + pad, c = (int32_t)tile->b.channels;
    int32_t y_o = (int32_t)tile->c.channels;
    int32_t sets = (int32_t)tl_conv_sets(p, (uint32_t)y_o), o = sets > 1 ? y_o / sets : y_o;
    int32_t x_row = (int32_t)tile->a.cols * x_c, w_row = conv->kw * (c + pad);
    int32_t taps = p->gaps ? conv->kw : 1, run = p->gaps ? c : conv->kw * c;
    *problem = (tl_tile_problem){
        .mm = {.m = tile->c.cols,
               .n = (uint32_t)o,
               .k = (uint32_t)run,
               .runs = conv->kh * (uint32_t)taps,
               .a_m = F * conv->stride_w * x_c,
               .a_k = F,
               .b_n = F * w_row,
               .b_k = F,
               .c_m = F * y_o,
               .c_n = F},
        .units = tile->c.rows,
        .sets = (uint32_t)sets,
        .a_unit = F * conv->stride_h * x_row,
        .c_unit = F * (int32_t)tile->c.cols * y_o,
        .a_set = F * c,
        .b_set = F * o * w_row,
        .c_set = F * o,
    };
    if (tl_conv_is_pointwise(conv)) {
        problem->mm.m *= problem->units;
        problem->units = 1;
    }
    if (jump)
        forward_jumps(p, tile, &problem->mm, jump);
}

void tl_conv_pass_forward(tl_conv_pass *pass, const tl_mm_plan *plan) {
    const tl_conv *conv = pass->conv;
    tl_mm_pass *base = &pass->base;
    base->tile = forward_tile;
    base->problem = forward_problem;
    base->reduction = 1;
    base->vector_in = true;
    base->a_loops = 1 << FN | 1 << FH | 1 << FW | 1 << FC;
    if (tl_conv_groups(conv) > 1)
        base->a_loops |= 1 << FO;
    base->b_loops = 1 << FO | 1 << FC;
    tl_conv_pass_begin(pass, plan, true, &base->loop[FO], &base->loop[FC]);
    base->loop[FN] = tl_conv_loop(conv->n, 1);
    base->loop[FH] = tl_conv_loop(pass->out_h, plan->rows);
    base->loop[FW] = tl_conv_loop(pass->out_w, plan->cols);
    uint32_t o = base->loop[FO].step, c = base->loop[FC].step;
    base->a_max = window_max(pass, &base->loop[FH], &base->loop[FW], c + pass->pad);
    base->b_max = (uint32_t)conv->kh * conv->kw * o * (c / pass->together + pass->pad);
    base->c_max = base->loop[FH].step * base->loop[FW].step * o;
    base->vector_max = o;
    base->jump_max = conv->kh * (pass->gaps ? conv->kw : 1u);
}

/* ---- grad_w: loops o, c, n, h, w; a is dy, b is x, c is dw ---- */

enum { WO, WC, WN, WH, WW };

static void grad_w_tile(const tl_mm_pass *base, tl_mm_tile *tile) {
    const tl_conv_pass *p = tl_conv_pass_of(base);
    const tl_loop *loops = base->loop;
    tl_conv_channels channels;
    tl_conv_find_channels(p, true, &loops[WO], &loops[WC], &channels);
    tile->a = tl_conv_y_image(p, loops[WN].at);
    tl_conv_set_pixels(&tile->a, &loops[WH], &loops[WW]);
    tile->a.c = channels.o;
    tile->a.channels = channels.o_size;
    tile->a.pad = tl_conv_pad(p, &loops[WO], channels.o_size);
    tile->b = tl_conv_x_image(p, loops[WN].at);
    set_window(p, &tile->b, &loops[WH], &loops[WW]);
    tile->b.c = channels.c;
    tile->b.channels = channels.c_size;
    if (p->conv->kw == 1)
        tile->b.pad = tl_conv_pad(p, &loops[WC], channels.c_size);
    tile->c = tl_conv_w_box(p, &channels);
    tile->vector = vector_box(p, &channels);
    if (channels.w != 0)
        tile->vector.l2 = NULL;
    tile->beside = NULL;
    tile->problems = (p->gaps ? p->conv->kw : 1u) + (tile->vector.l2 ? 1 : 0);
}

/*
 * A unit for each row of the kernel, a set for each group: rows are output channels, columns the kw * C places of a
 * window's row, a run is one row of the image of dy. With gaps between the taps in x, one such problem for each column
 * of the kernel. The last problem is the bias gradient: the same sum with ones in place of x.
 */
static void grad_w_problem(const tl_mm_pass *base, const tl_mm_tile *tile, uint32_t index, tl_tile_problem *problem,
                           tl_jump *jump) {
    const tl_conv_pass *p = tl_conv_pass_of(base);
    const tl_conv *conv = p->conv;
    int32_t x_c = (int32_t)(tile->b.channels + tile->b.pad), c = (int32_t)tile->c.channels;
    int32_t y_o = (int32_t)tile->a.channels, y_pixel = y_o + (int32_t)tile->a.pad;
    int32_t sets = (int32_t)tl_conv_sets(p, (uint32_t)y_o), o = sets > 1 ? y_o / sets : y_o;
    int32_t cols = (int32_t)tile->a.cols, x_row = (int32_t)tile->b.cols * x_c, step = conv->stride_w * x_c;
    int32_t w_row = conv->kw * c, j = (int32_t)index;
    bool column = tile->vector.l2 && index + 1 == tile->problems;
    tl_mm *mm = &problem->mm;
    *problem = (tl_tile_problem){
        .mm = {.m = (uint32_t)o,
               .n = (uint32_t)(p->gaps ? c : w_row),
               .k = (uint32_t)cols,
               .runs = tile->a.rows,
               .a_m = F,
               .a_k = F * y_pixel,
               .b_n = F,
               .b_k = F * step,
               .c_m = F * w_row,
               .c_n = F},
        .units = conv->kh,
        .sets = (uint32_t)sets,
        .b_at = F * j * (int32_t)tl_conv_dilation(conv->dilation_w) * x_c,
        .c_at = F * j * c,
        .b_unit = F * (int32_t)tl_conv_dilation(conv->dilation_h) * x_row,
        .c_unit = F * y_o * w_row,
        .a_set = F * o,
        .b_set = F * c,
        .c_set = F * o * w_row,
    };
    if (column) {
        mm->m = (uint32_t)y_o;
        mm->n = 1;
        mm->b_n = mm->b_k = 0;
        mm->c_m = F;
        problem->units = problem->sets = 1;
        problem->column = true;
    }
    if (column || tl_conv_is_pointwise(conv)) {
        mm->k *= mm->runs;
        mm->runs = 1;
    }
    for (uint32_t i = 0; jump && i + 1 < mm->runs; ++i)
        jump[i] = (tl_jump){0, F * (conv->stride_h * x_row - cols * step)};
}

void tl_conv_pass_grad_w(tl_conv_pass *pass, const tl_mm_plan *plan) {
    const tl_conv *conv = pass->conv;
    tl_mm_pass *base = &pass->base;
    base->tile = grad_w_tile;
    base->problem = grad_w_problem;
    base->reduction = 3;
    base->a_loops = 1 << WO | 1 << WN | 1 << WH | 1 << WW;
    base->b_loops = 1 << WC | 1 << WN | 1 << WH | 1 << WW;
    if (tl_conv_groups(conv) > 1)
        base->b_loops |= 1 << WO;
    tl_conv_pass_begin(pass, plan, true, &base->loop[WO], &base->loop[WC]);
    base->loop[WN] = tl_conv_loop(conv->n, 1);
    base->loop[WH] = tl_conv_loop(pass->out_h, plan->rows);
    base->loop[WW] = tl_conv_loop(pass->out_w, plan->cols);
    uint32_t rows = base->loop[WH].step, cols = base->loop[WW].step;
    uint32_t o = base->loop[WO].step, c = base->loop[WC].step;
    base->a_max = rows * cols * o;
    base->b_max = window_max(pass, &base->loop[WH], &base->loop[WW], c);
    base->c_max = (uint32_t)conv->kh * conv->kw * o * (c / pass->together);
    base->vector_max = o;
    base->jump_max = (pass->gaps ? conv->kw : 1u) * rows + 1;
}
