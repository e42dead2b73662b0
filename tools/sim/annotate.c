/* SPDX-License-Identifier: Apache-2.0 */
/* One function, instruction by instruction. */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/observe.h"
#include "tools/sim/profile_report.h"

static void count_everywhere(const sim_profile *p, const sim *s, uint32_t slot, sim_profile_counts *to) {
    for (unsigned core = 0; core < SIM_MAX_CORES; core++)
        if (p->core[core].executions)
            sim_count_slot(p, s, core, slot, to);
}

/* The function of that name on which most cycles were spent; 0: there is none. */
static uint32_t find(const sim_profile *p, const sim *s, const char *name) {
    uint32_t best = 0;
    uint64_t most = 0;
    for (uint32_t i = 1; i < p->map.count; i++) {
        sim_profile_counts counts = {0};
        if (strcmp(p->map.list[i].name, name) != 0 || !p->map.list[i].bytes)
            continue;
        for (uint32_t slot = 0; slot < p->map.slots; slot++)
            if (p->map.of_slot[slot] == i)
                count_everywhere(p, s, slot, &counts);
        if (!best || counts.cycles > most) {
            best = i;
            most = counts.cycles;
        }
    }
    return best;
}

static void add_counts(sim_profile_counts *to, const sim_profile_counts *from) {
    const uint64_t *f = (const uint64_t *)from;
    uint64_t *t = (uint64_t *)to;
    for (size_t i = 0; i < sizeof *to / sizeof *t; i++)
        t[i] += f[i];
}

static void describe(const sim *s, uint32_t pc, sim_annotated_line *line) {
    uint32_t word;
    sim_insn_at(s, pc, &word);
    line->pc = pc;
    line->bytes = (word & 3) == 3 ? 4 : 2;
    sim_disassemble(pc, word, line->text, sizeof line->text);
}

/* Bodies of hardware loops whose ends stand in the instruction that sets them up. */
static void mark_loop(const sim *s, sim_annotation *a, const sim_annotated_line *setup) {
    uint32_t word = 0, from, to, loop;
    if (sim_word_at(s, setup->pc, &word) != 4)
        return;
    switch (sim_insns[sim_find_insn(word)].format) {
    case SIM_FORMAT_HWS:
        to = setup->pc + 2 * sim_bits(word, 20, 12);
        break;
    case SIM_FORMAT_HWSI:
        to = setup->pc + 2 * sim_bits(word, 15, 5);
        break;
    default:
        return;
    }
    from = setup->pc + 4;
    loop = sim_bits(word, 7, 1);
    for (uint32_t i = 0; i < a->lines; i++)
        if (a->line[i].pc >= from && a->line[i].pc <= to)
            a->line[i].loops |= (uint8_t)(1u << loop);
}

static void fill(const sim_profile *p, const sim *s, uint32_t function, sim_annotation *a) {
    const sim_source_lines *sources = a->names;
    uint32_t pc = p->map.list[function].address, end = pc + p->map.list[function].bytes;
    while (pc < end) {
        uint32_t slot = sim_slot(s, &p->map, sim_op_at(s, pc));
        if (p->map.of_slot[slot] != function) {
            pc += 2;
            continue;
        }
        sim_annotated_line *line = &a->line[a->lines++];
        const sim_source_line *source = sim_source_line_at(sources, pc);
        describe(s, pc, line);
        if (source) {
            line->file = source->file;
            line->line = source->line;
            a->sources++;
        }
        /* Whoever jumped into the middle of an instruction is counted with it. */
        for (uint32_t i = 0; i < line->bytes / 2 && slot + i <= p->map.slots; i++)
            count_everywhere(p, s, slot + i, &line->counts);
        add_counts(&a->total, &line->counts);
        pc += line->bytes;
    }
    for (uint32_t i = 0; i < a->lines; i++)
        mark_loop(s, a, &a->line[i]);
}

sim_annotation *sim_annotate(const sim_observer *o, const char *name) {
    const sim_profile *p = o->profile;
    uint32_t function = p ? find(p, o->machine, name) : 0;
    sim_annotation *a = function ? calloc(1, sizeof *a) : NULL;
    if (!a)
        return NULL;
    a->name = p->map.list[function].name;
    a->line = calloc(p->map.list[function].bytes / 2 + 1, sizeof *a->line);
    a->names = sim_source_lines_read(o->machine);
    if (!a->line || !a->names) {
        sim_annotation_free(a);
        return NULL;
    }
    fill(p, o->machine, function, a);
    return a;
}

void sim_annotation_free(sim_annotation *a) {
    if (!a)
        return;
    free(a->line);
    sim_source_lines_free(a->names);
    free(a);
}
