/* SPDX-License-Identifier: Apache-2.0 */
/* A program that reads no floating-point flags, though some of its bytes look so: test_loading.c. */
/* Assembler: not for clang-format. */
/* clang-format off */
    .text
    .option norvc
    .globl _start
    .type _start, @function
_start:
    .word 0x25730013 /* addi zero, t1, 599: ends with the first half of csrr a0, fcsr, 0x00302573 */
    .half 0x0030     /* c.addi4spn a2, sp, 8: its second half */
    .half 0x0001
    .globl place
place:
    nop
1:  j 1b
    .size _start, . - _start
    .type table, @object
table:
    .word 0x00102573, 0x00302573
    .size table, . - table
