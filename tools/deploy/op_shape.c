/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/onnx_op.h"

/* The one operator whose output is constant though its input is not. */
static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    if (x->rank == 0 || graph_find(node, "start") || graph_find(node, "end"))
        return op_fail(why, "only the whole shape of what has one is supported");
    if (!op_shape(graph, node, GRAPH_I64, 1, (int64_t[]){x->rank}, why))
        return false;
    graph_tensor *y = op_output(graph, node, 0);
    if (!op_allocate(y, why))
        return false;
    for (uint32_t i = 0; i < x->rank; ++i)
        y->ints[i] = x->dims[i];
    return true;
}

const onnx_op onnx_shape = {"Shape", 1, 1, NULL, infer, NULL, NULL};
