/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gets which bank of L1 when. A bank serves one access a cycle, first come first served (S5). The interpreter's
 * fast forms do accesses ahead of the machine's time and only note which bank they came to in which cycle
 * (sim_core.use). Here they are put in order once no core can come before them any more: who finds its bank taken
 * waits, and all that it has done since comes later. It is as if every access had waited for its turn.
 */
#include <string.h>

#include "tools/sim/exec_common.h"
#include <stddef.h>

/* Sixteen cycles of one core, a byte each. */
typedef uint8_t look __attribute__((vector_size(16)));
#define LOOK       ((unsigned)sizeof(look))
#define MOST_CORES 8

void sim_forget_banks(sim *s, sim_core *c) {
    memset(c->use, (int)(SIM_NO_BANK | c->index), sizeof c->use);
    s->ahead &= ~c->bit;
}

/* What the core came to from this cycle on. */
static inline look look_at(const sim_core *c, uint64_t from) {
    look seen;
    uint64_t first = SIM_USE_FIRST + from - c->use_at; /* wraps where the core's begin later */
    if (first > SIM_USE_FIRST + SIM_STRETCH)
        first = SIM_USE_FIRST + SIM_STRETCH;
    memcpy(&seen, c->use + first, sizeof seen);
    return seen;
}

/* The first cycle of [from, until) in which two come to the same bank, or until. */
static uint64_t find_clash(const sim *s, uint64_t from, uint64_t until) {
    look seen[MOST_CORES];
    for (; from < until; from += LOOK) {
        unsigned count = 0;
        look clash = {0};
        uint64_t half[2];
        for (uint32_t cores = s->ahead; cores; cores &= cores - 1)
            seen[count++] = look_at(&s->core[__builtin_ctz(cores)], from);
        for (unsigned i = 1; i < count; i++)
            for (unsigned k = 0; k < i; k++)
                clash |= (look)(seen[i] == seen[k]);
        memcpy(half, &clash, sizeof half);
        if (half[0] | half[1]) {
            const unsigned bit = half[0] ? (unsigned)__builtin_ctzll(half[0]) : 64 + (unsigned)__builtin_ctzll(half[1]);
            return from + bit / 8 < until ? from + bit / 8 : until;
        }
    }
    return until;
}

/* The core waited so long: its next turn comes later too. */
static void delay(sim *s, sim_core *c, uint64_t cycles) {
    c->use_at += cycles;
    c->stats.bank_conflicts++;
    c->stats.stall[SIM_STALL_BANK] += cycles;
    if (c->turn != &s->turn[SIM_CODE_LATER]) {
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

/* Serves these cores of those that come to a bank in cycle t, in their order. */
static void serve_cycle(sim *s, uint64_t t, uint32_t cores) {
    const unsigned first = sim_first_core(t);
    for (unsigned i = 0; i < MOST_CORES; i++) {
        sim_core *c = s->ring[first + i];
        const uint64_t local = t - c->use_at;
        uint8_t *use = &c->use[SIM_USE_FIRST + local];
        if (!(s->ahead & cores & c->bit) || local >= SIM_STRETCH || *use >= SIM_NO_BANK)
            continue;
        uint32_t *taken = s->bank_taken[*use];
        uint64_t at = t;
        while (taken[at & (SIM_WHEEL - 1)] == (uint32_t)at)
            at++;
        taken[at & (SIM_WHEEL - 1)] = (uint32_t)at;
        s->held_until = at > s->held_until ? at : s->held_until;
        /* What is settled must not be seen again in a later cycle. */
        for (uint64_t k = 0; k <= at - t && k <= local; k++)
            use[-(ptrdiff_t)k] = (uint8_t)(SIM_NO_BANK | c->index);
        if (at > t)
            delay(s, c, at - t);
    }
}

/* Nothing new can come before this cycle. */
static uint64_t settled_until(const sim *s) {
    const uint64_t turn = sim_next_turn(s, s->now), stop = s->stop > s->now ? s->stop : s->now + 1;
    return turn < stop ? turn : stop;
}

void sim_settle_banks(sim *s) {
    uint64_t until = settled_until(s);
    for (uint64_t t = s->now; t < until; t++) {
        if (t > s->held_until && (t = find_clash(s, t, until)) >= until)
            break;
        serve_cycle(s, t, ~(uint32_t)0);
        until = settled_until(s);
    }
    for (uint32_t cores = s->ahead; cores; cores &= cores - 1) {
        sim_core *c = &s->core[__builtin_ctz(cores)];
        if (c->t <= until) /* all that it did is behind */
            sim_forget_banks(s, c);
    }
}

void sim_serve_earlier(sim *s, const sim_core *c, uint64_t t) {
    const unsigned first = sim_first_core(t);
    uint32_t earlier = 0;
    for (unsigned i = 0; s->ring[first + i] != c; i++)
        earlier |= s->ring[first + i]->bit;
    serve_cycle(s, t, earlier);
    s->held_until = t + SIM_WHEEL - 1; /* and what c takes now */
}

uint64_t sim_wait_for_bank(sim_core *c, const uint32_t *taken, uint64_t t) {
    uint64_t from = t;
    do
        t++;
    while (taken[t & (SIM_WHEEL - 1)] == (uint32_t)t);
    c->stats.bank_conflicts++;
    c->stats.stall[SIM_STALL_BANK] += t - from;
    return t;
}
