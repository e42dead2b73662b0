/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers, stack frame and outer loops of the depthwise kernels for 3x3.
 *
 * Columns are cut into blocks of 4, at the end of 3, 2 or 1. A kernel takes groups of blocks of the same width, for
 * each group all channels, for each channel the group's blocks, for each block all rows: the loops inside fit into a
 * core's instruction cache. Rows of x stay in registers until their last use, so each is loaded once a block.
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

/*
 * The stack frame. It starts as many words into a line of banks as x does, which is another number for each core that
 * works on channels of its own: otherwise all cores would want the same bank for it.
 */
#define F_SAVED       0   /* 15 registers */
#define F_SP          60
#define F_X           64  /* the group's first pixels, first channel */
#define F_Y           68
#define F_W           72  /* the first channel's, and the next channel's */
#define F_NOW_W       76
#define F_INIT        80
#define F_NOW_INIT    84
#define F_W_STEP      88  /* from one tap to the next, from the last to the bias, and on to the next channel */
#define F_W_LAST      92
#define F_W_BACK      96
#define F_I_STEP      100 /* of init: likewise; forward has no more than F_I_BACK */
#define F_I_LAST      104
#define F_I_BACK      108
#define F_STEP        112 /* from one channel to the next */
#define F_X_ROWS      116 /* all rows */
#define F_Y_ROWS      120
#define F_X_BACK      124 /* from behind a block's last row to the next block's first */
#define F_Y_BACK      128
#define F_X_CHANNEL   132 /* from behind a group's last block to the next channel's first */
#define F_Y_CHANNEL   136
#define F_PITCH       140
#define F_X_ROW       144
#define F_Y_ROW       148
#define F_COUNT       152 /* rounds of the loop over rows */
#define F_ODD         156 /* stride 1: not 0: it is entered in its middle; -1: there are no rows */
#define F_COLS        160 /* left */
#define F_CHANNELS    164
#define F_LEFT        168 /* channels left */
#define F_BLOCKS      172 /* of the group */
#define F_BLOCKS_LEFT 176
#define F_ZERO        180 /* -0.0 */
#define F_BYTES       192

.macro function name
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
.endm

/* a0: the arguments, x first. */
.macro save_registers
    lw t0, 0(a0)
    addi t1, sp, -F_BYTES - 64
    andi t0, t0, 60
    add t1, t1, t0
    sw sp, F_SP(t1)
    mv sp, t1
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
    lw sp, F_SP(sp)
    ret
.endm

/* The arguments that all kernels have: their places in the struct. t0: a tap's bytes, t1: a channel's. */
.macro take_arguments x, y, w, channels, cols, x_j, x_i, y_row, w_j, step
    lw t2, \x(a0)
    lw t3, \y(a0)
    lw t4, \w(a0)
    lw t5, \channels(a0)
    lw t6, \cols(a0)
    lw a1, \x_j(a0)
    lw a2, \x_i(a0)
    lw a3, \y_row(a0)
    lw t0, \w_j(a0)
    lw t1, \step(a0)
    sw t2, F_X(sp)
    sw t3, F_Y(sp)
    sw t4, F_W(sp)
    sw t5, F_CHANNELS(sp)
    sw t6, F_COLS(sp)
    slli a1, a1, 2
    slli a2, a2, 2
    slli a3, a3, 2
    slli t0, t0, 2
    slli t1, t1, 2
    sw a1, F_PITCH(sp)
    sw a2, F_X_ROW(sp)
    sw a3, F_Y_ROW(sp)
    sw t0, F_W_STEP(sp)
    sw t1, F_STEP(sp)
.endm

/* t0: rows, a2, a3: bytes of a row of x, y. Rounds of the loop, and the way over all rows. */
.macro set_rows stride
.if \stride == 1
    addi t4, t0, 2
.else
    slli t4, t0, 1
    addi t4, t4, 1
.endif
    mul t4, t4, a2
    mul t5, t0, a3
    sw t4, F_X_ROWS(sp)
    sw t5, F_Y_ROWS(sp)
.if \stride == 1
    andi t4, t0, 1
    add t0, t0, t4
    srli t0, t0, 1
.else
    li t4, 0
.endif
    bnez t0, 1f
    li t4, -1
1:
    sw t4, F_ODD(sp)
    sw t0, F_COUNT(sp)
.endm

/*
 * Goes to .Lset_{4,3,2,1}_\name with the next group, or returns. With k = -columns mod 4, k blocks of 3 behind those of
 * 4; 5 columns are 3 and 2. a3: columns left, a5: blocks, PX, PY, PITCH, t2: y's row.
 */
.macro begin_groups name
.Lgroup_\name:
    lw a3, F_COLS(sp)
    lw t5, F_W(sp)
    lw t6, F_INIT(sp)
    lw a2, F_CHANNELS(sp)
    beqz a3, .Lreturn_\name
    lw PX, F_X(sp)
    lw PY, F_Y(sp)
    lw PITCH, F_PITCH(sp)
    lw t2, F_Y_ROW(sp)
    neg a4, a3
    andi a4, a4, 3
    slli a5, a4, 1
    add a5, a5, a4
    sub a5, a3, a5
    sw t5, F_NOW_W(sp)
    sw t6, F_NOW_INIT(sp)
    sw a2, F_LEFT(sp)
    bltz a5, 1f
    srli a5, a5, 2
    bnez a5, .Lset_4_\name
    mv a5, a4
    j .Lset_3_\name
1:
    li a5, 1
    beq a3, a5, .Lset_1_\name
    andi a4, a3, 1
    bnez a4, .Lset_3_\name
    j .Lset_2_\name
.Lreturn_\name:
    restore_registers
.endm

/*
 * bnez that the assembler does not stretch for a target far away: it knows no distance across a branch that it might
 * stretch, and the loops' are wanted across this one.
 */
.macro bnez_near rs, label
    .insn b 0x63, 1, \rs, zero, \label
.endm

.macro beqz_near rs, label
    .insn b 0x63, 0, \rs, zero, \label
.endm

/* Strides of this group, pixels of the next one. The loop's start and end stay for all channels. */
.macro set_group name, width, stride
.Lset_\width\()_\name:
    li a4, \width
    mul t3, a5, a4
    mul a4, a4, PITCH
    lw t4, F_X_ROWS(sp)
    lw t5, F_Y_ROWS(sp)
    lw a6, F_STEP(sp)
    sub a3, a3, t3
    sw a3, F_COLS(sp)
    sw a5, F_BLOCKS(sp)
    sub t5, a4, t5
    sw t5, F_Y_BACK(sp)
    mul a5, a4, a5
    sub t5, a6, a5
    sw t5, F_Y_CHANNEL(sp)
    add t5, PY, a5
    sw t5, F_Y(sp)
    sub t3, a4, PITCH
.if \stride == 1
    sub NEXT, t2, t3
.else
    sub Y_NEXT, t2, t3
    lw t3, F_X_ROW(sp)
    slli a4, a4, 1
    slli a5, a5, 1
    sub NEXT, t3, a4
.endif
    sub t4, a4, t4
    sw t4, F_X_BACK(sp)
    sub t5, a6, a5
    sw t5, F_X_CHANNEL(sp)
    add t5, PX, a5
    sw t5, F_X(sp)
.endm

.macro set_loop name, width
    lp_starti 0, .Lloop_\width\()_\name
    lp_endi 0, .Lend_\width\()_\name
.endm

/* Before and after the rows of a block. a5: F_ODD. */
.macro begin_block name, width
    lw a4, F_BLOCKS(sp)
    sw a4, F_BLOCKS_LEFT(sp)
    .balign 16
.Lblock_\width\()_\name:
    lw a4, F_COUNT(sp)
    lw a5, F_ODD(sp)
    lp_count 0, a4
.endm

.macro end_block name, width
    lw t0, F_BLOCKS_LEFT(sp)
    lw t1, F_X_BACK(sp)
    lw t2, F_Y_BACK(sp)
    addi t0, t0, -1
    sw t0, F_BLOCKS_LEFT(sp)
    add PX, PX, t1
    add PY, PY, t2
    bnez t0, .Lblock_\width\()_\name
.endm

.macro next_channel name, width
    lw t0, F_LEFT(sp)
    lw t1, F_X_CHANNEL(sp)
    lw t2, F_Y_CHANNEL(sp)
    addi t0, t0, -1
    sw t0, F_LEFT(sp)
    add PX, PX, t1
    add PY, PY, t2
    bnez t0, .Lchannel_\width\()_\name
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

#endif
