/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks that meet a changed sensor and learn on the cluster what it shows, with all layers or the last ones. Every
 * case (seed, sensor, layers) starts from the same trained network of its seed.
 */
#ifndef TL_CLI_ADAPT_H
#define TL_CLI_ADAPT_H

#include "tools/cli/project_load.h"
#include "tools/cli/sensor.h"

enum { ADAPT_CHOICES = 3, ADAPT_SENSORS = SENSORS - 1, ADAPT_SEEDS = 16 };

/* Folders of the projects, and what they say in words. */
extern const char *const adapt_folders[ADAPT_CHOICES], *const adapt_choices[ADAPT_CHOICES];

typedef struct adapt_options {
    const char *folder, *machine, *data, *picture;
    uint32_t images, test, seeds, threads;
    float rate;
    bool json;
} adapt_options;

/* Images it got right, of options.test. */
typedef enum adapt_count { NEW_BEFORE, NEW_AFTER, OLD_BEFORE, OLD_AFTER, ADAPT_COUNTS } adapt_count;

typedef struct adapt_case {
    uint32_t right[ADAPT_COUNTS];
    uint64_t cycles; /* of the last step */
} adapt_case;

typedef struct adapt {
    adapt_options options;
    sim_machine machine;
    project_load projects[ADAPT_CHOICES];
    float *params[ADAPT_SEEDS][ADAPT_CHOICES];
    dataset train, tests[SENSORS];
    adapt_case cases[ADAPT_SEEDS][ADAPT_SENSORS][ADAPT_CHOICES];
} adapt;

typedef struct adapt_mean {
    double mean, deviation; /* over the seeds; 0 with one */
} adapt_mean;

/* All cases, with a bar. What the cluster ends in must be what this machine does, to the bit. */
bool adapt_run(adapt *a, cli_error *error);
/* Of an accuracy, 0 to 1. */
adapt_mean adapt_accuracy(const adapt *a, uint32_t of_sensor, uint32_t choice, adapt_count count);
adapt_mean adapt_cycles(const adapt *a, uint32_t choice);
bool adapt_picture(const adapt *a, const char *path, cli_error *error);

#endif
