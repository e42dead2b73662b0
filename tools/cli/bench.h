/* SPDX-License-Identifier: Apache-2.0 */
/* The benchmarks: cases with exact cycles, and the record they are compared with. */
#ifndef TL_CLI_BENCH_H
#define TL_CLI_BENCH_H

#include "tools/cli/error.h"
#include "tools/sim/sim.h"
#include <stdint.h>
#include <stdio.h>

enum { BENCH_TEAM = 8 }; /* cores of the machine that is measured, beside one */

typedef struct bench_case {
    char name[56]; /* without spaces, unique, as "fashion/8-cores/conv1.forward" */
    char kernel[40], tile[32];
    uint32_t cores;
    uint64_t cycles;
    uint64_t macs;  /* 0: it has none */
    uint64_t bound; /* cycles, see bench_bound.h; 0: none is known */
} bench_case;

typedef struct bench_list {
    const char *filter; /* only cases whose names hold this are run; NULL: all */
    bench_case *cases;
    uint32_t count, room;
} bench_list;

bool bench_add(bench_list *list, const bench_case *added, cli_error *error);
/* Whether the case passes the list's filter. */
bool bench_wants(const bench_list *list, const char *name);
void bench_free(bench_list *list);

/* The demo's training step on noise, part by part. */
bool bench_step(bench_list *list, const char *firmware, const sim_machine *machine, cli_error *error);
/* Kernels and layers, one at a time. */
bool bench_probe(bench_list *list, const char *firmware, const sim_machine *machine, cli_error *error);

/* What the cycles depend on besides our sources. */
typedef struct bench_made_with {
    char compiler[160], machine[32];
} bench_made_with;

/*
 * The record is text: lines "# compiler: ..." and "# machine: ...", then a case and its cycles a line.
 * Writing replaces the file, or leaves the old one as it was.
 */
bool baseline_write(const char *path, const bench_list *list, const bench_made_with *with, cli_error *error);
bool baseline_read(const char *path, bench_list *list, bench_made_with *with, cli_error *error);

/* Prints a line for each case that is new, gone (and would have passed the filter), or takes other cycles; returns how
 * many there are. */
uint32_t baseline_compare(FILE *to, const bench_list *record, const bench_list *now);

/* For people: all cases; then, of those with more than 10,000 multiply-adds, how much faster the team is than one core.
 * 100 columns wide at the most. */
void bench_print(const bench_list *list);
/* For programs: one record a case. */
bool bench_print_json(const bench_list *list, const bench_made_with *with, cli_error *error);

#endif
