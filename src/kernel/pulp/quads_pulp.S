/* SPDX-License-Identifier: Apache-2.0 */
/* Averages over windows of 2 x 2 side by side: average.h, and the bits of c/average_host.c. */
#include "platform/xpulp.h"

/* struct tl_average_quads */
#define Q_COUNT     0
#define Q_CHANNELS  4
#define Q_ROW_PITCH 8
#define Q_SCALE     12

.macro function name
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
.endm

/* a3: windows, a4: channels, a5: the scale, a6: bytes of a pixel; the four pixels stand at \image, t0, t1, t2. */
.macro begin image
    lw a3, Q_COUNT(a0)
    lw a4, Q_CHANNELS(a0)
    lw t1, Q_ROW_PITCH(a0)
    lw a5, Q_SCALE(a0)
    slli a6, a4, 2
    slli t1, t1, 2
    add t0, \image, a6
    add t1, \image, t1
    add t2, t1, a6
.endm

/* a0: quads, a1: x, a2: y */
function tl_average_quads_f32
    begin a1
    xp_loop 1, a3, quads_windows
    xp_loop 0, a4, quads_channels
    p_lw_i t3, 4, a1
    p_lw_i t4, 4, t0
    p_lw_i t5, 4, t1
    p_lw_i t6, 4, t2
    fadd.s t3, t3, t4
    fadd.s t3, t3, t5
    fadd.s t3, t3, t6
    fmul.s t3, a5, t3
    p_sw_i t3, 4, a2
    xp_loop_end quads_channels
    add a1, a1, a6
    add t0, t0, a6
    add t1, t1, a6
    add t2, t2, a6
    xp_loop_end quads_windows
    ret
    .size tl_average_quads_f32, . - tl_average_quads_f32

.macro spread value
    p_sw_i \value, 4, a2
    p_sw_i \value, 4, t0
    p_sw_i \value, 4, t1
    p_sw_i \value, 4, t2
.endm

/* Two channels a round, an odd one first. a0: quads, a1: dy, a2: dx; a7: an odd channel, a4: pairs */
function tl_average_spread_f32
    begin a2
    andi a7, a4, 1
    srli a4, a4, 1
1:
    beqz a7, 2f
    p_lw_i t3, 4, a1
    addi a3, a3, 0
    fmul.s t3, a5, t3
    spread t3
    beqz a4, 3f
2:
    xp_loop 0, a4, spread_pairs
    p_lw_i t3, 4, a1
    p_lw_i t4, 4, a1
    fmul.s t3, a5, t3
    fmul.s t4, a5, t4
    spread t3
    spread t4
    xp_loop_end spread_pairs
3:
    addi a3, a3, -1
    add a2, a2, a6
    add t0, t0, a6
    add t1, t1, a6
    add t2, t2, a6
    bnez a3, 1b
    ret
    .size tl_average_spread_f32, . - tl_average_spread_f32
