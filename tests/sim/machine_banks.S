/* SPDX-License-Identifier: Apache-2.0 */
#include "machine_macros.h"
#include "simtest_macros.h"

/* Loads and stores here and there in 512 bytes of each core's own, some misaligned: banks are wanted by many. */
    program banks
    barrier_of 0xff
    li s7, 400
    slli t0, s0, 9
    add s8, s5, t0
    addi s8, s8, 1024
    li s9, 1103515245
    li s10, 12345
    mv a0, s0
    li s11, 0
    slli a1, s0, 2
    add a1, a1, s8
1:  mul a0, a0, s9
    add a0, a0, s10
    srli t0, a0, 16
    andi t1, t0, 0x1f8
    add t1, t1, s8
    lw t2, 0(t1)
    add t2, t2, a0
    sw t2, 4(t1)
    andi t6, a0, 64
    bnez t6, 2f
    srli t4, a0, 7
    andi t4, t4, 0x1fb
    add t4, t4, s8
    lw t5, 0(t4)
    add s11, s11, t5
    srli t3, t0, 3
    andi t3, t3, 0x1f8
    add t3, t3, s8
    sw s11, 0(t3)
2:  p_elw t0, 0x1C, s4
    lw t2, 0(a1)
    lw t3, 64(s8)
    lw t2, 0(t1)
    lw t4, 128(s8)
    lw t2, 4(t1)
    lw t3, 192(s8)
    add s11, s11, t4
    .rept 12
    mul a0, a0, s9
    add a0, a0, s10
    srli t0, a0, 20
    andi t0, t0, 0x1fc
    add t0, t0, s8
    lw t2, 0(t0)
    lw t3, 0(t1)
    .endr
    addi s7, s7, -1
    bnez s7, 1b
    sw s11, 0(s2)
    p_elw t0, 0x1C, s4
    li a0, 0
    beqz s0, leave
    j m_sleep

/* Runs of loads and of fmadd.s across the ends of lines, each load used at once: at every place in a line. */
    program lines
    .globl lines_end
    barrier_of 0xff
    slli t0, s0, 6
    add s8, s5, t0
    li s7, 6
1:  mv a0, s8
    .irp place, 0, 1, 2, 3, 4, 5, 6, 7
    .balign 16
    .rept \place
    c.nop
    .endr
    .option push
    .option norvc
    .rept 3
    lw t1, 0(a0)
    lw t2, 4(a0)
    lw t3, 8(a0)
    add t3, t3, t2
    p_lw_post t1, 4, a0
    p_lw_post t2, 4, a0
    add s11, t1, t2
    fmadd.s t4, t1, t2, t4
    fmadd.s t5, t1, t2, t5
    fmadd.s t6, t1, t2, t6
    lw t1, 12(a0)
    xor s11, s11, t1
    sw s11, 0(s8)
    .endr
    .option pop
    .endr
    addi s7, s7, -1
    bnez s7, 1b
    p_elw t0, 0x1C, s4
    li a0, 0
    bnez s0, 2f
    j leave
2:  j m_sleep
lines_end:
