/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores of cores. Nearly all are repeats within one clock of the core, which need no look. */
#include <string.h>

#include "tools/sim/sanitize_state.h"

typedef struct san_access {
    struct sim_sanitizer *z;
    san_core *k;
    const sim_op *op;
    unsigned core;
    int store;
    uint32_t pc;
    int told; /* one finding of who met whom is enough for an access */
} san_access;

static sim_finding_side this_side(const san_access *a) {
    return (sim_finding_side){.core = (int)a->core, .writes = a->store, .pc = a->pc};
}

int san_granules(struct sim_sanitizer *z, uint32_t index, unsigned mask, san_word **at) {
    san_word *w = &z->word[index], *bytes = z->byte + 4 * (size_t)index;
    int count = 0;
    if (!(w->flags & SAN_SPLIT)) {
        if (mask == 15) {
            at[0] = w;
            return 1;
        }
        for (unsigned i = 0; i < 4; i++)
            bytes[i] = *w;
        *w = (san_word){.flags = w->flags | SAN_SPLIT, .sync = w->sync};
    }
    for (unsigned i = 0; i < 4; i++)
        if (mask >> i & 1)
            at[count++] = &bytes[i];
    return count;
}

/* What was written to the word up to now, by whoever was last, comes before all that read it from now on. */
void san_make_sync(struct sim_sanitizer *z, uint32_t index) {
    san_word *w = &z->word[index], *bytes = z->byte + 4 * (size_t)index;
    if ((w->flags & SAN_SYNC) || z->syncs == SAN_SYNCS)
        return;
    san_clocks *past = &z->sync[z->syncs];
    memset(past, 0, sizeof *past);
    for (unsigned i = 0; i < 4; i++) {
        const san_word *from = w->flags & SAN_SPLIT ? &bytes[i] : w;
        if (from->write)
            san_join(past, &z->core[from->write & 15].past);
    }
    if (w->flags & SAN_HOST)
        san_join(past, &z->host);
    *w = (san_word){.flags = SAN_SYNC, .sync = (uint8_t)z->syncs++};
}

static void meet_core(san_access *a, uint32_t index, unsigned other, int writes, uint32_t pc) {
    sim_finding_side now = this_side(a), before = {.core = (int)other, .writes = writes, .pc = pc};
    if (!a->told)
        san_find(a->z, SIM_FINDING_RACE, san_address(a->z, index), &now, &before, NULL);
    a->told = 1;
}

static void meet_transfer(san_access *a, uint32_t index, uint32_t group, int writes) {
    sim_finding_side now = this_side(a), before = san_transfer_side(san_group(a->z, group), writes);
    if (!a->told)
        san_find(a->z, writes ? SIM_FINDING_DMA_EARLY : SIM_FINDING_DMA_SOURCE, san_address(a->z, index), &now, &before,
                 NULL);
    a->told = 1;
}

/* Returns 0 when the word turns out to be one that orders accesses. */
static int load(san_access *a, uint32_t index, san_word *w) {
    san_core *k = a->k;
    if (w->dma_write && !san_has_ended(a->z, w->dma_write, k))
        meet_transfer(a, index, w->dma_write, 1);
    if (w->write && !san_is_past(k, w->write)) {
        if (san_is_polling(a->z, a->pc))
            return 0;
        meet_core(a, index, w->write & 15, 1, w->write_pc);
    }
    w->read[a->core] = k->past.of[a->core];
    return 1;
}

static int store(san_access *a, uint32_t index, san_word *w) {
    san_core *k = a->k;
    const uint32_t *pcs = a->z->read_pc[index];
    if (w->dma_write && !san_has_ended(a->z, w->dma_write, k))
        meet_transfer(a, index, w->dma_write, 1);
    for (unsigned i = 0; i < 2; i++)
        if (w->dma_read[i] && !san_has_ended(a->z, w->dma_read[i], k))
            meet_transfer(a, index, w->dma_read[i], 0);
    uint32_t unordered = 0;
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        unordered |= (uint32_t)(w->read[i] > k->past.of[i]) << i;
    for (uint32_t left = unordered; left; left &= left - 1)
        if (san_is_polling(a->z, pcs[__builtin_ctz(left)]))
            return 0;
    if (w->write && !san_is_past(k, w->write))
        meet_core(a, index, w->write & 15, 1, w->write_pc);
    if (unordered)
        meet_core(a, index, (unsigned)__builtin_ctz(unordered), 0, pcs[__builtin_ctz(unordered)]);
    w->write = a->z->now[a->core].id;
    w->write_pc = a->pc;
    w->dma_write = w->dma_read[0] = w->dma_read[1] = 0;
    return 1;
}

static void use_sync(san_access *a, const san_word *w) {
    san_clocks *past = &a->z->sync[w->sync];
    if (a->store) {
        san_join(past, &a->k->past);
        san_advance(a->z, a->core);
    } else {
        san_join(&a->k->past, past);
    }
}

/* The value of sp is no evidence, as kernels keep data in it; an access through it that lands in a stack is. */
static int leaves_stack(const san_access *a, uint32_t index, uint32_t *below) {
    const san_core *k = a->k;
    uint32_t address = san_address(a->z, index), owner = a->z->zone[index] >> SAN_ZONE_OWNER_SHIFT;
    int through_sp = a->op->rs1 == 2;
    *below = k->stack - address;
    if (!k->stack_end || owner == a->core + 1)
        return 0;
    if (owner) {
        const san_core *other = &a->z->core[owner - 1];
        return through_sp || (a->store && other->stack_end == k->stack);
    }
    if (*below > k->guard)
        return 0;
    return through_sp || (a->store && !a->z->zone[index]);
}

static void check_place(const san_access *a, uint32_t index) {
    struct sim_sanitizer *z = a->z;
    sim_finding_side now = this_side(a);
    uint32_t below;
    if (leaves_stack(a, index, &below)) {
        char what[100] = "";
        uint32_t owner = z->zone[index] >> SAN_ZONE_OWNER_SHIFT;
        int used = 0;
        if (below <= a->k->stack - TL_L1_BASE)
            used = snprintf(what, sizeof what, ", %u bytes below its own stack", below);
        if (owner)
            snprintf(what + used, sizeof what - (size_t)used,
                     owner == SIM_FC + 1 ? ", in the fabric controller's stack" : ", in the stack of core %u",
                     owner - 1);
        san_find(z, SIM_FINDING_STACK, san_address(z, index), &now, NULL, what);
    } else if (a->store && !z->zone[index] && (z->declared >> (index >= z->l1_words) & 1)) {
        san_find(z, SIM_FINDING_OUTSIDE, san_address(z, index), &now, NULL, NULL);
    } else if (a->store && (z->zone[index] & SAN_ZONE_CODE)) {
        san_find(z, SIM_FINDING_CODE, san_address(z, index), &now, NULL, NULL);
    }
}

static void touch(san_access *a, uint32_t index, unsigned mask) {
    struct sim_sanitizer *z = a->z;
    san_word *w = &z->word[index], *granule[4];
    check_place(a, index);
    if (a->store) {
        z->init[index] |= (uint8_t)mask;
    } else if (!(z->init[index] & mask)) {
        sim_finding_side now = this_side(a);
        san_find(z, SIM_FINDING_UNINITIALISED, san_address(z, index), &now, NULL, NULL);
        z->init[index] |= (uint8_t)mask;
    }
    if (!a->store && (w->flags & SAN_HOST))
        san_join(&a->k->past, &z->host);
    if (!(w->flags & SAN_SYNC)) {
        int ok = 1, count = san_granules(z, index, mask, granule);
        for (int i = 0; i < count && ok; i++)
            ok = a->store ? store(a, index, granule[i]) : load(a, index, granule[i]);
        if (ok) {
            if (!a->store)
                z->read_pc[index][a->core] = a->pc;
            return;
        }
        san_make_sync(z, index);
        if (!(w->flags & SAN_SYNC))
            return;
    }
    use_sync(a, w);
}

/* The doorbell: the host knows of this core's past. */
static void ring(struct sim_sanitizer *z, unsigned core, uint32_t address, unsigned bytes) {
    const sim *s = z->s;
    for (uint32_t i = 0; i < s->watch_count; i++)
        if (address < s->watches[i] + 4 && s->watches[i] < address + bytes) {
            san_join(&z->host, &z->core[core].past);
            san_advance(z, core);
        }
}

static void look(san_access *a, uint32_t address, unsigned bytes) {
    struct sim_sanitizer *z = a->z;
    uint32_t window = address - TL_L1_TEST_AND_SET, end = address + bytes;
    a->pc = sim_pc_of(z->s, a->op);
    if (window < z->s->machine.l1_bytes) {
        uint32_t index = san_index(z, address = TL_L1_BASE + window);
        end = address + bytes;
        san_make_sync(z, index);
        z->init[index] |= (uint8_t)(((1u << bytes) - 1) << (address & 3) & 15);
    }
    if (san_index(z, address) == z->words || san_index(z, end - 1) == z->words)
        return;
    if (address & (bytes - 1)) {
        sim_finding_side now = this_side(a);
        san_find(z, SIM_FINDING_MISALIGNED, address, &now, NULL, NULL);
    }
    for (uint32_t at = address; at < end; at = (at & ~3u) + 4) {
        unsigned n = 4 - (at & 3) < end - at ? 4 - (at & 3) : end - at;
        touch(a, san_index(z, at), ((1u << n) - 1) << (at & 3));
    }
    if (a->store && z->s->watch_count)
        ring(z, a->core, address, bytes);
}

/* What is right about nearly all words that are left: marks the access, or returns 0 if it needs a closer look. */
static int is_plain(struct sim_sanitizer *z, unsigned core, const sim_op *op, uint32_t index, int writes) {
    san_word *w = &z->word[index];
    san_core *k = &z->core[core];
    uint32_t unordered = 0, zone = z->zone[index];
    if (w->flags || (w->dma_write && w->dma_write != k->ended) || (w->write && !san_is_past(k, w->write)) ||
        !(zone >> SAN_ZONE_OWNER_SHIFT == core + 1 || (zone == SAN_ZONE_DATA && op->rs1 != 2)))
        return 0;
    if (!writes) {
        if (!z->init[index])
            return 0;
        w->read[core] = z->now[core].clock;
        z->read_pc[index][core] = sim_pc_of(z->s, op);
        return 1;
    }
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        unordered |= w->read[i] > k->past.of[i];
    if (unordered || w->dma_read[0] || w->dma_read[1])
        return 0;
    z->init[index] = 15;
    w->write = z->now[core].id;
    w->write_pc = sim_pc_of(z->s, op);
    w->dma_write = 0;
    return 1;
}

void sim_sanitize_access(struct sim_sanitizer *z, const sim_core *c, const sim_op *op, uint32_t address, unsigned bytes,
                         int writes) {
    uint32_t index = san_index(z, address);
    if (index < z->words && !(address & (bytes - 1))) {
        const san_word *w = &z->word[index];
        if (writes ? w->write == z->now[c->index].id : w->read[c->index] == z->now[c->index].clock)
            return;
        if (bytes == 4 && is_plain(z, c->index, op, index, writes)) {
            if (writes && z->s->watch_count)
                ring(z, c->index, address, bytes);
            return;
        }
    }
    san_access a = {.z = z, .k = &z->core[c->index], .op = op, .core = c->index, .store = writes};
    look(&a, address, bytes);
}

/* The host writes while nobody moves: nothing before is in its way, and who reads it comes after. */
void san_written_outside(struct sim_sanitizer *z, uint32_t address, uint32_t bytes) {
    for (uint32_t at = address, end = address + bytes; at < end; at = (at & ~3u) + 4) {
        uint32_t index = san_index(z, at), n = 4 - (at & 3) < end - at ? 4 - (at & 3) : end - at;
        if (index == z->words)
            return;
        san_word *w = &z->word[index];
        z->init[index] |= (uint8_t)(((1u << n) - 1) << (at & 3));
        if (w->flags & SAN_SYNC)
            san_join(&z->sync[w->sync], &z->host);
        else
            *w = (san_word){.flags = SAN_HOST};
    }
}
