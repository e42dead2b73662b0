/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/start.h"
#include "platform/memmap.h"
#include <stddef.h>

/* Barrier 0 is the team's, barrier 1 that of all cores. */
enum { ALL_BARRIER = TL_EU + TL_EU_BARRIER + TL_EU_BARRIER_STRIDE };
enum { ALL_CORES = (1 << TL_CLUSTER_CORES) - 1, READY_EVENT = 0 };

volatile tl_mailbox tl_mailbox_storage __asm__("tl_mailbox");
__attribute__((section(".l1"))) volatile uint32_t tl_mark_word;

static inline volatile uint32_t *reg(uint32_t address) {
    return (volatile uint32_t *)(uintptr_t)address;
}

static void set_barrier(uint32_t barrier, uint32_t cores) {
    *reg(barrier + TL_EU_BARRIER_TRIGGER_MASK) = cores;
    *reg(barrier + TL_EU_BARRIER_TARGET_MASK) = cores;
}

/* p.elw: the core sleeps until an event of its mask has come. */
static void wait_on(uint32_t address) {
    uint32_t ignored;
    __asm__ volatile(".insn i 0x03, 6, %0, 0(%1)" : "=r"(ignored) : "r"(address) : "memory");
}

void tl_start_barriers(uint32_t core) {
    /* A core that came to the barrier before its masks were set would wait for ever. */
    if (core == 0) {
        set_barrier(ALL_BARRIER, ALL_CORES);
        *reg(TL_EU + TL_EU_SW_EVENT + 4 * READY_EVENT) = ALL_CORES & ~1;
    } else {
        *reg(TL_EU + TL_EU_MASK) = 1u << READY_EVENT;
        wait_on(TL_EU + TL_EU_WAIT_CLEAR);
    }
    *reg(TL_EU + TL_EU_MASK) = 1u << TL_EVENT_BARRIER;
}

void tl_set_team(uint32_t n) {
    set_barrier(TL_EU + TL_EU_BARRIER, (1u << n) - 1);
}

void tl_all_barrier(void) {
    wait_on(ALL_BARRIER + TL_EU_BARRIER_TRIGGER_WAIT_CLEAR);
}

_Noreturn void tl_exit(uint32_t status) {
    *reg(TL_SOC_CTRL + TL_SOC_CTRL_CORE_STATUS) = TL_SOC_CTRL_STATUS_VALID | status;
    for (;;)
        __asm__ volatile("wfi");
}

/* Compilers may call these for struct copies even where nothing else of a C library is used. */
void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);

static inline int aligned(const void *a, const void *b, size_t bytes) {
    return (((uintptr_t)a | (uintptr_t)b | bytes) & 3) == 0;
}

void *memcpy(void *to, const void *from, size_t bytes) {
    char *t = to;
    const char *f = from;
    if (aligned(to, from, bytes))
        for (size_t i = 0; i < bytes; i += 4)
            *(uint32_t *)(void *)(t + i) = *(const uint32_t *)(const void *)(f + i);
    else
        for (size_t i = 0; i < bytes; ++i)
            t[i] = f[i];
    return to;
}

void *memset(void *to, int value, size_t bytes) {
    char *t = to;
    uint32_t word = (uint8_t)value * 0x01010101u;
    if (aligned(to, to, bytes))
        for (size_t i = 0; i < bytes; i += 4)
            *(uint32_t *)(void *)(t + i) = word;
    else
        for (size_t i = 0; i < bytes; ++i)
            t[i] = (char)value;
    return to;
}
