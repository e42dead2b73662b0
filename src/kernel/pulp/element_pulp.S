/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Element-wise kernels of residual networks: element.h, and the bits of c/element_host.c. Two elements a round, so that
 * no load is waited for; an odd one goes first.
 */
#include "platform/xpulp.h"

.set SIX, 0x40c00000
.set INFINITY, 0x7f800000
.set QUIET_NAN, 0x7fc00000

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
 * The bits, as a signed integer, cut to those of 0 and 6. NaNs that arithmetic gives are positive: above infinity's
 * bits, they become 6 first and then, with a product, a NaN. a0: n, a1: x, a2: y; a4: 6, a5: infinity, a6: from 6 to NaN.
 */
function tl_relu6_f32
    li a4, SIX
    li a5, INFINITY
    li a6, QUIET_NAN - SIX
    andi t0, a0, 1
    srli a0, a0, 1
    beqz t0, 1f
    p_lw_i t0, 4, a1
    nop
    slt t2, a5, t0
    p_clipur t0, t0, a4
    p_mac t0, t2, a6
    p_sw_i t0, 4, a2
1:
    beqz a0, 2f
    xp_loop 0, a0, relu6
    p_lw_i t0, 4, a1
    p_lw_i t1, 4, a1
    slt t2, a5, t0
    slt t3, a5, t1
    p_clipur t0, t0, a4
    p_clipur t1, t1, a4
    p_mac t0, t2, a6
    p_mac t1, t3, a6
    p_sw_i t0, 4, a2
    p_sw_i t1, 4, a2
    xp_loop_end relu6
2:
    ret
    .size tl_relu6_f32, . - tl_relu6_f32

/* As unsigned integers, x - 1 is below 6 - 1 for 0 < x < 6 only; elsewhere dy - dy. a0: n, a1: x, a2: dy, a3: dx */
function tl_relu6_grad_f32
    beqz a0, 1f
    li a4, SIX - 2
    xp_loop 0, a0, relu6_grad
    p_lw_i t0, 4, a1
    p_lw_i t1, 4, a2
    addi t0, t0, -1
    sltu t0, a4, t0
    p_msu t1, t0, t1
    p_sw_i t1, 4, a3
    xp_loop_end relu6_grad
1:
    ret
    .size tl_relu6_grad_f32, . - tl_relu6_grad_f32
