/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matrix-vector kernels: one core, data in L1. W is rows x cols, its rows `pitch` bytes apart (a multiple of 4).
 *
 *     tl_matvec_f32         y[o] = init[o] + sum over k of W[o][k] * x[k]
 *     tl_matvec_t_f32       y[k] = init[k] + sum over o of W[o][k] * dy[o]
 *     tl_outer_f32          W[o][k] = W[o][k] - dy[o] * x[k]
 *     tl_matvec_outer_f32   the last two in one pass: y from W as it was before
 *
 * rows, cols >= 1. Sums run in the order of their index, each addition a fused multiply-add, and start at init, or,
 * where it is NULL, at the first product: the bits of the matmul kernels. init may be y. y overlaps nothing else.
 */
#ifndef TL_KERNEL_MATVEC_H
#define TL_KERNEL_MATVEC_H

#include <stdint.h>

typedef struct tl_matvec {
    float *w;
    int32_t pitch;
    uint32_t rows, cols;
    const float *x;  /* cols of them; not looked at by tl_matvec_t_f32 */
    const float *dy; /* rows; not looked at by tl_matvec_f32 */
    const float *init;
    float *y; /* like init not looked at by tl_outer_f32 */
} tl_matvec;

typedef void tl_matvec_kernel_f32(const tl_matvec *problem);

void tl_matvec_f32(const tl_matvec *problem);
void tl_matvec_t_f32(const tl_matvec *problem);
void tl_outer_f32(const tl_matvec *problem);
void tl_matvec_outer_f32(const tl_matvec *problem);

#endif
