/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the deployer knows of an ONNX operator. One file an operator (op_conv.c, ...), each with one such struct;
 * onnx_ops.def lists them, and the table of what is supported (docs/deploy.md) is made from that list.
 */
#ifndef TL_DEPLOY_ONNX_OP_H
#define TL_DEPLOY_ONNX_OP_H

#include "tools/deploy/graph.h"
#include "tools/deploy/network.h"

/* A clause about what is wrong, for a sentence that names the node. */
typedef struct op_why {
    char text[200];
} op_why;

struct lowering;

typedef struct onnx_op {
    const char *name; /* "Conv" */
    uint32_t least_inputs, most_inputs;
    const char *limits; /* for the table: what of it is not supported; NULL: nothing */
    /* Shapes of the outputs from shapes and constants of the inputs, all of which are there. */
    bool (*infer)(onnx_graph *graph, const graph_node *node, op_why *why);
    /* The first output's values where all inputs are constant; NULL: it is not folded. Shapes are known already. */
    bool (*fold)(onnx_graph *graph, const graph_node *node, op_why *why);
    /* Adds what the node does to the network (lower.h); NULL: it stands only where it folds. */
    bool (*lower)(struct lowering *lowering, const graph_node *node, op_why *why);
} onnx_op;

/* NULL: none of that name. */
const onnx_op *onnx_op_named(const char *name);
extern const onnx_op *const onnx_ops[];
extern const uint32_t onnx_op_count;

/*
 * Infers all shapes, and folds what is constant. False: error->text names every node that stands in the way, with the
 * reason, one sentence a line.
 */
bool graph_infer(onnx_graph *graph, plan_error *error);

/* For the op_*.c files. Inputs and outputs by their number; NULL: left out, or there are not so many. */
graph_tensor *op_input(const onnx_graph *graph, const graph_node *node, uint32_t number);
graph_tensor *op_output(const onnx_graph *graph, const graph_node *node, uint32_t number);
bool op_is_constant(const graph_tensor *tensor);
/* Always false. */
__attribute__((format(printf, 2, 3))) bool op_fail(op_why *why, const char *format, ...);
/* The first output has this shape, or its first input's and type. */
bool op_shape(const onnx_graph *graph, const graph_node *node, graph_type type, uint32_t rank, const int64_t *dims,
              op_why *why);
bool op_same_shape(onnx_graph *graph, const graph_node *node, op_why *why);
/* Room for the first output's values. */
bool op_allocate(graph_tensor *tensor, op_why *why);
/* The values are the input's, in the same order. */
bool op_copy_values(onnx_graph *graph, const graph_node *node, op_why *why);
/* A list of integers: from the attribute, or, where `input` is not 0, from that constant input. Returns how many, at
 * the most `most`; NULL in *list: it is not given. */
uint32_t op_ints(const onnx_graph *graph, const graph_node *node, const char *attribute, uint32_t input,
                 const int64_t **list);

#endif
