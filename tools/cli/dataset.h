/* SPDX-License-Identifier: Apache-2.0 */
/* Fashion-MNIST and its like: 28x28 grey images in IDX files (big-endian header, then bytes), gzipped or not. */
#ifndef TL_CLI_DATASET_H
#define TL_CLI_DATASET_H

#include "tools/cli/error.h"
#include <stdint.h>

#define DATASET_DEFAULT_FOLDER "/usr/share/datasets/fashion-mnist"

enum { DATASET_SIDE = 28, DATASET_PIXELS = DATASET_SIDE * DATASET_SIDE, DATASET_CLASSES = 10 };

/* Mean and standard deviation of the 60,000 training images' pixels, each from 0 to 1. */
#define DATASET_MEAN 0.2860f
#define DATASET_STD  0.3530f

typedef enum dataset_part { DATASET_TRAIN, DATASET_TEST } dataset_part;

typedef struct dataset {
    uint32_t count;
    uint8_t *images; /* [count][28][28] */
    uint8_t *labels; /* [count], each below 10 */
} dataset;

/* Reads one part from a folder. On success the caller calls dataset_free. */
bool dataset_load(dataset *set, const char *folder, dataset_part part, cli_error *error);
void dataset_free(dataset *set);

/* x[p] = (pixel / 255 - DATASET_MEAN) / DATASET_STD; returns the label. i < count. */
uint32_t dataset_sample(const dataset *set, uint32_t i, float x[DATASET_PIXELS]);

/* The order of training: the first n entries of a shuffle of 0 .. count - 1, fixed by the seed. n <= count. */
bool dataset_shuffle(uint32_t count, uint32_t seed, uint32_t n, uint32_t *order, cli_error *error);

#endif
