/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/budget.h"
#include "platform/memmap.h"
#include "src/hal/hal.h"

/* Symbols of the program (platform/start.c). */
extern volatile uint32_t tl_mark_word;

static inline volatile uint32_t *reg(uint32_t address) {
    return (volatile uint32_t *)(uintptr_t)address;
}

/* p.elw: a load that sleeps until an event of the core's mask arrives. */
static inline uint32_t event_load(uint32_t address) {
    uint32_t value;
    __asm__ volatile(".insn i 0x03, 6, %0, 0(%1)" : "=r"(value) : "r"(address) : "memory");
    return value;
}

void tl_barrier(const tl_team *team) {
    if (team->n > 1)
        (void)event_load(TL_EU + TL_EU_BARRIER + TL_EU_BARRIER_TRIGGER_WAIT_CLEAR);
    else
        __asm__ volatile("" ::: "memory");
}

char *tl_l1(const tl_team *team) {
    (void)team;
    return (char *)(uintptr_t)TL_L1_ARENA;
}

size_t tl_l1_bytes(const tl_team *team) {
    (void)team;
    return TL_L1_ARENA_BYTES;
}

uint32_t tl_cycles(void) {
    uint32_t value;
    __asm__ volatile("csrr %0, mcycle" : "=r"(value));
    return value;
}

void tl_mark(const tl_team *team, uint32_t part) {
    if (team->id == 0)
        tl_mark_word = part + 1;
}

/* One command carries 128 KiB less one at the most, which is more than the arena. */
static void command(uint32_t *handle, uint32_t flags, uint32_t bytes, uintptr_t l1, uintptr_t l2, uint32_t run,
                    uint32_t stride) {
    volatile uint32_t *queue = reg(TL_DMA + TL_DMA_CMD);
    /* Reading the queue allocates a counter, of which the hardware has 16: only who sends something takes one. */
    if (*handle == TL_DMA_NONE)
        *handle = *queue;
    flags |= TL_DMA_CMD_INCREMENT | TL_DMA_CMD_EVENT;
    *queue = (run == bytes ? flags : flags | TL_DMA_CMD_2D_L2) | bytes;
    *queue = l1;
    *queue = l2;
    if (run != bytes) {
        *queue = run;
        *queue = stride;
    }
}

/*
 * Rows that touch in L1 go as one transfer, by the last core (the others are likelier to have work of their own); the
 * rest are shared out by rows.
 */
void tl_dma_start(const tl_team *team, uint32_t *handle, tl_dma_direction direction, const tl_dma_box *box) {
    uint32_t flags = direction == TL_DMA_IN ? TL_DMA_CMD_TO_L1 : 0;
    uintptr_t l1 = (uintptr_t)box->l1, l2 = (uintptr_t)box->l2;
    uint32_t rows = box->rows, bytes = box->segments * box->bytes, run = box->bytes, stride = box->l2_segment;
    if (stride == run || box->segments == 1) {
        run = bytes;
        stride = box->l2_pitch;
    }
    /* Equally spaced runs from the first row to the last are one two-dimensional transfer. */
    if (rows > 1 && box->l1_pitch == bytes && (run == bytes || box->l2_pitch == box->segments * stride)) {
        bytes *= rows;
        if (stride == run)
            run = bytes;
        rows = 1;
    }
    if (rows == 1) {
        if (team->id == team->n - 1)
            command(handle, flags, bytes, l1, l2, run, stride);
        return;
    }
    for (uint32_t r = team->id; r < rows; r += team->n)
        command(handle, flags, bytes, l1 + r * box->l1_pitch, l2 + r * box->l2_pitch, run, stride);
}

/* Only events waited for may be in the mask: the barrier's wait would end with any of them. */
void tl_dma_end(uint32_t handle) {
    if (handle != TL_DMA_NONE) {
        volatile uint32_t *status = reg(TL_DMA + TL_DMA_STATUS);
        if ((*status >> handle) & 1) {
            *reg(TL_EU + TL_EU_MASK) = 1u << TL_EVENT_DMA;
            do
                (void)event_load(TL_EU + TL_EU_WAIT_CLEAR);
            while ((*status >> handle) & 1);
            *reg(TL_EU + TL_EU_MASK) = 1u << TL_EVENT_BARRIER;
        }
        *status = 1u << handle;
    }
    __asm__ volatile("" ::: "memory");
}
