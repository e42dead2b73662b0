/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    if (x->rank != 4)
        return op_fail(why, "its input has %u dimensions: only images [n][c][h][w] are supported", x->rank);
    return op_shape(graph, node, x->type, 4, (int64_t[]){x->dims[0], x->dims[1], 1, 1}, why);
}

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    return lower_global_pool(l, node, why);
}

const onnx_op onnx_global_average_pool = {"GlobalAveragePool", 1, 1, "two-dimensional", infer, NULL, lower};
