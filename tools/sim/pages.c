/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory, as all see it that are not the interpreter's fast path. L2 consists of pages that machines and snapshots
 * share: who alone holds a page writes it, who shares it makes a copy at the first store. So a snapshot copies none,
 * and what a run does not write is never copied. As many spare pages as that can need are there before a machine runs.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/state.h"

/* What nobody has written yet. It counts as shared, and nobody counts its users. */
static const uint8_t zero_bytes[SIM_PAGE_BYTES];
static const sim_page zeros = {.users = 2, .bytes = (uint8_t *)zero_bytes};
#define ZEROS ((sim_page *)&zeros)

static int is_alone(sim_page *page) {
    return atomic_load_explicit(&page->users, memory_order_acquire) == 1;
}

static sim_page *hold(sim_page *page) {
    if (page != ZEROS)
        atomic_fetch_add_explicit(&page->users, 1, memory_order_relaxed);
    return page;
}

static void put_spare(sim_pages *p, sim_page *page) {
    page->next = p->spare;
    p->spare = page;
    p->spares++;
}

static sim_page *take_spare(sim_pages *p) {
    sim_page *page = p->spare;
    p->spare = page->next;
    p->spares--;
    return page;
}

static void drop(sim_pages *p, sim_page *page) {
    if (page == ZEROS)
        return;
    if (is_alone(page) || atomic_fetch_sub_explicit(&page->users, 1, memory_order_acq_rel) == 1)
        put_spare(p, page);
}

static void free_spares(sim_pages *p, uint32_t left) {
    while (p->spares > left) {
        sim_page *page = take_spare(p);
        free(page->bytes);
        free(page);
    }
}

/* Heads first, so that they lie close together. */
static int make_spares(sim_pages *p, uint32_t wanted) {
    const uint32_t had = p->spares;
    int fine = 1;
    for (sim_page *page; fine && p->spares < wanted;)
        if ((fine = (page = calloc(1, sizeof *page)) != NULL))
            put_spare(p, page);
    sim_page *page = p->spare;
    for (uint32_t i = had; fine && i < wanted; i++, page = page->next)
        fine = (page->bytes = aligned_alloc(64, SIM_PAGE_BYTES)) != NULL;
    if (!fine)
        free_spares(p, had);
    return fine;
}

int sim_pages_create(sim_pages *p, uint32_t bytes) {
    *p = (sim_pages){.count = (bytes + SIM_PAGE_BYTES - 1) / SIM_PAGE_BYTES};
    p->page = malloc(p->count * sizeof *p->page);
    if (!p->page)
        return 0;
    for (uint32_t i = 0; i < p->count; i++)
        p->page[i] = ZEROS;
    return make_spares(p, p->count);
}

void sim_pages_clear(sim_pages *p) {
    for (uint32_t i = 0; i < p->count; i++) {
        drop(p, p->page[i]);
        p->page[i] = ZEROS;
    }
    free_spares(p, p->count);
}

void sim_pages_destroy(sim_pages *p) {
    if (p->page)
        sim_pages_clear(p);
    free_spares(p, 0);
    free(p->page);
}

int sim_pages_save(sim_pages *to, sim_pages *machine) {
    uint32_t freed = 0;
    for (uint32_t i = 0; i < to->count; i++)
        freed += to->page[i] != machine->page[i] && is_alone(to->page[i]);
    uint32_t there = machine->spares + freed;
    if (there < machine->count && !make_spares(to, machine->count - there))
        return 0;
    for (uint32_t i = 0; i < to->count; i++)
        if (to->page[i] != machine->page[i]) {
            drop(to, to->page[i]);
            to->page[i] = hold(machine->page[i]);
        }
    while (machine->spares < machine->count)
        put_spare(machine, take_spare(to));
    free_spares(to, to->count);
    return 1;
}

void sim_pages_restore(sim *s, const sim_pages *from, sim_page_change *change) {
    sim_pages *to = &s->l2;
    for (uint32_t i = 0; i < to->count; i++) {
        sim_page *old = to->page[i];
        if (old == from->page[i])
            continue;
        to->page[i] = hold(from->page[i]);
        change(s, i, old->bytes);
        drop(to, old);
    }
    free_spares(to, to->count);
}

uint8_t *sim_page_to_write(sim *s, uint32_t offset, size_t bytes) {
    sim_page **at = &s->l2.page[offset >> SIM_PAGE_SHIFT], *old = *at;
    if (!is_alone(old)) {
        *at = take_spare(&s->l2);
        atomic_init(&(*at)->users, 1);
        if (bytes < SIM_PAGE_BYTES)
            memcpy((*at)->bytes, old->bytes, SIM_PAGE_BYTES);
        drop(&s->l2, old);
    }
    return (*at)->bytes + (offset & (SIM_PAGE_BYTES - 1));
}

int sim_is_memory(const sim *s, uint32_t address, size_t bytes) {
    uint32_t offset = address - TL_L2_PRIVATE_BASE;
    if (offset < s->l2_bytes)
        return bytes <= s->l2_bytes - offset;
    offset = address - TL_L1_BASE;
    return offset < s->machine.l1_bytes && bytes <= s->machine.l1_bytes - offset;
}

/* As much of it as one page holds. */
static size_t piece(uint32_t offset, size_t bytes) {
    size_t left = SIM_PAGE_BYTES - (offset & (SIM_PAGE_BYTES - 1));
    return bytes < left ? bytes : left;
}

int sim_peek(const sim *s, uint32_t address, void *to, size_t bytes) {
    uint32_t offset = address - TL_L2_PRIVATE_BASE;
    if (!sim_is_memory(s, address, bytes))
        return 0;
    if (bytes && offset >= s->l2_bytes) {
        memcpy(to, s->l1 + (address - TL_L1_BASE), bytes);
        return 1;
    }
    for (size_t n; bytes; bytes -= n) {
        n = piece(offset, bytes);
        memcpy(to, sim_page_to_read(s, offset), n);
        offset += (uint32_t)n;
        to = (uint8_t *)to + n;
    }
    return 1;
}

int sim_poke(sim *s, uint32_t address, const void *from, size_t bytes) {
    uint32_t offset = address - TL_L2_PRIVATE_BASE;
    size_t left = bytes;
    if (!sim_is_memory(s, address, bytes))
        return 0;
    if (bytes && offset >= s->l2_bytes) {
        memcpy(s->l1 + (address - TL_L1_BASE), from, bytes);
        left = 0;
    }
    for (size_t n; left; left -= n) {
        n = piece(offset, left);
        memcpy(sim_page_to_write(s, offset, n), from, n);
        offset += (uint32_t)n;
        from = (const uint8_t *)from + n;
    }
    if (bytes)
        sim_stored(s, address, (uint32_t)bytes);
    return 1;
}

uint32_t sim_insn_at(const sim *s, uint32_t pc, uint32_t *word) {
    uint8_t at[4];
    *word = 0;
    if (!sim_peek(s, pc, at, 2))
        return 0;
    *word = (uint32_t)at[0] | (uint32_t)at[1] << 8;
    if ((*word & 3) != 3)
        return 2;
    if (!sim_peek(s, pc, at, 4))
        return 0;
    *word |= (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    return 4;
}
