/* SPDX-License-Identifier: Apache-2.0 */
/* The three passes of a depthwise convolution as tiles of planes. */
#ifndef TL_OP_DEPTHWISE_TILES_H
#define TL_OP_DEPTHWISE_TILES_H

#include "src/kernel/planes.h"
#include "src/tile/epilogue.h"
#include "src/tile/tile_planes.h"
#include "tl/depthwise.h"

typedef struct tl_depthwise_pass {
    tl_planes_pass base;         /* first, so that a pointer to it is one to the whole */
    tl_depthwise layer;          /* a copy: it is read often, and may stand far away */
    float *x, *w, *b, *y, *mask; /* inputs and outputs; only outputs are written */
    tl_planes_conv_f32 *conv;
    tl_planes_grad_f32 *grad;
    tl_epilogue epilogue;
    uint32_t slices;
    bool add; /* to dw and db */
} tl_depthwise_pass;

/* Fill in `base` and the kernel from the layer, the tensors and the plan. */
void tl_depthwise_pass_forward(tl_depthwise_pass *pass, const tl_planes_plan *plan, tl_epilogue act);
void tl_depthwise_pass_grad_w(tl_depthwise_pass *pass, const tl_planes_plan *plan, bool add);
void tl_depthwise_pass_grad_x(tl_depthwise_pass *pass, const tl_planes_plan *plan, tl_epilogue mask);

/* L1 that a pass needs with this plan, whatever of its optional tensors is there. */
uint64_t tl_depthwise_pass_bytes(const tl_depthwise *layer, tl_pass pass, const tl_planes_plan *plan);

#endif
