/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depthwise convolution with 3x3 kernels and stride 1 over images of 1 to 5 columns with one column of padding on each
 * side, which is neither stored nor multiplied: planes.h, and the bits of c/depthwise_host.c.
 *
 * All columns are one block, so a row of x and one of y are stored alike and one step leads from pixel to pixel and from
 * row to row. Rounds and channels are those of depthwise_pulp.S and depthwise_grad_pulp.S.
 */
#include "src/kernel/pulp/depthwise_arguments_pulp.h"

/* The fifth result, or the fifth of dy. */
#define Y4 a7

.macro fmadd_at q, x, w, start
.if \start
    fmadd_q \q, \x, \w, BIAS, BIAS, BIAS, BIAS, BIAS
.else
    fmadd_q \q, \x, \w, Y0, Y1, Y2, Y3, Y4
.endif
.endm

.macro fmadd_q q, x, w, f0, f1, f2, f3, f4
.if \q == 0
    fmadd.s Y0, \x, \w, \f0
.elseif \q == 1
    fmadd.s Y1, \x, \w, \f1
.elseif \q == 2
    fmadd.s Y2, \x, \w, \f2
.elseif \q == 3
    fmadd.s Y3, \x, \w, \f3
.else
    fmadd.s Y4, \x, \w, \f4
.endif
.endm

/* A tap for all results but the first. */
.macro rest_of_tap width, w, start, x1, x2, x3, x4
.if \width > 1
    fmadd_at 1, \x1, \w, \start
.endif
.if \width > 2
    fmadd_at 2, \x2, \w, \start
.endif
.if \width > 3
    fmadd_at 3, \x3, \w, \start
.endif
.if \width > 4
    fmadd_at 4, \x4, \w, \start
.endif
.endm

/* Three taps of a row; the first result has no pixel under its first tap, the last none under its last. */
.macro row_of_narrow_taps width, start, x0, x1, x2, x3, x4, w0, w1, w2
    rest_of_tap \width, \w0, \start, \x0, \x1, \x2, \x3
    fmadd_at 0, \x0, \w1, \start
    rest_of_tap \width, \w1, 0, \x1, \x2, \x3, \x4
.if \width > 1
    fmadd_at 0, \x1, \w2, 0
.endif
    rest_of_tap (\width - 1), \w2, 0, \x2, \x3, \x4, zero
.endm

/* A row of x from PX, or of y at PY. */
.macro move_row move, width, at, r0, r1, r2, r3, r4
    \move \r0, PITCH, \at
.if \width > 1
    \move \r1, PITCH, \at
.endif
.if \width > 2
    \move \r2, PITCH, \at
.endif
.if \width > 3
    \move \r3, PITCH, \at
.endif
.if \width > 4
    \move \r4, PITCH, \at
.endif
.endm

.macro floor_results width
    p_max Y0, Y0, zero
.if \width > 1
    p_max Y1, Y1, zero
.endif
.if \width > 2
    p_max Y2, Y2, zero
.endif
.if \width > 3
    p_max Y3, Y3, zero
.endif
.if \width > 4
    p_max Y4, Y4, zero
.endif
.endm

/* A row of results: o0 to o4 hold the oldest row of x and receive the newest, m0 to m4 hold the one between. */
.macro narrow_step width, relu, o0, o1, o2, o3, o4, m0, m1, m2, m3, m4
    row_of_narrow_taps \width, 1, \o0, \o1, \o2, \o3, \o4, W00, W01, W02
    move_row p_lw_r, \width, PX, \o0, \o1, \o2, \o3, \o4
    row_of_narrow_taps \width, 0, \m0, \m1, \m2, \m3, \m4, W10, W11, W12
    row_of_narrow_taps \width, 0, \o0, \o1, \o2, \o3, \o4, W20, W21, W22
.if \relu
    floor_results \width
.endif
    move_row p_sw_r, \width, PY, Y0, Y1, Y2, Y3, Y4
.endm

/* Goes to .Lset_{5,4,3,2,1}_\name, by the columns. */
.macro begin_narrow name
    lw a3, F_COLS(sp)
    lw PITCH, F_PITCH(sp)
    lw PX, F_X(sp)
    lw PY, F_Y(sp)
    lw t0, F_W(sp)
    lw t1, F_INIT(sp)
    lw t2, F_CHANNELS(sp)
    lw t3, F_STEP(sp)
    lw t4, F_X_ROWS(sp)
    lw t5, F_Y_ROWS(sp)
    sw t0, F_NOW_W(sp)
    sw t1, F_NOW_INIT(sp)
    sw t2, F_LEFT(sp)
    sub t4, t3, t4
    sub t5, t3, t5
    sw t4, F_X_CHANNEL(sp)
    sw t5, F_Y_CHANNEL(sp)
    li t1, 3
    li t2, 5
    beq a3, t2, .Lset_5_\name
    beq a3, t1, .Lset_3_\name
    bgtu a3, t1, .Lset_4_\name
    addi a3, a3, -2
    beqz a3, .Lset_2_\name
    j .Lset_1_\name
.endm

.macro begin_loop name, width
    lw a4, F_COUNT(sp)
    lw a5, F_ODD(sp)
    lp_count 0, a4
    bnez_near a5, .Lodd_\width\()_\name
    move_row p_lw_r, \width, PX, A0, A1, A2, A3, A4
    move_row p_lw_r, \width, PX, B0, B1, B2, B3, B4
.endm

/* An odd number of rows. */
.macro begin_odd_loop name, width
    move_row p_lw_r, \width, PX, B0, B1, B2, B3, B4
    move_row p_lw_r, \width, PX, A0, A1, A2, A3, A4
    j .Lmiddle_\width\()_\name
.endm

.macro narrow_width name, width, relu
.Lset_\width\()_\name:
    set_loop \name, \width
    begin_channel \name, \width
    begin_loop \name, \width
.Lloop_\width\()_\name:
    narrow_step \width, \relu, A0, A1, A2, A3, A4, B0, B1, B2, B3, B4
.Lmiddle_\width\()_\name:
    narrow_step \width, \relu, B0, B1, B2, B3, B4, A0, A1, A2, A3, A4
.Lend_\width\()_\name:
    next_channel \name, \width
    restore_registers
.Lodd_\width\()_\name:
    begin_odd_loop \name, \width
.endm

.macro narrow_conv name, relu
function \name
    save_registers
    begin_conv 1
    begin_narrow \name
    .irp width, 5, 4, 3, 2, 1
    narrow_width \name, \width, \relu
    .endr
    .size \name, . - \name
.endm

narrow_conv tl_depthwise_3x3_narrow_f32, 0
narrow_conv tl_depthwise_3x3_narrow_relu_f32, 1

.macro one_narrow_grad q, width, y, x0, x1, x2, w0, w1, w2
.if \width > \q
.if \q > 0
    fmadd.s \w0, \x0, \y, \w0
.endif
    fmadd.s \w1, \x1, \y, \w1
.if \q < \width - 1
    fmadd.s \w2, \x2, \y, \w2
.endif
.endif
.endm

.macro row_of_narrow_grads width, x0, x1, x2, x3, x4, w0, w1, w2
    one_narrow_grad 0, \width, Y0, zero, \x0, \x1, \w0, \w1, \w2
    one_narrow_grad 1, \width, Y1, \x0, \x1, \x2, \w0, \w1, \w2
    one_narrow_grad 2, \width, Y2, \x1, \x2, \x3, \w0, \w1, \w2
    one_narrow_grad 3, \width, Y3, \x2, \x3, \x4, \w0, \w1, \w2
    one_narrow_grad 4, \width, Y4, \x3, \x4, zero, \w0, \w1, \w2
.endm

.macro add_narrow_bias width
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
.if \width > 4
    fadd.s BIAS, BIAS, Y4
.endif
.endm

.macro narrow_grad_step width, o0, o1, o2, o3, o4, m0, m1, m2, m3, m4
    move_row p_lw_r, \width, PY, Y0, Y1, Y2, Y3, Y4
    row_of_narrow_grads \width, \m0, \m1, \m2, \m3, \m4, W10, W11, W12
    row_of_narrow_grads \width, \o0, \o1, \o2, \o3, \o4, W00, W01, W02
    move_row p_lw_r, \width, PX, \o0, \o1, \o2, \o3, \o4
    add_narrow_bias \width
    row_of_narrow_grads \width, \o0, \o1, \o2, \o3, \o4, W20, W21, W22
.endm

.macro narrow_grad_width name, width
.Lset_\width\()_\name:
    set_loop \name, \width
    begin_grad_channel \name, \width
    begin_loop \name, \width
.Lloop_\width\()_\name:
    narrow_grad_step \width, A0, A1, A2, A3, A4, B0, B1, B2, B3, B4
.Lmiddle_\width\()_\name:
    narrow_grad_step \width, B0, B1, B2, B3, B4, A0, A1, A2, A3, A4
.Lend_\width\()_\name:
    store_sums \name, \width
    next_channel \name, \width
    restore_registers
.Lodd_\width\()_\name:
    bltz a5, .Lend_\width\()_\name
    begin_odd_loop \name, \width
.endm

function tl_depthwise_grad_3x3_narrow_f32
    begin_sums 1
    begin_narrow tl_depthwise_grad_3x3_narrow_f32
    .irp width, 5, 4, 3, 2, 1
    narrow_grad_width tl_depthwise_grad_3x3_narrow_f32, \width
    .endr
    .size tl_depthwise_grad_3x3_narrow_f32, . - tl_depthwise_grad_3x3_narrow_f32
