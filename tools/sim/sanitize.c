/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/sim/sanitize.h"

#include <stdlib.h>
#include <string.h>

#include "tools/sim/sanitize_state.h"

static void free_shadow(struct sim_sanitizer *z) {
    free(z->word);
    free(z->byte);
    free(z->read_pc);
    free(z->init);
    free(z->zone);
    free(z->loop_seen);
    z->word = z->byte = NULL;
    z->read_pc = NULL;
    z->init = z->zone = z->loop_seen = NULL;
}

/* Zeroes that nobody touches cost nothing: so there is no need to be sparing with the bytes' part. */
static int make_shadow(struct sim_sanitizer *z) {
    z->word = calloc(z->words + 1, sizeof *z->word);
    z->byte = calloc((size_t)z->words * 4, sizeof *z->byte);
    z->read_pc = calloc(z->words, sizeof *z->read_pc);
    z->init = calloc(z->words, 1);
    z->zone = calloc(z->words, 1);
    z->loop_seen = calloc(z->s->slots / 8 + 1, 1);
    return z->word && z->byte && z->read_pc && z->init && z->zone && z->loop_seen;
}

static void begin_clocks(struct sim_sanitizer *z) {
    memset(z->core, 0, sizeof z->core);
    memset(&z->host, 0, sizeof z->host);
    memset(z->barrier, 0, sizeof z->barrier);
    memset(z->mutex, 0, sizeof z->mutex);
    memset(z->dispatch, 0, sizeof z->dispatch);
    memset(z->group_of, 0, sizeof z->group_of);
    z->syncs = 0;
    z->declared = 0;
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        san_advance(z, i);
}

int sim_sanitize_begin(sim_observer *observer) {
    struct sim_sanitizer *z;
    if (observer->sanitize)
        return 1;
    if (!(z = calloc(1, sizeof *z)))
        return 0;
    z->s = observer->machine;
    z->l1_words = z->s->machine.l1_bytes / 4;
    z->words = z->l1_words + z->s->l2_bytes / 4;
    if (!make_shadow(z)) {
        free_shadow(z);
        free(z);
        return 0;
    }
    begin_clocks(z);
    san_map_program(z);
    if (z->s->now) {
        memset(z->init, 15, z->words);
    } else if (z->s->used) {
        /* The host may have written before it asked for this: what is not zero has been written. */
        for (uint32_t i = 0; i < z->words; i++) {
            uint32_t value;
            sim_peek(z->s, san_address(z, i), &value, 4);
            z->init[i] |= value ? 15 : 0;
        }
    }
    observer->sanitize = z;
    return 1;
}

void sim_sanitize_free(struct sim_sanitizer *z) {
    if (!z)
        return;
    san_forget_names(z);
    free_shadow(z);
    free(z);
}

void sim_sanitize_loaded(struct sim_sanitizer *z) {
    san_forget_names(z);
    memset(z->word, 0, (z->words + 1) * sizeof *z->word);
    memset(z->init, 0, z->words);
    memset(z->zone, 0, z->words);
    memset(z->loop_seen, 0, z->s->slots / 8 + 1);
    begin_clocks(z);
    san_map_program(z);
}

/* Another state of the same program: all that was is past, and whatever is in memory was written. */
void sim_sanitize_restored(struct sim_sanitizer *z) {
    memset(z->word, 0, (z->words + 1) * sizeof *z->word);
    memset(z->init, 15, z->words);
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        z->core[i].calls = 0;
}

void sim_sanitize_outside_write(struct sim_sanitizer *z, uint32_t address, uint32_t bytes) {
    san_written_outside(z, address, bytes);
}

uint32_t sim_sanitize_findings(const sim_observer *observer, const sim_finding **list) {
    if (!observer->sanitize)
        return 0;
    san_place(observer->sanitize);
    *list = observer->sanitize->finding;
    return observer->sanitize->findings;
}

uint64_t sim_sanitize_lost(const sim_observer *observer) {
    return observer->sanitize ? observer->sanitize->lost : 0;
}

void sim_sanitize_call(sim_observer *observer, sim_finding_call *call, void *user) {
    observer->sanitize->call = call;
    observer->sanitize->user = user;
}

static int is_same_name(const char *a, const char *b) {
    return a && b ? !strcmp(a, b) : a == b;
}

/* Of transfers: who had it started. */
static int is_same_way(const sim_finding_side *a, const sim_finding_side *b) {
    if (!a->transfer || !b->transfer)
        return 1;
    for (uint32_t i = 0; i < SIM_FINDING_CALLERS; i++)
        if (!is_same_name(a->caller[i].function, b->caller[i].function))
            return 0;
    return 1;
}

/* The same thing at other instructions of the same functions: unrolled loops have many. */
static int is_alike(const sim_finding *a, const sim_finding *b) {
    return a->kind == b->kind && a->side[0].function && is_same_name(a->side[0].function, b->side[0].function) &&
           is_same_name(a->side[1].function, b->side[1].function) && is_same_way(&a->side[0], &b->side[0]) &&
           is_same_way(&a->side[1], &b->side[1]) && a->side[1].transfer == b->side[1].transfer &&
           a->kind != SIM_FINDING_LOOP;
}

static uint32_t first_alike(const sim_finding *list, uint32_t i) {
    uint32_t j = 0;
    while (j < i && !is_alike(&list[i], &list[j]))
        j++;
    return j;
}

uint32_t sim_sanitize_print(const sim_observer *observer, FILE *to, uint32_t most) {
    const sim_finding *list = NULL;
    uint32_t count = sim_sanitize_findings(observer, &list), lines = 0, shown = 0, first[SAN_FINDINGS];
    for (uint32_t i = 0; i < count; i++)
        first[i] = first_alike(list, i);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t times = 0;
        uint32_t places = 0;
        if (first[i] != i)
            continue;
        if (lines++ >= most && most)
            continue;
        shown++;
        for (uint32_t j = i; j < count; j++)
            if (first[j] == i) {
                times += list[j].count;
                places++;
            }
        fprintf(to, "%s", list[i].text);
        if (times > 1)
            fprintf(to, " (%llu times", (unsigned long long)times);
        if (places > 1)
            fprintf(to, ", at %u pairs of places in these functions", places);
        fprintf(to, times > 1 ? ")\n" : "\n");
    }
    if (lines)
        fprintf(to, "%u finding%s%s\n", lines, lines > 1 ? "s" : "", shown < lines ? ", not all of them shown" : "");
    return lines;
}

/* The alias of L1 at 0. */
static uint32_t canonical(const struct sim_sanitizer *z, uint32_t address) {
    return address >> 2 < z->l1_words ? address + TL_L1_BASE : address;
}

void sim_sanitize_range(sim_observer *observer, uint32_t address, uint32_t bytes) {
    san_declare(observer->sanitize, canonical(observer->sanitize, address), bytes, SAN_ZONE_DATA);
}

void sim_sanitize_stack(sim_observer *observer, uint32_t core, uint32_t address, uint32_t bytes, uint32_t guard) {
    if (core < SIM_MAX_CORES)
        san_set_stack(observer->sanitize, core, canonical(observer->sanitize, address), bytes, guard);
}

void sim_sanitize_sync_word(sim_observer *observer, uint32_t address) {
    uint32_t index = san_index(observer->sanitize, canonical(observer->sanitize, address));
    if (index < observer->sanitize->words)
        san_make_sync(observer->sanitize, index);
}

void sim_sanitize_forget(sim_observer *observer, uint32_t address, uint32_t bytes) {
    struct sim_sanitizer *z = observer->sanitize;
    address = canonical(z, address);
    for (uint32_t at = (address + 3) & ~3u; at + 4 <= address + bytes; at += 4)
        if (san_index(z, at) < z->words)
            z->init[san_index(z, at)] = 0;
}
