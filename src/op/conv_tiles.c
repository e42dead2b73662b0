/* SPDX-License-Identifier: Apache-2.0 */
#include "src/op/conv_tiles.h"
#include "src/base/span.h"

enum { F = sizeof(float) };

static inline uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static const tl_conv_pass *conv_pass(const tl_mm_pass *base) {
    return (const tl_conv_pass *)base;
}

static tl_box image_box(float *tensor, uint32_t n, uint32_t height, uint32_t width, uint32_t depth) {
    return (tl_box){.l2 = tensor + n * height * width * depth, .height = height, .width = width, .depth = depth};
}

/* Images, weights as an image of KH x (O * KW) pixels with C channels, and vectors as one pixel. */
static tl_box x_image(const tl_conv_pass *p, uint32_t n) {
    return image_box(p->x, n, p->conv->h, p->conv->w, p->conv->c);
}

static tl_box y_image(const tl_conv_pass *p, uint32_t n) {
    return image_box(p->y, n, tl_conv_out_h(p->conv), tl_conv_out_w(p->conv), p->conv->o);
}

static tl_box w_box(const tl_conv_pass *p, const tl_loop *o, const tl_loop *c) {
    tl_box box = image_box(p->w, 0, p->conv->kh, (uint32_t)p->conv->o * p->conv->kw, p->conv->c);
    box.w = (int32_t)(o->at * p->conv->kw);
    box.c = c->at;
    box.rows = p->conv->kh;
    box.cols = tl_loop_size(o) * p->conv->kw;
    box.channels = tl_loop_size(c);
    return box;
}

static tl_box vector_box(const tl_conv_pass *p, const tl_loop *o) {
    tl_box box = {.l2 = p->b, .height = 1, .width = 1, .depth = p->conv->o, .rows = 1, .cols = 1};
    box.c = o->at;
    box.channels = tl_loop_size(o);
    return box;
}

/* The part of x under the windows of a tile of y. */
static void set_window(const tl_conv *conv, tl_box *x, const tl_loop *h, const tl_loop *w) {
    x->h = (int32_t)(h->at * conv->stride_h) - conv->top;
    x->w = (int32_t)(w->at * conv->stride_w) - conv->left;
    x->rows = tl_span_in(tl_loop_size(h), conv->kh, conv->stride_h);
    x->cols = tl_span_in(tl_loop_size(w), conv->kw, conv->stride_w);
}

static void set_pixels(tl_box *y, const tl_loop *h, const tl_loop *w) {
    y->h = (int32_t)h->at;
    y->w = (int32_t)w->at;
    y->rows = tl_loop_size(h);
    y->cols = tl_loop_size(w);
}

static bool is_pointwise(const tl_conv *conv) {
    return conv->kh == 1 && conv->kw == 1 && conv->stride_h == 1 && conv->stride_w == 1;
}

static void fill_jumps(tl_jump *jump, uint32_t runs, int32_t a, int32_t b) {
    for (uint32_t i = 0; jump && i + 1 < runs; ++i)
        jump[i] = (tl_jump){a, b};
}

static tl_loop loop(uint32_t end, uint32_t step) {
    return (tl_loop){.end = end, .step = smaller(step, end)};
}

/* ---- forward: loops o, n, h, w, c ---- */

enum { FO, FN, FH, FW, FC };

static void forward_tile(const tl_mm_pass *base, tl_mm_tile *tile) {
    const tl_conv_pass *p = conv_pass(base);
    const tl_loop *loops = base->loop;
    tile->a = x_image(p, loops[FN].at);
    set_window(p->conv, &tile->a, &loops[FH], &loops[FW]);
    tile->a.c = loops[FC].at;
    tile->a.channels = tl_loop_size(&loops[FC]);
    tile->b = w_box(p, &loops[FO], &loops[FC]);
    tile->c = y_image(p, loops[FN].at);
    set_pixels(&tile->c, &loops[FH], &loops[FW]);
    tile->c.c = loops[FO].at;
    tile->c.channels = tl_loop_size(&loops[FO]);
    tile->vector = vector_box(p, &loops[FO]);
    tile->mask = NULL;
    tile->problems = 1;
}

/* Rows are the pixels of one output row; a run is one row of the window, kw * C elements of x and of w alike. */
static void forward_problem(const tl_mm_pass *base, const tl_mm_tile *tile, uint32_t index, tl_tile_problem *problem,
                            tl_jump *jump) {
    (void)index;
    const tl_conv *conv = conv_pass(base)->conv;
    int32_t c = (int32_t)tile->a.channels, o = (int32_t)tile->c.channels, run = conv->kw * c;
    int32_t x_row = (int32_t)tile->a.cols * c;
    *problem = (tl_tile_problem){
        .mm = {.m = tile->c.cols,
               .n = (uint32_t)o,
               .k = (uint32_t)run,
               .runs = conv->kh,
               .a_m = F * conv->stride_w * c,
               .a_k = F,
               .b_n = F * run,
               .b_k = F,
               .c_m = F * o,
               .c_n = F},
        .units = tile->c.rows,
        .a_unit = F * conv->stride_h * x_row,
        .c_unit = F * (int32_t)tile->c.cols * o,
    };
    if (is_pointwise(conv)) {
        problem->mm.m *= problem->units;
        problem->units = 1;
    }
    fill_jumps(jump, conv->kh, F * (x_row - run), F * (o - 1) * run);
}

void tl_conv_pass_forward(tl_conv_pass *pass, const tl_mm_plan *plan) {
    const tl_conv *conv = pass->conv;
    tl_mm_pass *base = &pass->base;
    *base = (tl_mm_pass){.plan = plan,
                         .tile = forward_tile,
                         .problem = forward_problem,
                         .reduction = 1,
                         .vector_in = true,
                         .jump_max = conv->kh,
                         .a_loops = 1 << FN | 1 << FH | 1 << FW | 1 << FC,
                         .b_loops = 1 << FO | 1 << FC};
    base->loop[FO] = loop(conv->o, plan->o);
    base->loop[FN] = loop(conv->n, 1);
    base->loop[FH] = loop(tl_conv_out_h(conv), plan->rows);
    base->loop[FW] = loop(tl_conv_out_w(conv), plan->cols);
    base->loop[FC] = loop(conv->c, plan->c);
    uint32_t rows = base->loop[FH].step, cols = base->loop[FW].step;
    uint32_t o = base->loop[FO].step, c = base->loop[FC].step;
    base->a_max = tl_span_in(rows, conv->kh, conv->stride_h) * tl_span_in(cols, conv->kw, conv->stride_w) * c;
    base->b_max = (uint32_t)conv->kh * conv->kw * o * c;
    base->c_max = rows * cols * o;
    base->vector_max = o;
}

/* ---- grad_w: loops o, c, n, h, w; a is dy, b is x, c is dw ---- */

enum { WO, WC, WN, WH, WW };

static void grad_w_tile(const tl_mm_pass *base, tl_mm_tile *tile) {
    const tl_conv_pass *p = conv_pass(base);
    const tl_loop *loops = base->loop;
    tile->a = y_image(p, loops[WN].at);
    set_pixels(&tile->a, &loops[WH], &loops[WW]);
    tile->a.c = loops[WO].at;
    tile->a.channels = tl_loop_size(&loops[WO]);
    tile->b = x_image(p, loops[WN].at);
    set_window(p->conv, &tile->b, &loops[WH], &loops[WW]);
    tile->b.c = loops[WC].at;
    tile->b.channels = tl_loop_size(&loops[WC]);
    tile->c = w_box(p, &loops[WO], &loops[WC]);
    tile->vector = vector_box(p, &loops[WO]);
    if (loops[WC].at != 0)
        tile->vector.l2 = NULL;
    tile->mask = NULL;
    tile->problems = tile->vector.l2 ? 2 : 1;
}

/*
 * Problem 0, a unit for each row of the kernel: rows are output channels, columns the kw * C places of a window's row,
 * a run is one row of the image of dy. Problem 1, the bias gradient: the same sum with ones in place of x.
 */
static void grad_w_problem(const tl_mm_pass *base, const tl_mm_tile *tile, uint32_t index, tl_tile_problem *problem,
                           tl_jump *jump) {
    const tl_conv *conv = conv_pass(base)->conv;
    int32_t c = (int32_t)tile->b.channels, o = (int32_t)tile->a.channels, cols = (int32_t)tile->a.cols;
    int32_t x_row = (int32_t)tile->b.cols * c, step = conv->stride_w * c;
    tl_mm *mm = &problem->mm;
    *problem = (tl_tile_problem){
        .mm = {.m = (uint32_t)o,
               .n = (uint32_t)(conv->kw * c),
               .k = (uint32_t)cols,
               .runs = tile->a.rows,
               .a_m = F,
               .a_k = F * o,
               .b_n = F,
               .b_k = F * step,
               .c_m = F * conv->kw * c,
               .c_n = F},
        .units = conv->kh,
        .b_unit = F * x_row,
        .c_unit = F * o * conv->kw * c,
    };
    if (index == 1) {
        mm->n = 1;
        mm->b_n = mm->b_k = 0;
        mm->c_m = F;
        problem->units = 1;
        problem->column = true;
    }
    if (index == 1 || is_pointwise(conv)) {
        mm->k *= mm->runs;
        mm->runs = 1;
    }
    fill_jumps(jump, mm->runs, 0, F * (conv->stride_h * x_row - cols * step));
}

void tl_conv_pass_grad_w(tl_conv_pass *pass, const tl_mm_plan *plan) {
    const tl_conv *conv = pass->conv;
    tl_mm_pass *base = &pass->base;
    *base = (tl_mm_pass){.plan = plan,
                         .tile = grad_w_tile,
                         .problem = grad_w_problem,
                         .reduction = 3,
                         .a_loops = 1 << WO | 1 << WN | 1 << WH | 1 << WW,
                         .b_loops = 1 << WC | 1 << WN | 1 << WH | 1 << WW};
    base->loop[WO] = loop(conv->o, plan->o);
    base->loop[WC] = loop(conv->c, plan->c);
    base->loop[WN] = loop(conv->n, 1);
    base->loop[WH] = loop(tl_conv_out_h(conv), plan->rows);
    base->loop[WW] = loop(tl_conv_out_w(conv), plan->cols);
    uint32_t rows = base->loop[WH].step, cols = base->loop[WW].step;
    uint32_t o = base->loop[WO].step, c = base->loop[WC].step;
    base->a_max = rows * cols * o;
    base->b_max = tl_span_in(rows, conv->kh, conv->stride_h) * tl_span_in(cols, conv->kw, conv->stride_w) * c;
    base->c_max = (uint32_t)conv->kh * conv->kw * o * c;
    base->vector_max = o;
    base->jump_max = rows + 1;
}

/* ---- grad_x: loops c, n, h, w, o; a is dy, b is w, c is dx ---- */

enum { XC, XN, XH, XW, XO };

/* First and last window along one axis that see any of the elements [at, at + size). */
static void windows_over(const tl_loop *at, int32_t kernel, int32_t stride, int32_t before, int32_t *first,
                         uint32_t *count) {
    int32_t low = (int32_t)at->at + before, high = low + (int32_t)tl_loop_size(at) - 1;
    *first = tl_ceil_div(low - kernel + 1, stride);
    int32_t last = tl_floor_div(high, stride);
    *count = last < *first ? 0 : (uint32_t)(last - *first + 1);
}

/* Phases along one axis of a tile: it may have fewer elements than the stride. */
static uint32_t phases(uint32_t size, uint32_t stride) {
    return smaller(size, stride);
}

static void grad_x_tile(const tl_mm_pass *base, tl_mm_tile *tile) {
    const tl_conv_pass *p = conv_pass(base);
    const tl_conv *conv = p->conv;
    const tl_loop *loops = base->loop;
    tile->a = y_image(p, loops[XN].at);
    windows_over(&loops[XH], conv->kh, conv->stride_h, conv->top, &tile->a.h, &tile->a.rows);
    windows_over(&loops[XW], conv->kw, conv->stride_w, conv->left, &tile->a.w, &tile->a.cols);
    tile->a.c = loops[XO].at;
    tile->a.channels = tl_loop_size(&loops[XO]);
    tile->b = w_box(p, &loops[XO], &loops[XC]);
    tile->c = x_image(p, loops[XN].at);
    set_pixels(&tile->c, &loops[XH], &loops[XW]);
    tile->c.c = loops[XC].at;
    tile->c.channels = tl_loop_size(&loops[XC]);
    tile->vector = (tl_box){0};
    if (p->mask)
        tile->mask = p->mask + (tile->c.l2 - p->x);
    else
        tile->mask = NULL;
    tile->problems = phases(tile->c.rows, conv->stride_h) * phases(tile->c.cols, conv->stride_w);
}

/* Along one axis, the pixels of a tile that stand alike to the windows: every stride-th one, seen by every stride-th
 * tap. */
typedef struct phase {
    uint32_t first, count; /* pixels, from the tile's start */
    int32_t tap, taps;     /* the first tap that sees them, and how many */
    int32_t window;        /* the window whose first tap sees the first pixel, from the box's start */
} phase;

/* The phase whose first pixel is number `first` of the tile. */
static phase find_phase(uint32_t first, int32_t at, uint32_t size, int32_t kernel, int32_t stride, int32_t before,
                        int32_t box_first) {
    int32_t place = at + before + (int32_t)first;
    phase f = {.first = first, .count = (size - first - 1) / (uint32_t)stride + 1, .tap = place % stride};
    f.taps = f.tap < kernel ? (kernel - 1 - f.tap) / stride + 1 : 0;
    f.window = place / stride - box_first;
    return f;
}

/*
 * One problem a phase, a unit for each row of pixels in it: rows are those pixels, columns input channels, a run is the
 * output channels under one tap. Down the taps the windows go back.
 */
static void grad_x_problem(const tl_mm_pass *base, const tl_mm_tile *tile, uint32_t index, tl_tile_problem *problem,
                           tl_jump *jump) {
    const tl_conv *conv = conv_pass(base)->conv;
    uint32_t across = phases(tile->c.cols, conv->stride_w), row = index / across;
    phase h = find_phase(row, tile->c.h, tile->c.rows, conv->kh, conv->stride_h, conv->top, tile->a.h);
    phase w =
        find_phase(index - row * across, tile->c.w, tile->c.cols, conv->kw, conv->stride_w, conv->left, tile->a.w);
    int32_t c = (int32_t)tile->c.channels, o = (int32_t)tile->a.channels;
    int32_t y_row = (int32_t)tile->a.cols * o, w_row = conv->kw * c, x_row = (int32_t)tile->c.cols * c;
    *problem = (tl_tile_problem){
        .mm = {.m = w.count,
               .n = (uint32_t)c,
               .k = (uint32_t)o,
               .runs = (uint32_t)(h.taps * w.taps),
               .a_m = F * o,
               .a_k = F,
               .b_n = F,
               .b_k = F * w_row,
               .c_m = F * conv->stride_w * c,
               .c_n = F},
        .units = h.count,
        .a_at = F * (h.window * y_row + w.window * o),
        .b_at = F * (h.tap * o * w_row + w.tap * c),
        .c_at = F * ((int32_t)h.first * x_row + (int32_t)w.first * c),
        .a_unit = F * y_row,
        .c_unit = F * conv->stride_h * x_row,
    };
    if (is_pointwise(conv)) {
        problem->mm.m *= problem->units;
        problem->units = 1;
    }
    for (int32_t i = 0; jump && i < h.taps; ++i)
        for (int32_t j = 0; j < w.taps; ++j) {
            /* From the end of this run (o elements of dy, o rows of w on) to the start of the next. */
            int32_t a = -2 * o, b = conv->stride_w * c - o * w_row;
            if (j + 1 == w.taps) {
                a = -o - y_row + (w.taps - 1) * o;
                b = (conv->stride_h - 1) * o * w_row - (w.taps - 1) * conv->stride_w * c;
            }
            if (i + 1 < h.taps || j + 1 < w.taps)
                *jump++ = (tl_jump){F * a, F * b};
        }
}

void tl_conv_pass_grad_x(tl_conv_pass *pass, const tl_mm_plan *plan) {
    const tl_conv *conv = pass->conv;
    tl_mm_pass *base = &pass->base;
    *base = (tl_mm_pass){
        .plan = plan,
        .tile = grad_x_tile,
        .problem = grad_x_problem,
        .reduction = 1,
        .masked = pass->mask != NULL,
        .a_loops = 1 << XN | 1 << XH | 1 << XW | 1 << XO,
        .b_loops = 1 << XC | 1 << XO,
    };
    base->loop[XC] = loop(conv->c, plan->c);
    base->loop[XN] = loop(conv->n, 1);
    base->loop[XH] = loop(conv->h, plan->rows);
    base->loop[XW] = loop(conv->w, plan->cols);
    base->loop[XO] = loop(conv->o, plan->o);
    uint32_t rows = base->loop[XH].step, cols = base->loop[XW].step;
    uint32_t o = base->loop[XO].step, c = base->loop[XC].step;
    /* A tile may begin anywhere between two windows: one more than the widest even case. */
    uint32_t y_rows = (rows + conv->kh - 2) / conv->stride_h + 1, y_cols = (cols + conv->kw - 2) / conv->stride_w + 1;
    base->a_max = y_rows * y_cols * o;
    base->b_max = (uint32_t)conv->kh * conv->kw * o * c;
    base->c_max = rows * cols * c;
    base->jump_max = (uint32_t)conv->kh * conv->kw;
}

/* A pass with a bias and a mask, on no tensors. */
static void describe(const tl_conv *conv, tl_pass which, const tl_mm_plan *plan, float *any, tl_conv_pass *pass) {
    *pass = (tl_conv_pass){.conv = conv, .x = any, .w = any, .b = any, .y = any, .mask = any};
    if (which == TL_FORWARD)
        tl_conv_pass_forward(pass, plan);
    else if (which == TL_GRAD_W)
        tl_conv_pass_grad_w(pass, plan);
    else
        tl_conv_pass_grad_x(pass, plan);
}

uint32_t tl_conv_pass_bytes(const tl_conv *conv, tl_pass which, const tl_mm_plan *plan) {
    float any;
    tl_conv_pass pass;
    describe(conv, which, plan, &any, &pass);
    return tl_mm_pass_bytes(&pass.base);
}

bool tl_conv_pass_strides(const tl_conv *conv, tl_pass which, const tl_mm_plan *plan, tl_mm_strides *strides) {
    float any;
    tl_conv_pass pass;
    describe(conv, which, plan, &any, &pass);
    return tl_mm_pass_strides(&pass.base, strides);
}

bool tl_conv_pass_suits_kernel(const tl_conv *conv, tl_pass which, const tl_mm_plan *plan) {
    float any;
    tl_conv_pass pass;
    describe(conv, which, plan, &any, &pass);
    return tl_mm_pass_suits_kernel(&pass.base);
}
