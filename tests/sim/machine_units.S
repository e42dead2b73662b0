/* SPDX-License-Identifier: Apache-2.0 */
/* More programs of the machine's tests, one for each unit; start-up and data are in machine.S. */
#include "machine_macros.h"
#include "simtest_macros.h"

/*
 * All that a snapshot must not lose: code that each core copies to L1, runs there and changes, hardware loops whose
 * last instruction's timing depends on their first, L2 pages, a rounding mode that comes late, DMA, sleeping cores.
 */
    program mixed
    barrier_of 0xff
    li s6, 0
    slli t0, s0, 8
    add s7, s5, t0
    addi s7, s7, 0x400
    la t0, snippet
    la t1, snippet_end
    mv t2, s7
1:  lw t3, 0(t0)
    sw t3, 0(t2)
    addi t0, t0, 4
    addi t2, t2, 4
    bltu t0, t1, 1b
    la s8, buffer
    slli t0, s0, 11
    add s8, s8, t0
    li s9, 12
    li s10, 0x3f800001
2:  jalr s7
    li t0, 0x3dcccccd
    fmadd.s s10, s10, t0, s10
    fmadd.s s10, s10, t0, a1
    sw s10, 8(s8)
    la t0, snippet_patch
    la t1, snippet
    sub t0, t0, t1
    add t0, t0, s7
    lw t1, 0(t0)
    li t2, 1 << 20
    add t1, t1, t2
    sw t1, 0(t0)
    sw a0, 0(s8)
    sw a1, 4(s8)
    addi s8, s8, 68
    li t0, 6
    bne s9, t0, 3f
    li t0, 3
    bne s0, t0, 3f
    csrw frm, 1
3:  p_elw t0, 0x1C, s4
    addi s9, s9, -1
    bnez s9, 2b
    slli t0, s0, 2
    add s2, s2, t0
    sw a0, 0(s2)
    p_elw t0, 0x1C, s4
    li a0, 0
    beqz s0, 4f
    j m_sleep
4:  j leave
    .balign 4
.option push
.option norvc
snippet:
    add a0, s6, s9
    li a1, 0x3f800001
    li a2, 0x3dcccccd
    addi a3, s7, 0x80
    sw a0, 0(a3)
    lp_setupi 1, 5, 2f
    lp_setupi 0, 6, 1f
snippet_patch:
    addi a0, a0, 1
    fmadd.s a1, a1, a2, a1
    lw t0, 0(a3)
1:  mul a0, a0, s9
    div t1, a0, s9
2:  lw a0, 0(a3)
    add s6, s6, a0
    ret
snippet_end:
.option pop

/* The results go to `buffer`: a word each. */
.macro put value
    sw \value, 0(s9)
    addi s9, s9, 4
.endm

/* Performance counters over a known sequence; the second time the caches have all of it. */
    program counters
    la s9, buffer
    li t1, 2
    j 1f
    .balign 16
1:
.option push
.option norvc
    addi t1, t1, -1
    li t0, -1
    csrw 0xCC0, t0
    csrw 0x79F, zero
    li t0, 100
    csrw 0x785, t0
    csrwi 0xCC1, 1
    lw a1, 0(s5)
    add a2, a1, a1
    sw a2, 4(s5)
    j 2f
2:  beq zero, zero, 3f
3:  bne zero, zero, 4f
    .half 1
    .half 1
4:  csrwi 0xCC1, 0
    lw a1, 0(s5)
    bnez t1, 1b
.option pop
    .irp n, 0x780, 0x781, 0x782, 0x783, 0x784, 0x785, 0x786, 0x787, 0x788, 0x789, 0x78A, 0x78B, 0x78C, 0x792
    csrr a0, \n
    put a0
    .endr
    /* Only what the mask names counts, and only while it is on. */
    li t0, 1 << 6
    csrw 0xCC0, t0
    csrw 0x79F, zero
    sw zero, 8(s5)
    csrwi 0xCC1, 1
    sw zero, 8(s5)
    lw a1, 8(s5)
    sw zero, 8(s5)
    csrwi 0xCC1, 0
    csrr a0, 0x786
    put a0
    csrr a0, 0x785
    put a0
    csrr a0, 0x781
    put a0
    li a0, 0
    j leave

    program registers
    la s9, buffer
    li a0, 0x12345678
    csrw mscratch, a0
    csrr a1, mscratch
    put a1
    csrrci a1, mscratch, 8
    csrr a1, mscratch
    put a1
    csrrsi a1, mscratch, 3
    csrr a1, mscratch
    put a1
    csrr a1, mhartid
    put a1
    li a0, 77
    lp_setup 1, 10, 1f
    csrr a1, 0x7C6
    put a1
    csrr a1, 0x7C4
    csrr a2, 0x7C5
    sub a1, a2, a1
    put a1
    li a0, 1
    csrw 0x7C6, a0
1:  nop
    csrr a1, mcycle
    csrr a2, mcycle
    sub a1, a2, a1
    put a1
    csrwi frm, 3
    csrr a1, fcsr
    put a1
    /* Aliases of L1, and test and set. */
    li a0, L1 + 0x1234
    li a1, 0x1234
    li a2, 0x101234
    lui a3, 0x10000
    add a2, a2, a3
    li a4, 0x89abcdef
    sw a4, 0(a0)
    lw a5, 0(a1)
    put a5
    lh a5, 2(a1)
    put a5
    lw a5, 0(a2)
    put a5
    lw a5, 0(a0)
    put a5
    sw a4, 0(a2)
    sb zero, 1(a1)
    lw a5, 0(a0)
    put a5
    /* The event unit at its other address, and mutexes that do not know each other. */
    li a0, 0x00204000
    li a1, 0x20000
    sw a1, 0(a0)
    lw a1, 0(s3)
    put a1
    p_elw a1, 0xC0, s3
    p_elw a2, 0xCC, s3
    li a3, 55
    sw a3, 0xCC(s3)
    p_elw a2, 0xCC, s3
    put a2
    sw zero, 0xC0(s3)
    /* Accepted, without effect: clock gate and the like. */
    li a0, CTRL
    sw a1, 0x20(a0)
    lw a1, 0x40(a0)
    la a2, m_registers
    sltu a1, a1, a2
    put a1
    li a0, 0
    j leave

/* The timer by turns: free, against the clock; periodic with events; once; 64 bits; no event without leave. */
    program timer
    la s9, buffer
    li s8, CTRL + 0x400
    li a0, 1
    j 1f
    .balign 16
1:  sw a0, 0x00(s8)
    csrr a1, mcycle
    lw a2, 0x08(s8)
    csrr a3, mcycle
    lw a4, 0x08(s8)
    csrr a5, mcycle
    sub a4, a4, a2
    sub a5, a5, a3
    sub a4, a4, a5
    put a4
    sw zero, 0x20(s8)
    lw a2, 0x08(s8)
    sltiu a2, a2, 40
    put a2
    sw zero, 0x00(s8)
    lw a1, 0x08(s8)
    lw a2, 0x08(s8)
    sub a1, a2, a1
    put a1
    /* Every 300 cycles. */
    li a0, 1 << 10
    sw a0, 0(s3)
    li a0, 300
    sw a0, 0x10(s8)
    li a0, 0x17
    sw a0, 0x00(s8)
    li a3, 4
2:  p_elw a1, 0x3C, s3
    csrr a2, mcycle
    sub a4, a2, a5
    mv a5, a2
    addi a3, a3, -1
    bnez a3, 2b
    put a4
    put a1
    /* Once: it stops there. */
    sw zero, 0x00(s8)
    li a0, -1
    sw a0, 0x28(s3)
    li a0, 0x27
    sw a0, 0x00(s8)
    p_elw a1, 0x3C, s3
    lw a0, 0x00(s8)
    put a0
    lw a1, 0x08(s8)
    put a1
    /* At 50 it begins again, silently. */
    li a0, 50
    sw a0, 0x10(s8)
    li a0, 0x13
    sw a0, 0x00(s8)
    li a3, 100
    li a4, 0
3:  lw a1, 0x08(s8)
    bgeu a4, a1, 4f
    mv a4, a1
4:  addi a3, a3, -1
    bnez a3, 3b
    sltiu a1, a4, 50
    put a1
    sltiu a1, a4, 40
    put a1
    lw a1, 0x1C(s3)
    put a1
    /* 64 bits: from low to high. */
    sw zero, 0x00(s8)
    li a0, -20
    sw a0, 0x08(s8)
    sw zero, 0x0C(s8)
    li a0, 0x80000001
    sw a0, 0x00(s8)
    li a3, 10
5:  addi a3, a3, -1
    bnez a3, 5b
    lw a1, 0x0C(s8)
    put a1
    lw a1, 0x08(s8)
    sltiu a1, a1, 200
    put a1
    /* The fabric controller's timer reaches its interrupt controller. */
    li s8, 0x1A10B800
    li a0, 20
    sw a0, 0x14(s8)
    li a0, 7
    sw a0, 0x04(s8)
    li a3, 20
6:  addi a3, a3, -1
    bnez a3, 6b
    li a0, 0x1A109800
    lw a1, 0x0C(a0)
    put a1
    sw a1, 0x14(a0)
    sw zero, 0x04(s8)
    lw a1, 0x0C(a0)
    put a1
    li a0, 0
    j leave

/* Core 0 hands two words to cores 1 and 2, one to core 3; then events over the bus. result: what each got. */
    program hand_out
    barrier_of 0xff
    p_elw t0, 0x1C, s4
    li t0, 1 << 16
    sw t0, 4(s3)
    li t1, 1 << 18
    sw t1, 8(s3)
    beqz s0, 1f
    li t0, 4
    bge s0, t0, 3f
    p_elw a0, 0x80, s3
    li a1, 0
    li t0, 3
    beq s0, t0, 2f
    p_elw a1, 0x80, s3
2:  slli a1, a1, 8
    or a0, a0, a1
    sw a0, 0(s2)
    j m_sleep
3:  /* Cores 4 to 7: their masks are set over the bus by core 0. */
    sw zero, 0(s3)
    p_elw a0, 0x3C, s3
    sw a0, 0(s2)
    j m_sleep
1:  li a0, 6
    sw a0, 0x84(s3)
    li a0, 11
    sw a0, 0x80(s3)
    li t0, 400
4:  addi t0, t0, -1
    bnez t0, 4b
    li a0, 0xE
    sw a0, 0x84(s3)
    li a0, 22
    sw a0, 0x80(s3)
    li t0, 400
5:  addi t0, t0, -1
    bnez t0, 5b
    li a0, CTRL + 0x800
    li a1, 1 << 5
    sw a1, 0x40 * 4(a0)
    sw a1, 0x40 * 5 + 8(a0)
    li a1, 3 << 4
    sw a1, 0x40 * 6 + 8(a0)
    li a1, 0x70
    sw a1, 0x600 + 4 * 5(a0)
    li t0, 400
6:  addi t0, t0, -1
    bnez t0, 6b
    lw a1, 0x40 * 7(a0)
    slli a1, a1, 16
    lw a2, 0x40 * 8(a0)
    or a1, a1, a2
    sw a1, 0(s2)
    li a0, 0
    j leave

/* Core 1 counts until it is switched off, and again when it is switched on; core 2 switches itself off. */
    program switch_off
    li a5, CTRL
    bnez s0, 3f
    la s9, buffer
    li t0, 2000
1:  addi t0, t0, -1
    bnez t0, 1b
    li a0, 0xf9
    sw a0, 8(a5)
    lw a1, 4(s5)
    li t0, 300
2:  addi t0, t0, -1
    bnez t0, 2b
    lw a2, 4(s5)
    sub a1, a2, a1
    put a1
    li a0, 0xfb
    sw a0, 8(a5)
    li t0, 1000
4:  addi t0, t0, -1
    bnez t0, 4b
    lw a3, 4(s5)
    sltu a1, a2, a3
    put a1
    lw a1, 8(s5)
    put a1
    lw a1, 12(s5)
    put a1
    lw a1, 8(a5)
    put a1
    li a0, 0
    j leave
3:  li t0, 1
    bne s0, t0, 6f
    lw a0, 8(s5)
    addi a0, a0, 1
    sw a0, 8(s5)
5:  lw a0, 4(s5)
    addi a0, a0, 1
    sw a0, 4(s5)
    j 5b
6:  li t0, 2
    bne s0, t0, m_sleep
    li a0, 1
    sw a0, 12(s5)
    lw a0, 8(a5)
    andi a0, a0, ~4
    sw a0, 8(a5)
    li a0, 2
    sw a0, 12(s5)
    j m_sleep

/* Eight lines of code again and again, with and without the caches. */
    program no_icache
    la s9, buffer
    li s8, CTRL + 0x1400
    li s7, 3
1:  li s6, 9
    j 2f
    .balign 16
.option push
.option norvc
2:  csrr a1, mcycle
    sub a2, a1, a3
    .rept 27
    nop
    .endr
    mv a3, a1
    addi s6, s6, -1
    bnez s6, 2b
.option pop
    put a2
    andi a0, s7, 1
    xori a0, a0, 1
    sw a0, 0(s8)
    lw a0, 0(s8)
    put a0
    addi s7, s7, -1
    bnez s7, 1b
    li a0, 0
    j leave
