/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    if (x->rank != 4 && x->rank != 2)
        return op_fail(why, "its input has %u dimensions: [n][c][h][w] and [n][c] are supported", x->rank);
    for (uint32_t i = 1; i < 5; ++i) {
        const graph_tensor *t = op_input(graph, node, i);
        if (!op_is_constant(t) || t->rank != 1 || t->dims[0] != x->dims[1])
            return op_fail(why, "its input number %u must be a constant with one number for each of the %lld channels",
                           i, (long long)x->dims[1]);
    }
    for (uint32_t i = 1; i < node->output_count; ++i) {
        if (node->outputs[i] != GRAPH_NONE && graph_int(node, "training_mode", 0) == 0)
            return op_fail(why, "it has more than one output");
    }
    return op_same_shape(graph, node, why);
}

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    return lower_norm(l, node, why);
}

const onnx_op onnx_batch_normalization = {
    "BatchNormalization", 5, 5, "folded, frozen, or trained (--norms)", infer, NULL, lower};
