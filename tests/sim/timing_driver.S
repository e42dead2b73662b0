/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start-up and driver of the timing programs. The host fills `request`; every core runs the function `passes` times
 * and leaves (total, last mcycle) of each pass in `results`. A pass begins at a
 * barrier; run twice, the second time begins without one, as the first has left the cores, and is what counts.
 */
#include "simtest_macros.h"

    .section .text.start, "ax"
    .globl _start
_start:
    csrr t0, mhartid
    li t1, 0x3E0
    bne t0, t1, cluster
    li t0, 0x1A108800
    li t1, -1
    sw t1, 0(t0)
    li t0, 0x10201400
    sw t1, 0(t0)
    li t0, CTRL
    la t1, _start
    .irp core, 0, 1, 2, 3, 4, 5, 6, 7
    sw t1, 0x40 + 4 * \core(t0)
    .endr
    la t1, request
    lw t1, 4(t1)
    li t2, 1
    sll t1, t2, t1
    addi t1, t1, -1
    sw t1, 8(t0)
sleep:
    wfi
    j sleep

cluster:
    mv s0, t0
    la s1, request
    lw s2, 0(s1)
    lw s3, 4(s1)
    lw s10, 8(s1)
    lw s4, 12(s1)
    slli t0, s0, 2
    add t0, t0, s1
    lw s5, 16(t0)
    lw s8, 48(t0)
    li t0, 64
    mul t0, t0, s0
    la s6, arguments
    add s6, s6, t0
    la s7, results
    slli t0, s0, 3
    add s7, s7, t0
    li s9, BARRIER
    li t2, L1_READY
    li t0, EU
    li t1, 1 << 16
    sw t1, 8(t0)
    bnez s0, follow
    li t1, 1
    sll t1, t1, s3
    addi t1, t1, -1
    sw t1, 0x00(s9)
    sw t1, 0x0C(s9)
    sw t1, 0(t2)
    j run
follow:
    lw t1, 0(t2)
    beqz t1, follow
run:
    mv a0, s5
    mv a1, s0
    mv a2, s6
    li ra, 1
    beqz s4, measured
    jalr s11, 0(s2)
    mv a0, s5
    mv a1, s0
    mv a2, s6
    li ra, 0
measured:
    jalr s11, 0(s2)
    sw a0, 0(s7)
    sw a1, 4(s7)
    addi s7, s7, 64
    /* Some lines of code between passes, as a driver in C would have: they take their share of the caches. */
    .rept 8
    j 1f
    .balign 16
1:
    .endr
    addi s10, s10, -1
    bnez s10, run
    p_elw t2, 0x1C, s9
    bnez s0, halt
    li t0, SOC_STATUS
    li t1, 0x80000000
    sw t1, 0(t0)
halt:
    wfi
    j halt

    .data
    .balign 64
    .globl request, arguments, results
    .type request, @object
    .size request, 80
/* function, cores, passes, whether each is run twice, data address of each core, divisor of each core */
request:
    .zero 80
    .balign 64
    .type arguments, @object
    .size arguments, 512
arguments:
    .zero 512
    .type results, @object
    .size results, 16 * 64
results:
    .zero 16 * 64
    .globl l2_buffer
    .balign 4096
    .type l2_buffer, @object
    .size l2_buffer, 65536
l2_buffer:
    .zero 65536
