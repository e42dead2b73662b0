/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gets which bank of L1 when. A bank serves one access a cycle, first come first served (S5). The interpreter's
 * fast forms do accesses ahead of the machine's time and only note which bank they came to in which cycle
 * (sim_core.use). Here they are put in order once no core can come before them any more: who finds its bank taken
 * waits, and all that it has done since comes later. It is as if every access had waited for its turn.
 */
#include <stddef.h>
#include <string.h>

#include "tools/sim/exec_common.h"
#include "tools/sim/observe.h"

/* Sixteen cycles, a byte each. */
typedef uint8_t look __attribute__((vector_size(16)));
#define LOOK       ((unsigned)sizeof(look))
#define MOST_CORES 8
#define MOST_HELD  2
#define NONE_HELD  0xf0 /* and the number of held[]: equal to nothing else */

typedef struct view {
    uint64_t from;
    look core[MOST_CORES]; /* the bank that it comes to */
    look held[MOST_HELD];  /* banks that are taken already */
    look crowded;          /* more of them are */
} view;

void sim_forget_banks(sim *s, sim_core *c) {
    memset(c->use, (int)(SIM_NO_BANK | c->index), sizeof c->use);
    s->ahead &= ~c->bit;
}

static inline void look_at(view *v, const sim_core *c) {
    uint64_t first = SIM_USE_FIRST + v->from - c->use_at; /* wraps where the core's begin later */
    first = first > SIM_USE_FIRST + SIM_STRETCH ? SIM_USE_FIRST + SIM_STRETCH : first;
    memcpy(&v->core[c->index], c->use + first, LOOK);
}

static void hold(view *v, unsigned bank, uint64_t t) {
    const uint64_t i = t - v->from;
    unsigned k = 0;
    if (i >= LOOK)
        return;
    while (k < MOST_HELD && v->held[k][i] < NONE_HELD)
        k++;
    if (k < MOST_HELD)
        v->held[k][i] = (uint8_t)bank;
    else
        v->crowded[i] = 0xff;
}

static void look_at_all(const sim *s, view *v, uint64_t from) {
    v->from = from;
    for (unsigned i = 0; i < MOST_CORES; i++)
        look_at(v, &s->core[i]);
    for (unsigned k = 0; k < MOST_HELD; k++)
        memset(&v->held[k], (int)(NONE_HELD + k), LOOK);
    memset(&v->crowded, 0, LOOK);
    for (uint64_t t = from; t <= s->taken_until && t < from + LOOK; t++)
        if (s->taken_at[t & (SIM_WHEEL - 1)] == t)
            for (uint64_t banks = s->taken[t & (SIM_WHEEL - 1)]; banks; banks &= banks - 1)
                hold(v, (unsigned)__builtin_ctzll(banks), t);
}

/* The first cycle from this one on in which somebody wants a bank that another wants or has, or LOOK. */
static inline unsigned find_clash(const view *v, unsigned first) {
    look clash = v->crowded;
    uint64_t half[2];
    for (unsigned i = 0; i < MOST_CORES; i++) {
        for (unsigned k = 1; k < MOST_CORES / 2; k++)
            clash |= (look)(v->core[i] == v->core[(i + k) % MOST_CORES]);
        if (i < MOST_CORES / 2)
            clash |= (look)(v->core[i] == v->core[i + MOST_CORES / 2]);
        for (unsigned k = 0; k < MOST_HELD; k++)
            clash |= (look)(v->core[i] == v->held[k]);
    }
    memcpy(half, &clash, sizeof half);
    half[0] = first < 8 ? half[0] >> 8 * first << 8 * first : 0;
    half[1] = first <= 8 ? half[1] : first < LOOK ? half[1] >> (8 * first - 64) << (8 * first - 64) : 0;
    return half[0]   ? (unsigned)__builtin_ctzll(half[0]) / 8
           : half[1] ? 8 + (unsigned)__builtin_ctzll(half[1]) / 8
                     : LOOK;
}

/* The core's access in this cycle of its stretch waited so long: its next turn comes later too. */
static void delay(sim *s, sim_core *c, uint64_t local, uint64_t cycles) {
    if (s->observer && s->observer->profile)
        sim_profile_waited(s->observer->profile, s, c, local, cycles);
    c->use_at += cycles;
    c->stats.bank_conflicts++;
    c->stats.stall[SIM_STALL_BANK] += cycles;
    if (c->turn != &s->turn[SIM_CODE_LATER] && c->turn != &s->turn[SIM_CODE_STRETCH]) {
        uint32_t *wheel = &s->wheel[c->t & (SIM_WHEEL - 1)];
        *wheel &= ~c->bit;
        if (!*wheel)
            s->due &= ~((uint64_t)1 << (c->t & (SIM_WHEEL - 1)));
        if (c->t + cycles - s->now < SIM_WHEEL) {
            sim_insert_at(s, c, c->t + cycles);
        } else {
            c->later = c->turn;
            c->turn = &s->turn[SIM_CODE_LATER];
            sim_insert_at(s, c, s->now + SIM_WHEEL - 1);
        }
    }
    c->t += cycles;
}

/* The core comes to this bank at t. Returns when it gets it. */
static uint64_t serve(sim *s, sim_core *c, unsigned bank, uint64_t t) {
    const uint64_t local = t - c->use_at;
    uint64_t at = t;
    while (sim_is_taken(s, bank, at))
        at++;
    sim_take(s, bank, at);
    s->taken_until = at > s->taken_until ? at : s->taken_until;
    /* What is settled must not be seen again in a later cycle. */
    for (uint64_t k = 0; k <= at - t && k <= local; k++)
        c->use[SIM_USE_FIRST + local - k] = (uint8_t)(SIM_NO_BANK | c->index);
    if (at > t)
        delay(s, c, local, at - t);
    return at;
}

/* Serves all who come to a bank in this cycle that another comes to or has, in their order. */
static void serve_cycle(sim *s, view *v, unsigned i) {
    const uint64_t t = v->from + i;
    const unsigned first = sim_first_core(t), slot = t & (SIM_WHEEL - 1);
    uint64_t once = s->taken_at[slot] == t ? s->taken[slot] : 0, twice = 0;
    uint32_t cores = 0;
    for (unsigned k = 0; k < MOST_CORES; k++) {
        const uint64_t bit = (uint64_t)(v->core[k][i] < SIM_NO_BANK) << (v->core[k][i] & (SIM_MAX_BANKS - 1));
        twice |= once & bit;
        once |= bit;
    }
    for (unsigned k = 0; k < MOST_CORES; k++)
        cores |= (uint32_t)(v->core[k][i] < SIM_NO_BANK && (twice >> (v->core[k][i] & (SIM_MAX_BANKS - 1)) & 1)) << k;
    for (uint32_t order = cores * 0x101 >> first & 0xff; order; order &= order - 1) {
        sim_core *c = s->ring[first + (unsigned)__builtin_ctz(order)];
        const unsigned bank = v->core[c->index][i];
        const uint64_t at = serve(s, c, bank, t);
        if (at > t)
            hold(v, bank, at);
        look_at(v, c);
    }
}

/* Where settling has to go on: nobody did anything ahead of time before. */
static uint64_t settle_from(const sim *s) {
    uint64_t first = SIM_NEVER;
    for (uint32_t cores = s->ahead; cores; cores &= cores - 1) {
        const sim_core *c = &s->core[__builtin_ctz(cores)];
        first = c->use_at < first ? c->use_at : first;
    }
    return first > s->settled ? first : s->settled;
}

void sim_settle_banks(sim *s, uint64_t until) {
    view v;
    for (uint64_t from = settle_from(s); from < until; from += LOOK) {
        look_at_all(s, &v, from);
        for (unsigned i = 0; i = find_clash(&v, i), i < LOOK && from + i < until; i++)
            serve_cycle(s, &v, i);
    }
    s->settled = until;
    for (uint32_t cores = s->ahead & s->wheel[until & (SIM_WHEEL - 1)]; cores; cores &= cores - 1) {
        sim_core *c = &s->core[__builtin_ctz(cores)];
        if (c->t <= until) /* its turn: all that it did is behind */
            sim_forget_banks(s, c);
    }
}

int sim_forget_settled(sim *s, sim_core *c) {
    if (!(s->ahead & c->bit))
        return 1;
    for (uint64_t i = s->now > c->use_at ? s->now - c->use_at : 0; i < SIM_STRETCH; i++)
        if (c->use[SIM_USE_FIRST + i] < SIM_NO_BANK)
            return 0;
    sim_forget_banks(s, c);
    return 1;
}

void sim_serve_earlier(sim *s, const sim_core *c, uint64_t t) {
    const unsigned first = sim_first_core(t);
    if (s->settled < t)
        sim_settle_banks(s, t);
    for (unsigned i = 0; s->ring[first + i] != c; i++) {
        sim_core *other = s->ring[first + i];
        const uint64_t local = t - other->use_at;
        if (local < SIM_STRETCH && other->use[SIM_USE_FIRST + local] < SIM_NO_BANK)
            serve(s, other, other->use[SIM_USE_FIRST + local], t);
    }
    s->taken_until = t + SIM_WHEEL - 1; /* and what c takes now */
}

uint64_t sim_wait_for_bank(const sim *s, sim_core *c, unsigned bank, uint64_t t) {
    uint64_t from = t;
    do
        t++;
    while (sim_is_taken(s, bank, t));
    c->stats.bank_conflicts++;
    c->stats.stall[SIM_STALL_BANK] += t - from;
    return t;
}
