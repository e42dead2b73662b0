/* SPDX-License-Identifier: Apache-2.0 */
/* The event unit: events, barriers, mutex, dispatch; and how cores sleep and wake. docs/cluster.md, section 1. */
#include "tools/sim/observe.h"
#include "tools/sim/state.h"

enum { BARRIER_TRIGGER = 0x10, BARRIER_TRIGGER_SELF = 0x14 };

void sim_sleep(sim_core *c, sim_wait wait, uint64_t t) {
    c->wait = wait;
    c->sleep_from = wait == SIM_WAIT_DMA ? t : t + 1; /* a retried instruction has not used its cycle yet */
}

void sim_wake(sim *s, sim_core *c, uint64_t t) {
    if (t < c->sleep_from)
        t = c->sleep_from;
    if (s->observer)
        sim_observe_wake(s, c, t);
    c->stats.stall[SIM_STALL_SLEEP] += t - c->sleep_from;
    c->wait = SIM_AWAKE;
    c->t = c->woken = t;
    sim_insert(s, c);
}

/* Clears what was waited for, if so asked, and gives what is pending. */
static uint32_t collect(sim *s, unsigned core, int clear) {
    sim_eu_core *eu = &s->eu.core[core];
    uint32_t pending = eu->buffer & eu->mask;
    if (s->observer)
        sim_observe_taken(s, core, pending);
    if (clear)
        eu->buffer &= ~eu->mask;
    return pending;
}

static void pop_dispatch(sim *s, unsigned core, uint32_t *value) {
    sim_event_unit *eu = &s->eu;
    if (s->observer)
        sim_observe_dispatch(s, core, eu->dispatch_next[core] % SIM_EU_DISPATCHES, 1);
    *value = eu->dispatch[eu->dispatch_next[core] % SIM_EU_DISPATCHES].value;
    eu->dispatch_next[core]++;
}

void sim_eu_event(sim *s, unsigned core, unsigned event, uint64_t t, unsigned latency) {
    sim_core *c = &s->core[core];
    sim_eu_core *eu = &s->eu.core[core];
    uint32_t value;
    eu->buffer |= 1u << event;
    if (!(eu->buffer & (c->wait == SIM_WAIT_WFI ? eu->mask | eu->irq_mask : eu->mask)))
        return;
    switch (c->wait) {
    case SIM_WAIT_EVENT:
        c->x[c->wake_rd].u = collect(s, core, c->wait_clear);
        break;
    case SIM_WAIT_MUTEX:
        if (event != TL_EVENT_MUTEX)
            return;
        collect(s, core, 1);
        if (s->observer)
            sim_observe_lock(s, c, c->wait_mutex, 1, t + latency);
        c->x[c->wake_rd].u = s->eu.mutex[c->wait_mutex].value;
        break;
    case SIM_WAIT_DISPATCH:
        if (event != TL_EVENT_DISPATCH)
            return;
        collect(s, core, 1);
        pop_dispatch(s, core, &value);
        c->x[c->wake_rd].u = value;
        break;
    case SIM_WAIT_WFI:
        if (s->observer)
            sim_observe_taken(s, core, eu->buffer & eu->mask);
        break;
    default:
        return;
    }
    sim_wake(s, c, t + latency);
}

static void each_core(sim *s, uint32_t mask, unsigned event, uint64_t t, unsigned latency) {
    for (unsigned i = 0; i < s->machine.cores; i++)
        if (mask >> i & 1)
            sim_eu_event(s, i, event, t, latency);
}

static sim_bus wait_for_event(sim *s, sim_core *c, int clear, uint32_t *value, uint64_t *t) {
    sim_eu_core *eu = &s->eu.core[c->index];
    if (eu->buffer & eu->mask) {
        *value = collect(s, c->index, clear);
        c->stats.stall[SIM_STALL_SLEEP] += SIM_ELW_READY - 1;
        *t += SIM_ELW_READY;
        return SIM_BUS_DONE;
    }
    c->wait_clear = (uint8_t)clear;
    sim_sleep(c, SIM_WAIT_EVENT, *t);
    return SIM_BUS_SLEEP;
}

static void arrive(sim *s, unsigned barrier, uint32_t cores, uint64_t t) {
    s->eu.barrier[barrier].status |= cores;
    if ((s->eu.barrier[barrier].status & s->eu.barrier[barrier].trigger_mask) != s->eu.barrier[barrier].trigger_mask)
        return;
    s->eu.barrier[barrier].status = 0;
    if (s->observer)
        sim_observe_barrier_open(s, barrier, s->eu.barrier[barrier].target_mask, t);
    each_core(s, s->eu.barrier[barrier].target_mask, TL_EVENT_BARRIER, t, SIM_ELW_BARRIER);
}

/* Without waiting. */
static void come_to(sim *s, const sim_core *c, unsigned barrier, uint32_t cores, uint64_t t) {
    if (s->observer)
        sim_observe_barrier_arrive(s, c, barrier, t);
    arrive(s, barrier, cores, t);
}

/* An event of the past is taken at once; else the core sleeps first, so that the last to arrive wakes with the rest. */
static sim_bus barrier_wait(sim *s, sim_core *c, unsigned barrier, int clear, uint32_t *value, uint64_t *t) {
    sim_eu_core *eu = &s->eu.core[c->index];
    uint64_t at = *t;
    if (s->observer)
        sim_observe_barrier_arrive(s, c, barrier, at);
    if (eu->buffer & eu->mask) {
        sim_bus result = wait_for_event(s, c, clear, value, t);
        arrive(s, barrier, c->bit, at);
        return result;
    }
    c->wait_clear = (uint8_t)clear;
    sim_sleep(c, SIM_WAIT_EVENT, at);
    arrive(s, barrier, c->bit, at);
    return SIM_BUS_SLEEP;
}

static sim_bus lock(sim *s, sim_core *c, unsigned mutex, uint32_t *value, uint64_t *t) {
    if (!s->eu.mutex[mutex].locked) {
        s->eu.mutex[mutex].locked = 1;
        if (s->observer)
            sim_observe_lock(s, c, mutex, 1, *t);
        *value = s->eu.mutex[mutex].value;
        c->stats.stall[SIM_STALL_SLEEP] += SIM_ELW_READY - 1;
        *t += SIM_ELW_READY;
        return SIM_BUS_DONE;
    }
    s->eu.mutex[mutex].waiting |= c->bit;
    c->wait_mutex = mutex;
    sim_sleep(c, SIM_WAIT_MUTEX, *t);
    return SIM_BUS_SLEEP;
}

/* The next waiting core after the last served gets the mutex. */
static void unlock(sim *s, const sim_core *c, unsigned mutex, uint32_t value, uint64_t t) {
    uint32_t waiting = s->eu.mutex[mutex].waiting;
    if (s->observer)
        sim_observe_lock(s, c, mutex, 0, t);
    s->eu.mutex[mutex].value = value;
    if (!waiting) {
        s->eu.mutex[mutex].locked = 0;
        return;
    }
    uint32_t after = waiting & ~(uint32_t)0 << (s->eu.mutex[mutex].last + 1);
    unsigned core = (unsigned)__builtin_ctz(after ? after : waiting);
    s->eu.mutex[mutex].waiting &= ~(1u << core);
    s->eu.mutex[mutex].last = core;
    sim_eu_event(s, core, TL_EVENT_MUTEX, t, SIM_ELW_MUTEX);
}

static sim_bus take_dispatch(sim *s, sim_core *c, uint32_t *value, uint64_t *t) {
    sim_event_unit *eu = &s->eu;
    while (eu->dispatch_next[c->index] != eu->dispatch_head) {
        if (eu->dispatch[eu->dispatch_next[c->index] % SIM_EU_DISPATCHES].mask >> c->index & 1) {
            pop_dispatch(s, c->index, value);
            c->stats.stall[SIM_STALL_SLEEP] += SIM_ELW_READY - 1;
            *t += SIM_ELW_READY;
            return SIM_BUS_DONE;
        }
        eu->dispatch_next[c->index]++;
    }
    sim_sleep(c, SIM_WAIT_DISPATCH, *t);
    return SIM_BUS_SLEEP;
}

static void put_dispatch(sim *s, const sim_core *c, uint32_t value, uint64_t t) {
    sim_event_unit *eu = &s->eu;
    if (s->observer)
        sim_observe_dispatch(s, c->index, eu->dispatch_head % SIM_EU_DISPATCHES, 0);
    eu->dispatch[eu->dispatch_head % SIM_EU_DISPATCHES].value = value;
    eu->dispatch[eu->dispatch_head % SIM_EU_DISPATCHES].mask = eu->dispatch_team;
    eu->dispatch_head++;
    for (unsigned i = 0; i < 8; i++) /* an entry that is overwritten is lost to who has not fetched it */
        if (eu->dispatch_head - eu->dispatch_next[i] > SIM_EU_DISPATCHES)
            eu->dispatch_next[i] = eu->dispatch_head - SIM_EU_DISPATCHES;
    for (unsigned i = 0; i < s->machine.cores; i++)
        if (eu->dispatch_team >> i & 1 && s->core[i].wait == SIM_WAIT_DISPATCH) {
            while (!(eu->dispatch[eu->dispatch_next[i] % SIM_EU_DISPATCHES].mask >> i & 1))
                eu->dispatch_next[i]++;
            sim_eu_event(s, i, TL_EVENT_DISPATCH, t, SIM_ELW_EVENT);
        }
}

static uint32_t load_core(const sim_eu_core *eu, uint32_t offset) {
    switch (offset) {
    case 0x00:
        return eu->mask;
    case 0x0c:
        return eu->irq_mask;
    case 0x1c:
        return eu->buffer;
    case 0x20:
        return eu->buffer & eu->mask;
    case 0x24:
        return eu->buffer & eu->irq_mask;
    case 0x2c:
        return eu->sw_mask;
    default:
        return 0;
    }
}

/* A core whose mask changes while an event is pending may have to wake: only the bus view can do that to it. */
static void store_core(sim *s, unsigned core, uint32_t offset, uint32_t value, uint64_t t) {
    sim_eu_core *eu = &s->eu.core[core];
    switch (offset) {
    case 0x00:
        eu->mask = value;
        break;
    case 0x04:
        eu->mask &= ~value;
        break;
    case 0x08:
        eu->mask |= value;
        break;
    case 0x0c:
        eu->irq_mask = value;
        break;
    case 0x10:
        eu->irq_mask &= ~value;
        break;
    case 0x14:
        eu->irq_mask |= value;
        break;
    case 0x28:
        eu->buffer &= ~value;
        break;
    case 0x2c:
        eu->sw_mask = value;
        break;
    case 0x30:
        eu->sw_mask &= ~value;
        break;
    case 0x34:
        eu->sw_mask |= value;
        break;
    default:
        break;
    }
    sim_update_interrupts(s, &s->core[core]);
    uint32_t pending = eu->buffer & eu->mask;
    if (s->core[core].wait == SIM_WAIT_EVENT && pending)
        sim_eu_event(s, core, (unsigned)__builtin_ctz(pending), t, SIM_ELW_EVENT);
}

static void trigger(sim *s, const sim_core *c, unsigned event, uint32_t cores, uint64_t t) {
    if (s->observer)
        sim_observe_event(s, (int)c->index, cores ? cores : 0xff, event & 7, t);
    each_core(s, cores ? cores : 0xff, event & 7, t, SIM_ELW_EVENT);
}

sim_bus sim_eu_load(sim *s, sim_core *c, uint32_t offset, uint32_t *value, uint64_t *t) {
    if (offset == TL_EU_WAIT || offset == TL_EU_WAIT_CLEAR)
        return wait_for_event(s, c, offset == TL_EU_WAIT_CLEAR, value, t);
    if (offset == TL_EU_DISPATCH)
        return take_dispatch(s, c, value, t);
    if (offset >= TL_EU_MUTEX && offset < TL_EU_MUTEX + 4 * SIM_EU_MUTEXES)
        return lock(s, c, (offset - TL_EU_MUTEX) / 4, value, t);
    if (offset >= TL_EU_SW_EVENT + 0x40 && offset < TL_EU_SW_EVENT + 0xc0) {
        /* Trigger an event to all, then wait, then perhaps clear. */
        uint64_t at = *t;
        int clear = offset >= TL_EU_SW_EVENT + 0x80;
        trigger(s, c, offset / 4 & 7, 0, at);
        return wait_for_event(s, c, clear, value, t);
    }
    if (offset >= TL_EU_BARRIER && offset < TL_EU_BARRIER + SIM_EU_BARRIERS * TL_EU_BARRIER_STRIDE) {
        unsigned barrier = (offset - TL_EU_BARRIER) / TL_EU_BARRIER_STRIDE;
        uint32_t reg = offset % TL_EU_BARRIER_STRIDE;
        if (reg == BARRIER_TRIGGER_SELF)
            come_to(s, c, barrier, c->bit, *t);
        if (reg >= 0x18)
            return barrier_wait(s, c, barrier, reg == TL_EU_BARRIER_TRIGGER_WAIT_CLEAR, value, t);
        *value = reg == 0      ? s->eu.barrier[barrier].trigger_mask
                 : reg == 0x0c ? s->eu.barrier[barrier].target_mask
                               : s->eu.barrier[barrier].status;
    } else {
        *value = load_core(&s->eu.core[c->index], offset);
        if (s->observer && (offset == TL_EU_BUFFER || offset == TL_EU_BUFFER + 4))
            sim_observe_taken(s, c->index, *value);
    }
    *t += 1 + SIM_EU_STALL;
    return SIM_BUS_DONE;
}

void sim_eu_store(sim *s, sim_core *c, uint32_t offset, uint32_t value, uint64_t t) {
    if (offset == TL_EU_DISPATCH) {
        put_dispatch(s, c, value, t);
    } else if (offset == TL_EU_DISPATCH + 4) {
        s->eu.dispatch_team = value;
    } else if (offset >= TL_EU_MUTEX && offset < TL_EU_MUTEX + 4 * SIM_EU_MUTEXES) {
        unlock(s, c, (offset - TL_EU_MUTEX) / 4, value, t);
    } else if (offset >= TL_EU_SW_EVENT && offset < TL_EU_SW_EVENT + 0x20) {
        trigger(s, c, (offset - TL_EU_SW_EVENT) / 4, value, t);
    } else if (offset >= TL_EU_BARRIER && offset < TL_EU_BARRIER + SIM_EU_BARRIERS * TL_EU_BARRIER_STRIDE) {
        unsigned barrier = (offset - TL_EU_BARRIER) / TL_EU_BARRIER_STRIDE;
        uint32_t reg = offset % TL_EU_BARRIER_STRIDE;
        if (reg == TL_EU_BARRIER_TRIGGER_MASK)
            s->eu.barrier[barrier].trigger_mask = value;
        else if (reg == TL_EU_BARRIER_TARGET_MASK)
            s->eu.barrier[barrier].target_mask = value;
        else if (reg == BARRIER_TRIGGER || reg == BARRIER_TRIGGER_SELF)
            come_to(s, c, barrier, reg == BARRIER_TRIGGER ? value : c->bit, t);
    } else {
        store_core(s, c->index, offset, value, t);
    }
}

uint32_t sim_eu_bus_load(sim *s, uint32_t offset) {
    if (offset < 8 * 0x40)
        return load_core(&s->eu.core[offset / 0x40], offset % 0x40);
    return 0;
}

void sim_eu_bus_store(sim *s, const sim_core *c, uint32_t offset, uint32_t value, uint64_t t) {
    if (offset < 8 * 0x40)
        store_core(s, offset / 0x40, offset % 0x40, value, t);
    else if (offset >= 0x600 && offset < 0x620)
        trigger(s, c, (offset - 0x600) / 4, value, t);
}
