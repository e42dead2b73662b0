/* SPDX-License-Identifier: Apache-2.0 */
/* Bits of a word, by one instruction where the machine has it and the compiler does not know. */
#ifndef TL_HAL_BITS_H
#define TL_HAL_BITS_H

#include <stdint.h>

/* The lowest bit that is set, of a word that is not 0. */
static inline uint32_t tl_first_bit(uint32_t value) {
#ifdef TL_PULP
    uint32_t bit;
    __asm__(".insn r 0x33, 0, 0x08, %0, %1, x0" : "=r"(bit) : "r"(value)); /* p.ff1 */
    return bit;
#else
    return (uint32_t)__builtin_ctz(value);
#endif
}

/* slot[i] becomes the next word of `from` for every bit i of `mask`, from the lowest on. Returns what stands behind. */
static inline const uintptr_t *tl_scatter(uintptr_t *slot, uint32_t mask, const uintptr_t *from) {
    while (mask) {
        const uint32_t bit = tl_first_bit(mask);
#ifdef TL_PULP
        uintptr_t value;
        __asm__ volatile(".insn i 0x0b, 2, %0, 4(%1)" : "=r"(value), "+r"(from) : : "memory"); /* p.lw, from += 4 */
        __asm__(".insn r 0x33, 3, 0x40, %0, %0, %1" : "+r"(mask) : "r"(bit));                  /* p.bclrr */
        __asm__ volatile(".insn r 0x23, 6, 0x00, %0, %1, %2" : : "r"(bit * 4), "r"(slot), "r"(value) : "memory");
#else
        slot[bit] = *from++;
        mask &= mask - 1;
#endif
    }
    return from;
}

#endif
