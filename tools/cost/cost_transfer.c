/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cost/cost_transfer.h"

/* How many of [at, at + count) lie in [0, size). */
static uint32_t inside(int32_t at, uint32_t count, uint32_t size) {
    const int64_t from = at > 0 ? at : 0, behind = (int64_t)at + count, to = behind < size ? behind : size;
    return to > from ? (uint32_t)(to - from) : 0;
}

float cost_transfer(const cost_machine *machine, const tl_box *box, float row) {
    const uint32_t rows = inside(box->h, box->rows, box->height), cols = inside(box->w, box->cols, box->width);
    if (!box->l2 || rows == 0 || cols == 0 || box->channels == 0)
        return 0.0f;
    /* Whole pixels side by side are one row, whole rows one below the other as well. */
    uint32_t pieces = rows * cols, bytes = box->channels * 4;
    if (box->channels == box->depth) {
        pieces = cols == box->width ? 1 : rows;
        bytes *= rows * cols / pieces;
    }
    const uint32_t cycles = (bytes + machine->dma_width - 1) / machine->dma_width;
    return (float)pieces * ((float)cycles + row);
}
