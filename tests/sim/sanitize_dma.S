/* SPDX-License-Identifier: Apache-2.0 */
/* The programs for test_sanitize.c in which the DMA is at work. */
#include "sanitize_macros.h"

/* The DMA: in, a0 bytes from L2 to the buffer; out, the other way. They return the id in a1. */
    program start_in
    lw a1, 0(s5)
    li t0, 0x20000 | 0x40000 | 0x100000
    or t0, t0, a0
    sw t0, 0(s5)
    sw s2, 0(s5)
    sw s7, 0(s5)
    ret
    program start_out
    lw a1, 0(s5)
    li t0, 0x40000 | 0x100000
    or t0, t0, a0
    sw t0, 0(s5)
    sw s2, 0(s5)
    sw s7, 0(s5)
    ret
    program dma_early
    li a0, 256
    jal start_in
    lw a0, 128(s2)
    await_polling
    j finish
    program dma_polled
    li a0, 256
    jal start_in
    await_polling
    lw a0, 128(s2)
    sw a0, 132(s2)
    j finish
    program dma_event
    li a0, 256
    jal start_in
    await_event
    lw a0, 128(s2)
    j finish
    program dma_for_other
    li a0, 256
    jal start_in
    await_polling
    barrier
    j finish
    program dma_of_other
    barrier
    lw a0, 128(s2)
    j finish
    program dma_unordered
    li a0, 256
    jal start_in
    await_polling
    j finish
    program dma_of_other_unordered
    li t0, 300
1:  addi t0, t0, -1
    bnez t0, 1b
    lw a0, 128(s2)
    j finish
    program dma_source
    fill
    li a0, 256
    jal start_out
    sw s0, 8(s2)
    await_polling
    j finish
    program dma_source_waited
    fill
    li a0, 256
    jal start_out
    lw a2, 8(s2)
    await_event
    sw s0, 8(s2)
    j finish
    program dma_overlap
    fill
    li a0, 256
    jal start_out
    addi s7, s7, 1024
    jal start_in
1:  lw t0, 4(s5)
    bnez t0, 1b
    j finish
    program dma_one_by_one
    fill
    li a0, 256
    jal start_out
    await_polling
    addi s7, s7, 1024
    jal start_in
    await_polling
    lw a0, 0(s2)
    j finish
    program dma_behind
    li a0, 256
    jal start_in
    jal start_in
1:  lw t0, 4(s5)
    bnez t0, 1b
    lw a0, 0(s2)
    j finish
/* Two transfers under one id, which is looked at but once. */
    program dma_one_id
    li a0, 16
    jal start_in
    li t0, 300
1:  addi t0, t0, -1
    bnez t0, 1b
    li t0, 0x20000 | 0x40000 | 256
    sw t0, 0(s5)
    addi t1, s2, 1024
    sw t1, 0(s5)
    sw s7, 0(s5)
    await_polling
    lw a0, 0(s2)
    lw a0, 1024(s2)
    j finish
    program fill_buffer
    fill
    j finish
    program fill_then_barrier
    fill
    barrier
    j finish
    program out_late
    li t0, 1000
1:  addi t0, t0, -1
    bnez t0, 1b
    li a0, 256
    jal start_out
    await_polling
    j finish
    program barrier_then_out
    barrier
    li a0, 256
    jal start_out
    await_polling
    j finish

/* Two ways to the same transfer and the same early load: the second one through a tail call. */
    program by_ways
    li a0, 256
    jal way_short
    jal load_early
    await_polling
    li a0, 256
    jal way_long
    jal load_early
    await_polling
    j finish
    program load_early
    lw a3, 128(s2)
    ret
    program way_short
    mv s9, ra
    jal start_in
    jr s9
    program way_long
    mv s10, ra
    jal way_middle
    jr s10
    program way_middle
    mv s9, ra
    la t0, way_tail
    jalr t0
    jr s9
    program way_tail
    j start_in
