/* SPDX-License-Identifier: Apache-2.0 */
/* What the depthwise kernels for 3x3 have in common before and after their loops: arguments, weights, sums. */
#ifndef TL_KERNEL_PULP_DEPTHWISE_ARGUMENTS_PULP_H
#define TL_KERNEL_PULP_DEPTHWISE_ARGUMENTS_PULP_H

/* Assembler: not for clang-format. */
/* clang-format off */

#include "src/kernel/pulp/depthwise_pulp.h"

/* struct tl_planes_conv */
#define C_X        0
#define C_W        4
#define C_INIT     8
#define C_Y        12
#define C_CHANNELS 16
#define C_STEP     20
#define C_ROWS     24
#define C_COLS     28
#define C_X_I      48
#define C_X_J      52
#define C_W_J      60
#define C_Y_ROW    64

/* struct tl_planes_grad */
#define G_X        0
#define G_DY       4
#define G_DW       8
#define G_DB       12
#define G_CHANNELS 16
#define G_STEP     20
#define G_ROWS     24
#define G_COLS     28
#define G_X_I      48
#define G_X_J      52
#define G_Y_ROW    56
#define G_W_J      60
#define G_OPENS    64

/* Takes a tl_planes_conv. */
.macro begin_conv stride
    take_arguments C_X, C_Y, C_W, C_CHANNELS, C_COLS, C_X_J, C_X_I, C_Y_ROW, C_W_J, C_STEP
    slli t4, t0, 3
    lw t2, C_INIT(a0)
    lw t0, C_ROWS(a0)
    sub t4, t1, t4
    sw t4, F_W_BACK(sp)
    mv t3, t1
    bnez t2, 1f
    lui t2, 0x80000
    sw t2, F_ZERO(sp)
    addi t2, sp, F_ZERO
    li t3, 0
1:
    sw t2, F_INIT(sp)
    sw t3, F_I_BACK(sp)
    set_rows \stride
.endm

/* A channel's weights and bias. */
.macro begin_channel name, width
    .balign 16
.Lchannel_\width\()_\name:
    lw t0, F_NOW_W(sp)
    lw t1, F_W_STEP(sp)
    lw t2, F_W_BACK(sp)
    lw a2, F_NOW_INIT(sp)
    lw a3, F_I_BACK(sp)
    .irp w, W00, W01, W02, W10, W11, W12, W20, W21
    p_lw_r \w, t1, t0
    .endr
    p_lw_r W22, t2, t0
    p_lw_r BIAS, a3, a2
    sw t0, F_NOW_W(sp)
    sw a2, F_NOW_INIT(sp)
.endm

/* Takes a tl_planes_grad. */
.macro begin_sums stride
    save_registers
    take_arguments G_X, G_DY, G_DW, G_CHANNELS, G_COLS, G_X_J, G_X_I, G_Y_ROW, G_W_J, G_STEP
    lw t3, G_DB(a0)
    mv t2, t4
    lw t4, G_OPENS(a0)
    sub t3, t3, t2
    sub t6, t1, t3
    slli t5, t0, 3
    sub t3, t3, t5
    sw t3, F_W_LAST(sp)
    sw t6, F_W_BACK(sp)
    /* The first group's sums start at -0 if nothing is there yet. */
    beqz t4, 1f
    lui t2, 0x80000
    sw t2, F_ZERO(sp)
    addi t2, sp, F_ZERO
    li t0, 0
    li t3, 0
    li t6, 0
1:
    sw t2, F_INIT(sp)
    sw t0, F_I_STEP(sp)
    sw t3, F_I_LAST(sp)
    sw t6, F_I_BACK(sp)
    lw t0, G_ROWS(a0)
    set_rows \stride
.endm

/* From the second group on the sums go on. */
.macro next_group name
.Lnext_group_\name:
    lw t0, F_W(sp)
    lw t1, F_W_STEP(sp)
    lw t2, F_W_LAST(sp)
    lw t3, F_W_BACK(sp)
    sw t0, F_INIT(sp)
    sw t1, F_I_STEP(sp)
    sw t2, F_I_LAST(sp)
    sw t3, F_I_BACK(sp)
    j .Lgroup_\name
.endm

/* A channel's sums so far. */
.macro begin_grad_channel name, width
    .balign 16
.Lchannel_\width\()_\name:
    lw a2, F_NOW_INIT(sp)
    lw t1, F_I_STEP(sp)
    lw t2, F_I_LAST(sp)
    lw t3, F_I_BACK(sp)
    .irp w, W00, W01, W02, W10, W11, W12, W20, W21
    p_lw_r \w, t1, a2
    .endr
    p_lw_r W22, t2, a2
    p_lw_r BIAS, t3, a2
    sw a2, F_NOW_INIT(sp)
.endm

.macro store_sums name, width
    lw t0, F_NOW_W(sp)
    lw t1, F_W_STEP(sp)
    lw t2, F_W_LAST(sp)
    lw t3, F_W_BACK(sp)
    .irp w, W00, W01, W02, W10, W11, W12, W20, W21
    p_sw_r \w, t1, t0
    .endr
    p_sw_r W22, t2, t0
    p_sw_r BIAS, t3, t0
    sw t0, F_NOW_W(sp)
.endm

.macro end_grad_channel name, width
    store_sums \name, \width
    next_channel \name, \width
    j .Lnext_group_\name
.endm

#endif
