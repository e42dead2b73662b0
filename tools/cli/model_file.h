/* SPDX-License-Identifier: Apache-2.0 */
/* What show, estimate, deploy and compare have in common: from an ONNX file to a network. */
#ifndef TL_CLI_MODEL_FILE_H
#define TL_CLI_MODEL_FILE_H

#include "tools/cli/options.h"
#include "tools/deploy/network.h"

typedef struct model_options {
    uint32_t batch, norms; /* batch: 0, as the file has it; norms: a net_norms */
    const char *train;     /* a pattern */
} model_options;

#define MODEL_DEFAULTS {.train = "all"}
#define MODEL_OPTIONS(o)                                                                                               \
    {"batch", CLI_COUNT, &(o)->batch, "N", "samples in a step (as the file has it, or 1)", 1, 1024},                   \
        {"norms",                                                                                                      \
         CLI_CHOICE,                                                                                                   \
         &(o)->norms,                                                                                                  \
         "fold|freeze|train",                                                                                          \
         "batch norms: into convolutions (default), as they are, trained",                                             \
         0,                                                                                                            \
         0},                                                                                                           \
        {"train", CLI_TEXT, &(o)->train, "WHICH", "all (default), last:N layers, bias, or names with * and commas",    \
         0,       0}

bool model_read(const char *path, const model_options *options, net_model *network, cli_error *error);
/* Multiply-accumulates of its forward pass. */
uint64_t model_macs(const net_model *network);

#endif
