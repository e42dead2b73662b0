/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/sample_batch.h"
#include <stdlib.h>
#include <string.h>

bool batch_begin(sample_batch *b, const tl_project *project, const samples *set, cli_error *error) {
    *b = (sample_batch){.project = project,
                        .set = set,
                        .x = calloc(project->inputs, sizeof *b->x),
                        .y = calloc((size_t)project->batch * set->targets + 1, sizeof *b->y),
                        .labels = calloc(project->batch, sizeof *b->labels),
                        .predicted = calloc(project->batch, sizeof *b->predicted)};
    if (b->x && b->y && b->labels && b->predicted)
        return true;
    batch_end(b);
    return cli_out_of_memory(error);
}

void batch_end(sample_batch *b) {
    free(b->x);
    free(b->y);
    free(b->labels);
    free(b->predicted);
    *b = (sample_batch){0};
}

void batch_put(sample_batch *b, uint32_t place, uint32_t sample) {
    const size_t inputs = b->set->inputs, targets = b->set->targets;
    memcpy(b->x + place * inputs, b->set->x + sample * inputs, inputs * sizeof *b->x);
    if (targets)
        memcpy(b->y + place * targets, b->set->y + sample * targets, targets * sizeof *b->y);
    b->labels[place] = b->set->labels[sample];
}

/* One label goes with the request; several stand in the project's memory, as do the classes that it has found. */
static bool take_predicted(sample_batch *b, device *d, const device_reply *reply, cli_error *error) {
    const tl_project *p = b->project;
    b->predicted[0] = reply->result.predicted;
    return p->batch == 1 || device_peek(d, p->predicted_offset, b->predicted, p->batch * sizeof *b->predicted, error);
}

bool batch_step(sample_batch *b, device *d, const tl_step_options *options, device_part *parts, device_reply *reply,
                cli_error *error) {
    const tl_project *p = b->project;
    if (b->set->targets &&
        !device_poke(d, p->params_offset + p->kept_bytes, b->y, p->batch * b->set->targets * sizeof *b->y, error))
        return false;
    if (p->batch > 1 && !device_poke(d, p->labels_offset, b->labels, p->batch * sizeof *b->labels, error))
        return false;
    return (parts ? device_step_parts(d, options, b->x, b->labels[0], parts, reply, error)
                  : device_step(d, options, b->x, b->labels[0], reply, error)) &&
           take_predicted(b, d, reply, error);
}

bool batch_infer(sample_batch *b, device *d, cli_error *error) {
    device_reply reply;
    return device_infer(d, b->x, &reply, error) && take_predicted(b, d, &reply, error);
}

uint32_t batch_right(const sample_batch *b, uint32_t count) {
    uint32_t right = 0;
    for (uint32_t i = 0; i < count; ++i)
        right += b->predicted[i] == b->labels[i];
    return right;
}
