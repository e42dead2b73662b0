/* SPDX-License-Identifier: Apache-2.0 */
/* A project's parameters on the host: initial values, and the two layouts. */
#ifndef TL_CLI_TENSOR_H
#define TL_CLI_TENSOR_H

#include "tl/project.h"

uint32_t tensor_elements(const tl_tensor *tensor);

/*
 * Initial values, fixed by the seed. Tensors of rank 1 (biases) are 0. The others are uniform in [-a, a) with
 * a = sqrt(6 / fan_in), fan_in = the product of all dimensions but the first (He et al., 2015: variance 2 / fan_in);
 * element i in ONNX's order of tensor t is a * (2 * tl_random_unit(seed, STREAM_TENSORS + t, i) - 1).
 */
void tensor_init(const tl_project *project, uint32_t seed, float *params);

/* Between the stored layout and ONNX's; include/tl/project.h says how they differ. `from` and `to` do not overlap. */
void tensor_to_onnx(const tl_tensor *tensor, const float *stored, float *onnx);
void tensor_from_onnx(const tl_tensor *tensor, const float *onnx, float *stored);

#endif
