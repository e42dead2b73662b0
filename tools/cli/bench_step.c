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
            const tl_part *part = &project->parts[i];
            const bool all = i == project->part_count;
            bench_case added = {.cores = c == MEASURE_ONE_CORE ? 1 : BENCH_TEAM,
                                .cycles = m->parts[c][i].cycles,
                                .macs = all ? m->macs : part->macs};
            snprintf(added.name, sizeof added.name, "%s/%s/%s%s%s", project->name, configs[c],
                     all ? "step" : part->layer, all ? "" : ".", all ? "" : part->pass);
            if (bench_wants(list, added.name))
                fine = bench_add(list, &added, error);
        }
    return fine;
}

/* Whether any case of the step is to be run: all names are "PROJECT/CONFIG/...". */
static bool any_wanted(const bench_list *list, const tl_project *project, cli_error *error) {
    bench_list trial = {.filter = list->filter};
    measure none = {0};
    device_part *parts = calloc(project->part_count + 1, sizeof *parts);
    bool fine = parts;
    for (int c = 0; c < MEASURE_CONFIGS; ++c)
        none.parts[c] = parts;
    fine = fine && add_step(&trial, project, &none, error);
    fine = !fine || trial.count > 0;
    bench_free(&trial);
    free(parts);
    return fine;
}

bool bench_step(bench_list *list, const char *firmware, const sim_machine *machine, cli_error *error) {
    const tl_project *project = &fashion_project;
    if (!any_wanted(list, project, error))
        return true;
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
