/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole machine, put aside and brought back. What makes it fast: decoded instructions are not copied, they follow
 * from memory; and of L2 only the pages that were written since machine and snapshot were the same. Which those are is
 * known at no cost: a store looks at its block's attributes anyway.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/sim/observe.h"

struct sim_snapshot {
    sim shell; /* settings, program, and what stands in it behind `now`; pointers are the saved machine's */
    uint64_t made, saved;
    uintptr_t ops, turn;              /* where the saved machine had them */
    uint64_t nonzero[SIM_PAGE_WORDS]; /* pages of L2 that can hold anything */
    uint8_t *l1, *l2;
};

#define STATE_FROM offsetof(sim, now)
#define PAGE_BYTES (1u << SIM_PAGE_SHIFT)

static uint64_t nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

sim_snapshot *sim_snapshot_create(const sim *s) {
    sim_snapshot *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    n->shell.machine = s->machine;
    n->shell.l2_bytes = s->l2_bytes;
    n->made = nanoseconds(); /* tells it from an earlier one at the same address */
    n->l1 = calloc(1, s->machine.l1_bytes);
    n->l2 = calloc(1, s->l2_bytes);
    if (!n->l1 || !n->l2) {
        sim_snapshot_destroy(n);
        return NULL;
    }
    /* So that no first save pays for what the system hands out page by page. */
    for (uint32_t at = 0; at < s->l2_bytes; at += PAGE_BYTES)
        ((volatile uint8_t *)n->l2)[at] = 0;
    return n;
}

void sim_snapshot_destroy(sim_snapshot *n) {
    if (!n)
        return;
    sim_share_program(&n->shell, NULL);
    free(n->l1);
    free(n->l2);
    free(n);
}

static int same_settings(const sim_machine *a, const sim_machine *b) {
    sim_machine x = *a, y = *b;
    memset(x.name, 0, sizeof x.name);
    memset(y.name, 0, sizeof y.name);
    return memcmp(&x, &y, sizeof x) == 0;
}

static int is_base(const sim *s, const sim_snapshot *n) {
    return s->base.snapshot == n && s->base.made == n->made && s->base.saved == n->saved;
}

static uint32_t pages_of(const sim *s) {
    return (s->l2_bytes + PAGE_BYTES - 1) >> SIM_PAGE_SHIFT;
}

/* Blocks' attributes are looked at eight at a time. */
#define IN_EACH(attr) ((uint64_t)(attr) * 0x0101010101010101u)

static void mark_clean(uint8_t *attr, uint32_t bytes) {
    uint32_t blocks = bytes >> SIM_ATTR_SHIFT;
    uint64_t eight;
    for (; blocks >= 8; blocks -= 8, attr += 8) {
        memcpy(&eight, attr, sizeof eight);
        eight |= IN_EACH(SIM_ATTR_CLEAN);
        memcpy(attr, &eight, sizeof eight);
    }
    while (blocks--)
        *attr++ |= SIM_ATTR_CLEAN;
}

static int any_code(const uint8_t *attr, uint32_t bytes) {
    uint32_t blocks = bytes >> SIM_ATTR_SHIFT;
    uint64_t any = 0, eight;
    for (; blocks >= 8; blocks -= 8, attr += 8) {
        memcpy(&eight, attr, sizeof eight);
        any |= eight;
    }
    while (blocks--)
        any |= *attr++;
    return (any & IN_EACH(SIM_ATTR_CODE)) != 0;
}

/* A stretch of L2 in whole pages. */
typedef struct run {
    uint32_t at, bytes;
} run;

/* The next run of pages from *page on, and *page behind it; 0 bytes: there is none. */
static run next_run(const sim *s, const uint64_t pages[SIM_PAGE_WORDS], uint32_t *page) {
    const uint32_t count = pages_of(s);
    uint32_t first = *page, end;
    while (first < count && !(pages[first / 64] >> first % 64 & 1))
        first = pages[first / 64] >> first % 64 ? first + 1 : (first / 64 + 1) * 64;
    if (first >= count)
        return (run){0, 0};
    for (end = first + 1; end < count && (pages[end / 64] >> end % 64 & 1);)
        end++;
    *page = end;
    const uint32_t at = first * PAGE_BYTES, left = s->l2_bytes - at, bytes = (end - first) * PAGE_BYTES;
    return (run){at, bytes < left ? bytes : left};
}

/* From now on the machine's memory is the snapshot's. */
static void become_base(sim *s, const sim_snapshot *n) {
    uint32_t page = 0;
    for (run r = next_run(s, s->dirty, &page); r.bytes; r = next_run(s, s->dirty, &page))
        mark_clean(s->l2_attr + (r.at >> SIM_ATTR_SHIFT), r.bytes);
    memset(s->dirty, 0, sizeof s->dirty);
    s->base = (sim_base){n, n->made, n->saved};
}

/* Pages that differ between machine and snapshot at most. */
static void find_pages(const sim *s, const sim_snapshot *n, uint64_t pages[SIM_PAGE_WORDS]) {
    int zero = !s->base.snapshot;
    memcpy(pages, s->dirty, sizeof s->dirty);
    if (is_base(s, n))
        return;
    for (uint32_t i = 0; i < SIM_PAGE_WORDS; i++)
        pages[i] = zero ? pages[i] | n->nonzero[i] : ~(uint64_t)0;
    uint32_t count = pages_of(s);
    for (uint32_t i = count / 64; i < SIM_PAGE_WORDS; i++)
        pages[i] &= i == count / 64 ? ((uint64_t)1 << count % 64) - 1 : 0;
}

sim_status sim_save(sim *s, sim_snapshot *n) {
    uint64_t pages[SIM_PAGE_WORDS];
    if (!same_settings(&s->machine, &n->shell.machine)) {
        snprintf(s->message, sizeof s->message, "the snapshot was made for a machine of other settings");
        return SIM_BAD_INPUT;
    }
    find_pages(s, n, pages);
    for (uint32_t word = 0; word < SIM_PAGE_WORDS; word++)
        n->nonzero[word] |= pages[word];
    uint32_t page = 0;
    for (run r = next_run(s, pages, &page); r.bytes; r = next_run(s, pages, &page))
        memcpy(n->l2 + r.at, s->l2 + r.at, r.bytes);
    memcpy(n->l1, s->l1, s->machine.l1_bytes);
    memcpy((char *)&n->shell + STATE_FROM, (const char *)s + STATE_FROM, sizeof *s - STATE_FROM);
    n->ops = (uintptr_t)s->ops;
    n->turn = (uintptr_t)s->turn;
    if (n->shell.program != s->program)
        sim_share_program(&n->shell, s);
    n->saved++;
    become_base(s, n);
    return SIM_OK;
}

/* Copies over code that has been decoded: what differs must be decoded again. */
static void copy_code(sim *s, uint8_t *to, const uint8_t *from, const uint8_t *attr, uint32_t address, uint32_t bytes) {
    const uint32_t block = 1u << SIM_ATTR_SHIFT;
    for (uint32_t i = 0; i < bytes; i += block) {
        uint32_t n = bytes - i < block ? bytes - i : block;
        int differs = (attr[i >> SIM_ATTR_SHIFT] & SIM_ATTR_CODE) && memcmp(to + i, from + i, n) != 0;
        memcpy(to + i, from + i, n);
        if (differs)
            sim_invalidate(s, address + i, n);
    }
}

/* Page by page where there is code, or else as long as there is none. */
static void copy_memory(sim *s, uint8_t *to, const uint8_t *from, const uint8_t *attr, uint32_t address,
                        uint32_t bytes) {
    uint32_t plain = 0; /* where what has not been copied begins */
    for (uint32_t at = 0; at < bytes; at += PAGE_BYTES) {
        const uint32_t n = bytes - at < PAGE_BYTES ? bytes - at : PAGE_BYTES;
        if (!any_code(attr + (at >> SIM_ATTR_SHIFT), n))
            continue;
        memcpy(to + plain, from + plain, at - plain);
        copy_code(s, to + at, from + at, attr + (at >> SIM_ATTR_SHIFT), address + at, n);
        plain = at + n;
    }
    memcpy(to + plain, from + plain, bytes - plain);
}

static void restore_memory(sim *s, const sim_snapshot *n) {
    uint64_t pages[SIM_PAGE_WORDS];
    find_pages(s, n, pages);
    uint32_t page = 0;
    for (run r = next_run(s, pages, &page); r.bytes; r = next_run(s, pages, &page))
        copy_memory(s, s->l2 + r.at, n->l2 + r.at, s->l2_attr + (r.at >> SIM_ATTR_SHIFT), TL_L2_PRIVATE_BASE + r.at,
                    r.bytes);
    copy_memory(s, s->l1, n->l1, s->l1_attr, TL_L1_BASE, s->machine.l1_bytes);
    become_base(s, n);
}

/* A core's L0 says which lines it holds, and its lines say so too. */
static void show_lines(sim *s, int present) {
    for (uint32_t i = 0; i < s->machine.cores; i++) {
        sim_core *c = &s->core[i];
        for (unsigned k = 0; k < SIM_L0_MAX_LINES; k++) {
            uint32_t tag = c->l0.tag[k];
            if (!tag)
                continue;
            uint16_t *cores = &s->ops[(tag - 1) * SIM_LINE_OPS].present;
            *cores = (uint16_t)(present ? *cores | c->bit : *cores & ~c->bit);
        }
    }
}

/* From the saved machine's op to this one's, decoded if there is anything. */
static const sim_op *moved(sim *s, const sim_snapshot *n, const sim_op *op) {
    uintptr_t in_ops = (uintptr_t)op - n->ops, in_turn = (uintptr_t)op - n->turn;
    if (in_turn < sizeof s->turn)
        return s->turn + in_turn / sizeof *op;
    if (!op || in_ops >= (uintptr_t)s->slots * sizeof *op)
        return NULL;
    op = s->ops + in_ops / sizeof *op;
    if (op->code == SIM_CODE_DECODE && op != s->ops + s->slots - 1)
        sim_decode(s, op);
    return op;
}

static void move_core(sim *s, const sim_snapshot *n, sim_core *c) {
    for (unsigned i = 0; i < 2; i++) {
        sim_loop *loop = &c->loop[i];
        loop->start_op = moved(s, n, loop->start_op);
        loop->end_op = moved(s, n, loop->end_op);
        if (loop->start_op && s->machine.icache)
            sim_mark(s, loop->start_op, SIM_FLAG_LINE);
        if (loop->end_op)
            sim_mark(s, loop->end_op, SIM_FLAG_LOOP);
    }
    c->turn = moved(s, n, c->turn);
    c->np = moved(s, n, c->np);
    c->op = moved(s, n, c->op);
    c->later = moved(s, n, c->later);
}

sim_status sim_restore(sim *s, const sim_snapshot *n) {
    if (!n->saved || !same_settings(&s->machine, &n->shell.machine)) {
        snprintf(s->message, sizeof s->message,
                 n->saved ? "the snapshot is of a machine of other settings"
                          : "nothing has been saved in the snapshot");
        return SIM_BAD_INPUT;
    }
    int forget = s->exact_fp != n->shell.exact_fp;
    for (uint32_t i = 0; i < s->watch_count; i++)
        sim_set_watch_attr(s, s->watches[i], 0);
    show_lines(s, 0);
    restore_memory(s, n);
    memcpy((char *)s + STATE_FROM, (const char *)&n->shell + STATE_FROM, sizeof *s - STATE_FROM);
    s->used = 1;
    if (forget)
        sim_forget_code(s);
    show_lines(s, 1);
    for (uint32_t i = 0; i < SIM_MAX_CORES; i++)
        move_core(s, n, &s->core[i]);
    for (uint32_t i = 0; i < s->watch_count; i++)
        sim_set_watch_attr(s, s->watches[i], 1);
    for (uint32_t i = 0; i < s->machine.l1_bytes >> SIM_ATTR_SHIFT; i++)
        if ((i + 1) << SIM_ATTR_SHIFT > s->l1_high_water)
            s->l1_attr[i] |= SIM_ATTR_FRESH;
    if (s->program != n->shell.program)
        sim_share_program(s, &n->shell);
    if (s->observer)
        sim_observe_restored(s);
    return SIM_OK;
}
