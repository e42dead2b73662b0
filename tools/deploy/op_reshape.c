/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    const int64_t *shape;
    const uint32_t rank = op_ints(graph, node, "", 1, &shape);
    int64_t dims[GRAPH_RANK], open = -1, others = 1;
    if (!shape)
        return op_fail(why, "its shape must be a constant");
    for (uint32_t i = 0; i < rank; ++i) {
        dims[i] = shape[i] == 0 && i < x->rank && graph_int(node, "allowzero", 0) == 0 ? x->dims[i] : shape[i];
        if (dims[i] == -1 && open < 0)
            open = i;
        else if (dims[i] < 1 || dims[i] > GRAPH_ELEMENTS / others)
            return op_fail(why, "its shape has a dimension that cannot be");
        else
            others *= dims[i];
    }
    if (open >= 0)
        dims[open] = (int64_t)x->elements / others;
    if (!op_shape(graph, node, x->type, rank, dims, why))
        return false;
    return op_output(graph, node, 0)->elements == x->elements ||
           op_fail(why, "its shape asks for another number of elements than the %llu of its input",
                   (unsigned long long)x->elements);
}

const onnx_op onnx_reshape = {"Reshape",    2, 2, "that flattens, or moves dimensions of 1", infer, op_copy_values,
                              lower_reshape};
