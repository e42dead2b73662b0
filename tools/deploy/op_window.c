/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/op_window.h"
#include <string.h>

bool op_fits(int64_t value, int64_t most, const char *what, op_why *why) {
    return (value >= 0 && value <= most) ||
           op_fail(why, "its %s is %lld, and the library takes at most %lld", what, (long long)value, (long long)most);
}

/* Two numbers of an attribute, each between least and most. */
static bool pair(const graph_node *node, const char *name, int64_t least, int64_t to[2], op_why *why) {
    const graph_attribute *a = graph_find(node, name);
    if (!a)
        return true;
    if (a->kind != ATTRIBUTE_INTS || a->count != 2)
        return op_fail(why, "%s has %u numbers: only two-dimensional windows are supported", name, a->count);
    for (int i = 0; i < 2; ++i) {
        to[i] = a->ints[i];
        if (to[i] < least || to[i] > 255)
            return op_fail(why, "%s is %lld, and must be from %lld to 255", name, (long long)to[i], (long long)least);
    }
    return true;
}

static bool padding(const graph_node *node, const graph_tensor *x, op_window *w, op_why *why) {
    const graph_attribute *automatic = graph_find(node, "auto_pad"), *pads = graph_find(node, "pads");
    const char *how = automatic && automatic->s ? automatic->s : "NOTSET";
    const bool upper = strcmp(how, "SAME_UPPER") == 0, lower = strcmp(how, "SAME_LOWER") == 0;
    if (!upper && !lower && strcmp(how, "NOTSET") != 0 && strcmp(how, "VALID") != 0)
        return op_fail(why, "auto_pad is \"%.40s\"", how);
    for (int i = 0; i < 2; ++i) {
        const int64_t reach = (w->kernel[i] - 1) * w->dilation[i] + 1, size = x->dims[2 + i];
        if (upper || lower) {
            const int64_t out = (size + w->stride[i] - 1) / w->stride[i];
            const int64_t wanted = (out - 1) * w->stride[i] + reach - size, all = wanted > 0 ? wanted : 0;
            w->before[i] = upper ? all / 2 : (all + 1) / 2;
            w->after[i] = all - w->before[i];
        } else if (pads && strcmp(how, "NOTSET") == 0) {
            if (pads->kind != ATTRIBUTE_INTS || pads->count != 4)
                return op_fail(why, "pads has %u numbers, and four are wanted", pads->count);
            w->before[i] = pads->ints[i];
            w->after[i] = pads->ints[2 + i];
        }
        if (w->before[i] < 0 || w->after[i] < 0 || w->before[i] > 255 || w->after[i] > 255)
            return op_fail(why, "its padding must be from 0 to 255");
        if (size + w->before[i] + w->after[i] < reach)
            return op_fail(why, "its window is larger than the padded image");
        w->out[i] = (size + w->before[i] + w->after[i] - reach) / w->stride[i] + 1;
    }
    return true;
}

/* Windows that begin inside the image or its padding in front, but end behind the padding: more padding behind. */
static void round_up(const graph_tensor *x, op_window *w) {
    for (int i = 0; i < 2; ++i) {
        const int64_t reach = (w->kernel[i] - 1) * w->dilation[i] + 1, size = x->dims[2 + i];
        const int64_t start = w->out[i] * w->stride[i];
        const int64_t over = start + reach - (size + w->before[i] + w->after[i]);
        if (over > 0 && over < w->stride[i] && start < size + w->before[i]) {
            ++w->out[i];
            w->after[i] += over;
        }
    }
}

bool op_window_of(const onnx_graph *graph, const graph_node *node, const graph_tensor *weights, op_window *window,
                  op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    *window = (op_window){.stride = {1, 1}, .dilation = {1, 1}};
    if (x->rank != 4)
        return op_fail(why, "its input has %u dimensions: only images [n][c][h][w] are supported", x->rank);
    if (weights) {
        if (weights->rank != 4)
            return op_fail(why, "its weights have %u dimensions, and four are wanted", weights->rank);
        memcpy(window->kernel, weights->dims + 2, sizeof window->kernel);
    }
    if (!pair(node, "kernel_shape", 1, window->kernel, why) || !pair(node, "strides", 1, window->stride, why) ||
        !pair(node, "dilations", 1, window->dilation, why))
        return false;
    if (weights && memcmp(window->kernel, weights->dims + 2, sizeof window->kernel) != 0)
        return op_fail(why, "kernel_shape is another than its weights'");
    if (window->kernel[0] < 1 || window->kernel[1] < 1)
        return op_fail(why, "it has no kernel_shape");
    if (!padding(node, x, window, why))
        return false;
    if (graph_int(node, "ceil_mode", 0) != 0)
        round_up(x, window);
    return true;
}

bool op_pool_of(const onnx_graph *graph, const graph_node *node, tl_pool *pool, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    op_window w;
    if (!op_window_of(graph, node, NULL, &w, why))
        return false;
    if (w.dilation[0] != 1 || w.dilation[1] != 1)
        return op_fail(why, "dilated pooling is not supported");
    for (int i = 0; i < 2; ++i) {
        if (w.before[i] >= w.kernel[i] || w.after[i] >= w.kernel[i])
            return op_fail(why, "its padding is as large as its window");
    }
    for (int i = 0; i < 4; ++i) {
        if (!op_fits(x->dims[i], UINT16_MAX, "input's dimension", why))
            return false;
    }
    *pool = (tl_pool){.n = (uint16_t)x->dims[0],
                      .h = (uint16_t)x->dims[2],
                      .w = (uint16_t)x->dims[3],
                      .c = (uint16_t)x->dims[1],
                      .kh = (uint8_t)w.kernel[0],
                      .kw = (uint8_t)w.kernel[1],
                      .stride_h = (uint8_t)w.stride[0],
                      .stride_w = (uint8_t)w.stride[1],
                      .top = (uint8_t)w.before[0],
                      .left = (uint8_t)w.before[1],
                      .bottom = (uint8_t)w.after[0],
                      .right = (uint8_t)w.after[1]};
    return true;
}

bool op_infer_pool(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    op_window w;
    return op_window_of(graph, node, NULL, &w, why) &&
           op_shape(graph, node, x->type, 4, (int64_t[]){x->dims[0], x->dims[1], w.out[0], w.out[1]}, why);
}
