/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matmul kernels whose strides of A and B are constants of the code: see mm.h for the contract of all kernels, and
 * docs/kernels.md for this family's. One macro makes a kernel:
 *
 *     mm_fixed name, mr, nr, a_m, a_k, b_n, b_k
 *
 * A step of k is mr + nr loads and mr * nr multiply-adds: one pointer stands in the middle of an operand's rows, the
 * others are reached by immediates, and the load at the pointer itself, the last one, goes on to the next k. Blocks at
 * the edges are the same with fewer rows or columns. `name_sites` lists the words that depend on the strides.
 *
 * Registers are computed with, so instructions stand here as their encodings (docs/cluster.md, section 2).
 */
#ifndef TL_KERNEL_PULP_MM_FIXED_H
#define TL_KERNEL_PULP_MM_FIXED_H

/* Assembler: not for clang-format. */
/* clang-format off */

#include "platform/xpulp.h"
#include "src/kernel/pulp/mm_problem.h"

/* mr * nr <= 20 accumulators from x12 on, mr <= 5 rows of A in x3 on, two columns of B in x8 and x9. */
.set mmf_row, 3
.set mmf_side, 8
.set mmf_pa, 10
.set mmf_pb, 11
.set mmf_sum, 12
#define PA a0
#define PB a1
#define KC ra /* steps of k in the inner loop */
/* Free between the loops. */
#define T0 gp
#define T1 tp
#define T2 t0
#define T3 t1
#define CP t2 /* the next element of C, where there are at most 4 rows of A */

/* The stack frame. */
#define G_SAVED   0   /* 15 registers */
#define G_A       60  /* middle row of the strip */
#define G_B       64  /* middle column of the block, and of the strip's first */
#define G_B_FIRST 68
#define G_C       72  /* the block's first element, and the strip's */
#define G_C_FIRST 76
#define G_I       80  /* init: likewise */
#define G_I_FIRST 84
#define G_C_END   88  /* behind the strip's last whole block */
#define G_C_BYTES 92  /* from the strip's first element to there */
#define G_C_M     96
#define G_C_N     100
#define G_C_NEXT  104 /* from a block's last element on to the next block */
#define G_I_M     108
#define G_I_N     112
#define G_I_NEXT  116
#define G_A_M     120
#define G_A_STEP  124 /* from strip to strip */
#define G_B_N     128
#define G_B_STEP  132 /* from block to block */
#define G_STRIPS  136 /* strips left, eight times, and the rows in none */
#define G_ONE_STRIP 3
#define G_N_LEFT  144 /* columns in no whole block */
#define G_K       148
#define G_KC      152 /* k - 1; 0: all accumulators are loaded, as k is 1 or init is more than a value a column */
#define G_RUNS    156
#define G_JUMP    160 /* the first jump */
#define G_PLAIN   164 /* 0: several runs; one, and sums that start at a product: -1, a value a column: 1, loaded: 2 */
#define G_ZERO    168 /* -0.0 */
#define G_BLOCKS  172 /* whole blocks in a strip */
#define G_B_NEXT  176 /* from behind a block's steps to the next block */
#define G_C_ROW   180 /* from the last element of a whole block's row on to the next row */
#define G_I_ROW   184
#define G_C_STEP  188 /* from strip to strip */
#define G_I_STEP  192
#define G_BYTES   240

#include "src/kernel/pulp/mm_fixed_block.h"

/* A strip of such blocks. */
.macro mmf_plain_strip h, nr, op
    lw T1, G_C_FIRST(sp)
    lw T0, G_BLOCKS(sp)
    lw PB, G_B_FIRST(sp)
    lw PA, G_A(sp)
    .ifc \op, mac
    lw KC, G_K(sp)
    .else
    lw KC, G_KC(sp)
    .endif
    sw T1, G_C(sp)
    .ifnc \op, mul
    lw T1, G_I_FIRST(sp)
    sw T1, G_I(sp)
    .endif
    beqz T0, .Lleft\@
    mmf_blocks \h, \nr, \nr, \op
.Lleft\@:
    lw T0, G_N_LEFT(sp)
    beqz T0, .Ldone\@
    .ifnc \op, mul
    sw PB, G_B(sp)
    mmf_edges \h, \nr, .Ldone\@
    .else
    /* Two columns in the fewest steps: those of 32. */
    .if \nr > 2
    addi T0, T0, -2
    bltz T0, .Lone\@
    .if \nr > 3
    beqz T0, .Ltwo\@
    .if \nr > 4
    addi T0, T0, -1
    beqz T0, .Lthree\@
    mmf_plain_edge \h, 4, \nr
    j .Ldone\@
.Lthree\@:
    .endif
    mmf_plain_edge \h, 3, \nr
    j .Ldone\@
    .endif
.Ltwo\@:
    mmf_plain_edge \h, 2, \nr
    j .Ldone\@
    .endif
.Lone\@:
    mmf_plain_edge \h, 1, \nr
    .endif
.Ldone\@:
.endm
/* T0 columns at the end of a strip. */
.macro mmf_plain_edge h, w, nr
    .if \w / 2 != \nr / 2
    lw T0, G_B_N(sp)
    .rept \nr / 2 - \w / 2
    sub PB, PB, T0
    .endr
    .endif
    li T0, 1
    mmf_blocks \h, \w, \nr, mul
.endm

/* Any strip. */
.macro mmf_strip h, nr
    lw T0, G_B_FIRST(sp)
    lw T1, G_C_FIRST(sp)
    lw T2, G_I_FIRST(sp)
    lw T3, G_C_BYTES(sp)
    sw T0, G_B(sp)
    sw T1, G_C(sp)
    add T3, T3, T1
    sw T2, G_I(sp)
    sw T3, G_C_END(sp)
    beq T3, T1, .Lleft\@
    mmf_block \h, \nr, \nr, .Lleft\@
.Lleft\@:
    lw T0, G_N_LEFT(sp)
    beqz T0, .Ldone\@
    mmf_edges \h, \nr, .Ldone\@
.Ldone\@:
.endm
/* T0: the columns that are left. */
.macro mmf_edges h, nr, done
    .set mmf_width, \nr - 1
    .rept \nr - 1
    mmf_left \h, %mmf_width, \nr, \done
    .set mmf_width, mmf_width - 1
    .endr
.endm
.macro mmf_left h, w, nr, done
    li T1, \w
    bne T0, T1, .Lnot\@
    mmf_block \h, \w, \nr, \done
.Lnot\@:
.endm

/* The steps from block to block of C and init, for strips of h rows. */
.macro mmf_columns h
    lw T0, G_C_N(sp)
    lw T1, G_C_M(sp)
    lw T2, G_I_N(sp)
    lw T3, G_I_M(sp)
    .rept \h - 1
    sub T0, T0, T1
    sub T2, T2, T3
    .endr
    sw T0, G_C_NEXT(sp)
    sw T2, G_I_NEXT(sp)
.endm

/* The last rows, if there are h of them. */
.macro mmf_rows h, mr, nr, end
    lw T0, G_STRIPS(sp) /* no strip is left */
    li T1, \h
    bne T0, T1, .Lnot\@
    lw T0, G_A(sp)
    lw T1, G_A_M(sp)
    .rept \mr / 2 - \h / 2
    sub T0, T0, T1
    .endr
    sw T0, G_A(sp)
    mmf_columns \h
    mmf_strip \h, \nr
    j \end
.Lnot\@:
.endm

.altmacro
.macro mm_fixed name, mr, nr, a_m, a_k, b_n, b_k
    .set mmf_a_m, \a_m
    .set mmf_a_k, \a_k
    .set mmf_b_n, \b_n
    .set mmf_b_k, \b_k
    .pushsection .rodata.mm_sites, "a", @progbits
    .balign 4
    .globl \name\()_sites
    .type \name\()_sites, @object
\name\()_sites:
    .popsection
    .section .text.\name, "ax", @progbits
    .option push
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
    xp_short
    addi sp, sp, -G_BYTES
    .set saved, G_SAVED
    .irp r, ra, gp, tp, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    sw \r, saved(sp)
    .set saved, saved + 4
    .endr
    /* One run, no init, whole strips, two steps or more: less to set up. */
    lw s3, MM_INIT(a0)
    lw s8, MM_RUNS(a0)
    lw s5, MM_M(a0)
    lw s7, MM_K(a0)
    xp_long
    bnez s3, .Lslow\@
    xp_short
    addi t0, s8, -1
    .if \mr == 4
    slli t1, s5, 1
    andi t2, s5, 3
    .else
    mmf_divide t1, s5, \mr
    mmf_times t2, t1, \mr
    slli t1, t1, G_ONE_STRIP
    sub t2, s5, t2
    .endif
    addi a1, s7, -1
    or t0, t0, t2
    xp_long
    bnez t0, .Lslow\@
    beqz a1, .Lslow\@
    xp_short
    lw s6, MM_N(a0)
    lw s0, MM_A(a0)
    lw s1, MM_B(a0)
    lw s2, MM_C(a0)
    lw t3, MM_A_M(a0)
    lw t4, MM_B_N(a0)
    lw s9, MM_C_M(a0)
    lw s10, MM_C_N(a0)
    lw s11, MM_B_K(a0)
    sw t1, G_STRIPS(sp)
    sw a1, G_KC(sp)
    .rept \mr / 2
    add s0, s0, t3
    .endr
    .rept \nr / 2
    add s1, s1, t4
    .endr
    sw s0, G_A(sp)
    sw s1, G_B_FIRST(sp)
    sw s2, G_C_FIRST(sp)
    sw s9, G_C_M(sp)
    sw s10, G_C_N(sp)
    sw t4, G_B_N(sp)
    mmf_divide a1, s6, \nr
    mul s7, s7, s11
    mmf_times a2, a1, \nr
    mmf_times a3, s9, \mr
    sub a2, s6, a2
    sw a1, G_BLOCKS(sp)
    sw a2, G_N_LEFT(sp)
    sw a3, G_C_STEP(sp)
    mmf_times t5, t3, \mr
    mmf_times t6, t4, \nr
    sw t5, G_A_STEP(sp)
    sub t6, t6, s7
    sub t0, s10, a3
    add t0, t0, s9
    sw t0, G_C_NEXT(sp)
    mmf_times t2, s10, %\nr-1
    sub s9, s9, t2
    sw t6, G_B_NEXT(sp)
    sw s9, G_C_ROW(sp)
    xp_long
    /* Measured: it decides how cores fall into step behind the barrier; one more or fewer takes up to 60 cycles more. */
    nop
    nop
    j .Lquick\@
.Lslow\@:
    lw s0, MM_A(a0)
    lw s1, MM_B(a0)
    lw s2, MM_C(a0)
    lw s4, MM_JUMP(a0)
    lw s6, MM_N(a0)
    lw s9, MM_C_M(a0)
    lw s10, MM_C_N(a0)
    lw t0, MM_INIT_M(a0)
    lw t1, MM_INIT_N(a0)
    lw t3, MM_A_M(a0)
    lw t4, MM_B_N(a0)
    lw s11, MM_B_K(a0)
    lui t2, 0x80000
    addi a1, s7, -1
    li a2, 1
    bnez s3, 1f
    addi s3, sp, G_ZERO
    li t0, 0
    li t1, 0
    li a2, -1
1:
    /* A value a column will do, unless init goes on with the rows. */
    beqz t0, 2f
    li a1, 0
2:
    bnez a1, 3f
    li a2, 2
3:
    addi a3, s8, -1
    beqz a3, 4f
    li a2, 0
4:
    sw t2, G_ZERO(sp)
    /* To the middle row and column. */
    .rept \mr / 2
    add s0, s0, t3
    .endr
    .rept \nr / 2
    add s1, s1, t4
    .endr
    sw a1, G_KC(sp)
    sw s0, G_A(sp)
    sw s1, G_B_FIRST(sp)
    sw s2, G_C_FIRST(sp)
    sw s3, G_I_FIRST(sp)
    sw s4, G_JUMP(sp)
    sw a2, G_PLAIN(sp)
    sw s7, G_K(sp)
    sw s8, G_RUNS(sp)
    sw s9, G_C_M(sp)
    sw s10, G_C_N(sp)
    sw t0, G_I_M(sp)
    sw t1, G_I_N(sp)
    sw t3, G_A_M(sp)
    sw t4, G_B_N(sp)
    mmf_times a3, s9, \mr
    mmf_times a4, t0, \mr
    sw a3, G_C_STEP(sp)
    sw a4, G_I_STEP(sp)
    .rept \nr - 1
    sub s9, s9, s10
    sub t0, t0, t1
    .endr
    sw s9, G_C_ROW(sp)
    sw t0, G_I_ROW(sp)
    mmf_times t5, t3, \mr
    mmf_times t6, t4, \nr
    mmf_divide a1, s6, \nr
    sw a1, G_BLOCKS(sp)
    mmf_times a2, a1, \nr
    mul s7, s7, s11
    sub a3, s6, a2
    mul a2, a2, s10
    sub s7, t6, s7
    sw s7, G_B_NEXT(sp)
    sw t5, G_A_STEP(sp)
    sw t6, G_B_STEP(sp)
    sw a3, G_N_LEFT(sp)
    sw a2, G_C_BYTES(sp)
    mmf_divide a1, s5, \mr
    mmf_times a2, a1, \mr
    sub a3, s5, a2
    slli a2, a1, G_ONE_STRIP
    or a2, a2, a3
    sw a2, G_STRIPS(sp)
    beqz a1, .Lrows\@
    mmf_columns \mr
.Lstrip\@:
    lw T1, G_PLAIN(sp)
    bgez T1, .Lother\@
.Lquick\@:
    mmf_plain_strip \mr, \nr, mul
    lw T0, G_STRIPS(sp)
    addi T0, T0, -(1 << G_ONE_STRIP)
    bnez T0, .Lmore\@
    j .Lend\@
.Lmore\@:
    sw T0, G_STRIPS(sp)
    srli T0, T0, G_ONE_STRIP
    lw T1, G_A(sp)
    lw T2, G_A_STEP(sp)
    lw T3, G_C_FIRST(sp)
    add T1, T1, T2
    lw T2, G_C_STEP(sp)
    sw T1, G_A(sp)
    add T3, T3, T2
    sw T3, G_C_FIRST(sp)
    bnez T0, .Lquick\@
    j .Lrows\@
.Lnext\@:
    lw T0, G_A(sp)
    lw T1, G_A_STEP(sp)
    lw T2, G_C_FIRST(sp)
    lw T3, G_C_STEP(sp)
    add T0, T0, T1
    sw T0, G_A(sp)
    add T2, T2, T3
    sw T2, G_C_FIRST(sp)
    lw T0, G_I_FIRST(sp)
    lw T1, G_I_STEP(sp)
    lw T2, G_STRIPS(sp)
    add T0, T0, T1
    sw T0, G_I_FIRST(sp)
    addi T2, T2, -(1 << G_ONE_STRIP)
    sw T2, G_STRIPS(sp)
    srli T2, T2, G_ONE_STRIP
    bnez T2, .Lstrip\@
    j .Lrows\@
.Lother\@:
    beqz T1, .Lany\@
    addi T1, T1, -1
    beqz T1, .Lstart\@
    mmf_plain_strip \mr, \nr, mac
    j .Lnext\@
.Lstart\@:
    mmf_plain_strip \mr, \nr, start
    j .Lnext\@
.Lany\@:
    mmf_strip \mr, \nr
    j .Lnext\@
.Lrows\@:
    .set mmf_height, \mr - 1
    .rept \mr - 1
    mmf_rows %mmf_height, \mr, \nr, .Lend\@
    .set mmf_height, mmf_height - 1
    .endr
.Lend\@:
    xp_short
    .set saved, G_SAVED
    .irp r, ra, gp, tp, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    lw \r, saved(sp)
    .set saved, saved + 4
    .endr
    addi sp, sp, G_BYTES
    ret
    xp_long
    .option pop
    .size \name, . - \name
    .pushsection .rodata.mm_sites, "a", @progbits
    .size \name\()_sites, . - \name\()_sites
    .popsection
.endm

#endif
