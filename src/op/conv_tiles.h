/* SPDX-License-Identifier: Apache-2.0 */
/* The three passes of a convolution as tiles and matmul problems for the skeleton of src/tile/tile_mm.h. */
#ifndef TL_OP_CONV_TILES_H
#define TL_OP_CONV_TILES_H

#include "src/base/rare.h"
#include "src/tile/tile_mm.h"
#include "tl/conv.h"

/* One pass under way. The tensors that are only read are not const: a box does not know which way it goes. */
typedef struct tl_conv_pass {
    tl_mm_pass base; /* first, so that the skeleton's pointer is this one's */
    const tl_conv *conv;
    float *x, *w, *b, *y; /* or their gradients */
    float *beside;        /* the epilogue's */
    /*
     * A tile holds `together` whole groups, of each_c input and each_o output channels in all, or a part of one. The
     * outer loop over channels takes `padded` of its steps from the start of one such tile, or group, to the next.
     */
    uint32_t together, each_c, each_o, padded;
    uint32_t out_h, out_w, window_h, window_w;
    uint32_t pad; /* words behind a pixel, by the plan */
    bool gaps;    /* the taps of a window's row do not stand side by side in a tile, as those of w do */
} tl_conv_pass;

/* Fill in `base`, from the conv, the tensors that are set, and base's epilogue and sinks. */
void tl_conv_pass_forward(tl_conv_pass *pass, const tl_mm_plan *plan);
void tl_conv_pass_grad_w(tl_conv_pass *pass, const tl_mm_plan *plan);
void tl_conv_pass_grad_x(tl_conv_pass *pass, const tl_mm_plan *plan);

/* The strides of A and B in every tile of such a pass; false: they differ from tile to tile. */
bool tl_conv_pass_strides(const tl_conv *conv, tl_pass which, const tl_mm_plan *plan, tl_mm_strides *strides);

/* ---- for the passes ---- */

enum { TL_CONV_F = sizeof(float) };

static inline uint32_t tl_conv_dilation(uint8_t dilation) {
    return dilation ? dilation : 1;
}

static inline uint32_t tl_conv_groups(const tl_conv *conv) {
    return conv->groups ? conv->groups : 1;
}

/* Rows and columns of the image under one window, the gaps among them. */
static inline uint32_t tl_conv_window_h(const tl_conv *conv) {
    return (conv->kh - 1) * tl_conv_dilation(conv->dilation_h) + 1;
}

static inline uint32_t tl_conv_window_w(const tl_conv *conv) {
    return (conv->kw - 1) * tl_conv_dilation(conv->dilation_w) + 1;
}

static inline bool tl_conv_is_pointwise(const tl_conv *conv) {
    return conv->kh == 1 && conv->kw == 1 && conv->stride_h == 1 && conv->stride_w == 1;
}

/* Whether a plan of the pass may be padded: a run of forward must not go across pixels. */
static inline bool tl_conv_pads(const tl_conv *conv, tl_pass pass) {
    return pass == TL_GRAD_X || (pass == TL_FORWARD && conv->kw == 1);
}

static inline const tl_conv_pass *tl_conv_pass_of(const tl_mm_pass *base) {
    return (const tl_conv_pass *)base;
}

/* Channels of a tile: of y, of x, and of w, which has those of one group. */
typedef struct tl_conv_channels {
    uint32_t o, o_size, c, c_size, w, w_size;
} tl_conv_channels;

/* Sets all but the tensors, of which the first two loops are over channels: `outer` over output channels, or over input
 * channels. */
void tl_conv_pass_begin(tl_conv_pass *pass, const tl_mm_plan *plan, bool outer_is_o, tl_loop *outer, tl_loop *inner);
void tl_conv_find_channels(const tl_conv_pass *pass, bool outer_is_o, const tl_loop *outer, const tl_loop *inner,
                           tl_conv_channels *found);

tl_box tl_conv_x_image(const tl_conv_pass *pass, uint32_t n);
tl_box tl_conv_y_image(const tl_conv_pass *pass, uint32_t n);
tl_box tl_conv_w_box(const tl_conv_pass *pass, const tl_conv_channels *channels);

static inline void tl_conv_set_pixels(tl_box *box, const tl_loop *h, const tl_loop *w) {
    box->h = (int32_t)h->at;
    box->w = (int32_t)w->at;
    box->rows = tl_loop_size(h);
    box->cols = tl_loop_size(w);
}

/* Behind a pixel of a box whose channels are this loop's: the plan's word, and what a last tile has fewer than others,
 * so that strides are the same in all tiles. */
static inline uint32_t tl_conv_pad(const tl_conv_pass *pass, const tl_loop *channels, uint32_t size) {
    return pass->pad + (tl_conv_groups(pass->conv) > 1 ? 0 : channels->step - size);
}

/* So many groups stand side by side in a tile with so many output channels. */
static inline uint32_t tl_conv_sets(const tl_conv_pass *pass, uint32_t o) {
    return pass->together > 1 ? o * pass->together / pass->each_o : 1;
}

static inline tl_loop tl_conv_loop(uint32_t end, uint32_t step) {
    return (tl_loop){.end = end, .step = step < end ? step : end};
}

#endif
