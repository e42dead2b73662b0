/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    return lower_elements(l, node, STEP_TANH, why) != NULL;
}

const onnx_op onnx_tanh = {"Tanh", 1, 1, NULL, op_same_shape, NULL, lower};
