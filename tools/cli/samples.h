/* SPDX-License-Identifier: Apache-2.0 */
/* What a project is trained on: from files, or made up. */
#ifndef TL_CLI_SAMPLES_H
#define TL_CLI_SAMPLES_H

#include "tl/project.h"
#include "tools/cli/error.h"
#include <stddef.h>

typedef struct samples {
    uint32_t count, inputs, classes; /* classes 0: there are no labels */
    uint32_t targets;                /* floats that are to come out of a sample; 0: x itself, or a label */
    float *x;                        /* [count][inputs], in the project's layout (HWC) */
    uint32_t *labels;                /* [count] */
    float *y;                        /* [count][targets], in the project's layout */
} samples;

/* A sample's shape in the project, and how ONNX has it. c = 0: not known. */
typedef struct samples_shape {
    uint32_t h, w, c;
    bool channels_last;
    bool flat; /* ONNX has it as one row, channels first */
} samples_shape;

/*
 * y may be NULL where the project's target is its input, or x has a label, or the target, behind each sample. Shapes
 * are those of the input and of a target, or NULL. False: nothing is left behind.
 */
bool samples_load(samples *set, const char *x, const char *y, const tl_project *project, const samples_shape *shape,
                  const samples_shape *target, cli_error *error);
/* Uniform noise from -1 to 1 around a pattern of its class. */
bool samples_make(samples *set, uint32_t count, uint32_t seed, const tl_project *project, cli_error *error);
void samples_free(samples *set);
/* The order of an epoch: a permutation of 0 .. count - 1. */
void samples_shuffle(uint32_t seed, uint32_t epoch, uint32_t count, uint32_t *order);

#endif
