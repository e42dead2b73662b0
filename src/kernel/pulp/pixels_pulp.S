/* SPDX-License-Identifier: Apache-2.0 */
/* Whole pixels, four side by side: channels.h, and the bits of c/pixels_host.c. */
#include "platform/xpulp.h"

/*
 * a0: pixels, a1: channels, a2: a, a3: b, a4: y. a4 to a7: the four pixels; t0, t1: pointers for a and b. Arithmetic
 * gives no negative NaNs: an integer maximum is the ReLU.
 */
.macro pixels_function name, relu
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
    addi sp, sp, -16
    sw s0, 0(sp)
    addi a0, a0, -4
    bltz a0, 2f
1:
    slli t2, a1, 2
    add a5, a4, t2
    add a6, a5, t2
    add a7, a6, t2
    mv t0, a2
    mv t1, a3
    xp_loop 0, a1, \name\()_four
    p_lw_i t2, 4, t0
    p_lw_i t3, 4, t1
    lw t4, 0(a4)
    lw t5, 0(a5)
    lw t6, 0(a6)
    lw s0, 0(a7)
    fmadd.s t4, t2, t4, t3
    fmadd.s t5, t2, t5, t3
    fmadd.s t6, t2, t6, t3
    fmadd.s s0, t2, s0, t3
.if \relu
    p_max t4, t4, zero
    p_max t5, t5, zero
    p_max t6, t6, zero
    p_max s0, s0, zero
.endif
    p_sw_i t4, 4, a4
    p_sw_i t5, 4, a5
    p_sw_i t6, 4, a6
    p_sw_i s0, 4, a7
    xp_loop_end \name\()_four
    mv a4, a7
    addi a0, a0, -4
    bgez a0, 1b
2:
    addi a0, a0, 4
    beqz a0, 4f
3:
    mv t0, a2
    mv t1, a3
    xp_loop 0, a1, \name\()_one
    lw t4, 0(a4)
    p_lw_i t2, 4, t0
    p_lw_i t3, 4, t1
    nop
    fmadd.s t4, t2, t4, t3
.if \relu
    p_max t4, t4, zero
.endif
    p_sw_i t4, 4, a4
    xp_loop_end \name\()_one
    addi a0, a0, -1
    bnez a0, 3b
4:
    lw s0, 0(sp)
    addi sp, sp, 16
    ret
    .size \name, . - \name
.endm

pixels_function tl_pixels_scale_f32, 0
pixels_function tl_pixels_scale_relu_f32, 1
