/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/onnx_op.h"

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0), *index = op_input(graph, node, 1);
    if (!op_is_constant(x) || !index->ints || x->rank != 1 || index->rank > 1)
        return op_fail(why, "only numbers out of a constant list are supported");
    return op_shape(graph, node, x->type, index->rank, index->dims, why);
}

static bool fold(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0), *index = op_input(graph, node, 1);
    graph_tensor *y = op_output(graph, node, 0);
    if (!op_allocate(y, why))
        return false;
    for (uint64_t i = 0; i < y->elements; ++i) {
        const int64_t at = index->ints[i] < 0 ? index->ints[i] + x->dims[0] : index->ints[i];
        if (at < 0 || at >= x->dims[0])
            return op_fail(why, "index %lld is outside its list", (long long)index->ints[i]);
        if (y->floats)
            y->floats[i] = x->floats[at];
        else
            y->ints[i] = x->ints[at];
    }
    return true;
}

const onnx_op onnx_gather = {"Gather", 2, 2, "of constants", infer, fold, NULL};
