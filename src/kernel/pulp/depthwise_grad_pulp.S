/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The weights' gradients of a depthwise convolution with 3x3 kernels, strides 1 and 2: planes.h, and the bits of
 * c/depthwise_c.c. Rows of x stay in registers as in depthwise_pulp.S; nine sums and that of dy stand where the weights
 * and the bias stand there, four of dy where the results do.
 */
#include "src/kernel/pulp/depthwise_arguments_pulp.h"

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
    set_group \name, \width, 1
    set_loop \name, \width
    begin_grad_channel \name, \width
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
    end_grad_channel \name, \width
.Lodd_\width\()_\name:
    bltz a5, .Lend_\width\()_\name
    load_row \width, B0, B1, B2, B3, B4, B5
    load_row \width, A0, A1, A2, A3, A4, A5
    j .Lmiddle_\width\()_\name
.endm

.macro begin_grad name, stride
    begin_sums \stride
    begin_groups \name
    next_group \name
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
    set_loop \name, \width
    begin_grad_channel \name, \width
    begin_block \name, \width
    bnez_near a5, .Lend_\width\()_\name
    load_wide_row \width
.Lloop_\width\()_\name:
    wide_grad_step \width
.Lend_\width\()_\name:
    end_block \name, \width
    end_grad_channel \name, \width
.endm

function tl_depthwise_grad_3x3s2_f32
    begin_grad tl_depthwise_grad_3x3s2_f32, 2
    .irp width, 4, 3, 2, 1
    wide_grad_width_of tl_depthwise_grad_3x3s2_f32, \width
    .endr
    .size tl_depthwise_grad_3x3s2_f32, . - tl_depthwise_grad_3x3s2_f32
