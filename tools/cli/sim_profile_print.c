/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/sim_print.h"
#include "tools/cli/text.h"
#include <inttypes.h>

enum { NAME_CHARS = 30, CALLEES = 8 };

/* Functions and callees below this part of all cycles are summed up in a line. */
#define LEAST 0.0005

static double part(uint64_t a, uint64_t b) {
    return b ? (double)a / (double)b : 0.0;
}

static int percent(uint64_t a, uint64_t b) {
    return (int)(100.0 * part(a, b) + 0.5);
}

static bool is_small(const sim_profile_report *r, uint64_t cycles) {
    return (double)cycles < LEAST * (double)r->cycles;
}

static void print_flat_line(FILE *to, const sim_profile_report *r, const sim_profile_counts *c, const char *name) {
    static const sim_stall order[] = {SIM_STALL_LOAD_USE, SIM_STALL_BRANCH, SIM_STALL_MULDIV, SIM_STALL_FPU,
                                      SIM_STALL_BANK,     SIM_STALL_L2,     SIM_STALL_ICACHE, SIM_STALL_SLEEP};
    fprintf(to, "%6.2f%% %14s %5.2f %5.2f ", 100.0 * part(c->cycles, r->cycles), text_count(c->cycles).s,
            part(c->instructions, c->cycles), part(c->macs, c->cycles));
    for (unsigned i = 0; i < sizeof order / sizeof *order; i++) {
        int of = percent(c->stall[order[i]], c->cycles);
        fprintf(to, of ? " %4d" : "    .", of);
    }
    fprintf(to, "  %.*s\n", NAME_CHARS, name);
}

static void add(sim_profile_counts *to, const sim_profile_counts *from) {
    to->cycles += from->cycles;
    to->instructions += from->instructions;
    to->macs += from->macs;
    for (unsigned i = 0; i < SIM_STALLS; i++)
        to->stall[i] += from->stall[i];
}

static void print_flat(FILE *to, const sim_profile_report *r) {
    sim_profile_counts rest = {0}, all = {0};
    uint32_t small = 0;
    fprintf(to, "   self    self cycles instr   MAC  stalls, %% of the function's cycles\n"
                "                       /cycle /cycle load brch mul/d FPU bank   L2 icac sleep  function\n");
    for (uint32_t i = 0; i < r->functions; i++) {
        const sim_profile_function *f = &r->function[i];
        add(&all, &f->self);
        if (is_small(r, f->self.cycles)) {
            small++;
            add(&rest, &f->self);
        } else {
            print_flat_line(to, r, &f->self, f->name);
        }
    }
    if (small)
        print_flat_line(to, r, &rest, text_of("(%u small ones)", small).s);
    print_flat_line(to, r, &all, "(all)");
}

static void print_callees(FILE *to, const sim_profile_report *r, uint32_t caller) {
    uint32_t shown = 0;
    for (uint32_t i = 0; i < r->edges; i++) {
        const sim_profile_edge *e = &r->edge[i];
        if (e->caller != caller || is_small(r, e->cycles) || shown == CALLEES)
            continue;
        shown++;
        fprintf(to, "%6.2f%% %14s %12s      > %.*s\n", 100.0 * part(e->cycles, r->cycles), text_count(e->cycles).s,
                text_count(e->calls).s, NAME_CHARS, r->function[e->callee].name);
    }
}

/* By inclusive cycles, most first, without a second array: the next one is looked for each time. */
static bool comes_next(const sim_profile_report *r, uint32_t last, bool any, uint32_t i) {
    if (!any)
        return true;
    uint64_t a = r->function[last].inclusive, b = r->function[i].inclusive;
    return b < a || (b == a && i > last);
}

static void print_calls(FILE *to, const sim_profile_report *r) {
    uint32_t last = 0;
    bool any = false;
    fprintf(to, "\n  total   total cycles        calls  function, and what it calls from there\n");
    for (;;) {
        uint32_t best = r->functions;
        for (uint32_t i = 0; i < r->functions; i++)
            if (comes_next(r, last, any, i) &&
                (best == r->functions || r->function[i].inclusive > r->function[best].inclusive))
                best = i;
        if (best == r->functions || is_small(r, r->function[best].inclusive))
            return;
        const sim_profile_function *f = &r->function[best];
        fprintf(to, "%6.2f%% %14s %12s  %.*s\n", 100.0 * part(f->inclusive, r->cycles), text_count(f->inclusive).s,
                text_count(f->calls).s, 2 * NAME_CHARS, f->name);
        print_callees(to, r, best);
        last = best;
        any = true;
    }
}

static void print_cores(FILE *to, const sim_profile_report *r) {
    fprintf(to, "\nSelf cycles by core\n");
    for (uint32_t core = 0; core < r->cores; core++)
        fprintf(to, "%9s", core + 1 == r->cores ? "fc" : text_of("%u", core).s);
    fprintf(to, "  function\n");
    for (uint32_t i = 0; i < r->functions; i++) {
        if (is_small(r, r->function[i].self.cycles))
            continue;
        for (uint32_t core = 0; core < r->cores; core++)
            fprintf(to, "%9" PRIu64, r->function[i].core_self[core].cycles);
        fprintf(to, "  %.17s\n", r->function[i].name);
    }
    for (uint32_t core = 0; core < r->cores; core++)
        fprintf(to, "%9" PRIu64, r->core_cycles[core]);
    fprintf(to, "  (all)\n");
}

void sim_print_profile(FILE *to, const sim_profile_report *r, bool cores) {
    fprintf(to, "Profile: %s cycles of %u cores together\n\n", text_count(r->cycles).s, r->cores);
    print_flat(to, r);
    print_calls(to, r);
    if (cores)
        print_cores(to, r);
}

static cJSON *counts_json(const sim_profile_counts *c) {
    cJSON *counts = cJSON_CreateObject();
    cJSON_AddNumberToObject(counts, "cycles", (double)c->cycles);
    cJSON_AddNumberToObject(counts, "instructions", (double)c->instructions);
    cJSON_AddNumberToObject(counts, "fp", (double)c->fp);
    cJSON_AddNumberToObject(counts, "macs", (double)c->macs);
    cJSON_AddNumberToObject(counts, "loads", (double)c->loads);
    cJSON_AddNumberToObject(counts, "stores", (double)c->stores);
    sim_add_stalls(counts, c->stall);
    return counts;
}

cJSON *sim_profile_json(const sim_profile_report *r) {
    cJSON *all = cJSON_CreateObject();
    cJSON_AddNumberToObject(all, "cycles", (double)r->cycles);
    cJSON *functions = cJSON_AddArrayToObject(all, "functions");
    for (uint32_t i = 0; i < r->functions; i++) {
        const sim_profile_function *f = &r->function[i];
        cJSON *function = cJSON_CreateObject();
        cJSON_AddStringToObject(function, "name", f->name);
        cJSON_AddNumberToObject(function, "address", f->address);
        cJSON_AddNumberToObject(function, "bytes", f->bytes);
        cJSON_AddNumberToObject(function, "calls", (double)f->calls);
        cJSON_AddNumberToObject(function, "inclusive", (double)f->inclusive);
        cJSON_AddItemToObject(function, "self", counts_json(&f->self));
        cJSON *cores = cJSON_AddArrayToObject(function, "cores");
        for (uint32_t core = 0; core < r->cores; core++) {
            cJSON *one = counts_json(&f->core_self[core]);
            cJSON_AddNumberToObject(one, "calls", (double)f->core_calls[core]);
            cJSON_AddNumberToObject(one, "inclusive", (double)f->core_inclusive[core]);
            cJSON_AddItemToArray(cores, one);
        }
        cJSON_AddItemToArray(functions, function);
    }
    cJSON *edges = cJSON_AddArrayToObject(all, "calls");
    for (uint32_t i = 0; i < r->edges; i++) {
        cJSON *edge = cJSON_CreateObject();
        cJSON_AddStringToObject(edge, "caller", r->function[r->edge[i].caller].name);
        cJSON_AddStringToObject(edge, "callee", r->function[r->edge[i].callee].name);
        cJSON_AddNumberToObject(edge, "calls", (double)r->edge[i].calls);
        cJSON_AddNumberToObject(edge, "cycles", (double)r->edge[i].cycles);
        cJSON_AddItemToArray(edges, edge);
    }
    return all;
}
