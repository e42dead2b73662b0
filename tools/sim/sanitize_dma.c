/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transfers. All that a transfer will touch counts as touched when it is started, and stays so until a core sees its
 * end: who comes in between is early, whether the data were already there or not.
 */
#include <string.h>

#include "tools/sim/sanitize_state.h"

typedef struct san_range {
    struct sim_sanitizer *z;
    san_core *k;
    uint32_t group, pc;
    const sim_transfer *x;
    uint32_t callers, caller[SIM_FINDING_CALLERS];
    int told;
} san_range;

const san_transfer *san_group(const struct sim_sanitizer *z, uint32_t group) {
    return &z->transfer[group % SAN_TRANSFERS];
}

/* Groups that have been forgotten have ended. */
int san_has_ended(const struct sim_sanitizer *z, uint32_t group, san_core *k) {
    const san_transfer *x = san_group(z, group);
    if (group == k->ended)
        return 1;
    int ended = x->number != group;
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        ended |= x->seen[i] && x->seen[i] <= k->past.of[i];
    if (ended)
        k->ended = group;
    return ended;
}

/* One core's transfers in one direction are carried out one behind the other. */
static int in_my_way(const san_range *r, uint32_t group) {
    const san_transfer *x = san_group(r->z, group);
    uint32_t in = (r->x->command & TL_DMA_CMD_TO_L1) != 0;
    return group && group != r->group && !san_has_ended(r->z, group, r->k) &&
           !(x->core == r->x->channel && x->in == in);
}

/* The one that is being started now. */
static sim_finding_side this_side(const san_range *r, int writes) {
    sim_finding_side side = {.core = (int)r->x->channel, .writes = writes, .transfer = 1, .pc = r->pc};
    san_set_callers(&side, r->callers, r->caller);
    return side;
}

sim_finding_side san_transfer_side(const san_transfer *x, int writes) {
    sim_finding_side side = {.core = (int)x->core, .writes = writes, .transfer = 1, .pc = x->pc};
    san_set_callers(&side, x->callers, x->caller);
    return side;
}

static void meet(san_range *r, sim_finding_kind kind, uint32_t index, int writes, const sim_finding_side *before) {
    sim_finding_side now = this_side(r, writes);
    if (!r->told)
        san_find(r->z, kind, san_address(r->z, index), &now, before, NULL);
    r->told = 1;
}

static void meet_group(san_range *r, uint32_t index, int writes, uint32_t group, int wrote) {
    sim_finding_side before = san_transfer_side(san_group(r->z, group), wrote);
    meet(r, SIM_FINDING_DMA_OVERLAP, index, writes, &before);
}

static void meet_core(san_range *r, uint32_t index, int writes, unsigned core, int wrote, uint32_t pc) {
    sim_finding_side before = {.core = (int)core, .writes = wrote, .pc = pc};
    meet(r, SIM_FINDING_RACE, index, writes, &before);
}

static void read_granule(san_range *r, uint32_t index, san_word *w) {
    if (in_my_way(r, w->dma_write))
        meet_group(r, index, 0, w->dma_write, 1);
    if (w->write && !san_is_past(r->k, w->write))
        meet_core(r, index, 0, w->write & 15, 1, w->write_pc);
    unsigned at = w->dma_read[0] && w->dma_read[0] != r->group && !san_has_ended(r->z, w->dma_read[0], r->k);
    w->dma_read[at] = r->group;
}

static void write_granule(san_range *r, uint32_t index, san_word *w) {
    uint32_t unordered = 0;
    if (in_my_way(r, w->dma_write))
        meet_group(r, index, 1, w->dma_write, 1);
    for (unsigned i = 0; i < 2; i++)
        if (in_my_way(r, w->dma_read[i]))
            meet_group(r, index, 1, w->dma_read[i], 0);
    if (w->write && !san_is_past(r->k, w->write))
        meet_core(r, index, 1, w->write & 15, 1, w->write_pc);
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        unordered |= (uint32_t)(w->read[i] > r->k->past.of[i]) << i;
    if (unordered) {
        unsigned core = (unsigned)__builtin_ctz(unordered);
        meet_core(r, index, 1, core, 0, r->z->read_pc[index][core]);
    }
    w->write = 0;
    w->dma_write = r->group;
}

static void check_place(san_range *r, uint32_t index) {
    struct sim_sanitizer *z = r->z;
    sim_finding_side now = this_side(r, 1);
    if (!z->zone[index] && (z->declared >> (index >= z->l1_words) & 1))
        san_find(z, SIM_FINDING_OUTSIDE, san_address(z, index), &now, NULL, NULL);
    else if (z->zone[index] & SAN_ZONE_CODE)
        san_find(z, SIM_FINDING_CODE, san_address(z, index), &now, NULL, NULL);
}

static void touch(san_range *r, uint32_t address, uint32_t bytes, int writes) {
    struct sim_sanitizer *z = r->z;
    for (uint32_t at = address, end = address + bytes; at < end; at = (at & ~3u) + 4) {
        uint32_t index = san_index(z, at), n = 4 - (at & 3) < end - at ? 4 - (at & 3) : end - at;
        san_word *granule[4];
        if (index == z->words)
            return;
        if (writes)
            check_place(r, index);
        san_word *w = &z->word[index];
        if (w->flags & SAN_SYNC)
            continue;
        if (n == 4 && !(w->flags & SAN_SPLIT)) {
            if (writes)
                write_granule(r, index, w);
            else
                read_granule(r, index, w);
            continue;
        }
        int count = san_granules(z, index, ((1u << n) - 1) << (at & 3), granule);
        for (int i = 0; i < count; i++)
            (writes ? write_granule : read_granule)(r, index, granule[i]);
    }
}

/* A copy of bytes that nobody wrote is still one. */
static void copy_init(struct sim_sanitizer *z, uint32_t to, uint32_t from, uint32_t bytes) {
    while (bytes) {
        uint32_t i = san_index(z, to), j = san_index(z, from), n = 1;
        if (i == z->words || j == z->words)
            return;
        if (!((to | from) & 3) && bytes >= 4) {
            z->init[i] = z->init[j];
            n = 4;
        } else {
            uint8_t bit = (uint8_t)(1u << (to & 3));
            z->init[i] = (uint8_t)(z->init[j] >> (from & 3) & 1 ? z->init[i] | bit : z->init[i] & ~bit);
        }
        to += n;
        from += n;
        bytes -= n;
    }
}

static void submit(struct sim_sanitizer *z, const sim_transfer *x) {
    unsigned in = (x->command & TL_DMA_CMD_TO_L1) != 0;
    san_range r = {.z = z, .k = &z->core[x->channel], .x = x, .pc = sim_core_pc(z->s, &z->s->core[x->channel])};
    r.callers = san_callers(z, x->channel, r.caller);
    if (z->s->dma.pending[x->id] == 1 || !z->group_of[x->id]) {
        z->transfer[++z->groups % SAN_TRANSFERS] =
            (san_transfer){.number = z->groups, .before = z->group_of[x->id], .core = x->channel, .pc = r.pc, .in = in};
        san_transfer *begun = &z->transfer[z->groups % SAN_TRANSFERS];
        begun->callers = r.callers;
        memcpy(begun->caller, r.caller, sizeof begun->caller);
        z->group_of[x->id] = z->groups;
    }
    r.group = z->group_of[x->id];
    uint32_t l1 = TL_L1_BASE + (x->l1 & ~(uint32_t)TL_L1_BASE), l2 = x->l2, left = x->left;
    while (left) {
        uint32_t n = left < x->row ? left : x->row;
        touch(&r, in ? l2 : l1, n, 0);
        touch(&r, in ? l1 : l2, n, 1);
        copy_init(z, in ? l1 : l2, in ? l2 : l1, n);
        l1 += n;
        l2 += x->stride;
        left -= n;
    }
    san_advance(z, x->channel);
}

void sim_sanitize_dma(struct sim_sanitizer *z, int what, const sim_transfer *x) {
    if (what == SIM_DMA_SUBMITTED)
        submit(z, x);
    if (what != SIM_DMA_DONE || z->s->dma.pending[x->id])
        return;
    for (unsigned i = 0; i < SIM_MAX_CORES; i++) {
        san_core *k = &z->core[i];
        int told = x->channel == SIM_FC ? i == SIM_FC
                                        : i != SIM_FC && (x->command & TL_DMA_CMD_EVENT) &&
                                              (i == x->channel || (x->command & TL_DMA_CMD_BROADCAST));
        if (told)
            k->signal[k->signals++ % SAN_SIGNALS] = z->group_of[x->id];
    }
}

/* What was started under the same id and has ended before is seen, too. */
static void see(struct sim_sanitizer *z, uint32_t group, unsigned core) {
    san_transfer *x = &z->transfer[group % SAN_TRANSFERS];
    while (group && x->number == group && !x->seen[core]) {
        x->seen[core] = z->core[core].past.of[core];
        group = x->before;
        x = &z->transfer[group % SAN_TRANSFERS];
    }
}

void sim_sanitize_dma_seen(struct sim_sanitizer *z, const sim_core *c, uint32_t id) {
    if (z->group_of[id])
        see(z, z->group_of[id], c->index);
}

void san_take_signals(struct sim_sanitizer *z, unsigned core) {
    san_core *k = &z->core[core];
    uint32_t first = k->signals > SAN_SIGNALS ? k->signals - SAN_SIGNALS : 0;
    for (uint32_t i = first; i < k->signals; i++)
        see(z, k->signal[i % SAN_SIGNALS], core);
    k->signals = 0;
}
