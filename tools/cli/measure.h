/* SPDX-License-Identifier: Apache-2.0 */
/* Exact cycles of a training step on simulated clusters. */
#ifndef TL_CLI_MEASURE_H
#define TL_CLI_MEASURE_H

#include "tools/cli/device.h"

enum { MEASURE_STEPS = 3, MEASURE_CONFIGS = 3 };

/* The configurations that are compared. */
typedef enum measure_config { MEASURE_TEAM, MEASURE_ONE_CORE, MEASURE_PLAIN } measure_config;

typedef struct measure {
    device_part *parts[MEASURE_CONFIGS]; /* project->part_count and one for the whole step */
    uint64_t macs;                       /* of a step */
    bool same_weights;                   /* the team and the one core ended in the same parameters, to the bit */
    device_memory memory;
} measure;

/* The steps: MEASURE_STEPS samples in a row, all project->inputs long. */
typedef struct measure_input {
    const float *params; /* to start from, optimiser reset */
    const float *x;
    const uint32_t *labels;
    tl_step_options options; /* plan is ignored */
    const sim_machine *machine;
    uint32_t cores; /* of the team */
} measure_input;

/*
 * Runs the same steps from the same state on a team, on one core, and on a team with the plain plan; the last step,
 * when the instruction caches are warm, is the one measured.
 */
bool measure_step(const tl_project *project, const char *firmware, const measure_input *input, measure *m,
                  cli_error *error);
void measure_free(measure *m);

#endif
