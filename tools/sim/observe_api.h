/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking into a machine while it runs: profile, annotated functions, timeline, trace.
 *
 * An observer is made of a machine with its program loaded, at any time between two calls of sim_run(). All memory is
 * taken then. The machine's cycles, counters and memories stay what they would be without it.
 *
 *     sim_observe_settings settings = {.profile = 1};
 *     sim_observer *o = sim_observe(s, &settings);
 *     sim_run(s, limit);
 *     sim_profile_report *report = sim_profile_make(o);
 *     ...
 *     sim_profile_free(report);
 *     sim_observe_end(o);
 */
#ifndef TL_SIM_OBSERVE_API_H
#define TL_SIM_OBSERVE_API_H

#include <stdio.h>

#include "tools/sim/sim.h"

typedef struct sim_observer sim_observer;

#define SIM_TIMELINE_EVENTS 1000000 /* where none are asked for */

typedef struct sim_observe_settings {
    int profile; /* count cycles, instructions and stalls of every instruction and call */

    int timeline;                        /* record what sim_timeline_write() tells */
    uint64_t timeline_from, timeline_to; /* cycles; to 0: to the end */
    uint32_t timeline_events;            /* room for so many; 0: SIM_TIMELINE_EVENTS */
    uint32_t mark;                       /* stores to the word at this address are shown as marks; 0: none */
    const char *const *mark_names;       /* of the values 1, 2, ...; NULL: by their numbers */
    uint32_t marks;

    FILE *trace;                   /* a line for every instruction; NULL: no trace */
    uint64_t trace_from, trace_to; /* cycles; to 0: to the end */
    uint32_t trace_cores;          /* bit 0 to 7: cluster cores, 8: fabric controller; 0: all */
    const char *trace_function;    /* only instructions of this function; NULL: all */
    int trace_memory;              /* only loads and stores */
} sim_observe_settings;

/* Begins to look at a machine; one observer at a time. NULL: sim_message() says why. */
sim_observer *sim_observe(sim *s, const sim_observe_settings *settings);
/* Ends it, at any time before the machine is destroyed or loaded anew. NULL is fine. */
void sim_observe_end(sim_observer *observer);

/* Bits: what an observer had no more room for. What it tells is right up to there. */
enum {
    SIM_FULL_CALLS = 1,    /* calling contexts: the rest is counted with their callers */
    SIM_FULL_TIMELINE = 2, /* events: the timeline ends early, sim_timeline_end() says where */
    SIM_FULL_TRACE = 4     /* the trace could not be written */
};
unsigned sim_observe_full(const sim_observer *observer);

typedef struct sim_profile_counts {
    uint64_t cycles, instructions, fp, macs, loads, stores, stall[SIM_STALLS];
} sim_profile_counts;

typedef struct sim_profile_function {
    const char *name; /* lives as long as the observer */
    uint32_t address, bytes;
    uint64_t calls;     /* by jal and jalr, tail calls too */
    uint64_t inclusive; /* cycles with everything it called; recursion counts once */
    sim_profile_counts self;
    uint64_t core_calls[9], core_inclusive[9];
    sim_profile_counts core_self[9]; /* indexed as sim_stats.core */
} sim_profile_function;

typedef struct sim_profile_edge {
    uint32_t caller, callee; /* indices of sim_profile_report.function */
    uint64_t calls, cycles;  /* cycles: of the callee with all it called, under this caller */
} sim_profile_edge;

typedef struct sim_profile_report {
    uint32_t cores; /* entries of the arrays by core: the cluster's, then the fabric controller */
    uint32_t functions, edges;
    uint64_t cycles; /* of all cores together: the sum of all functions' self.cycles */
    uint64_t core_cycles[9];
    sim_profile_function *function; /* those that ran; most self cycles first */
    sim_profile_edge *edge;         /* by caller, then most cycles first */
} sim_profile_report;

/* What has been counted up to now. NULL: out of memory. */
sim_profile_report *sim_profile_make(const sim_observer *observer);
void sim_profile_free(sim_profile_report *report);

/* "core 0;main;f;g 1234" lines, the input of flame graph programs. Returns 0 when writing failed. */
int sim_profile_folded(const sim_observer *observer, FILE *to);

typedef struct sim_annotated_line {
    uint32_t pc, bytes;
    char text[80];
    sim_profile_counts counts; /* of all cores; instructions: how often it was carried out */
    const char *file;          /* of the source; NULL: not known */
    uint32_t line;
    uint8_t loops; /* bit 0, 1: it stands in the body of a hardware loop of that number */
} sim_annotated_line;

typedef struct sim_annotation {
    const char *name;
    uint32_t lines, sources; /* sources: lines whose source is known */
    sim_annotated_line *line;
    sim_profile_counts total;
    void *names; /* of files */
} sim_annotation;

/* The function of this name (the one with most cycles if there are several), instruction by instruction. NULL: there
 * is none, or out of memory. */
sim_annotation *sim_annotate(const sim_observer *observer, const char *function);
void sim_annotation_free(sim_annotation *annotation);
/* Whether this build can read line numbers out of ELF files. */
int sim_source_lines_known(void);

/*
 * The timeline in Chrome's trace event format (chrome://tracing, ui.perfetto.dev): 1 us there is 1 cycle. Process 0 is
 * the cores, one thread each; process 1 the DMA, one thread a direction. Returns 0 when writing failed.
 */
int sim_timeline_write(const sim_observer *observer, FILE *to);
/* A mark from outside, at the machine's time. */
void sim_timeline_mark(sim_observer *observer, const char *text);
/* Where the record ends: the cycle its events ran out, or that of the machine. */
uint64_t sim_timeline_end(const sim_observer *observer);

#endif
