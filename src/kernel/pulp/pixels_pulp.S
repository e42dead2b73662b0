/* SPDX-License-Identifier: Apache-2.0 */
/* Whole pixels, eight or four side by side: channels.h, and the bits of c/pixels_host.c. */
#include "platform/xpulp.h"

/*
 * a0: pixels, a1: channels, a2: a, a3: b, a4: y. Eight pixels: loads go down the channel from a4, stores from a5; a6: to
 * the next pixel, a7: from the last one to the next channel of the first. Four: a4 to a7. t0, t1: pointers for a and b.
 * Arithmetic gives no negative NaNs: an integer maximum is the ReLU.
 */
.macro pixels_function name, relu
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
    addi sp, sp, -32
    sw s0, 0(sp)
    addi a0, a0, -8
    bltz a0, 6f
    sw s1, 4(sp)
    sw s2, 8(sp)
    sw s3, 12(sp)
    sw s4, 16(sp)
    slli a6, a1, 2
    slli a7, a6, 3
    sub a7, a6, a7
    addi a7, a7, 4
5:
    mv a5, a4
    mv t0, a2
    mv t1, a3
    xp_loop 0, a1, \name\()_eight
    p_lw_i t2, 4, t0
    p_lw_i t3, 4, t1
    p_lw_r t4, a6, a4
    p_lw_r t5, a6, a4
    p_lw_r t6, a6, a4
    p_lw_r s0, a6, a4
    p_lw_r s1, a6, a4
    p_lw_r s2, a6, a4
    p_lw_r s3, a6, a4
    p_lw_r s4, a7, a4
    fmadd.s t4, t2, t4, t3
    fmadd.s t5, t2, t5, t3
    fmadd.s t6, t2, t6, t3
    fmadd.s s0, t2, s0, t3
    fmadd.s s1, t2, s1, t3
    fmadd.s s2, t2, s2, t3
    fmadd.s s3, t2, s3, t3
    fmadd.s s4, t2, s4, t3
.if \relu
    p_max t4, t4, zero
    p_max t5, t5, zero
    p_max t6, t6, zero
    p_max s0, s0, zero
    p_max s1, s1, zero
    p_max s2, s2, zero
    p_max s3, s3, zero
    p_max s4, s4, zero
.endif
    p_sw_r t4, a6, a5
    p_sw_r t5, a6, a5
    p_sw_r t6, a6, a5
    p_sw_r s0, a6, a5
    p_sw_r s1, a6, a5
    p_sw_r s2, a6, a5
    p_sw_r s3, a6, a5
    p_sw_r s4, a7, a5
    xp_loop_end \name\()_eight
    slli t2, a6, 3
    sub t2, t2, a6
    add a4, a4, t2
    addi a0, a0, -8
    bgez a0, 5b
    lw s1, 4(sp)
    lw s2, 8(sp)
    lw s3, 12(sp)
    lw s4, 16(sp)
6:
    addi a0, a0, 4
    bltz a0, 2f
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
    addi sp, sp, 32
    ret
    .size \name, . - \name
.endm

pixels_function tl_pixels_scale_f32, 0
pixels_function tl_pixels_scale_relu_f32, 1
