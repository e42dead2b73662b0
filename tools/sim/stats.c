/* SPDX-License-Identifier: Apache-2.0 */
/* Counters, as they stand now. */
#include <string.h>

#include "tools/sim/state.h"

const char *const sim_stall_names[SIM_STALLS] = {
    [SIM_STALL_LOAD_USE] = "load_use", [SIM_STALL_BRANCH] = "branch", [SIM_STALL_MULDIV] = "muldiv",
    [SIM_STALL_FPU] = "fpu",           [SIM_STALL_BANK] = "bank",     [SIM_STALL_L2] = "l2",
    [SIM_STALL_ICACHE] = "icache",     [SIM_STALL_SLEEP] = "sleep",
};

/* A core that ran ahead of the machine's time is counted to where it stands. */
static void core_stats(const sim *s, const sim_core *c, sim_core_stats *stats) {
    uint64_t at = c->t > s->now ? c->t : s->now;
    *stats = c->stats;
    sim_add_counters(stats, c->count);
    if (!c->on)
        return;
    if (c->wait != SIM_AWAKE) {
        if (at > c->sleep_from)
            stats->stall[SIM_STALL_SLEEP] += at - c->sleep_from;
        stats->active += (at > c->sleep_from ? at : c->sleep_from) - c->started;
    } else {
        stats->active += c->t - c->started;
    }
}

void sim_get_stats(const sim *s, sim_stats *stats) {
    memset(stats, 0, sizeof *stats);
    stats->cycles = s->now;
    stats->cores = s->machine.cores + 1;
    for (uint32_t i = 0; i < s->machine.cores; i++)
        core_stats(s, &s->core[i], &stats->core[i]);
    core_stats(s, &s->core[SIM_FC], &stats->core[s->machine.cores]);
    stats->dma_bytes_out = s->dma.bytes[0];
    stats->dma_bytes_in = s->dma.bytes[1];
    stats->dma_transfers = s->dma.transfers;
    stats->dma_busy = s->dma.busy;
    if (s->dma.engine[0].busy || s->dma.engine[1].busy)
        stats->dma_busy += s->now - s->dma.busy_from;
    stats->l0_misses = s->l0_misses;
    stats->l1i_misses = s->l1i_misses;
    stats->l1_high_water = s->l1_high_water;
}
