/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Averages over rectangles: average.h, and the bits of c/average_host.c. Four channels side by side in registers
 * through the rectangle, those that are left one by one.
 */
#include "platform/xpulp.h"

/* struct tl_average */
#define A_ROWS      0
#define A_COLS      4
#define A_CHANNELS  8
#define A_ROW_PITCH 12
#define A_SCALE     16

/* Of a float: what a sum starts from, so that it is the first term then. */
.set MINUS_ZERO, 0x80000

/* y = scale * sum, or with \add added to y. */
.macro finish sum, offset, add
.if \add
    lw t6, \offset(a2)
    nop
    fmadd.s \sum, t5, \sum, t6
.else
    fmul.s \sum, t5, \sum
.endif
    sw \sum, \offset(a2)
.endm

/* a0: average, a1: x, a2: y. t0, t1: rows, cols; t2: channels left; t3: bytes from a pixel to the next, t4: from the
 * end of a row to the next; t5: scale; a3: a pointer in the rectangle; a4 to a7: sums. */
.macro average_function name, add
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
    lw t2, A_CHANNELS(a0)
    lw t1, A_COLS(a0)
    lw t4, A_ROW_PITCH(a0)
    lw t0, A_ROWS(a0)
    lw t5, A_SCALE(a0)
.if !\add
    or t6, t0, t1
    addi t6, t6, -1
    beqz t6, 5f
.endif
    addi sp, sp, -16
    sw s0, 0(sp)
    sw s1, 4(sp)
    sw s2, 8(sp)
    sw s3, 12(sp)
    slli t3, t2, 2
    mul t6, t1, t2
    addi a0, t3, -12
    addi t2, t2, -4
    sub t4, t4, t6
    slli t4, t4, 2
    bltz t2, 2f
1:
    mv a3, a1
    lui a4, MINUS_ZERO
    lui a5, MINUS_ZERO
    lui a6, MINUS_ZERO
    lui a7, MINUS_ZERO
    xp_loop 1, t0, \name\()_rows
    xp_loop 0, t1, \name\()_cols
    p_lw_i s0, 4, a3
    p_lw_i s1, 4, a3
    p_lw_i s2, 4, a3
    p_lw_r s3, a0, a3
    fadd.s a4, a4, s0
    fadd.s a5, a5, s1
    fadd.s a6, a6, s2
    fadd.s a7, a7, s3
    xp_loop_end \name\()_cols
    add a3, a3, t4
    addi t2, t2, 0
    xp_loop_end \name\()_rows
    finish a4, 0, \add
    finish a5, 4, \add
    finish a6, 8, \add
    finish a7, 12, \add
    addi t2, t2, -4
    addi a1, a1, 16
    addi a2, a2, 16
    bgez t2, 1b
2:
    addi t2, t2, 4
    beqz t2, 4f
3:
    mv a3, a1
    lui a4, MINUS_ZERO
    xp_loop 1, t0, \name\()_one_rows
    xp_loop 0, t1, \name\()_one_cols
    lw s0, 0(a3)
    add a3, a3, t3
    fadd.s a4, a4, s0
    xp_loop_end \name\()_one_cols
    add a3, a3, t4
    addi t2, t2, 0
    xp_loop_end \name\()_one_rows
    finish a4, 0, \add
    addi t2, t2, -1
    addi a1, a1, 4
    addi a2, a2, 4
    bnez t2, 3b
4:
    lw s0, 0(sp)
    lw s1, 4(sp)
    lw s2, 8(sp)
    lw s3, 12(sp)
    addi sp, sp, 16
    ret
.if !\add
    /* One pixel: two channels a round, an odd one first. */
5:
    andi t0, t2, 1
    beqz t0, 6f
    p_lw_i t0, 4, a1
    addi t2, t2, -1
    fmul.s t0, t5, t0
    p_sw_i t0, 4, a2
    beqz t2, 7f
6:
    srli t2, t2, 1
    xp_loop 0, t2, \name\()_pixel
    p_lw_i t0, 4, a1
    p_lw_i t1, 4, a1
    fmul.s t0, t5, t0
    fmul.s t1, t5, t1
    p_sw_i t0, 4, a2
    p_sw_i t1, 4, a2
    xp_loop_end \name\()_pixel
7:
    ret
.endif
    .size \name, . - \name
.endm

average_function tl_average_f32, 0
average_function tl_average_add_f32, 1
