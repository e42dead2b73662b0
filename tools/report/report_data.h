/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a report tells, and nothing of where it is from: a model's training step on a machine, with every step's cycles
 * by the plans that are compared. All text may hold any bytes; 0 stands for a number that is not known. Nothing here is
 * owned: strings and arrays live as long as the data is used.
 */
#ifndef TL_REPORT_DATA_H
#define TL_REPORT_DATA_H

#include <stdint.h>

/* What a step's cycles were measured with. */
typedef enum report_by {
    REPORT_TUNED,    /* the tuner's plan */
    REPORT_DEFAULT,  /* the library's rule, without measuring */
    REPORT_SINGLE,   /* the best single plan for all steps */
    REPORT_ONE_SIZE, /* one-size-fits-all, as bench/ fixes it */
    REPORT_NAIVE,    /* naive, as bench/ fixes it */
    REPORT_BYS
} report_by;

/* One pass of one layer, or of `times` layers that are equal; figures are those of one. */
typedef struct report_step {
    const char *layer, *pass; /* "conv1", "forward" */
    const char *problem;      /* its sizes, as "conv 3x3 16-16 32x32" */
    const char *plan;         /* the tuner's, as a line of text; NULL: not known */
    uint32_t times;           /* 0 is 1 */
    uint64_t macs;            /* multiply-accumulates by the formula; 0: it has none */
    uint64_t in, out;         /* bytes that must come from L2, and go there, each once */
    uint64_t bound;           /* cycles it cannot do without */
    uint64_t predicted;       /* cycles that the cost model says of the tuner's plan */
    uint64_t cycles[REPORT_BYS];
} report_step;

/* Cycles of tiles (rows) with kernels (columns); 0: it does not fit, or was not measured. */
typedef struct report_heat {
    const char *title;
    uint32_t rows, columns;
    const char *const *row, *const *column;
    const uint64_t *cycles; /* [rows][columns] */
} report_heat;

/* A problem's search: best[i] is the best cycles after i + 1 measurements. */
typedef struct report_trail {
    const char *name;
    uint32_t count;
    const uint64_t *best;
    uint64_t optimum; /* by an exhaustive walk; 0: the last of best stands for it */
} report_trail;

typedef enum report_doing {
    REPORT_COMPUTES,
    REPORT_WAITS_DMA,
    REPORT_WAITS_OTHERS, /* at a barrier */
    REPORT_FETCHES,      /* misses in the instruction caches */
    REPORT_TRANSFERS,
    REPORT_DOINGS
} report_doing;

typedef struct report_span {
    uint64_t from, to; /* cycles, [from, to) */
    uint32_t track;
    report_doing doing;
} report_span;

typedef struct report_timeline {
    const char *title;
    uint64_t cycles;
    uint32_t tracks, spans;
    const char *const *track;
    const report_span *span; /* any order; those of a track do not overlap, but where transfers do */
} report_timeline;

enum { REPORT_CORES = 8 };

/* A step, or the whole, by a team of 1 to 8 cores. */
typedef struct report_scaling {
    const char *name;
    uint64_t cycles[REPORT_CORES];
} report_scaling;

typedef struct report_data {
    const char *model, *machine;  /* names */
    const char *setting;          /* as "batch 1, f32, all tensors in L2, update fused" */
    const char *made_by;          /* the command that made the report */
    const char *made_with;        /* versions of what the cycles depend on */
    uint32_t cores, fpus;         /* of the machine */
    uint32_t dma_width;           /* bytes a cycle, each direction */
    double kernel_peak;           /* MAC/clk of all cores in the library's best inner loop */
    const char *note[REPORT_BYS]; /* what each of the plans is, in a sentence; NULL: the report's own words */
    uint32_t problems;            /* different ones among the steps */
    uint64_t measurements;        /* for all of them */
    double seconds;               /* that tuning took */
    double gap;                   /* of the step, a fraction that the tuner expects is left; below 0: not known */
    uint32_t steps, trails, heats, timelines, scalings;
    const report_step *step;
    const report_trail *trail;
    const report_heat *heat;
    const report_timeline *timeline;
    const report_scaling *scaling;
} report_data;

#endif
