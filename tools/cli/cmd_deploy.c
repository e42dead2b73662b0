/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/commands.h"
#include "tools/cli/project_deploy.h"
#include "tools/cli/schedule_file.h"
#include "tools/cli/text.h"
#include <string.h>

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

int cmd_deploy(int argc, char **argv) {
    model_options model = MODEL_DEFAULTS;
    schedule_settings settings = SCHEDULE_DEFAULTS;
    project_options project = {.beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f};
    const char *out = NULL, *path = NULL;
    const cli_option options[] = {
        {"out", CLI_TEXT, &out, "DIR", "the project's folder (the model's name)", 0, 0},
        {"prefix", CLI_TEXT, &project.prefix, "NAME", "of all names in C (the model's name)", 0, 0},
        MODEL_OPTIONS(&model),
        SCHEDULE_OPTIONS(&settings),
        {"guard", CLI_FLAG, &project.guard, NULL,
         "each step tells if what it leaves is not finite, at the cost of a look", 0, 0},
        {"decay", CLI_REAL, &project.decay, "X", "weight decay (0)", 0, 1},
        {"beta1", CLI_REAL, &project.beta1, "X", "Adam's (0.9)", 0, 0.999999},
        {"beta2", CLI_REAL, &project.beta2, "X", "Adam's (0.999)", 0, 0.999999},
        {"epsilon", CLI_REAL, &project.epsilon, "X", "Adam's (1e-8)", 1e-30, 1},
    };
    const cli_command command = {
        .name = "deploy",
        .usage = "MODEL.onnx [OPTION...]",
        .summary = "Writes a C project that trains an ONNX model: on the cluster and natively, all memory static.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .examples = "  trainlib model resnet8\n"
                    "  trainlib deploy resnet8.onnx --plan bench/plans/resnet8.pulp8.plan\n"
                    "  make -C resnet8 native cluster\n",
        .positionals = 1,
    };
    cli_error error;
    net_model network;
    train_schedule schedule;
    int code;
    if (!cli_go(&command, argc, argv, &path, &code))
        return code;
    if (!model_read(path, &model, &network, &error))
        return cli_report(&command, &error);
    settings.beside = project_beside(&network, &project);
    bool fine = check_prefix(project.prefix ? project.prefix : network.name, &error) &&
                schedule_of(&network, &settings, &schedule, &error);
    if (fine) {
        char name[PLAN_NAME];
        snprintf(name, sizeof name, "%s", project.prefix ? project.prefix : network.name);
        project.prefix = name;
        if (!out)
            out = name;
        fine = project_deploy(path, out, &network, &schedule, (uint32_t)settings.l2, &project, &error);
        if (fine)
            printf("%s: %u steps, %s MAC forward, %s bytes of data\nnext: make -C %s native cluster\n", out,
                   schedule.count, text_count(model_macs(&network)).s, text_count(schedule.total_bytes).s, out);
        schedule_free(&schedule);
    }
    network_free(&network);
    return fine ? cli_finish(&command) : cli_report(&command, &error);
}
