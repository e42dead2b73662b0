/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels that see a whole row: one core, data in L1. */
#ifndef TL_KERNEL_ROWS_H
#define TL_KERNEL_ROWS_H

#include <stdint.h>

/*
 * Softmax cross-entropy on logits, one row: loss = log(sum_j exp(z_j - max z)) - (z_label - max z), returned;
 * dz_j = scale * (softmax(z)_j - [j == label]). classes >= 1, label < classes. dz may be z.
 * Errors: those of tl_exp_f32 and tl_log_f32, and classes roundings of the sum. A NaN in z gives a NaN.
 */
float tl_softmax_cross_entropy_f32(uint32_t classes, const float *z, uint32_t label, float scale, float *dz);

#endif
