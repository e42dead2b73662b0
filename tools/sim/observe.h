/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks: what profile, timeline, trace and the sanitizer are told while a machine runs. Nobody calls them where
 * s->observer is NULL; the interpreter's other forms have no trace of them. They change nothing in the machine.
 */
#ifndef TL_SIM_OBSERVE_H
#define TL_SIM_OBSERVE_H

#include "tools/sim/profile.h"
#include "tools/sim/state.h"

typedef struct sim_observer {
    sim *machine;
    struct sim_profile *profile;
    struct sim_timeline *timeline;
    struct sim_trace *trace;
    struct sim_sanitizer *sanitize;
} sim_observer;

/* Whether the sanitizer alone looks on. */
static inline int sim_observe_is_check(const sim_observer *o) {
    return o->sanitize && !o->profile && !o->timeline && !o->trace;
}

/* Whether the profile alone looks on. */
static inline int sim_observe_is_profile(const sim_observer *o) {
    return o->profile && !o->sanitize && !o->timeline && !o->trace;
}

/* profile.c */
/* It comes out that an access of its waited for a bank: the one of cycle `i` of a stretch. */
void sim_profile_waited(struct sim_profile *p, const sim *s, const sim_core *c, uint64_t i, uint64_t cycles);
/* What accesses that are to be settled belonged to is not known any more. */
void sim_profile_forget(struct sim_profile *p);
void sim_profile_start(struct sim_profile *p, sim *s, const sim_core *c, uint64_t t);
void sim_profile_insn(struct sim_profile *p, sim *s, const sim_core *c, const sim_op *op, uint64_t to);
void sim_profile_jump(struct sim_profile *p, sim *s, const sim_core *c, const sim_op *op, const sim_op *target,
                      uint64_t t);
void sim_profile_asleep(struct sim_profile *p, const sim_core *c, const sim_op *op);
void sim_profile_wake(struct sim_profile *p, const sim *s, const sim_core *c, uint64_t t);

/* The same, where most of them end. */
static inline void sim_profile_count(sim_profile *p, sim *s, const sim_core *c, const sim_op *op, uint64_t to) {
    sim_profile_core *pc = &p->core[c->index];
    uint32_t slot = (uint32_t)(op - s->ops);
    if (to - pc->last != 1 || slot >= p->map.slots || p->map.of_slot[slot] != pc->function) {
        sim_profile_insn(p, s, c, op, to);
        return;
    }
    pc->executions[slot]++;
    pc->last = to;
}

/* timeline.c; the first two from call_tree.c */
void sim_timeline_enter(struct sim_timeline *l, unsigned core, uint32_t function, uint64_t t);
void sim_timeline_leave(struct sim_timeline *l, unsigned core, uint64_t t);
void sim_timeline_fetch(struct sim_timeline *l, const sim_core *c, uint64_t from, uint64_t cycles);
void sim_timeline_wake(struct sim_timeline *l, const sim *s, const sim_core *c, uint64_t t);
void sim_timeline_arrive(struct sim_timeline *l, const sim_core *c, unsigned barrier);
void sim_timeline_open(struct sim_timeline *l, unsigned barrier, uint32_t cores, uint64_t t);
void sim_timeline_sync(struct sim_timeline *l, int kind, uint32_t a, uint32_t b, uint32_t from, uint64_t t);
void sim_timeline_lock(struct sim_timeline *l, const sim_core *c, unsigned mutex, int locked, uint64_t t);
void sim_timeline_store(struct sim_timeline *l, const sim_core *c, uint32_t address, uint32_t value, uint64_t t);
void sim_timeline_dma(struct sim_timeline *l, int what, const sim_transfer *x, uint64_t t);

/* trace.c */
void sim_trace_insn(struct sim_trace *r, sim *s, const sim_core *c, const sim_op *op, uint64_t from, uint64_t to);
void sim_trace_access(struct sim_trace *r, sim *s, const sim_core *c, const sim_op *op, uint32_t address,
                      unsigned bytes, int store, uint64_t t);
void sim_trace_asleep(struct sim_trace *r, const sim *s, const sim_core *c, const sim_op *op, uint64_t from);
void sim_trace_wake(struct sim_trace *r, const sim *s, const sim_core *c, uint64_t t);

/* sanitize.c */
void sim_sanitize_access(struct sim_sanitizer *z, const sim_core *c, const sim_op *op, uint32_t address, unsigned bytes,
                         int store);
void sim_sanitize_loop(struct sim_sanitizer *z, const sim_core *c, const sim_op *op, const sim_loop *loop);
void sim_sanitize_jump(struct sim_sanitizer *z, const sim_core *c, const sim_op *op, const sim_op *target);
void sim_sanitize_wake(struct sim_sanitizer *z, const sim_core *c);
void sim_sanitize_barrier_arrive(struct sim_sanitizer *z, const sim_core *c, unsigned barrier);
void sim_sanitize_barrier_open(struct sim_sanitizer *z, unsigned barrier, uint32_t cores);
void sim_sanitize_event(struct sim_sanitizer *z, unsigned from, uint32_t to, unsigned event);
void sim_sanitize_taken(struct sim_sanitizer *z, unsigned core, uint32_t events);
void sim_sanitize_lock(struct sim_sanitizer *z, const sim_core *c, unsigned mutex, int locked);
void sim_sanitize_dispatch(struct sim_sanitizer *z, unsigned core, unsigned entry, int taken);
void sim_sanitize_dma(struct sim_sanitizer *z, int what, const sim_transfer *x);
void sim_sanitize_dma_seen(struct sim_sanitizer *z, const sim_core *c, uint32_t id);
void sim_sanitize_started_by(struct sim_sanitizer *z, const sim_core *by, const sim_core *c);
void sim_sanitize_outside_write(struct sim_sanitizer *z, uint32_t address, uint32_t bytes);
void sim_sanitize_loaded(struct sim_sanitizer *z);
void sim_sanitize_restored(struct sim_sanitizer *z);
void sim_sanitize_free(struct sim_sanitizer *z);

/*
 * An instruction has been carried out: it was the core's next at `from`, the next can go at `to`. Called once for every
 * instruction but those that put the core to sleep. An instruction that must be tried again after a sleep is shown when
 * it has succeeded, and `from` is the end of the sleep.
 */
static inline void sim_observe_insn(sim *s, sim_core *c, const sim_op *op, uint64_t from, uint64_t to) {
    const sim_observer *o = s->observer;
    if (o->profile)
        sim_profile_count(o->profile, s, c, op, to);
    if (o->trace)
        sim_trace_insn(o->trace, s, c, op, from, to);
}

/*
 * An instruction has put the core to sleep, which begins at c->sleep_from; or has ended that sleep itself, being the
 * last to come to a barrier.
 */
static inline void sim_observe_asleep(sim *s, sim_core *c, const sim_op *op) {
    const sim_observer *o = s->observer;
    uint64_t from = c->woken > c->seen && c->woken < c->sleep_from ? c->woken : c->seen;
    if (o->profile) {
        sim_profile_insn(o->profile, s, c, op, c->wait == SIM_AWAKE ? c->woken : c->sleep_from);
        if (c->wait != SIM_AWAKE)
            sim_profile_asleep(o->profile, c, op);
    }
    if (o->trace)
        sim_trace_asleep(o->trace, s, c, op, from);
}

/* Before op: cycles waited for the instruction caches. They are not in the instruction's from..to. */
static inline void sim_observe_fetch(sim *s, sim_core *c, const sim_op *op, uint64_t from, uint64_t cycles) {
    (void)op;
    if (s->observer->timeline)
        sim_timeline_fetch(s->observer->timeline, c, from, cycles);
}

/*
 * Any jal or jalr has been carried out, and been shown to sim_observe_insn: a call when it writes ra, a return when it
 * goes through ra, else a jump. `target` may be nowhere.
 */
static inline void sim_observe_jump(sim *s, sim_core *c, const sim_op *op, const sim_op *target, uint64_t t) {
    const sim_observer *o = s->observer;
    if (o->profile)
        sim_profile_jump(o->profile, s, c, op, target, t);
    if (o->sanitize)
        sim_sanitize_jump(o->sanitize, c, op, target);
}

/* A hardware loop has been set up, in part or as a whole. */
static inline void sim_observe_loop(sim *s, const sim_core *c, const sim_op *op, const sim_loop *loop) {
    if (s->observer->sanitize)
        sim_sanitize_loop(s->observer->sanitize, c, op, loop);
}

/*
 * A load or store is carried out, at the cycle it is served: registers are as before it, a store has not been written
 * yet in L1. Shown before the instruction itself. `address` is never in the alias of L1 at 0.
 */
static inline void sim_observe_access(sim *s, sim_core *c, const sim_op *op, uint32_t address, unsigned bytes,
                                      int store, uint64_t t) {
    const sim_observer *o = s->observer;
    if (address < s->machine.l1_bytes && c->index != SIM_FC)
        address += TL_L1_BASE;
    if (o->timeline && store)
        sim_timeline_store(o->timeline, c, address, c->x[op->rs2].u, t);
    if (o->trace)
        sim_trace_access(o->trace, s, c, op, address, bytes, store, t);
    if (o->sanitize)
        sim_sanitize_access(o->sanitize, c, op, address, bytes, store);
}

/* From event_unit.c, dma.c and periph.c, and only where there is an observer. */
void sim_observe_wake(sim *s, sim_core *c, uint64_t t); /* c->wait still says what for, and c->sleep_from since when */
void sim_observe_barrier_arrive(sim *s, const sim_core *c, unsigned barrier, uint64_t t);
void sim_observe_barrier_open(sim *s, unsigned barrier, uint32_t cores, uint64_t t);
/* A software event; from SIM_FC: the fabric controller. */
void sim_observe_event(sim *s, int from_core, uint32_t to_cores, unsigned event, uint64_t t);
/* A mutex has been taken, or let go. */
void sim_observe_lock(sim *s, const sim_core *c, unsigned mutex, int locked, uint64_t t);
enum { SIM_DMA_SUBMITTED, SIM_DMA_STARTED, SIM_DMA_DONE };
void sim_observe_dma(sim *s, int what, const sim_transfer *x, uint64_t t);
/* A core has seen that no transfer of this id is under way. */
void sim_observe_dma_seen(sim *s, const sim_core *c, uint32_t id, uint64_t t);
/* A core has got, or looked at, these pending events of its own. */
void sim_observe_taken(sim *s, unsigned core, uint32_t events);
/* A core has put something into an entry of the dispatch queue, or taken it. */
void sim_observe_dispatch(sim *s, unsigned core, unsigned entry, int taken);
/* A core is started; before it, by whom. */
void sim_observe_started_by(sim *s, const sim_core *by, const sim_core *c);
void sim_observe_start(sim *s, const sim_core *c, uint32_t pc, uint64_t t);
/* Written from outside: sim_write. */
void sim_observe_outside_write(sim *s, uint32_t address, uint32_t bytes, uint64_t t);
/* A program has been loaded into a machine that was reset. */
void sim_observe_loaded(sim *s);
/* The machine has been put back to another state of the same program. */
void sim_observe_restored(sim *s);

#endif
