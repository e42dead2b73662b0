/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

const onnx_op onnx_dropout = {
    "Dropout", 1, 3, "left out: the network is trained without it", op_same_shape, op_copy_values, lower_alias};
