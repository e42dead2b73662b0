/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs of a few lines, each with one mistake or, as its twin, without it, for test_sanitize.c. The host writes
 * `cores`, a mask, and `entry`, a function for each core; all end in `finish`.
 */
#include "sanitize_macros.h"

/* What the program declares in L1. */
.macro object name, address, bytes
    .globl \name
    .type \name, @object
    .set \name, \address
    .size \name, \bytes
.endm
    object ready, L1 + 0x40, 4
    object shared, SHARED, 64
    object lock_word, LOCK, 4
    object buffer, BUFFER, 4096
    object __tl_stack_0, STACKS, STACK
    object __tl_stack_1, STACKS + STACK, STACK

    .section .text.start, "ax"
    .globl _start
_start:
    csrr t0, mhartid
    li t1, 0x3E0
    bne t0, t1, cluster
    li t0, CTRL
    la t1, _start
    sw t1, 0x40(t0)
    sw t1, 0x44(t0)
    li t1, L1 + 0x40
    sw zero, 0(t1)
    la t1, cores
    lw t1, 0(t1)
    sw t1, 8(t0)
sleep:
    wfi
    j sleep
/* s0 core, s1 shared words, s2 buffer, s3 event unit, s4 barrier 0, s5 DMA, s6 lock, s7 words in L2, sp stack */
cluster:
    mv s0, t0
    li s1, SHARED
    li s2, BUFFER
    li s3, EU
    li s4, BARRIER
    li s5, DMA
    li s6, LOCK
    la s7, words
    li sp, STACKS + STACK
    slli t1, s0, 8
    add sp, sp, t1
    li t1, 3 << 16
    sw t1, 8(s3)
    li t0, L1 + 0x40
    bnez s0, 1f
    la t1, cores
    lw t1, 0(t1)
    sw t1, 0x00(s4)
    sw t1, 0x0C(s4)
    li t1, 1
    sw t1, 0(t0)
1:  lw t1, 0(t0)
    beqz t1, 1b
    la t1, entry
    slli t0, s0, 2
    add t1, t1, t0
    lw t1, 0(t1)
    jr t1

    program finish
    barrier
    bnez s0, 1f
    li t0, SOC_STATUS
    li t1, 0x80000000
    sw t1, 0(t0)
1:  wfi
    j 1b

/* Words of two cores. */
    program write_word
    sw s0, 0(s1)
    j finish
    program read_word
    lw a0, 0(s1)
    j finish
    program read_word_late
    li t0, 200
1:  addi t0, t0, -1
    bnez t0, 1b
    lw a0, 0(s1)
    j finish
    program write_byte_0
    sb s0, 0(s1)
    j finish
    program write_byte_1
    sb s0, 1(s1)
    j finish
    program write_half_1
    sh s0, 2(s1)
    j finish
    program read_byte_1_late
    li t0, 200
1:  addi t0, t0, -1
    bnez t0, 1b
    lbu a0, 1(s1)
    j finish
    program write_l2
    sw s0, 0(s7)
    j finish
    program write_then_barrier
    sw s0, 0(s1)
    barrier
    j finish
    program barrier_then_read
    barrier
    lw a0, 0(s1)
    j finish
    program barrier_then_write
    barrier
    sw s0, 0(s1)
    j finish
    program read_then_barrier
    li t0, 7
    sw t0, 4(s1)
    lw a0, 4(s1)
    barrier
    j finish
    program barrier_then_write_4
    barrier
    sw s0, 4(s1)
    j finish
    program add_with_mutex
    p_elw t0, 0xC0, s3
    lw a0, 0(s7)
    addi a0, a0, 1
    sw a0, 0(s7)
    sw zero, 0xC0(s3)
    j finish
    program add_without_mutex
    lw a0, 0(s7)
    addi a0, a0, 1
    sw a0, 0(s7)
    j finish
    program write_then_event
    sw s0, 0(s1)
    li t0, 2
    sw t0, 0x104(s3)
    j finish
    program event_then_read
    li t0, 2
    sw t0, 0(s3)
    p_elw t0, 0x3C, s3
    lw a0, 0(s1)
    li t0, 1 << 16
    sw t0, 0(s3)
    j finish
    program write_then_dispatch
    sw s0, 0(s1)
    li t0, 3
    sw t0, 0x84(s3)
    sw t0, 0x80(s3)
    j finish
    program dispatch_then_read
    li t0, 1 << 18
    sw t0, 0(s3)
    p_elw t0, 0x80, s3
    lw a0, 0(s1)
    li t0, 1 << 16
    sw t0, 0(s3)
    j finish
    program write_then_flag
    sw s0, 0(s1)
    li t0, 1
    sw t0, 16(s7)
    j finish
    program flag_then_read
1:  lw t0, 16(s7)
    beqz t0, 1b
    lw a0, 0(s1)
    j finish
/* With something between load and branch, a branch out of the middle, and the address made anew. */
    program slow_flag_then_read
1:  lui t1, %hi(words)
    addi t1, t1, %lo(words)
    lw t1, 16(t1)
    andi t1, t1, 1
    bnez t1, 2f
    li t0, 1
    divu t0, t0, t0
    j 1b
2:  lw a0, 0(s1)
    j finish
/* A look at the flag is no loop. */
    program glance_then_read
    li t0, 200
1:  addi t0, t0, -1
    bnez t0, 1b
    lw t0, 16(s7)
    j finish
/* Nor does a loop wait that goes through an array. */
    program search
    mv t1, s7
    addi t2, s7, 32
1:  lw t0, 0(t1)
    addi t1, t1, 4
    bltu t1, t2, 1b
    j finish
    program add_with_lock
    li t1, 0x100000
    add t1, t1, s6
1:  lw t0, 0(t1)
    bnez t0, 1b
    lw a0, 0(s7)
    addi a0, a0, 1
    sw a0, 0(s7)
    sw zero, 0(s6)
    j finish
    program clear_lock
    sw zero, 0(s6)
    barrier
    j add_with_lock
    program await_lock
    barrier
    j add_with_lock

/* Memory that nobody wrote. */
    program read_nothing
    lw a0, 512(s2)
    j finish
    program read_part
    sb s0, 513(s2)
    lw a0, 512(s2)
    j finish
    program copy_nothing
    la s7, words
    li t0, 0x100000
    add s7, s7, t0
    li a0, 64
    jal start_in
    await_polling
    lw a0, 32(s2)
    j finish
    program copy_host
    la s7, words + 2048
    li a0, 64
    jal start_in
    await_polling
    lw a0, 32(s2)
    j finish

/* Stacks. */
    program deep_stack
    addi sp, sp, -STACK
    sw s0, -16(sp)
    addi sp, sp, STACK
    j finish
    program full_stack
    addi sp, sp, -STACK
    sw s0, 0(sp)
    sw s0, STACK - 4(sp)
    lw a0, 0(sp)
    addi sp, sp, STACK
    j finish
    program array_in_stack
    addi sp, sp, -STACK
    addi a0, sp, STACK - 4
    li t0, STACK / 4 + 2
1:  sw s0, 0(a0)
    addi a0, a0, -4
    addi t0, t0, -1
    bnez t0, 1b
    addi sp, sp, STACK
    j finish
    program sp_is_data
    mv t6, sp
    mv sp, s2
    sw s0, 0(sp)
    lw a0, 0(sp)
    mv sp, t6
    j finish
    program lend_stack
    sw s0, -8(sp)
    barrier
    j finish
    program borrow_stack
    barrier
    li t0, STACKS + STACK - 8
    lw a0, 0(t0)
    j finish

/* Places. */
    program write_outside
    li t0, 0x1C180000
    sw s0, 0(t0)
    j finish
    program write_l1_outside
    li t0, L1 + 0x200
    sw s0, 0(t0)
    j finish
    program write_code
    la t0, patched
    lw t1, 0(t0)
    sw t1, 0(t0)
    j finish
    program patched
    nop
    j finish
    program misaligned
    lw a0, 6(s7)
    j finish
    program aligned
    lhu a0, 6(s7)
    lbu a0, 7(s7)
    j finish

/* Hardware loops. */
    program loop_short
    lp_setupi 0, 4, 1f
1:  addi a0, a0, 1
    j finish
    program loop_misaligned
    .option rvc
    c.nop
    .option norvc
    lp_setupi 0, 4, 1f
    addi a0, a0, 1
1:  addi a0, a0, 1
    j finish
    program loop_compressed
    lp_setupi 0, 4, 1f
    .option rvc
    c.addi a0, 1
    c.addi a0, 1
    .option norvc
    addi a0, a0, 1
1:  addi a0, a0, 1
    j finish
    program loop_branch
    lp_setupi 0, 4, 1f
    addi a0, a0, 1
    .word 0x00050263 /* beq a0, zero, to the next: of a branch's length the assembler is not sure */
    addi a0, a0, 1
1:  addi a0, a0, 1
    j finish
    program loop_nested_close
    lp_setupi 1, 4, 2f
    addi a0, a0, 1
    lp_setupi 0, 4, 1f
    addi a0, a0, 1
1:  addi a0, a0, 1
2:  addi a0, a0, 1
    j finish
    program loop_nested
    lp_setupi 1, 4, 2f
    addi a0, a0, 1
    lp_setupi 0, 4, 1f
    addi a0, a0, 1
1:  addi a0, a0, 1
    addi a0, a0, 1
2:  addi a0, a0, 1
    j finish

    .data
    .balign 16
    .globl cores, entry, words
    .type cores, @object
    .size cores, 4
cores: .word 0
    .type entry, @object
    .size entry, 32
entry: .fill 8, 4, 0
    .type words, @object
    .size words, 4096
words: .fill 1024, 4, 0
