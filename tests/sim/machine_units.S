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
