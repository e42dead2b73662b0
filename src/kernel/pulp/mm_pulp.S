/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tl_mm_f32_pulp_4x4: see mm.h for the contract and docs/kernels.md for the figures.
 *
 * One pointer per operand walks down the h rows of A (w columns of B) by a register post-increment and goes on to the
 * next k with the last of these loads, so a step of k is h + w loads and h * w multiply-adds whatever the strides.
 *
 * The problem is cut into strips of h rows of A: all of 4 rows first. A strip is blocks of 4 columns, then one of 2 and
 * one of 1 where n asks for it. The rows that are left (fewer than 4) are a second pass in which A and B change their
 * roles: strips of 4, 2 and 1 columns of C in blocks of 2 and 1 rows. C and init are walked like A: h elements down a
 * column by a post-increment, and on to the next column, hence to the next block, with the last of them.
 *
 * An absent init is a word of -0.0 with strides 0: fma(a, b, -0.0) has the bits of a * b.
 */
#include "src/kernel/pulp/mm_pulp.h"

    .section .text.tl_mm_f32_pulp_4x4, "ax", @progbits
    .option norelax
    .globl tl_mm_f32_pulp_4x4
    .type tl_mm_f32_pulp_4x4, @function
    .balign 16
tl_mm_f32_pulp_4x4:
    addi sp, sp, -F_BYTES
    .set saved, F_SAVED
    .irp r, ra, gp, tp, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    sw \r, saved(sp)
    .set saved, saved + 4
    .endr
    sw a0, F_PROBLEM(sp)
    lui a1, 0x80000
    lw s8, MM_M(a0)
    lw a2, MM_K(a0)
    lw a3, MM_RUNS(a0)
    sw a1, F_ZERO(sp)
    lw s10, MM_JUMP(a0)
    sw a2, F_K(sp)
    addi a3, a3, -1
    sw a3, F_RUNS(sp)
    li a4, 4
    bltu s8, a4, .Lswapped

    /* First pass: A's rows in strips of 4. */
    addi s11, s10, 4
    bnez a3, 1f
    li s10, 0
1:
    addi a2, a2, -1
    lw s1, MM_INIT(a0)
    lw SA, MM_A_M(a0)
    lw s2, MM_A_K(a0)
    beqz s1, 2f
    li a2, -1
2:
    sw a2, F_KC(sp)
    lw SB, MM_B_N(a0)
    lw s3, MM_B_K(a0)
    lw s4, MM_C_M(a0)
    lw s5, MM_C_N(a0)
    lw s6, MM_INIT_M(a0)
    lw s7, MM_INIT_N(a0)
    lw s9, MM_N(a0)
    lw a6, MM_A(a0)
    lw a7, MM_B(a0)
    lw s0, MM_C(a0)
    andi a3, s8, 3
    andi s8, s8, -4
    sw a3, F_LEFT(sp)

    /* a6, a7, s0, s1: a, b, c, init; s2, s3: steps of k; s4 to s7: c_m, c_n, init_m, init_n; s8, s9: m, n. */
.Lset_up:
    sw a6, F_A(sp)
    sw a7, F_B_FIRST(sp)
    bnez s1, 1f
    addi s1, sp, F_ZERO
    li s6, 0
    li s7, 0
1:
    sw s0, F_C_FIRST(sp)
    sw s1, F_I_FIRST(sp)
    sw s3, F_B_K(sp)
    sw s4, F_C_M(sp)
    sw s6, F_I_M(sp)
    sw s8, F_M(sp)
    sw s9, F_N(sp)
    sw s10, F_JUMP_A(sp)
    sw s11, F_JUMP_B(sp)
    andi a0, s9, -4
    mul a0, a0, s5
    slli a1, SA, 2
    slli a2, SB, 2
    slli a3, s4, 2
    slli a4, s6, 2
    sub a1, a1, SA
    sub a2, a2, SB
    sub a3, a3, s4
    sub a4, a4, s6
    sub RA, s2, a1
    sub RB, s3, a2
    sub a3, s5, a3
    sub a4, s7, a4
    sw a0, F_C_BYTES(sp)
    sw RB, F_RB(sp)
    sw a3, F_C_NEXT(sp)
    sw a4, F_I_NEXT(sp)
    mv PJ, s10
    li a5, 4
    blt s8, a5, .Llast_strips
    li a5, 1
    beq s9, a5, .Lvector

.Lstrip4:
    strip_first
    lw A0, F_C_BYTES(sp)
    add A0, A0, A1
    sw A0, F_C_END(sp)
    beq A0, A1, .Ledges4

    .balign 16
.option push
.option norvc
.Lblock:
    lw PA, F_A(sp)
    lw PB, F_B(sp)
    lw KC, F_KC(sp)
    slli A0, SB, 2
    add A0, A0, PB
    sw A0, F_B(sp)
    blez KC, .Lspecial
    step4x4 mul
.Lstarted:
    beqz PJ, .Llast_run
    lw A0, F_RUNS(sp)
    xp_loop 1, A0, runs
    xp_loop 0, KC, run
    step4x4 mac
    xp_loop_end run
    p_lw_i A0, 4, PJ
    p_lw_i B0, 4, PJ
    lw KC, F_K(sp)
    add PA, PA, A0
    add PB, PB, B0
    xp_loop_end runs
    lw PJ, F_JUMP_A(sp)
.Llast_run:
    xp_loop 0, KC, last_run
    step4x4 mac
    xp_loop_end last_run
.Lstore:
    lw A0, F_C(sp)
    lw A1, F_C_M(sp)
    lw A2, F_C_NEXT(sp)
    lw A3, F_C_END(sp)
    walk4x4 p_sw_r
    sw A0, F_C(sp)
    bne A0, A3, .Lblock
.option pop

.Ledges4:
    lw A0, F_N(sp)
    andi A1, A0, 3
    bnez A1, .Ledge4x2
.Lstrip4_next:
    strip_next 4
    lw A0, F_M(sp)
    li A1, 4
    addi A0, A0, -4
    sw A0, F_M(sp)
    bge A0, A1, .Lstrip4

.Llast_strips:
    lw A0, F_M(sp)
    bnez A0, .Lstrip2
.Lpass_end:
    lw A1, F_LEFT(sp)
    lw a0, F_PROBLEM(sp)
    bnez A1, .Lswapped

    .set saved, F_SAVED
    .irp r, ra, gp, tp, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    lw \r, saved(sp)
    .set saved, saved + 4
    .endr
    addi sp, sp, F_BYTES
    ret

    /* Second pass: A and B change their roles. a0: the problem. */
.Lswapped:
    lw a1, MM_M(a0)
    lw SB, MM_A_M(a0)
    lw s5, MM_C_M(a0)
    lw s7, MM_INIT_M(a0)
    andi a2, a1, -4
    sub s9, a1, a2
    mul a3, a2, SB
    mul a4, a2, s5
    mul a5, a2, s7
    lw a7, MM_A(a0)
    lw s0, MM_C(a0)
    lw s1, MM_INIT(a0)
    add a7, a7, a3
    add s0, s0, a4
    beqz s1, 1f
    add s1, s1, a5
1:
    lw s11, MM_JUMP(a0)
    lw a6, MM_B(a0)
    lw SA, MM_B_N(a0)
    lw s2, MM_B_K(a0)
    lw s3, MM_A_K(a0)
    lw s4, MM_C_N(a0)
    lw s6, MM_INIT_N(a0)
    lw s8, MM_N(a0)
    addi s10, s11, 4
    sw zero, F_LEFT(sp)
    j .Lset_up

.Ledge4x2:
    andi A1, A0, 2
    beqz A1, .Ledge4x1
    edge 4, 2
    lw A0, F_N(sp)
    andi A0, A0, 1
    beqz A0, .Ledges4_end
.Ledge4x1:
    edge 4, 1
.Ledges4_end:
    lw RB, F_RB(sp)
    j .Lstrip4_next

    /*
     * One column: all of it in registers. gp: row of A, tp: B, s2: C, s5: init, s4, s6: their steps, s7: runs - 1,
     * s8: strips left, s9: rows of A in a strip, s10, ra: jumps; t5, s3, a5: the jumps that a strip is at.
     */
.Lvector:
    mv gp, a6
    mv tp, a7
    mv s2, s0
    mv s5, s1
    mv RB, s3
    mv ra, s11
    lw s7, F_RUNS(sp)
    lw KC, F_K(sp)
    andi a0, s8, 3
    sw a0, F_M(sp)
    srli s8, s8, 2
    slli s9, SA, 2
.Lvector_strip:
    mv PA, gp
    add gp, gp, s9
    mv PB, tp
    p_lw_r C00, s6, s5
    p_lw_r C10, s6, s5
    p_lw_r C20, s6, s5
    p_lw_r C30, s6, s5
    mv t5, s10
    mv s3, ra
    mv a5, s7
    .balign 4
.option push
.option norvc
1:
    xp_loop 0, KC, vector
    step4x1
    xp_loop_end vector
.option pop
    beqz a5, 2f
    p_lw_i A0, 8, t5
    p_lw_i B0, 8, s3
    addi a5, a5, -1
    add PA, PA, A0
    add PB, PB, B0
    j 1b
2:
    p_sw_r C00, s4, s2
    p_sw_r C10, s4, s2
    p_sw_r C20, s4, s2
    p_sw_r C30, s4, s2
    addi s8, s8, -1
    bnez s8, .Lvector_strip
    sw gp, F_A(sp)
    sw s2, F_C_FIRST(sp)
    sw s5, F_I_FIRST(sp)
    j .Llast_strips

    /* A strip of 2, then one of 1. */
.Lstrip2:
    lw A1, F_C_M(sp)
    lw A2, F_C_NEXT(sp)
    lw A3, F_I_M(sp)
    lw B0, F_I_NEXT(sp)
    add A2, A2, A1
    add A2, A2, A1
    add B0, B0, A3
    add B0, B0, A3
    sw A2, F_C_NEXT(sp)
    sw B0, F_I_NEXT(sp)
    add RA, RA, SA
    add RA, RA, SA
    andi A0, A0, 2
    beqz A0, .Lstrip1
    strip_first
    lw A0, F_N(sp)
    andi A0, A0, 2
    beqz A0, .Ledge2x1
    edge 2, 2
.Ledge2x1:
    lw A0, F_N(sp)
    andi A0, A0, 1
    beqz A0, .Lstrip2_next
    edge 2, 1
.Lstrip2_next:
    strip_next 2
.Lstrip1:
    lw A0, F_M(sp)
    andi A0, A0, 1
    beqz A0, .Lpass_end
    strip_first
    add RA, RA, SA
    lw A1, F_C_M(sp)
    lw A2, F_C_NEXT(sp)
    lw A3, F_I_M(sp)
    lw B0, F_I_NEXT(sp)
    add A2, A2, A1
    add B0, B0, A3
    sw A2, F_C_NEXT(sp)
    sw B0, F_I_NEXT(sp)
.Ledge1x1:
    edge 1, 1
    lw A0, F_N(sp)
    addi A0, A0, -1
    sw A0, F_N(sp)
    bnez A0, .Ledge1x1
    j .Lpass_end

    /* A block whose accumulators are loaded, or that is a single product. */
    .balign 4
    .option push
    .option norvc
.Lspecial:
    beqz KC, 2f
1:
    lw A0, F_I(sp)
    lw A1, F_I_M(sp)
    lw A2, F_I_NEXT(sp)
    lw KC, F_K(sp)
    walk4x4 p_lw_r
    sw A0, F_I(sp)
    j .Lstarted
2:
    bnez PJ, 1b
    step4x4 mul
    j .Lstore
    .option pop
    .size tl_mm_f32_pulp_4x4, . - tl_mm_f32_pulp_4x4
