/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/deploy/onnx_ref_window.h"
#include <math.h>
#include <string.h>

static void two(const graph_node *node, const char *name, int64_t to[2], int64_t otherwise) {
    const graph_attribute *a = graph_find(node, name);
    for (int i = 0; i < 2; ++i)
        to[i] = a ? a->ints[i] : otherwise;
}

void onnx_ref_window_of(const graph_node *node, const int64_t *x, const int64_t *w, onnx_ref_window *s) {
    const graph_attribute *pads = graph_find(node, "pads"), *how = graph_find(node, "auto_pad");
    const bool is_same = how && strncmp(how->s, "SAME", 4) == 0, valid = how && strcmp(how->s, "VALID") == 0;
    const bool ceiling = graph_int(node, "ceil_mode", 0) != 0;
    *s = (onnx_ref_window){.n = x[0], .c = x[1], .in = {x[2], x[3]}, .groups = graph_int(node, "group", 1)};
    two(node, "kernel_shape", s->kernel, 0);
    two(node, "strides", s->stride, 1);
    two(node, "dilations", s->dilation, 1);
    for (int i = 0; i < 2; ++i) {
        s->kernel[i] = w ? w[2 + i] : s->kernel[i];
        const int64_t reach = s->dilation[i] * (s->kernel[i] - 1) + 1;
        if (is_same) {
            s->out[i] = (int64_t)ceil((double)s->in[i] / (double)s->stride[i]);
            int64_t total = (s->out[i] - 1) * s->stride[i] + reach - s->in[i];
            total = total < 0 ? 0 : total;
            const int64_t half = total / 2;
            s->before[i] = strcmp(how->s, "SAME_UPPER") == 0 ? half : total - half;
            s->after[i] = total - s->before[i];
            continue;
        }
        s->before[i] = pads && !valid ? pads->ints[i] : 0;
        s->after[i] = pads && !valid ? pads->ints[2 + i] : 0;
        const double steps = (double)(s->in[i] + s->before[i] + s->after[i] - reach) / (double)s->stride[i];
        s->out[i] = (int64_t)(ceiling ? ceil(steps) : floor(steps)) + 1;
        /* A window that would begin in the padding behind the image is none. */
        if (ceiling && (s->out[i] - 1) * s->stride[i] >= s->in[i] + s->before[i])
            --s->out[i];
    }
}

/* Where place k of window p is along dimension d; false: outside the image. */
static bool inside(const onnx_ref_window *s, int d, int64_t p, int64_t k, int64_t *at) {
    *at = p * s->stride[d] + k * s->dilation[d] - s->before[d];
    return *at >= 0 && *at < s->in[d];
}

void onnx_ref_conv(const onnx_ref_window *s, const double *x, const double *w, const double *b, int64_t outputs,
                   double *y) {
    const int64_t depth = s->c / s->groups, each = outputs / s->groups;
    for (int64_t n = 0; n < s->n; ++n)
        for (int64_t o = 0; o < outputs; ++o)
            for (int64_t p = 0; p < s->out[0]; ++p)
                for (int64_t q = 0; q < s->out[1]; ++q) {
                    double sum = b ? b[o] : 0;
                    for (int64_t c = 0; c < depth; ++c)
                        for (int64_t i = 0; i < s->kernel[0]; ++i)
                            for (int64_t j = 0; j < s->kernel[1]; ++j) {
                                int64_t h, v;
                                if (inside(s, 0, p, i, &h) && inside(s, 1, q, j, &v))
                                    sum += x[((n * s->c + o / each * depth + c) * s->in[0] + h) * s->in[1] + v] *
                                           w[((o * depth + c) * s->kernel[0] + i) * s->kernel[1] + j];
                            }
                    *y++ = sum;
                }
}

void onnx_ref_pool(const onnx_ref_window *s, onnx_ref_window_op op, const double *x, double *y) {
    for (int64_t plane = 0; plane < s->n * s->c; ++plane)
        for (int64_t p = 0; p < s->out[0]; ++p)
            for (int64_t q = 0; q < s->out[1]; ++q) {
                double sum = 0, most = -HUGE_VAL;
                int64_t pixels = 0, places = 0;
                for (int64_t i = 0; i < s->kernel[0]; ++i)
                    for (int64_t j = 0; j < s->kernel[1]; ++j) {
                        int64_t h, v;
                        const bool is_in = inside(s, 0, p, i, &h);
                        /* Places in the padding count, those behind it do not. */
                        if (inside(s, 1, q, j, &v) && is_in) {
                            const double at = x[(plane * s->in[0] + h) * s->in[1] + v];
                            sum += at;
                            most = fmax(most, at);
                            ++pixels;
                        }
                        places += h < s->in[0] + s->after[0] && v < s->in[1] + s->after[1];
                    }
                *y++ = op == ONNX_REF_MAX ? most : sum / (double)(op == ONNX_REF_AVERAGE ? pixels : places);
            }
}
