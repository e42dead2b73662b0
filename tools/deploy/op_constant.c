/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/onnx_op.h"
#include <string.h>

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_attribute *value = graph_find(node, "value");
    if (!value || !value->tensor)
        return op_fail(why, "it has no tensor for its value");
    return op_shape(graph, node, value->tensor->type, value->tensor->rank, value->tensor->dims, why);
}

static bool fold(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *from = graph_find(node, "value")->tensor;
    graph_tensor *y = op_output(graph, node, 0);
    if (!op_allocate(y, why))
        return false;
    if (y->floats)
        memcpy(y->floats, from->floats, (size_t)y->elements * sizeof *y->floats);
    else
        memcpy(y->ints, from->ints, (size_t)y->elements * sizeof *y->ints);
    return true;
}

const onnx_op onnx_constant = {"Constant", 0, 0, "with a tensor", infer, fold, NULL};
