/* SPDX-License-Identifier: Apache-2.0 */
/* From a network and its schedule to a project's folder, and what make makes of it. */
#ifndef TL_CLI_PROJECT_DEPLOY_H
#define TL_CLI_PROJECT_DEPLOY_H

#include "tools/cli/error.h"
#include "tools/deploy/project_write.h"

/* Writes the project into the folder `out`; `path` is the model's, for comments. `l2`: bytes for code and data. */
bool project_deploy(const char *path, const char *out, const net_model *network, train_schedule *schedule, uint32_t l2,
                    project_options *options, cli_error *error);

/* Runs make in the folder, for both; what it says goes to make.log there. */
bool project_build(const char *folder, cli_error *error);

#endif
