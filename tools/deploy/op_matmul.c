/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *a = op_input(graph, node, 0), *b = op_input(graph, node, 1);
    if (a->rank != 2 || b->rank != 2)
        return op_fail(why, "its factors have %u and %u dimensions, and two are wanted", a->rank, b->rank);
    if (b->dims[0] != a->dims[1])
        return op_fail(why, "its weights want %lld inputs, and there are %lld", (long long)b->dims[0],
                       (long long)a->dims[1]);
    return op_shape(graph, node, GRAPH_F32, 2, (int64_t[]){a->dims[0], b->dims[1]}, why);
}

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    return lower_linear(l, node, true, 0, why);
}

const onnx_op onnx_matmul = {"MatMul", 2, 2, "[n][k] by a constant [k][o]", infer, NULL, lower};
