/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/onnx_op.h"
#include "tools/deploy/complaints.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OP(name, op) extern const onnx_op op;
#include "tools/deploy/onnx_ops.def"
#undef OP

const onnx_op *const onnx_ops[] = {
#define OP(name, op) &op,
#include "tools/deploy/onnx_ops.def"
#undef OP
};
const uint32_t onnx_op_count = sizeof onnx_ops / sizeof onnx_ops[0];

const onnx_op *onnx_op_named(const char *name) {
    for (uint32_t i = 0; i < onnx_op_count; ++i) {
        if (strcmp(onnx_ops[i]->name, name) == 0)
            return onnx_ops[i];
    }
    return NULL;
}

graph_tensor *op_input(const onnx_graph *graph, const graph_node *node, uint32_t number) {
    const uint32_t t = number < node->input_count ? node->inputs[number] : GRAPH_NONE;
    return t == GRAPH_NONE ? NULL : &graph->tensors[t];
}

graph_tensor *op_output(const onnx_graph *graph, const graph_node *node, uint32_t number) {
    const uint32_t t = number < node->output_count ? node->outputs[number] : GRAPH_NONE;
    return t == GRAPH_NONE ? NULL : &graph->tensors[t];
}

bool op_is_constant(const graph_tensor *tensor) {
    return tensor->floats || tensor->ints;
}

bool op_fail(op_why *why, const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(why->text, sizeof why->text, format, list);
    va_end(list);
    return false;
}

bool op_shape(const onnx_graph *graph, const graph_node *node, graph_type type, uint32_t rank, const int64_t *dims,
              op_why *why) {
    graph_tensor *y = op_output(graph, node, 0);
    return (y && graph_shape(y, type, rank, dims)) ||
           op_fail(why, "its output would be empty or has too many elements");
}

bool op_same_shape(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    return op_shape(graph, node, x->type, x->rank, x->dims, why);
}

bool op_allocate(graph_tensor *tensor, op_why *why) {
    if (tensor->type == GRAPH_F32)
        tensor->floats = calloc((size_t)tensor->elements, sizeof *tensor->floats);
    else
        tensor->ints = calloc((size_t)tensor->elements, sizeof *tensor->ints);
    return op_is_constant(tensor) || op_fail(why, "there is no memory for its output");
}

bool op_copy_values(onnx_graph *graph, const graph_node *node, op_why *why) {
    const graph_tensor *x = op_input(graph, node, 0);
    graph_tensor *y = op_output(graph, node, 0);
    if (x->elements != y->elements || x->type != y->type)
        return op_fail(why, "its output would have another number of elements than its input");
    if (!op_allocate(y, why))
        return false;
    if (x->floats)
        memcpy(y->floats, x->floats, (size_t)x->elements * sizeof *x->floats);
    else
        memcpy(y->ints, x->ints, (size_t)x->elements * sizeof *x->ints);
    return true;
}

uint32_t op_ints(const onnx_graph *graph, const graph_node *node, const char *attribute, uint32_t input,
                 const int64_t **list) {
    const graph_attribute *a = graph_find(node, attribute);
    const graph_tensor *t = input > 0 ? op_input(graph, node, input) : NULL;
    *list = NULL;
    if (a && a->kind == ATTRIBUTE_INTS) {
        *list = a->ints;
        return a->count;
    }
    if (t && t->ints && t->elements <= GRAPH_RANK) {
        *list = t->ints;
        return (uint32_t)t->elements;
    }
    return 0;
}

static bool all_constant(const onnx_graph *graph, const graph_node *node) {
    for (uint32_t i = 0; i < node->input_count; ++i) {
        const graph_tensor *t = op_input(graph, node, i);
        if (t && !op_is_constant(t))
            return false;
    }
    return true;
}

/* False as well where an input has no shape because of an earlier failure: then why->text is empty. */
static bool infer_node(onnx_graph *graph, const graph_node *node, op_why *why) {
    const onnx_op *op = node->op;
    why->text[0] = '\0';
    if (!op)
        return op_fail(why, "the operator %.80s is not supported", node->op_type);
    if (node->input_count < op->least_inputs || node->input_count > op->most_inputs || node->output_count == 0)
        return op_fail(why, "%s has %u inputs here, and takes %u to %u", op->name, node->input_count, op->least_inputs,
                       op->most_inputs);
    for (uint32_t i = 0; i < node->input_count; ++i) {
        const graph_tensor *t = op_input(graph, node, i);
        if (!t && i < op->least_inputs)
            return op_fail(why, "its input number %u is left out", i);
        if (t && !t->shaped)
            return false;
    }
    if (!op_output(graph, node, 0))
        return op_fail(why, "its first output has no name");
    return op->infer(graph, node, why) && (!op->fold || !all_constant(graph, node) || op->fold(graph, node, why));
}

bool graph_infer(onnx_graph *graph, plan_error *error) {
    complaints c = {.error = error, .file = graph->file};
    for (uint32_t i = 0; i < graph->node_count; ++i) {
        op_why why;
        const graph_node *node = &graph->nodes[i];
        if (!infer_node(graph, node, &why) && why.text[0])
            complain(&c, node->name, node->op_type, why.text);
    }
    return complaints_end(&c);
}
