/* SPDX-License-Identifier: Apache-2.0 */
/* What the demo was asked for and what came out of it; cmd_demo.c fills it in, demo_report.c prints it. */
#ifndef TL_CLI_DEMO_H
#define TL_CLI_DEMO_H

#include "tools/cli/dataset.h"
#include "tools/cli/evaluate.h"
#include "tools/cli/measure.h"
#include "tools/cli/sim_view.h"
#include <limits.h>

enum { ON_SIM, ON_NATIVE }; /* --on sim|native */

typedef struct demo_options {
    uint32_t on, images, test, seed, cores, threads;
    float rate, momentum;
    const char *out, *data, *firmware, *machine;
    bool json, sanitize;
} demo_options;

enum { DEMO_WEIGHTS, DEMO_PNG, DEMO_SVG, DEMO_FILES };

typedef struct demo {
    demo_options options;
    const tl_project *project;
    sim_machine machine;
    char firmware[PATH_MAX];
    dataset train, test;
    uint32_t *order; /* [images] of the training set */
    device *devices[EVALUATE_DEVICES];
    uint32_t device_count;
    float *params;
    float *loss;      /* [images] */
    uint8_t *correct; /* [images] */
    /* Results. */
    uint32_t correct_before, correct_after; /* of options.test */
    double train_seconds, seconds;
    uint64_t train_cycles;
    uint32_t crc; /* of the parameters as they stand in memory */
    bool measured;
    measure m;
    char files[DEMO_FILES][PATH_MAX];
} demo;

/*
 * Looks at `steps` training steps on the simulated cluster, with the trained weights, behind two that warm it up. Text
 * goes to stdout, with --json to stderr.
 */
bool demo_look(const demo *d, sim_view *view, uint32_t steps, cli_error *error);

/* Both print to stdout. */
void demo_report(const demo *d);
bool demo_report_json(const demo *d, cli_error *error);

#endif
