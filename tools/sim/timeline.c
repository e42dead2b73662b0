/* SPDX-License-Identifier: Apache-2.0 */
/* Recording what happens when, into memory of a fixed size; timeline_write.c tells it. */
#include "tools/sim/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "tools/sim/observe.h"

enum { SLEEP_DMA = 8 /* behind the barriers */, SLEEP_EVENT, SLEEP_MUTEX, SLEEP_DISPATCH, SLEEP_QUEUE, SLEEP_WFI };
const char *const sim_sleep_names[] = {
    "barrier 0", "barrier 1", "barrier 2",  "barrier 3",  "barrier 4",     "barrier 5",      "barrier 6",
    "barrier 7", "DMA wait",  "event wait", "mutex wait", "dispatch wait", "DMA queue full", "sleep (interrupt)"};

enum { FETCH_SHOWN = 8 /* cycles; shorter misses are too many to show */ };

struct sim_timeline *sim_timeline_create(const sim_function_map *map, const sim_observe_settings *settings) {
    sim_timeline *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->room = settings->timeline_events ? settings->timeline_events : SIM_TIMELINE_EVENTS;
    l->event = calloc(l->room, sizeof *l->event);
    if (!l->event) {
        free(l);
        return NULL;
    }
    l->map = map;
    l->from = settings->timeline_from;
    l->to = settings->timeline_to ? settings->timeline_to : SIM_NEVER;
    l->mark = settings->mark;
    l->marks = settings->mark_names ? settings->marks : 0;
    l->mark_names = settings->mark_names;
    return l;
}

void sim_timeline_destroy(struct sim_timeline *l) {
    if (!l)
        return;
    free(l->event);
    free(l);
}

/* One event; the times of a track never go back. */
static void record(sim_timeline *l, sim_timeline_event event) {
    if (l->full || event.t < l->from || event.t > l->to)
        return;
    if (l->events == l->room) {
        l->full = 1;
        l->end = event.t;
        return;
    }
    if (event.t < l->last[event.track])
        event.t = l->last[event.track];
    l->last[event.track] = event.t;
    l->event[l->events++] = event;
}

/* The functions that a core is in when the record begins. */
static void begin(sim_timeline *l, unsigned core, uint64_t t) {
    if (l->core[core].begun || t < l->from)
        return;
    l->core[core].begun = 1;
    for (uint32_t i = 0; i < l->core[core].depth; i++)
        record(l, (sim_timeline_event){
                      .t = l->from, .kind = SIM_SHOW_ENTER, .track = (uint8_t)core, .a = l->core[core].function[i]});
}

void sim_timeline_enter(struct sim_timeline *l, unsigned core, uint32_t function, uint64_t t) {
    begin(l, core, t);
    l->core[core].function[l->core[core].depth++ % SIM_CALL_DEPTH] = (uint16_t)function;
    record(l, (sim_timeline_event){.t = t, .kind = SIM_SHOW_ENTER, .track = (uint8_t)core, .a = function});
}

void sim_timeline_leave(struct sim_timeline *l, unsigned core, uint64_t t) {
    begin(l, core, t);
    l->core[core].depth--;
    record(l, (sim_timeline_event){.t = t, .kind = SIM_SHOW_END, .track = (uint8_t)core});
}

static void slice(sim_timeline *l, unsigned core, sim_timeline_kind kind, uint32_t a, uint64_t from, uint64_t to) {
    if (to <= from || to < l->from)
        return;
    begin(l, core, to);
    if (from < l->from)
        from = l->from;
    record(l, (sim_timeline_event){.t = from, .kind = (uint8_t)kind, .track = (uint8_t)core, .a = a});
    if (from <= l->to)
        record(l, (sim_timeline_event){.t = to < l->to ? to : l->to, .kind = SIM_SHOW_END, .track = (uint8_t)core});
}

void sim_timeline_fetch(struct sim_timeline *l, const sim_core *c, uint64_t from, uint64_t cycles) {
    if (cycles >= FETCH_SHOWN)
        slice(l, c->index, SIM_SHOW_FETCH, 0, from, from + cycles);
}

uint32_t sim_timeline_why(const sim_timeline *l, const sim *s, const sim_core *c) {
    switch (c->wait) {
    case SIM_WAIT_MUTEX:
        return SLEEP_MUTEX;
    case SIM_WAIT_DISPATCH:
        return SLEEP_DISPATCH;
    case SIM_WAIT_DMA:
        return SLEEP_QUEUE;
    case SIM_WAIT_WFI:
        return SLEEP_WFI;
    default:
        break;
    }
    uint32_t mask = c->index == SIM_FC ? 0 : s->eu.core[c->index].mask;
    if (mask == 1u << TL_EVENT_DMA)
        return SLEEP_DMA;
    if (mask >> TL_EVENT_BARRIER & 1 && l->core[c->index].why)
        return l->core[c->index].why - 1;
    return SLEEP_EVENT;
}

void sim_timeline_wake(struct sim_timeline *l, const sim *s, const sim_core *c, uint64_t t) {
    slice(l, c->index, SIM_SHOW_SLEEP, sim_timeline_why(l, s, c), c->sleep_from, t);
}

/* What it comes to next; of those who sleep it is the barrier that they sleep at. */
void sim_timeline_arrive(struct sim_timeline *l, const sim_core *c, unsigned barrier) {
    l->core[c->index].why = barrier + 1;
    l->came_last[barrier] = (uint8_t)c->index;
}

void sim_timeline_sync(struct sim_timeline *l, int kind, uint32_t a, uint32_t b, uint32_t from, uint64_t t) {
    record(l, (sim_timeline_event){.t = t, .kind = (uint8_t)kind, .track = SIM_TRACK_SYNC, .a = a, .b = b, .c = from});
}

/* Right before those who wait are woken: sim_timeline_write() finds them behind it. */
void sim_timeline_open(struct sim_timeline *l, unsigned barrier, uint32_t cores, uint64_t t) {
    begin(l, l->came_last[barrier], t);
    sim_timeline_sync(l, SIM_SHOW_BARRIER, barrier, cores, l->came_last[barrier], t);
}

void sim_timeline_lock(struct sim_timeline *l, const sim_core *c, unsigned mutex, int locked, uint64_t t) {
    sim_timeline_sync(l, SIM_SHOW_LOCK, mutex, (uint32_t)locked, c->index, t);
}

void sim_timeline_store(struct sim_timeline *l, const sim_core *c, uint32_t address, uint32_t value, uint64_t t) {
    if (address == l->mark && l->mark)
        sim_timeline_sync(l, SIM_SHOW_MARK, value, 0, c->index, t);
}

void sim_timeline_dma(struct sim_timeline *l, int what, const sim_transfer *x, uint64_t t) {
    int in = (x->command & TL_DMA_CMD_TO_L1) != 0;
    unsigned track = in ? SIM_TRACK_DMA_IN : SIM_TRACK_DMA_OUT;
    sim_timeline_event event = {.t = t,
                                .track = (uint8_t)track,
                                .id = (uint16_t)(x->id << 8 | x->channel),
                                .a = x->l1,
                                .b = x->l2,
                                .c = x->left};
    if (what == SIM_DMA_DONE) {
        event.kind = SIM_SHOW_END;
    } else if (what == SIM_DMA_STARTED) {
        event.kind = SIM_SHOW_DMA;
    } else {
        event.kind = SIM_SHOW_SUBMIT;
        event.track = SIM_TRACK_SYNC;
    }
    record(l, event);
}

void sim_timeline_mark(sim_observer *o, const char *text) {
    sim_timeline *l = o->timeline;
    if (!l || l->texts == SIM_TIMELINE_TEXTS)
        return;
    strncpy(l->text[l->texts], text, SIM_TIMELINE_TEXT_BYTES - 1);
    sim_timeline_sync(l, SIM_SHOW_TEXT, l->texts++, 0, 0, o->machine->now);
}

uint64_t sim_timeline_end(const sim_observer *o) {
    return o->timeline && o->timeline->full ? o->timeline->end : o->machine->now;
}
