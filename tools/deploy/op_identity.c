/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

const onnx_op onnx_identity = {"Identity", 1, 1, NULL, op_same_shape, op_copy_values, lower_alias};
