/* SPDX-License-Identifier: Apache-2.0 */
/* Registers and inner steps of matvec_pulp.S, as assembler macros. */
#ifndef TL_KERNEL_PULP_MATVEC_PULP_H
#define TL_KERNEL_PULP_MATVEC_PULP_H

/* Assembler: not for clang-format. */
/* clang-format off */

#include "platform/xpulp.h"

/* Sixteen sums; or the block's part of x, and behind it eight sums. */
#define C0 s0
#define C1 s1
#define C2 s2
#define C3 s3
#define C4 s4
#define C5 s5
#define C6 s6
#define C7 s7
#define C8 s8
#define C9 s9
#define C10 s10
#define C11 a4
#define C12 a5
#define C13 a6
#define C14 a7
#define C15 t5
/* The vector's element, and three elements of W in turn. */
#define V a0
#define T0 a1
#define T1 a2
#define T2 a3
#define PW t6  /* pointer into W */
#define PV s11 /* pointer into the vector that runs with the loop, and where it starts */
#define PV_FIRST gp
#define SW t0  /* pitch */
#define RW t1  /* 4 - (h - 1) * pitch: from a block's last row on to its next column */
#define PX t1  /* pointer into x, where columns are what is shared out */
#define N t2   /* steps of the loop */
#define LEFT t3
#define BASE t4
#define PI ra  /* pointer into init; 0: none */
#define PY tp

/* The block of 12 columns: x, and behind it the sums; it comes last, so all that leads on is free. */
#define D0 C0
#define D1 C1
#define D2 C2
#define D3 C3
#define D4 C4
#define D5 C5
#define D6 C6
#define D7 C7
#define D8 C8
#define D9 C9
#define D10 C10
#define D11 C11
#define D12 C12
#define D13 C13
#define D14 C14
#define D15 C15
#define D16 T2
#define D17 PX
#define D18 N
#define D19 LEFT
#define D20 BASE
#define D21 PV_FIRST
#define D22 PY
#define D23 PI

/*
 * A step of a loop. rows: h rows by one column, down the rows by post-increment. cols, outer, both: w columns of one row;
 * the first comes last, as its access goes on to the next row.
 */
.macro step_rows16
    p_lw_i V, 4, PV
    p_lw_r T0, SW, PW
    p_lw_r T1, SW, PW
    p_lw_r T2, SW, PW
    fmadd.s C0, T0, V, C0
    p_lw_r T0, SW, PW
    fmadd.s C1, T1, V, C1
    p_lw_r T1, SW, PW
    fmadd.s C2, T2, V, C2
    p_lw_r T2, SW, PW
    fmadd.s C3, T0, V, C3
    p_lw_r T0, SW, PW
    fmadd.s C4, T1, V, C4
    p_lw_r T1, SW, PW
    fmadd.s C5, T2, V, C5
    p_lw_r T2, SW, PW
    fmadd.s C6, T0, V, C6
    p_lw_r T0, SW, PW
    fmadd.s C7, T1, V, C7
    p_lw_r T1, SW, PW
    fmadd.s C8, T2, V, C8
    p_lw_r T2, SW, PW
    fmadd.s C9, T0, V, C9
    p_lw_r T0, SW, PW
    fmadd.s C10, T1, V, C10
    p_lw_r T1, SW, PW
    fmadd.s C11, T2, V, C11
    p_lw_r T2, SW, PW
    fmadd.s C12, T0, V, C12
    p_lw_r T0, RW, PW
    fmadd.s C13, T1, V, C13
    fmadd.s C14, T2, V, C14
    fmadd.s C15, T0, V, C15
.endm
.macro step_rows8
    p_lw_i V, 4, PV
    p_lw_r T0, SW, PW
    p_lw_r T1, SW, PW
    p_lw_r T2, SW, PW
    fmadd.s C0, T0, V, C0
    p_lw_r T0, SW, PW
    fmadd.s C1, T1, V, C1
    p_lw_r T1, SW, PW
    fmadd.s C2, T2, V, C2
    p_lw_r T2, SW, PW
    fmadd.s C3, T0, V, C3
    p_lw_r T0, SW, PW
    fmadd.s C4, T1, V, C4
    p_lw_r T1, RW, PW
    fmadd.s C5, T2, V, C5
    fmadd.s C6, T0, V, C6
    fmadd.s C7, T1, V, C7
.endm
.macro step_rows4
    p_lw_i V, 4, PV
    p_lw_r T0, SW, PW
    p_lw_r T1, SW, PW
    p_lw_r T2, SW, PW
    fmadd.s C0, T0, V, C0
    p_lw_r T0, RW, PW
    fmadd.s C1, T1, V, C1
    fmadd.s C2, T2, V, C2
    fmadd.s C3, T0, V, C3
.endm
.macro step_rows2
    p_lw_i V, 4, PV
    p_lw_r T0, SW, PW
    p_lw_r T1, RW, PW
    fmadd.s C0, T0, V, C0
    fmadd.s C1, T1, V, C1
.endm
.macro step_rows1
    p_lw_i V, 4, PV
    p_lw_r T0, RW, PW
    fmadd.s C0, T0, V, C0
.endm
/* Two columns at once: no load is waited for. */
.macro step_rows1_twice
    p_lw_i V, 4, PV
    p_lw_r T0, RW, PW
    p_lw_i T1, 4, PV
    p_lw_r T2, RW, PW
    fmadd.s C0, T0, V, C0
    fmadd.s C0, T2, T1, C0
.endm
.macro step_cols16
    p_lw_i V, 4, PV
    lw T0, 4(PW)
    lw T1, 8(PW)
    lw T2, 12(PW)
    fmadd.s C1, T0, V, C1
    lw T0, 16(PW)
    fmadd.s C2, T1, V, C2
    lw T1, 20(PW)
    fmadd.s C3, T2, V, C3
    lw T2, 24(PW)
    fmadd.s C4, T0, V, C4
    lw T0, 28(PW)
    fmadd.s C5, T1, V, C5
    lw T1, 32(PW)
    fmadd.s C6, T2, V, C6
    lw T2, 36(PW)
    fmadd.s C7, T0, V, C7
    lw T0, 40(PW)
    fmadd.s C8, T1, V, C8
    lw T1, 44(PW)
    fmadd.s C9, T2, V, C9
    lw T2, 48(PW)
    fmadd.s C10, T0, V, C10
    lw T0, 52(PW)
    fmadd.s C11, T1, V, C11
    lw T1, 56(PW)
    fmadd.s C12, T2, V, C12
    lw T2, 60(PW)
    fmadd.s C13, T0, V, C13
    p_lw_r T0, SW, PW
    fmadd.s C14, T1, V, C14
    fmadd.s C15, T2, V, C15
    fmadd.s C0, T0, V, C0
.endm
.macro step_cols8
    p_lw_i V, 4, PV
    lw T0, 4(PW)
    lw T1, 8(PW)
    lw T2, 12(PW)
    fmadd.s C1, T0, V, C1
    lw T0, 16(PW)
    fmadd.s C2, T1, V, C2
    lw T1, 20(PW)
    fmadd.s C3, T2, V, C3
    lw T2, 24(PW)
    fmadd.s C4, T0, V, C4
    lw T0, 28(PW)
    fmadd.s C5, T1, V, C5
    p_lw_r T1, SW, PW
    fmadd.s C6, T2, V, C6
    fmadd.s C7, T0, V, C7
    fmadd.s C0, T1, V, C0
.endm
.macro step_cols4
    p_lw_i V, 4, PV
    lw T0, 4(PW)
    lw T1, 8(PW)
    lw T2, 12(PW)
    fmadd.s C1, T0, V, C1
    p_lw_r T0, SW, PW
    fmadd.s C2, T1, V, C2
    fmadd.s C3, T2, V, C3
    fmadd.s C0, T0, V, C0
.endm
.macro step_cols2
    p_lw_i V, 4, PV
    lw T0, 4(PW)
    p_lw_r T1, SW, PW
    fmadd.s C1, T0, V, C1
    fmadd.s C0, T1, V, C0
.endm
.macro step_cols1
    p_lw_i V, 4, PV
    p_lw_r T0, SW, PW
    fmadd.s C0, T0, V, C0
.endm
.macro step_outer16
    p_lw_i V, 4, PV
    lw T0, 4(PW)
    lw T1, 8(PW)
    lw T2, 12(PW)
    fnmsub.s T0, V, C1, T0
    sw T0, 4(PW)
    lw T0, 16(PW)
    fnmsub.s T1, V, C2, T1
    sw T1, 8(PW)
    lw T1, 20(PW)
    fnmsub.s T2, V, C3, T2
    sw T2, 12(PW)
    lw T2, 24(PW)
    fnmsub.s T0, V, C4, T0
    sw T0, 16(PW)
    lw T0, 28(PW)
    fnmsub.s T1, V, C5, T1
    sw T1, 20(PW)
    lw T1, 32(PW)
    fnmsub.s T2, V, C6, T2
    sw T2, 24(PW)
    lw T2, 36(PW)
    fnmsub.s T0, V, C7, T0
    sw T0, 28(PW)
    lw T0, 40(PW)
    fnmsub.s T1, V, C8, T1
    sw T1, 32(PW)
    lw T1, 44(PW)
    fnmsub.s T2, V, C9, T2
    sw T2, 36(PW)
    lw T2, 48(PW)
    fnmsub.s T0, V, C10, T0
    sw T0, 40(PW)
    lw T0, 52(PW)
    fnmsub.s T1, V, C11, T1
    sw T1, 44(PW)
    lw T1, 56(PW)
    fnmsub.s T2, V, C12, T2
    sw T2, 48(PW)
    lw T2, 60(PW)
    fnmsub.s T0, V, C13, T0
    sw T0, 52(PW)
    lw T0, 0(PW)
    fnmsub.s T1, V, C14, T1
    sw T1, 56(PW)
    fnmsub.s T2, V, C15, T2
    sw T2, 60(PW)
    fnmsub.s T0, V, C0, T0
    p_sw_r T0, SW, PW
.endm
.macro step_outer8
    p_lw_i V, 4, PV
    lw T0, 4(PW)
    lw T1, 8(PW)
    lw T2, 12(PW)
    fnmsub.s T0, V, C1, T0
    sw T0, 4(PW)
    lw T0, 16(PW)
    fnmsub.s T1, V, C2, T1
    sw T1, 8(PW)
    lw T1, 20(PW)
    fnmsub.s T2, V, C3, T2
    sw T2, 12(PW)
    lw T2, 24(PW)
    fnmsub.s T0, V, C4, T0
    sw T0, 16(PW)
    lw T0, 28(PW)
    fnmsub.s T1, V, C5, T1
    sw T1, 20(PW)
    lw T1, 0(PW)
    fnmsub.s T2, V, C6, T2
    sw T2, 24(PW)
    fnmsub.s T0, V, C7, T0
    sw T0, 28(PW)
    fnmsub.s T1, V, C0, T1
    p_sw_r T1, SW, PW
.endm
.macro step_outer4
    p_lw_i V, 4, PV
    lw T0, 4(PW)
    lw T1, 8(PW)
    lw T2, 12(PW)
    fnmsub.s T0, V, C1, T0
    sw T0, 4(PW)
    lw T0, 0(PW)
    fnmsub.s T1, V, C2, T1
    sw T1, 8(PW)
    fnmsub.s T2, V, C3, T2
    sw T2, 12(PW)
    fnmsub.s T0, V, C0, T0
    p_sw_r T0, SW, PW
.endm
.macro step_outer2
    p_lw_i V, 4, PV
    lw T0, 4(PW)
    lw T1, 0(PW)
    fnmsub.s T0, V, C1, T0
    sw T0, 4(PW)
    fnmsub.s T1, V, C0, T1
    p_sw_r T1, SW, PW
.endm
.macro step_outer1
    p_lw_i V, 4, PV
    lw T0, 0(PW)
    fnmsub.s T0, V, C0, T0
    p_sw_r T0, SW, PW
.endm
.macro step_both8
    p_lw_i V, 4, PV
    lw T0, 4(PW)
    lw T1, 8(PW)
    fmadd.s C9, T0, V, C9
    lw T2, 12(PW)
    fnmsub.s T0, V, C1, T0
    sw T0, 4(PW)
    fmadd.s C10, T1, V, C10
    lw T0, 16(PW)
    fnmsub.s T1, V, C2, T1
    sw T1, 8(PW)
    fmadd.s C11, T2, V, C11
    lw T1, 20(PW)
    fnmsub.s T2, V, C3, T2
    sw T2, 12(PW)
    fmadd.s C12, T0, V, C12
    lw T2, 24(PW)
    fnmsub.s T0, V, C4, T0
    sw T0, 16(PW)
    fmadd.s C13, T1, V, C13
    lw T0, 28(PW)
    fnmsub.s T1, V, C5, T1
    sw T1, 20(PW)
    fmadd.s C14, T2, V, C14
    lw T1, 0(PW)
    fnmsub.s T2, V, C6, T2
    sw T2, 24(PW)
    fmadd.s C15, T0, V, C15
    fnmsub.s T0, V, C7, T0
    sw T0, 28(PW)
    fmadd.s C8, T1, V, C8
    fnmsub.s T1, V, C0, T1
    p_sw_r T1, SW, PW
.endm
.macro step_both4
    p_lw_i V, 4, PV
    lw T0, 4(PW)
    lw T1, 8(PW)
    fmadd.s C9, T0, V, C9
    lw T2, 12(PW)
    fnmsub.s T0, V, C1, T0
    sw T0, 4(PW)
    fmadd.s C10, T1, V, C10
    lw T0, 0(PW)
    fnmsub.s T1, V, C2, T1
    sw T1, 8(PW)
    fmadd.s C11, T2, V, C11
    fnmsub.s T2, V, C3, T2
    sw T2, 12(PW)
    fmadd.s C8, T0, V, C8
    fnmsub.s T0, V, C0, T0
    p_sw_r T0, SW, PW
.endm
.macro step_both2
    p_lw_i V, 4, PV
    lw T0, 4(PW)
    lw T1, 0(PW)
    fmadd.s C9, T0, V, C9
    fnmsub.s T0, V, C1, T0
    sw T0, 4(PW)
    fmadd.s C8, T1, V, C8
    fnmsub.s T1, V, C0, T1
    p_sw_r T1, SW, PW
.endm
.macro step_both1
    p_lw_i V, 4, PV
    lw T0, 0(PW)
    fmadd.s C8, T0, V, C8
    fnmsub.s T0, V, C0, T0
    p_sw_r T0, SW, PW
.endm
/* Twelve columns: D0 to D11 are x, D12 and on the sums, in whatever is free between the loop's ends. */
.macro step_both12
    p_lw_i V, 4, PV
    lw T0, 4(PW)
    lw T1, 8(PW)
    fmadd.s D13, T0, V, D13
    fnmsub.s T0, V, D1, T0
    sw T0, 4(PW)
    lw T0, 12(PW)
    fmadd.s D14, T1, V, D14
    fnmsub.s T1, V, D2, T1
    sw T1, 8(PW)
    lw T1, 16(PW)
    fmadd.s D15, T0, V, D15
    fnmsub.s T0, V, D3, T0
    sw T0, 12(PW)
    lw T0, 20(PW)
    fmadd.s D16, T1, V, D16
    fnmsub.s T1, V, D4, T1
    sw T1, 16(PW)
    lw T1, 24(PW)
    fmadd.s D17, T0, V, D17
    fnmsub.s T0, V, D5, T0
    sw T0, 20(PW)
    lw T0, 28(PW)
    fmadd.s D18, T1, V, D18
    fnmsub.s T1, V, D6, T1
    sw T1, 24(PW)
    lw T1, 32(PW)
    fmadd.s D19, T0, V, D19
    fnmsub.s T0, V, D7, T0
    sw T0, 28(PW)
    lw T0, 36(PW)
    fmadd.s D20, T1, V, D20
    fnmsub.s T1, V, D8, T1
    sw T1, 32(PW)
    lw T1, 40(PW)
    fmadd.s D21, T0, V, D21
    fnmsub.s T0, V, D9, T0
    sw T0, 36(PW)
    lw T0, 44(PW)
    fmadd.s D22, T1, V, D22
    fnmsub.s T1, V, D10, T1
    sw T1, 40(PW)
    lw T1, 0(PW)
    fmadd.s D23, T0, V, D23
    fnmsub.s T0, V, D11, T0
    sw T0, 44(PW)
    fmadd.s D12, T1, V, D12
    fnmsub.s T1, V, D0, T1
    p_sw_r T1, SW, PW
.endm

#endif
