/* SPDX-License-Identifier: Apache-2.0 */
/* The same frame as isa_cluster.S for QEMU's `virt` machine; results go to standard output by semihosting. */
#define CODE    0x80100000
#define INPUT   0x80400000
#define OUTPUT  0x80600000
#define SCRATCH 0x80800000

.option norvc
.macro host operation
    li a0, \operation
    .balign 16
    slli x0, x0, 0x1f
    ebreak
    srai x0, x0, 7
.endm

    .section .text.start, "ax"
    .globl _start
_start:
    la t0, trapped
    csrw mtvec, t0
    li x29, OUTPUT
    li x30, INPUT
    li x31, SCRATCH
    la t1, finish
    sw t1, 0(x31)
    li t0, CODE
    jr t0
    .balign 4
/* A trap ends the results early: the test sees that they are too short. */
trapped:
finish:
    li s0, OUTPUT
    sub s1, x29, s0
    la a1, arguments
    la t0, stdout_name
    sw t0, 0(a1)
    li t0, 4
    sw t0, 4(a1)
    li t0, 3
    sw t0, 8(a1)
    host 0x01
    la a1, arguments
    sw a0, 0(a1)
    sw s0, 4(a1)
    sw s1, 8(a1)
    host 0x05
    li a1, 0x20026
    host 0x18
1:  j 1b

    .data
stdout_name:
    .asciz ":tt"
    .balign 4
arguments:
    .zero 16
