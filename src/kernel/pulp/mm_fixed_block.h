/* SPDX-License-Identifier: Apache-2.0 */
/* The steps and blocks of mm_fixed.h, whose registers and stack frame they use. */
#ifndef TL_KERNEL_PULP_MM_FIXED_BLOCK_H
#define TL_KERNEL_PULP_MM_FIXED_BLOCK_H

/* Assembler: not for clang-format. */
/* clang-format off */

/* A word that holds `count` times the stride: 0 a_m, 1 a_k, 2 b_n, 3 b_k. */
.macro mmf_site stride, count
.Lsite\@:
    .pushsection .rodata.mm_sites, "a", @progbits
    .word .Lsite\@
    .half \stride, \count
    .popsection
.endm
.macro mmf_reach value
    .if (\value) < -2048 || (\value) > 2047
    .error "mm_fixed: a stride is out of reach of the loads"
    .endif
.endm
.macro mmf_load rd, base, stride, count, value
    mmf_reach (\count)*(\value)
    mmf_site \stride, \count
    .word ((\count) * (\value) & 0xfff) << 20 | (\base) << 15 | 0x2003 | (\rd) << 7
.endm
.macro mmf_load_next rd, base, stride, value
    mmf_reach \value
    mmf_site \stride, 1
    .word ((\value) & 0xfff) << 20 | (\base) << 15 | 0x200b | (\rd) << 7
.endm
.macro mmf_mul rd, a, b
    .word 0x10007053 | (\b) << 20 | (\a) << 15 | (\rd) << 7
.endm
.macro mmf_mac rd, a, b
    .word 0x00007043 | (\rd) << 27 | (\b) << 20 | (\a) << 15 | (\rd) << 7
.endm
/* The first of a sum that starts at what stands in the column's last accumulator. */
.macro mmf_start rd, a, b
    .word 0x00007043 | (mmf_last) << 27 | (\b) << 20 | (\a) << 15 | (\rd) << 7
.endm

/* The block's column that is read as number `at`: the middle one comes last. */
.macro mmf_pick w, at
    .set mmf_col, (\at)
    .if (\at) >= \w / 2
    .set mmf_col, (\at) + 1
    .endif
    .if (\at) == \w - 1
    .set mmf_col, \w / 2
    .endif
.endm
.macro mmf_load_column w, at
    mmf_pick \w, \at
    .if (\at) == \w - 1
    mmf_load_next mmf_side + ((\at) & 1), mmf_pb, 3, mmf_b_k
    .else
    mmf_load mmf_side + ((\at) & 1), mmf_pb, 2, mmf_col - \w / 2, mmf_b_n
    .endif
.endm
.macro mmf_load_rows h
    .set mmf_i, 0
    .rept \h
    .if mmf_i != \h / 2
    mmf_load mmf_row + mmf_i, mmf_pa, 0, mmf_i - \h / 2, mmf_a_m
    .endif
    .set mmf_i, mmf_i + 1
    .endr
    mmf_load_next mmf_row + \h / 2, mmf_pa, 1, mmf_a_k
.endm
.macro mmf_column op, h, w, at
    mmf_pick \w, \at
    .set mmf_last, mmf_sum + mmf_col * \h + \h - 1
    .set mmf_i, 0
    .rept \h
    mmf_\op mmf_sum + mmf_col * \h + mmf_i, mmf_row + mmf_i, mmf_side + ((\at) & 1)
    .set mmf_i, mmf_i + 1
    .endr
.endm

/* One step of k. A loaded word is never used by the next instruction, but in 1x1. */
.macro mmf_step op, h, w
    .if \w == 1
    mmf_load_column 1, 0
    mmf_load_rows \h
    .else
    mmf_load_rows \h
    mmf_load_column \w, 0
    mmf_load_column \w, 1
    .endif
    .set mmf_at, 0
    .rept \w
    mmf_column \op, \h, \w, mmf_at
    .if mmf_at + 2 < \w
    mmf_load_column \w, mmf_at + 2
    .endif
    .set mmf_at, mmf_at + 1
    .endr
.endm

/*
 * Loads or stores the accumulators, along the rows: neighbours in memory stand in other banks, and the cores follow one
 * another through them. T0, or where mmf_at_c says another: pointer, T1: along a row, T2: on to the next one, T3: from
 * the last one on to the next block.
 */
.set mmf_at_c, 3
.macro mmf_walk insn, register, step, h, w
    .set mmf_i, 0
    .rept \h * \w
    .set mmf_by, 4
    .if mmf_i % \w == \w - 1
    .set mmf_by, 5
    .endif
    .if mmf_i == \h * \w - 1
    .set mmf_by, 6
    .endif
    .word \insn | mmf_at_c << 15 | (mmf_sum + mmf_i % \w * \h + mmf_i / \w) << \register | mmf_by << \step
    .set mmf_i, mmf_i + 1
    .endr
.endm
.macro mmf_load_sums h, w
    mmf_walk 0x2000700b, 7, 20, \h, \w
.endm
.macro mmf_store_sums h, w
    mmf_walk 0x0000602b, 20, 7, \h, \w
.endm
/* T2 for a block of w columns, where T1 is there. */
.macro mmf_row whole, row, w, nr
    .if \w == \nr
    lw T2, \whole(sp)
    .else
    lw T2, \row(sp)
    .rept \w - 1
    sub T2, T2, T1
    .endr
    .endif
.endm
/* One start value a column, for its last accumulator. */
.macro mmf_load_starts h, w
    lw T0, G_I(sp)
    lw T1, G_I_N(sp)
    .set mmf_i, \h - 1
    .rept \w
    .word 0x2000700b | 3 << 15 | (mmf_sum + mmf_i) << 7 | 4 << 20
    .set mmf_i, mmf_i + \h
    .endr
    sw T0, G_I(sp)
.endm

/* \rd = \rs * \by; not \rd = \rs, where \by is 5. A mul takes longer. */
.macro mmf_times rd, rs, by
    .if \by == 4
    slli \rd, \rs, 2
    .elseif \by == 5
    slli \rd, \rs, 2
    add \rd, \rd, \rs
    .else
    li \rd, \by
    mul \rd, \rd, \rs
    .endif
.endm

/* \rd = \rs / \by, rounded down; rs < 65536. */
.macro mmf_divide rd, rs, by
    .if \by == 1
    mv \rd, \rs
    .elseif \by == 2
    srli \rd, \rs, 1
    .elseif \by == 4
    srli \rd, \rs, 2
    .else
    li \rd, (1 << 18) / \by + 1
    mul \rd, \rd, \rs
    srli \rd, \rd, 18
    .endif
.endm

/*
 * Blocks of h x w: all whole ones of a strip, or the one block of the columns at its end. Then it goes on at \next.
 * Loop 1 goes over the runs and is entered behind its jump.
 */
.macro mmf_block h, w, nr, next
    lp_starti 1, .Lrun\@
    lp_endi 1, .Lend\@
    lp_starti 0, .Lfirst\@
    lp_endi 0, .Lsummed\@
.Lblock\@:
    lw PA, G_A(sp)
    lw PB, G_B(sp)
    lw KC, G_KC(sp)
    .if \w == \nr
    lw T0, G_B_STEP(sp)
    add T0, T0, PB
    sw T0, G_B(sp)
    .elseif \w / 2 != \nr / 2
    lw T0, G_B_N(sp)
    .rept \nr / 2 - \w / 2
    sub PB, PB, T0
    .endr
    .endif
    /* blez: written so, the assembler leaves it as long as it is, and knows how far the loops' ends are. */
    .insn b 0x63, 5, zero, KC, .Lload\@
    mmf_load_starts \h, \w
    mmf_step start, \h, \w
.Lsum\@:
    lw T0, G_RUNS(sp)
    lp_count 0, KC
    lw KC, G_JUMP(sp)
    lp_count 1, T0
    j .Lfirst\@
.Lrun\@:
    p_lw_i T0, 4, KC
    p_lw_i T1, 4, KC
    add PA, PA, T0
    add PB, PB, T1
    lp_count 0, T2
.Lfirst\@:
    mmf_step mac, \h, \w
.Lsummed\@:
    lw T2, G_K(sp)
    lw T3, G_C_NEXT(sp)
.Lend\@:
    lw T0, G_C(sp)
    lw T1, G_C_N(sp)
    mmf_row G_C_ROW, G_C_M, \w, \nr
    mmf_store_sums \h, \w
    .if \w == \nr
    lw T1, G_C_END(sp)
    sw T0, G_C(sp)
    bne T0, T1, .Lblock\@
    .endif
    j \next
.Lload\@:
    lw T0, G_I(sp)
    lw T1, G_I_N(sp)
    lw T3, G_I_NEXT(sp)
    mmf_row G_I_ROW, G_I_M, \w, \nr
    lw KC, G_K(sp)
    mmf_load_sums \h, \w
    sw T0, G_I(sp)
    j .Lsum\@
.endm

/*
 * T0 blocks of h x w of one run. Two hardware loops, and beside the steps just the stores and nine instructions a
 * block. What sums start at is \op: mul, their first product; start, a value a column (w + 3 instructions); mac, what
 * is loaded for each of them (h * w + 5). PA, PB: the first block; KC: the steps left, k - 1 or, for mac, k.
 */
.macro mmf_blocks h, w, nr, op
    lp_starti 0, .Lfirst\@
    lp_endi 0, .Lsummed\@
    .if \h < 5 /* a register is left */
    lw CP, G_C(sp)
    .endif
    .balign 16 /* measured: lines of the instruction cache are as long */
    xp_loop 1, T0, blocks\@
    .ifc \op, mac
    lw T0, G_I(sp)
    lw T1, G_I_N(sp)
    lw T3, G_I_NEXT(sp)
    mmf_row G_I_ROW, G_I_M, \w, \nr
    mmf_load_sums \h, \w
    sw T0, G_I(sp)
    .else
    .ifc \op, start
    mmf_load_starts \h, \w
    .endif
    mmf_step \op, \h, \w
    .endif
    lp_count 0, KC
.Lfirst\@:
    mmf_step mac, \h, \w
.Lsummed\@:
    lw T3, G_B_NEXT(sp)
    .if \h == 5
    lw T0, G_C(sp)
    .endif
    lw T1, G_C_N(sp)
    lw PA, G_A(sp)
    add PB, PB, T3
    mmf_row G_C_ROW, G_C_M, \w, \nr
    lw T3, G_C_NEXT(sp)
    .if \h == 5
    mmf_store_sums \h, \w
    sw T0, G_C(sp)
    xp_loop_end blocks\@
    .else
    .set mmf_at_c, 7
    mmf_store_sums \h, \w
    .set mmf_at_c, 3
    xp_loop_end blocks\@
    sw CP, G_C(sp)
    .endif
.endm

#endif
