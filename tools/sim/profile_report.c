/* SPDX-License-Identifier: Apache-2.0 */
/* From counters to tables. */
#include "tools/sim/profile_report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tools/sim/observe.h"

static void add_counts(sim_profile_counts *to, const sim_profile_counts *from) {
    to->cycles += from->cycles;
    to->instructions += from->instructions;
    to->fp += from->fp;
    to->macs += from->macs;
    to->loads += from->loads;
    to->stores += from->stores;
    for (unsigned i = 0; i < SIM_STALLS; i++)
        to->stall[i] += from->stall[i];
}

void sim_count_slot(const sim_profile *p, const sim *s, unsigned core, uint32_t slot, sim_profile_counts *to) {
    const sim_profile_core *pc = &p->core[core];
    uint64_t n = pc->executions[slot];
    to->instructions += n;
    to->cycles += n + pc->stalls[slot].beyond;
    for (unsigned i = 0; i < SIM_STALLS; i++)
        to->stall[i] += pc->stalls[slot].stall[i];
    if (n && slot < p->map.slots) {
        const sim_op *op = s->ops + slot;
        to->fp += n * (op->count / SIM_COUNT_FP & SIM_COUNT_MASK);
        to->loads += n * (op->count / SIM_COUNT_LOAD & SIM_COUNT_MASK);
        to->macs += n * (op->count / SIM_COUNT_MAC & SIM_COUNT_MASK);
        to->stores += sim_insns[sim_op_insn(op)].class == SIM_CLASS_STORE ? n : 0;
    }
    if (pc->on) {
        uint64_t stall[SIM_STALLS], open;
        uint32_t at;
        open = sim_profile_open(p, s, core, &at, stall);
        if (at == slot) {
            to->cycles += open;
            for (unsigned i = 0; i < SIM_STALLS; i++)
                to->stall[i] += stall[i];
        }
    }
}

/* Where a core stands in the statistics' order. */
static uint32_t place_of(const sim *s, unsigned core) {
    return core == SIM_FC ? s->machine.cores : core;
}

static void count_self(const sim_profile *p, const sim *s, sim_profile_function *all) {
    for (unsigned core = 0; core < SIM_MAX_CORES; core++) {
        if (!p->core[core].executions)
            continue;
        for (uint32_t slot = 0; slot <= p->map.slots; slot++)
            sim_count_slot(p, s, core, slot, &all[p->map.of_slot[slot]].core_self[place_of(s, core)]);
    }
}

/* Cycles of a node's own; a core's top frame goes on to where the core stands. */
static uint64_t own_cycles(const sim_profile *p, const sim *s, uint32_t node, unsigned core) {
    const sim_profile_core *c = &p->core[core];
    uint64_t cycles = p->node[node].cycles;
    if (c->on && c->frame[c->depth - 1].node == node) {
        uint64_t stall[SIM_STALLS];
        uint32_t slot;
        cycles += c->last - c->entered + sim_profile_open(p, s, core, &slot, stall);
    }
    return cycles;
}

/* Nodes stand behind their parents, so going backwards sums up everything below. `core` of each node goes forwards. */
static int sum_tree(const sim_profile *p, const sim *s, uint64_t **inclusive, uint8_t **core) {
    *inclusive = calloc(p->nodes, sizeof **inclusive);
    *core = calloc(p->nodes, 1);
    if (!*inclusive || !*core) {
        free(*inclusive);
        free(*core);
        return 0;
    }
    for (uint32_t i = 0; i < p->nodes; i++)
        (*core)[i] = (uint8_t)(i < SIM_MAX_CORES ? i : (*core)[p->node[i].parent]);
    for (uint32_t i = p->nodes; i-- > SIM_MAX_CORES;) {
        (*inclusive)[i] += own_cycles(p, s, i, (*core)[i]);
        (*inclusive)[p->node[i].parent] += (*inclusive)[i];
    }
    return 1;
}

static int is_below_itself(const sim_profile *p, uint32_t node) {
    for (uint32_t at = p->node[node].parent; at >= SIM_MAX_CORES; at = p->node[at].parent)
        if (p->node[at].function == p->node[node].function)
            return 1;
    return 0;
}

/* The same edge further up: it has counted these cycles already. */
static int edge_is_above(const sim_profile *p, uint32_t node) {
    uint32_t caller = p->node[p->node[node].parent].function, callee = p->node[node].function;
    for (uint32_t at = p->node[node].parent; at >= SIM_MAX_CORES; at = p->node[at].parent)
        if (p->node[at].function == callee && p->node[at].parent >= SIM_MAX_CORES &&
            p->node[p->node[at].parent].function == caller)
            return 1;
    return 0;
}

static int by_pair(const void *a, const void *b) {
    const sim_profile_edge *x = a, *y = b;
    if (x->caller != y->caller)
        return x->caller < y->caller ? -1 : 1;
    return (x->callee > y->callee) - (x->callee < y->callee);
}

static int by_cycles(const void *a, const void *b) {
    const sim_profile_edge *x = a, *y = b;
    if (x->caller != y->caller)
        return x->caller < y->caller ? -1 : 1;
    return x->cycles == y->cycles ? by_pair(a, b) : x->cycles < y->cycles ? 1 : -1;
}

static int by_self(const void *a, const void *b) {
    const sim_profile_function *x = a, *y = b;
    if (x->self.cycles != y->self.cycles)
        return x->self.cycles < y->self.cycles ? 1 : -1;
    return (x->address > y->address) - (x->address < y->address);
}

/* Edges by function number, pairs joined. */
static void collect_edges(const sim_profile *p, const uint64_t *inclusive, sim_profile_report *r) {
    for (uint32_t i = SIM_MAX_CORES; i < p->nodes; i++)
        if (p->node[i].parent >= SIM_MAX_CORES)
            r->edge[r->edges++] = (sim_profile_edge){.caller = p->node[p->node[i].parent].function,
                                                     .callee = p->node[i].function,
                                                     .calls = p->node[i].calls,
                                                     .cycles = edge_is_above(p, i) ? 0 : inclusive[i]};
    qsort(r->edge, r->edges, sizeof *r->edge, by_pair);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < r->edges; i++)
        if (kept && by_pair(&r->edge[kept - 1], &r->edge[i]) == 0) {
            r->edge[kept - 1].calls += r->edge[i].calls;
            r->edge[kept - 1].cycles += r->edge[i].cycles;
        } else {
            r->edge[kept++] = r->edge[i];
        }
    r->edges = kept;
}

static void collect_calls(const sim_profile *p, const sim *s, const uint64_t *inclusive, const uint8_t *core,
                          sim_profile_function *all) {
    for (uint32_t i = SIM_MAX_CORES; i < p->nodes; i++) {
        sim_profile_function *f = &all[p->node[i].function];
        f->core_calls[place_of(s, core[i])] += p->node[i].calls;
        if (!is_below_itself(p, i))
            f->core_inclusive[place_of(s, core[i])] += inclusive[i];
    }
}

/* Sums over the cores; those that did not run go, and edges name functions by their new places. */
static int order(const sim_profile *p, sim_profile_report *r) {
    uint32_t *new_place = calloc(p->map.count, sizeof *new_place), kept = 0;
    if (!new_place)
        return 0;
    for (uint32_t i = 0; i < p->map.count; i++) {
        sim_profile_function *f = &r->function[i];
        for (uint32_t core = 0; core < r->cores; core++) {
            add_counts(&f->self, &f->core_self[core]);
            f->calls += f->core_calls[core];
            f->inclusive += f->core_inclusive[core];
            r->core_cycles[core] += f->core_self[core].cycles;
        }
        f->name = p->map.list[i].name;
        f->address = p->map.list[i].address;
        f->bytes = p->map.list[i].bytes;
        r->cycles += f->self.cycles;
    }
    for (uint32_t i = 0; i < p->map.count; i++) {
        r->function[kept] = r->function[i];
        kept += r->function[i].self.cycles || r->function[i].calls;
    }
    r->functions = kept;
    qsort(r->function, kept, sizeof *r->function, by_self);
    for (uint32_t i = 0; i < kept; i++)
        for (uint32_t j = 0; j < p->map.count; j++)
            if (p->map.list[j].name == r->function[i].name && p->map.list[j].address == r->function[i].address)
                new_place[j] = i;
    for (uint32_t i = 0; i < r->edges; i++) {
        r->edge[i].caller = new_place[r->edge[i].caller];
        r->edge[i].callee = new_place[r->edge[i].callee];
    }
    qsort(r->edge, r->edges, sizeof *r->edge, by_cycles);
    free(new_place);
    return 1;
}

sim_profile_report *sim_profile_make(const sim_observer *o) {
    const sim_profile *p = o->profile;
    sim_profile_report *r = calloc(1, sizeof *r);
    uint64_t *inclusive = NULL;
    uint8_t *core = NULL;
    if (!r || !p || !sum_tree(p, o->machine, &inclusive, &core)) {
        free(r);
        return NULL;
    }
    r->cores = o->machine->machine.cores + 1;
    r->function = calloc(p->map.count, sizeof *r->function);
    r->edge = calloc(p->nodes, sizeof *r->edge);
    int fine = r->function && r->edge;
    if (fine) {
        count_self(p, o->machine, r->function);
        collect_calls(p, o->machine, inclusive, core, r->function);
        collect_edges(p, inclusive, r);
        fine = order(p, r);
    }
    free(inclusive);
    free(core);
    if (fine)
        return r;
    sim_profile_free(r);
    return NULL;
}

void sim_profile_free(sim_profile_report *r) {
    if (!r)
        return;
    free(r->function);
    free(r->edge);
    free(r);
}

static void put_stack(const sim_profile *p, uint32_t node, FILE *to) {
    if (node < SIM_MAX_CORES) {
        fprintf(to, node == SIM_FC ? "fabric controller" : "core %" PRIu32, node);
        return;
    }
    put_stack(p, p->node[node].parent, to);
    fprintf(to, ";%s", p->map.list[p->node[node].function].name);
}

int sim_profile_folded(const sim_observer *o, FILE *to) {
    const sim_profile *p = o->profile;
    uint64_t *inclusive;
    uint8_t *core;
    if (!p || !sum_tree(p, o->machine, &inclusive, &core))
        return 0;
    for (uint32_t i = SIM_MAX_CORES; i < p->nodes; i++) {
        uint64_t own = own_cycles(p, o->machine, i, core[i]);
        if (!own)
            continue;
        put_stack(p, i, to);
        fprintf(to, " %" PRIu64 "\n", own);
    }
    free(inclusive);
    free(core);
    return !ferror(to);
}
