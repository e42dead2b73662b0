/* SPDX-License-Identifier: Apache-2.0 */
/* The memory map, for every access that is not an aligned one to the cluster's own L1. */
#include <string.h>

#include "tools/sim/state.h"
#include "tools/sim/timing.h"

static int is_watched(sim *s, uint32_t address, uint32_t bytes) {
    for (uint32_t i = 0; i < s->watch_count; i++)
        if (address < s->watches[i] + 4 && s->watches[i] < address + bytes) {
            s->watched = s->watches[i];
            return 1;
        }
    return 0;
}

int sim_stored(sim *s, uint32_t address, uint32_t bytes) {
    uint32_t offset = address - TL_L2_PRIVATE_BASE, end;
    uint8_t *attr = s->l2_attr, all = 0;
    if (offset >= s->l2_bytes) {
        offset = address - TL_L1_BASE;
        attr = s->l1_attr;
        end = offset + bytes;
        if (end > s->l1_high_water)
            s->l1_high_water = end;
    }
    for (uint32_t i = offset >> SIM_ATTR_SHIFT; i <= (offset + bytes - 1) >> SIM_ATTR_SHIFT; i++) {
        all |= attr[i];
        if (attr == s->l1_attr && (i + 1) << SIM_ATTR_SHIFT <= s->l1_high_water)
            attr[i] &= (uint8_t)~SIM_ATTR_FRESH;
    }
    if (all & SIM_ATTR_CODE)
        sim_invalidate(s, address, bytes);
    return (all & SIM_ATTR_WATCHED) && is_watched(s, address, bytes);
}

/* An address in L1, as seen by this core; the alias at 0 is the cluster's only. */
static int in_l1(const sim *s, const sim_core *c, uint32_t address, uint32_t *offset) {
    *offset = c->index == SIM_FC ? address - TL_L1_BASE : address & ~(uint32_t)TL_L1_BASE;
    return *offset < s->machine.l1_bytes;
}

/*
 * An access to L1 that is misaligned, or the fabric controller's. Both words of a misaligned one ask for their banks in
 * the first cycle: "lw_misaligned_*" and "sw_misaligned_2" with 8 cores come out so, and far too slow otherwise.
 */
static uint64_t l1_time(sim *s, sim_core *c, uint32_t offset, unsigned bytes, uint64_t t) {
    uint64_t from = t;
    unsigned words = (offset % 4 + bytes + 3) / 4;
    if (c->index == SIM_FC) {
        c->stats.stall[SIM_STALL_L2] += s->machine.l2_latency - 1;
        return t + s->machine.l2_latency;
    }
    if (s->ahead)
        sim_serve_earlier(s, c, t);
    for (unsigned i = 0; i < words; i++) {
        const unsigned bank = (offset / 4 + i) & s->bank_mask;
        uint64_t at = sim_is_taken(s, bank, from) ? sim_wait_for_bank(s, c, bank, from) : from;
        sim_take(s, bank, at);
        s->taken_until = at > s->taken_until ? at : s->taken_until;
        t += at - from + 1;
    }
    c->stats.stall[SIM_STALL_BANK] += words - 1;
    return t;
}

static uint64_t l2_time(const sim *s, sim_core *c, uint64_t t) {
    uint32_t cycles = c->index == SIM_FC ? 1 : s->machine.l2_latency;
    c->stats.stall[SIM_STALL_L2] += cycles - 1;
    return t + cycles;
}

static uint32_t read_bytes(const uint8_t *p, unsigned bytes) {
    uint32_t v = 0;
    memcpy(&v, p, bytes);
    return v;
}

static sim_bus bad_address(sim *s, sim_core *c, const char *what, uint32_t address, unsigned bytes) {
    sim_fault(s, c, sim_core_pc(s, c), "%s of %u byte%s at 0x%08x: nothing is there", what, bytes, bytes > 1 ? "s" : "",
              address);
    return SIM_BUS_STOP;
}

/* Everything between cluster control and the SoC's peripherals. */
static int is_periph(const sim_core *c, uint32_t address) {
    return (address >= TL_CLUSTER_CTRL && address < TL_CLUSTER_CTRL + 0x8000) ||
           (address >= 0x1a000000 && address < 0x1b000000) ||
           (c->index != SIM_FC && address >= TL_EU_ALIAS && address < TL_EU_ALIAS + 0x800);
}

sim_bus sim_bus_load(sim *s, sim_core *c, uint32_t address, unsigned bytes, int elw, uint32_t *value, uint64_t *t) {
    uint32_t offset, read = 0;
    c->elws += (uint32_t)elw;
    if (in_l1(s, c, address, &offset) && bytes <= s->machine.l1_bytes - offset) {
        *t = l1_time(s, c, offset, bytes, *t);
        *value = read_bytes(s->l1 + offset, bytes);
        return SIM_BUS_DONE;
    }
    if (address >= TL_L2_PRIVATE_BASE && sim_peek(s, address, &read, bytes)) {
        *t = l2_time(s, c, *t);
        *value = read;
        return SIM_BUS_DONE;
    }
    offset = address - TL_L1_TEST_AND_SET;
    if (offset < s->machine.l1_bytes && bytes <= s->machine.l1_bytes - offset) {
        *t = l1_time(s, c, offset, bytes, *t);
        *value = read_bytes(s->l1 + offset, bytes);
        memset(s->l1 + offset, 0xff, bytes);
        sim_stored(s, TL_L1_BASE + offset, bytes);
        return SIM_BUS_DONE;
    }
    if (is_periph(c, address)) {
        sim_bus result = sim_periph_load(s, c, address & ~(uint32_t)3, value, t);
        if (result == SIM_BUS_DONE)
            *value >>= address % 4 * 8;
        if (result != SIM_BUS_STOP || s->status != SIM_OK)
            return result;
    }
    return bad_address(s, c, "load", address, bytes);
}

sim_bus sim_bus_store(sim *s, sim_core *c, uint32_t address, unsigned bytes, uint32_t value, uint64_t *t) {
    uint32_t offset;
    if (in_l1(s, c, address, &offset) && bytes <= s->machine.l1_bytes - offset) {
        *t = l1_time(s, c, offset, bytes, *t);
        memcpy(s->l1 + offset, &value, bytes);
        sim_stored(s, TL_L1_BASE + offset, bytes);
        return SIM_BUS_DONE;
    }
    if (address >= TL_L2_PRIVATE_BASE && sim_poke(s, address, &value, bytes)) {
        *t = l2_time(s, c, *t);
        return SIM_BUS_DONE;
    }
    offset = address - TL_L1_TEST_AND_SET;
    if (offset < s->machine.l1_bytes && bytes <= s->machine.l1_bytes - offset) {
        *t = l1_time(s, c, offset, bytes, *t);
        memcpy(s->l1 + offset, &value, bytes);
        sim_stored(s, TL_L1_BASE + offset, bytes);
        return SIM_BUS_DONE;
    }
    if (is_periph(c, address)) {
        sim_bus result = sim_periph_store(s, c, address, bytes, value, t);
        if (result != SIM_BUS_STOP || s->status != SIM_OK)
            return result;
    }
    return bad_address(s, c, "store", address, bytes);
}
