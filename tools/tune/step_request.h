/* SPDX-License-Identifier: Apache-2.0 */
/* A problem and its plan as the probe carries them out: what every measurement and every picture of a step is made of.
 */
#ifndef TL_TUNE_STEP_REQUEST_H
#define TL_TUNE_STEP_REQUEST_H

#include "guest/probe.h"
#include "tools/plan/problem.h"

/*
 * Of the probe's heap, in bytes: tensors from its beginning, where who measures has put noise; behind them zeros, which
 * stand for labels, places of maxima and an optimiser's state before the first step; the homes of eight cores' tapes.
 */
enum {
    STEP_HEAP_TENSORS = 0x10C000,
    STEP_HEAP_ZEROS = 0x4000,
    STEP_HEAP_TAPES = 0x3C000,
    STEP_HEAP = STEP_HEAP_TENSORS + STEP_HEAP_ZEROS + STEP_HEAP_TAPES
};
/* A tape's reel in L1 has so many bytes a core, as the plan leaves room for. */
enum { STEP_REEL_LEAST = 544, STEP_REEL_MOST = 1088 };

/* Bytes of L1 that plans may take: the arena less the least reels. */
uint32_t step_l1_bytes(void);

/*
 * The request: from L2 to L2, warm, from streamed tapes whose homes stand in L2, on so many cores. `heap` is the
 * address of the probe's heap on the machine (symbol tl_probe_heap). A kernel of fixed strides must be patched for
 * request->plan.strides. TL_BAD_SIZES: the tensors do not fit the heap; TL_BAD_PLAN: the plan does not fit.
 */
tl_status step_request(const step_problem *problem, const step_plan *plan, uint32_t heap, uint32_t cores,
                       tl_probe *request);

/* Bytes of the tensors that the request reads and writes in L2, each once. */
typedef struct step_traffic {
    uint64_t in, out;
} step_traffic;
step_traffic step_bytes(const step_problem *problem);

#endif
