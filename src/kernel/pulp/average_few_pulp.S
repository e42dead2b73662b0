/* SPDX-License-Identifier: Apache-2.0 */
/* Averages over one, two or four pixels, many of them: average.h, and the bits of c/average_host.c. */
#include "platform/xpulp.h"

/* struct tl_average_few */
#define F_ROWS      0
#define F_COLS      4
#define F_CHANNELS  8
#define F_ROW_PITCH 12
#define F_SCALE     16
#define F_COUNT     20
#define F_X_STEP    24
#define F_Y_STEP    28

/* y = scale * t0, or with \add added to y. */
.macro fetch add
.if \add
    lw a0, 0(a2)
.endif
.endm
.macro finish add
.if \add
    fmadd.s t0, a5, t0, a0
.else
    fmul.s t0, a5, t0
.endif
    p_sw_i t0, 4, a2
.endm

/* a0: few, a1: x, a2: y. a3: channels, a4: count, a5: scale, a6, a7: from a pixel's end to the next one, of x and y; the
 * pixels: a1, t3 in its row, t4, t5 in the next. */
.macro few_function name, add
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
    lw a3, F_CHANNELS(a0)
    lw t4, F_ROW_PITCH(a0)
    lw a6, F_X_STEP(a0)
    lw a7, F_Y_STEP(a0)
    lw t0, F_ROWS(a0)
    lw t1, F_COLS(a0)
    lw a5, F_SCALE(a0)
    lw a4, F_COUNT(a0)
    sub a6, a6, a3
    sub a7, a7, a3
    slli t3, a3, 2
    slli t4, t4, 2
    slli a6, a6, 2
    slli a7, a7, 2
    add t4, a1, t4
    add t5, t4, t3
    add t3, a1, t3
    addi t0, t0, -1
    addi t1, t1, -1
    beqz t0, 1f
    bnez t1, 3f
    mv t3, t4
    j 2f
1:
    bnez t1, 2f

    xp_loop 1, a4, \name\()_one
    xp_loop 0, a3, \name\()_one_channels
    fetch \add
    p_lw_i t0, 4, a1
    nop
    finish \add
    xp_loop_end \name\()_one_channels
    add a1, a1, a6
    add a2, a2, a7
    xp_loop_end \name\()_one
    ret

2:
    xp_loop 1, a4, \name\()_two
    xp_loop 0, a3, \name\()_two_channels
    fetch \add
    p_lw_i t0, 4, a1
    p_lw_i t1, 4, t3
    nop
    fadd.s t0, t0, t1
    finish \add
    xp_loop_end \name\()_two_channels
    add a1, a1, a6
    add t3, t3, a6
    add a2, a2, a7
    xp_loop_end \name\()_two
    ret

3:
    xp_loop 1, a4, \name\()_four
    xp_loop 0, a3, \name\()_four_channels
    fetch \add
    p_lw_i t0, 4, a1
    p_lw_i t1, 4, t3
    p_lw_i t2, 4, t4
    p_lw_i t6, 4, t5
    fadd.s t0, t0, t1
    fadd.s t0, t0, t2
    fadd.s t0, t0, t6
    finish \add
    xp_loop_end \name\()_four_channels
    add a1, a1, a6
    add t3, t3, a6
    add t4, t4, a6
    add t5, t5, a6
    add a2, a2, a7
    xp_loop_end \name\()_four
    ret
    .size \name, . - \name
.endm

few_function tl_average_few_f32, 0
few_function tl_average_few_add_f32, 1
