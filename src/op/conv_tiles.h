/* SPDX-License-Identifier: Apache-2.0 */
/* The three passes of a convolution as tiles and matmul problems for the skeleton of src/tile/tile_mm.h. */
#ifndef TL_OP_CONV_TILES_H
#define TL_OP_CONV_TILES_H

#include "src/tile/tile_mm.h"
#include "tl/conv.h"

/* One pass under way. The tensors that are only read are not const: a box does not know which way it goes. */
typedef struct tl_conv_pass {
    tl_mm_pass base; /* first, so that the skeleton's pointer is this one's */
    const tl_conv *conv;
    float *x, *w, *b, *y; /* or their gradients */
    float *mask;
} tl_conv_pass;

/* Fill in `base`, from the conv and the tensors that are set. */
void tl_conv_pass_forward(tl_conv_pass *pass, const tl_mm_plan *plan);
void tl_conv_pass_grad_w(tl_conv_pass *pass, const tl_mm_plan *plan);
void tl_conv_pass_grad_x(tl_conv_pass *pass, const tl_mm_plan *plan);

/* Bytes of L1 for a pass with a bias and a mask. */
uint32_t tl_conv_pass_bytes(const tl_conv *conv, tl_pass which, const tl_mm_plan *plan);
/* The strides of A and B in every tile; false: they differ from tile to tile. */
bool tl_conv_pass_strides(const tl_conv *conv, tl_pass which, const tl_mm_plan *plan, tl_mm_strides *strides);
/* Whether the plan's kernel is for any strides, or for those that every tile has. */
bool tl_conv_pass_suits_kernel(const tl_conv *conv, tl_pass which, const tl_mm_plan *plan);

#endif
