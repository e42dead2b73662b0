/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"
#include <math.h>

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    const float alpha = graph_float(node, "alpha", 0.01f);
    if (!isfinite(alpha))
        return op_fail(why, "alpha must be a number");
    net_layer *layer = lower_elements(l, node, STEP_LEAKY_RELU, why);
    if (layer)
        layer->alpha = alpha;
    return layer != NULL;
}

const onnx_op onnx_leaky_relu = {"LeakyRelu", 1, 1, NULL, op_same_shape, NULL, lower};
