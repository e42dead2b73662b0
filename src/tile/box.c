/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/box.h"
#include "src/tile/leaf.h"

static uint32_t clip(int32_t at, uint32_t end) {
    return at < 0 ? 0 : (uint32_t)at < end ? (uint32_t)at : end;
}

float *tl_box_in_place(const tl_team *team, const tl_box *box) {
    bool dense = box->pad == 0 && box->w == 0 && box->c == 0 && box->cols == box->width && box->channels == box->depth;
    bool inside = box->h >= 0 && (uint32_t)box->h + box->rows <= box->height;
    if (!dense || !inside || !tl_in_l1(team, box->l2))
        return NULL;
    return box->l2 + (uint32_t)box->h * box->width * box->depth;
}

/* Above and below the image by one core each, which has no transfers to begin; its sides by all cores, row by row. */
static void zero_halo(const tl_team *team, const tl_box *box, uint32_t top, uint32_t bottom, uint32_t left,
                      uint32_t right, float *l1) {
    uint32_t pixel = box->channels + box->pad, row = box->cols * pixel;
    if (team->id == 1 % team->n)
        tl_do_zero(team, 1, 0, top * row, l1);
    if (team->id == 2 % team->n)
        tl_do_zero(team, 1, 0, (box->rows - bottom) * row, l1 + bottom * row);
    if (top + team->id >= bottom)
        return;
    uint32_t rows = (bottom - top - team->id - 1) / team->n + 1, pitch = team->n * row;
    float *side = l1 + (top + team->id) * row;
    tl_do_zero(team, rows, pitch, left * pixel, side);
    tl_do_zero(team, rows, pitch, (box->cols - right) * pixel, side + right * pixel);
}

/* The part inside the image, in the box's own coordinates. */
static void transfer(const tl_team *team, uint32_t slot, tl_dma_direction direction, const tl_box *box, uint32_t top,
                     uint32_t bottom, uint32_t left, uint32_t right, float *l1) {
    const uint32_t pixel = box->channels + box->pad, row = box->cols * pixel;
    int32_t first_row = box->h + (int32_t)top, first_col = box->w + (int32_t)left;
    /* Behind a pixel its neighbour's first channels come along: so one transfer does it. */
    tl_dma_box dma = {
        .l1 = (char *)(l1 + top * row + left * pixel),
        .l2 = (char *)(box->l2 + ((uint32_t)first_row * box->width + (uint32_t)first_col) * box->depth + box->c),
        .rows = bottom - top,
        .segments = right - left,
        .bytes = pixel * 4,
        .cut = box->pad * 4,
        .l1_pitch = row * 4,
        .l2_segment = box->depth * 4,
        .l2_pitch = box->width * box->depth * 4,
        .from_end = box->from_end,
    };
    tl_dma_start(team, slot, direction, &dma);
}

static void move(const tl_team *team, uint32_t slot, tl_dma_direction direction, const tl_box *box, bool zero,
                 float *l1) {
    uint32_t top = clip(-box->h, box->rows), left = clip(-box->w, box->cols);
    uint32_t bottom = clip((int32_t)box->height - box->h, box->rows);
    uint32_t right = clip((int32_t)box->width - box->w, box->cols);
    if (bottom < top || right <= left)
        bottom = top;
    if (bottom > top)
        transfer(team, slot, direction, box, top, bottom, left, right, l1);
    if (zero)
        zero_halo(team, box, top, bottom, left, right, l1);
}

void tl_box_load(const tl_team *team, uint32_t slot, const tl_box *box, float *l1) {
    move(team, slot, TL_DMA_IN, box, true, l1);
}

void tl_box_load_again(const tl_team *team, uint32_t slot, const tl_box *box, float *l1) {
    move(team, slot, TL_DMA_IN, box, false, l1);
}

void tl_box_store(const tl_team *team, uint32_t slot, const tl_box *box, float *l1) {
    move(team, slot, TL_DMA_OUT, box, false, l1);
}
