/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs measured sequences of assembly on the simulator, and sets the cycles beside the reference's: GVSoC's pulp-open
 * target, gvsoc-core ecf5fda6. In timing_*.def a measurement is
 *
 *   ROW(sequence, place, cores, FPUs, how to compare, least total, average total)
 *
 * Totals go from one mcycle read to the next; of several cores the slowest counts, least and average are over repeats.
 * place: where the cores' data lie. OWN: each core its own region, banks skewed by one. SAMEBANK: other words of one
 * bank. SAMEADDR: one word. ROWS1024, ROWS1028: one row for each core, that many bytes apart.
 * How to compare. EXACT: our least total is the reference's, give or take 1 cycle. SKEW: the reference's cores started
 * some unknown cycles apart, or read words that we do not know; from one of our ways to start, or with one of our
 * draws, our average lies between its least and average total, give or take 3 %. FETCH: the reference's instruction
 * cache threw out a line; the least total is that of one core, then as SKEW. CACHE: replacement is random; our least to
 * average overlaps the reference's, give or take 5 %.
 */
#ifndef TL_TEST_TIMING_BENCH_H
#define TL_TEST_TIMING_BENCH_H

#include <stdint.h>

enum { MAX_PASSES = 16, CORES = 8, FIRST_WARM = 3 };

/* How the cores start: cycles that each is late; AGAIN: as a first run without a barrier after it has left them. */
typedef enum start { TOGETHER, UPWARDS, DOWNWARDS, BY_TWO, AGAIN, STARTS } start;

typedef enum place { OWN, SAMEBANK, SAMEADDR, ROWS1024, ROWS1028 } place;
typedef struct job {
    const char *function;
    uint32_t cores, fpus, passes;
    start begin;
    int probe; /* 1: whether it runs is the question: a fault is neither printed nor counted */
    place at;
    uint32_t arguments[CORES][16];
} job;

typedef struct outcome {
    struct {
        uint32_t total, last;
    } of[MAX_PASSES][CORES];
} outcome;

typedef struct summary {
    uint32_t least, most;
    double average;
} summary;

/* How many comparisons of the running test failed; set it to 0 at its beginning. */
extern int bench_failures;
/* 1: the comparison is printed as a table. */
extern int bench_table;

/* Reads the programs, takes the options; not 0 when the test cannot run. */
int bench_open(int argc, char **argv, const char *elf_path);
void bench_close(void);

/* Runs a job on a machine of its own; 0 when it did not end well, which is printed and counts as a failure. */
int bench_run(const job *j, outcome *out);

summary bench_summary(const outcome *o, uint32_t first, uint32_t passes, uint32_t cores);

/* One line of the comparison, and the verdict. */
void bench_verdict(const char *name, uint32_t cores, const char *reference, const char *ours, double difference,
                   int good);
/* A single number against the reference's, with what may lie between. */
void bench_expect(const char *name, uint32_t cores, double reference, double ours, double tolerance);

#endif
