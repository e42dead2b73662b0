/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depthwise convolution for any kernel, strides and dilation: planes.h, and the bits of c/depthwise_any_host.c.
 *
 * Blocks of four results of a row, then what is left of 3, 2 or 1 columns. A tap takes a load for each result and one
 * for the weight. Where one side of the kernel or of the results is 1, rows and columns change roles.
 */
#include "src/kernel/pulp/depthwise_arguments_pulp.h"

#define C_KH    32
#define C_KW    36
#define C_X_ROW 40
#define C_X_COL 44
#define C_W_I   56
#define C_Y_COL 68

#define P_W a1
#define P_Y a2
#define X_BLOCK a3
#define W a4
#define INIT a5
#define ACC0 t0
#define ACC1 t1
#define ACC2 t2
#define ACC3 t3
#define X0 t4
#define X1 t5
#define X2 t6
#define X3 a6
#define TAP a7
#define X_COL s0
#define X_BACK s1 /* from the block's last pixel to the next tap's first */
#define W_J s2
#define X_RUN s3 /* from behind a row of taps to the next one */
#define W_RUN s4
#define KH s5
#define KW s6
#define Y_COL s7
#define BLOCKS_LEFT s8
#define ROWS s9
#define X_ROW s10 /* the row's first pixels */
#define Y_ROW s11
#define BLOCKS gp
#define X_NEXT tp /* from block to block */

/* In the frame beside its other words. */
#define F_KX   F_X_BACK  /* from column to column of taps */
#define F_REST F_BLOCKS  /* columns beside the blocks of four */
#define F_FOUR F_COLS    /* blocks of four */

/* `width` words, `step` apart. */
.macro each move, width, step, at, r0, r1, r2, r3
    \move \r0, \step, \at
.if \width > 1
    \move \r1, \step, \at
.endif
.if \width > 2
    \move \r2, \step, \at
.endif
.if \width > 3
    \move \r3, \step, \at
.endif
.endm

.macro load_pixels width
.if \width == 1
    p_lw_r X0, X_BACK, PX
.else
    p_lw_r X0, X_COL, PX
.if \width == 2
    p_lw_r X1, X_BACK, PX
.else
    p_lw_r X1, X_COL, PX
.if \width == 3
    p_lw_r X2, X_BACK, PX
.else
    p_lw_r X2, X_COL, PX
    p_lw_r X3, X_BACK, PX
.endif
.endif
.endif
.endm

.macro any_start width, add
.if \add
    mv TAP, P_Y
    each p_lw_r, \width, Y_COL, TAP, ACC0, ACC1, ACC2, ACC3
.else
    mv ACC0, INIT
.if \width > 1
    mv ACC1, INIT
.endif
.if \width > 2
    mv ACC2, INIT
.endif
.if \width > 3
    mv ACC3, INIT
.endif
.endif
.endm

.macro any_taps width
    p_lw_r TAP, W_J, P_W
    load_pixels \width
    fmadd.s ACC0, X0, TAP, ACC0
.if \width > 1
    fmadd.s ACC1, X1, TAP, ACC1
.endif
.if \width > 2
    fmadd.s ACC2, X2, TAP, ACC2
.endif
.if \width > 3
    fmadd.s ACC3, X3, TAP, ACC3
.endif
.endm

.macro any_floor width
    p_max ACC0, ACC0, zero
.if \width > 1
    p_max ACC1, ACC1, zero
.endif
.if \width > 2
    p_max ACC2, ACC2, zero
.endif
.if \width > 3
    p_max ACC3, ACC3, zero
.endif
.endm

/* All rows of BLOCKS blocks; PX, P_Y: the first one's. */
.macro any_group name, width, relu, add
.Lset_\width\()_\name:
    lp_starti 0, .Linner_\width\()_\name
    lp_endi 0, .Linner_end_\width\()_\name
    lp_starti 1, .Louter_\width\()_\name
    lp_endi 1, .Louter_end_\width\()_\name
    lw X_BACK, F_KX(sp)
    lw ROWS, F_COUNT(sp)
    mv X_ROW, PX
    mv Y_ROW, P_Y
    li t0, \width
    mul X_NEXT, X_COL, t0
    sub X_BACK, X_BACK, X_NEXT
    add X_BACK, X_BACK, X_COL
.Lrow_\width\()_\name:
    mv X_BLOCK, X_ROW
    mv P_Y, Y_ROW
    mv BLOCKS_LEFT, BLOCKS
.Lblock_\width\()_\name:
    any_start \width, \add
    beqz_near KH, .Lstore_\width\()_\name
    mv PX, X_BLOCK
    mv P_W, W
    lp_count 1, KH
.Louter_\width\()_\name:
    lp_count 0, KW
.Linner_\width\()_\name:
    any_taps \width
.Linner_end_\width\()_\name:
    add PX, PX, X_RUN
    add P_W, P_W, W_RUN
.Louter_end_\width\()_\name:
.Lstore_\width\()_\name:
.if \relu
    any_floor \width
.endif
    addi BLOCKS_LEFT, BLOCKS_LEFT, -1
    each p_sw_r, \width, Y_COL, P_Y, ACC0, ACC1, ACC2, ACC3
    add X_BLOCK, X_BLOCK, X_NEXT
    bnez_near BLOCKS_LEFT, .Lblock_\width\()_\name
    lw t0, F_X_ROW(sp)
    lw t1, F_Y_ROW(sp)
    addi ROWS, ROWS, -1
    add X_ROW, X_ROW, t0
    add Y_ROW, Y_ROW, t1
    bnez_near ROWS, .Lrow_\width\()_\name
.if \width == 4
    j .Lrest_\name
.else
    j .Lnext_\name
.endif
.endm

.macro swap a, b
    mv ra, \a
    mv \a, \b
    mv \b, ra
.endm

.macro any_conv name, relu, add
function \name
    save_registers
    lw KH, C_KH(a0)
    lw KW, C_KW(a0)
    lw t0, C_X_I(a0)
    lw t1, C_X_J(a0)
    lw t2, C_W_I(a0)
    lw W_J, C_W_J(a0)
    lw t3, C_ROWS(a0)
    lw t4, C_COLS(a0)
    lw t5, C_X_ROW(a0)
    lw X_COL, C_X_COL(a0)
    lw t6, C_Y_ROW(a0)
    lw Y_COL, C_Y_COL(a0)
    li a1, 1
    bne KW, a1, 1f
    swap KH, KW
    swap t0, t1
    swap t2, W_J
1:
    bne t4, a1, 2f
    swap t3, t4
    swap t5, X_COL
    swap t6, Y_COL
2:
    slli t0, t0, 2
    slli t1, t1, 2
    slli t2, t2, 2
    slli W_J, W_J, 2
    slli t5, t5, 2
    slli X_COL, X_COL, 2
    slli t6, t6, 2
    slli Y_COL, Y_COL, 2
    mul X_RUN, KW, t1
    sub X_RUN, t0, X_RUN
    mul W_RUN, KW, W_J
    sub W_RUN, t2, W_RUN
    lw a1, C_X(a0)
    lw a2, C_Y(a0)
    lw a3, C_W(a0)
    lw a4, C_INIT(a0)
    lw a5, C_STEP(a0)
    lw a6, C_CHANNELS(a0)
    andi a7, t4, 3
    srli t4, t4, 2
    slli a5, a5, 2
    sw t1, F_KX(sp)
    sw t3, F_COUNT(sp)
    sw t4, F_FOUR(sp)
    sw a7, F_REST(sp)
    sw t5, F_X_ROW(sp)
    sw t6, F_Y_ROW(sp)
    sw a1, F_X(sp)
    sw a2, F_Y(sp)
    sw a3, F_W(sp)
    sw a4, F_INIT(sp)
    sw a5, F_STEP(sp)
    sw a6, F_LEFT(sp)
.Lchannel_\name:
    lw PX, F_X(sp)
    lw P_Y, F_Y(sp)
    lw W, F_W(sp)
    lw t0, F_INIT(sp)
    lw BLOCKS, F_FOUR(sp)
    snez t1, KH
    slli INIT, t1, 31
    beqz t0, 4f
    lw INIT, 0(t0)
4:
    beqz BLOCKS, .Lrest_\name
    j .Lset_4_\name
.Lrest_\name:
    lw t0, F_REST(sp)
    lw t1, F_FOUR(sp)
    lw PX, F_X(sp)
    lw P_Y, F_Y(sp)
    beqz t0, .Lnext_\name
    slli t1, t1, 2
    mul t2, t1, X_COL
    add PX, PX, t2
    mul t2, t1, Y_COL
    add P_Y, P_Y, t2
    li BLOCKS, 1
    li t1, 2
    beq t0, BLOCKS, .Lset_1_\name
    beq t0, t1, .Lset_2_\name
    j .Lset_3_\name
.Lnext_\name:
    lw t0, F_X(sp)
    lw t1, F_Y(sp)
    lw t2, F_W(sp)
    lw t3, F_INIT(sp)
    lw t4, F_STEP(sp)
    lw t5, F_LEFT(sp)
    add t0, t0, t4
    add t1, t1, t4
    add t2, t2, t4
    addi t5, t5, -1
    sw t0, F_X(sp)
    sw t1, F_Y(sp)
    sw t2, F_W(sp)
    sw t5, F_LEFT(sp)
    beqz t3, 5f
    add t3, t3, t4
    sw t3, F_INIT(sp)
5:
    bnez t5, .Lchannel_\name
    restore_registers
    .irp width, 4, 3, 2, 1
    any_group \name, \width, \relu, \add
    .endr
    .size \name, . - \name
.endm

any_conv tl_depthwise_any_f32, 0, 0
any_conv tl_depthwise_any_relu_f32, 1, 0
any_conv tl_depthwise_any_add_f32, 0, 1
