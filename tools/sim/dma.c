/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The DMA engine, MCHAN: a queue per core, a common queue, one engine for each direction. Data moves while time passes:
 * who reads too early reads what was there before. docs/cluster.md, sections 1 and 3.
 */
#include <string.h>

#include "tools/sim/observe.h"
#include "tools/sim/state.h"
#include "tools/sim/timing.h"

enum { OUT, IN };

static uint32_t min_u32(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static uint32_t l1_offset(uint32_t address) {
    return address & ~(uint32_t)TL_L1_BASE;
}

/* Cycles of the next burst, and its bytes. */
static uint32_t burst(const sim *s, const sim_transfer *at, uint32_t moved_l1, uint32_t moved_row, uint32_t left,
                      uint32_t *bytes) {
    *bytes = min_u32(min_u32(left, at->row - moved_row), s->machine.dma_burst);
    uint32_t words = ((l1_offset(at->l1) + moved_l1) % 4 + *bytes + 3) / 4;
    uint32_t width = s->machine.dma_width / 4;
    return (words + width - 1) / width + (at->command & TL_DMA_CMD_TO_L1 ? 0 : SIM_DMA_OUT_GAP);
}

/* Plans the bursts that arrive next. */
static void plan_chunk(const sim *s, sim_dma_engine *engine, uint64_t from) {
    const sim_transfer *at = &engine->at;
    uint32_t cycles = 0, moved = 0, row = at->done, bytes;
    do {
        cycles += burst(s, at, moved, row, at->left - moved, &bytes);
        moved += bytes;
        row = row + bytes == at->row ? 0 : row + bytes;
    } while (moved < at->left && cycles < SIM_DMA_CHUNK);
    engine->chunk = moved;
    engine->free = from + cycles;
    engine->next = from + cycles;
}

static void move(sim *s, sim_transfer *at, uint32_t bytes) {
    int in = (at->command & TL_DMA_CMD_TO_L1) != 0;
    while (bytes) {
        uint32_t n = min_u32(bytes, at->row - at->done);
        uint8_t *l1 = s->l1 + l1_offset(at->l1);
        if (in) {
            sim_peek(s, at->l2 + at->done, l1, n);
            sim_stored(s, TL_L1_BASE + l1_offset(at->l1), n);
        } else {
            sim_poke(s, at->l2 + at->done, l1, n);
        }
        at->l1 += n;
        at->left -= n;
        at->done += n;
        bytes -= n;
        if (at->done == at->row) {
            at->done = 0;
            at->l2 += at->stride;
        }
    }
}

static int anything_under_way(const sim_dma *dma) {
    return dma->engine[IN].busy || dma->engine[OUT].busy;
}

static void schedule(sim *s) {
    const sim_dma *dma = &s->dma;
    uint64_t in = dma->engine[IN].busy ? dma->engine[IN].next : SIM_NEVER;
    uint64_t out = dma->engine[OUT].busy ? dma->engine[OUT].next : SIM_NEVER;
    s->dma_next = in < out ? in : out;
    sim_schedule_devices(s);
}

static void wake_blocked(sim *s, uint64_t t) {
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        if (s->core[i].wait == SIM_WAIT_DMA)
            sim_wake(s, &s->core[i], t + SIM_DMA_UNBLOCK);
}

/* Moves transfers from the cores' queues, each core in turn, to the common one. Returns 1 when there was one. */
static int fill_queue(sim_dma *dma, uint32_t room) {
    int moved = 0;
    for (unsigned looked = 0; looked < SIM_MAX_CORES && dma->queued < room; looked++) {
        sim_dma_channel *channel = &dma->channel[dma->turn];
        dma->turn = (dma->turn + 1) % SIM_MAX_CORES;
        if (!channel->queued)
            continue;
        dma->queue[dma->queued++] = channel->queue[0];
        channel->queued--;
        memmove(channel->queue, channel->queue + 1, channel->queued * sizeof *channel->queue);
        looked = 0;
        moved = 1;
    }
    return moved;
}

/* Gives the oldest transfer whose engine is free to that engine. Returns 0 when there is none. */
static int start_transfer(sim *s, uint64_t t) {
    sim_dma *dma = &s->dma;
    for (unsigned i = 0; i < dma->queued; i++) {
        sim_dma_engine *engine = &dma->engine[(dma->queue[i].command & TL_DMA_CMD_TO_L1) != 0];
        if (engine->busy)
            continue;
        if (!anything_under_way(dma))
            dma->busy_from = t;
        engine->busy = 1;
        engine->at = dma->queue[i];
        if (s->observer)
            sim_observe_dma(s, SIM_DMA_STARTED, &engine->at, t);
        plan_chunk(s, engine, engine->at.ready > engine->free ? engine->at.ready : engine->free);
        dma->queued--;
        memmove(dma->queue + i, dma->queue + i + 1, (dma->queued - i) * sizeof *dma->queue);
        return 1;
    }
    return 0;
}

static void pump(sim *s, uint64_t t) {
    int room = 0;
    do
        room |= fill_queue(&s->dma, s->machine.dma_queue);
    while (start_transfer(s, t));
    if (room)
        wake_blocked(s, t);
    schedule(s);
}

static void finish(sim *s, sim_dma_engine *engine, uint64_t t) {
    const sim_transfer *at = &engine->at;
    sim_dma *dma = &s->dma;
    dma->pending[at->id]--;
    engine->busy = 0;
    if (s->observer)
        sim_observe_dma(s, SIM_DMA_DONE, at, t);
    if (!anything_under_way(dma))
        dma->busy += t - dma->busy_from;
    if (at->channel == SIM_FC)
        sim_itc_raise(s, 1u << TL_EVENT_DMA, t);
    else if (at->command & TL_DMA_CMD_EVENT)
        for (unsigned i = 0; i < s->machine.cores; i++)
            if (i == at->channel || at->command & TL_DMA_CMD_BROADCAST)
                sim_eu_event(s, i, TL_EVENT_DMA, t, SIM_ELW_DMA);
}

void sim_run_dma(sim *s, uint64_t t) {
    for (unsigned i = OUT; i <= IN; i++) {
        sim_dma_engine *engine = &s->dma.engine[i];
        if (!engine->busy || engine->next > t)
            continue;
        s->dma.bytes[i] += engine->chunk;
        move(s, &engine->at, engine->chunk);
        if (engine->at.left)
            plan_chunk(s, engine, engine->next);
        else
            finish(s, engine, t);
    }
    pump(s, t);
}

static int is_good(const sim *s, const sim_transfer *at, uint32_t size) {
    uint64_t rows = (size + at->row - 1) / at->row;
    uint64_t l2_end = at->l2 + (rows - 1) * at->stride + (size - (rows - 1) * at->row);
    uint32_t l1 = l1_offset(at->l1);
    return l1 < s->machine.l1_bytes && size <= s->machine.l1_bytes - l1 && at->l2 >= TL_L2_PRIVATE_BASE &&
           l2_end <= (uint64_t)TL_L2_PRIVATE_BASE + s->l2_bytes;
}

static void enqueue(sim *s, sim_core *c, uint64_t t) {
    sim_dma *dma = &s->dma;
    sim_dma_channel *channel = &dma->channel[c->index];
    uint32_t size = channel->words[0] & TL_DMA_CMD_SIZE_MASK, two_d = channel->words[0] & TL_DMA_CMD_2D_L2;
    sim_transfer transfer = {.command = channel->words[0],
                             .l1 = channel->words[1],
                             .l2 = channel->words[2],
                             .left = size,
                             .row = two_d ? channel->words[3] : size,
                             .stride = two_d ? channel->words[4] : size,
                             .id = channel->id,
                             .channel = c->index,
                             .number = (uint32_t)dma->transfers + 1,
                             .ready = t + SIM_DMA_START};
    channel->have = 0;
    dma->transfers++;
    if (!size)
        return;
    if (!transfer.row || !is_good(s, &transfer, size)) {
        sim_fault(s, c, sim_core_pc(s, c),
                  "DMA transfer of %u bytes, L1 address 0x%08x, L2 address 0x%08x: not all memory", size, transfer.l1,
                  transfer.l2);
        return;
    }
    dma->pending[transfer.id]++;
    if (s->observer)
        sim_observe_dma(s, SIM_DMA_SUBMITTED, &transfer, t);
    channel->queue[channel->queued++] = transfer;
    pump(s, t);
}

sim_bus sim_dma_load(sim *s, sim_core *c, uint32_t offset, uint32_t *value, uint64_t t) {
    sim_dma *dma = &s->dma;
    uint32_t free_ids = ~dma->allocated & ((1u << SIM_DMA_IDS) - 1);
    if (offset == TL_DMA_STATUS) {
        *value = 0;
        for (unsigned i = 0; i < SIM_DMA_IDS; i++)
            *value |= (uint32_t)(dma->pending[i] != 0) << i;
        for (unsigned i = 0; s->observer && i < SIM_DMA_IDS; i++)
            if (!dma->pending[i])
                sim_observe_dma_seen(s, c, i, t);
        return SIM_BUS_DONE;
    }
    if (!free_ids) {
        sim_sleep(c, SIM_WAIT_DMA, t);
        return SIM_BUS_RETRY;
    }
    *value = dma->channel[c->index].id = (uint32_t)__builtin_ctz(free_ids);
    dma->allocated |= 1u << *value;
    return SIM_BUS_DONE;
}

sim_bus sim_dma_store(sim *s, sim_core *c, uint32_t offset, uint32_t value, uint64_t t) {
    sim_dma_channel *channel = &s->dma.channel[c->index];
    if (offset == TL_DMA_STATUS) {
        s->dma.allocated &= ~value;
        wake_blocked(s, t);
        return SIM_BUS_DONE;
    }
    if (channel->have == 0 && channel->queued == s->machine.dma_core_queue) {
        sim_sleep(c, SIM_WAIT_DMA, t);
        return SIM_BUS_RETRY;
    }
    channel->words[channel->have++] = value;
    if (channel->have == (channel->words[0] & TL_DMA_CMD_2D_L2 ? 5 : 3))
        enqueue(s, c, t);
    return s->status == SIM_OK ? SIM_BUS_DONE : SIM_BUS_STOP;
}
