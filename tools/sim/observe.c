/* SPDX-License-Identifier: Apache-2.0 */
/* Making and ending observers, and who of them is told what the devices do. */
#include "tools/sim/observe.h"

#include <stdlib.h>

#include "tools/sim/profile.h"
#include "tools/sim/timeline.h"
#include "tools/sim/trace.h"

static sim_observer *give_up(sim *s, sim_observer *o, const char *why) {
    snprintf(s->message, sizeof s->message, "%s", why);
    sim_observe_end(o);
    return NULL;
}

static void show_core(sim *s, sim_core *c) {
    uint64_t t = c->wait == SIM_AWAKE ? c->t : s->now > c->sleep_from ? s->now : c->sleep_from;
    c->seen = t;
    if (s->observer->profile)
        sim_profile_start(s->observer->profile, s, c, t);
}

sim_observer *sim_observe(sim *s, const sim_observe_settings *settings) {
    int no_function = 0;
    sim_observer *o = s->observer ? NULL : calloc(1, sizeof *o);
    if (!o)
        return give_up(s, NULL, s->observer ? "the machine has an observer already" : "out of memory for an observer");
    o->machine = s;
    if (settings->profile || settings->timeline)
        o->profile = sim_profile_create(s);
    if (settings->timeline && o->profile)
        o->timeline = sim_timeline_create(&o->profile->map, settings);
    if (settings->trace)
        o->trace = sim_trace_create(s, settings, &no_function);
    if (no_function)
        return give_up(s, o, "the program has no function of the name that is to be traced");
    if ((settings->profile && !o->profile) || (settings->timeline && !o->timeline) || (settings->trace && !o->trace))
        return give_up(s, o, "out of memory for an observer");
    s->observer = o;
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        if (s->core[i].on)
            show_core(s, &s->core[i]);
    return o;
}

void sim_observe_end(sim_observer *o) {
    if (!o)
        return;
    if (o->trace)
        sim_trace_flush(o->trace, o->machine);
    if (o->machine->observer == o)
        o->machine->observer = NULL;
    sim_timeline_destroy(o->timeline);
    sim_profile_destroy(o->profile);
    sim_trace_destroy(o->trace);
    sim_sanitize_free(o->sanitize);
    free(o);
}

unsigned sim_observe_full(const sim_observer *o) {
    if (o->trace)
        sim_trace_flush(o->trace, o->machine);
    return (o->profile && o->profile->full ? SIM_FULL_CALLS : 0u) |
           (o->timeline && o->timeline->full ? SIM_FULL_TIMELINE : 0u) |
           (o->trace && sim_trace_failed(o->trace) ? SIM_FULL_TRACE : 0u);
}

void sim_observe_wake(sim *s, sim_core *c, uint64_t t) {
    const sim_observer *o = s->observer;
    if (o->profile)
        sim_profile_wake(o->profile, s, c, t);
    if (o->timeline)
        sim_timeline_wake(o->timeline, s, c, t);
    if (o->trace)
        sim_trace_wake(o->trace, s, c, t);
    if (o->sanitize)
        sim_sanitize_wake(o->sanitize, c);
}

void sim_observe_barrier_arrive(sim *s, const sim_core *c, unsigned barrier, uint64_t t) {
    (void)t;
    if (s->observer->timeline)
        sim_timeline_arrive(s->observer->timeline, c, barrier);
    if (s->observer->sanitize)
        sim_sanitize_barrier_arrive(s->observer->sanitize, c, barrier);
}

void sim_observe_barrier_open(sim *s, unsigned barrier, uint32_t cores, uint64_t t) {
    if (s->observer->timeline)
        sim_timeline_open(s->observer->timeline, barrier, cores, t);
    if (s->observer->sanitize)
        sim_sanitize_barrier_open(s->observer->sanitize, barrier, cores);
}

void sim_observe_event(sim *s, int from_core, uint32_t to_cores, unsigned event, uint64_t t) {
    if (s->observer->timeline)
        sim_timeline_sync(s->observer->timeline, SIM_SHOW_EVENT, event, to_cores, (uint32_t)from_core, t);
    if (s->observer->sanitize)
        sim_sanitize_event(s->observer->sanitize, (unsigned)from_core, to_cores, event);
}

void sim_observe_lock(sim *s, const sim_core *c, unsigned mutex, int locked, uint64_t t) {
    if (s->observer->timeline)
        sim_timeline_lock(s->observer->timeline, c, mutex, locked, t);
    if (s->observer->sanitize)
        sim_sanitize_lock(s->observer->sanitize, c, mutex, locked);
}

void sim_observe_dma(sim *s, int what, const sim_transfer *x, uint64_t t) {
    if (s->observer->timeline)
        sim_timeline_dma(s->observer->timeline, what, x, t);
    if (s->observer->sanitize)
        sim_sanitize_dma(s->observer->sanitize, what, x);
}

void sim_observe_dma_seen(sim *s, const sim_core *c, uint32_t id, uint64_t t) {
    (void)t;
    if (s->observer->sanitize)
        sim_sanitize_dma_seen(s->observer->sanitize, c, id);
}

void sim_observe_start(sim *s, const sim_core *c, uint32_t pc, uint64_t t) {
    (void)pc;
    if (s->observer->profile)
        sim_profile_start(s->observer->profile, s, c, t);
}

void sim_observe_outside_write(sim *s, uint32_t address, uint32_t bytes, uint64_t t) {
    (void)t;
    if (s->observer->sanitize)
        sim_sanitize_outside_write(s->observer->sanitize, address, bytes);
}

void sim_observe_taken(sim *s, unsigned core, uint32_t events) {
    if (s->observer->sanitize)
        sim_sanitize_taken(s->observer->sanitize, core, events);
}

void sim_observe_dispatch(sim *s, unsigned core, unsigned entry, int taken) {
    if (s->observer->sanitize)
        sim_sanitize_dispatch(s->observer->sanitize, core, entry, taken);
}

void sim_observe_started_by(sim *s, const sim_core *by, const sim_core *c) {
    if (s->observer->sanitize)
        sim_sanitize_started_by(s->observer->sanitize, by, c);
}

void sim_observe_loaded(sim *s) {
    if (s->observer->sanitize)
        sim_sanitize_loaded(s->observer->sanitize);
}

void sim_observe_restored(sim *s) {
    if (s->observer->profile)
        sim_profile_forget(s->observer->profile);
    if (s->observer->sanitize)
        sim_sanitize_restored(s->observer->sanitize);
}
