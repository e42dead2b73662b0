/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the machine's tests share: s0 core, s3 event unit, s4 barrier 0, s5 words in L1, zero at first.
 */
/* Assembler: not for clang-format. */
/* clang-format off */
.macro program name
    .text
    .balign 4
    .globl m_\name
    .type m_\name, @function
m_\name:
.endm
/* Core 0 sets barrier 0 up; the others wait for its software event 7. s6 = mask of the barrier. */
.macro barrier_of mask
    li s6, \mask
    bnez s0, 7771f
    sw s6, 0x00(s4)
    sw s6, 0x0C(s4)
    andi t0, s6, ~1
    beqz t0, 7772f
    sw t0, 0x100 + 4 * 7(s3)
    j 7772f
7771:
    li t0, 1 << 7
    sw t0, 8(s3)
    p_elw t0, 0x3C, s3
    li t0, 1 << 7
    sw t0, 4(s3)
7772:
    li t0, 1 << 16
    sw t0, 8(s3)
.endm
