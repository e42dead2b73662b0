/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measuring plans on simulated machines, one on each host thread. Every measurement starts from the same state,
 * booted, with empty instruction caches; so results depend on nothing but machine, code, problem and plan.
 */
#ifndef TL_TUNE_ENGINE_H
#define TL_TUNE_ENGINE_H

#include "tools/sim/sim.h"
#include "tools/tune/wisdom.h"

typedef struct engine engine;

/* A plan to be measured, given up if it takes more than `limit` cycles (0: never). */
typedef struct trial {
    const step_problem *problem;
    const step_plan *plan;
    uint64_t limit;
    wisdom_result result;
} trial;

/* NULL: error->text says why. `firmware`: the probe. threads 0: as many as the host has cores. */
engine *engine_create(const char *firmware, const sim_machine *machine, uint32_t threads, plan_error *error);
void engine_destroy(engine *e);
/* Hashes of the machine's settings, and of the code that runs. */
wisdom_place engine_place(const engine *e);
uint32_t engine_threads(const engine *e);
/* Fills in all results. False: the probe went wrong, error->text says how. */
bool engine_run(engine *e, trial *trials, uint32_t count, plan_error *error);

#endif
