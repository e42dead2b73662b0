/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many cycles a step takes, by counting and without running anything: from L2 to L2, from a tape, on eight cores.
 * The counts stand in docs/kernels.md and docs/tiling.md; what cannot be counted (banks, cold code, what a tile costs)
 * are constants that were fitted to measurements: see docs/tiling.md, "The cost model".
 */
#ifndef TL_COST_COST_H
#define TL_COST_COST_H

#include "tools/plan/problem.h"

/* What of a machine the model knows. */
typedef struct cost_machine {
    uint32_t fpus;      /* of eight cores: core i has unit i mod fpus */
    uint32_t dma_width; /* bytes that the DMA moves in a cycle, each way */
} cost_machine;

/* Cycles of a step whose plan is of kind STEP_PLAN_MM, and legal. */
float cost_mm(const cost_machine *machine, const step_problem *problem, const tl_mm_plan *plan);

/* The model's constants, in cycles where nothing else is said; bench/walks tell how good they are. */
typedef struct cost_constants {
    float call, strip;      /* of a kernel: a call with its cold lines, a strip of rows */
    float block, edge, run; /* a whole block; one at an edge, or of several runs, more; a run behind the first */
    float tile, barrier;    /* a tile's barrier, tape and transfers; a barrier more */
    float segment;          /* of the DMA: a row */
    /* Part of the steps that waits for banks: rows 16, 4, any words apart; of the cycles in which the DMA moves. */
    float bank_sixteen, bank_four, bank_any, bank_moved;
    /* Where cores share a unit: part of a core's instructions beside the steps that adds; of the unit's that is lost */
    float fpu_own, fpu_other;
} cost_constants;

extern const cost_constants cost_of_pulp;

/* As cost_mm, with other constants: for who fits them. */
float cost_mm_by(const cost_constants *k, const cost_machine *machine, const step_problem *problem,
                 const tl_mm_plan *plan);

/* The same of a depthwise convolution. */
typedef struct cost_planes_constants {
    float call, channel; /* of a kernel: a call, a channel's block of columns */
    float tile, barrier;
    float waits;  /* part of the steps, for banks and cold lines */
    float shared; /* where cores share a unit: part of a core's other instructions that adds */
} cost_planes_constants;

extern const cost_planes_constants cost_planes_of_pulp;

float cost_planes(const cost_machine *machine, const step_problem *problem, const tl_planes_plan *plan);
float cost_planes_by(const cost_planes_constants *k, const cost_machine *machine, const step_problem *problem,
                     const tl_planes_plan *plan);

/* The other steps, in cost_map.c, cost_channels.c, cost_stream.c, cost_window.c. */
float cost_map(const cost_machine *machine, const step_problem *problem, const tl_map_plan *plan);
float cost_rows(const cost_machine *machine, const step_problem *problem);
float cost_channels(const cost_machine *machine, const step_problem *problem, const tl_channels_plan *plan);
float cost_stream(const cost_machine *machine, const step_problem *problem, const tl_stream_plan *plan);
float cost_window(const cost_machine *machine, const step_problem *problem, const tl_window_plan *plan);

/* Bytes of its short tape (tl/tape.h), eight cores'; sums over a network's steps are within a tenth. */
float cost_tape(const step_problem *problem, const step_plan *plan);

/* Any step, by any legal plan of its kind. */
float cost_step(const cost_machine *machine, const step_problem *problem, const step_plan *plan);

#endif
