/* SPDX-License-Identifier: Apache-2.0 */
/* Registers, stack frame and blocks of mm_pulp.S, as assembler macros. */
#ifndef TL_KERNEL_PULP_MM_PULP_H
#define TL_KERNEL_PULP_MM_PULP_H

/* Assembler: not for clang-format. */
/* clang-format off */

#include "platform/xpulp.h"
#include "src/kernel/pulp/mm_problem.h"

/* Registers that live through a strip. */
#define PA t6 /* pointer into A */
#define PB s11
#define SA t0 /* a_m */
#define RA t1 /* a_k - (h - 1) * a_m: from the last row on to the next k */
#define SB t2 /* b_n */
#define RB t3 /* b_k - 3 * b_n */
#define KC t4 /* steps of k in the inner loop */
#define PJ t5 /* pointer into the jumps; 0: there is one run only */
/* One step's operands. */
#define A0 a0
#define A1 a1
#define A2 a2
#define A3 a3
#define B0 a4
#define B1 a5
/* Accumulators, row and column. */
#define C00 s0
#define C10 s1
#define C20 a6
#define C30 a7
#define C01 s2
#define C11 s3
#define C21 s4
#define C31 s5
#define C02 s6
#define C12 s7
#define C22 s8
#define C32 s9
#define C03 s10
#define C13 ra
#define C23 gp
#define C33 tp

/* The stack frame. */
#define F_SAVED   0              /* 15 registers */
#define F_A       60             /* first row of the strip */
#define F_B       64             /* first column of the block, and of the strip */
#define F_B_FIRST 68
#define F_C       72             /* the block's first element, and the strip's */
#define F_C_FIRST 76
#define F_I       80             /* init: likewise */
#define F_I_FIRST 84
#define F_C_END   88             /* behind the strip's last block of 4 columns */
#define F_C_BYTES 92             /* from the strip's first element to there */
#define F_C_M     96             /* down a column of C */
#define F_C_NEXT  100            /* c_n - (h - 1) * c_m: from the last row on to the next column */
#define F_I_M     104
#define F_I_NEXT  108
#define F_B_K     112
#define F_RB      116
#define F_M       120            /* rows left */
#define F_N       124
#define F_K       128
#define F_KC      132            /* of a block's first run: k - 1; -1 where the accumulators are loaded */
#define F_RUNS    136            /* runs - 1 */
#define F_JUMP_A  140            /* pointers to the first jump's two words */
#define F_JUMP_B  144
#define F_PROBLEM 148
#define F_ZERO    152            /* -0.0 */
#define F_LEFT    156            /* rows of A for the second pass */
#define F_BYTES   160

/* A column of a block: four, two or one registers; insn is p_lw_r or p_sw_r. A0: pointer, A1, A2: the steps. */
.macro column4 insn, r0, r1, r2, r3
    \insn \r0, A1, A0
    \insn \r1, A1, A0
    \insn \r2, A1, A0
    \insn \r3, A2, A0
.endm
.macro column2 insn, r0, r1
    \insn \r0, A1, A0
    \insn \r1, A2, A0
.endm
.macro column1 insn, r0
    \insn \r0, A2, A0
.endm

/* All of a block. */
.macro walk4x4 insn
    column4 \insn, C00, C10, C20, C30
    column4 \insn, C01, C11, C21, C31
    column4 \insn, C02, C12, C22, C32
    column4 \insn, C03, C13, C23, C33
.endm
.macro walk4x2 insn
    column4 \insn, C00, C10, C20, C30
    column4 \insn, C01, C11, C21, C31
.endm
.macro walk4x1 insn
    column4 \insn, C00, C10, C20, C30
.endm
.macro walk2x2 insn
    column2 \insn, C00, C10
    column2 \insn, C01, C11
.endm
.macro walk2x1 insn
    column2 \insn, C00, C10
.endm
.macro walk1x1 insn
    column1 \insn, C00
.endm

/* A column's multiply-adds; mul: the first of a sum. */
.macro mul4 b, r0, r1, r2, r3
    fmul.s \r0, A0, \b
    fmul.s \r1, A1, \b
    fmul.s \r2, A2, \b
    fmul.s \r3, A3, \b
.endm
.macro mac4 b, r0, r1, r2, r3
    fmadd.s \r0, A0, \b, \r0
    fmadd.s \r1, A1, \b, \r1
    fmadd.s \r2, A2, \b, \r2
    fmadd.s \r3, A3, \b, \r3
.endm
.macro mac2 b, r0, r1
    fmadd.s \r0, A0, \b, \r0
    fmadd.s \r1, A1, \b, \r1
.endm

.macro load_a4
    p_lw_r A0, SA, PA
    p_lw_r A1, SA, PA
    p_lw_r A2, SA, PA
    p_lw_r A3, RA, PA
.endm
.macro load_a2
    p_lw_r A0, SA, PA
    p_lw_r A1, RA, PA
.endm

/* One step of k. A loaded word is never used by the next instruction, but in 1x1. */
.macro step4x4 op
    load_a4
    p_lw_r B0, SB, PB
    p_lw_r B1, SB, PB
    \op\()4 B0, C00, C10, C20, C30
    p_lw_r B0, SB, PB
    \op\()4 B1, C01, C11, C21, C31
    p_lw_r B1, RB, PB
    \op\()4 B0, C02, C12, C22, C32
    \op\()4 B1, C03, C13, C23, C33
.endm
.macro step4x2
    load_a4
    p_lw_r B0, SB, PB
    p_lw_r B1, RB, PB
    mac4 B0, C00, C10, C20, C30
    mac4 B1, C01, C11, C21, C31
.endm
.macro step4x1
    p_lw_r B0, RB, PB
    load_a4
    mac4 B0, C00, C10, C20, C30
.endm
.macro step2x2
    load_a2
    p_lw_r B0, SB, PB
    p_lw_r B1, RB, PB
    mac2 B0, C00, C10
    mac2 B1, C01, C11
.endm
.macro step2x1
    p_lw_r B0, RB, PB
    load_a2
    mac2 B0, C00, C10
.endm
.macro step1x1
    p_lw_r B0, RB, PB
    p_lw_r A0, RA, PA
    fmadd.s C00, A0, B0, C00
.endm

/* A block of less than 4 columns, h rows and w columns: from the frame's A, B, C and I, and on to the next block. */
.macro edge h, w
    lw PA, F_A(sp)
    lw PB, F_B(sp)
    lw RB, F_B_K(sp)
    add B0, PB, SB
.if \w == 2
    add B0, B0, SB
    sub RB, RB, SB
.endif
    sw B0, F_B(sp)
    lw A0, F_I(sp)
    lw A1, F_I_M(sp)
    lw A2, F_I_NEXT(sp)
    lw KC, F_K(sp)
    walk\h\()x\w p_lw_r
    sw A0, F_I(sp)
    lw C22, F_JUMP_A(sp)
    lw C32, F_JUMP_B(sp)
    lw C33, F_RUNS(sp)
    .balign 4
.option push
.option norvc
1:
    xp_loop 0, KC, edge\h\()x\w
    step\h\()x\w
    xp_loop_end edge\h\()x\w
.option pop
    beqz C33, 2f
    p_lw_i A0, 8, C22
    p_lw_i B0, 8, C32
    addi C33, C33, -1
    add PA, PA, A0
    add PB, PB, B0
    j 1b
2:
    lw A0, F_C(sp)
    lw A1, F_C_M(sp)
    lw A2, F_C_NEXT(sp)
    walk\h\()x\w p_sw_r
    sw A0, F_C(sp)
.endm

/* first = frame word `slot` + h * (stride in register `stride`), stored back. */
.macro advance slot, stride, h
    lw A0, \slot(sp)
.if \h == 4
    slli A1, \stride, 2
    add A0, A0, A1
.elseif \h == 2
    slli A1, \stride, 1
    add A0, A0, A1
.else
    add A0, A0, \stride
.endif
    sw A0, \slot(sp)
.endm

/* The pointers of a strip's first block. */
.macro strip_first
    lw A0, F_B_FIRST(sp)
    lw A1, F_C_FIRST(sp)
    lw A2, F_I_FIRST(sp)
    sw A0, F_B(sp)
    sw A1, F_C(sp)
    sw A2, F_I(sp)
.endm
/* From a strip of h rows to the next. */
.macro strip_next h
    lw A2, F_C_M(sp)
    advance F_C_FIRST, A2, \h
    lw A2, F_I_M(sp)
    advance F_I_FIRST, A2, \h
    advance F_A, SA, \h
.endm

#endif
