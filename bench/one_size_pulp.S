/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fixed baseline: what one writes who knows the machine, but not the problem. Blocks of 2 x 2, loads with
 * post-increment, a hardware loop over k: four loads and four multiply-adds a step. Where a block hangs over the edge,
 * its second row or column is the first one again: the same bits are worked out and stored twice.
 */
#include "platform/xpulp.h"
#include "src/kernel/pulp/mm_problem.h"

#define PA    t0 /* pointers into A and B */
#define PB    t1
#define SA    t2 /* from row to row; 0 where there is one only */
#define RA    t3 /* and on to the next k */
#define SB    t4
#define RB    t5
#define A0    a1
#define A1    a2
#define B0    a3
#define B1    a4
#define C00   a5
#define C10   a6
#define C01   a7
#define C11   t6
#define ROWS  s1 /* left */
#define COLS  s3
#define A_ROW s2 /* the block row's first elements */
#define C_ROW s6
#define I_ROW s8
#define B_COL s4 /* the block's */
#define C_AT  s5
#define I_AT  s7
#define RUNS  s10 /* left */
#define JUMP  s9
#define K     s0
#define TEMP  s11

    .section .text.bench_mm_one_size, "ax", @progbits
    .option norelax
    .globl bench_mm_one_size
    .type bench_mm_one_size, @function
    .balign 16
bench_mm_one_size:
    addi sp, sp, -48
    .set saved, 0
    .irp r, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    sw \r, saved(sp)
    .set saved, saved + 4
    .endr
    lw ROWS, MM_M(a0)
    lw A_ROW, MM_A(a0)
    lw C_ROW, MM_C(a0)
    lw I_ROW, MM_INIT(a0)
    lw K, MM_K(a0)

.Lrow:
    li SA, 0
    li TEMP, 2
    bltu ROWS, TEMP, 1f
    lw SA, MM_A_M(a0)
1:
    lw RA, MM_A_K(a0)
    sub RA, RA, SA
    lw COLS, MM_N(a0)
    lw B_COL, MM_B(a0)
    mv C_AT, C_ROW
    mv I_AT, I_ROW

.Lblock:
    li SB, 0
    li TEMP, 2
    bltu COLS, TEMP, 1f
    lw SB, MM_B_N(a0)
1:
    lw RB, MM_B_K(a0)
    sub RB, RB, SB
    /* An absent init: fma(a, b, -0.0) has the bits of a * b. */
    lui C00, 0x80000
    mv C10, C00
    mv C01, C00
    mv C11, C00
    beqz I_AT, .Lstart
    li A0, 0
    li A1, 0
    bltu ROWS, TEMP, 1f
    lw A0, MM_INIT_M(a0)
1:
    bltu COLS, TEMP, 1f
    lw A1, MM_INIT_N(a0)
1:
    add B0, I_AT, A0
    add B1, I_AT, A1
    lw C00, 0(I_AT)
    lw C10, 0(B0)
    lw C01, 0(B1)
    add B1, B1, A0
    lw C11, 0(B1)

.Lstart:
    mv PA, A_ROW
    mv PB, B_COL
    lw RUNS, MM_RUNS(a0)
    lw JUMP, MM_JUMP(a0)
.Lrun:
    .balign 4
.option push
.option norvc
    xp_loop 0, K, one_size
    p_lw_r A0, SA, PA
    p_lw_r B0, SB, PB
    p_lw_r A1, RA, PA
    p_lw_r B1, RB, PB
    fmadd.s C00, A0, B0, C00
    fmadd.s C10, A1, B0, C10
    fmadd.s C01, A0, B1, C01
    fmadd.s C11, A1, B1, C11
    xp_loop_end one_size
.option pop
    addi RUNS, RUNS, -1
    beqz RUNS, .Lstore
    lw A0, 0(JUMP)
    lw A1, 4(JUMP)
    addi JUMP, JUMP, 8
    add PA, PA, A0
    add PB, PB, A1
    j .Lrun

.Lstore:
    li TEMP, 2
    li A0, 0
    li A1, 0
    bltu ROWS, TEMP, 1f
    lw A0, MM_C_M(a0)
1:
    bltu COLS, TEMP, 1f
    lw A1, MM_C_N(a0)
1:
    add B0, C_AT, A0
    add B1, C_AT, A1
    sw C00, 0(C_AT)
    sw C10, 0(B0)
    sw C01, 0(B1)
    add B1, B1, A0
    sw C11, 0(B1)

    /* The next block of the row. */
    lw A0, MM_B_N(a0)
    lw A1, MM_C_N(a0)
    slli A0, A0, 1
    slli A1, A1, 1
    add B_COL, B_COL, A0
    add C_AT, C_AT, A1
    beqz I_AT, 1f
    lw A0, MM_INIT_N(a0)
    slli A0, A0, 1
    add I_AT, I_AT, A0
1:
    addi COLS, COLS, -2
    bgtz COLS, .Lblock

    lw A0, MM_A_M(a0)
    lw A1, MM_C_M(a0)
    slli A0, A0, 1
    slli A1, A1, 1
    add A_ROW, A_ROW, A0
    add C_ROW, C_ROW, A1
    beqz I_ROW, 1f
    lw A0, MM_INIT_M(a0)
    slli A0, A0, 1
    add I_ROW, I_ROW, A0
1:
    addi ROWS, ROWS, -2
    bgtz ROWS, .Lrow

    .set saved, 0
    .irp r, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    lw \r, saved(sp)
    .set saved, saved + 4
    .endr
    addi sp, sp, 48
    ret
    .size bench_mm_one_size, . - bench_mm_one_size
