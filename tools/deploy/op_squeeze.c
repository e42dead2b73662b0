/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    const int64_t *axes;
    const uint32_t count = op_ints(graph, node, "axes", 1, &axes);
    int64_t dims[GRAPH_RANK];
    uint32_t rank = 0;
    for (uint32_t i = 0; i < x->rank; ++i) {
        bool goes = !axes && x->dims[i] == 1;
        for (uint32_t j = 0; j < count; ++j)
            goes = goes || (axes[j] < 0 ? axes[j] + x->rank : axes[j]) == i;
        if (goes && x->dims[i] != 1)
            return op_fail(why, "dimension %u is %lld, and only ones can go", i, (long long)x->dims[i]);
        if (!goes)
            dims[rank++] = x->dims[i];
    }
    return op_shape(graph, node, x->type, rank, dims, why);
}

const onnx_op onnx_squeeze = {"Squeeze", 1, 2, NULL, infer, op_copy_values, lower_reshape};
