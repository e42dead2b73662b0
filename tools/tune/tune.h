/* SPDX-License-Identifier: Apache-2.0 */
/* Tuning a list of layers: equal problems once, the next measurements where the whole step's saving may be largest. */
#ifndef TL_TUNE_TUNE_H
#define TL_TUNE_TUNE_H

#include "tools/plan/plan_file.h"
#include "tools/tune/candidates.h"
#include "tools/tune/engine.h"

typedef enum tune_effort { TUNE_ESTIMATE, TUNE_MEASURE, TUNE_EXHAUSTIVE } tune_effort;

typedef struct tune_progress {
    uint32_t problems, done; /* different ones; those that are finished */
    uint64_t plans;          /* that were looked at without measuring them */
    uint64_t measured;       /* on machines in this run */
    uint64_t known;          /* that wisdom knew already */
    double part;             /* of the work, 0 to 1, as far as one can tell */
    double cycles, gap;      /* of the whole step as it is now; what is expected to be left to gain of it */
} tune_progress;

typedef struct tune_options {
    tune_effort effort;
    uint32_t measurements;  /* a problem, at the most */
    uint32_t shard, shards; /* only every shards-th problem, from number `shard` (of 1 to shards) on */
    predict_cycles *predict;
    const void *with;
    /* Called after every round of measurements, and now and then before; false: stop. All that is known is kept. */
    bool (*go_on)(void *user, const tune_progress *progress);
    void *user;
} tune_options;

/*
 * Fills in the plan, whose name of the machine is the caller's. It depends on layers, machine, code, options and what
 * wisdom held at the beginning; not on threads or time, if go_on always returns true; and not on where a run was cut
 * off whose wisdom it goes on from. A better plan that wisdom holds is taken. False: error->text.
 */
bool tune_run(const layer_list *layers, engine *e, wisdom *w, const tune_options *options, plan_file *plan,
              tune_progress *progress, plan_error *error);

#endif
