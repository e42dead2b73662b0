/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs as the network sees them: x' = (x - mean) / std, channel by channel, each operation rounded once. */
#ifndef TL_CLI_NORMALISATION_H
#define TL_CLI_NORMALISATION_H

#include "tools/cli/samples.h"

typedef struct normalisation {
    uint32_t channels; /* 0: none */
    float *mean, *std; /* [channels] */
} normalisation;

/* From what --mean and --std say: a number, or one for each channel, parted by commas. NULL: 0, or 1. */
bool normalisation_of(normalisation *n, uint32_t channels, const char *mean, const char *std, cli_error *error);
/* From samples order[0] .. order[count - 1]; a channel that is the same everywhere keeps its size. */
bool normalisation_measure(normalisation *n, uint32_t channels, const samples *set, const uint32_t *order,
                           uint32_t count, cli_error *error);
/* As a file of one line a channel. A missing file is none. */
bool normalisation_load(normalisation *n, const char *path, uint32_t channels, cli_error *error);
bool normalisation_save(const normalisation *n, const char *path, cli_error *error);
bool normalisation_allocate(normalisation *n, uint32_t channels, cli_error *error);
void normalisation_free(normalisation *n);

/* All samples of a set. */
bool normalisation_apply(const normalisation *n, samples *set, cli_error *error);

#endif
