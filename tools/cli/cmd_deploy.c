/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/commands.h"
#include "tools/cli/project_deploy.h"
#include "tools/cli/project_settings.h"
#include "tools/cli/text.h"
#include "tools/cli/tuning.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Letters, digits and _ that C takes as the beginning of names, and no name that the project or the library has. */
static bool check_prefix(const char *prefix, cli_error *error) {
    static const char *const taken[] = {"main", "firmware", "weights", "native", "cluster", "tl"};
    const size_t fit = strspn(prefix, "abcdefghijklmnopqrstuvwxyz_0123456789");
    if (!*prefix || prefix[fit] || (*prefix >= '0' && *prefix <= '9') || strlen(prefix) >= PLAN_NAME)
        return cli_fail(error, CLI_USAGE,
                        "the prefix \"%.60s\" is not one: small letters, digits and _, a letter first; see --prefix",
                        prefix);
    for (uint32_t i = 0; i < sizeof taken / sizeof taken[0]; ++i)
        if (strcmp(prefix, taken[i]) == 0 || strncmp(prefix, "tl_", 3) == 0)
            return cli_fail(error, CLI_USAGE,
                            "the prefix \"%s\" is taken by the project itself: name another one with --prefix", prefix);
    return true;
}

/* Tunes the schedule's own steps; the result is in `found`. */
static bool tune(const net_model *network, const train_schedule *schedule, const char *machine_name, const tuning *how,
                 tuning_result *found, cli_error *error) {
    sim_machine machine;
    layer_list layers;
    plan_error why;
    const size_t bytes = schedule_layers(network, schedule, NULL, 0);
    char *lines = malloc(bytes + 1);
    if (!lines)
        return cli_out_of_memory(error);
    schedule_layers(network, schedule, lines, bytes + 1);
    const bool read = layers_read(lines, bytes, network->name, &layers, &why);
    free(lines);
    if (!read)
        return cli_fail(error, CLI_OURS, "%s", why.text);
    bool fine = machine_option(machine_name, &machine, error) && tuning_run(how, &layers, &machine, found, error);
    layers_free(&layers);
    if (fine && found->stopped) {
        plan_file_free(&found->plan);
        fine = tuning_was_stopped(error);
    }
    return fine;
}

/* The schedule again, with plans of its own, which are left beside it. */
static bool schedule_tuned(const net_model *network, schedule_settings *settings, const tuning *how, const char *out,
                           train_schedule *schedule, cli_error *error) {
    tuning_result found;
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s.plan", out) >= (int)sizeof path)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", out);
    if (!tune(network, schedule, settings->machine, how, &found, error))
        return false;
    settings->tuned = &found.plan;
    schedule_free(schedule);
    bool fine = schedule_of(network, settings, schedule, error);
    settings->tuned = NULL;
    if (fine && !(fine = tuning_write_plan(path, &found.plan, error)))
        schedule_free(schedule);
    if (fine)
        printf("%s: plans tuned in %.1f s, %llu measured\n", path, found.seconds,
               (unsigned long long)found.progress.measured);
    plan_file_free(&found.plan);
    return fine;
}

int cmd_deploy(int argc, char **argv) {
    model_options model = MODEL_DEFAULTS;
    schedule_settings settings = SCHEDULE_DEFAULTS;
    project_settings own = PROJECT_DEFAULTS;
    project_options *const project = &own.project;
    tuning how = TUNING_DEFAULTS;
    bool tuned = false;
    const char *out = NULL, *path = NULL;
    const cli_option options[] = {
        {"out", CLI_TEXT, &out, "DIR", "the project's folder (the model's name)", 0, 0},
        {"prefix", CLI_TEXT, &project->prefix, "NAME", "of all names in C (the model's name)", 0, 0},
        MODEL_OPTIONS(&model),
        SCHEDULE_OPTIONS(&settings),
        PROJECT_OPTIONS(&own),
        {"tune", CLI_FLAG, &tuned, NULL, "find plans first, as 'trainlib tune' does; they go to DIR.plan", 0, 0},
        {"budget", CLI_REAL, &how.budget, "SECONDS", "... for no longer than this", 0, 1e9},
        {"wisdom", CLI_TEXT, &how.wisdom, "FILE", "what is known, and is kept (tune.wisdom)", 0, 0},
        {"decay", CLI_REAL, &project->decay, "X", "weight decay (0)", 0, 1},
        {"beta1", CLI_REAL, &project->beta1, "X", "Adam's (0.9)", 0, 0.999999},
        {"beta2", CLI_REAL, &project->beta2, "X", "Adam's (0.999)", 0, 0.999999},
        {"epsilon", CLI_REAL, &project->epsilon, "X", "Adam's (1e-8)", 1e-30, 1},
    };
    const cli_command command = {
        .name = "deploy",
        .usage = "MODEL.onnx [OPTION...]",
        .summary = "Writes a C project that trains an ONNX model: on the cluster and natively, all memory static.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .examples = "  trainlib model resnet8\n"
                    "  trainlib deploy resnet8.onnx --plan bench/plans/resnet8.pulp8.plan\n"
                    "  trainlib deploy mine.onnx --tune --machine pulp-open --budget 60\n"
                    "  make -C resnet8 native cluster\n",
        .positionals = 1,
    };
    cli_error error;
    net_model network;
    train_schedule schedule;
    int code;
    if (!cli_go(&command, argc, argv, &path, &code))
        return code;
    if (tuned && settings.plan) {
        cli_fail(&error, CLI_USAGE, "--plan and --tune: plans are read or found, not both");
        return cli_report(&command, &error);
    }
    if (!model_read(path, &model, &network, &error))
        return cli_report(&command, &error);
    const bool told = project_settings_apply(&own, &network, &settings, &error);
    if (!project->prefix)
        project->prefix = network.name;
    if (!out)
        out = project->prefix;
    const bool made =
        told && check_prefix(project->prefix, &error) && schedule_of(&network, &settings, &schedule, &error);
    bool fine = made && (!tuned || schedule_tuned(&network, &settings, &how, out, &schedule, &error));
    if (fine) {
        fine = project_deploy(path, out, &network, &schedule, (uint32_t)settings.l2, project, &error);
        if (fine)
            printf("%s: %u steps, %s MAC forward, %s bytes of data\nnext: make -C %s native cluster\n", out,
                   schedule.count, text_count(model_macs(&network)).s, text_count(schedule.total_bytes).s, out);
    }
    if (made)
        schedule_free(&schedule);
    network_free(&network);
    project_settings_free(&own);
    return fine ? cli_finish(&command) : cli_report(&command, &error);
}
