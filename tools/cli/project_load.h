/* SPDX-License-Identifier: Apache-2.0 */
/* A project that trainlib deploy has written and make has built. */
#ifndef TL_CLI_PROJECT_LOAD_H
#define TL_CLI_PROJECT_LOAD_H

#include "tools/cli/device.h"
#include "tools/cli/samples.h"
#include <limits.h>

typedef struct project_load {
    void *library; /* of dlopen */
    const tl_project *project;
    char firmware[PATH_MAX];
    samples_shape shape, target; /* of the input; of the targets, where these are given */
    char *list;                  /* project.txt */
    bool normalises;             /* its input, on the device */
} project_load;

/* Opens build/libNAME.so, and looks for build/NAME.elf if `cluster` is set. */
bool project_open(project_load *load, const char *folder, bool cluster, cli_error *error);
void project_close(project_load *load);
/* Whether float i of those that stay from step to step is a number, not there to fill up. */
bool project_holds(const project_load *load, uint32_t i);
/* What float i of those that stay from step to step is, for sentences: "parameter w of layer conv1". */
void project_name_float(const project_load *load, uint32_t i, char *to, size_t room);
/* Parameters from a file of just these floats, from what tl_save has written, or from a checkpoint, to be freed; NULL:
 * error says why. NaNs and infinities are refused. */
float *project_params(const tl_project *project, const char *path, cli_error *error);

#endif
