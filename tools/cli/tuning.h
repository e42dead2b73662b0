/* SPDX-License-Identifier: Apache-2.0 */
/* A run of the tuner, as tune and deploy have one: progress bar, wisdom file, Ctrl-C. */
#ifndef TL_CLI_TUNING_H
#define TL_CLI_TUNING_H

#include "tools/cli/error.h"
#include "tools/tune/tune.h"

typedef struct tuning {
    const char *wisdom, *probe; /* files; NULL: tune.wisdom here, the probe built with this program */
    float budget;               /* seconds; 0: as long as it takes */
    uint32_t effort;            /* a tune_effort */
    uint32_t measurements;      /* of a problem, at the most */
    uint32_t threads;           /* simulated machines at a time; 0: one a core */
    uint32_t shard, shards;     /* which part of the problems; 0: all */
} tuning;

enum { TUNING_MEASUREMENTS = 128 };
#define TUNING_DEFAULTS {.effort = TUNE_MEASURE, .measurements = TUNING_MEASUREMENTS}

typedef struct tuning_result {
    plan_file plan;
    tune_progress progress;
    double seconds;
    bool stopped; /* somebody pressed Ctrl-C: the plan is the best of what has been measured */
} tuning_result;

/* What measures on this machine. */
bool tuning_engine(const tuning *t, const sim_machine *machine, engine **e, cli_error *error);
/* When it returns true, the caller frees result->plan. */
bool tuning_run(const tuning *t, const layer_list *layers, const sim_machine *machine, tuning_result *result,
                cli_error *error);
/* Its sentence. */
bool tuning_was_stopped(cli_error *error);
bool tuning_write_plan(const char *path, const plan_file *plan, cli_error *error);

#endif
