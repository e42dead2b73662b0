/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matrix-vector kernels: matvec.h, the bits of c/matvec_host.c, figures in docs/kernels.md. W is cut into blocks of 16
 * rows (columns), then 8, 4, 2 and 1; matvec_outer, which keeps x and its sums in registers, has 8 columns at the most, but 12 where these are the last ones.
 * A block's sums stay in registers from its first column (row) to its last.
 */
#include "src/kernel/pulp/matvec_pulp.h"

/* struct tl_matvec */
#define MV_W     0
#define MV_PITCH 4
#define MV_ROWS  8
#define MV_COLS  12
#define MV_X     16
#define MV_DY    20
#define MV_INIT  24
#define MV_Y     28

#define FRAME 64

.macro enter name
    .section .text.\name, "ax", @progbits
    .option norelax
    .option norvc
    .globl \name
    .type \name, @function
    .balign 16
\name:
    xp_short
    addi sp, sp, -FRAME
    .set saved, 0
    .irp r, ra, gp, tp, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    sw \r, saved(sp)
    .set saved, saved + 4
    .endr
    lw BASE, MV_W(a0)
    lw SW, MV_PITCH(a0)
    xp_long
.endm
.macro leave name
    xp_short
    .set saved, 0
    .irp r, ra, gp, tp, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    lw \r, saved(sp)
    .set saved, saved + 4
    .endr
    addi sp, sp, FRAME
    ret
    xp_long
    .size \name, . - \name
.endm

/* C0 and on, n of them, loaded or stored one behind the other. */
.macro words insn, n, pointer
    .set todo, \n
    .irp r, C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15
    .if todo > 0
    \insn \r, 4, \pointer
    .endif
    .set todo, todo - 1
    .endr
.endm
.macro sums insn, n, pointer
    .set todo, \n
    .irp r, C8, C9, C10, C11, C12, C13, C14, C15
    .if todo > 0
    \insn \r, 4, \pointer
    .endif
    .set todo, todo - 1
    .endr
.endm
.macro minus_zero reg, step, pointer
    lui \reg, 0x80000
.endm

/*
 * Sums start at init or at -0: fma(a, b, -0) has the bits of a * b. `which`: words or sums. The case without init stands
 * behind the function, so that loops and what is between them fit into the core's own cache.
 */
.macro start which, n
    beqz PI, 7f
    \which p_lw_i, \n, PI
8:
    .subsection 1
7:
    \which minus_zero, \n, PI
    j 8b
    .subsection 0
.endm

.macro rows_block h, log
    slli T0, SW, \log
    sub RW, SW, T0
    addi RW, RW, 4
    mv PW, BASE
    mv PV, PV_FIRST
    add BASE, BASE, T0
    start words, \h
    xp_loop 0, N, rows\h
    step_rows\h
    xp_loop_end rows\h
    words p_sw_i, \h, PY
.endm
/* The last row by itself. */
.macro last_row
    andi T0, LEFT, 1
    beqz T0, 3f
    li RW, 4
    mv PW, BASE
    mv PV, PV_FIRST
    start words, 1
    srli T0, N, 1
    beqz T0, 1f
    xp_loop 0, T0, rows1_twice
    step_rows1_twice
    xp_loop_end rows1_twice
1:
    andi T0, N, 1
    beqz T0, 2f
    step_rows1
2:
    sw C0, 0(PY)
3:
.endm
.macro cols_block w, log
    mv PW, BASE
    mv PV, PV_FIRST
    addi BASE, BASE, 4 * \w
    start words, \w
    xp_loop 0, N, cols\w
    step_cols\w
    xp_loop_end cols\w
    words p_sw_i, \w, PY
.endm
.macro outer_block w, log
    mv PW, BASE
    mv PV, PV_FIRST
    addi BASE, BASE, 4 * \w
    words p_lw_i, \w, PX
    xp_loop 0, N, outer\w
    step_outer\w
    xp_loop_end outer\w
.endm
.macro both_block w, log
    mv PW, BASE
    mv PV, PV_FIRST
    addi BASE, BASE, 4 * \w
    words p_lw_i, \w, PX
    start sums, \w
    xp_loop 0, N, both\w
    step_both\w
    xp_loop_end both\w
    sums p_sw_i, \w, PY
.endm
/* The last 12 columns in one pass. */
.macro both_last12
    sw PY, 60(sp)
    mv PW, BASE
    mv PV, PV_FIRST
    mv V, PI
    .irp r, D0, D1, D2, D3, D4, D5, D6, D7, D8, D9, D10, D11
    p_lw_i \r, 4, PX
    .endr
    lp_starti 0, .Lstep\@
    lp_endi 0, .Lsummed\@
    lp_count 0, N
    /* beqz, of a length that the assembler knows at once. */
    .insn b 0x63, 0, V, zero, .Lzero\@
    .irp r, D12, D13, D14, D15, D16, D17, D18, D19, D20, D21, D22, D23
    p_lw_i \r, 4, V
    .endr
.Lstep\@:
    step_both12
.Lsummed\@:
    lw V, 60(sp)
    .irp r, D12, D13, D14, D15, D16, D17, D18, D19, D20, D21, D22, D23
    p_sw_i \r, 4, V
    .endr
    .subsection 1
.Lzero\@:
    .irp r, D12, D13, D14, D15, D16, D17, D18, D19, D20, D21, D22, D23
    lui \r, 0x80000
    .endr
    j .Lstep\@
    .subsection 0
.endm

/* Blocks of `size` as long as there are as many left, and one each of the smaller sizes. */
.macro most kind, size, log
    li T0, \size
    blt LEFT, T0, 2f
1:
    \kind\()_block \size, \log
    addi LEFT, LEFT, -\size
    li T0, \size
    bge LEFT, T0, 1b
2:
.endm
.macro rest kind, size, log
    andi T0, LEFT, \size
    beqz T0, 3f
    \kind\()_block \size, \log
3:
.endm

    enter tl_matvec_f32
    lw LEFT, MV_ROWS(a0)
    lw N, MV_COLS(a0)
    lw PV_FIRST, MV_X(a0)
    lw PI, MV_INIT(a0)
    lw PY, MV_Y(a0)
    most rows, 16, 4
    rest rows, 8, 3
    rest rows, 4, 2
    rest rows, 2, 1
    last_row
    leave tl_matvec_f32

    enter tl_matvec_t_f32
    lw LEFT, MV_COLS(a0)
    lw N, MV_ROWS(a0)
    lw PV_FIRST, MV_DY(a0)
    lw PI, MV_INIT(a0)
    lw PY, MV_Y(a0)
    most cols, 16, 4
    rest cols, 8, 3
    rest cols, 4, 2
    rest cols, 2, 1
    rest cols, 1, 0
    leave tl_matvec_t_f32

    enter tl_outer_f32
    lw LEFT, MV_COLS(a0)
    lw N, MV_ROWS(a0)
    lw PV_FIRST, MV_DY(a0)
    lw PX, MV_X(a0)
    most outer, 16, 4
    rest outer, 8, 3
    rest outer, 4, 2
    rest outer, 2, 1
    rest outer, 1, 0
    leave tl_outer_f32

    enter tl_matvec_outer_f32
    lw LEFT, MV_COLS(a0)
    lw N, MV_ROWS(a0)
    lw PV_FIRST, MV_DY(a0)
    lw PX, MV_X(a0)
    lw PI, MV_INIT(a0)
    lw PY, MV_Y(a0)
    j 5f
4:
    both_block 8, 3
    addi LEFT, LEFT, -8
5:
    li T0, 12
    beq LEFT, T0, 6f
    li T0, 8
    bge LEFT, T0, 4b
    rest both, 4, 2
    rest both, 2, 1
    rest both, 1, 0
    j 9f
6:
    both_last12
9:
    leave tl_matvec_outer_f32
