/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one request of the probe (guest/probe.h) natively with any number of host threads, or on the simulator with 1 to
 * 8 cores, and looks after what a test should not have to think of: every buffer stands between guard words of a random
 * pattern; results and L1 start as NaNs; inputs, guards and the L1 beyond `l1_bytes` must be unchanged at the end.
 */
#ifndef TL_TESTS_HARNESS_H
#define TL_TESTS_HARNESS_H

#include "guest/probe.h"
#include "src/kernel/mm.h"
#include "tools/sim/sim.h"
#include <stdbool.h>

typedef struct harness harness;

enum { HARNESS_BUFFERS = TL_PROBE_BUFFERS, HARNESS_MESSAGE = 4096 };

typedef struct harness_buffer {
    const char *name;
    uint32_t bytes; /* 0: absent */
    const void *in; /* contents before; NULL: NaNs */
    void *out;      /* contents after are copied to here; NULL: they must be the same as before */
    uint32_t at;    /* the pointer that is handed over stands so many bytes into the buffer */
    uint32_t alias; /* 0: has its own memory; i + 1: is buffer i, for steps that may run in place */
    /*
     * Stands in L1, beyond the job's l1_bytes, if there is room. Natively one such buffer brings all of them there.
     */
    bool in_l1;
} harness_buffer;

/*
 * How a step is run: its calls are carried out, or written on tapes (tl/tape.h) and played from there, or played from
 * tapes that travel to reels in L1, whole or shortened. Matmuls are called. On the simulator tapes that there is no
 * room for are not made.
 */
typedef enum harness_way {
    HARNESS_CALLED,
    HARNESS_TAPED,
    HARNESS_STREAMED,
    HARNESS_SHORTENED,
    HARNESS_WAYS
} harness_way;
const char *harness_way_name(harness_way way);

typedef struct harness_job {
    tl_probe probe; /* offsets of buffers are filled in by the harness */
    /* As `buffer` in tl_probe; for TL_PROBE_MM: a, b, c, init, jump. */
    harness_buffer buffer[HARNESS_BUFFERS];
    uint32_t seed;       /* of the guards */
    uint32_t l1_bytes;   /* of the arena that may be written; 0: all of it */
    uint64_t max_cycles; /* 0: 50 million */
    harness_way way;
} harness_job;

typedef struct harness_result {
    tl_status status; /* what the step returned; TL_OK where it returns nothing */
    uint32_t cycles;  /* of the last run; 0 natively */
    char message[HARNESS_MESSAGE];
} harness_result;

typedef enum harness_place { HARNESS_NATIVE, HARNESS_SIM } harness_place;

/* `probe_elf` may be NULL: native runs only. `machine` may be NULL: pulp8. NULL when out of memory. */
harness *harness_create(const char *probe_elf, const sim_machine *machine);
void harness_destroy(harness *h);
/* From now on the simulator's sanitizer looks on; a run that it finds something in is a failed one. */
void harness_sanitize(harness *h);

/* Runs a job on so many threads (1 to 64) or cores (1 to 8). False: something is wrong, and `message` says what. */
bool harness_run(harness *h, harness_place place, uint32_t cores, const harness_job *job, harness_result *result);

/* The simulator behind it, booted: for counters, or to flush its caches. NULL and a message if it cannot be had. */
sim *harness_machine(harness *h, char *message, size_t bytes);

/* What a request asks for in one line: sizes, pass, plan. Returns text. */
const char *harness_describe(const tl_probe *probe, char *text, size_t bytes);

/* To and from a plan with a pointer. False: the kernel is not in mm.def. */
void harness_plan(const tl_probe *probe, tl_mm_plan *plan);
bool harness_set_plan(tl_probe *probe, const tl_mm_plan *plan);

/*
 * Whether every y[i] is within c * u / (1 - c * u) * sum[i] of expected[i], u = 2^-24: the rounding of `c` operations
 * whose terms have absolute values that add up to sum[i]. NaNs and infinities must be the same. False: `message` says
 * where it is worst.
 */
bool harness_near(const char *name, uint32_t n, const float *y, const double *expected, const double *sum, double c,
                  char *message, size_t bytes);
/* Whether two arrays are the same bits; NaNs of any payload are the same. */
bool harness_same(const char *name, uint32_t n, const float *a, const float *b, char *message, size_t bytes);

#endif
