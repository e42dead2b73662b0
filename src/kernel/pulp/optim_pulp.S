/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Optimisers and the squared error with hardware loops: vector.h, and the bits of c/vector_host.c. Where a loaded word
 * would be used at once, two elements go side by side.
 */
#include "platform/xpulp.h"

.macro function name
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
.endm

/* Runs \name\()_two for pairs, n in a0, and \name\()_one for what is left. */
.macro by_two name
    srli t0, a0, 1
    andi a0, a0, 1
    beqz t0, 1f
    xp_loop 0, t0, \name
    \name\()_two
    xp_loop_end \name
1:
    beqz a0, 2f
    \name\()_one
2:
.endm

/* a0: n, a1: rate, a2: momentum, a3: decay, a4: w, a5: v, a6: g */
function tl_sgd_decay_f32
    beqz a0, 1f
    xp_loop 0, a0, sgd_decay
    lw t2, 0(a4)
    p_lw_i t1, 4, a6
    lw t0, 0(a5)
    fmadd.s t1, a3, t2, t1
    fmadd.s t0, a2, t0, t1
    fnmsub.s t2, a1, t0, t2
    p_sw_i t0, 4, a5
    p_sw_i t2, 4, a4
    xp_loop_end sgd_decay
1:
    ret
    .size tl_sgd_decay_f32, . - tl_sgd_decay_f32

/* a0: n, a1: rate, a2: w, a3: g */
.macro plain_two
    p_lw_i t1, 4, a3
    p_lw_i t3, 4, a3
    lw t2, 0(a2)
    lw t4, 4(a2)
    fnmsub.s t2, a1, t1, t2
    fnmsub.s t4, a1, t3, t4
    p_sw_i t2, 4, a2
    p_sw_i t4, 4, a2
.endm
.macro plain_one
    lw t1, 0(a3)
    lw t2, 0(a2)
    fnmsub.s t2, a1, t1, t2
    sw t2, 0(a2)
.endm
function tl_sgd_plain_f32
    by_two plain
    ret
    .size tl_sgd_plain_f32, . - tl_sgd_plain_f32

/* a0: n, a1: rate, a2: decay, a3: w, a4: g */
.macro plain_decay_two
    p_lw_i t1, 4, a4
    p_lw_i t3, 4, a4
    lw t2, 0(a3)
    lw t4, 4(a3)
    fmadd.s t1, a2, t2, t1
    fmadd.s t3, a2, t4, t3
    fnmsub.s t2, a1, t1, t2
    fnmsub.s t4, a1, t3, t4
    p_sw_i t2, 4, a3
    p_sw_i t4, 4, a3
.endm
.macro plain_decay_one
    lw t1, 0(a4)
    lw t2, 0(a3)
    fmadd.s t1, a2, t2, t1
    fnmsub.s t2, a1, t1, t2
    sw t2, 0(a3)
.endm
function tl_sgd_plain_decay_f32
    by_two plain_decay
    ret
    .size tl_sgd_plain_decay_f32, . - tl_sgd_plain_decay_f32

/* a0: n, a1: numbers, a2: w, a3: m, a4: v, a5: g. t3, t4: rest1, rest2, t5: scale, t6: size, a6: keep, a7: epsilon. */
function tl_adam_f32
    beqz a0, 1f
    lw t3, 0(a1)
    lw t4, 4(a1)
    lw t5, 8(a1)
    lw t6, 12(a1)
    lw a6, 16(a1)
    lw a7, 20(a1)
    xp_loop 0, a0, adam
    p_lw_i t0, 4, a5
    lw t1, 0(a3)
    lw t2, 0(a4)
    fsub.s a1, t0, t1
    fmadd.s t1, t3, a1, t1
    fmsub.s t0, t0, t0, t2
    fmadd.s t2, t4, t0, t2
    lw a1, 0(a2)
    p_sw_i t1, 4, a3
    p_sw_i t2, 4, a4
    fsqrt.s t2, t2
    fmadd.s t2, t2, t5, a7
    fdiv.s t1, t1, t2
    fmul.s a1, a6, a1
    fnmsub.s a1, t6, t1, a1
    p_sw_i a1, 4, a2
    xp_loop_end adam
1:
    ret
    .size tl_adam_f32, . - tl_adam_f32

/* a0: n, a1: scale, a2: y, a3: target, a4: dy; a5: the sum. */
.macro squared_error_two
    p_lw_i t1, 4, a2
    p_lw_i t2, 4, a3
    p_lw_i t3, 4, a2
    p_lw_i t4, 4, a3
    fsub.s t1, t1, t2
    fsub.s t3, t3, t4
    fmul.s t2, t1, a1
    fmul.s t4, t3, a1
    p_sw_i t2, 4, a4
    p_sw_i t4, 4, a4
    fmadd.s a5, t1, t1, a5
    fmadd.s a5, t3, t3, a5
.endm
.macro squared_error_one
    lw t1, 0(a2)
    lw t2, 0(a3)
    fsub.s t1, t1, t2
    fmul.s t2, t1, a1
    fmadd.s a5, t1, t1, a5
    sw t2, 0(a4)
.endm
function tl_squared_error_f32
    li a5, 0
    by_two squared_error
    mv a0, a5
    ret
    .size tl_squared_error_f32, . - tl_squared_error_f32
