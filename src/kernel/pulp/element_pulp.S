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
 * The bits, as a signed integer, cut to those of 0 and 6: NaNs that arithmetic gives are positive, above infinity's bits,
 * and become 6. A sum of products of all x is a NaN if there was one (or infinities, or it overflows): then the rest is
 * done slowly, with a comparison and, for a NaN, a product.
 * a0: n, a1: x, a2: y; a4: 6; fast: a5, a6: pointers, a7: the sum; slow: a5: infinity, a6: from 6 to NaN.
 */
function tl_relu6_f32
    li a4, SIX
    srli t6, a0, 2
    beq a1, a2, 4f
    beqz t6, 3f
    mv a5, a1
    mv a6, a2
    li a7, 0
    xp_loop 0, t6, relu6_fast
    p_lw_i t0, 4, a5
    p_lw_i t1, 4, a5
    p_lw_i t2, 4, a5
    p_lw_i t3, 4, a5
    fmadd.s a7, t0, t1, a7
    fmadd.s a7, t2, t3, a7
    p_clipur t0, t0, a4
    p_clipur t1, t1, a4
    p_clipur t2, t2, a4
    p_clipur t3, t3, a4
    p_sw_i t0, 4, a6
    p_sw_i t1, 4, a6
    p_sw_i t2, 4, a6
    p_sw_i t3, 4, a6
    xp_loop_end relu6_fast
    feq.s t0, a7, a7
    beqz t0, 3f
    andi a0, a0, 3
    mv a1, a5
    mv a2, a6
    beqz a0, 2f
3:
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
    /* In place: sixteen at a time, so that they are looked at before they are lost. */
4:
    addi a0, a0, -16
    bltz a0, 7f
    addi sp, sp, -32
    sw s0, 0(sp)
    sw s1, 4(sp)
    sw s2, 8(sp)
    sw s3, 12(sp)
    sw s4, 16(sp)
    sw s5, 20(sp)
5:
    p_lw_i t0, 4, a1
    p_lw_i t1, 4, a1
    p_lw_i t2, 4, a1
    p_lw_i t3, 4, a1
    p_lw_i t4, 4, a1
    p_lw_i t5, 4, a1
    p_lw_i t6, 4, a1
    p_lw_i a3, 4, a1
    p_lw_i a5, 4, a1
    p_lw_i a6, 4, a1
    p_lw_i s0, 4, a1
    p_lw_i s1, 4, a1
    p_lw_i s2, 4, a1
    p_lw_i s3, 4, a1
    p_lw_i s4, 4, a1
    p_lw_i s5, 4, a1
    fmul.s a7, t0, t1
    fmadd.s a7, t2, t3, a7
    fmadd.s a7, t4, t5, a7
    fmadd.s a7, t6, a3, a7
    fmadd.s a7, a5, a6, a7
    fmadd.s a7, s0, s1, a7
    fmadd.s a7, s2, s3, a7
    fmadd.s a7, s4, s5, a7
    feq.s a7, a7, a7
    beqz a7, 8f
    p_clipur t0, t0, a4
    p_clipur t1, t1, a4
    p_clipur t2, t2, a4
    p_clipur t3, t3, a4
    p_clipur t4, t4, a4
    p_clipur t5, t5, a4
    p_clipur t6, t6, a4
    p_clipur a3, a3, a4
    p_clipur a5, a5, a4
    p_clipur a6, a6, a4
    p_clipur s0, s0, a4
    p_clipur s1, s1, a4
    p_clipur s2, s2, a4
    p_clipur s3, s3, a4
    p_clipur s4, s4, a4
    p_clipur s5, s5, a4
    p_sw_i t0, 4, a2
    p_sw_i t1, 4, a2
    p_sw_i t2, 4, a2
    p_sw_i t3, 4, a2
    p_sw_i t4, 4, a2
    p_sw_i t5, 4, a2
    p_sw_i t6, 4, a2
    p_sw_i a3, 4, a2
    p_sw_i a5, 4, a2
    p_sw_i a6, 4, a2
    p_sw_i s0, 4, a2
    p_sw_i s1, 4, a2
    p_sw_i s2, 4, a2
    p_sw_i s3, 4, a2
    p_sw_i s4, 4, a2
    p_sw_i s5, 4, a2
    addi a0, a0, -16
    bgez a0, 5b
6:
    lw s0, 0(sp)
    lw s1, 4(sp)
    lw s2, 8(sp)
    lw s3, 12(sp)
    lw s4, 16(sp)
    lw s5, 20(sp)
    addi sp, sp, 32
7:
    addi a0, a0, 16
    bnez a0, 3b
    ret
8:
    addi a1, a1, -64
    j 6b
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
