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

uint32_t tl_dma_begin(const tl_team *team) {
    (void)team;
    return *reg(TL_DMA + TL_DMA_CMD);
}

static inline void command(uint32_t flags, uint32_t bytes, uintptr_t l1, uintptr_t l2) {
    volatile uint32_t *queue = reg(TL_DMA + TL_DMA_CMD);
    *queue = flags | bytes;
    *queue = l1;
    *queue = l2;
}

static inline void command_2d(uint32_t flags, uint32_t bytes, uintptr_t l1, uintptr_t l2, uint32_t run,
                              uint32_t stride) {
    command(flags | TL_DMA_CMD_2D_L2, bytes, l1, l2);
    *reg(TL_DMA + TL_DMA_CMD) = run;
    *reg(TL_DMA + TL_DMA_CMD) = stride;
}

/*
 * One command carries 128 KiB less one at the most, which is more than the arena. Rows that touch in L1 go as one
 * transfer, by the last core (the others are likelier to have work of their own); the rest are shared out by rows.
 */
void tl_dma_start(const tl_team *team, tl_dma_direction direction, const tl_dma_box *box) {
    uint32_t flags = TL_DMA_CMD_INCREMENT | TL_DMA_CMD_EVENT | (direction == TL_DMA_IN ? TL_DMA_CMD_TO_L1 : 0);
    uintptr_t l1 = (uintptr_t)box->l1, l2 = (uintptr_t)box->l2;
    uint32_t segments = box->segments, bytes = box->bytes;
    if (box->l2_segment == bytes || segments == 1) {
        bytes *= segments;
        segments = 1;
    }
    uint32_t rows = box->rows;
    if (segments > 1 && box->l1_pitch == segments * bytes && box->l2_pitch == segments * box->l2_segment) {
        segments *= rows;
        rows = 1;
    }
    if (segments == 1 && (rows == 1 || box->l1_pitch == bytes)) {
        if (team->id != team->n - 1)
            return;
        if (rows == 1 || box->l2_pitch == bytes)
            command(flags, bytes * rows, l1, l2);
        else
            command_2d(flags, bytes * rows, l1, l2, bytes, box->l2_pitch);
        return;
    }
    for (uint32_t r = team->id; r < rows; r += team->n) {
        uintptr_t row_l1 = l1 + r * box->l1_pitch, row_l2 = l2 + r * box->l2_pitch;
        if (segments == 1)
            command(flags, bytes, row_l1, row_l2);
        else
            command_2d(flags, bytes * segments, row_l1, row_l2, bytes, box->l2_segment);
    }
}

/* Only events waited for may be in the mask: the barrier's wait would end with any of them. */
void tl_dma_end(const tl_team *team, uint32_t handle) {
    (void)team;
    volatile uint32_t *status = reg(TL_DMA + TL_DMA_STATUS);
    if ((*status >> handle) & 1) {
        *reg(TL_EU + TL_EU_MASK) = 1u << TL_EVENT_DMA;
        do
            (void)event_load(TL_EU + TL_EU_WAIT_CLEAR);
        while ((*status >> handle) & 1);
        *reg(TL_EU + TL_EU_MASK) = 1u << TL_EVENT_BARRIER;
    }
    *status = 1u << handle;
    __asm__ volatile("" ::: "memory");
}
