/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updates of W with an optimiser, at batch 1: matvec.h, the bits of c/matvec_host.c. W is cut into blocks of 4 columns,
 * then single ones; a block's x and its sums stay in registers from its first row to its last.
 */
#include "platform/xpulp.h"

/* struct tl_matvec */
#define MV_W       0
#define MV_PITCH   4
#define MV_ROWS    8
#define MV_COLS    12
#define MV_X       16
#define MV_DY      20
#define MV_INIT    24
#define MV_Y       28
#define MV_STATE   32
#define MV_OPTIONS 40

/* In the frame: pointers into x, init (or 0) and y. */
#define FRAME 64
#define AT_X  52
#define AT_I  56
#define AT_Y  60

#define X0 s0
#define X1 s1
#define X2 s2
#define X3 s3
#define S0 s4
#define S1 s5
#define S2 s6
#define S3 s7
/* The element of dy; five to work with; the optimiser's settings. */
#define V  a0
#define T0 a1
#define T1 a2
#define T2 a3
#define T3 a4
#define T4 a5
#define K0 s8
#define K1 s9
#define K2 s10
#define K3 s11
#define K4 a6
#define K5 a7
#define SW t0   /* pitch */
#define N t1    /* rows */
#define LEFT t2 /* columns */
#define SPAN t3 /* bytes of N rows */
#define PW t4
#define PA t5
#define PB t6
#define PV ra

/*
 * Column `at` / 4 of a block: its x and its sum; `last`: of the row. `sums` is 1 or 0. The optimisers' own kernels
 * (optim_pulp.S) do the same with a gradient from memory.
 */
.macro back reg, at, pointer, last
    .if \last
    p_sw_r \reg, SW, \pointer
    .else
    sw \reg, \at(\pointer)
    .endif
.endm
.macro column_decay x, s, at, sums, last
    lw T1, \at(PW)
    fmul.s T2, V, \x
    fmadd.s T2, K2, T1, T2
    .if \sums
    fmadd.s \s, T1, V, \s
    .endif
    fnmsub.s T1, K0, T2, T1
    back T1, \at, PW, \last
.endm
.macro column_momentum x, s, at, sums, last
    lw T0, \at(PA)
    lw T1, \at(PW)
    fmul.s T2, V, \x
    fmadd.s T0, K1, T0, T2
    .if \sums
    fmadd.s \s, T1, V, \s
    .endif
    fnmsub.s T1, K0, T0, T1
    back T0, \at, PA, \last
    back T1, \at, PW, \last
.endm
.macro column_momentum_decay x, s, at, sums, last
    lw T1, \at(PW)
    lw T0, \at(PA)
    fmul.s T2, V, \x
    fmadd.s T2, K2, T1, T2
    fmadd.s T0, K1, T0, T2
    .if \sums
    fmadd.s \s, T1, V, \s
    .endif
    fnmsub.s T1, K0, T0, T1
    back T0, \at, PA, \last
    back T1, \at, PW, \last
.endm
.macro column_adam x, s, at, sums, last
    lw T0, \at(PA)
    lw T1, \at(PB)
    fmul.s T2, V, \x
    lw T3, \at(PW)
    fsub.s T4, T2, T0
    fmadd.s T0, K0, T4, T0
    fmsub.s T2, T2, T2, T1
    fmadd.s T1, K1, T2, T1
    .if \sums
    fmadd.s \s, T3, V, \s
    .endif
    back T0, \at, PA, \last
    back T1, \at, PB, \last
    fsqrt.s T1, T1
    fmadd.s T1, T1, K2, K5
    fdiv.s T0, T0, T1
    fmul.s T3, K4, T3
    fnmsub.s T3, K3, T0, T3
    back T3, \at, PW, \last
.endm

/* Pointers to the next columns, from behind the last row of these. */
.macro next_block bytes
    addi T0, SPAN, -\bytes
    sub PW, PW, T0
    sub PA, PA, T0
    sub PB, PB, T0
    slli T0, N, 2
    sub PV, PV, T0
.endm

/* A sum starts at init or at -0. */
.macro start_sums n
    lw T0, AT_I(sp)
    lui S0, 0x80000
    .if \n == 4
    mv S1, S0
    mv S2, S0
    mv S3, S0
    .endif
    beqz T0, 1f
    lw S0, 0(T0)
    .if \n == 4
    lw S1, 4(T0)
    lw S2, 8(T0)
    lw S3, 12(T0)
    .endif
    addi T0, T0, 4 * \n
    sw T0, AT_I(sp)
1:
.endm

.macro update rule, sums, name, settings
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
    addi sp, sp, -FRAME
    .set saved, 0
    .irp r, ra, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    sw \r, saved(sp)
    .set saved, saved + 4
    .endr
    lw T0, MV_X(a0)
    lw T1, MV_INIT(a0)
    lw T2, MV_Y(a0)
    lw T3, MV_OPTIONS(a0)
    sw T0, AT_X(sp)
    sw T1, AT_I(sp)
    sw T2, AT_Y(sp)
    .set loaded, 0
    .irp r, K0, K1, K2, K3, K4, K5
    .if loaded < \settings
    lw \r, 4 * loaded(T3)
    .endif
    .set loaded, loaded + 1
    .endr
    lw PW, MV_W(a0)
    lw SW, MV_PITCH(a0)
    lw N, MV_ROWS(a0)
    lw LEFT, MV_COLS(a0)
    lw PV, MV_DY(a0)
    lw PA, MV_STATE(a0)
    lw PB, MV_STATE + 4(a0)
    mul SPAN, SW, N
    addi LEFT, LEFT, -4
    bltz LEFT, 3f
2:
    lw T0, AT_X(sp)
    lw X0, 0(T0)
    lw X1, 4(T0)
    lw X2, 8(T0)
    lw X3, 12(T0)
    addi T0, T0, 16
    sw T0, AT_X(sp)
    .if \sums
    start_sums 4
    .endif
    xp_loop 0, N, \name\()_4
    p_lw_i V, 4, PV
    column_\rule X1, S1, 4, \sums, 0
    column_\rule X2, S2, 8, \sums, 0
    column_\rule X3, S3, 12, \sums, 0
    column_\rule X0, S0, 0, \sums, 1
    xp_loop_end \name\()_4
    .if \sums
    lw T0, AT_Y(sp)
    sw S0, 0(T0)
    sw S1, 4(T0)
    sw S2, 8(T0)
    sw S3, 12(T0)
    addi T0, T0, 16
    sw T0, AT_Y(sp)
    .endif
    next_block 16
    addi LEFT, LEFT, -4
    bgez LEFT, 2b
3:
    addi LEFT, LEFT, 4
    beqz LEFT, 5f
4:
    lw T0, AT_X(sp)
    lw X0, 0(T0)
    addi T0, T0, 4
    sw T0, AT_X(sp)
    .if \sums
    start_sums 1
    .endif
    xp_loop 0, N, \name\()_1
    p_lw_i V, 4, PV
    column_\rule X0, S0, 0, \sums, 1
    xp_loop_end \name\()_1
    .if \sums
    lw T0, AT_Y(sp)
    p_sw_i S0, 4, T0
    sw T0, AT_Y(sp)
    .endif
    next_block 4
    addi LEFT, LEFT, -1
    bnez LEFT, 4b
5:
    .set saved, 0
    .irp r, ra, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    lw \r, saved(sp)
    .set saved, saved + 4
    .endr
    addi sp, sp, FRAME
    ret
    .size \name, . - \name
.endm

/* Settings: the first members of tl_sgd (rate, momentum, decay) or tl_adam_numbers. */
    update momentum, 0, tl_outer_momentum_f32, 2
    update momentum, 1, tl_both_momentum_f32, 2
    update momentum_decay, 0, tl_outer_momentum_decay_f32, 3
    update momentum_decay, 1, tl_both_momentum_decay_f32, 3
    update adam, 0, tl_outer_adam_f32, 6
    update adam, 1, tl_both_adam_f32, 6
    update decay, 0, tl_outer_decay_f32, 3
    update decay, 1, tl_both_decay_f32, 3
