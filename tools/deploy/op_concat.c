/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/onnx_op.h"

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    int64_t all = 0;
    for (uint32_t i = 0; i < node->input_count; ++i) {
        const graph_tensor *x = op_input(graph, node, i);
        if (!x || !x->ints || x->rank != 1)
            return op_fail(why, "only constant lists of integers can be joined");
        all += x->dims[0];
    }
    return op_shape(graph, node, GRAPH_I64, 1, &all, why);
}

static bool fold(onnx_graph *graph, const graph_node *node, op_why *why) {
    graph_tensor *y = op_output(graph, node, 0);
    uint64_t at = 0;
    if (!op_allocate(y, why))
        return false;
    for (uint32_t i = 0; i < node->input_count; ++i) {
        const graph_tensor *x = op_input(graph, node, i);
        for (uint64_t j = 0; j < x->elements; ++j)
            y->ints[at++] = x->ints[j];
    }
    return true;
}

const onnx_op onnx_concat = {"Concat", 1, UINT16_MAX, "of constant lists of integers", infer, fold, NULL};
