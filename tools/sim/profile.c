/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting. Every cycle of a core belongs to one instruction: its own, those it stalled for before it could go, and the
 * sleep in it; so the sum over all instructions is the core's time, to the cycle.
 */
#include "tools/sim/profile.h"

#include <stdlib.h>
#include <string.h>

#include "tools/sim/observe.h"

static int make_core(sim_profile *p, unsigned core) {
    size_t slots = (size_t)p->map.slots + 1;
    p->core[core].executions = calloc(slots, sizeof *p->core->executions);
    p->core[core].stalls = calloc(slots, sizeof *p->core->stalls);
    return p->core[core].executions && p->core[core].stalls;
}

struct sim_profile *sim_profile_create(const sim *s) {
    sim_profile *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    int fine = sim_function_map_make(s, &p->map);
    p->node = calloc(SIM_CALL_NODES, sizeof *p->node);
    p->nodes = SIM_MAX_CORES;
    for (unsigned i = 0; fine && i < SIM_MAX_CORES; i++)
        if (i < s->machine.cores || i == SIM_FC)
            fine = make_core(p, i);
    if (fine && p->node)
        return p;
    sim_profile_destroy(p);
    return NULL;
}

void sim_profile_destroy(struct sim_profile *p) {
    if (!p)
        return;
    for (unsigned i = 0; i < SIM_MAX_CORES; i++) {
        free(p->core[i].executions);
        free(p->core[i].stalls);
    }
    free(p->node);
    sim_function_map_free(&p->map);
    free(p);
}

static void forget_stalls(sim_profile_core *pc, const sim_core *c) {
    for (unsigned i = 0; i < SIM_STALLS; i++)
        pc->shown[i] = c->stats.stall[i];
}

static const sim_op *place_of(const sim *s, const sim_core *c) {
    return c->turn >= s->ops && c->turn < s->ops + s->slots ? c->turn : c->op;
}

/* The instruction that a core sleeps in, when that was not seen: the one before the next, or one to be tried again. */
static const sim_op *asleep_in(const sim *s, const sim_core *c) {
    uint32_t word = 0;
    if (c->wait == SIM_WAIT_DMA)
        return c->op;
    return sim_word_at(s, sim_pc_of(s, c->op) - 4, &word) == 4 ? c->op - 2 : c->op;
}

void sim_profile_start(struct sim_profile *p, sim *s, const sim_core *c, uint64_t t) {
    sim_profile_core *pc = &p->core[c->index];
    const sim_op *op = c->wait == SIM_AWAKE ? place_of(s, c) : asleep_in(s, c);
    pc->asleep = c->wait == SIM_AWAKE ? NULL : op;
    forget_stalls(pc, c);
    sim_calls_begin(p, s, c->index, p->map.of_slot[sim_slot(s, &p->map, op)], t);
}

/* An execution that took another time than a cycle. */
static void took(sim_profile *p, const sim *s, const sim_core *c, const sim_op *op, uint64_t cycles) {
    sim_profile_core *pc = &p->core[c->index];
    sim_slot_stalls *to = &pc->stalls[sim_slot(s, &p->map, op)];
    to->beyond += cycles - 1;
    for (unsigned i = 0; i < SIM_STALLS; i++) {
        to->stall[i] += c->stats.stall[i] - pc->shown[i];
        pc->shown[i] = c->stats.stall[i];
    }
}

void sim_profile_insn(struct sim_profile *p, sim *s, const sim_core *c, const sim_op *op, uint64_t to) {
    sim_profile_core *pc = &p->core[c->index];
    uint32_t slot = sim_slot(s, &p->map, op);
    uint64_t from = pc->last;
    if (p->map.of_slot[slot] != pc->function)
        sim_calls_switch(p, s, c->index, p->map.of_slot[slot], 0, from);
    pc->executions[slot]++;
    pc->last = to;
    if (to - from != 1)
        took(p, s, c, op, to - from);
}

void sim_profile_waited(struct sim_profile *p, const sim *s, const sim_core *c, uint64_t i, uint64_t cycles) {
    sim_profile_core *pc = &p->core[c->index];
    if (!pc->came[i])
        return;
    sim_slot_stalls *to = &pc->stalls[sim_slot(s, &p->map, pc->came[i])];
    to->beyond += cycles;
    to->stall[SIM_STALL_BANK] += cycles;
    pc->shown[SIM_STALL_BANK] += cycles;
    pc->last += cycles;
}

void sim_profile_forget(struct sim_profile *p) {
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        memset(p->core[i].came, 0, sizeof p->core[i].came);
}

void sim_profile_asleep(struct sim_profile *p, const sim_core *c, const sim_op *op) {
    p->core[c->index].asleep = op;
}

/* The last to come to a barrier wakes itself before its instruction is shown: that is then the first cycle, not here.
 */
void sim_profile_wake(struct sim_profile *p, const sim *s, const sim_core *c, uint64_t t) {
    sim_profile_core *pc = &p->core[c->index];
    sim_slot_stalls *to = &pc->stalls[sim_slot(s, &p->map, pc->asleep ? pc->asleep : c->op)];
    uint64_t slept = t - (c->sleep_from > pc->last ? c->sleep_from : pc->last);
    to->beyond += slept;
    to->stall[SIM_STALL_SLEEP] += slept;
    pc->last += slept;
    pc->asleep = NULL;
    pc->shown[SIM_STALL_SLEEP] = c->stats.stall[SIM_STALL_SLEEP] + (t - c->sleep_from);
}

void sim_profile_jump(struct sim_profile *p, sim *s, const sim_core *c, const sim_op *op, const sim_op *target,
                      uint64_t t) {
    uint32_t function = p->map.of_slot[sim_slot(s, &p->map, target)];
    if (op->rd != SIM_NOWHERE_REG)
        sim_calls_enter(p, s, c->index, function, op + op->next / sizeof *op, t);
    else if ((op->insn != SIM_INSN_jalr || !sim_calls_return(p, s, c->index, target, t)) &&
             function != p->core[c->index].function)
        sim_calls_switch(p, s, c->index, function, 1, t);
}

uint64_t sim_profile_open(const sim_profile *p, const sim *s, unsigned core, uint32_t *slot, uint64_t *stall) {
    const sim_profile_core *pc = &p->core[core];
    const sim_core *c = &s->core[core];
    uint64_t at = c->t;
    if (c->wait != SIM_AWAKE) {
        at = c->t > s->now ? c->t : s->now;
        at = at > c->sleep_from ? at : c->sleep_from;
    }
    *slot = sim_slot(s, &p->map, pc->asleep ? pc->asleep : place_of(s, c));
    for (unsigned i = 0; i < SIM_STALLS; i++)
        stall[i] = c->stats.stall[i] - pc->shown[i];
    uint64_t from = c->sleep_from > pc->last ? c->sleep_from : pc->last;
    if (c->wait != SIM_AWAKE && at > from)
        stall[SIM_STALL_SLEEP] += at - from;
    return at > pc->last ? at - pc->last : 0;
}
