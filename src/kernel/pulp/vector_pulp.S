/* SPDX-License-Identifier: Apache-2.0 */
/* Element-wise kernels with hardware loops: vector.h, and the bits of c/vector_host.c. */
#include "platform/xpulp.h"

/* One section a function, so that the linker can leave out what is not used. */
.macro function name
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
.endm

/* The signed maximum of the bits: a -0 becomes 0, and NaNs that arithmetic gives are positive. a0: n, a1: x, a2: y */
function tl_relu_f32
    andi t0, a0, 1
    srli a0, a0, 1
    beqz t0, 1f
    p_lw_i t0, 4, a1
    nop
    p_max t0, t0, zero
    p_sw_i t0, 4, a2
1:
    beqz a0, 2f
    xp_loop 0, a0, relu
    p_lw_i t0, 4, a1
    p_lw_i t1, 4, a1
    p_max t0, t0, zero
    p_max t1, t1, zero
    p_sw_i t0, 4, a2
    p_sw_i t1, 4, a2
    xp_loop_end relu
2:
    ret
    .size tl_relu_f32, . - tl_relu_f32

/* dy - (x <= 0) * dy, as integers. a0: n, a1: x, a2: dy, a3: dx */
function tl_relu_grad_f32
    beqz a0, 1f
    xp_loop 0, a0, relu_grad
    p_lw_i t0, 4, a1
    p_lw_i t1, 4, a2
    fle.s t0, t0, zero
    p_msu t1, t0, t1
    p_sw_i t1, 4, a3
    xp_loop_end relu_grad
1:
    ret
    .size tl_relu_grad_f32, . - tl_relu_grad_f32

/* a0: n, a1: rate, a2: momentum, a3: w, a4: v, a5: g */
function tl_sgd_f32
    beqz a0, 1f
    xp_loop 0, a0, sgd
    lw t0, 0(a4)
    p_lw_i t1, 4, a5
    lw t2, 0(a3)
    fmadd.s t0, a2, t0, t1
    fnmsub.s t2, a1, t0, t2
    p_sw_i t0, 4, a4
    p_sw_i t2, 4, a3
    xp_loop_end sgd
1:
    ret
    .size tl_sgd_f32, . - tl_sgd_f32

/* a0: n, a1: value, a2: y */
function tl_fill_f32
    srli t0, a0, 2
    andi a0, a0, 3
    beqz t0, 1f
    xp_loop 0, t0, fill
    sw a1, 0(a2)
    sw a1, 4(a2)
    sw a1, 8(a2)
    sw a1, 12(a2)
    addi a2, a2, 16
    xp_loop_end fill
1:
    beqz a0, 2f
    p_sw_i a1, 4, a2
    addi a0, a0, -1
    j 1b
2:
    ret
    .size tl_fill_f32, . - tl_fill_f32
