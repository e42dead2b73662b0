/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels for matrices that come in pieces: matvec_stream.h, the bits of c/matvec_stream_host.c. `next` is called
 * between pieces: it keeps s0 to s11, gp and tp; sums in other registers are put aside.
 */
#include "src/kernel/pulp/matvec_pulp.h"

/* struct tl_matvec_stream */
#define MS_NEXT   0
#define MS_OF     4
#define MS_PIECES 8
#define MS_PITCH  12
#define MS_X      16
#define MS_DY     20
#define MS_INIT   24
#define MS_Y      28

/* Registers saved; what is put aside; where the vector has got to, pieces left, next and of, y, pitch. */
#define FRAME   112
#define ASIDE   64
#define AT_NEXT 84
#define AT_OF   88
#define AT_LEFT 92
#define AT_Y    96
#define AT_SW   100

.macro enter name
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
    addi sp, sp, -FRAME
    .set saved, 0
    .irp r, ra, gp, tp, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    sw \r, saved(sp)
    .set saved, saved + 4
    .endr
    lw a1, MS_NEXT(a0)
    lw a2, MS_OF(a0)
    lw a3, MS_PIECES(a0)
    sw a1, AT_NEXT(sp)
    sw a2, AT_OF(sp)
    sw a3, AT_LEFT(sp)
    lw a1, MS_Y(a0)
    lw a2, MS_PITCH(a0)
    lw T2, MS_INIT(a0)
    sw a1, AT_Y(sp)
    sw a2, AT_SW(sp)
.endm
.macro leave name
    .set saved, 0
    .irp r, ra, gp, tp, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    lw \r, saved(sp)
    .set saved, saved + 4
    .endr
    addi sp, sp, FRAME
    ret
    .size \name, . - \name
.endm

/* Sums start at init (T2), or at -0: fma(a, b, -0) has the bits of a * b. */
.macro start regs:vararg
    beqz T2, 1f
    .irp r, \regs
    p_lw_i \r, 4, T2
    .endr
    j 2f
1:
    .irp r, \regs
    lui \r, 0x80000
    .endr
2:
.endm

/* The next piece: PW, N, and SW. C11 to C15 are put aside meanwhile. */
.macro fetch_piece
    .set at, ASIDE
    .irp r, C11, C12, C13, C14, C15
    sw \r, at(sp)
    .set at, at + 4
    .endr
    lw T0, AT_NEXT(sp)
    lw a0, AT_OF(sp)
    jalr ra, 0(T0)
    mv PW, a0
    mv N, a1
    .set at, ASIDE
    .irp r, C11, C12, C13, C14, C15
    lw \r, at(sp)
    .set at, at + 4
    .endr
    lw SW, AT_SW(sp)
.endm
.macro while_pieces
    lw T0, AT_LEFT(sp)
    addi T0, T0, -1
    sw T0, AT_LEFT(sp)
    bnez T0, 3b
.endm

.macro finish_sums regs:vararg
    lw T0, AT_Y(sp)
    .irp r, \regs
    p_sw_i \r, 4, T0
    .endr
.endm

    enter tl_matvec_stream16_f32
    lw PV, MS_X(a0)
    start C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15
    .balign 4
3:
    fetch_piece
    slli SW, N, 2
    slli T0, SW, 4
    sub RW, SW, T0
    addi RW, RW, 4
    xp_loop 0, N, stream_rows16
    step_rows16
    xp_loop_end stream_rows16
    while_pieces
    finish_sums C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15
    leave tl_matvec_stream16_f32

    enter tl_matvec_t_stream16_f32
    lw PV, MS_DY(a0)
    start C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15
    .balign 4
3:
    fetch_piece
    xp_loop 0, N, stream_cols16
    step_cols16
    xp_loop_end stream_cols16
    while_pieces
    finish_sums C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15
    leave tl_matvec_t_stream16_f32

    enter tl_matvec_outer_stream8_f32
    lw PV, MS_DY(a0)
    lw T0, MS_X(a0)
    start C8, C9, C10, C11, C12, C13, C14, C15
    .irp r, C0, C1, C2, C3, C4, C5, C6, C7
    p_lw_i \r, 4, T0
    .endr
    .balign 4
3:
    fetch_piece
    xp_loop 0, N, stream_both8
    step_both8
    xp_loop_end stream_both8
    while_pieces
    finish_sums C8, C9, C10, C11, C12, C13, C14, C15
    leave tl_matvec_outer_stream8_f32

    enter tl_outer_stream16_f32
    lw PV, MS_DY(a0)
    lw T0, MS_X(a0)
    .irp r, C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15
    p_lw_i \r, 4, T0
    .endr
    .balign 4
3:
    fetch_piece
    xp_loop 0, N, stream_outer16
    step_outer16
    xp_loop_end stream_outer16
    while_pieces
    leave tl_outer_stream16_f32
