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
 * where it is NULL, at the first product: the bits of the matmul kernels. init may be y. y overlaps nothing else, but
 * of tl_matvec_outer_f32 it may be x.
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
    float *y; /* like init not looked at by tl_outer_f32 and the updates without dx */
    /* Of the updates: where the optimiser's state for W stands (pitch as W's), and its settings. */
    float *state[2];
    const void *options;
} tl_matvec;

typedef void tl_matvec_kernel_f32(const tl_matvec *problem);

void tl_matvec_f32(const tl_matvec *problem);
void tl_matvec_t_f32(const tl_matvec *problem);
void tl_outer_f32(const tl_matvec *problem);
void tl_matvec_outer_f32(const tl_matvec *problem);

/*
 * Updates with any optimiser: what vector.h does to w and its state with the gradient g = dy[o] * x[k], rounded, so the
 * bits of a gradient in memory and that kernel. `both`: y of tl_matvec_t_f32 in the same pass, from W as it was before.
 *
 *     decay             tl_sgd_plain_decay_f32      options: a tl_sgd
 *     momentum          tl_sgd_f32                  options: a tl_sgd; state[0]: v
 *     momentum_decay    tl_sgd_decay_f32            the same
 *     adam              tl_adam_f32                 options: a tl_adam_numbers; state[0]: m, state[1]: v
 */
void tl_outer_decay_f32(const tl_matvec *problem);
void tl_both_decay_f32(const tl_matvec *problem);
void tl_outer_momentum_f32(const tl_matvec *problem);
void tl_both_momentum_f32(const tl_matvec *problem);
void tl_outer_momentum_decay_f32(const tl_matvec *problem);
void tl_both_momentum_decay_f32(const tl_matvec *problem);
void tl_outer_adam_f32(const tl_matvec *problem);
void tl_both_adam_f32(const tl_matvec *problem);

#endif
