/* SPDX-License-Identifier: Apache-2.0 */
/* What estimate and deploy have in common: from a network to its schedule. */
#ifndef TL_CLI_SCHEDULE_FILE_H
#define TL_CLI_SCHEDULE_FILE_H

#include "tools/cli/machine_option.h"
#include "tools/cli/model_file.h"
#include "tools/deploy/schedule.h"

typedef struct schedule_settings {
    uint32_t loss, optimizer, updates;      /* a net_loss; 0 sgd, 1 momentum, 2 adam; a schedule_updates */
    uint32_t accumulate;                    /* steps whose gradients are gathered */
    uint32_t recompute;                     /* 0: where it does not fit otherwise; 1: never */
    const char *plan;                       /* a plan file, or NULL */
    const plan_file *tuned;                 /* plans found just now, in its place */
    const char *machine;                    /* a name or file, or NULL */
    uint64_t l2;                            /* bytes for code and data; 0: what the machine's programs may have */
    float clip;                             /* 0: not */
    bool keep_all, normalise, target_given; /* as in schedule_options */
    uint32_t beside;                        /* project_beside */
} schedule_settings;

/* L2 that the cluster's programs share, and what the library's and the runner's code takes of it. */
enum { SCHEDULE_L2_BYTES = 0x1F0000, SCHEDULE_L2_CODE = 0x1A800 };

#define SCHEDULE_DEFAULTS {.accumulate = 1}
#define SCHEDULE_OPTIONS(s)                                                                                              \
    {"loss", CLI_CHOICE, &(s)->loss, "cross_entropy|mse", "the loss (cross_entropy)", 0, 0},                             \
        {"optimizer", CLI_CHOICE, &(s)->optimizer, "sgd|momentum|adam", "the optimiser (sgd)", 0, 0},                    \
        {"accumulate", CLI_COUNT, &(s)->accumulate, "N", "steps whose gradients are gathered for an update (1)", 1,      \
         65536},                                                                                                         \
        {"updates", CLI_CHOICE, &(s)->updates, "auto|end|layer|fused", "when parameters change (the first that fits)",   \
         0,         0},                                                                                                  \
        {"clip-norm",                                                                                                    \
         CLI_REAL,                                                                                                       \
         &(s)->clip,                                                                                                     \
         "X",                                                                                                            \
         "all gradients together are made no longer than this; updates come at the end then (0: as they are)",           \
         0,                                                                                                              \
         1e30},                                                                                                          \
        {"recompute", CLI_CHOICE, &(s)->recompute, "auto|never", "compute values again where L2 cannot keep all (auto)", \
         0,           0},                                                                                                \
        {"plan", CLI_TEXT, &(s)->plan, "FILE", "plans that 'trainlib tune' has found (the library's own)", 0, 0},        \
        MACHINE_OPTION(&(s)->machine),                                                                                   \
        {"l2",    CLI_SIZE, &(s)->l2, "BYTES", "L2 for code and data (all that the machine's programs may have)",        \
         0x20000, 0x1F0000}

/* Sets settings->l2, too, where it was left open. */
bool schedule_of(const net_model *network, schedule_settings *settings, train_schedule *schedule, cli_error *error);
/* Writes what schedule_picture or schedule_layers makes. */
bool schedule_write(const net_model *network, const train_schedule *schedule,
                    size_t (*make)(const net_model *network, const train_schedule *schedule, char *text, size_t room),
                    const char *path, cli_error *error);

#endif
