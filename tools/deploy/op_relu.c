/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    return lower_activation(l, node, STEP_RELU, why);
}

const onnx_op onnx_relu = {"Relu", 1, 1, NULL, op_same_shape, NULL, lower};
