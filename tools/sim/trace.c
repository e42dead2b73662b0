/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line for each instruction. Cores run ahead of each other, so lines wait until no core can come before them, and go
 * out in the order of their cycles.
 */
#include "tools/sim/trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/observe.h"

/* Who runs ahead does so for no more than 2 * SIM_RUN_AHEAD cycles; who waits for operands began this long ago at most.
 */
enum { LINES = 4096, SETTLED = 128 };

typedef enum line_kind { LINE_PLAIN, LINE_LOAD, LINE_STORE, LINE_SLEEP, LINE_WAKE } line_kind;

typedef struct line {
    uint64_t t;
    uint32_t pc, value, base, address, stored, slept;
    uint8_t kind, rd, wb, bytes; /* registers: 32: none */
} line;

struct sim_trace {
    sim_function_map map;
    uint8_t *wanted; /* [map.count] */
    FILE *to;
    uint32_t cores;
    uint64_t from, till;
    int memory, failed;
    struct {
        line *line;
        uint32_t first, count;
        uint32_t address, stored;
        uint8_t bytes, store;
        uint8_t asleep; /* its sleep's line is there */
        uint32_t sleep_pc;
    } core[SIM_MAX_CORES];
};

static int want(struct sim_trace *r, const char *function) {
    int found = !function;
    r->wanted = malloc(r->map.count);
    for (uint32_t i = 0; r->wanted && i < r->map.count; i++) {
        r->wanted[i] = !function || strcmp(r->map.list[i].name, function) == 0;
        found |= r->wanted[i];
    }
    return found;
}

struct sim_trace *sim_trace_create(const sim *s, const sim_observe_settings *settings, int *no_function) {
    struct sim_trace *r = calloc(1, sizeof *r);
    *no_function = 0;
    if (!r)
        return NULL;
    int fine = sim_function_map_make(s, &r->map);
    for (unsigned i = 0; fine && i < SIM_MAX_CORES; i++)
        fine = (r->core[i].line = calloc(LINES, sizeof(line))) != NULL;
    if (fine && !want(r, settings->trace_function)) {
        *no_function = r->wanted != NULL;
        fine = 0;
    }
    if (!fine || !r->wanted) {
        sim_trace_destroy(r);
        return NULL;
    }
    r->to = settings->trace;
    r->cores = settings->trace_cores ? settings->trace_cores : UINT32_MAX;
    r->from = settings->trace_from;
    r->till = settings->trace_to ? settings->trace_to : SIM_NEVER;
    r->memory = settings->trace_memory;
    return r;
}

void sim_trace_destroy(struct sim_trace *r) {
    if (!r)
        return;
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        free(r->core[i].line);
    free(r->wanted);
    sim_function_map_free(&r->map);
    free(r);
}

int sim_trace_failed(const struct sim_trace *r) {
    return r->failed;
}

static void print_effects(FILE *to, const line *l) {
    int has_rd = l->rd && l->rd < 32, has_wb = l->wb && l->wb < 32;
    if (l->kind == LINE_SLEEP)
        fprintf(to, "  sleeps");
    if (l->kind == LINE_WAKE)
        fprintf(to, "  wakes after %" PRIu32 " cycles", l->slept);
    if (has_rd)
        fprintf(to, "  %s=%08" PRIx32, sim_reg_names[l->rd], l->value);
    if (l->kind == LINE_LOAD)
        fprintf(to, "  <- [%08" PRIx32 "]", l->address);
    if (l->kind == LINE_STORE)
        fprintf(to, "  %0*" PRIx32 " -> [%08" PRIx32 "]", 2 * l->bytes, l->stored, l->address);
    if (has_wb)
        fprintf(to, "  %s=%08" PRIx32, sim_reg_names[l->wb], l->base);
}

static void print_line(struct sim_trace *r, const sim *s, unsigned core, const line *l) {
    char text[80], place[64], name[8];
    const sim_op *op = sim_op_at(s, l->pc);
    const sim_function *f = &r->map.list[op ? r->map.of_slot[sim_slot(s, &r->map, op)] : 0];
    uint32_t word;
    sim_insn_at(s, l->pc, &word);
    sim_disassemble(l->pc, word, text, sizeof text);
    snprintf(place, sizeof place, "%.40s+0x%" PRIx32, f->name, l->pc - f->address);
    snprintf(name, sizeof name, core == SIM_FC ? "fc" : "%u", core);
    int bare = l->kind == LINE_PLAIN && (!l->rd || l->rd == SIM_NOWHERE_REG) && (!l->wb || l->wb == SIM_NOWHERE_REG);
    fprintf(r->to, "%10" PRIu64 "  %2s  %08" PRIx32 "  %-28s  %-*s", l->t, name, l->pc, place, bare ? 0 : 30, text);
    print_effects(r->to, l);
    if (fputc('\n', r->to) == EOF)
        r->failed = 1;
}

/* Writes the lines of cycles before `before`, in order. */
static void flush(struct sim_trace *r, const sim *s, uint64_t before) {
    for (;;) {
        unsigned earliest = SIM_MAX_CORES;
        uint64_t t = before;
        for (unsigned i = 0; i < SIM_MAX_CORES; i++)
            if (r->core[i].count && r->core[i].line[r->core[i].first].t < t) {
                t = r->core[i].line[r->core[i].first].t;
                earliest = i;
            }
        if (earliest == SIM_MAX_CORES)
            return;
        print_line(r, s, earliest, &r->core[earliest].line[r->core[earliest].first]);
        r->core[earliest].first = (r->core[earliest].first + 1) % LINES;
        r->core[earliest].count--;
    }
}

void sim_trace_flush(struct sim_trace *r, const sim *s) {
    flush(r, s, SIM_NEVER);
    if (fflush(r->to) || ferror(r->to))
        r->failed = 1;
}

static void add(struct sim_trace *r, const sim *s, unsigned core, const line *l) {
    if (r->core[core].count >= LINES / 2)
        flush(r, s, s->now > SETTLED ? s->now - SETTLED : 0);
    if (r->core[core].count == LINES)
        flush(r, s, SIM_NEVER);
    r->core[core].line[(r->core[core].first + r->core[core].count++) % LINES] = *l;
}

static int writes_rd(unsigned format) {
    switch (format) {
    case SIM_FORMAT_N:
    case SIM_FORMAT_B:
    case SIM_FORMAT_BI:
    case SIM_FORMAT_S:
    case SIM_FORMAT_SP:
    case SIM_FORMAT_SR:
    case SIM_FORMAT_SRP:
    case SIM_FORMAT_HWE:
    case SIM_FORMAT_HWC:
    case SIM_FORMAT_HWI:
    case SIM_FORMAT_HWS:
    case SIM_FORMAT_HWSI:
        return 0;
    default:
        return 1;
    }
}

static int moves_base(unsigned format) {
    return format == SIM_FORMAT_LP || format == SIM_FORMAT_LRP || format == SIM_FORMAT_SP || format == SIM_FORMAT_SRP;
}

void sim_trace_access(struct sim_trace *r, sim *s, const sim_core *c, const sim_op *op, uint32_t address,
                      unsigned bytes, int store, uint64_t t) {
    (void)s;
    (void)t;
    r->core[c->index].address = address;
    r->core[c->index].bytes = (uint8_t)bytes;
    r->core[c->index].store = (uint8_t)store;
    r->core[c->index].stored = bytes == 4 ? c->x[op->rs2].u : c->x[op->rs2].u & ((1u << 8 * bytes) - 1);
}

static void insn(struct sim_trace *r, const sim *s, const sim_core *c, const sim_op *op, uint64_t from, int asleep) {
    unsigned i = c->index, format = sim_insns[sim_op_insn(op)].format;
    uint8_t bytes = r->core[i].bytes;
    r->core[i].bytes = 0;
    r->core[i].asleep = 0;
    if (!(r->cores >> i & 1) || from < r->from || from > r->till || (r->memory && !bytes) ||
        !r->wanted[r->map.of_slot[sim_slot(s, &r->map, op)]])
        return;
    line l = {.t = from, .pc = sim_pc_of(s, op), .rd = SIM_NOWHERE_REG, .wb = SIM_NOWHERE_REG};
    if (asleep) {
        l.kind = LINE_SLEEP;
        r->core[i].asleep = 1;
        r->core[i].sleep_pc = l.pc;
        add(r, s, i, &l);
        return;
    }
    if (bytes) {
        l.kind = r->core[i].store ? LINE_STORE : LINE_LOAD;
        l.address = r->core[i].address;
        l.stored = r->core[i].stored;
        l.bytes = bytes;
    }
    if (writes_rd(format)) {
        l.rd = op->rd;
        l.value = c->x[op->rd].u;
    }
    if (moves_base(format)) {
        l.wb = op->rs3;
        l.base = c->x[op->rs3].u;
    }
    add(r, s, i, &l);
}

void sim_trace_insn(struct sim_trace *r, sim *s, const sim_core *c, const sim_op *op, uint64_t from, uint64_t to) {
    (void)to;
    insn(r, s, c, op, from, 0);
}

void sim_trace_wake(struct sim_trace *r, const sim *s, const sim_core *c, uint64_t t) {
    unsigned i = c->index;
    if (!r->core[i].asleep)
        return;
    r->core[i].asleep = 0;
    add(r, s, i,
        &(line){.t = t,
                .pc = r->core[i].sleep_pc,
                .kind = LINE_WAKE,
                .rd = c->wake_rd,
                .wb = SIM_NOWHERE_REG,
                .value = c->x[c->wake_rd].u,
                .slept = (uint32_t)(t - c->sleep_from)});
}

/* The last to come to a barrier has been woken before it is seen to sleep. */
void sim_trace_asleep(struct sim_trace *r, const sim *s, const sim_core *c, const sim_op *op, uint64_t from) {
    insn(r, s, c, op, from, 1);
    if (c->wait == SIM_AWAKE)
        sim_trace_wake(r, s, c, c->woken);
}
