/* SPDX-License-Identifier: Apache-2.0 */
#include "examples/fashion/net.h"
#include "src/base/random.h"
#include "tools/cli/bench.h"
#include "tools/cli/measure.h"
#include "tools/cli/streams.h"
#include "tools/cli/tensor.h"
#include <stdlib.h>

enum { SEED = 1 };

static bool add_step(bench_list *list, const tl_project *project, const measure *m, cli_error *error) {
    static const char *const configs[MEASURE_CONFIGS] = {"8-cores", "1-core", "8-cores-plain"};
    bool fine = true;
    for (int c = 0; c < MEASURE_CONFIGS; ++c)
        for (uint32_t i = 0; i <= project->part_count && fine; ++i) {
            char name[sizeof list->cases->name];
            const tl_part *part = &project->parts[i];
            if (i == project->part_count)
                snprintf(name, sizeof name, "%s/%s/step", project->name, configs[c]);
            else
                snprintf(name, sizeof name, "%s/%s/%s.%s", project->name, configs[c], part->layer, part->pass);
            fine = bench_add(list, name, m->parts[c][i].cycles, i == project->part_count ? m->macs : part->macs, error);
        }
    return fine;
}

bool bench_step(bench_list *list, const char *firmware, const sim_machine *machine, cli_error *error) {
    const tl_project *project = &fashion_project;
    uint32_t inputs = MEASURE_STEPS * project->inputs, labels[MEASURE_STEPS];
    float *params = calloc(project->params, sizeof *params), *x = calloc(inputs, sizeof *x);
    bool fine = params && x ? true : cli_out_of_memory(error);
    if (fine) {
        tensor_init(project, SEED, params);
        for (uint32_t i = 0; i < inputs; ++i)
            x[i] = 2.0f * tl_random_unit(SEED, STREAM_BENCH, i) - 1.0f;
        for (uint32_t i = 0; i < MEASURE_STEPS; ++i)
            labels[i] = i % project->classes;
        measure_input input = {.params = params,
                               .x = x,
                               .labels = labels,
                               .machine = machine,
                               .cores = BENCH_TEAM,
                               .options = {.rate = 0.01f, .momentum = 0.9f}};
        measure m = {0};
        fine = measure_step(project, firmware, &input, &m, error) && add_step(list, project, &m, error);
        if (fine && !m.same_weights)
            fine = cli_fail(error, CLI_OURS, "one core ended in other weights than %d cores", BENCH_TEAM);
        measure_free(&m);
    }
    free(params);
    free(x);
    return fine;
}
