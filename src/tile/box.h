/* SPDX-License-Identifier: Apache-2.0 */
/* A box of an HWC tensor, on its way between L2 and L1 (unless the tensor stands in L1 itself). In L1 it stands dense:
 * [rows][cols][channels + pad]. */
#ifndef TL_TILE_BOX_H
#define TL_TILE_BOX_H

#include "src/hal/hal.h"
#include "tl/team.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct tl_box {
    float *l2;                     /* the tensor's first element; NULL: no tensor */
    uint32_t height, width, depth; /* the tensor's size */
    int32_t h, w;                  /* the box's first pixel; what lies outside the image is zero */
    uint32_t c;
    uint32_t rows, cols, channels; /* the box's size */
    uint32_t pad;                  /* words in L1 behind each pixel, in which anything may stand; only inwards */
    uint32_t from_end;             /* who moves it: see tl_dma_box */
} tl_box;

static inline uint32_t tl_box_elements(const tl_box *box) {
    return box->rows * box->cols * box->channels;
}

static inline bool tl_box_same(const tl_box *a, const tl_box *b) {
    return a->l2 == b->l2 && a->h == b->h && a->w == b->w && a->c == b->c && a->rows == b->rows && a->cols == b->cols &&
           a->channels == b->channels;
}

/* Whether both are as large and lie alike in images as large, so that their halos are the same places in L1. */
static inline bool tl_box_alike(const tl_box *a, const tl_box *b) {
    return a->height == b->height && a->width == b->width && a->h == b->h && a->w == b->w && a->rows == b->rows &&
           a->cols == b->cols && a->channels == b->channels;
}

/* Where the box stands in L1 already, as it would be fetched: dense and inside the image; NULL if it does not. */
float *tl_box_in_place(const tl_team *team, const tl_box *box);
/* By all cores, before a wait for the slot: fetches the box; the part outside the image is zeroed. */
void tl_box_load(const tl_team *team, uint32_t slot, const tl_box *box, float *l1);
/* The same where a box alike was before, whose halo is still zero. */
void tl_box_load_again(const tl_team *team, uint32_t slot, const tl_box *box, float *l1);
/* The same, outwards. The box lies inside the image. */
void tl_box_store(const tl_team *team, uint32_t slot, const tl_box *box, float *l1);

#endif
