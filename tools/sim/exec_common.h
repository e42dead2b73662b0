/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the interpreter's forms share. Each form is a file of its own, exec_fast.c, exec_full.c and exec_observed.c, so
 * that they compile side by side.
 */
#ifndef TL_SIM_EXEC_COMMON_H
#define TL_SIM_EXEC_COMMON_H

#include <math.h>
#include <string.h>

#include "tools/sim/state.h"
#include "tools/sim/timing.h"

#define SIM_NAN 0x7fc00000u
/* The compiler is to keep the pointer, and not to make it again where it is used. */
#define OPAQUE(pointer) __asm__("" : "+r"(pointer))

/* The forms: without anything that costs time; with FPUs that are shared or take long; both with an observer. */
sim_status sim_execute_fast(sim *s);
sim_status sim_execute_full(sim *s);
sim_status sim_execute_observed(sim *s);
sim_status sim_execute_observed_full(sim *s);
/* The first, with the sanitizer and no other observer. */
sim_status sim_execute_checked(sim *s);
/* The first, with the profile and no other observer. */
sim_status sim_execute_profiled(sim *s);

/* Bytes and sign of every access. */
extern const uint8_t sim_widths[SIM_CODES];

/* The machine stops in the middle of a cycle: cores whose turn was still to come in it. */
void sim_put_back(sim *s, uint32_t current);

/*
 * What is to be done before the cores' turn in cycle s->now: devices, counters. Where everybody sleeps time goes on to
 * the next event. Returns 0 when the machine stops, with SIM_OK at the limit.
 */
int sim_begin_cycle(sim *s);

static inline int sim_op_is_float(unsigned insn) {
    return (insn >= SIM_CODE_FPU && insn <= SIM_CODE_FMA_4) ||
           (insn >= SIM_FIRST_INSN && sim_insns[insn].class >= SIM_CLASS_FMA);
}

static inline uint32_t extract(uint32_t value, uint32_t bytes) {
    return bytes == 4 ? value : value & ((1u << 8 * bytes) - 1);
}

static inline uint32_t read_half(const uint8_t *p) {
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint32_t read_word(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint32_t sim_div(uint32_t a, uint32_t b) {
    if (!b)
        return UINT32_MAX;
    return b == UINT32_MAX ? 0 - a : (uint32_t)((int32_t)a / (int32_t)b);
}

static inline uint32_t sim_rem(uint32_t a, uint32_t b) {
    if (!b)
        return a;
    return b == UINT32_MAX ? 0 : (uint32_t)((int32_t)a % (int32_t)b);
}

static inline uint32_t sim_clip(uint32_t v, uint32_t low, uint32_t high) {
    return (int32_t)v <= (int32_t)low ? low : (int32_t)v >= (int32_t)high ? high : v;
}

/* Cycles beyond the first of a division by d. */
static inline uint32_t sim_divu_stall(uint32_t d) {
    return d ? (uint32_t)__builtin_clz(d) + SIM_DIV_BASE : 0;
}

static inline uint32_t sim_div_stall(uint32_t d) {
    return (int32_t)d < 0 ? (uint32_t)__builtin_clz(0 - d) + SIM_DIV_BASE_MINUS : sim_divu_stall(d);
}

static inline const sim_op *sim_jump_target(const sim *s, sim_core *c, uint32_t pc) {
    const sim_op *op = sim_op_at(s, pc);
    if (op && (pc >= TL_L1_BASE || c->index != SIM_FC))
        return op;
    c->nowhere_pc = pc;
    return s->ops + s->slots - 1;
}

static inline int sim_wfi_ready(const sim *s, const sim_core *c) {
    if (c->index == SIM_FC)
        return (s->itc_status & s->itc_mask) != 0;
    return (s->eu.core[c->index].buffer & (s->eu.core[c->index].mask | s->eu.core[c->index].irq_mask)) != 0;
}

/* Eight cycles in which a core came to no bank; its number aside. */
#define SIM_NO_BANKS (SIM_NO_BANK * 0x0101010101010101u)
/* The core stops for now, behind accesses up to the end of a stretch, if it did any. */
static inline void sim_end_run(sim *s, sim_core *c, uint64_t stretch_end) {
    typedef uint64_t sixteen __attribute__((vector_size(16)));
    sixteen use[SIM_STRETCH / 16], none = {SIM_NO_BANKS, SIM_NO_BANKS};
    memcpy(use, c->use + SIM_USE_FIRST, sizeof use);
    for (unsigned i = 0; i < SIM_STRETCH / 16; i++)
        none &= use[i];
    if ((none[0] & none[1]) != SIM_NO_BANKS) {
        c->use_at = stretch_end - SIM_STRETCH;
        s->ahead |= c->bit;
    }
}

/* Who is first among those that come in the same cycle. No period of a loop in a program is one of this. */
static inline unsigned sim_first_core(uint64_t t) {
    return (uint32_t)t * 0x9e3779b1u >> 29;
}

#endif
