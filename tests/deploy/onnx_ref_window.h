/* SPDX-License-Identifier: Apache-2.0 */
/* Windows over images of ONNX's layout, [n][c][h][w]: for onnx_ref.c. */
#ifndef TL_TESTS_ONNX_REF_WINDOW_H
#define TL_TESTS_ONNX_REF_WINDOW_H

#include "tools/deploy/graph.h"

typedef enum onnx_ref_window_op {
    ONNX_REF_CONV,
    ONNX_REF_MAX,
    ONNX_REF_AVERAGE,
    ONNX_REF_AVERAGE_PADDED
} onnx_ref_window_op;

typedef struct onnx_ref_window {
    int64_t n, c, in[2], out[2], kernel[2], stride[2], dilation[2], before[2], after[2], groups;
} onnx_ref_window;

/* From attributes and the dimensions of x and, of a convolution, w. */
void onnx_ref_window_of(const graph_node *node, const int64_t *x, const int64_t *w, onnx_ref_window *window);
void onnx_ref_conv(const onnx_ref_window *s, const double *x, const double *w, const double *b, int64_t o, double *y);
void onnx_ref_pool(const onnx_ref_window *s, onnx_ref_window_op op, const double *x, double *y);

#endif
