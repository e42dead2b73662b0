/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole machine, put aside and brought back. What makes it fast: decoded instructions are not copied, they follow
 * from memory; nor is L2, whose pages are shared until somebody writes them (pages.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/observe.h"

struct sim_snapshot {
    sim shell; /* settings, program, and what stands in it behind `now`; pointers are the saved machine's */
    int saved;
    uintptr_t ops, turn; /* where the saved machine had them */
    uint8_t *l1;
    sim_pages l2;
};

#define STATE_FROM offsetof(sim, now)

sim_snapshot *sim_snapshot_create(const sim *s) {
    sim_snapshot *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    n->shell.machine = s->machine;
    n->shell.l2_bytes = s->l2_bytes;
    n->l1 = calloc(1, s->machine.l1_bytes);
    if (!sim_pages_create(&n->l2, s->l2_bytes) || !n->l1) {
        sim_snapshot_destroy(n);
        return NULL;
    }
    return n;
}

void sim_snapshot_destroy(sim_snapshot *n) {
    if (!n)
        return;
    sim_share_program(&n->shell, NULL);
    free(n->l1);
    sim_pages_destroy(&n->l2);
    free(n);
}

static int same_settings(const sim_machine *a, const sim_machine *b) {
    sim_machine x = *a, y = *b;
    memset(x.name, 0, sizeof x.name);
    memset(y.name, 0, sizeof y.name);
    return memcmp(&x, &y, sizeof x) == 0;
}

sim_status sim_save(sim *s, sim_snapshot *n) {
    if (!same_settings(&s->machine, &n->shell.machine)) {
        snprintf(s->message, sizeof s->message, "the snapshot was made for a machine of other settings");
        return SIM_BAD_INPUT;
    }
    if (!sim_pages_save(&n->l2, &s->l2)) {
        snprintf(s->message, sizeof s->message, "out of memory for the snapshot");
        return SIM_BAD_INPUT;
    }
    memcpy(n->l1, s->l1, s->machine.l1_bytes);
    memcpy((char *)&n->shell + STATE_FROM, (const char *)s + STATE_FROM, sizeof *s - STATE_FROM);
    n->ops = (uintptr_t)s->ops;
    n->turn = (uintptr_t)s->turn;
    if (n->shell.program != s->program)
        sim_share_program(&n->shell, s);
    n->saved = 1;
    return SIM_OK;
}

/* Blocks' attributes are looked at eight at a time. */
static int any_code(const uint8_t *attr, uint32_t bytes) {
    uint32_t blocks = bytes >> SIM_ATTR_SHIFT;
    uint64_t any = 0, eight;
    for (; blocks >= 8; blocks -= 8, attr += 8) {
        memcpy(&eight, attr, sizeof eight);
        any |= eight;
    }
    while (blocks--)
        any |= *attr++;
    return (any & SIM_ATTR_CODE * 0x0101010101010101u) != 0;
}

/* Decoded code that is not the same any more must be decoded again. */
static void compare_code(sim *s, uint32_t address, const uint8_t *attr, const uint8_t *before, const uint8_t *now,
                         uint32_t bytes) {
    const uint32_t block = 1u << SIM_ATTR_SHIFT;
    if (!any_code(attr, bytes))
        return;
    for (uint32_t i = 0; i < bytes; i += block)
        if ((attr[i >> SIM_ATTR_SHIFT] & SIM_ATTR_CODE) && memcmp(before + i, now + i, block) != 0)
            sim_invalidate(s, address + i, block);
}

static void page_changed(sim *s, uint32_t page, const uint8_t *before) {
    const uint32_t at = page << SIM_PAGE_SHIFT, left = s->l2_bytes - at;
    compare_code(s, TL_L2_PRIVATE_BASE + at, s->l2_attr + (at >> SIM_ATTR_SHIFT), before, sim_page_to_read(s, at),
                 left < SIM_PAGE_BYTES ? left : SIM_PAGE_BYTES);
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
    compare_code(s, TL_L1_BASE, s->l1_attr, s->l1, n->l1, s->machine.l1_bytes);
    memcpy(s->l1, n->l1, s->machine.l1_bytes);
    sim_pages_restore(s, &n->l2, page_changed);
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
