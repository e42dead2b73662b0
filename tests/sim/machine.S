/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small programs for test_machine.c. The host writes `cores` (a mask of the cores to start) and `entry` (a function for
 * each core); `argument` and `result` are a word for each core. Core 0 ends the run.
 */
#include "machine_macros.h"
#include "simtest_macros.h"
#define WORDS_L1 (L1 + 0x1000)

    .section .text.start, "ax"
    .globl _start
_start:
    csrr t0, mhartid
    li t1, 0x3E0
    bne t0, t1, cluster
    li t0, CTRL
    la t1, _start
    .irp core, 0, 1, 2, 3, 4, 5, 6, 7
    sw t1, 0x40 + 4 * \core(t0)
    .endr
    la t1, cores
    lw t1, 0(t1)
    sw t1, 8(t0)
    la t1, fc_entry
    lw t1, 0(t1)
    beqz t1, sleep
    jr t1
sleep:
    wfi
    j sleep
/* s0 core, s1 argument, s2 address of the result, s3 event unit, s4 barrier 0, s5 words in L1, zero at first */
cluster:
    mv s0, t0
    slli t0, t0, 2
    la t1, argument
    add t1, t1, t0
    lw s1, 0(t1)
    la s2, result
    add s2, s2, t0
    li s3, EU
    li s4, BARRIER
    li s5, WORDS_L1
    la t1, entry
    add t1, t1, t0
    lw t1, 0(t1)
    jr t1

    program exit
    mv a0, s1
    .globl leave
leave:
    li t0, SOC_STATUS
    li t1, 0x80000000
    or a0, a0, t1
    sw a0, 0(t0)
    program sleep
1:  wfi
    j 1b
    program sleep_event
    li t0, 4
    sw t0, 8(s3)
    p_elw t1, 0x3C, s3
    j leave
    program spin
1:  j 1b
    program illegal
    nop
    .word 0xffffffff
    program illegal_zero
    .half 0
    program bad_load
    li a0, 0x50000000
    lw a1, 4(a0)
    j leave
    program bad_store
    li a0, 0x30000000
    sw a0, 0(a0)
    j leave
    program beyond_l1
    li a0, 0x10010000
    lw a1, 0(a0)
    j leave
    program jump_nowhere
    li a0, 0x20000000
    jr a0
    program dma_bad
    li a0, DMA
    lw a1, 0(a0)
    li a2, 0x20000 | 0x40000 | 64
    sw a2, 0(a0)
    li a2, L1
    sw a2, 0(a0)
    li a2, 0x60000000
    sw a2, 0(a0)
1:  lw a1, 4(a0)
    bnez a1, 1b
    li a0, 0
    j leave

/* Characters of all cores, mixed: three lines each, then one without an end. */
    program print
    barrier_of 0xff
    li a0, STDOUT
    slli t0, s0, 3
    add a0, a0, t0
    li a1, 3
1:  la a2, text
    addi t0, s0, '0'
    sb t0, 0(a0)
2:  lbu t0, 0(a2)
    addi a2, a2, 1
    beqz t0, 3f
    sb t0, 0(a0)
    j 2b
3:  addi a1, a1, -1
    bnez a1, 1b
    li t0, 'e'
    sb t0, 0(a0)
    p_elw t0, 0x1C, s4
    li a0, 0
    beqz s0, leave
    j m_sleep
    .data
text:
    .asciz ": a line\n"

/* A bit of everything, for 8 cores: loads and stores of L1 and L2, floats, DMA, mutex, barriers; ends by itself. */
    program work
    barrier_of 0xff
    li s7, 40
    li s8, WORDS_L1 + 0x100
    la s9, buffer
    slli t0, s0, 6
    add s10, s8, t0
    li s11, 0x3f810000
1:  lw a0, 12(s10)
    lw a1, 4(s10)
    addi a0, a0, 1
    sw a0, 12(s10)
    fmadd.s a1, a1, s11, s11
    sw a1, 4(s10)
    lw a2, 0(s9)
    add a2, a2, a0
    sw a2, 0(s9)
    div a3, a2, a0
    li t0, 1 << 16
    sw t0, 4(s3)
    li t1, 1 << 17
    sw t1, 8(s3)
    p_elw t2, 0xC0, s3
    lw a4, 8(s8)
    addi a4, a4, 1
    sw a4, 8(s8)
    sw zero, 0xC0(s3)
    sw t1, 4(s3)
    sw t0, 8(s3)
    andi t2, s7, 7
    bne t2, s0, 2f
    li a5, DMA
    lw a6, 0(a5)
    li t0, 0x40000 | 256
    sw t0, 0(a5)
    sw s8, 0(a5)
    la t0, buffer + 64
    sw t0, 0(a5)
3:  lw t0, 4(a5)
    bnez t0, 3b
    li t0, 1
    sll t0, t0, a6
    sw t0, 4(a5)
2:  p_elw t0, 0x1C, s4
    addi s7, s7, -1
    bnez s7, 1b
    csrr t0, mcycle
    sw t0, 0(s2)
    lw a0, 8(s8)
    beqz s0, leave
    j m_sleep

/* Core 0 rings three times, with other stores between. */
    program ring
    la a0, bell
    li a1, 3
1:  sw a1, 4(a0)
    sw a1, 0(a0)
    addi a1, a1, -1
    bnez a1, 1b
    li a0, 5
    j leave

/* The host changes the addi when the bell rings. */
    program patched
    la a0, bell
    li a1, 0
.option push
.option norvc
    .globl patch_here
patch_here:
    addi a1, a1, 1
.option pop
    sw a1, 0(a0)
    j patch_here

/* What a word read before the transfer is through holds, and after. */
    program dma_early
    li a0, DMA
    li a1, L1 + 0x4000
    li a2, 16384 - 4
    add a2, a2, a1
    li t0, 111
    sw t0, 0(a2)
    la a3, buffer
    lw a4, 0(a0)
    li t0, 0x20000 | 0x40000 | 16384
    sw t0, 0(a0)
    sw a1, 0(a0)
    sw a3, 0(a0)
    lw a5, 0(a2)
1:  lw t0, 4(a0)
    bnez t0, 1b
    lw a6, 0(a2)
    la t0, result
    sw a5, 0(t0)
    sw a6, 4(t0)
    li a0, 0
    j leave

/* 2D both ways: rows of 12 bytes, 40 apart, 5 of them; the copy goes to the second half of the buffer, 1D. */
    program dma_rows
    li a0, DMA
    li a1, L1 + 0x4000
    la a3, buffer
    lw a4, 0(a0)
    li t0, 0x20000 | 0x40000 | 0x80000 | 60
    sw t0, 0(a0)
    sw a1, 0(a0)
    sw a3, 0(a0)
    li t0, 12
    sw t0, 0(a0)
    li t0, 40
    sw t0, 0(a0)
1:  lw t0, 4(a0)
    bnez t0, 1b
    li t1, 1
    sll t1, t1, a4
    sw t1, 4(a0)
    li t2, 8192
    add a3, a3, t2
    lw a4, 0(a0)
    li t0, 0x40000 | 0x80000 | 60
    sw t0, 0(a0)
    sw a1, 0(a0)
    sw a3, 0(a0)
    li t0, 20
    sw t0, 0(a0)
    li t0, 24
    sw t0, 0(a0)
2:  lw t0, 4(a0)
    bnez t0, 2b
    li a0, 0
    j leave

/* Core 0 raises event 3 for cores 1 and 2, then event 2 for all; who waits for which is the argument, a mask. */
    program events
    barrier_of 0xff
    p_elw t0, 0x1C, s4
    li t0, 1 << 16
    sw t0, 4(s3)
    beqz s0, 1f
    sw s1, 8(s3)
    p_elw a0, 0x3C, s3
    csrr a1, mcycle
    sw a0, 0(s2)
    sw a1, 32(s2)
    lw a2, 0x1C(s3)
    sw a2, 64(s2)
    j m_sleep
1:  li t0, 400
2:  addi t0, t0, -1
    bnez t0, 2b
    li t0, 6
    sw t0, 0x100 + 4 * 3(s3)
    csrr a1, mcycle
    sw a1, 32(s2)
    li t0, 1000
3:  addi t0, t0, -1
    bnez t0, 3b
    sw zero, 0x100 + 4 * 2(s3)
    csrr a1, mcycle
    sw a1, 0(s2)
    li t0, 1000
4:  addi t0, t0, -1
    bnez t0, 4b
    li a0, 0
    j leave

/* Everyone takes the lock until the shared count is reached; the shared count is no atomic. result: turns. */
.macro counted_turns total
    lw t0, 16(s5)
    li t1, \total
    bge t0, t1, 7773f
    addi t0, t0, 1
    sw t0, 16(s5)
    addi a7, a7, 1
.endm
.macro counted_end
    sw a7, 0(s2)
    li t0, 1 << 16
    sw t0, 8(s3)
    p_elw t0, 0x1C, s4
    lw a0, 16(s5)
    beqz s0, leave
    j m_sleep
.endm
    program mutex
    barrier_of 0xff
    li a7, 0
    p_elw t0, 0x1C, s4
    li t0, 1 << 16
    sw t0, 4(s3)
    li t0, 1 << 17
    sw t0, 8(s3)
1:  p_elw t0, 0xC0, s3
    counted_turns 800
    sw zero, 0xC0(s3)
    j 1b
7773:
    sw zero, 0xC0(s3)
    li t0, 1 << 17
    sw t0, 4(s3)
    counted_end

/* The lock is held for a time that varies, so that no core's turn can fall in step with another's. */
    program spinlock
    barrier_of 0xff
    li a7, 0
    li s8, 1
    li a6, 0x100000
    add a6, a6, s5
1:  lw t0, 32(a6)
    bnez t0, 1b
    counted_turns 800
    li t1, 13
    mul t0, t0, t1
    sll t0, s8, t0
    div t1, s8, t0
    sw zero, 32(s5)
    j 1b
7773:
    sw zero, 32(s5)
    counted_end

/* Cores 0 to 2 and 3 to 7 meet apart, in barriers 1 and 2. result: how often a mate was found behind. */
    program subsets
    barrier_of 0xff
    p_elw t0, 0x1C, s4
    li a0, BARRIER + 0x20
    li a1, 7
    li t0, 3
    li a3, 0
    li a4, 3
    blt s0, t0, 1f
    addi a0, a0, 0x20
    li a1, 0xf8
    li a3, 3
    li a4, 8
1:  sw a1, 0x00(a0)
    sw a1, 0x0C(a0)
    p_elw t0, 0x1C, s4
    addi a6, s5, 64
    slli t0, s0, 2
    add a5, a6, t0
    li a7, 0
    li s7, 1
    li s8, 30
2:  andi t0, s7, 7
    sub t0, t0, s0
    beqz t0, 3f
    div t1, t0, t0
3:  sw s7, 0(a5)
    p_elw t0, 0x1C, a0
    mv t1, a3
4:  slli t0, t1, 2
    add t0, t0, a6
    lw t0, 0(t0)
    bge t0, s7, 5f
    addi a7, a7, 1
5:  addi t1, t1, 1
    blt t1, a4, 4b
    addi s7, s7, 1
    ble s7, s8, 2b
    sw a7, 0(s2)
    p_elw t0, 0x1C, s4
    li a0, 0
    beqz s0, leave
    j m_sleep

    /* Floating point on all cores: runs of fmadd.s of every length, across lines and a loop's end, NaNs, divisions. */
    program float
    barrier_of 0xff
    li s6, 40
    addi s7, s0, 1
    fcvt.s.w a1, s7
    fmul.s a2, a1, a1
    li a3, 0x3f000001
    li a4, 0
    mv a5, a1
    slli t0, s0, 8
    add t3, s5, t0
    addi t3, t3, 1024
1:  mv t2, t3
    lp_setupi 0, 9, 2f
    p_lw_post t1, 4, t2
    fmadd.s a4, a1, a3, a4
    fmadd.s a5, a2, a3, a5
    fmadd.s a6, a1, a5, t1
    fmadd.s a7, a4, a3, a6
    fmadd.s s1, a7, a3, a4
    fmadd.s a6, s1, a3, a6
    fmadd.s a4, a6, a3, a4
    fsw_x a4, 64, t2
    fmadd.s a4, a4, a3, t1
    c.nop
    fmadd.s a5, a4, a3, a5
    fmadd.s a5, a5, a3, a5
    mul t4, t1, s7
2:  fmadd.s a6, a5, a3, a4
    fdiv.s a5, a6, a2
    fsqrt.s a4, a4
    feq.s t5, a4, a4
    fcvt.w.s t6, a5
    fmin.s a6, a6, a2
    sw t6, 128(t3)
    add a3, a3, s7
    addi s6, s6, -1
    bnez s6, 1b
    li a3, 0x7f800000
    fsub.s a4, a3, a3
    fmadd.s a5, a4, a3, a1
    fmadd.s a6, a3, a5, a2
    fmadd.s a7, a1, a2, a2
    fmadd.s s1, a6, a2, a2
    sw a5, 0(t3)
    sw a6, 4(t3)
    sw s1, 8(t3)
    p_elw t0, 0x1C, s4
    li a0, 0
    beqz s0, leave
    j m_sleep

    .data
    .balign 4
.macro words name, bytes
    .globl \name
    .type \name, @object
    .size \name, \bytes
\name:
    .zero \bytes
.endm
    words cores, 4
    words entry, 32
    words fc_entry, 4
    words argument, 32
    words result, 128
    words bell, 8
    .balign 64
    words buffer, 16384
