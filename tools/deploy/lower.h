/* SPDX-License-Identifier: Apache-2.0 */
/* How operators add themselves to a network: for the op_*.c files alone. All return false (NULL) with the reason. */
#ifndef TL_DEPLOY_LOWER_H
#define TL_DEPLOY_LOWER_H

#include "tools/deploy/onnx_op.h"

typedef struct lowering {
    const onnx_graph *graph;
    net_model *network;
    net_norms norms;
    uint32_t *value_of;   /* of each tensor: the value that it is, or NET_NONE */
    uint32_t *uses;       /* of each tensor: nodes that take it, and the model's outputs */
    uint32_t *value_uses; /* of each value; there is room for as many as there are tensors */
    bool *last;           /* of each tensor: its channels stand last, as in net_value.channels_last */
} lowering;

/* A new layer whose x is the node's first input; the value it makes stands for the node's first output. */
net_layer *lower_layer(lowering *l, const graph_node *node, step_op op, op_why *why);
/* Its weights and, unless that number is 0, its bias, by their numbers among the node's inputs. */
bool lower_weights(lowering *l, const graph_node *node, net_layer *layer, uint32_t w, net_layout layout, uint32_t b,
                   op_why *why);
/* A linear layer with the weights in input 1, [k][o] if transposed, and the bias in input `bias` (0: none). */
bool lower_linear(lowering *l, const graph_node *node, bool transposed, uint32_t bias, op_why *why);
/* The sum of input `summand` of the node and a constant: the bias of the layer that made the summand. */
bool lower_bias(lowering *l, const graph_node *node, uint32_t summand, op_why *why);
/* The sum of two values: in the layer that made the later one, if it can, else a layer of its own. */
bool lower_sum(lowering *l, const graph_node *node, op_why *why);
/* STEP_RELU or STEP_RELU6: in the layer that made the input, if it can, else a layer of its own. */
bool lower_activation(lowering *l, const graph_node *node, step_op op, op_why *why);
/* A layer of its own that takes each element by itself; NULL: none. */
net_layer *lower_elements(lowering *l, const graph_node *node, step_op op, op_why *why);
bool lower_global_pool(lowering *l, const graph_node *node, op_why *why);
bool lower_norm(lowering *l, const graph_node *node, op_why *why);
/* The output is another name of the input. */
bool lower_alias(lowering *l, const graph_node *node, op_why *why);
/* The same, with another shape; what would change the order of elements is refused. */
bool lower_reshape(lowering *l, const graph_node *node, op_why *why);
/* The same, with the channels moved: from last to second, or back. */
bool lower_view(lowering *l, const graph_node *node, bool last, op_why *why);
/* Whether it is a transposition of these four dimensions. */
bool op_transposes(const onnx_graph *graph, const graph_node *node, const uint32_t perm[4]);
extern const uint32_t op_to_second[4], op_to_last[4];

/* NET_NONE: it does not come from the network's input (why->text says so), or what makes it was refused (no text). */
uint32_t lower_value_of(const lowering *l, const graph_node *node, uint32_t input, op_why *why);
/* The value of input 0 now stands for the node's first output. */
void lower_rename(lowering *l, uint32_t value, const graph_node *node);
/* The layer that makes a value which nothing else takes, and into which no more was fused yet; NULL: none. */
net_layer *lower_maker(lowering *l, uint32_t value);
/* A parameter with the values of a constant; NET_NONE: no memory, or another layer has it already. */
uint32_t lower_param(lowering *l, const graph_tensor *from, net_layout layout, op_why *why);
/* One of so many zeros, which the file does not have. */
uint32_t lower_new_bias(lowering *l, const net_layer *layer, uint32_t elements, op_why *why);

#endif
