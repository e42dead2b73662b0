/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The weights' gradients of a depthwise convolution with 3x3 kernels, strides 1 and 2: depthwise.h, and the bits of
 * c/depthwise_c.c. Rows of x stay in registers as in depthwise_pulp.S; nine sums and that of dy stand where the weights
 * and the bias stand there, four of dy where the results do.
 */
#include "src/kernel/pulp/depthwise_pulp.h"

/* struct tl_planes_grad */
#define G_X        0
#define G_DY       4
#define G_DW       8
#define G_CHANNELS 12
#define G_STEP     16
#define G_ROWS     20
#define G_COLS     24
#define G_X_I      44
#define G_X_J      48
#define G_Y_ROW    52
#define G_W_J      56
#define G_OPENS    60

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

.macro grad_width_of name, width
.Lset_\width\()_\name:
    set_block \name, \width, 1, .Leven_\width\()_\name
    lw a4, F_ODD(sp)
    beqz a4, .Lchoose_\width\()_\name
    la a3, .Lodd_\width\()_\name
.Lchoose_\width\()_\name:
    set_loop \name, \width
    j .Lfirst_channel_\name

.Lodd_\width\()_\name:
    load_row \width, B0, B1, B2, B3, B4, B5
    load_row \width, A0, A1, A2, A3, A4, A5
    j .Lmiddle_\width\()_\name
.Leven_\width\()_\name:
    load_row \width, A0, A1, A2, A3, A4, A5
    load_row \width, B0, B1, B2, B3, B4, B5
    .balign 16
.Lloop_\width\()_\name:
    grad_step \width, A0, A1, A2, A3, A4, A5, B0, B1, B2, B3, B4, B5
.Lmiddle_\width\()_\name:
    grad_step \width, B0, B1, B2, B3, B4, B5, A0, A1, A2, A3, A4, A5
.Lend_\width\()_\name:
    j .Lstore_\name
.endm

.macro begin_grad name, stride
    save_registers
    take G_X, F_X
    take G_DY, F_Y
    take G_CHANNELS, F_CHANNELS
    take_bytes G_X_J, F_PITCH
    take_bytes G_X_I, F_X_ROW
    take_bytes G_Y_ROW, F_Y_ROW
    lw t1, G_STEP(a0)
    lw t2, G_W_J(a0)
    lw t3, G_DW(a0)
    lw t4, G_OPENS(a0)
    slli t1, t1, 2
    slli t2, t2, 2
    sw t1, F_STEP(sp)
    sw t2, F_W_STEP(sp)
    sw t3, F_W(sp)
    /* The first block's sums start at -0 if nothing is there yet. */
    beqz t4, 1f
    lui t3, 0x80000
    sw t3, F_ZERO(sp)
    addi t3, sp, F_ZERO
    li t1, 0
    li t2, 0
1:
    sw t3, F_INIT(sp)
    sw t1, F_I_STEP(sp)
    sw t2, F_I_TAP(sp)
    lw t0, G_ROWS(a0)
.if \stride == 1
    andi t1, t0, 1
    sw t1, F_ODD(sp)
    add t0, t0, t1
    srli t0, t0, 1
.endif
    sw t0, F_COUNT(sp)
    lw t0, G_COLS(a0)
    lw t1, G_CHANNELS(a0)
    beqz t0, .Lreturn_\name
    beqz t1, .Lreturn_\name
.Lblock_\name:
    begin_block \name
    j .Lset_4_\name

    /* a3: the block's entry. Without rows there is nothing to add. */
.Lfirst_channel_\name:
    lw a4, F_COUNT(sp)
    bnez a4, 2f
    la a3, .Lstore_\name
2:
    sw a3, F_ENTRY(sp)

.Lchannel_\name:
    lw a2, F_NOW_INIT(sp)
    lw a3, F_I_STEP(sp)
    lw t1, F_I_TAP(sp)
    lw t2, F_STEP(sp)
    lw PX, F_NOW_X(sp)
    lw PY, F_NOW_Y(sp)
    add a4, a2, a3
    sw a4, F_NOW_INIT(sp)
    add t4, PX, t2
    sw t4, F_NOW_X(sp)
    add t5, PY, t2
    sw t5, F_NOW_Y(sp)
    lw a5, F_COUNT(sp)
    lw a6, F_ENTRY(sp)
    lp_count 0, a5
    .irp w, W00, W01, W02, W10, W11, W12, W20, W21, W22
    p_lw_r \w, t1, a2
    .endr
    lw BIAS, 0(a2)
    lw PITCH, F_PITCH(sp)
    lw NEXT, F_NEXT(sp)
.if \stride == 2
    lw Y_NEXT, F_Y_NEXT(sp)
.endif
    jr a6

.Lstore_\name:
    lw t1, F_NOW_W(sp)
    lw t2, F_W_STEP(sp)
    lw t3, F_STEP(sp)
    lw t0, F_LEFT(sp)
    add t3, t3, t1
    sw t3, F_NOW_W(sp)
    .irp w, W00, W01, W02, W10, W11, W12, W20, W21, W22
    p_sw_r \w, t2, t1
    .endr
    sw BIAS, 0(t1)
    addi t0, t0, -1
    sw t0, F_LEFT(sp)
    bnez t0, .Lchannel_\name
    /* From the second block on the sums go on. */
    lw t3, F_W(sp)
    lw t1, F_STEP(sp)
    lw t0, F_COLS(sp)
    sw t3, F_INIT(sp)
    sw t1, F_I_STEP(sp)
    sw t2, F_I_TAP(sp)
    bnez t0, .Lblock_\name
.Lreturn_\name:
    restore_registers
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
.Lset_\width\()_\name:
    set_block \name, \width, 2, .Lentry_\width\()_\name
    set_loop \name, \width
    j .Lfirst_channel_\name

.Lentry_\width\()_\name:
    load_wide_row \width
    .balign 16
.Lloop_\width\()_\name:
    wide_grad_step \width
.Lend_\width\()_\name:
    j .Lstore_\name
.endm

function tl_depthwise_grad_3x3s2_f32
    begin_grad tl_depthwise_grad_3x3s2_f32, 2
    .irp width, 4, 3, 2, 1
    wide_grad_width_of tl_depthwise_grad_3x3s2_f32, \width
    .endr
    .size tl_depthwise_grad_3x3s2_f32, . - tl_depthwise_grad_3x3s2_f32
