/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"
#include "tools/deploy/op_window.h"

enum { X, W, B };

static bool infer(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, X), *w = op_input(graph, node, W), *b = op_input(graph, node, B);
    const int64_t groups = graph_int(node, "group", 1);
    op_window window;
    if (!op_window_of(graph, node, w, &window, why))
        return false;
    if (groups < 1 || x->dims[1] % groups != 0 || w->dims[0] % groups != 0 || w->dims[1] != x->dims[1] / groups)
        return op_fail(why, "weights [%lld][%lld] do not go with %lld channels in %lld groups", (long long)w->dims[0],
                       (long long)w->dims[1], (long long)x->dims[1], (long long)groups);
    if (b && (b->rank != 1 || b->dims[0] != w->dims[0]))
        return op_fail(why, "its bias has not one number for each of the %lld output channels", (long long)w->dims[0]);
    return op_shape(graph, node, GRAPH_F32, 4, (int64_t[]){x->dims[0], w->dims[0], window.out[0], window.out[1]}, why);
}

static tl_depthwise depthwise_of(const graph_tensor *x, const op_window *w) {
    return (tl_depthwise){.n = (uint16_t)x->dims[0],
                          .h = (uint16_t)x->dims[2],
                          .w = (uint16_t)x->dims[3],
                          .c = (uint16_t)x->dims[1],
                          .kh = (uint16_t)w->kernel[0],
                          .kw = (uint16_t)w->kernel[1],
                          .stride_h = (uint8_t)w->stride[0],
                          .stride_w = (uint8_t)w->stride[1],
                          .top = (uint8_t)w->before[0],
                          .left = (uint8_t)w->before[1],
                          .bottom = (uint8_t)w->after[0],
                          .right = (uint8_t)w->after[1]};
}

static tl_conv conv_of(const graph_tensor *x, const op_window *w, int64_t o, int64_t groups) {
    return (tl_conv){.n = (uint16_t)x->dims[0],
                     .h = (uint16_t)x->dims[2],
                     .w = (uint16_t)x->dims[3],
                     .c = (uint16_t)x->dims[1],
                     .o = (uint16_t)o,
                     .kh = (uint16_t)w->kernel[0],
                     .kw = (uint16_t)w->kernel[1],
                     .stride_h = (uint8_t)w->stride[0],
                     .stride_w = (uint8_t)w->stride[1],
                     .top = (uint8_t)w->before[0],
                     .left = (uint8_t)w->before[1],
                     .bottom = (uint8_t)w->after[0],
                     .right = (uint8_t)w->after[1],
                     .dilation_h = (uint8_t)(w->dilation[0] > 1 ? w->dilation[0] : 0),
                     .dilation_w = (uint8_t)(w->dilation[1] > 1 ? w->dilation[1] : 0),
                     .groups = (uint16_t)(groups > 1 ? groups : 0)};
}

static bool lower(lowering *l, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(l->graph, node, X), *w = op_input(l->graph, node, W),
                       *b = op_input(l->graph, node, B);
    const int64_t groups = graph_int(node, "group", 1), c = x->dims[1], o = w->dims[0];
    op_window window;
    if (!op_is_constant(w) || (b && !op_is_constant(b)))
        return op_fail(why, "its weights are computed, and must be constants of the file");
    if (!op_window_of(l->graph, node, w, &window, why) || !op_fits(o, UINT16_MAX, "output's channels", why))
        return false;
    for (int i = 0; i < 4; ++i) {
        if (!op_fits(x->dims[i], UINT16_MAX, "input's dimension", why))
            return false;
    }
    const bool depthwise = groups == c && o == c && c > 1 && window.dilation[0] == 1 && window.dilation[1] == 1;
    net_layer *layer = lower_layer(l, node, depthwise ? STEP_DEPTHWISE : STEP_CONV, why);
    if (!layer)
        return false;
    if (depthwise)
        layer->problem.size.depthwise = depthwise_of(x, &window);
    else
        layer->problem.size.conv = conv_of(x, &window, o, groups);
    return lower_weights(l, node, layer, W, depthwise ? NET_DEPTHWISE_W : NET_CONV_W, b ? B : 0, why);
}

const onnx_op onnx_conv = {"Conv", 2, 3, "two-dimensional; weights and bias constant", infer, NULL, lower};
