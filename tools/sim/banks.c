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
#define MOST_HELD  1
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

/* Where its banks from t on are noted. */
static inline uint64_t use_index(const sim_core *c, uint64_t t) {
    const uint64_t i = SIM_USE_FIRST + t - c->use_at; /* wraps where the core's begin later */
    return i > SIM_USE_FIRST + SIM_STRETCH ? SIM_USE_FIRST + SIM_STRETCH : i;
}

static inline void look_at(view *v, const sim_core *c) {
    memcpy(&v->core[c->index], c->use + use_index(c, v->from), LOOK);
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

static int look_at_all(const sim *s, view *v, uint64_t from) {
    int any_held = 0;
    v->from = from;
    for (unsigned i = 0; i < MOST_CORES; i++)
        look_at(v, &s->core[i]);
    for (unsigned k = 0; k < MOST_HELD; k++)
        memset(&v->held[k], (int)(NONE_HELD + k), LOOK);
    memset(&v->crowded, 0, LOOK);
    for (uint64_t t = from; t <= s->taken_until && t < from + LOOK; t++)
        if (s->taken_at[t & (SIM_WHEEL - 1)] == t)
            for (uint64_t banks = s->taken[t & (SIM_WHEEL - 1)]; banks; banks &= banks - 1) {
                hold(v, (unsigned)__builtin_ctzll(banks), t);
                any_held = 1;
            }
    return any_held;
}

/* Cycles (all bits of a byte) in which somebody wants a bank that another wants or has. */
static inline look find_clashes(const view *v, int any_held) {
    look clash = v->crowded;
    for (unsigned i = 0; i < MOST_CORES; i++) {
        for (unsigned k = 1; k < MOST_CORES / 2; k++)
            clash |= (look)(v->core[i] == v->core[(i + k) % MOST_CORES]);
        if (i < MOST_CORES / 2)
            clash |= (look)(v->core[i] == v->core[i + MOST_CORES / 2]);
    }
    if (any_held)
        for (unsigned i = 0; i < MOST_CORES; i++)
            for (unsigned k = 0; k < MOST_HELD; k++)
                clash |= (look)(v->core[i] == v->held[k]);
    return clash;
}

/* The same, of what has changed: where this core comes now, and what banks are held. */
static inline look find_clashes_of(const view *v, unsigned core) {
    look clash = v->crowded;
    for (unsigned k = 1; k < MOST_CORES; k++)
        clash |= (look)(v->core[core] == v->core[(core + k) % MOST_CORES]);
    for (unsigned k = 0; k < MOST_HELD; k++)
        for (unsigned i = 0; i < MOST_CORES; i++)
            clash |= (look)(v->core[i] == v->held[k]);
    return clash;
}

/* The first of those from this one on, or LOOK. */
static inline unsigned first_clash(look clash, unsigned first) {
    uint64_t half[2];
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

/* The core comes to this bank at t. Returns when it gets it, not before `at`. */
static uint64_t serve(sim *s, sim_core *c, unsigned bank, uint64_t t, uint64_t at) {
    const uint64_t local = t - c->use_at;
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

#define EIGHT(byte) ((byte) * 0x0101010101010101u)
/* The top bits of those of eight bytes that are 0. */
static inline uint64_t zero_bytes(uint64_t v) {
    return ~(((v & EIGHT(0x7f)) + EIGHT(0x7f)) | v | EIGHT(0x7f));
}

/* The cores that come to a bank that another comes to or that is taken, one bit each, from a byte of each. */
static inline uint32_t cores_that_clash(uint64_t banks, uint64_t taken) {
    uint64_t clash = 0;
    for (unsigned k = 8; k <= 32; k += 8) {
        const uint64_t same = zero_bytes(banks ^ (banks >> k | banks << (64 - k)));
        clash |= same | same << k | same >> (64 - k);
    }
    for (; taken; taken &= taken - 1)
        clash |= zero_bytes(banks ^ EIGHT((uint64_t)__builtin_ctzll(taken)));
    return (uint32_t)((clash >> 7) * 0x0102040810204080u >> 56);
}

/*
 * Serves all who come at t to a bank that another comes to or has, in their order; `banks`: a byte of each core. Brings
 * the view, if there is one, up to date and returns new clashes in it.
 */
static inline look serve_cycle(sim *s, view *v, uint64_t banks, uint64_t t) {
    const unsigned first = sim_first_core(t), slot = t & (SIM_WHEEL - 1);
    uint64_t taken = s->taken_at[slot] == t ? s->taken[slot] : 0;
    look clash = {0};
    for (uint32_t order = cores_that_clash(banks, taken) * 0x101 >> first & 0xff; order; order &= order - 1) {
        sim_core *c = s->ring[first + (unsigned)__builtin_ctz(order)];
        const unsigned bank = banks >> 8 * c->index & 0xff;
        if (!(taken >> bank & 1)) {
            taken |= (uint64_t)1 << bank;
            continue;
        }
        const uint64_t at = serve(s, c, bank, t, t + 1);
        if (v) {
            hold(v, bank, at);
            look_at(v, c);
            clash |= find_clashes_of(v, c->index);
        }
    }
    return clash;
}

/* A byte of each core: the bank that it comes to at t. */
static inline uint64_t banks_at(const sim *s, uint64_t t) {
    uint64_t banks = 0;
    for (unsigned i = 0; i < MOST_CORES; i++)
        banks |= (uint64_t)s->core[i].use[use_index(&s->core[i], t)] << 8 * i;
    return banks;
}

static inline uint64_t banks_seen(const view *v, unsigned i) {
    uint64_t banks = 0;
    for (unsigned k = 0; k < MOST_CORES; k++)
        banks |= (uint64_t)v->core[k][i] << 8 * k;
    return banks;
}

/* The first cycle that is not settled yet in which somebody did something ahead of time. */
static uint64_t settle_from(const sim *s) {
    uint64_t first = SIM_NEVER;
    for (uint32_t cores = s->ahead; cores; cores &= cores - 1) {
        const sim_core *c = &s->core[__builtin_ctz(cores)];
        first = c->use_at < first ? c->use_at : first;
    }
    return first > s->settled ? first : s->settled;
}

/* So many cycles are settled one by one; a look at sixteen costs more. */
#define FEW 2

void sim_settle_banks(sim *s, uint64_t until) {
    view v;
    uint64_t from = s->settled;
    if (until - from > LOOK)
        from = settle_from(s);
    if (from + FEW >= until)
        for (; from < until; from++)
            serve_cycle(s, NULL, banks_at(s, from), from);
    for (; from < until; from += LOOK) {
        look clash = find_clashes(&v, look_at_all(s, &v, from));
        for (unsigned i = 0; i = first_clash(clash, i), i < LOOK && from + i < until; i++)
            clash |= serve_cycle(s, &v, banks_seen(&v, i), from + i);
    }
    s->settled = until;
    for (uint32_t cores = s->ahead & s->wheel[until & (SIM_WHEEL - 1)]; cores; cores &= cores - 1) {
        sim_core *c = &s->core[__builtin_ctz(cores)];
        if (c->t <= until) /* its turn: all that it did is behind */
            sim_forget_banks(s, c);
    }
}

void sim_settle_due(sim *s, uint32_t due) {
    if (!(due & (due - 1))) {
        sim_core *c = &s->core[__builtin_ctz(due)];
        const uint64_t cycles = s->now - s->settled;
        uint64_t use;
        memcpy(&use, c->use + use_index(c, s->settled), sizeof use);
        if (c->t <= s->now && cycles - 1 < 8 && !((~use & EIGHT(0x80)) << (64 - 8 * cycles))) {
            sim_forget_banks(s, c);
            return;
        }
    }
    sim_settle_banks(s, s->now);
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
            serve(s, other, other->use[SIM_USE_FIRST + local], t, t);
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
