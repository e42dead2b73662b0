/* SPDX-License-Identifier: Apache-2.0 */
/* Windows over an image, as Conv and the poolings have them. */
#ifndef TL_DEPLOY_OP_WINDOW_H
#define TL_DEPLOY_OP_WINDOW_H

#include "tools/deploy/onnx_op.h"

typedef struct op_window {
    int64_t kernel[2], stride[2], dilation[2], before[2], after[2]; /* rows, columns; padding */
    int64_t out[2];
} op_window;

/* From the node's attributes and its first input, [n][c][h][w]; kernel_shape may be given by the weights (NULL: not).
 */
bool op_window_of(const onnx_graph *graph, const graph_node *node, const graph_tensor *weights, op_window *window,
                  op_why *why);
/* The pooling's sizes. Padding must be smaller than the kernel. */
bool op_pool_of(const onnx_graph *graph, const graph_node *node, tl_pool *pool, op_why *why);
/* [n][c][oh][ow] */
bool op_infer_pool(onnx_graph *graph, const graph_node *node, op_why *why);
/* Sizes that go into 16 and 8 bits. */
bool op_fits(int64_t value, int64_t most, const char *what, op_why *why);

#endif
