/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of a cluster core and of the fabric controller: for test_units.c; start-up and data are in machine.S. */
#include "machine_macros.h"
#include "simtest_macros.h"

    .text
    .balign 256
vectors:
.option push
.option norvc
    .rept 32
    j handler
    .endr
.option pop

/* s9: where each cause goes, with the clock at s10. Registers a6, a7 are the handler's. */
handler:
    csrr a6, mcause
    sw a6, 0(s9)
    csrr a7, mcycle
    sw a7, 4(s9)
    csrr a6, mepc
    la a7, spin
    sub a6, a6, a7
    sw a6, 8(s9)
    csrr a6, mstatus
    sw a6, 12(s9)
    addi s9, s9, 16
    mret

/* Core 0 is interrupted by its timer every 500 cycles, twice by core 1, and not while it does not want to be. */
    program interrupts
    li t0, 1
    beq s0, t0, 3f
    la s9, buffer
    la t0, vectors
    csrw mtvec, t0
    li t0, 1 << 10 | 1 << 2
    sw t0, 0x0C(s3)
    li s8, CTRL + 0x400
    li a0, 500
    sw a0, 0x10(s8)
    li a0, 0x17
    csrsi mstatus, 8
    sw a0, 0x00(s8)
    li a0, 2000
    li a1, 0
    j spin
    .balign 16
spin:
    addi a0, a0, -1
    addi a1, a1, 1
    bnez a0, spin
    csrci mstatus, 8
    sw zero, 0x00(s8)
    sw a1, 0(s2)
    /* Nothing comes any more, not even what is pending; then it does, also out of a sleep. */
    li t0, 1
    sw t0, 0x108(s3)
    mv a2, s9
    li a0, 200
1:  addi a0, a0, -1
    bnez a0, 1b
    sub a3, s9, a2
    sw a3, 4(s2)
    csrsi mstatus, 8
    nop
    sub a3, s9, a2
    sw a3, 8(s2)
    li a0, 300
    sw a0, 0x10(s8)
    li a0, 0x37
    sw a0, 0x00(s8)
    wfi
    nop
    sub a3, s9, a2
    sw a3, 12(s2)
    li a0, 0
    j leave
3:  li a0, 700
4:  addi a0, a0, -1
    bnez a0, 4b
    li t0, 1
    sw t0, 0x108(s3)
5:  wfi
    j 5b

/* The fabric controller counts what its timer raises. */
    program fc_interrupts
    la s9, buffer
    la t0, vectors
    csrw mtvec, t0
    li s8, 0x1A10B000
    li a0, 400
    sw a0, 0x10(s8)
    li a1, 0x1A109800
    li a0, 1 << 10
    sw a0, 4(a1)
    csrsi mstatus, 8
    li a0, 0x17
    sw a0, 0x00(s8)
    la a2, buffer + 16 * 5
1:  wfi
    bltu s9, a2, 1b
    li a0, 5
    j leave
