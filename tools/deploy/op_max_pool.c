/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"
#include "tools/deploy/op_window.h"

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    tl_pool pool;
    if (node->output_count > 1 && node->outputs[1] != GRAPH_NONE)
        return op_fail(why, "its second output, the places of the maxima, is not supported");
    if (!op_pool_of(l->graph, node, &pool, why))
        return false;
    if (pool.kh * pool.kw > 256)
        return op_fail(why, "its window has more than 256 places");
    net_layer *layer = lower_layer(l, node, STEP_MAX_POOL, why);
    if (layer)
        layer->problem.size.pool = pool;
    return layer;
}

const onnx_op onnx_max_pool = {"MaxPool", 1, 1, "two-dimensional, not dilated", op_infer_pool, NULL, lower};
