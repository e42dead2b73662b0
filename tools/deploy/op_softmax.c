/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    const onnx_graph *g = l->graph;
    if (g->output_count != 1 || g->outputs[0] != node->outputs[0])
        return op_fail(why, "it is supported only at the end of a model, where it belongs to the loss");
    const graph_tensor *x = op_input(g, node, 0);
    const int64_t axis = graph_int(node, "axis", g->opset < 13 ? 1 : -1);
    if (x->rank != 2 || (axis != 1 && axis != -1))
        return op_fail(why, "it is supported over the second of two dimensions");
    return lower_alias(l, node, why);
}

const onnx_op onnx_softmax = {"Softmax", 1, 1, "at the end: it goes to the loss", op_same_shape, NULL, lower};
