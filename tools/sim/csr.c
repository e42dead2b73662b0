/* SPDX-License-Identifier: Apache-2.0 */
/* Control and status registers, counters among them. */
#include "tools/sim/state.h"

enum {
    CSR_FFLAGS = 0x001,
    CSR_FRM = 0x002,
    CSR_FCSR = 0x003,
    CSR_MSTATUS = 0x300,
    CSR_MISA = 0x301,
    CSR_MIE = 0x304,
    CSR_MTVEC = 0x305,
    CSR_MSCRATCH = 0x340,
    CSR_MEPC = 0x341,
    CSR_MCAUSE = 0x342,
    CSR_PCCR = 0x780,
    CSR_PCCR_ALL = 0x79f,
    CSR_LOOP = 0x7c0, /* start, end, count of loop 0; at + 4 of loop 1 */
    CSR_MCYCLE = 0xb00,
    CSR_MINSTRET = 0xb02,
    CSR_CYCLE = 0xc00,
    CSR_INSTRET = 0xc02,
    CSR_PCER = 0xcc0,
    CSR_PCMR = 0xcc1,
    CSR_MVENDORID = 0xf11,
    CSR_MHARTID = 0xf14
};

void sim_add_counters(sim_core_stats *stats, uint64_t count) {
    stats->instructions += count & SIM_COUNT_MASK;
    stats->fp += count / SIM_COUNT_FP & SIM_COUNT_MASK;
    stats->loads += count / SIM_COUNT_LOAD & SIM_COUNT_MASK;
    stats->macs += count / SIM_COUNT_MAC;
}

void sim_flush_counters(sim_core *c) {
    sim_add_counters(&c->stats, c->count);
    c->rvc += c->count / SIM_COUNT_RVC & SIM_COUNT_MASK;
    c->count = 0;
}

void sim_set_loop(sim *s, sim_loop *loop) {
    const sim_op *start = sim_op_at(s, loop->start), *end = sim_op_at(s, loop->end);
    if (start == loop->start_op && end == loop->end_op)
        return;
    loop->start_op = start ? start : s->ops + s->slots - 1;
    loop->end_op = end;
    if (start && s->machine.icache)
        sim_mark(s, start, SIM_FLAG_LINE);
    if (end)
        sim_mark(s, end, SIM_FLAG_LOOP);
}

/* The events of the performance counters: docs/cluster.md, section 1. */
static uint64_t event_count(const sim_core *c, unsigned n, uint64_t t) {
    switch (n) {
    case 0:
        return t;
    case 1:
        return c->stats.instructions;
    case 2:
        return c->stats.stall[SIM_STALL_LOAD_USE];
    case 4:
        return c->imisses;
    case 5:
        return c->stats.loads;
    case 6:
        return c->stats.stores;
    case 7:
        return c->jumps;
    case 8:
        return c->branches;
    case 9:
        return c->taken;
    case 10:
        return c->rvc;
    case 11:
        return c->elws;
    case 18:
        return c->fpu_waits;
    default:
        return 0; /* 3 and 12 to 16 never count in the reference either */
    }
}

/* While a counter is on, `base` is the event's count at its zero; while off, it is minus the counter. */
static int counter_on(const sim_core *c, unsigned n) {
    return (c->pcmr & 1) && (c->pcer >> n & 1);
}

static uint32_t read_counter(const sim_core *c, unsigned n, uint64_t t) {
    uint64_t now = counter_on(c, n) ? event_count(c, n, t) : 0;
    return (uint32_t)(now - c->pccr_base[n]);
}

static void write_counter(sim_core *c, unsigned n, uint32_t value, uint64_t t) {
    uint64_t now = counter_on(c, n) ? event_count(c, n, t) : 0;
    c->pccr_base[n] = now - value;
}

static void set_counting(sim_core *c, uint32_t pcer, uint32_t pcmr, uint64_t t) {
    uint32_t value[32];
    for (unsigned n = 0; n < 32; n++)
        value[n] = read_counter(c, n, t);
    c->pcer = pcer;
    c->pcmr = pcmr;
    for (unsigned n = 0; n < 32; n++)
        write_counter(c, n, value[n], t);
}

static int read_csr(const sim *s, const sim_core *c, uint32_t csr, uint64_t t, uint32_t *value) {
    (void)s;
    if (csr >= CSR_PCCR && csr < CSR_PCCR_ALL) {
        *value = read_counter(c, csr - CSR_PCCR, t);
        return 1;
    }
    if (csr >= CSR_LOOP && csr < CSR_LOOP + 7 && csr != CSR_LOOP + 3) {
        const sim_loop *loop = &c->loop[csr >= CSR_LOOP + 4];
        *value = (csr & 3) == 0 ? loop->start : (csr & 3) == 1 ? loop->end : loop->count;
        return 1;
    }
    switch (csr) {
    case CSR_FFLAGS:
        *value = c->fflags;
        break;
    case CSR_FRM:
        *value = c->frm;
        break;
    case CSR_FCSR:
        *value = c->frm << 5 | c->fflags;
        break;
    case CSR_MSTATUS:
        *value = c->mstatus;
        break;
    case CSR_MISA:
        *value = 1u << 30 | 1u << ('I' - 'A') | 1u << ('M' - 'A') | 1u << ('C' - 'A') | 1u << ('X' - 'A');
        break;
    case CSR_MIE:
        *value = 0;
        break;
    case CSR_MTVEC:
        *value = c->mtvec;
        break;
    case CSR_MSCRATCH:
        *value = c->mscratch;
        break;
    case CSR_MEPC:
        *value = c->mepc;
        break;
    case CSR_MCAUSE:
        *value = c->mcause;
        break;
    case CSR_PCCR_ALL:
    case CSR_MVENDORID:
    case CSR_MVENDORID + 1:
    case CSR_MVENDORID + 2:
        *value = 0;
        break;
    case CSR_MCYCLE:
    case CSR_CYCLE:
        *value = (uint32_t)t;
        break;
    case CSR_MINSTRET:
    case CSR_INSTRET:
        *value = (uint32_t)c->stats.instructions;
        break;
    case CSR_PCER:
        *value = c->pcer;
        break;
    case CSR_PCMR:
        *value = c->pcmr;
        break;
    case CSR_MHARTID:
        *value = c->hart;
        break;
    default:
        return 0;
    }
    return 1;
}

static void need_exact_fp(sim *s) {
    if (s->exact_fp)
        return;
    s->exact_fp = 1;
    sim_forget_code(s);
}

static void write_csr(sim *s, sim_core *c, uint32_t csr, uint32_t value, uint64_t t) {
    if (csr >= CSR_PCCR && csr < CSR_PCCR_ALL) {
        write_counter(c, csr - CSR_PCCR, value, t);
        return;
    }
    if (csr >= CSR_LOOP && csr < CSR_LOOP + 7 && csr != CSR_LOOP + 3) {
        sim_loop *loop = &c->loop[csr >= CSR_LOOP + 4];
        uint32_t *field = (csr & 3) == 0 ? &loop->start : (csr & 3) == 1 ? &loop->end : &loop->count;
        *field = value;
        sim_set_loop(s, loop);
        return;
    }
    switch (csr) {
    case CSR_FFLAGS:
        c->fflags = value & 31;
        break;
    case CSR_FRM:
        c->frm = value & 7;
        break;
    case CSR_FCSR:
        c->fflags = value & 31;
        c->frm = value >> 5 & 7;
        break;
    case CSR_MSTATUS:
        sim_set_mstatus(s, c, value);
        break;
    case CSR_MTVEC:
        c->mtvec = value;
        break;
    case CSR_MSCRATCH:
        c->mscratch = value;
        break;
    case CSR_MEPC:
        c->mepc = value;
        break;
    case CSR_MCAUSE:
        c->mcause = value;
        break;
    case CSR_PCCR_ALL:
        for (unsigned n = 0; n < 31; n++)
            write_counter(c, n, value, t);
        break;
    case CSR_PCER:
        set_counting(c, value, c->pcmr, t);
        break;
    case CSR_PCMR:
        set_counting(c, c->pcer, value, t);
        break;
    default:
        break; /* read only */
    }
    if (c->frm)
        need_exact_fp(s);
}

int sim_csr(sim *s, sim_core *c, uint32_t csr, unsigned how, uint32_t operand, int writes, uint64_t t,
            uint32_t *value) {
    sim_flush_counters(c);
    if (!read_csr(s, c, csr, t, value))
        return 0;
    if (writes)
        write_csr(s, c, csr,
                  how == SIM_CSR_WRITE ? operand
                  : how == SIM_CSR_SET ? *value | operand
                                       : *value & ~operand,
                  t);
    return 1;
}
