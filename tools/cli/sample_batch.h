/* SPDX-License-Identifier: Apache-2.0 */
/* Samples as a project's steps take them: so many at once, with their labels. */
#ifndef TL_CLI_SAMPLE_BATCH_H
#define TL_CLI_SAMPLE_BATCH_H

#include "tools/cli/device.h"
#include "tools/cli/samples.h"

typedef struct sample_batch {
    const tl_project *project;
    const samples *set;
    float *x;                     /* of a step */
    float *y;                     /* its targets, where these are given */
    uint32_t *labels, *predicted; /* [project->batch]; predicted: behind a step or an inference */
} sample_batch;

/* False: nothing is left behind. */
bool batch_begin(sample_batch *b, const tl_project *project, const samples *set, cli_error *error);
void batch_end(sample_batch *b);

/* Puts a sample of the set in its place, from 0 to project->batch - 1. */
void batch_put(sample_batch *b, uint32_t place, uint32_t sample);
/* `parts` may be NULL (device_step_parts). */
bool batch_step(sample_batch *b, device *d, const tl_step_options *options, device_part *parts, device_reply *reply,
                cli_error *error);
bool batch_infer(sample_batch *b, device *d, cli_error *error);
/* How many of the first `count` samples were found to be what they are. */
uint32_t batch_right(const sample_batch *b, uint32_t count);

#endif
