/* SPDX-License-Identifier: Apache-2.0 */
/* Accuracy on a part of a data set. */
#ifndef TL_CLI_EVALUATE_H
#define TL_CLI_EVALUATE_H

#include "tools/cli/dataset.h"
#include "tools/cli/device.h"

enum { EVALUATE_DEVICES = 2 };

/*
 * Puts `params` on the devices (1 or 2; two share the work in two threads) and counts how many of the first `count`
 * samples they get right. count <= set->count.
 */
bool evaluate(device *const *devices, uint32_t device_count, const float *params, const dataset *set, uint32_t count,
              const char *label, uint32_t *correct, cli_error *error);

#endif
