/* SPDX-License-Identifier: Apache-2.0 */
/* Making, loading, running and looking into a machine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/observe.h"
#include "tools/sim/state.h"

static void reset_core(sim *s, uint32_t index) {
    sim_core *c = &s->core[index];
    sim_machine *m = &s->machine;
    memset(c, 0, sizeof *c);
    c->index = index;
    c->bit = 1u << index;
    c->hart = c->stats.hart = index == SIM_FC ? TL_FC_HARTID : index;
    sim_forget_banks(s, c);
    c->op = c->np = c->turn = s->ops + s->slots - 1;
    if (index == SIM_FC) {
        c->l1_match = 1; /* never */
    } else {
        c->mask_b = ~((uint32_t)TL_L1_BASE | (m->l1_bytes - 1));
        c->mask_h = c->mask_b | 1;
        c->mask_w = c->mask_b | 3;
    }
    for (unsigned i = 0; i < 2; i++)
        c->loop[i].start_op = c->op;
}

static void reset(sim *s) {
    s->now = s->limit = s->stop = s->flush_at = s->run_ahead = 0;
    s->dma_next = s->timer_next = s->device_next = SIM_NEVER;
    memset(s->wheel, 0, sizeof s->wheel);
    s->due = s->waiting = 0;
    memset(s->taken_at, 0xff, sizeof s->taken_at);
    s->taken_until = s->settled = s->ahead = 0;
    memset(s->fpu_free, 0, sizeof s->fpu_free);
    memset(&s->eu, 0, sizeof s->eu);
    memset(&s->dma, 0, sizeof s->dma);
    memset(s->timer, 0, sizeof s->timer);
    memset(s->boot, 0, sizeof s->boot);
    memset(s->fdiv_free, 0, sizeof s->fdiv_free);
    s->icache_off = s->interrupts = s->change_form = 0;
    s->fetch_enable = s->itc_mask = s->itc_status = s->fc_boot = s->exact_fp = 0;
    s->l0_misses = s->l1i_misses = 0;
    s->l1_high_water = 0;
    s->status = SIM_OK;
    s->exit_status = s->loaded = s->watched = s->watch_count = 0;
    s->message[0] = 0;
    sim_reset_icache(s);
    sim_forget_code(s);
    if (s->used) { /* else the memories are as they came, and cost nothing yet */
        memset(s->l1, 0, s->machine.l1_bytes);
        sim_pages_clear(&s->l2);
    }
    s->used = 0;
    memset(s->l1_attr, SIM_ATTR_FRESH, s->machine.l1_bytes >> SIM_ATTR_SHIFT);
    memset(s->l2_attr, 0, s->l2_bytes >> SIM_ATTR_SHIFT);
    for (uint32_t i = 0; i < SIM_MAX_CORES; i++)
        reset_core(s, i);
}

sim *sim_create(const sim_machine *machine) {
    char why[128];
    sim *s;
    if (sim_machine_check(machine, why, sizeof why) != SIM_OK || !(s = calloc(1, sizeof *s)))
        return NULL;
    s->machine = *machine;
    s->machine.fdivs = sim_machine_fdivs(machine);
    s->bank_mask = machine->l1_banks - 1;
    s->l1_mask = machine->l1_bytes - 1;
    s->l2_bytes = TL_L2_PRIVATE_BYTES + machine->l2_bytes;
    s->l1_slots = machine->l1_bytes / 2;
    s->l2_slots = s->l2_bytes / 2;
    s->l2_first = s->l1_slots + 8;
    s->slots = s->l2_first + s->l2_slots + 8;
    s->l1 = calloc(1, machine->l1_bytes);
    s->l1_attr = calloc(1, (machine->l1_bytes >> SIM_ATTR_SHIFT) + 1);
    s->l2_attr = calloc(1, (s->l2_bytes >> SIM_ATTR_SHIFT) + 1);
    s->ops_memory = calloc(s->slots + SIM_LINE_OPS, sizeof *s->ops);
    if (!sim_pages_create(&s->l2, s->l2_bytes) || !s->l1 || !s->l1_attr || !s->l2_attr || !s->ops_memory) {
        sim_destroy(s);
        return NULL;
    }
    s->ops = (sim_op *)(((uintptr_t)s->ops_memory + SIM_LINE_BYTES - 1) & ~(uintptr_t)(SIM_LINE_BYTES - 1));
    for (uint32_t i = 0; i < 16; i++)
        s->ring[i] = &s->core[i % 8];
    for (uint16_t i = 0; i < SIM_FIRST_INSN; i++)
        s->turn[i].insn = i;
    for (uint32_t i = 0; i < 8; i++)
        s->ops[s->l1_slots + i].code = s->ops[s->l1_slots + i].insn = s->ops[s->slots - 8 + i].code =
            s->ops[s->slots - 8 + i].insn = SIM_CODE_NOWHERE;
    reset(s);
    return s;
}

void sim_destroy(sim *s) {
    if (!s)
        return;
    free(s->l1);
    sim_pages_destroy(&s->l2);
    free(s->l1_attr);
    free(s->l2_attr);
    free(s->ops_memory);
    sim_share_program(s, NULL);
    free(s);
}

sim_status sim_load_bytes(sim *s, const void *elf, size_t bytes) {
    uint32_t entry;
    sim_status status;
    reset(s);
    s->used = 1;
    status = sim_load_elf(s, elf, bytes, &entry);
    if (status != SIM_OK)
        return status;
    s->loaded = 1;
    s->fc_boot = entry;
    if (s->observer)
        sim_observe_loaded(s);
    sim_start_core(s, &s->core[SIM_FC], entry, 0);
    return SIM_OK;
}

sim_status sim_load_file(sim *s, const char *path) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    size_t used = 0, room = 0, got;
    sim_status status;
    if (!file) {
        snprintf(s->message, sizeof s->message, "cannot open %s: %s", path, strerror(errno));
        return SIM_BAD_INPUT;
    }
    do {
        if (room - used < 65536) {
            uint8_t *more = realloc(bytes, room = room * 2 + 65536);
            if (!more)
                break;
            bytes = more;
        }
        got = fread(bytes + used, 1, room - used, file);
        used += got;
    } while (got);
    if (ferror(file) || !feof(file)) {
        snprintf(s->message, sizeof s->message, "cannot read %s: %s", path, strerror(errno));
        status = SIM_BAD_INPUT;
    } else {
        status = sim_load_bytes(s, bytes, used);
        if (status != SIM_OK) {
            char why[sizeof s->message];
            memcpy(why, s->message, sizeof why);
            snprintf(s->message, sizeof s->message, "%.400s: %.500s", path, why);
        }
    }
    fclose(file);
    free(bytes);
    return status;
}

/* The alias of L1 at 0 is for the cluster's cores only, but whoever asks may ask in it. */
static uint32_t canonical(const sim *s, uint32_t address) {
    return address < s->machine.l1_bytes ? address + TL_L1_BASE : address;
}

static sim_status refuse_address(sim *s, uint32_t address, size_t bytes) {
    snprintf(s->message, sizeof s->message, "%zu bytes at 0x%08x are not inside L1 or L2", bytes, address);
    return SIM_BAD_INPUT;
}

sim_status sim_read(const sim *s, uint32_t address, void *to, size_t bytes) {
    return sim_peek(s, canonical(s, address), to, bytes) ? SIM_OK : SIM_BAD_INPUT;
}

sim_status sim_write(sim *s, uint32_t address, const void *from, size_t bytes) {
    if (!sim_poke(s, canonical(s, address), from, bytes))
        return refuse_address(s, address, bytes);
    if (bytes) {
        s->used = 1;
        if (s->observer)
            sim_observe_outside_write(s, canonical(s, address), (uint32_t)bytes, s->now);
    }
    s->watched = 0;
    return SIM_OK;
}

void sim_set_output(sim *s, sim_output *output, void *user) {
    s->output = output;
    s->output_user = user;
}

void sim_set_watch_attr(sim *s, uint32_t address, int on) {
    uint32_t offset = address - TL_L2_PRIVATE_BASE;
    uint8_t *attr = offset < s->l2_bytes ? s->l2_attr : s->l1_attr;
    if (offset >= s->l2_bytes)
        offset = address - TL_L1_BASE;
    for (uint32_t i = offset >> SIM_ATTR_SHIFT; i <= (offset + 3) >> SIM_ATTR_SHIFT; i++)
        attr[i] = (uint8_t)(on ? attr[i] | SIM_ATTR_WATCHED : attr[i] & ~SIM_ATTR_WATCHED);
}

sim_status sim_watch(sim *s, uint32_t address, int on) {
    uint32_t i = 0;
    address = canonical(s, address);
    if (!sim_is_memory(s, address, 4))
        return refuse_address(s, address, 4);
    while (i < s->watch_count && s->watches[i] != address)
        i++;
    if (on) {
        if (i == SIM_WATCHES) {
            snprintf(s->message, sizeof s->message, "no more than %u words can be watched", SIM_WATCHES);
            return SIM_BAD_INPUT;
        }
        s->watches[i] = address;
        if (i == s->watch_count)
            s->watch_count++;
    } else if (i < s->watch_count) {
        sim_set_watch_attr(s, address, 0);
        s->watches[i] = s->watches[--s->watch_count];
    }
    for (i = 0; i < s->watch_count; i++)
        sim_set_watch_attr(s, s->watches[i], 1);
    return SIM_OK;
}

uint32_t sim_watched(const sim *s) {
    return s->watched;
}

sim_status sim_run(sim *s, uint64_t cycles) {
    sim_status status;
    if (s->status != SIM_OK)
        return s->status;
    s->watched = 0;
    s->limit = cycles < SIM_NEVER - s->now - 1 ? s->now + cycles : SIM_NEVER - 1;
    status = sim_execute(s);
    if (status == SIM_LIMIT)
        snprintf(s->message, sizeof s->message, "the limit of cycles was reached at cycle %llu",
                 (unsigned long long)s->now);
    return status;
}

uint32_t sim_exit_status(const sim *s) {
    return s->exit_status;
}

const char *sim_message(const sim *s) {
    return s->message;
}

uint64_t sim_cycles(const sim *s) {
    return s->now;
}
