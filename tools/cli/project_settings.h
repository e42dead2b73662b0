/* SPDX-License-Identifier: Apache-2.0 */
/* What estimate and deploy have in common of a project's own options: targets, inputs normalised on the device, a
 * guard. */
#ifndef TL_CLI_PROJECT_SETTINGS_H
#define TL_CLI_PROJECT_SETTINGS_H

#include "tools/cli/normalisation.h"
#include "tools/cli/schedule_file.h"
#include "tools/deploy/project_write.h"

typedef struct project_settings {
    project_options project;
    uint32_t target;               /* 0: the input, 1: given */
    const char *mean, *std, *file; /* as typed */
    normalisation normalised;      /* what these come to */
} project_settings;

#define PROJECT_DEFAULTS {.project = {.beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f}}
#define PROJECT_OPTIONS(s)                                                                                             \
    {"target", CLI_CHOICE, &(s)->target, "input|given", "what outputs come to with --loss mse (input)", 0, 0},         \
        {"mean", CLI_TEXT, &(s)->mean, "X,...", "taken from the input on the device: a number, or one a channel (0)",  \
         0,      0},                                                                                                   \
        {"std", CLI_TEXT, &(s)->std, "X,...", "what the input is divided by then (1)", 0, 0},                          \
        {"normalisation", CLI_TEXT, &(s)->file, "FILE", "both from a project's normalisation.txt", 0, 0},              \
        {"guard",                                                                                                      \
         CLI_FLAG,                                                                                                     \
         &(s)->project.guard,                                                                                          \
         NULL,                                                                                                         \
         "each step tells if what it leaves is not finite, at the cost of a look",                                     \
         0,                                                                                                            \
         0}

/* What was told becomes the project's options and the schedule's. False: nothing is left behind. */
bool project_settings_apply(project_settings *s, const net_model *network, schedule_settings *schedule,
                            cli_error *error);
void project_settings_free(project_settings *s);

#endif
