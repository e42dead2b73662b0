/* SPDX-License-Identifier: Apache-2.0 */
/* The gradient of max pooling with windows that overlap: window.h, and the bits of c/window_host.c. */
#include "platform/xpulp.h"

/* struct tl_pool_scatter */
#define R_ROWS      0
#define R_COLS      4
#define R_CHANNELS  8
#define R_ROW_PITCH 12
#define R_KERNEL_H  16
#define R_KERNEL_W  20
#define R_STRIDE_H  24
#define R_STRIDE_W  28
#define R_COUNT     32
#define R_STEP      36

/* Of the stack: a table of where each place of a window stands, from its first pixel, in bytes. */
#define TABLE 128

/*
 * a0: scatter, a1: dy, a2: arg, a3: dx. t0: rows, t1: cols, t2: channels, t3: bytes of a pixel, t4: channels to go,
 * t5: from a window to the next one, t6: from the end of a row of windows to the next, a4: rows to go, a5 to a7:
 * pointers for dy, arg, dx.
 */
    .section .text.tl_max_pool_scatter_f32, "ax", @progbits
    .option norelax
    .option norvc
    .globl tl_max_pool_scatter_f32
    .type tl_max_pool_scatter_f32, @function
    .balign 16
tl_max_pool_scatter_f32:
    addi sp, sp, -TABLE - 16
    sw s0, TABLE(sp)
    sw s1, TABLE + 4(sp)
    sw s2, TABLE + 8(sp)
    sw s3, TABLE + 12(sp)
    lw t2, R_CHANNELS(a0)
    lw t6, R_ROW_PITCH(a0)
    lw s0, R_KERNEL_H(a0)
    lw s1, R_KERNEL_W(a0)
    slli t3, t2, 2
    slli t6, t6, 2
    mv a4, sp
    li a5, 0
1:
    mv a6, a5
    mv a7, s1
2:
    p_sw_i a6, 4, a4
    add a6, a6, t3
    addi a7, a7, -1
    bnez a7, 2b
    add a5, a5, t6
    addi s0, s0, -1
    bnez s0, 1b

    lw t0, R_ROWS(a0)
    lw t1, R_COLS(a0)
    lw t5, R_STRIDE_W(a0)
    lw a4, R_STRIDE_H(a0)
    mul t5, t5, t3
    mul t6, t6, a4
    mul a5, t5, t1
    lw t4, R_COUNT(a0)
    lw a0, R_STEP(a0)
    sub t6, t6, a5
3:
    mv a4, t0
    mv a5, a1
    mv a6, a2
    mv a7, a3
4:
    xp_loop 0, t1, scatter
    p_lbu_r s0, t2, a6
    p_lw_r s1, t3, a5
    slli s0, s0, 2
    p_lw_x s2, s0, sp
    nop
    add s2, s2, a7
    lw s3, 0(s2)
    add a7, a7, t5
    fadd.s s3, s3, s1
    sw s3, 0(s2)
    xp_loop_end scatter
    addi a4, a4, -1
    add a7, a7, t6
    bnez a4, 4b
    addi t4, t4, -1
    add a2, a2, a0
    slli s0, a0, 2
    add a1, a1, s0
    add a3, a3, s0
    bnez t4, 3b
    lw s0, TABLE(sp)
    lw s1, TABLE + 4(sp)
    lw s2, TABLE + 8(sp)
    lw s3, TABLE + 12(sp)
    addi sp, sp, TABLE + 16
    ret
    .size tl_max_pool_scatter_f32, . - tl_max_pool_scatter_f32
