/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *a = op_input(graph, node, 0), *b = op_input(graph, node, 1);
    const graph_tensor *large = a->rank >= b->rank ? a : b, *small = large == a ? b : a;
    if (a->type != b->type)
        return op_fail(why, "its summands are of different types");
    for (uint32_t i = 0; i < small->rank; ++i) {
        const int64_t mine = small->dims[small->rank - 1 - i], other = large->dims[large->rank - 1 - i];
        if (mine != other && mine != 1)
            return op_fail(why, "its summands' shapes do not go together");
    }
    return op_shape(graph, node, large->type, large->rank, large->dims, why);
}

static bool fold(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *a = op_input(graph, node, 0), *b = op_input(graph, node, 1);
    graph_tensor *y = op_output(graph, node, 0);
    if (a->elements != b->elements)
        return op_fail(why, "a sum of constants of different shapes is not folded");
    if (!op_allocate(y, why))
        return false;
    for (uint64_t i = 0; i < y->elements; ++i) {
        if (y->floats)
            y->floats[i] = a->floats[i] + b->floats[i];
        else
            y->ints[i] = a->ints[i] + b->ints[i];
    }
    return true;
}

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    const graph_tensor *a = op_input(l->graph, node, 0), *b = op_input(l->graph, node, 1);
    if (op_is_constant(a) || op_is_constant(b))
        return lower_bias(l, node, op_is_constant(a) ? 1 : 0, why);
    if (a->elements != b->elements)
        return op_fail(why, "its summands have different shapes, and neither is a constant");
    return lower_sum(l, node, why);
}

const onnx_op onnx_add = {"Add", 2, 2, "of equal shapes, or a bias behind MatMul", infer, fold, lower};
