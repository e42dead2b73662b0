/* SPDX-License-Identifier: Apache-2.0 */
/* What the passes of a depthwise convolution have in common. */
#ifndef TL_OP_DEPTHWISE_PARTS_H
#define TL_OP_DEPTHWISE_PARTS_H

#include "src/op/depthwise_tiles.h"

static inline uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static inline const tl_depthwise_pass *tl_depthwise_pass_of(const tl_planes_pass *base) {
    return (const tl_depthwise_pass *)(const void *)base;
}

static inline uint32_t tl_depthwise_taps(const tl_depthwise *layer) {
    return (uint32_t)layer->kh * layer->kw;
}

/* Kernels of their own have 3x3 with stride 1, with stride 2, and with stride 1 and up to 5 columns, one of padding on
 * each side. */
typedef enum tl_depthwise_kernel {
    TL_DEPTHWISE_ANY,
    TL_DEPTHWISE_STRIDE_1,
    TL_DEPTHWISE_STRIDE_2,
    TL_DEPTHWISE_NARROW,
    TL_DEPTHWISE_KERNELS
} tl_depthwise_kernel;

static inline tl_depthwise_kernel tl_depthwise_kernel_of(const tl_depthwise *l) {
    if (l->kh != 3 || l->kw != 3 || l->stride_h != l->stride_w || l->stride_h > 2)
        return TL_DEPTHWISE_ANY;
    return l->stride_h == 2                             ? TL_DEPTHWISE_STRIDE_2
           : l->w <= 5 && l->left == 1 && l->right == 1 ? TL_DEPTHWISE_NARROW
                                                        : TL_DEPTHWISE_STRIDE_1;
}

void tl_depthwise_begin_pass(tl_depthwise_pass *pass, const tl_planes_plan *plan, uint32_t rows);
/* Rows and channels of a tensor of images, `cols` columns from `col`. */
tl_box tl_depthwise_image_box(const tl_planes_tile *tile, float *tensor, uint32_t height, uint32_t width,
                              uint32_t depth, int32_t row, uint32_t rows, int32_t col, uint32_t cols);
/* `taps` rows of one number a channel. */
tl_box tl_depthwise_taps_box(const tl_planes_tile *tile, float *w, uint32_t taps, uint32_t depth);
/* Rows [0, rows) of a problem on a tile, shared out: the channels of each part of the rows. */
void tl_depthwise_share_conv(tl_planes_conv_f32 *kernel, const tl_team *team, const tl_planes_tile *tile,
                             const tl_planes_conv *whole);
/* An epilogue over the tile's results. The cores share them otherwise than they did what comes before: first a barrier.
 */
void tl_depthwise_finish(const tl_team *team, const tl_planes_tile *tile, tl_epilogue epilogue, const float *beside);

#endif
