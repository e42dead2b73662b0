/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/graph_tensor.h"
#include "tools/deploy/onnx_op.h"

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    const graph_type to = graph_type_of((int32_t)graph_int(node, "to", 0));
    if (!op_is_constant(x) || to == GRAPH_OTHER)
        return op_fail(why, "only constants can be cast, to float32, integers of 32 and 64 bits, and bool");
    return op_shape(graph, node, to, x->rank, x->dims, why);
}

static bool fold(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    graph_tensor *y = op_output(graph, node, 0);
    if (!op_allocate(y, why))
        return false;
    for (uint64_t i = 0; i < y->elements; ++i) {
        if (x->floats && !(x->floats[i] > -9e18f && x->floats[i] < 9e18f) && !y->floats)
            return op_fail(why, "%g is no integer", (double)x->floats[i]);
        if (y->floats)
            y->floats[i] = x->floats ? x->floats[i] : (float)x->ints[i];
        else
            y->ints[i] = x->floats ? (int64_t)x->floats[i] : x->ints[i];
    }
    return true;
}

const onnx_op onnx_cast = {"Cast", 1, 1, "of constants", infer, fold, NULL};
