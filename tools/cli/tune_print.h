/* SPDX-License-Identifier: Apache-2.0 */
/* What the tuner has found, for people and for programs. */
#ifndef TL_CLI_TUNE_PRINT_H
#define TL_CLI_TUNE_PRINT_H

#include "tools/cli/error.h"
#include "tools/tune/tune.h"

void tune_print(const plan_file *plan, const tune_progress *result, double seconds);
bool tune_print_json(const plan_file *plan, const tune_progress *result, cli_error *error);

#endif
