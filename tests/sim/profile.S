/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program whose counts are known: test_profile.c, test_timeline.c and test_trace.c say what each core does in each
 * function. All cores run `main`, meet at a barrier, and core 0 ends the run. s0 core, sp the core's own words in L1.
 */
#include "simtest_macros.h"

.macro function name
    .text
    .balign 4
    .globl \name
    .type \name, @function
\name:
.endm
.macro end name
    .size \name, . - \name
.endm

    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    li t0, CTRL
    la t1, cluster
    .irp core, 0, 1, 2, 3, 4, 5, 6, 7
    sw t1, 0x40 + 4 * \core(t0)
    .endr
    li t1, 1
    sw t1, 8(t0)
1:  wfi
    j 1b
    end _start

    function cluster
    csrr s0, mhartid
    li s3, EU
    li s4, BARRIER
    bnez s0, 1f
    li t0, 0xff
    sw t0, 0x00(s4)
    sw t0, 0x0C(s4)
    li t1, CTRL
    sw t0, 8(t1)
1:  li t0, 1 << 16
    sw t0, 8(s3)
    li t0, 0x104
    mul t0, t0, s0
    li sp, L1 + 0x2000
    add sp, sp, t0
    sw zero, 0(sp)
    j main
    end cluster

    function main
    li s1, 5
1:  jal ra, leaf
    addi s1, s1, -1
    bnez s1, 1b
    jal ra, outer
    li a0, 4
    jal ra, recurse
    jal ra, tail
    jal ra, looped
    jal ra, .Lhidden
    jal ra, first
    jal ra, ten
    p_elw t0, 0x1C, s4
    beqz s0, quit
    j rest
    end main

/* 3 instructions, 4 cycles; called 8 times */
    function leaf
    nop
    nop
    ret
    end leaf

    function outer
    mv s2, ra
    jal ra, leaf
    jal ra, leaf
    mv ra, s2
    ret
    end outer

    function recurse
    beqz a0, 1f
    addi sp, sp, -4
    sw ra, 0(sp)
    addi a0, a0, -1
    jal ra, recurse
    lw ra, 0(sp)
    addi sp, sp, 4
1:  ret
    end recurse

    function tail
    nop
    j leaf
    end tail

    .balign 4
    function looped
.option push
.option norvc
    lp_setupi 0, 10, 8f
    addi t0, t0, 1
    addi t1, t1, 1
8:  addi t2, t2, 1
    ret
.option pop
    end looped

/* No symbol says that this is one. */
.Lhidden:
    nop
    nop
    nop
    ret

/* Falls into the next. */
    function first
    nop
    end first
    .globl second
    .type second, @function
second:
    nop
    ret
    end second

    function ten
.option push
.option norvc
    lui a1, 0x12345
    sw a1, 4(sp)
    lw a2, 4(sp)
    add a3, a2, a1
    sh a3, 8(sp)
    mv a0, sp
    p_lw_post a4, 4, a0
    p_sw_post a3, 8, a0
    bne a3, a3, 1f
1:  ret
.option pop
    end ten

    function quit
    li t0, SOC_STATUS
    li t1, 0x80000000
    sw t1, 0(t0)
    end quit
    function rest
1:  wfi
    j 1b
    end rest
