/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"

/* Whether the mean is over height and width, and nothing else. */
static bool over_space(const onnx_graph *graph, const graph_node *node) {
    const int64_t *axes;
    const uint32_t count = op_ints(graph, node, "axes", 1, &axes);
    bool is[4] = {false};
    for (uint32_t i = 0; i < count; ++i) {
        const int64_t axis = axes[i] < 0 ? axes[i] + 4 : axes[i];
        if (axis < 2 || axis > 3)
            return false;
        is[axis] = true;
    }
    return is[2] && is[3];
}

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    if (x->rank != 4 || !over_space(graph, node))
        return op_fail(why, "only the mean over height and width of [n][c][h][w] is supported");
    const bool keeps = graph_int(node, "keepdims", 1) != 0;
    return op_shape(graph, node, x->type, keeps ? 4 : 2, (int64_t[]){x->dims[0], x->dims[1], 1, 1}, why);
}

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    return lower_global_pool(l, node, why);
}

const onnx_op onnx_reduce_mean = {"ReduceMean", 1, 2, "over height and width", infer, NULL, lower};
