/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"
#include <string.h>

/* Where output's dimension i comes from. */
static bool order(const onnx_graph *graph, const graph_node *node, uint32_t to[GRAPH_RANK]) {
    const graph_tensor *x = op_input(graph, node, 0);
    const int64_t *perm;
    const uint32_t count = op_ints(graph, node, "perm", 0, &perm);
    bool used[GRAPH_RANK] = {false};
    for (uint32_t i = 0; i < x->rank; ++i) {
        const int64_t from = perm ? (i < count ? perm[i] : -1) : (int64_t)x->rank - 1 - i;
        if (from < 0 || from >= x->rank || used[from])
            return false;
        used[from] = true;
        to[i] = (uint32_t)from;
    }
    return !perm || count == x->rank;
}

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    uint32_t from[GRAPH_RANK];
    int64_t dims[GRAPH_RANK];
    if (!order(graph, node, from))
        return op_fail(why, "perm is no order of its input's dimensions");
    for (uint32_t i = 0; i < x->rank; ++i)
        dims[i] = x->dims[from[i]];
    return op_shape(graph, node, x->type, x->rank, dims, why);
}

static bool fold(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    graph_tensor *y = op_output(graph, node, 0);
    uint32_t from[GRAPH_RANK];
    uint64_t stride[GRAPH_RANK] = {0};
    if (!order(graph, node, from) || !op_allocate(y, why))
        return false;
    for (uint32_t i = x->rank, all = 1; i-- > 0; all *= (uint32_t)x->dims[i])
        stride[i] = all;
    for (uint64_t n = 0; n < y->elements; ++n) {
        uint64_t rest = n, at = 0;
        for (uint32_t i = y->rank; i-- > 0; rest /= (uint64_t)y->dims[i])
            at += rest % (uint64_t)y->dims[i] * stride[from[i]];
        if (y->floats)
            y->floats[n] = x->floats[at];
        else
            y->ints[n] = x->ints[at];
    }
    return true;
}

extern const onnx_op onnx_transpose;
const uint32_t op_to_second[] = {0, 3, 1, 2}, op_to_last[] = {0, 2, 3, 1};

bool op_transposes(const onnx_graph *graph, const graph_node *node, const uint32_t perm[4]) {
    uint32_t from[GRAPH_RANK];
    return node->op == &onnx_transpose && op_input(graph, node, 0)->rank == 4 && order(graph, node, from) &&
           memcmp(from, perm, 4 * sizeof *perm) == 0;
}

/* Only where nothing moves in memory: what is taken for channels last, or dimensions of 1. */
static bool lower(lowering *l, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(l->graph, node, 0);
    uint32_t from[GRAPH_RANK], last = 0;
    if (!order(l->graph, node, from))
        return false;
    const bool is_last = l->last[node->inputs[0]];
    if (is_last ? op_transposes(l->graph, node, op_to_second) : op_transposes(l->graph, node, op_to_last))
        return lower_view(l, node, !is_last, why);
    for (uint32_t i = 0; i < x->rank; ++i) {
        if (x->dims[from[i]] == 1)
            continue;
        if (from[i] < last)
            return op_fail(
                why, "it moves data: only channels from last to second and back, and dimensions of 1, are supported");
        last = from[i];
    }
    return lower_reshape(l, node, why);
}

const onnx_op onnx_transpose = {
    "Transpose", 1, 1, "of constants; channels from last to second and back; dimensions of 1", infer, fold, lower};
