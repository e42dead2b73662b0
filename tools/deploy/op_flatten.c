/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    int64_t axis = graph_int(node, "axis", 1), dims[2] = {1, 1};
    if (axis < 0)
        axis += x->rank;
    if (axis < 0 || axis > x->rank)
        return op_fail(why, "axis is outside its input's dimensions");
    for (uint32_t i = 0; i < x->rank; ++i)
        dims[i < axis ? 0 : 1] *= x->dims[i];
    return op_shape(graph, node, x->type, 2, dims, why);
}

const onnx_op onnx_flatten = {"Flatten", 1, 1, "behind the batch", infer, op_copy_values, lower_reshape};
