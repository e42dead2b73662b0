/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model as its ONNX file says it: tensors and nodes, in ONNX's names, layouts (NCHW) and order. Reading fills it in;
 * inference adds shapes and the values of what is constant; lowering makes a network of it (network.h).
 */
#ifndef TL_DEPLOY_GRAPH_H
#define TL_DEPLOY_GRAPH_H

#include "tools/plan/lines.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRAPH_NONE UINT32_MAX
enum { GRAPH_RANK = 8, GRAPH_ELEMENTS = 1 << 28 };

typedef enum graph_type { GRAPH_UNKNOWN, GRAPH_F32, GRAPH_I64, GRAPH_I32, GRAPH_BOOL, GRAPH_OTHER } graph_type;

typedef struct graph_tensor {
    char *name;
    graph_type type;
    bool shaped;      /* rank and dims are known */
    bool initializer; /* its data stood in the file, under this name */
    uint32_t rank;
    int64_t dims[GRAPH_RANK]; /* above 0 when shaped; a batch that the file leaves open is the caller's */
    uint64_t elements;        /* when shaped */
    float *floats;            /* data of a constant of GRAPH_F32, row-major; else NULL */
    int64_t *ints;            /* of the other types, widened; else NULL */
    uint32_t producer;        /* node, or GRAPH_NONE: input or initializer */
} graph_tensor;

typedef enum graph_attribute_kind {
    ATTRIBUTE_INT,
    ATTRIBUTE_FLOAT,
    ATTRIBUTE_STRING,
    ATTRIBUTE_INTS,
    ATTRIBUTE_FLOATS,
    ATTRIBUTE_TENSOR,
    ATTRIBUTE_OTHER
} graph_attribute_kind;

typedef struct graph_attribute {
    char *name;
    graph_attribute_kind kind;
    int64_t i;
    float f;
    char *s;
    uint32_t count; /* of ints or floats */
    int64_t *ints;
    float *floats;
    graph_tensor *tensor; /* data and shape; no name */
} graph_attribute;

struct onnx_op;

typedef struct graph_node {
    char *name; /* the file's; where it has none, "Conv_3": kind and number in the file */
    char *op_type;
    const struct onnx_op *op;   /* NULL: not one that we know */
    uint32_t *inputs, *outputs; /* tensors; GRAPH_NONE: left out */
    uint32_t input_count, output_count;
    graph_attribute *attributes;
    uint32_t attribute_count;
} graph_node;

typedef struct onnx_graph {
    char *file;    /* for sentences */
    int64_t opset; /* of the default domain */
    graph_tensor *tensors;
    uint32_t tensor_count;
    graph_node *nodes; /* each behind those whose outputs it takes */
    uint32_t node_count;
    uint32_t *inputs, *outputs; /* tensors, initializers not among the inputs */
    uint32_t input_count, output_count;
} onnx_graph;

/*
 * Reads an ONNX file, tensors in files beside it (external data) too. `batch` is the first dimension of
 * inputs that have several, whatever the file says; 0: as the file says, and 1 where it leaves that open. False:
 * error->text is one sentence with the file's name, and *graph is empty.
 */
bool graph_read(const char *path, uint32_t batch, onnx_graph *graph, plan_error *error);
/* The same of a model in memory; external data is looked for in `folder` (NULL: refused). */
bool graph_read_bytes(const void *bytes, size_t count, const char *name, const char *folder, uint32_t batch,
                      onnx_graph *graph, plan_error *error);
void graph_free(onnx_graph *graph);

/* NULL if the node has no such attribute. */
const graph_attribute *graph_find(const graph_node *node, const char *name);
int64_t graph_int(const graph_node *node, const char *name, int64_t otherwise);
float graph_float(const graph_node *node, const char *name, float otherwise);

/* Gives a tensor a shape: sets shaped, elements. False: a dimension is below 1, or there are too many elements. */
bool graph_shape(graph_tensor *tensor, graph_type type, uint32_t rank, const int64_t *dims);

#endif
