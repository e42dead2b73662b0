/* SPDX-License-Identifier: Apache-2.0 */
/* The timers, two 32-bit counters each or one of 64; and the devices' common clock. */
#include "tools/sim/state.h"
#include "tools/sim/timing.h"

enum {
    CONFIG_ENABLE = 1u << 0,
    CONFIG_RESET = 1u << 1,
    CONFIG_IRQ = 1u << 2,
    CONFIG_CLEAR = 1u << 4,
    CONFIG_ONE_SHOT = 1u << 5
};

#define CONFIG_64 (1u << 31)

static int is_64(const sim_timer *timer) {
    return (timer->config[0] & CONFIG_64) != 0;
}

static uint64_t wide_count(const sim_timer *timer, uint64_t t) {
    uint64_t count = (uint64_t)timer->count[1] << 32 | timer->count[0];
    return timer->config[0] & CONFIG_ENABLE ? count + (t - timer->since[0]) : count;
}

static uint32_t count_of(const sim_timer *timer, unsigned half, uint64_t t) {
    if (is_64(timer))
        return (uint32_t)(wide_count(timer, t) >> 32 * half);
    return timer->count[half] + (timer->config[half] & CONFIG_ENABLE ? (uint32_t)(t - timer->since[half]) : 0);
}

/* Brings the stored counts up to date. */
static void settle(sim_timer *timer, uint64_t t) {
    uint32_t low = count_of(timer, 0, t), high = count_of(timer, 1, t);
    timer->count[0] = low;
    timer->count[1] = high;
    timer->since[0] = timer->since[1] = t;
}

/* When this half reaches its compare value, counting the present moment as past. */
static uint64_t match_time(const sim_timer *timer, unsigned half, uint64_t t) {
    if (!(timer->config[half] & CONFIG_ENABLE) ||
        !(timer->config[half] & (CONFIG_IRQ | CONFIG_CLEAR | CONFIG_ONE_SHOT)))
        return SIM_NEVER;
    if (is_64(timer)) {
        uint64_t compare = (uint64_t)timer->compare[1] << 32 | timer->compare[0], count = wide_count(timer, t);
        return half == 0 && compare > count ? t + (compare - count) : SIM_NEVER;
    }
    uint32_t ahead = timer->compare[half] - count_of(timer, half, t);
    return t + (ahead ? ahead : (uint64_t)1 << 32);
}

static void schedule(sim *s, uint64_t t) {
    s->timer_next = SIM_NEVER;
    for (unsigned i = 0; i < SIM_TIMERS; i++)
        for (unsigned half = 0; half < 2; half++) {
            uint64_t at = match_time(&s->timer[i], half, t);
            s->timer_next = at < s->timer_next ? at : s->timer_next;
        }
    sim_schedule_devices(s);
}

uint32_t sim_timer_load(sim *s, unsigned timer, uint32_t offset, uint64_t t) {
    const sim_timer *at = &s->timer[timer];
    unsigned half = offset / 4 & 1;
    switch (offset & ~4u) {
    case 0x00:
        return at->config[half];
    case 0x08:
        return count_of(at, half, t);
    case 0x10:
        return at->compare[half];
    default:
        return 0;
    }
}

void sim_timer_store(sim *s, unsigned timer, uint32_t offset, uint32_t value, uint64_t t) {
    sim_timer *at = &s->timer[timer];
    unsigned half = offset / 4 & 1;
    settle(at, t);
    switch (offset & ~4u) {
    case 0x00:
        at->config[half] = value & ~(uint32_t)CONFIG_RESET;
        if (value & CONFIG_RESET)
            at->count[half] = 0;
        break;
    case 0x08:
        at->count[half] = value;
        break;
    case 0x10:
        at->compare[half] = value;
        break;
    case 0x18:
        at->config[half] |= CONFIG_ENABLE;
        break;
    case 0x20:
        at->count[half] = 0;
        break;
    default:
        break;
    }
    schedule(s, t);
}

static void fire(sim *s, unsigned timer, unsigned half, uint64_t t) {
    sim_timer *at = &s->timer[timer];
    settle(at, t);
    if (at->config[half] & CONFIG_CLEAR) {
        at->count[half] = 0;
        if (is_64(at))
            at->count[1] = 0;
    }
    if (at->config[half] & CONFIG_ONE_SHOT)
        at->config[half] &= ~(uint32_t)CONFIG_ENABLE;
    if (!(at->config[half] & CONFIG_IRQ))
        return;
    if (timer)
        sim_itc_raise(s, 1u << (10 + half), t);
    else
        for (unsigned i = 0; i < s->machine.cores; i++)
            sim_eu_event(s, i, 10 + half, t, SIM_ELW_EVENT);
}

void sim_run_timers(sim *s, uint64_t t) {
    for (unsigned i = 0; i < SIM_TIMERS; i++)
        for (unsigned half = 0; half < 2; half++)
            if (match_time(&s->timer[i], half, t - 1) == t)
                fire(s, i, half, t);
    schedule(s, t);
}

void sim_run_devices(sim *s, uint64_t t) {
    if (s->dma_next <= t)
        sim_run_dma(s, t);
    if (s->timer_next <= t)
        sim_run_timers(s, t);
}
