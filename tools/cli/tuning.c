/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/tuning.h"
#include "tools/cli/file.h"
#include "tools/cli/progress.h"
#include "tools/tune/predict.h"
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Set when somebody presses Ctrl-C: the run ends in order. */
static volatile sig_atomic_t stopped;

static void stop(int signal_number) {
    (void)signal_number;
    stopped = 1;
}

typedef struct run_state {
    double budget, start;
    progress bar;
} run_state;

static bool go_on(void *user, const tune_progress *p) {
    run_state *s = user;
    if (progress_due(&s->bar)) {
        char note[96];
        snprintf(note, sizeof note, "%u of %u problems, %llu measurements, %.1f %% to gain", p->done, p->problems,
                 (unsigned long long)p->measured, p->cycles > 0 ? 100.0 * p->gap / p->cycles : 0.0);
        progress_draw(&s->bar, (uint64_t)(1000.0 * p->part), note);
    }
    return !stopped && (s->budget <= 0 || progress_clock() - s->start < s->budget);
}

static bool open_wisdom(const tuning *t, wisdom *w, cli_error *error) {
    const char *path = t->wisdom ? t->wisdom : "tune.wisdom";
    size_t dropped = 0;
    plan_error why;
    if (!wisdom_keep(w, path, &dropped, &why))
        return cli_fail(error, CLI_INPUT, "%s", why.text);
    if (dropped)
        fprintf(stderr, "trainlib: the last line of %s was torn and is left out\n", path);
    return true;
}

bool tuning_engine(const tuning *t, const sim_machine *machine, engine **e, cli_error *error) {
    char probe[PATH_MAX];
    plan_error why;
    if (!t->probe && !file_locate("probe.elf", probe, sizeof probe, error))
        return false;
    *e = engine_create(t->probe ? t->probe : probe, machine, t->threads, &why);
    return *e || cli_fail(error, CLI_INPUT, "%s", why.text);
}

static bool run_with(const tuning *t, const layer_list *layers, const sim_machine *machine, engine *e, wisdom *w,
                     tuning_result *result, cli_error *error) {
    run_state state = {.budget = (double)t->budget, .start = progress_clock()};
    const cost_machine costs = {.fpus = machine->fpus, .dma_width = machine->dma_width};
    const tune_options options = {.effort = (tune_effort)t->effort,
                                  .measurements = t->measurements,
                                  .shard = t->shard,
                                  .shards = t->shards,
                                  .predict = predict_by_cost,
                                  .with = &costs,
                                  .go_on = go_on,
                                  .user = &state};
    plan_error why;
    if (options.effort != TUNE_ESTIMATE && !open_wisdom(t, w, error))
        return false;
    progress_begin(&state.bar, "tuning", 1000);
    const bool fine = tune_run(layers, e, w, &options, &result->plan, &result->progress, &why);
    progress_end(&state.bar);
    result->seconds = progress_clock() - state.start;
    snprintf(result->plan.machine, sizeof result->plan.machine, "%s", machine->name);
    return fine || cli_fail(error, CLI_INPUT, "%s", why.text);
}

bool tuning_run(const tuning *t, const layer_list *layers, const sim_machine *machine, tuning_result *result,
                cli_error *error) {
    const struct sigaction on_stop = {.sa_handler = stop};
    struct sigaction on_interrupt, on_end;
    engine *e = NULL;
    *result = (tuning_result){.seconds = 0};
    stopped = 0;
    sigaction(SIGINT, &on_stop, &on_interrupt);
    sigaction(SIGTERM, &on_stop, &on_end);
    wisdom *w = wisdom_create();
    const bool fine = (w || cli_out_of_memory(error)) && tuning_engine(t, machine, &e, error) &&
                      run_with(t, layers, machine, e, w, result, error);
    result->stopped = stopped;
    sigaction(SIGINT, &on_interrupt, NULL);
    sigaction(SIGTERM, &on_end, NULL);
    engine_destroy(e);
    wisdom_destroy(w);
    if (!fine)
        plan_file_free(&result->plan);
    return fine;
}

bool tuning_was_stopped(cli_error *error) {
    return cli_fail(error, CLI_INPUT, "stopped; all that was measured is kept, the same command goes on from there");
}

bool tuning_write_plan(const char *path, const plan_file *plan, cli_error *error) {
    const size_t bytes = plan_file_write(plan, NULL, 0);
    char *text = malloc(bytes + 1);
    if (!text)
        return cli_out_of_memory(error);
    plan_file_write(plan, text, bytes + 1);
    const bool fine = file_replace(path, text, bytes, error);
    free(text);
    return fine;
}
