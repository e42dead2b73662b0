/* SPDX-License-Identifier: Apache-2.0 */
/* What the hooks do. */
#include "tools/sim/observe.h"

void sim_profile_insn(struct sim_profile *p, sim *s, const sim_core *c, const sim_op *op, uint64_t from, uint64_t to) {
    (void)p;
    (void)s;
    (void)c;
    (void)op;
    (void)from;
    (void)to;
}

void sim_profile_fetch(struct sim_profile *p, sim *s, const sim_core *c, const sim_op *op, uint64_t from,
                       uint64_t cycles) {
    (void)p;
    (void)s;
    (void)c;
    (void)op;
    (void)from;
    (void)cycles;
}

void sim_profile_jump(struct sim_profile *p, sim *s, const sim_core *c, const sim_op *op, const sim_op *target,
                      uint64_t t) {
    (void)p;
    (void)s;
    (void)c;
    (void)op;
    (void)target;
    (void)t;
}

void sim_timeline_insn(struct sim_timeline *l, sim *s, const sim_core *c, const sim_op *op, uint64_t from,
                       uint64_t to) {
    (void)l;
    (void)s;
    (void)c;
    (void)op;
    (void)from;
    (void)to;
}

void sim_timeline_fetch(struct sim_timeline *l, sim *s, const sim_core *c, const sim_op *op, uint64_t from,
                        uint64_t cycles) {
    (void)l;
    (void)s;
    (void)c;
    (void)op;
    (void)from;
    (void)cycles;
}

void sim_timeline_jump(struct sim_timeline *l, sim *s, const sim_core *c, const sim_op *op, const sim_op *target,
                       uint64_t t) {
    (void)l;
    (void)s;
    (void)c;
    (void)op;
    (void)target;
    (void)t;
}

void sim_trace_insn(struct sim_trace *r, sim *s, const sim_core *c, const sim_op *op, uint64_t from, uint64_t to) {
    (void)r;
    (void)s;
    (void)c;
    (void)op;
    (void)from;
    (void)to;
}

void sim_trace_access(struct sim_trace *r, sim *s, const sim_core *c, const sim_op *op, uint32_t address,
                      unsigned bytes, int store, uint64_t t) {
    (void)r;
    (void)s;
    (void)c;
    (void)op;
    (void)address;
    (void)bytes;
    (void)store;
    (void)t;
}

void sim_sanitize_insn(struct sim_sanitizer *z, sim *s, const sim_core *c, const sim_op *op, uint64_t from,
                       uint64_t to) {
    (void)z;
    (void)s;
    (void)c;
    (void)op;
    (void)from;
    (void)to;
}

void sim_sanitize_jump(struct sim_sanitizer *z, sim *s, const sim_core *c, const sim_op *op, const sim_op *target,
                       uint64_t t) {
    (void)z;
    (void)s;
    (void)c;
    (void)op;
    (void)target;
    (void)t;
}

void sim_sanitize_access(struct sim_sanitizer *z, sim *s, const sim_core *c, const sim_op *op, uint32_t address,
                         unsigned bytes, int store, uint64_t t) {
    (void)z;
    (void)s;
    (void)c;
    (void)op;
    (void)address;
    (void)bytes;
    (void)store;
    (void)t;
}

void sim_observe_sleep(sim *s, sim_core *c, uint64_t t) {
    (void)s;
    (void)c;
    (void)t;
}

void sim_observe_wake(sim *s, sim_core *c, uint64_t t) {
    (void)s;
    (void)c;
    (void)t;
}

void sim_observe_barrier_arrive(sim *s, const sim_core *c, unsigned barrier, uint64_t t) {
    (void)s;
    (void)c;
    (void)barrier;
    (void)t;
}

void sim_observe_barrier_open(sim *s, unsigned barrier, uint32_t cores, uint64_t t) {
    (void)s;
    (void)barrier;
    (void)cores;
    (void)t;
}

void sim_observe_event(sim *s, int from_core, uint32_t to_cores, unsigned event, uint64_t t) {
    (void)s;
    (void)from_core;
    (void)to_cores;
    (void)event;
    (void)t;
}

void sim_observe_lock(sim *s, const sim_core *c, unsigned mutex, int locked, uint64_t t) {
    (void)s;
    (void)c;
    (void)mutex;
    (void)locked;
    (void)t;
}

void sim_observe_dma(sim *s, int what, const sim_transfer *x, uint64_t t) {
    (void)s;
    (void)what;
    (void)x;
    (void)t;
}

void sim_observe_dma_seen(sim *s, const sim_core *c, uint32_t id, uint64_t t) {
    (void)s;
    (void)c;
    (void)id;
    (void)t;
}

void sim_observe_start(sim *s, const sim_core *c, uint32_t pc, uint64_t t) {
    (void)s;
    (void)c;
    (void)pc;
    (void)t;
}

void sim_observe_outside_write(sim *s, uint32_t address, uint32_t bytes, uint64_t t) {
    (void)s;
    (void)address;
    (void)bytes;
    (void)t;
}

void sim_observe_taken(sim *s, unsigned core, uint32_t events) {
    (void)s;
    (void)core;
    (void)events;
}

void sim_observe_dispatch(sim *s, unsigned core, unsigned entry, int taken) {
    (void)s;
    (void)core;
    (void)entry;
    (void)taken;
}

void sim_observe_started_by(sim *s, const sim_core *by, const sim_core *c) {
    (void)s;
    (void)by;
    (void)c;
}

void sim_observe_loaded(sim *s) {
    (void)s;
}
