/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"
#include "tools/deploy/op_window.h"

enum { A, B, C };

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *a = op_input(graph, node, A), *b = op_input(graph, node, B);
    const bool transposed = graph_int(node, "transB", 0) != 0;
    if (a->rank != 2 || b->rank != 2)
        return op_fail(why, "its factors have %u and %u dimensions, and two are wanted", a->rank, b->rank);
    if (graph_int(node, "transA", 0) != 0)
        return op_fail(why, "transA is set: a batch in columns is not supported");
    if (b->dims[transposed ? 1 : 0] != a->dims[1])
        return op_fail(why, "its weights want %lld inputs, and there are %lld", (long long)b->dims[transposed ? 1 : 0],
                       (long long)a->dims[1]);
    return op_shape(graph, node, GRAPH_F32, 2, (int64_t[]){a->dims[0], b->dims[transposed ? 0 : 1]}, why);
}

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    const graph_tensor *bias = op_input(l->graph, node, C), *y = op_output(l->graph, node, 0);
    const int64_t o = y->dims[1];
    if (graph_float(node, "alpha", 1.0f) != 1.0f || (bias && graph_float(node, "beta", 1.0f) != 1.0f))
        return op_fail(why, "alpha and beta other than 1 are not supported");
    if (bias &&
        (!op_is_constant(bias) || bias->rank == 0 || bias->elements != (uint64_t)o || bias->dims[bias->rank - 1] != o))
        return op_fail(why, "its bias must be a constant with one number for each of the %lld outputs", (long long)o);
    return lower_linear(l, node, graph_int(node, "transB", 0) == 0, bias ? C : 0, why);
}

const onnx_op onnx_gemm = {"Gemm", 2, 3, "transA = 0, alpha = beta = 1; weights and bias constant", infer, NULL, lower};
