/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The weights' gradients of a depthwise convolution with 3x3 kernels, strides 1 and 2: planes.h, and the bits of
 * c/depthwise_c.c. Rows of x stay in registers as in depthwise_pulp.S; nine sums and that of dy stand where the weights
 * and the bias stand there, four of dy where the results do.
 */
#include "src/kernel/pulp/depthwise_pulp.h"

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

.macro load_grads width, next
.if \width == 1
    p_lw_r Y0, \next, PY
.else
    p_lw_r Y0, PITCH, PY
.if \width == 2
    p_lw_r Y1, \next, PY
.else
    p_lw_r Y1, PITCH, PY
.if \width == 3
    p_lw_r Y2, \next, PY
.else
    p_lw_r Y2, PITCH, PY
    p_lw_r Y3, \next, PY
.endif
.endif
.endif
.endm

.macro add_bias width
    fadd.s BIAS, BIAS, Y0
.if \width > 1
    fadd.s BIAS, BIAS, Y1
.endif
.if \width > 2
    fadd.s BIAS, BIAS, Y2
.endif
.if \width > 3
    fadd.s BIAS, BIAS, Y3
.endif
.endm

.macro one_grad y, x0, x1, x2, w0, w1, w2
    fmadd.s \w0, \x0, \y, \w0
    fmadd.s \w1, \x1, \y, \w1
    fmadd.s \w2, \x2, \y, \w2
.endm

.macro row_of_grads width, x0, x1, x2, x3, x4, x5, w0, w1, w2
    one_grad Y0, \x0, \x1, \x2, \w0, \w1, \w2
.if \width > 1
    one_grad Y1, \x1, \x2, \x3, \w0, \w1, \w2
.endif
.if \width > 2
    one_grad Y2, \x2, \x3, \x4, \w0, \w1, \w2
.endif
.if \width > 3
    one_grad Y3, \x3, \x4, \x5, \w0, \w1, \w2
.endif
.endm

.macro grad_step width, o0, o1, o2, o3, o4, o5, m0, m1, m2, m3, m4, m5
    load_grads \width, NEXT
    row_of_grads \width, \m0, \m1, \m2, \m3, \m4, \m5, W10, W11, W12
    row_of_grads \width, \o0, \o1, \o2, \o3, \o4, \o5, W00, W01, W02
    load_row \width, \o0, \o1, \o2, \o3, \o4, \o5
    add_bias \width
    row_of_grads \width, \o0, \o1, \o2, \o3, \o4, \o5, W20, W21, W22
.endm

/* A channel's sums so far. */
.macro begin_channel name, width
    .balign 16
.Lchannel_\width\()_\name:
    lw a2, F_NOW_INIT(sp)
    lw t1, F_I_STEP(sp)
    lw t2, F_I_LAST(sp)
    lw t3, F_I_BACK(sp)
    lw a4, F_BLOCKS(sp)
    .irp w, W00, W01, W02, W10, W11, W12, W20, W21
    p_lw_r \w, t1, a2
    .endr
    p_lw_r W22, t2, a2
    p_lw_r BIAS, t3, a2
    sw a2, F_NOW_INIT(sp)
    sw a4, F_BLOCKS_LEFT(sp)
.endm

.macro end_channel name, width
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
    next_channel \name, \width
    j .Lnext_group_\name
.endm

.macro grad_width_of name, width
    set_group \name, \width, 1
    begin_channel \name, \width
    begin_block \name, \width
    bnez_near a5, .Lodd_\width\()_\name
    load_row \width, A0, A1, A2, A3, A4, A5
    load_row \width, B0, B1, B2, B3, B4, B5
.Lloop_\width\()_\name:
    grad_step \width, A0, A1, A2, A3, A4, A5, B0, B1, B2, B3, B4, B5
.Lmiddle_\width\()_\name:
    grad_step \width, B0, B1, B2, B3, B4, B5, A0, A1, A2, A3, A4, A5
.Lend_\width\()_\name:
    end_block \name, \width
    end_channel \name, \width
.Lodd_\width\()_\name:
    bltz a5, .Lend_\width\()_\name
    load_row \width, B0, B1, B2, B3, B4, B5
    load_row \width, A0, A1, A2, A3, A4, A5
    j .Lmiddle_\width\()_\name
.endm

.macro begin_grad name, stride
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
    begin_groups \name
    /* From the second group on the sums go on. */
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

function tl_depthwise_grad_3x3_f32
    begin_grad tl_depthwise_grad_3x3_f32, 1
    .irp width, 4, 3, 2, 1
    grad_width_of tl_depthwise_grad_3x3_f32, \width
    .endr
    .size tl_depthwise_grad_3x3_f32, . - tl_depthwise_grad_3x3_f32

.macro row_of_wide_grads width, w0, w1, w2
    one_grad Y0, R0, R1, R2, \w0, \w1, \w2
.if \width > 1
    one_grad Y1, R2, R3, R4, \w0, \w1, \w2
.endif
.if \width > 2
    one_grad Y2, R4, R5, R6, \w0, \w1, \w2
.endif
.if \width > 3
    one_grad Y3, R6, R7, R8, \w0, \w1, \w2
.endif
.endm

/* Pixels 2q, 2q + 1 of the middle row: tap 2 of dy's q - 1, taps 0 and 1 of its q. */
.macro middle_grads q, y, last
    p_lw_r T0, PITCH, PX
    p_lw_r T1, PITCH, PX
.if \q > 0
    fmadd.s W12, T0, \last, W12
.endif
    fmadd.s W10, T0, \y, W10
    fmadd.s W11, T1, \y, W11
.endm

.macro wide_grad_step width
    load_grads \width, Y_NEXT
    add_bias \width
    row_of_wide_grads \width, W00, W01, W02
    middle_grads 0, Y0, zero
.if \width > 1
    middle_grads 1, Y1, Y0
.endif
.if \width > 2
    middle_grads 2, Y2, Y1
.endif
.if \width > 3
    middle_grads 3, Y3, Y2
.endif
    p_lw_r T0, NEXT, PX
    load_wide_row \width
.if \width == 1
    fmadd.s W12, T0, Y0, W12
.elseif \width == 2
    fmadd.s W12, T0, Y1, W12
.elseif \width == 3
    fmadd.s W12, T0, Y2, W12
.else
    fmadd.s W12, T0, Y3, W12
.endif
    row_of_wide_grads \width, W20, W21, W22
.endm

.macro wide_grad_width_of name, width
    set_group \name, \width, 2
    begin_channel \name, \width
    begin_block \name, \width
    bnez_near a5, .Lend_\width\()_\name
    load_wide_row \width
.Lloop_\width\()_\name:
    wide_grad_step \width
.Lend_\width\()_\name:
    end_block \name, \width
    end_channel \name, \width
.endm

function tl_depthwise_grad_3x3s2_f32
    begin_grad tl_depthwise_grad_3x3s2_f32, 2
    .irp width, 4, 3, 2, 1
    wide_grad_width_of tl_depthwise_grad_3x3s2_f32, \width
    .endr
    .size tl_depthwise_grad_3x3s2_f32, . - tl_depthwise_grad_3x3s2_f32
