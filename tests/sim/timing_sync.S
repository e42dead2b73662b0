/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Barriers, events, mutexes, DMA. Here the cores must leave the barrier in the same cycle, so `aligned` takes the place
 * of `start`. Arguments (a2): see each.
 */
#include "simtest_macros.h"

.option norvc

.macro aligned
    p_elw t2, 0x1C, s9
    csrr t0, mcycle
.endm

    begin barrier_1
    aligned
    p_elw t2, 0x1C, s9
    stop

    begin barrier_4
    aligned
    .rept 4
    p_elw t2, 0x1C, s9
    .endr
    stop

/* Core 1's result: the mcycle it reads before it arrives, last; the others': the mcycle they read after. */
    begin barrier_late
    li a3, 1
    li a4, 0
    aligned
    bne a1, a3, 1f
    div a5, a3, a3
    div a5, a3, a3
    csrr t0, mcycle
    p_elw t2, 0x1C, s9
    csrr a1, mcycle
    mv a0, t0
    jr s11
1:  p_elw t2, 0x1C, s9
    csrr a1, mcycle
    mv a0, a1
    jr s11

/* Core 0 raises event 2 for core 1; results: the mcycle before the store, the mcycle after the wait. */
    begin sw_event_wake
    li a3, EU
    li a4, 1 << 16
    sw a4, 4(a3)
    li a5, 4
    beqz a1, 1f
    sw a5, 8(a3)
1:  sw a4, 8(a3)
    aligned
    bnez a1, 2f
    li a6, EU + 0x100 + 4 * 2
    li a4, 2
    li a7, 1
    div a7, a7, a7
    csrr a0, mcycle
    sw a4, 0(a6)
    csrr a1, mcycle
    jr s11
2:  sw a4, 4(a3)
    p_elw t2, 0x3C, a3
    csrr a0, mcycle
    sw a5, 4(a3)
    sw a4, 8(a3)
    mv a1, a0
    jr s11

/* Everyone's mask gets event 17 beside the barrier's: both events are taken off by their own wait. */
    begin mutex_lock_unlock
    li a3, EU
    li a4, 1 << 17
    li a5, 1 << 16
    sw a4, 8(a3)
    aligned
    sw a5, 4(a3)
    csrr t0, mcycle
    p_elw a6, 0xC0, a3
    sw zero, 0xC0(a3)
    csrr t1, mcycle
    sw a4, 4(a3)
    sw a5, 8(a3)
    sub a0, t1, t0
    mv a1, t1
    jr s11

/*
 * DMA. Arguments: CMD word, address in L1, row length, row stride, offset in L2. The latency is counted from behind the
 * last command word to behind the last poll: 5 cycles and 6 for every poll in vain, as the reference's readings are.
 * "first" stands for a first reading: the code is in the shared cache and no more in the core's own.
 */
.macro dma_arguments
    li a3, DMA
    lw a4, 0(a2)
    lw a5, 4(a2)
    la a6, l2_buffer
    lw t3, 16(a2)
    add a6, a6, t3
.endm
.macro dma_free
    li t3, 1
    sll t3, t3, a7
    sw t3, 4(a3)
.endm
.macro dma_timed
    lw a7, 0(a3)
    sw a4, 0(a3)
    sw a5, 0(a3)
    sw a6, 0(a3)
    csrr t0, mcycle
1:  lw t4, 4(a3)
    and t4, t4, t6
    bnez t4, 1b
    csrr t1, mcycle
    dma_free
    sub a0, t1, t0
    mv a1, t1
    jr s11
.endm

    begin dma_latency
    dma_arguments
    li t6, 0xffff
    start
    dma_timed

    begin dma_latency_first
    dma_arguments
    li t6, 0xffff
    .rept 512
    nop
    .endr
    aligned
    dma_timed

    begin dma_enqueue_1d
    dma_arguments
    start
    lw a7, 0(a3)
    sw a4, 0(a3)
    sw a5, 0(a3)
    sw a6, 0(a3)
    csrr t1, mcycle
1:  lw t4, 4(a3)
    bnez t4, 1b
    dma_free
    sub a0, t1, t0
    mv a1, t1
    jr s11

/* From before the first command word to after the wait: 1D, 2D (argument 4: row length not 0), waiting by polling. */
    begin dma_total
    dma_arguments
    lw t4, 8(a2)
    lw t5, 12(a2)
    start
    lw a7, 0(a3)
    sw a4, 0(a3)
    sw a5, 0(a3)
    sw a6, 0(a3)
    beqz t4, 1f
    sw t4, 0(a3)
    sw t5, 0(a3)
1:  li t6, 1
    sll t6, t6, a7
2:  lw t4, 4(a3)
    and t4, t4, t6
    bnez t4, 2b
    csrr t1, mcycle
    sw t6, 4(a3)
    sub a0, t1, t0
    mv a1, t1
    jr s11

/* The same, waiting for event 8 by p.elw. */
    begin dma_waited
    dma_arguments
    lw t4, 8(a2)
    lw t5, 12(a2)
    li t3, EU
    li a0, 1 << 8
    li a1, 1 << 16
    sw a0, 8(t3)
    start
    sw a1, 4(t3)
    lw a7, 0(a3)
    sw a4, 0(a3)
    sw a5, 0(a3)
    sw a6, 0(a3)
    beqz t4, 1f
    sw t4, 0(a3)
    sw t5, 0(a3)
1:  li t6, 1
    sll t6, t6, a7
2:  lw t4, 4(a3)
    and t4, t4, t6
    beqz t4, 3f
    p_elw t4, 0x3C, t3
    j 2b
3:  csrr t1, mcycle
    sw t6, 4(a3)
    sw a0, 4(t3)
    sw a1, 8(t3)
    sub a0, t1, t0
    mv a1, t1
    jr s11
