/* SPDX-License-Identifier: Apache-2.0 */
/* What a training step of the demo does on the cluster, seen from inside. */
#include "tools/cli/demo.h"
#include "tools/cli/text.h"
#include <stdlib.h>

enum { WARM_STEPS = 2 };

static bool step(const demo *d, device *cluster, uint32_t i, cli_error *error) {
    const demo_options *o = &d->options;
    const tl_step_options options = {.rate = o->rate, .momentum = o->momentum};
    float x[DATASET_PIXELS];
    uint32_t label = dataset_sample(&d->train, d->order[i % o->images], x);
    device_reply reply;
    return device_step(cluster, &options, x, label, &reply, error);
}

/* Parts as marks of the timeline: 1 to part_count, and one behind the last. */
static const char *const *mark_names(const tl_project *project, text *names, const char **list) {
    for (uint32_t i = 0; i < project->part_count; i++) {
        names[i] = text_of("%.20s %.20s", project->parts[i].layer, project->parts[i].pass);
        list[i] = names[i].s;
    }
    list[project->part_count] = "end of the step";
    return list;
}

static bool run(const demo *d, device *cluster, sim_view *view, uint32_t steps, cli_error *error) {
    bool fine = device_load(cluster, d->params, error);
    for (uint32_t i = 0; fine && i < WARM_STEPS; i++)
        fine = step(d, cluster, i, error);
    fine = fine && sim_view_begin(view, device_machine(cluster), error);
    for (uint32_t i = 0; fine && i < steps; i++)
        fine = step(d, cluster, WARM_STEPS + i, error);
    if (!fine)
        return false;
    FILE *to = d->options.json ? stderr : stdout;
    fprintf(to, "\n%u training step%s, from inside\n\n", steps, steps > 1 ? "s" : "");
    return sim_view_end(view, to, NULL, error);
}

bool demo_look(const demo *d, sim_view *view, uint32_t steps, cli_error *error) {
    uint32_t marks = d->project->part_count + 1;
    text *names = calloc(marks, sizeof *names);
    const char **list = calloc(marks, sizeof *list);
    bool fine = (names && list) || cli_out_of_memory(error);
    if (fine) {
        view->mark_names = mark_names(d->project, names, list);
        view->marks = marks;
        device *cluster = device_open_sim(d->project, d->firmware, &d->machine, d->options.cores, error);
        fine = cluster && run(d, cluster, view, steps, error);
        sim_view_drop(view);
        device_close(cluster);
    }
    free(names);
    free(list);
    return fine;
}
