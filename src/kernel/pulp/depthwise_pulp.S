/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depthwise convolution with 3x3 kernels, strides 1 and 2: planes.h, and the bits of c/depthwise_c.c. docs/kernels.md
 * has the figures.
 *
 * A step makes four results side by side: with stride 1 from two rows of x in registers and one that takes the place
 * of the older one as soon as that is used up, so two steps are a round of the loop and an odd number of rows enters it
 * in the middle. With stride 2 one row stays, the next one passes through two registers, and the third one stays.
 */
#include "src/kernel/pulp/depthwise_arguments_pulp.h"

/* Three taps of a row for `width` results; they start at BIAS where `start` is 1. */
.macro row_of_taps width, start, x0, x1, x2, x3, x4, x5, w0, w1, w2
.if \start
    fmadd.s Y0, \x0, \w0, BIAS
.if \width > 1
    fmadd.s Y1, \x1, \w0, BIAS
.endif
.if \width > 2
    fmadd.s Y2, \x2, \w0, BIAS
.endif
.if \width > 3
    fmadd.s Y3, \x3, \w0, BIAS
.endif
.else
    one_tap \width, \x0, \x1, \x2, \x3, \w0
.endif
    one_tap \width, \x1, \x2, \x3, \x4, \w1
    one_tap \width, \x2, \x3, \x4, \x5, \w2
.endm

.macro one_tap width, x0, x1, x2, x3, w
    fmadd.s Y0, \x0, \w, Y0
.if \width > 1
    fmadd.s Y1, \x1, \w, Y1
.endif
.if \width > 2
    fmadd.s Y2, \x2, \w, Y2
.endif
.if \width > 3
    fmadd.s Y3, \x3, \w, Y3
.endif
.endm

/* Results are no NaNs but the positive one and follow the order of integers if that is where negative ones end. */
.macro store_results width, relu, next
.if \relu
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
.endif
.if \width == 1
    p_sw_r Y0, \next, PY
.else
    p_sw_r Y0, PITCH, PY
.if \width == 2
    p_sw_r Y1, \next, PY
.else
    p_sw_r Y1, PITCH, PY
.if \width == 3
    p_sw_r Y2, \next, PY
.else
    p_sw_r Y2, PITCH, PY
    p_sw_r Y3, \next, PY
.endif
.endif
.endif
.endm

/* A row of results: o0 to o5 hold the oldest row of x and receive the newest, m0 to m5 hold the one between. */
.macro step width, relu, o0, o1, o2, o3, o4, o5, m0, m1, m2, m3, m4, m5
    row_of_taps \width, 1, \o0, \o1, \o2, \o3, \o4, \o5, W00, W01, W02
    load_row \width, \o0, \o1, \o2, \o3, \o4, \o5
    row_of_taps \width, 0, \m0, \m1, \m2, \m3, \m4, \m5, W10, W11, W12
    row_of_taps \width, 0, \o0, \o1, \o2, \o3, \o4, \o5, W20, W21, W22
    store_results \width, \relu, NEXT
.endm

.macro width_of name, width, relu
    set_group \name, \width, 1
    set_loop \name, \width
    begin_channel \name, \width
    begin_block \name, \width
    bnez_near a5, .Lodd_\width\()_\name
    load_row \width, A0, A1, A2, A3, A4, A5
    load_row \width, B0, B1, B2, B3, B4, B5
.Lloop_\width\()_\name:
    step \width, \relu, A0, A1, A2, A3, A4, A5, B0, B1, B2, B3, B4, B5
.Lmiddle_\width\()_\name:
    step \width, \relu, B0, B1, B2, B3, B4, B5, A0, A1, A2, A3, A4, A5
.Lend_\width\()_\name:
    end_block \name, \width
    next_channel \name, \width
    j .Lgroup_\name
.Lodd_\width\()_\name:
    load_row \width, B0, B1, B2, B3, B4, B5
    load_row \width, A0, A1, A2, A3, A4, A5
    j .Lmiddle_\width\()_\name
.endm

/*
 * An even number of rows and nothing but blocks of 4, as in most layers: one group, no branch in it, so the blocks are
 * the outer hardware loop. On its own, as short as it can be: calls are many and small, and what is carried out in one
 * shall fit in the 4 KiB instruction cache without getting in its own way.
 */
.macro even_blocks name, relu
    lw t0, C_ROWS(a0)
    lw t1, C_COLS(a0)
    slli t2, t0, 1
    or t2, t2, t1
    andi t2, t2, 3
    bnez_near t2, .Lnot_even_\name
    lw t2, C_X_I(a0)
    lw t3, C_Y_ROW(a0)
    lw PITCH, C_X_J(a0)
    lw t4, C_STEP(a0)
    lw t5, C_W_J(a0)
    lw a2, C_W(a0)
    lw a3, C_INIT(a0)
    lw a4, C_CHANNELS(a0)
    lw PY, C_Y(a0)
    lw PX, C_X(a0)
    slli t2, t2, 2
    slli t3, t3, 2
    slli PITCH, PITCH, 2
    slli t4, t4, 2
    slli t5, t5, 2
    addi t6, t0, 2
    mul t6, t6, t2
    mul a5, t0, t3
    mul a7, t1, PITCH
    slli a6, PITCH, 2
    sub t6, a6, t6
    sub a5, a6, a5
    sub a7, t4, a7
    sub NEXT, t3, a6
    add NEXT, NEXT, PITCH
    srli t0, t0, 1
    srli t1, t1, 2
    sw t6, F_X_BACK(sp)
    sw a5, F_Y_BACK(sp)
    sw a7, F_X_CHANNEL(sp)
    sw a7, F_Y_CHANNEL(sp)
    sw t0, F_COUNT(sp)
    sw t1, F_BLOCKS(sp)
    sw t5, F_W_STEP(sp)
    slli t5, t5, 3
    sub t5, t4, t5
    sw t5, F_W_BACK(sp)
    sw a2, F_NOW_W(sp)
    sw a4, F_LEFT(sp)
    bnez_near a3, 1f
    lui t2, 0x80000
    sw t2, F_ZERO(sp)
    addi a3, sp, F_ZERO
    li t4, 0
1:
    sw a3, F_NOW_INIT(sp)
    sw t4, F_I_BACK(sp)
    lp_starti 0, .Lloop_even_\name
    lp_endi 0, .Lend_even_\name
    lp_starti 1, .Lblock_even_\name
    lp_endi 1, .Louter_even_\name
    begin_channel \name, even
    lw a4, F_BLOCKS(sp)
    lp_count 1, a4
    .balign 16
.Lblock_even_\name:
    lw a4, F_COUNT(sp)
    load_row 4, A0, A1, A2, A3, A4, A5
    lp_count 0, a4
    load_row 4, B0, B1, B2, B3, B4, B5
.Lloop_even_\name:
    step 4, \relu, A0, A1, A2, A3, A4, A5, B0, B1, B2, B3, B4, B5
    step 4, \relu, B0, B1, B2, B3, B4, B5, A0, A1, A2, A3, A4, A5
.Lend_even_\name:
    lw t0, F_X_BACK(sp)
    lw t1, F_Y_BACK(sp)
    add PX, PX, t0
    add PY, PY, t1
.Louter_even_\name:
    next_channel \name, even
    restore_registers
.Lnot_even_\name:
.endm

/* The arguments, and the groups. */
.macro begin_function name, stride
    begin_conv \stride
    begin_groups \name
.endm

.macro stride_1 name, relu
function \name
    save_registers
    even_blocks \name, \relu
    begin_function \name, 1
    width_of \name, 4, \relu
    width_of \name, 3, \relu
    width_of \name, 2, \relu
    width_of \name, 1, \relu
    .size \name, . - \name
.endm

stride_1 tl_depthwise_3x3_f32, 0
stride_1 tl_depthwise_3x3_relu_f32, 1

/* Pixels 2q, 2q + 1 of the middle row pass through T0, T1: tap 2 of result q - 1, taps 0 and 1 of result q. */
.macro middle_pixels width, q, y, last
    p_lw_r T0, PITCH, PX
    p_lw_r T1, PITCH, PX
.if \q > 0
    fmadd.s \last, T0, W12, \last
.endif
    fmadd.s \y, T0, W10, \y
    fmadd.s \y, T1, W11, \y
.endm

.macro wide_step width, relu
    row_of_wide_taps \width, 1, W00, W01, W02
    middle_pixels \width, 0, Y0, zero
.if \width > 1
    middle_pixels \width, 1, Y1, Y0
.endif
.if \width > 2
    middle_pixels \width, 2, Y2, Y1
.endif
.if \width > 3
    middle_pixels \width, 3, Y3, Y2
.endif
    p_lw_r T0, NEXT, PX
    load_wide_row \width
.if \width == 1
    fmadd.s Y0, T0, W12, Y0
.elseif \width == 2
    fmadd.s Y1, T0, W12, Y1
.elseif \width == 3
    fmadd.s Y2, T0, W12, Y2
.else
    fmadd.s Y3, T0, W12, Y3
.endif
    row_of_wide_taps \width, 0, W20, W21, W22
    store_results \width, \relu, Y_NEXT
.endm

.macro row_of_wide_taps width, start, w0, w1, w2
.if \start
    fmadd.s Y0, R0, \w0, BIAS
.if \width > 1
    fmadd.s Y1, R2, \w0, BIAS
.endif
.if \width > 2
    fmadd.s Y2, R4, \w0, BIAS
.endif
.if \width > 3
    fmadd.s Y3, R6, \w0, BIAS
.endif
.else
    one_tap \width, R0, R2, R4, R6, \w0
.endif
    one_tap \width, R1, R3, R5, R7, \w1
    one_tap \width, R2, R4, R6, R8, \w2
.endm

.macro wide_width_of name, width, relu
    set_group \name, \width, 2
    set_loop \name, \width
    begin_channel \name, \width
    begin_block \name, \width
    load_wide_row \width
.Lloop_\width\()_\name:
    wide_step \width, \relu
.Lend_\width\()_\name:
    end_block \name, \width
    next_channel \name, \width
    j .Lgroup_\name
.endm

.macro stride_2 name, relu
function \name
    save_registers
    begin_function \name, 2
    wide_width_of \name, 4, \relu
    wide_width_of \name, 3, \relu
    wide_width_of \name, 2, \relu
    wide_width_of \name, 1, \relu
    .size \name, . - \name
.endm

stride_2 tl_depthwise_3x3s2_f32, 0
stride_2 tl_depthwise_3x3s2_relu_f32, 1
