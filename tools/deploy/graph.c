/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/graph.h"
#include <stdlib.h>
#include <string.h>

const graph_attribute *graph_find(const graph_node *node, const char *name) {
    for (uint32_t i = 0; i < node->attribute_count; ++i) {
        if (strcmp(node->attributes[i].name, name) == 0)
            return &node->attributes[i];
    }
    return NULL;
}

int64_t graph_int(const graph_node *node, const char *name, int64_t otherwise) {
    const graph_attribute *attribute = graph_find(node, name);
    return attribute && attribute->kind == ATTRIBUTE_INT ? attribute->i : otherwise;
}

float graph_float(const graph_node *node, const char *name, float otherwise) {
    const graph_attribute *attribute = graph_find(node, name);
    return attribute && attribute->kind == ATTRIBUTE_FLOAT ? attribute->f : otherwise;
}

bool graph_shape(graph_tensor *tensor, graph_type type, uint32_t rank, const int64_t *dims) {
    uint64_t elements = 1;
    if (rank > GRAPH_RANK)
        return false;
    for (uint32_t i = 0; i < rank; ++i) {
        if (dims[i] < 1 || (uint64_t)dims[i] > GRAPH_ELEMENTS / elements)
            return false;
        elements *= (uint64_t)dims[i];
        tensor->dims[i] = dims[i];
    }
    tensor->type = type;
    tensor->rank = rank;
    tensor->elements = elements;
    tensor->shaped = true;
    return true;
}

static void free_tensor(graph_tensor *tensor) {
    free(tensor->name);
    free(tensor->floats);
    free(tensor->ints);
}

static void free_node(graph_node *node) {
    for (uint32_t i = 0; i < node->attribute_count; ++i) {
        graph_attribute *attribute = &node->attributes[i];
        free(attribute->name);
        free(attribute->s);
        free(attribute->ints);
        free(attribute->floats);
        if (attribute->tensor)
            free_tensor(attribute->tensor);
        free(attribute->tensor);
    }
    free(node->attributes);
    free(node->name);
    free(node->op_type);
    free(node->inputs);
    free(node->outputs);
}

void graph_free(onnx_graph *graph) {
    for (uint32_t i = 0; i < graph->tensor_count; ++i)
        free_tensor(&graph->tensors[i]);
    for (uint32_t i = 0; graph->nodes && i < graph->node_count; ++i)
        free_node(&graph->nodes[i]);
    free(graph->file);
    free(graph->tensors);
    free(graph->nodes);
    free(graph->inputs);
    free(graph->outputs);
    *graph = (onnx_graph){0};
}
