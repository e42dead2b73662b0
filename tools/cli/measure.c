/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/measure.h"
#include <stdlib.h>
#include <string.h>

/* Runs the steps in one configuration; `params` is where they end. */
static bool run(device *d, const tl_project *project, const measure_input *input, uint32_t plan, device_part *parts,
                float *params, cli_error *error) {
    tl_step_options options = input->options;
    options.plan = plan;
    device_reply reply = {0};
    if (!device_load(d, input->params, error))
        return false;
    for (uint32_t i = 0; i < MEASURE_STEPS; ++i) {
        const float *x = input->x + (size_t)i * project->inputs;
        bool last = i + 1 == MEASURE_STEPS;
        if (!(last ? device_step_parts(d, &options, x, input->labels[i], parts, &reply, error)
                   : device_step(d, &options, x, input->labels[i], &reply, error)))
            return false;
        if (reply.status != TL_OK)
            return cli_fail(error, CLI_INPUT, "a measured step failed: %s", status_text(reply.status));
    }
    return device_read(d, params, error);
}

static bool run_all(const tl_project *project, const char *firmware, const measure_input *input, measure *m,
                    float *params, cli_error *error) {
    for (int c = 0; c < MEASURE_CONFIGS; ++c) {
        device *d = device_open_sim(project, firmware, input->machine, c == MEASURE_ONE_CORE ? 1 : input->cores, error);
        bool fine =
            d && run(d, project, input, c == MEASURE_PLAIN, m->parts[c], params + (size_t)c * project->params, error);
        if (fine && c == MEASURE_TEAM)
            fine = device_get_memory(d, &m->memory, error);
        device_close(d);
        if (!fine)
            return false;
    }
    /* Bits, so that 0 and -0 differ. */
    m->same_weights = memcmp(params, params + project->params, project->params * sizeof *params) == 0;
    return true;
}

bool measure_step(const tl_project *project, const char *firmware, const measure_input *input, measure *m,
                  cli_error *error) {
    *m = (measure){0};
    for (uint32_t i = 0; i < project->part_count; ++i)
        m->macs += project->parts[i].macs;
    float *params = calloc((size_t)MEASURE_CONFIGS * project->params, sizeof *params);
    bool fine = params;
    for (int c = 0; c < MEASURE_CONFIGS; ++c) {
        m->parts[c] = calloc(project->part_count + 1, sizeof *m->parts[c]);
        fine = fine && m->parts[c];
    }
    fine = fine ? run_all(project, firmware, input, m, params, error) : cli_out_of_memory(error);
    free(params);
    if (!fine)
        measure_free(m);
    return fine;
}

void measure_free(measure *m) {
    for (int c = 0; c < MEASURE_CONFIGS; ++c)
        free(m->parts[c]);
    *m = (measure){0};
}
