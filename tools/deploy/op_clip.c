/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"
#include <math.h>

enum { X, MIN, MAX };

/* One number, from a constant or (operator set 6) an attribute. */
static bool bound(const onnx_graph *graph, const graph_node *node, uint32_t input, const char *attribute,
                  float otherwise, float *value) {
    const graph_tensor *t = op_input(graph, node, input);
    *value = graph_float(node, attribute, otherwise);
    if (t && (!t->floats || t->elements != 1))
        return false;
    if (t)
        *value = t->floats[0];
    return true;
}

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    float least, most;
    if (!bound(l->graph, node, MIN, "min", -INFINITY, &least) || !bound(l->graph, node, MAX, "max", INFINITY, &most))
        return op_fail(why, "its bounds must be constants");
    if (least == 0.0f && most > 3e38f)
        return lower_activation(l, node, STEP_RELU, why);
    if (least != 0.0f || most != 6.0f)
        return op_fail(why, "from %g to %g is not supported: from 0 to 6 is (ReLU6)", (double)least, (double)most);
    return lower_activation(l, node, STEP_RELU6, why);
}

const onnx_op onnx_clip = {"Clip", 1, 3, "from 0 to 6, or from 0 on", op_same_shape, NULL, lower};
