/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sanitizer: finds what is wrong with a parallel program though this run of it came out right. Data races, buffers
 * of the DMA touched before it is done with them, reads of memory that nobody wrote, stacks that overflow, stores
 * outside everything the program declares, misaligned accesses, hardware loops that silicon does not run.
 *
 *     sim_observe_settings settings = {0};
 *     sim_observer *o = sim_observe(s, &settings);
 *     sim_sanitize_begin(o);
 *     sim_run(s, limit);
 *     sim_sanitize_print(o, stderr, 20);
 *     sim_observe_end(o);
 *
 * What it knows of a program is in the ELF file: sections with addresses are memory that may be written, as is every
 * object symbol with a size, wherever it lies. An object symbol `__tl_stack_<n>` is the stack of core n (8: the fabric
 * controller). A memory (L1, L2) in which a program declares nothing may be written everywhere.
 *
 * Two accesses are ordered by: the program order of one core; barriers; events; the mutex; the dispatch queue; the
 * start of a core; a DMA transfer's start, and its end once a core has seen it (in the status register, or by its
 * event); what the host writes, for who reads it, and the doorbell (a watched word), for the host. A word that a core
 * polls orders too: what was written to it, and by whom, comes before what the core does after it has read it. Polled
 * is a word that a loop loads from an address that does not change, when the loop stores nothing, and leaves or goes on
 * by what was loaded: nothing but another core's store can end it. So are words read through the test-and-set window,
 * and those given to sim_sanitize_sync_word().
 */
#ifndef TL_SIM_SANITIZE_H
#define TL_SIM_SANITIZE_H

#include <stdio.h>

#include "tools/sim/observe_api.h"

typedef enum sim_finding_kind {
    SIM_FINDING_RACE,          /* two cores, or a core and a transfer that another starts later; one writes */
    SIM_FINDING_DMA_EARLY,     /* a core touches what a transfer writes, before it has seen the transfer's end */
    SIM_FINDING_DMA_SOURCE,    /* a core writes what a transfer reads, before it has seen the transfer's end */
    SIM_FINDING_DMA_OVERLAP,   /* two transfers under way touch the same memory, and one writes it */
    SIM_FINDING_UNINITIALISED, /* a load of bytes none of which was ever written */
    SIM_FINDING_STACK,         /* a core leaves its stack */
    SIM_FINDING_OUTSIDE,       /* a store outside every section and object */
    SIM_FINDING_CODE,          /* a store into a section with code */
    SIM_FINDING_MISALIGNED,
    SIM_FINDING_LOOP, /* a hardware loop breaks the rules of silicon */
    SIM_FINDING_KINDS
} sim_finding_kind;
extern const char *const sim_finding_names[SIM_FINDING_KINDS];

/* A call that led to a side of a finding. */
typedef struct sim_finding_caller {
    uint32_t pc; /* of the call */
    const char *function, *file;
    uint32_t line;
} sim_finding_caller;
#define SIM_FINDING_CALLERS 3

/* One of the two that meet in a finding. */
typedef struct sim_finding_side {
    int core;             /* 0 to 7, 8: the fabric controller, -1: there is no such side */
    int writes;           /* else it reads */
    int transfer;         /* not the core itself, but a transfer that it started at pc */
    uint32_t pc;          /* 0: not known */
    const char *function; /* NULL: not known */
    uint32_t offset;      /* of pc in function */
    const char *file;     /* of the source; NULL: not known (no -g, or a build without libdw) */
    uint32_t line;
    uint32_t callers; /* the innermost first; of a transfer, and of what a core does now */
    sim_finding_caller caller[SIM_FINDING_CALLERS];
} sim_finding_side;

typedef struct sim_finding {
    sim_finding_kind kind;
    sim_finding_side side[2]; /* [0] is the later one */
    uint64_t cycle;           /* the first time */
    uint64_t count;           /* words, or times */
    uint32_t address;         /* the first time; of a loop: its first instruction */
    const char *symbol;       /* of the address; NULL: none */
    uint32_t symbol_offset;
    char text[1000]; /* a sentence */
} sim_finding;

/*
 * Begins to check; before the program is loaded or after, best before it runs: what is in memory then counts as
 * written. Takes about 32 bytes for every byte of L1 and L2 that is used. Returns 0 when out of memory. Ends with the
 * observer.
 */
int sim_sanitize_begin(sim_observer *observer);

/*
 * What has been found up to now, each but once: the same kind at the same two places. In the order of finding. Names
 * are there until the next program is loaded.
 */
uint32_t sim_sanitize_findings(const sim_observer *observer, const sim_finding **list);
/* Findings for which there was no more room. */
uint64_t sim_sanitize_lost(const sim_observer *observer);
/* Is called at once at each new finding, in the middle of a run: it must not touch the machine. */
typedef void sim_finding_call(void *user, const sim_finding *finding);
void sim_sanitize_call(sim_observer *observer, sim_finding_call *call, void *user);
/*
 * A line for each pair of functions and what they do to each other, `most` at the most (0: all), then their number,
 * which is returned. Prints nothing when there are none.
 */
uint32_t sim_sanitize_print(const sim_observer *observer, FILE *to, uint32_t most);

/* What the program may write though its ELF file does not say so. Until the next program is loaded. */
void sim_sanitize_range(sim_observer *observer, uint32_t address, uint32_t bytes);
/* The stack of a core. Below it, `guard` bytes are nobody's. */
void sim_sanitize_stack(sim_observer *observer, uint32_t core, uint32_t address, uint32_t bytes, uint32_t guard);
/* This word orders those who store to it before those who load it. */
void sim_sanitize_sync_word(sim_observer *observer, uint32_t address);
/* This memory counts as never written from now on. */
void sim_sanitize_forget(sim_observer *observer, uint32_t address, uint32_t bytes);

#endif
