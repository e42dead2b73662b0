/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers, stack frame and outer loops of the depthwise kernels for 3x3.
 *
 * A kernel takes columns four by four (those that are left as one narrower block), for each block all channels, for
 * each channel all rows. Rows of x stay in registers until their last use, so each is loaded once a block.
 */
#ifndef TL_KERNEL_PULP_DEPTHWISE_PULP_H
#define TL_KERNEL_PULP_DEPTHWISE_PULP_H

/* Assembler: not for clang-format. */
/* clang-format off */

#include "platform/xpulp.h"

/* The nine weights, or their gradients; the bias, or its gradient. */
#define W00 s0
#define W01 s1
#define W02 s2
#define W10 s3
#define W11 s4
#define W12 s5
#define W20 s6
#define W21 s7
#define W22 s8
#define BIAS tp
/* Four results, or four of dy. */
#define Y0 s9
#define Y1 s10
#define Y2 s11
#define Y3 t6
#define PX a0
#define PY a1
#define PITCH ra /* bytes from one pixel to the next */
#define NEXT gp  /* from a row's last pixel to the next row's first, stride 1: in x and in y */
/* Stride 1: the two rows of x that the last row of results has left. */
#define A0 t0
#define A1 t1
#define A2 t2
#define A3 t3
#define A4 t4
#define A5 t5
#define B0 a2
#define B1 a3
#define B2 a4
#define B3 a5
#define B4 a6
#define B5 a7
/* Stride 2: the row of x that the last row of results has left; two pixels of the next; the step between rows of y. */
#define R0 t0
#define R1 t1
#define R2 t2
#define R3 t3
#define R4 t4
#define R5 t5
#define R6 a2
#define R7 a3
#define R8 a4
#define T0 a5
#define T1 a6
#define Y_NEXT a7

/* The stack frame. Pointers: of the block's first channel, and (F_NOW_) of the present one. */
#define F_SAVED    0   /* 15 registers */
#define F_X        60
#define F_Y        64
#define F_W        68
#define F_INIT     72
#define F_NOW_X    76
#define F_NOW_Y    80
#define F_NOW_W    84
#define F_NOW_INIT 88
#define F_STEP     92  /* bytes from one channel to the next: of x, y, w */
#define F_I_STEP   96  /* of init; 0 without one */
#define F_W_STEP   100 /* from one tap to the next */
#define F_I_TAP    104 /* grad_w: the same of init */
#define F_PITCH    108
#define F_X_ROW    112
#define F_Y_ROW    116
#define F_NEXT     120
#define F_Y_NEXT   124
#define F_COUNT    128 /* rounds of the loop over rows */
#define F_ODD      132 /* stride 1: it is entered in its middle */
#define F_COLS     136 /* left */
#define F_CHANNELS 140
#define F_LEFT     144 /* channels left */
#define F_ENTRY    148 /* of the block's width */
#define F_ZERO     152 /* -0.0 */
#define F_BYTES    160

.macro function name
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
.endm

.macro save_registers
    addi sp, sp, -F_BYTES
    .set saved, F_SAVED
    .irp r, ra, gp, tp, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    sw \r, saved(sp)
    .set saved, saved + 4
    .endr
.endm

.macro restore_registers
    .set saved, F_SAVED
    .irp r, ra, gp, tp, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    lw \r, saved(sp)
    .set saved, saved + 4
    .endr
    addi sp, sp, F_BYTES
    ret
.endm

/* A number of elements in a struct becomes bytes in the frame. */
.macro take_bytes from, to
    lw t0, \from(a0)
    slli t0, t0, 2
    sw t0, \to(sp)
.endm
.macro take from, to
    lw t0, \from(a0)
    sw t0, \to(sp)
.endm

/* t0: columns left, not 0. Goes to .Lset_{4,3,2,1}_\name with t1: pitch, t2: y's row. */
.macro begin_block name
    lw t1, F_PITCH(sp)
    lw t2, F_Y_ROW(sp)
    lw t3, F_X(sp)
    lw t4, F_Y(sp)
    lw t5, F_W(sp)
    lw t6, F_INIT(sp)
    lw a2, F_CHANNELS(sp)
    sw t3, F_NOW_X(sp)
    sw t4, F_NOW_Y(sp)
    sw t5, F_NOW_W(sp)
    sw t6, F_NOW_INIT(sp)
    sw a2, F_LEFT(sp)
    li a3, 2
    bltu a3, t0, 1f
    bne t0, a3, .Lset_1_\name
    j .Lset_2_\name
1:
    li a3, 3
    beq t0, a3, .Lset_3_\name
.endm

/*
 * Pointers of the next block and strides of this one; a3: \entry. After begin_block: t0: columns, t1: pitch, t2: y's
 * row, t3, t4: x, y.
 */
.macro set_block name, width, stride, entry
    addi t0, t0, -\width
    sw t0, F_COLS(sp)
    li a3, \width
    mul a4, t1, a3
    sub a5, a4, t1
    sub a5, t2, a5
    add t4, t4, a4
    sw t4, F_Y(sp)
.if \stride == 1
    sw a5, F_NEXT(sp)
    add t3, t3, a4
.else
    sw a5, F_Y_NEXT(sp)
    lw a5, F_X_ROW(sp)
    slli a4, a4, 1
    sub a5, a5, a4
    sw a5, F_NEXT(sp)
    add t3, t3, a4
.endif
    sw t3, F_X(sp)
    la a3, \entry
.endm

/* The loop's start and end stay set for all channels of the block. No branch may stand between this and the loop. */
.macro set_loop name, width
    lp_starti 0, .Lloop_\width\()_\name
    lp_endi 0, .Lend_\width\()_\name
.endm

/* A row of 3 to 6 pixels of x, stride 1. */
.macro load_row width, x0, x1, x2, x3, x4, x5
    p_lw_r \x0, PITCH, PX
    p_lw_r \x1, PITCH, PX
.if \width == 1
    p_lw_r \x2, NEXT, PX
.else
    p_lw_r \x2, PITCH, PX
.if \width == 2
    p_lw_r \x3, NEXT, PX
.else
    p_lw_r \x3, PITCH, PX
.if \width == 3
    p_lw_r \x4, NEXT, PX
.else
    p_lw_r \x4, PITCH, PX
    p_lw_r \x5, NEXT, PX
.endif
.endif
.endif
.endm

/* A row of 3, 5, 7 or 9 pixels of x, stride 2. */
.macro load_wide_row width
    p_lw_r R0, PITCH, PX
    p_lw_r R1, PITCH, PX
.if \width == 1
    p_lw_r R2, NEXT, PX
.else
    p_lw_r R2, PITCH, PX
    p_lw_r R3, PITCH, PX
.if \width == 2
    p_lw_r R4, NEXT, PX
.else
    p_lw_r R4, PITCH, PX
    p_lw_r R5, PITCH, PX
.if \width == 3
    p_lw_r R6, NEXT, PX
.else
    p_lw_r R6, PITCH, PX
    p_lw_r R7, PITCH, PX
    p_lw_r R8, NEXT, PX
.endif
.endif
.endif
.endm

/* The next channel of the block, or the next block. */
.macro next_channel name
    lw t0, F_LEFT(sp)
    lw t1, F_COLS(sp)
    addi t0, t0, -1
    sw t0, F_LEFT(sp)
    bnez t0, .Lchannel_\name
    mv t0, t1
    bnez t0, .Lblock_\name
    j .Lreturn_\name
.endm

#endif
