/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    const int64_t *axes;
    const uint32_t count = op_ints(graph, node, "axes", 1, &axes), rank = x->rank + count;
    int64_t dims[GRAPH_RANK] = {0};
    if (!axes || rank > GRAPH_RANK)
        return op_fail(why, "its axes must be constants, and its output has at most 8 dimensions");
    for (uint32_t j = 0; j < count; ++j) {
        const int64_t axis = axes[j] < 0 ? axes[j] + rank : axes[j];
        if (axis < 0 || axis >= rank || dims[axis])
            return op_fail(why, "its axes are not different ones of its output's");
        dims[axis] = 1;
    }
    for (uint32_t i = 0, from = 0; i < rank; ++i) {
        if (!dims[i])
            dims[i] = x->dims[from++];
    }
    return op_shape(graph, node, x->type, rank, dims, why);
}

const onnx_op onnx_unsqueeze = {"Unsqueeze", 1, 2, NULL, infer, op_copy_values, lower_reshape};
