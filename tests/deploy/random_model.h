/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small random ONNX models of what the deployer supports: branches, residuals, odd sizes, uneven padding, groups,
 * dilation, several ways to say the same. Everything follows from seed and number.
 */
#ifndef TL_TESTS_RANDOM_MODEL_H
#define TL_TESTS_RANDOM_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* The file, to be freed. */
void *random_model(uint32_t seed, uint32_t number, size_t *bytes);

#endif
