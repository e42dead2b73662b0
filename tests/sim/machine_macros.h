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
/* The first core of the barrier's mask sets it up; the others wait for it in L1. s6 = mask of barrier 0. */
.macro barrier_of mask
    li t0, 1 << 16
    sw t0, 8(s3)
    li s6, \mask
    bnez s0, 7771f
    sw s6, 0x00(s4)
    sw s6, 0x0C(s4)
    sw s6, 0(s5)
7771:
    lw t0, 0(s5)
    beqz t0, 7771b
.endm
