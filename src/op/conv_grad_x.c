/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/span.h"
#include "src/op/conv_tiles.h"

enum { F = TL_CONV_F };

/* Loops c, n, h, w, o; a is dy, b is w, c is dx. */
enum { XC, XN, XH, XW, XO };

/* First and last window along one axis that see any of the elements [at, at + size). */
static void windows_over(const tl_loop *at, uint32_t window, int32_t stride, int32_t before, int32_t *first,
                         uint32_t *count) {
    int32_t low = (int32_t)at->at + before, high = low + (int32_t)tl_loop_size(at) - 1;
    *first = tl_ceil_div(low - (int32_t)window + 1, stride);
    int32_t last = tl_floor_div(high, stride);
    *count = last < *first ? 0 : (uint32_t)(last - *first + 1);
}

/* Phases along one axis of a tile: it may have fewer elements than the stride. */
static uint32_t phases(uint32_t size, uint32_t stride) {
    return size < stride ? size : stride;
}

static void grad_x_tile(const tl_mm_pass *base, tl_mm_tile *tile) {
    const tl_conv_pass *p = tl_conv_pass_of(base);
    const tl_conv *conv = p->conv;
    const tl_loop *loops = base->loop;
    tl_conv_channels channels;
    tl_conv_find_channels(p, false, &loops[XC], &loops[XO], &channels);
    tile->a = tl_conv_y_image(p, loops[XN].at);
    windows_over(&loops[XH], p->window_h, conv->stride_h, conv->top, &tile->a.h, &tile->a.rows);
    windows_over(&loops[XW], p->window_w, conv->stride_w, conv->left, &tile->a.w, &tile->a.cols);
    tile->a.c = channels.o;
    tile->a.channels = channels.o_size;
    tile->b = tl_conv_w_box(p, &channels);
    tile->a.pad = tl_conv_pad(p, &loops[XO], channels.o_size);
    tile->b.pad = tl_conv_pad(p, &loops[XC], channels.c_size);
    tile->c = tl_conv_x_image(p, loops[XN].at);
    tl_conv_set_pixels(&tile->c, &loops[XH], &loops[XW]);
    tile->c.c = channels.c;
    tile->c.channels = channels.c_size;
    tile->vector = (tl_box){0};
    tile->beside = p->beside ? p->beside + (tile->c.l2 - p->x) : NULL;
    tile->problems = phases(tile->c.rows, conv->stride_h) * phases(tile->c.cols, conv->stride_w);
}

/*
 * Along one axis, the pixels of a tile that stand alike to the windows: every stride-th one. They are seen by every
 * (stride / d)-th tap, where d is the greatest common divisor of stride and dilation; from one such tap to the next
 * the window that sees a pixel goes back by dilation / d.
 */
typedef struct phase {
    uint32_t first, count;  /* pixels, from the tile's start */
    int32_t tap, taps;      /* the first tap that sees them, and how many do */
    int32_t tap_step, back; /* from each tap to the next: taps, and windows back */
    int32_t window;         /* the window whose first such tap sees the first pixel, from the box's start */
} phase;

/* One axis of the layer. */
typedef struct conv_axis {
    int32_t kernel, stride, dilation, before;
} conv_axis;

static int32_t common_divisor(int32_t a, int32_t b) {
    while (b != 0) {
        int32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static TL_RARE void find_dilated(int32_t place, const conv_axis *axis, phase *f) {
    int32_t divisor = common_divisor(axis->stride, axis->dilation), tap = 0;
    f->tap_step = axis->stride / divisor;
    f->back = axis->dilation / divisor;
    /* The taps' places come round after tap_step of them. */
    while (tap < f->tap_step && (place - tap * axis->dilation) % axis->stride != 0)
        ++tap;
    f->tap = tap < f->tap_step ? tap : axis->kernel;
}

/* The phase whose first pixel is number `first` of the tile.
 */
static void find_phase(uint32_t first, int32_t at, uint32_t size, const conv_axis *axis, int32_t box_first, phase *f) {
    int32_t place = at + axis->before + (int32_t)first, stride = axis->stride;
    *f = (phase){.first = first, .count = size, .tap_step = 1, .back = axis->dilation};
    f->taps = axis->kernel;
    f->window = place - box_first;
    if (stride > 1) {
        f->count = (size - first - 1) / (uint32_t)stride + 1;
        f->tap = place % stride;
        f->tap_step = stride;
        if (axis->dilation > 1)
            find_dilated(place, axis, f);
        f->taps = f->tap < axis->kernel ? (axis->kernel - 1 - f->tap) / f->tap_step + 1 : 0;
        f->window = (place - f->tap * axis->dilation) / stride - box_first;
    }
}

/* Made once a tile, by one core. */
static TL_RARE void fill_jumps(const phase *h, const phase *w, int32_t k, int32_t y_o, int32_t y_pixel, int32_t y_row,
                               int32_t w_row, int32_t w_pixel, tl_jump *jump) {
    const int32_t tap = w->tap_step * w_pixel, row = h->tap_step * y_o * w_row;
    for (int32_t i = 0; i < h->taps; ++i)
        for (int32_t j = 0; j < w->taps; ++j) {
            /* From the end of this run (k elements of dy, k rows of w on) to the start of the next. */
            int32_t a = -k - w->back * y_pixel, b = tap - k * w_row;
            if (j + 1 == w->taps) {
                a = -k - h->back * y_row + (w->taps - 1) * w->back * y_pixel;
                b = row - (w->taps - 1) * tap - k * w_row;
            }
            if (i + 1 < h->taps || j + 1 < w->taps)
                *jump++ = (tl_jump){F * a, F * b};
        }
}

/*
 * One problem a phase, a unit for each row of pixels in it, a set for each group: rows are those pixels, columns input
 * channels, a run is the output channels under one tap. Down the taps the windows go back.
 */
static void grad_x_problem(const tl_mm_pass *base, const tl_mm_tile *tile, uint32_t index, tl_tile_problem *problem,
                           tl_jump *jump) {
    const tl_conv_pass *p = tl_conv_pass_of(base);
    const tl_conv *conv = p->conv;
    const conv_axis down = {conv->kh, conv->stride_h, (int32_t)tl_conv_dilation(conv->dilation_h), conv->top};
    const conv_axis along = {conv->kw, conv->stride_w, (int32_t)tl_conv_dilation(conv->dilation_w), conv->left};
    uint32_t across = phases(tile->c.cols, conv->stride_w), row = index / across;
    phase h, w;
    find_phase(row, tile->c.h, tile->c.rows, &down, tile->a.h, &h);
    find_phase(index - row * across, tile->c.w, tile->c.cols, &along, tile->a.w, &w);
    int32_t x_c = (int32_t)tile->c.channels, y_o = (int32_t)tile->a.channels, c = (int32_t)tile->b.channels;
    int32_t sets = (int32_t)tl_conv_sets(p, (uint32_t)y_o), o = sets > 1 ? y_o / sets : y_o;
    int32_t y_pixel = y_o + (int32_t)tile->a.pad, y_row = (int32_t)tile->a.cols * y_pixel,
            w_pixel = c + (int32_t)tile->b.pad, w_row = conv->kw * w_pixel, x_row = (int32_t)tile->c.cols * x_c;
    *problem = (tl_tile_problem){
        .mm = {.m = w.count,
               .n = (uint32_t)c,
               .k = (uint32_t)o,
               .runs = (uint32_t)(h.taps * w.taps),
               .a_m = F * y_pixel,
               .a_k = F,
               .b_n = F,
               .b_k = F * w_row,
               .c_m = F * conv->stride_w * x_c,
               .c_n = F},
        .units = h.count,
        .sets = (uint32_t)sets,
        .a_at = F * (h.window * y_row + w.window * y_pixel),
        .b_at = F * (h.tap * y_o * w_row + w.tap * w_pixel),
        .c_at = F * ((int32_t)h.first * x_row + (int32_t)w.first * x_c),
        .a_unit = F * y_row,
        .c_unit = F * conv->stride_h * x_row,
        .a_set = F * o,
        .b_set = F * o * w_row,
        .c_set = F * c,
    };
    if (tl_conv_is_pointwise(conv)) {
        problem->mm.m *= problem->units;
        problem->units = 1;
    }
    if (jump)
        fill_jumps(&h, &w, o, y_o, y_pixel, y_row, w_row, w_pixel, jump);
}

void tl_conv_pass_grad_x(tl_conv_pass *pass, const tl_mm_plan *plan) {
    const tl_conv *conv = pass->conv;
    tl_mm_pass *base = &pass->base;
    base->tile = grad_x_tile;
    base->problem = grad_x_problem;
    base->reduction = 1;
    base->a_loops = 1 << XN | 1 << XH | 1 << XW | 1 << XO;
    if (tl_conv_groups(conv) > 1)
        base->a_loops |= 1 << XC;
    base->b_loops = 1 << XC | 1 << XO;
    tl_conv_pass_begin(pass, plan, false, &base->loop[XC], &base->loop[XO]);
    base->loop[XN] = tl_conv_loop(conv->n, 1);
    base->loop[XH] = tl_conv_loop(conv->h, plan->rows);
    base->loop[XW] = tl_conv_loop(conv->w, plan->cols);
    uint32_t rows = base->loop[XH].step, cols = base->loop[XW].step;
    uint32_t o = base->loop[XO].step, c = base->loop[XC].step;
    /* A tile may begin anywhere between two windows: one more than the widest even case. */
    uint32_t y_rows = (rows + pass->window_h - 2) / conv->stride_h + 1;
    uint32_t y_cols = (cols + pass->window_w - 2) / conv->stride_w + 1;
    base->a_max = y_rows * y_cols * (o + pass->pad);
    base->b_max = (uint32_t)conv->kh * conv->kw * o * (c / pass->together + pass->pad);
    base->c_max = rows * cols * c;
    base->jump_max = (uint32_t)conv->kh * conv->kw;
}
