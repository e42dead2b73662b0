/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter's helpers, and its two forms. */
#include <math.h>
#include <string.h>

#include "tools/sim/exec_class.h"
#include "tools/sim/state.h"
#include "tools/sim/timing.h"

/* Computed goto, which both compilers have and the standard has not. */
#pragma GCC diagnostic ignored "-Wpedantic"

#define SIM_NAN 0x7fc00000u
/* The compiler is to keep the pointer, and not to make it again where it is used. */
#define OPAQUE(pointer) __asm__("" : "+r"(pointer))
/* Bytes and sign of every access. */
static const uint8_t widths[SIM_CODES] = {
#define INSN(id, text, mask, match, format, class, ...) [SIM_INSN_##id] = WIDTH_##class(__VA_ARGS__),
#include "tools/sim/isa.def"
#undef INSN
};

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

static int sim_wfi_ready(const sim *s, const sim_core *c) {
    if (c->index == SIM_FC)
        return (s->itc_status & s->itc_mask) != 0;
    return (s->eu.core[c->index].buffer & s->eu.core[c->index].mask) != 0;
}

/* Who is first among those that come in the same cycle. No period of a loop in a program is one of this. */
static inline unsigned sim_first_core(uint64_t t) {
    return (uint32_t)t * 0x9e3779b1u >> 29;
}

/* Cores in the wheel stand where they are; writes their times into them. */
static void sim_settle(sim *s) {
    for (uint64_t t = s->now; t < s->now + SIM_WHEEL; t++)
        for (uint32_t cores = s->wheel[t & (SIM_WHEEL - 1)]; cores; cores &= cores - 1) {
            sim_core *c = &s->core[__builtin_ctz(cores)];
            if (c->turn != &s->turn[SIM_CODE_LATER])
                c->t = t;
        }
}

/* The machine stops in the middle of a cycle: cores whose turn was still to come in it, and in the next. */
static void put_back(sim *s, uint32_t current, uint32_t soon) {
    s->wheel[s->now & (SIM_WHEEL - 1)] |= current;
    s->wheel[(s->now + 1) & (SIM_WHEEL - 1)] |= soon;
    sim_settle(s);
}

static int somebody_runs(const sim *s) {
    uint32_t any = 0;
    for (unsigned i = 0; i < SIM_WHEEL; i++)
        any |= s->wheel[i];
    return any != 0;
}

/*
 * What is to be done before the cores' turn in cycle s->now: devices, counters. Where everybody sleeps time goes on to
 * the next event. Returns 0 when the machine stops, with SIM_OK at the limit.
 */
static int sim_begin_cycle(sim *s) {
    for (;;) {
        int runs = somebody_runs(s);
        if (!runs && s->device_next == SIM_NEVER) {
            sim_report_deadlock(s);
            return 0;
        }
        if (!runs && s->device_next > s->now)
            s->now = s->device_next < s->limit ? s->device_next : s->limit;
        if (s->now >= s->limit)
            return 0;
        if (s->now >= s->device_next)
            sim_run_devices(s, s->now);
        if (s->now >= s->flush_at) {
            for (unsigned i = 0; i < SIM_MAX_CORES; i++)
                sim_flush_counters(&s->core[i]);
            s->flush_at = s->now + SIM_RUN_AHEAD;
            s->run_ahead = s->flush_at + SIM_RUN_AHEAD;
        }
        sim_schedule_devices(s);
        if (runs || somebody_runs(s))
            return 1;
    }
}

static uint64_t wait_for_operands(sim *s, sim_core *c, const sim_op *op, uint64_t t) {
    if (op->code == SIM_CODE_DECODE)
        sim_decode(s, op);
    uint64_t ready = t;
    for (uint32_t reads = op->reads; reads; reads &= reads - 1) {
        uint64_t at = c->ready[__builtin_ctz(reads)];
        ready = at > ready ? at : ready;
    }
    c->stats.stall[SIM_STALL_FPU] += ready - t;
    return ready;
}

/* When a floating-point instruction can start that arrives at t; `stall`: what it takes beyond the first cycle. */
static uint64_t issue_fp(sim *s, sim_core *c, unsigned rd, uint64_t t, uint32_t stall) {
    uint64_t start = t;
    if (s->machine.fpus < s->machine.cores && c->index != SIM_FC) {
        uint64_t *unit = stall ? &s->fdiv_free : &s->fpu_free[c->index % s->machine.fpus];
        if (*unit > t) {
            start = *unit;
            c->fpu_waits += start - t;
            c->stats.stall[SIM_STALL_FPU] += start - t;
        }
        *unit = start + 1 + stall;
    }
    if (!stall) {
        c->ready[rd] = start + s->machine.fpu_latency;
        c->ready_max = c->ready[rd] > c->ready_max ? c->ready[rd] : c->ready_max;
    }
    return start;
}

#define EXECUTE execute_fast
#include "tools/sim/exec.inc"
#undef EXECUTE
#undef WAIT_FOR_OPERANDS
#undef FPU_ISSUE
#undef FLOAT_LABEL

#define SIM_FULL
#define EXECUTE execute_full
#include "tools/sim/exec.inc"

sim_status sim_execute(sim *s) {
    int full = s->machine.fpus < s->machine.cores || s->machine.fpu_latency > 1;
    return full ? execute_full(s) : execute_fast(s);
}
