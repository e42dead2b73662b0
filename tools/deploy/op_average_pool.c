/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"
#include "tools/deploy/op_window.h"

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    const bool padded = graph_int(node, "count_include_pad", 0) != 0;
    tl_pool pool;
    if (!op_pool_of(l->graph, node, &pool, why))
        return false;
    const bool pads = pool.top || pool.left || pool.bottom || pool.right;
    if (padded && pads && graph_int(node, "ceil_mode", 0) != 0)
        return op_fail(why, "count_include_pad together with ceil_mode is not supported");
    const bool whole = !pads && pool.kh == pool.h && pool.kw == pool.w;
    const step_op op = whole ? STEP_GLOBAL_POOL : padded && pads ? STEP_AVG_POOL_PADDED : STEP_AVG_POOL;
    net_layer *layer = lower_layer(l, node, op, why);
    if (layer && whole)
        layer->problem.size.global_pool = (tl_global_pool){.n = pool.n, .h = pool.h, .w = pool.w, .c = pool.c};
    else if (layer)
        layer->problem.size.pool = pool;
    return layer;
}

const onnx_op onnx_average_pool = {"AveragePool", 1,    1,    "two-dimensional; count_include_pad without ceil_mode",
                                   op_infer_pool, NULL, lower};
