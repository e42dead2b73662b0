/* SPDX-License-Identifier: Apache-2.0 */
/* How many cycles a step takes, as far as that is known without measuring it: what ranks the candidates. */
#ifndef TL_TUNE_PREDICT_H
#define TL_TUNE_PREDICT_H

#include "tools/cost/cost.h"
#include "tools/tune/candidates.h"

/* A predict_cycles; `with`: the machine, a const cost_machine (NULL: pulp8). */
float predict_by_cost(const void *with, const step_problem *problem, const step_plan *plan);

#endif
