/* SPDX-License-Identifier: Apache-2.0 */
/* Measured sequences of loads and stores. The names are those of timing_memory.def. */
#include "simtest_macros.h"

.option norvc

.macro repeated name, n, text:vararg
    begin \name
    start
    .rept \n
    \text
    .endr
    stop
.endm
/* n times `op reg, offset(a0)` from `first` on, `step` bytes apart. */
.macro streamed name, n, op, first, step
    begin \name
    start
    .set at, \first
    .rept \n
    \op a3, at(a0)
    .set at, at + \step
    .endr
    stop
.endm

    streamed lw_indep, 32, lw, 0, 4
    streamed lb_indep, 32, lb, 0, 1
    streamed lhu_indep, 32, lhu, 0, 2
    streamed sw_indep, 32, sw, 0, 4
    streamed sb_indep, 32, sb, 0, 1
    streamed lw_same, 32, lw, 0, 0
    streamed sw_same, 32, sw, 0, 0
    streamed lw_misaligned_1, 32, lw, 1, 0
    streamed lw_misaligned_2, 32, lw, 2, 0
    streamed lh_misaligned_in_word, 32, lh, 1, 0
    streamed lh_misaligned_cross, 32, lh, 3, 0
    streamed sw_misaligned_2, 32, sw, 2, 0
    streamed lw_stride64, 32, lw, 0, 60

.macro use_d0
    lw a3, 0(a0)
    addi a4, a3, 1
.endm
.macro use_d1
    lw a3, 0(a0)
    addi a5, a5, 1
    addi a4, a3, 1
.endm
.macro use_d2
    lw a3, 0(a0)
    addi a5, a5, 1
    addi a6, a6, 1
    addi a4, a3, 1
.endm
    repeated lw_use_d0, 16, use_d0
    repeated lw_use_d1, 8, use_d1
    repeated lw_use_d2, 8, use_d2

    begin lw_chase
    sw a0, 0(a0)
    start
    .rept 32
    lw a0, 0(a0)
    .endr
    stop

.macro store_after_alu
    addi a3, a3, 1
    sw a3, 0(a0)
.endm
.macro copy
    lw a3, 0(a0)
    sw a3, 4(a0)
.endm
.macro alternate
    lw a3, 0(a0)
    sw a4, 4(a0)
.endm
.macro store_load
    sw a4, 0(a0)
    lw a3, 0(a0)
.endm
    repeated sw_after_alu, 16, store_after_alu
    repeated lw_sw_copy, 16, copy
    repeated lw_sw_alternate, 16, alternate
    repeated sw_then_lw_same, 16, store_load

.macro post_use
    p_lw_post a3, 4, a0
    addi a4, a3, 1
.endm
.macro post_base
    p_lw_post a3, 4, a0
    addi a4, a0, 1
.endm
    repeated p_lw_postinc, 32, p_lw_post a3, 4, a0
    repeated p_lw_postinc_use_d0, 16, post_use
    repeated p_lw_postinc_base_d0, 16, post_base
    repeated p_lh_postinc, 32, p_lh_post a3, 2, a0
    repeated p_sw_postinc, 32, p_sw_post a3, 4, a0

    begin p_lw_rr
    li a4, 8
    start
    .rept 32
    p_lw_rr a3, a4, a0
    .endr
    stop

    begin p_lw_rr_postinc
    li a4, 4
    start
    .rept 32
    p_lw_rr_post a3, a4, a0
    .endr
    stop

    begin flw_indep
    start
    .set at, 0
    .rept 32
    flw_x a3, at, a0
    .set at, at + 4
    .endr
    stop

    begin fsw_indep
    start
    .set at, 0
    .rept 32
    fsw_x a3, at, a0
    .set at, at + 4
    .endr
    stop

/* The arguments: 12 word offsets, in a3 to a7, t3 to t6, and three more. */
    begin lw_rr_random
    lw a3, 0(a2)
    lw a4, 4(a2)
    lw a5, 8(a2)
    lw a6, 12(a2)
    lw a7, 16(a2)
    lw t3, 20(a2)
    lw t4, 24(a2)
    lw t5, 28(a2)
    lw t6, 32(a2)
    lw gp, 36(a2)
    lw tp, 40(a2)
    lw sp, 44(a2)
    start
    .rept 4
    .irp index, a3, a4, a5, a6, a7, t3, t4, t5, t6, gp, tp, sp
    p_lw_rr a1, \index, a0
    .endr
    .endr
    stop

.macro in_l2
    la a0, l2_buffer
    li a3, 260
    mul a3, a3, a1
    add a0, a0, a3
.endm
    begin lw_L2
    in_l2
    start
    .set at, 0
    .rept 16
    lw a3, at(a0)
    .set at, at + 4
    .endr
    stop

    begin sw_L2
    in_l2
    start
    .set at, 0
    .rept 16
    sw a3, at(a0)
    .set at, at + 4
    .endr
    stop

    begin lw_L2_same
    in_l2
    start
    .rept 16
    lw a3, 0(a0)
    .endr
    stop

    begin lw_tcdm_alias0
    li a3, L1
    sub a0, a0, a3
    start
    .set at, 0
    .rept 32
    lw a3, at(a0)
    .set at, at + 4
    .endr
    stop

    begin lw_eu_demux
    li a0, EU
    start
    .rept 16
    lw a3, 0(a0)
    .endr
    stop

    begin lw_eu_periph
    li a0, 0x10200800
    slli a3, a1, 6
    add a0, a0, a3
    start
    .rept 16
    lw a3, 0(a0)
    .endr
    stop

    begin lw_timer
    li a0, 0x10200408
    start
    .rept 16
    lw a3, 0(a0)
    .endr
    stop

/* The reference's name for it; what it reads is a register of the SoC's control unit. */
    begin sw_stdout
    li a0, 0x1A1040A0
    start
    .rept 8
    lw a3, 0(a0)
    .endr
    stop

/* 2048 loads in software loops of 8, alone or (argument 1) while core 0's DMA moves 16 KiB. */
    begin loads_during_dma
    lw a3, 0(a2)
    li a5, DMA
    li a6, 0x20000 | 0x40000 | 16384
    li a7, L1 + 0x8000
    la t3, l2_buffer
    li t4, 256
    p_elw t2, 0x1C, s9
    beqz a3, 1f
    lw t5, 0(a5)
    sw a6, 0(a5)
    sw a7, 0(a5)
    sw t3, 0(a5)
1:  start
2:  .set at, 0
    .rept 8
    lw a4, at(a0)
    .set at, at + 4
    .endr
    addi t4, t4, -1
    bnez t4, 2b
    csrr t1, mcycle
    sub a0, t1, t0
    beqz a3, 4f
    lw a1, 4(a5)
3:  lw a3, 4(a5)
    bnez a3, 3b
    li a3, 1
    sll a3, a3, t5
    sw a3, 4(a5)
4:  jr s11
