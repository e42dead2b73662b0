/* SPDX-License-Identifier: Apache-2.0 */
/* Every plan that a problem may have, as far as anyone would want to know, the most promising first. */
#ifndef TL_TUNE_CANDIDATES_H
#define TL_TUNE_CANDIDATES_H

#include "tools/plan/problem.h"

typedef struct candidate {
    step_plan plan;
    float predicted; /* cycles */
} candidate;

typedef struct candidate_list {
    candidate *of; /* by predicted cycles, then in the order in which they were thought of */
    uint32_t count;
    uint32_t legal; /* plans that were found to be legal, those that are not kept among them */
} candidate_list;

enum { CANDIDATES_KEPT = 4096 };

/* About how many cycles the step takes from L2 to L2, without any measurement. */
typedef float predict_cycles(const void *with, const step_problem *problem, const step_plan *plan);

/*
 * All tiles worth a thought x kernels in reach x orders x buffers x slices that can run in `l1_bytes`; the library's
 * own plan always among them. The same list for the same input. False: out of memory, or there is no plan at all.
 */
bool candidates_find(const step_problem *problem, uint32_t l1_bytes, predict_cycles *predict, const void *with,
                     candidate_list *list);
void candidates_free(candidate_list *list);
/* The place of a plan in the list; list->count: it is not there. */
uint32_t candidates_place(const candidate_list *list, const step_plan *plan);
bool plans_equal(const step_plan *a, const step_plan *b);

#endif
