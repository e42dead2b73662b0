/* SPDX-License-Identifier: Apache-2.0 */
/* Max pooling without branches, in hardware loops: window.h, and the bits of c/window_host.c. */
#include "platform/xpulp.h"

/* struct tl_pool_window */
#define W_ROWS      0
#define W_COLS      4
#define W_CHANNELS  8
#define W_ROW_PITCH 12
#define W_FIRST_I   16
#define W_FIRST_J   20
#define W_KERNEL_W  24
#define W_COUNT     28
#define W_STEP      32
/* struct tl_pool_spread */
#define S_COUNT     0
#define S_CHANNELS  4
#define S_ROW_PITCH 8
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

/*
 * A sum of products of all that is looked at is a NaN if any of it is (and if there are infinities, or it overflows):
 * then all is done again, slowly. The first maximum's place: a window's places are bits, each that is above all before
 * it is set, the highest bit counts.
 *
 * On the stack: a0 to a3 as they came, then what is kept.
 */
#define FRAME 80

.macro save_all
    addi sp, sp, -FRAME
    sw a0, 0(sp)
    sw a1, 4(sp)
    sw a2, 8(sp)
    sw a3, 12(sp)
    sw s0, 16(sp)
    sw s1, 20(sp)
    sw s2, 24(sp)
    sw s3, 28(sp)
    sw s4, 32(sp)
    sw s5, 36(sp)
    sw s6, 40(sp)
    sw s7, 44(sp)
    sw s8, 48(sp)
    sw s9, 52(sp)
    sw s10, 56(sp)
    sw s11, 60(sp)
    sw ra, 64(sp)
.endm

.macro restore_all
    lw s0, 16(sp)
    lw s1, 20(sp)
    lw s2, 24(sp)
    lw s3, 28(sp)
    lw s4, 32(sp)
    lw s5, 36(sp)
    lw s6, 40(sp)
    lw s7, 44(sp)
    lw s8, 48(sp)
    lw s9, 52(sp)
    lw s10, 56(sp)
    lw s11, 60(sp)
    lw ra, 64(sp)
.endm

/* best = max(best, x); bits gets the place's bit if that is another. */
.macro above best, bits, x
    flt.s a4, \best, \x
    fmax.s \best, \best, \x
    p_mac \bits, a4, a7
.endm

/* a0: window, a1: x, a2: y, a3: arg. t0: rows, t1: cols, t3: channels, a5: the sum of products */
function tl_max_pool_f32
    save_all
    lw t0, W_ROWS(a0)
    lw t1, W_COLS(a0)
    lw a4, W_FIRST_I(a0)
    lw a6, W_FIRST_J(a0)
    lw t6, W_KERNEL_W(a0)
    xori t2, t0, 2
    xori t4, t1, 2
    or t2, t2, t4
    or t2, t2, a4
    or t2, t2, a6
    lw t3, W_CHANNELS(a0)
    lw t4, W_ROW_PITCH(a0)
    lw t5, W_STEP(a0)
    lw s0, W_COUNT(a0)
    sub t5, t5, t3
    slli t5, t5, 2
    slli t4, t4, 2
    slli a0, t3, 2
    li a5, 0
    bnez t2, .Lmax_general

    /* 2 x 2: a1, t0, t1, t2 point to the four pixels. 1: the second row's maximum is above the first one's; then the
     * first pixel is not the maximum either, and the place is 1 + (kernel_w - 1) + whether the row's second is above its
     * first. */
    addi t6, t6, -1
    add t0, a1, a0
    add t1, a1, t4
    add t2, t1, a0
    xp_loop 1, s0, max_windows
    xp_loop 0, t3, max_2x2
    p_lw_i a0, 4, a1
    p_lw_i a4, 4, t0
    p_lw_i a6, 4, t1
    p_lw_i a7, 4, t2
    fmadd.s a5, a0, a4, a5
    fmax.s s1, a0, a4
    fmadd.s a5, a6, a7, a5
    fmax.s s2, a6, a7
    flt.s s3, a6, a7
    flt.s s4, s1, s2
    fmax.s s1, s1, s2
    add s3, s3, t6
    flt.s s5, a0, s1
    p_sw_i s1, 4, a2
    p_mac s5, s3, s4
    p_sb_i s5, 1, a3
    xp_loop_end max_2x2
    add a1, a1, t5
    add t0, t0, t5
    add t1, t1, t5
    add t2, t2, t5
    xp_loop_end max_windows
.Lmax_end:
    feq.s t0, a5, a5
    restore_all
    beqz t0, .Lmax_again
    addi sp, sp, FRAME
    ret
.Lmax_too_large:
    restore_all
.Lmax_again:
    lw a0, 0(sp)
    lw a1, 4(sp)
    lw a2, 8(sp)
    lw a3, 12(sp)
    addi sp, sp, FRAME
    tail tl_max_pool_any_f32

    /* t2: the first place's bit; t4: from the end of a row to the next; t5: from a pixel's fourth channel to the next
     * one's first; t6: places that a row skips; ra: bytes of a pixel; a6: the pixel; a7: its bit */
.Lmax_general:
    sw t5, 68(sp)
    mv ra, a0
    mul a4, a4, t6
    add a4, a4, a6
    addi a6, t0, -1
    mul a6, a6, t6
    add a6, a6, a4
    add a6, a6, t1
    li a7, 32
    bltu a7, a6, .Lmax_too_large
    li t2, 1
    sll t2, t2, a4
    mul a6, t1, ra
    sub t4, t4, a6
    addi t5, ra, -12
    sub t6, t6, t1
.Lmax_window:
    lw a0, 0(sp)
    sw s0, 72(sp)
    lw t3, W_CHANNELS(a0)
    nop
    addi t3, t3, -4
    bltz t3, .Lmax_few
.Lmax_four:
    lw s0, 0(a1)
    lw s1, 4(a1)
    lw s2, 8(a1)
    lw s3, 12(a1)
    mv s4, t2
    mv s5, t2
    mv s6, t2
    mv s7, t2
    mv a6, a1
    mv a7, t2
    xp_loop 1, t0, max_rows
    xp_loop 0, t1, max_cols
    p_lw_i s8, 4, a6
    p_lw_i s9, 4, a6
    p_lw_i s10, 4, a6
    p_lw_r s11, t5, a6
    fmadd.s a5, s8, s9, a5
    above s0, s4, s8
    above s1, s5, s9
    above s2, s6, s10
    above s3, s7, s11
    fmadd.s a5, s10, s11, a5
    slli a7, a7, 1
    xp_loop_end max_cols
    add a6, a6, t4
    sll a7, a7, t6
    xp_loop_end max_rows
    p_sw_i s0, 4, a2
    p_sw_i s1, 4, a2
    p_sw_i s2, 4, a2
    p_sw_i s3, 4, a2
    p_fl1 s4, s4
    p_fl1 s5, s5
    p_fl1 s6, s6
    p_fl1 s7, s7
    p_sb_i s4, 1, a3
    p_sb_i s5, 1, a3
    p_sb_i s6, 1, a3
    p_sb_i s7, 1, a3
    addi a1, a1, 16
    addi t3, t3, -4
    bgez t3, .Lmax_four
.Lmax_few:
    addi t3, t3, 4
    beqz t3, .Lmax_next
.Lmax_one:
    lw s0, 0(a1)
    mv s4, t2
    mv a6, a1
    mv a7, t2
    xp_loop 1, t0, max_one_rows
    xp_loop 0, t1, max_one_cols
    p_lw_r s8, ra, a6
    nop
    above s0, s4, s8
    fmadd.s a5, s8, s8, a5
    slli a7, a7, 1
    xp_loop_end max_one_cols
    add a6, a6, t4
    sll a7, a7, t6
    xp_loop_end max_one_rows
    p_sw_i s0, 4, a2
    p_fl1 s4, s4
    p_sb_i s4, 1, a3
    addi a1, a1, 4
    addi t3, t3, -1
    bnez t3, .Lmax_one
.Lmax_next:
    lw s0, 72(sp)
    lw a0, 68(sp)
    addi s0, s0, -1
    add a1, a1, a0
    bnez s0, .Lmax_window
    j .Lmax_end
    .size tl_max_pool_f32, . - tl_max_pool_f32

/*
 * Zeros to the four pixels, at t0 to t3, then dy over one of them: where, from t0, says a table on the stack.
 * a0: spread, a1: dy, a2: arg, a3: dx
 */
function tl_max_pool_spread_f32
    lw a4, S_COUNT(a0)
    lw a5, S_CHANNELS(a0)
    lw a6, S_ROW_PITCH(a0)
    addi sp, sp, -16
    slli a7, a5, 2
    slli a6, a6, 2
    mv t0, a3
    add t1, t0, a7
    add t2, t0, a6
    add t3, t2, a7
    li t4, -4
    sw t4, 0(sp)
    addi t4, a7, -4
    sw t4, 4(sp)
    addi t4, a6, -4
    sw t4, 8(sp)
    add t4, t4, a7
    sw t4, 12(sp)
    xp_loop 1, a4, spread_windows
    xp_loop 0, a5, spread_channels
    p_lbu_i t4, 1, a2
    p_lw_i t5, 4, a1
    slli t4, t4, 2
    p_lw_x t6, t4, sp
    p_sw_i zero, 4, t0
    p_sw_i zero, 4, t1
    p_sw_i zero, 4, t2
    p_sw_i zero, 4, t3
    p_sw_x t5, t6, t0
    xp_loop_end spread_channels
    add t0, t0, a7
    add t1, t1, a7
    add t2, t2, a7
    add t3, t3, a7
    xp_loop_end spread_windows
    addi sp, sp, 16
    ret
    .size tl_max_pool_spread_f32, . - tl_max_pool_spread_f32

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
