/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instruction caches. What an L0 holds stands in its lines' first ops, one bit for each core, so that a hit costs the
 * interpreter one test; this file sees the misses only.
 */
#include <string.h>

#include "tools/sim/state.h"
#include "tools/sim/timing.h"

/* The pseudo-random way to replace: timing section 5 of docs/cluster.md. */
static unsigned next_way(uint8_t *lfsr, uint32_t ways) {
    unsigned v = *lfsr, feedback = ~(v >> 7 ^ v >> 3 ^ v >> 2 ^ v >> 1) & 1;
    v = (v << 1 | feedback) & 0xff;
    *lfsr = (uint8_t)v;
    return v >> 1 & (ways - 1);
}

/* When the shared cache can deliver the line. */
static uint64_t shared_line(sim *s, uint32_t line, uint64_t t) {
    const sim_machine *m = &s->machine;
    const uint32_t number = line & (m->l1i_banks - 1), tag = line + 1;
    const uint32_t set = number * m->l1i_sets + (line >> __builtin_ctz(m->l1i_banks) & (m->l1i_sets - 1));
    sim_l1i_bank *bank = &s->l1i[number];
    uint32_t *tags = s->l1i_tag + set * m->l1i_ways;
    uint64_t *arrivals = s->l1i_arrival + set * m->l1i_ways;
    for (unsigned way = 0; way < m->l1i_ways; way++)
        if (tags[way] == tag)
            return arrivals[way] > t ? arrivals[way] : t;
    uint64_t start = bank->refill_free > t ? bank->refill_free : t;
    unsigned way = next_way(&bank->lfsr, m->l1i_ways);
    s->l1i_misses++;
    tags[way] = tag;
    bank->refill_free = arrivals[way] = start + m->l2_latency + SIM_L1I_REFILL;
    return bank->refill_free;
}

static uint16_t *present(sim *s, uint32_t line) {
    return &s->ops[line * SIM_LINE_OPS].present;
}

/* With the caches off a core holds the line it is in and the one before: an instruction may lie in both. */
static uint64_t fetch_past(sim *s, sim_core *c, uint32_t line) {
    uint32_t *held = c->l0.tag;
    if (held[1])
        *present(s, held[1] - 1) &= (uint16_t)~c->bit;
    held[1] = held[0];
    held[0] = line + 1;
    c->imisses++;
    return s->machine.l2_latency;
}

uint64_t sim_fetch_line(sim *s, sim_core *c, uint32_t line, uint64_t t) {
    *present(s, line) |= (uint16_t)c->bit;
    if (c->index == SIM_FC || !s->machine.icache)
        return 0;
    if (s->icache_off)
        return fetch_past(s, c, line);
    const uint32_t ways = s->machine.l0_ways;
    uint32_t *tag = &c->l0.tag[(line & (s->machine.l0_sets - 1)) * ways + next_way(&c->l0.lfsr, ways)];
    if (*tag)
        *present(s, *tag - 1) &= (uint16_t)~c->bit;
    *tag = line + 1;
    s->l0_misses++;
    c->imisses++;
    return shared_line(s, line, t) + SIM_L0_REFILL - t;
}

void sim_flush_icache(sim *s) {
    if (!s->machine.icache)
        return;
    for (uint32_t i = 0; i < s->machine.cores; i++) {
        sim_core *c = &s->core[i];
        for (unsigned k = 0; k < SIM_L0_MAX_LINES; k++) {
            if (c->l0.tag[k])
                *present(s, c->l0.tag[k] - 1) &= (uint16_t)~c->bit;
            c->l0.tag[k] = 0;
        }
    }
    memset(s->l1i_tag, 0, sizeof s->l1i_tag);
}

/* Every line that was ever fetched has been decoded from. */
static void forget_lines(sim *s, const uint8_t *attr, uint32_t bytes, uint32_t first_line) {
    for (uint32_t i = 0; i < bytes / 16; i++)
        if (attr[i * 16 >> SIM_ATTR_SHIFT] & SIM_ATTR_CODE)
            *present(s, first_line + i) = 0;
}

void sim_reset_icache(sim *s) {
    forget_lines(s, s->l1_attr, s->machine.l1_bytes, 0);
    forget_lines(s, s->l2_attr, s->l2_bytes, s->l2_first / SIM_LINE_OPS);
    *present(s, s->l1_slots / SIM_LINE_OPS) = *present(s, s->slots / SIM_LINE_OPS - 1) = 0; /* where no memory is */
    for (uint32_t i = 0; i < SIM_MAX_CORES; i++)
        memset(&s->core[i].l0, 0, sizeof s->core[i].l0);
    memset(s->l1i, 0, sizeof s->l1i);
    memset(s->l1i_tag, 0, sizeof s->l1i_tag);
    memset(s->l1i_arrival, 0, sizeof s->l1i_arrival);
}
