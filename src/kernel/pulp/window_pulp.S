/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Max pooling without branches, in hardware loops: window.h, and the bits of c/window_host.c.
 *
 * With keep = (x <= best) and real = (best == best), take = real - keep: 1 where x is above best or the first NaN.
 * Selections are integer multiply-adds with -take. The place of the maximum is known by its distance from the last one.
 */
#include "platform/xpulp.h"

/* struct tl_pool_window */
#define W_ROWS      0
#define W_COLS      4
#define W_CHANNELS  8
#define W_ROW_PITCH 12
#define W_FIRST_I   16
#define W_FIRST_J   20
#define W_KERNEL_W  24
/* struct tl_pool_gather begins alike */
#define G_STRIDE_H  28
#define G_STRIDE_W  32

.macro function name
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
.endm

/* best = x where x is above it; minus_take: -1 there, else 0. */
.macro select best, x, minus_take, temporary
    fle.s \minus_take, \x, \best
    feq.s \temporary, \best, \best
    sub \minus_take, \minus_take, \temporary
    sub \temporary, \best, \x
    p_mac \best, \temporary, \minus_take
.endm

/* a0: window, a1: x, a2: y, a3: arg */
function tl_max_pool_f32
    lw t0, W_ROWS(a0)
    lw t1, W_COLS(a0)
    lw t3, W_CHANNELS(a0)
    lw t4, W_ROW_PITCH(a0)
    lw a4, W_FIRST_I(a0)
    lw a6, W_KERNEL_W(a0)
    lw a7, W_FIRST_J(a0)
    add a4, a4, t0
    mul a4, a4, a6
    beqz t3, .Lmax_end
    xori t2, t0, 2
    xori t5, t1, 2
    add a4, a4, a7
    or t2, t2, t5
    bnez t2, .Lmax_general

    /* 2 x 2: t0 to t2 and a1 point to the four pixels; a4: the last one's place. */
    sub a4, a4, a6
    addi a4, a4, 1
    slli t0, t3, 2
    slli t1, t4, 2
    add t0, t0, a1
    add t1, t1, a1
    slli t2, t3, 2
    add t2, t2, t1
    mv t4, t3
    addi t3, a6, -1
    xp_loop 0, t4, max_2x2
    p_lw_i t4, 4, a1
    p_lw_i t5, 4, t0
    p_lw_i t6, 4, t1
    p_lw_i a0, 4, t2
    select t4, t5, a5, a6
    addi a7, a5, 1
    select t4, t6, a5, a6
    add a7, a7, t3
    p_mac a7, a7, a5
    select t4, a0, a5, a6
    addi a7, a7, 1
    p_mac a7, a7, a5
    sub a7, a4, a7
    p_sw_i t4, 4, a2
    p_sb_i a7, 1, a3
    xp_loop_end max_2x2
.Lmax_end:
    ret

    /* a4: the place before the one behind the last row; distances count the places that a row skips. */
.Lmax_general:
    addi sp, sp, -16
    sw s0, 0(sp)
    sw s1, 4(sp)
    addi a4, a4, -1
    mul t5, t1, t3
    slli s1, t3, 2
    sub t4, t4, t5
    slli t4, t4, 2
    sub t5, a6, t1
1:
    mv t6, a1
    lui a6, 0xff800
    li a7, -1
    xp_loop 1, t0, max_rows
    xp_loop 0, t1, max_cols
    p_lw_r t2, s1, t6
    addi a7, a7, 1
    select a6, t2, a5, s0
    p_mac a7, a7, a5
    xp_loop_end max_cols
    add t6, t6, t4
    add a7, a7, t5
    xp_loop_end max_rows
    sub a7, a4, a7
    p_sw_i a6, 4, a2
    p_sb_i a7, 1, a3
    addi t3, t3, -1
    addi a1, a1, 4
    bnez t3, 1b
    lw s0, 0(sp)
    lw s1, 4(sp)
    addi sp, sp, 16
    ret
    .size tl_max_pool_f32, . - tl_max_pool_f32

/* grad = grad where the byte `arg` is `place`, else 0. arg is lost. */
.macro where grad, arg, place
    xor \arg, \arg, \place
    addi \arg, \arg, -1
    srai \arg, \arg, 31
    and \grad, \grad, \arg
.endm

/* a0: gather, a1: dy, a2: arg, a3: dx */
function tl_max_pool_grad_f32
    lw t0, W_ROWS(a0)
    lw t1, W_COLS(a0)
    lw t2, W_CHANNELS(a0)
    lw a4, W_FIRST_I(a0)
    lw a6, W_KERNEL_W(a0)
    lw a7, W_FIRST_J(a0)
    beqz t2, .Lgrad_end
    mul a4, a4, a6
    xori t3, t0, 1
    xori t4, t1, 1
    add a4, a4, a7
    or t3, t3, t4
    bnez t3, .Lgrad_general

    xp_loop 0, t2, grad_one
    p_lbu_i t0, 1, a2
    p_lw_i t1, 4, a1
    where t1, t0, a4
    fadd.s t1, t1, zero
    p_sw_i t1, 4, a3
    xp_loop_end grad_one
.Lgrad_end:
    ret

.Lgrad_none:
    p_sw_i zero, 4, a3
    addi t2, t2, -1
    bnez t2, .Lgrad_none
    ret

    /* t3, t4: a pixel's bytes of arg and dy, t5, t6: from a row's end to the next; s2: what a row takes from place. */
.Lgrad_general:
    beqz t0, .Lgrad_none
    beqz t1, .Lgrad_none
    addi sp, sp, -32
    sw s0, 0(sp)
    sw s1, 4(sp)
    sw s2, 8(sp)
    sw s3, 12(sp)
    sw s4, 16(sp)
    lw t5, W_ROW_PITCH(a0)
    lw s2, G_STRIDE_H(a0)
    lw a7, G_STRIDE_W(a0)
    mv t3, t2
    slli t4, t2, 2
    mul a5, t1, t2
    mul s2, s2, a6
    sub t5, t5, a5
    mul a5, t1, a7
    slli t6, t5, 2
    sub s2, s2, a5
1:
    mv a5, a2
    mv a6, a1
    mv s0, a4
    li s1, 0
    xp_loop 1, t0, grad_rows
    xp_loop 0, t1, grad_cols
    p_lbu_r s3, t3, a5
    p_lw_r s4, t4, a6
    where s4, s3, s0
    sub s0, s0, a7
    fadd.s s1, s1, s4
    xp_loop_end grad_cols
    add a5, a5, t5
    add a6, a6, t6
    sub s0, s0, s2
    xp_loop_end grad_rows
    p_sw_i s1, 4, a3
    addi t2, t2, -1
    addi a2, a2, 1
    addi a1, a1, 4
    bnez t2, 1b
    lw s0, 0(sp)
    lw s1, 4(sp)
    lw s2, 8(sp)
    lw s3, 12(sp)
    lw s4, 16(sp)
    addi sp, sp, 32
    ret
    .size tl_max_pool_grad_f32, . - tl_max_pool_grad_f32
