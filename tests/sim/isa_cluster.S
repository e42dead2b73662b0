/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs generated code on core 0 of the simulated cluster, and the same code in QEMU by isa_virt.S. The code finds
 * x31 scratch memory (its first word: where to jump when done), x30 the input words, x29 where to write results.
 */
#include "simtest_macros.h"
#define CODE    0x1C020000
#define INPUT   0x1C120000
#define OUTPUT  0x1C180000
#define SCRATCH 0x10000400

    .section .text.start, "ax"
    .globl _start
_start:
    csrr t0, mhartid
    beqz t0, cluster
    li t0, CTRL
    la t1, _start
    sw t1, 0x40(t0)
    li t1, 1
    sw t1, 8(t0)
1:  wfi
    j 1b
cluster:
    li x29, OUTPUT
    li x30, INPUT
    li x31, SCRATCH
    la t1, finish
    sw t1, 0(x31)
    li t0, CODE
    jr t0
finish:
    li t0, SOC_STATUS
    li t1, 0x80000000
    sw t1, 0(t0)
2:  wfi
    j 2b
