/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Element-wise kernels of residual networks: element.h, and the bits of c/element_host.c. Two elements a round, so that
 * no load is waited for; an odd one goes first.
 */
#include "platform/xpulp.h"

.set SIX, 0x40c00000

.macro function name
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
.endm

/* a0: n, a1: a, a2: b, a3: y; `relu` is 1 for the form with ReLU: arithmetic gives no negative NaNs. */
.macro add_function name, relu
    function \name
    andi t0, a0, 1
    srli a0, a0, 1
    beqz t0, 1f
    p_lw_i t0, 4, a1
    p_lw_i t1, 4, a2
    fadd.s t0, t0, t1
.if \relu
    p_max t0, t0, zero
.endif
    p_sw_i t0, 4, a3
1:
    beqz a0, 2f
    xp_loop 0, a0, \name
    p_lw_i t0, 4, a1
    p_lw_i t1, 4, a2
    p_lw_i t2, 4, a1
    p_lw_i t3, 4, a2
    fadd.s t0, t0, t1
    fadd.s t2, t2, t3
.if \relu
    p_max t0, t0, zero
    p_max t2, t2, zero
.endif
    p_sw_i t0, 4, a3
    p_sw_i t2, 4, a3
    xp_loop_end \name
2:
    ret
    .size \name, . - \name
.endm

add_function tl_add_f32, 0
add_function tl_add_relu_f32, 1

/*
 * x + 0 turns -0 into 0 and every NaN into the positive one, 0x7fc00000. Moved up by 0x400000, that one alone is
 * negative as an integer: a minimum lets it pass. a4: 0x400000, a5: 6 moved up.
 */
.macro relu6_3 x
    p_max \x, \x, zero
    add \x, \x, a4
    p_min \x, \x, a5
.endm

/* a0: n, a1: x, a2: y */
function tl_relu6_f32
    li a4, 0x400000
    li a5, SIX + 0x400000
    andi t0, a0, 1
    srli a0, a0, 1
    beqz t0, 1f
    p_lw_i t0, 4, a1
    fadd.s t0, t0, zero
    relu6_3 t0
    sub t0, t0, a4
    p_sw_i t0, 4, a2
1:
    beqz a0, 2f
    xp_loop 0, a0, relu6
    p_lw_i t0, 4, a1
    p_lw_i t1, 4, a1
    fadd.s t0, t0, zero
    fadd.s t1, t1, zero
    relu6_3 t0
    relu6_3 t1
    sub t0, t0, a4
    sub t1, t1, a4
    p_sw_i t0, 4, a2
    p_sw_i t1, 4, a2
    xp_loop_end relu6
2:
    ret
    .size tl_relu6_f32, . - tl_relu6_f32

/* As unsigned integers, x - 1 is below 6 - 1 for 0 < x < 6 only. a0: n, a1: x, a2: dy, a3: dx */
function tl_relu6_grad_f32
    beqz a0, 1f
    li a4, SIX - 1
    xp_loop 0, a0, relu6_grad
    p_lw_i t0, 4, a1
    p_lw_i t1, 4, a2
    addi t0, t0, -1
    sltu t0, t0, a4
    neg t0, t0
    and t1, t1, t0
    p_sw_i t1, 4, a3
    xp_loop_end relu6_grad
1:
    ret
    .size tl_relu6_grad_f32, . - tl_relu6_grad_f32
