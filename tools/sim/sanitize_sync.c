/* SPDX-License-Identifier: Apache-2.0 */
/* What orders the cores: each hook moves clocks from who gives to who takes. */
#include <string.h>

#include "tools/sim/sanitize_state.h"

/* An event that is still pending stands for both. */
static void send(struct sim_sanitizer *z, unsigned to, unsigned event, const san_clocks *past) {
    san_clocks *at = &z->core[to].event[event];
    if (to != SIM_FC && !(z->s->eu.core[to].buffer >> event & 1))
        memset(at, 0, sizeof *at);
    san_join(at, past);
}

void sim_sanitize_barrier_arrive(struct sim_sanitizer *z, const sim_core *c, unsigned barrier) {
    san_join(&z->barrier[barrier], &z->core[c->index].past);
    san_advance(z, c->index);
}

void sim_sanitize_barrier_open(struct sim_sanitizer *z, unsigned barrier, uint32_t cores) {
    for (unsigned i = 0; i < 8; i++)
        if (cores >> i & 1)
            send(z, i, TL_EVENT_BARRIER, &z->barrier[barrier]);
    memset(&z->barrier[barrier], 0, sizeof z->barrier[barrier]);
}

void sim_sanitize_event(struct sim_sanitizer *z, unsigned from, uint32_t to, unsigned event) {
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        if (to >> i & 1)
            send(z, i, event, &z->core[from].past);
    san_advance(z, from);
}

void sim_sanitize_taken(struct sim_sanitizer *z, unsigned core, uint32_t events) {
    san_core *k = &z->core[core];
    if (core == SIM_FC)
        san_join(&k->past, &k->event[0]);
    for (uint32_t left = core == SIM_FC ? 0 : events; left; left &= left - 1)
        san_join(&k->past, &k->event[__builtin_ctz(left)]);
    if (events >> TL_EVENT_DMA & 1)
        san_take_signals(z, core);
}

void sim_sanitize_lock(struct sim_sanitizer *z, const sim_core *c, unsigned mutex, int locked) {
    san_core *k = &z->core[c->index];
    if (locked) {
        san_join(&k->past, &z->mutex[mutex]);
    } else {
        z->mutex[mutex] = k->past;
        san_advance(z, c->index);
    }
}

void sim_sanitize_dispatch(struct sim_sanitizer *z, unsigned core, unsigned entry, int taken) {
    san_core *k = &z->core[core];
    if (taken) {
        san_join(&k->past, &z->dispatch[entry]);
    } else {
        z->dispatch[entry] = k->past;
        san_advance(z, core);
    }
}

void sim_sanitize_started_by(struct sim_sanitizer *z, const sim_core *by, const sim_core *c) {
    san_join(&z->core[c->index].past, &z->core[by->index].past);
    z->core[c->index].calls = 0;
    san_advance(z, by->index);
}

void sim_sanitize_wake(struct sim_sanitizer *z, const sim_core *c) {
    if (c->index == SIM_FC && c->wait == SIM_WAIT_WFI)
        sim_sanitize_taken(z, SIM_FC, z->s->itc_status);
}
