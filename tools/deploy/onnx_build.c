/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/onnx_build.h"
#include <onnx.pb-c.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FLOAT = 1, INT64 = 7 };

struct onnx_build {
    Onnx__Model model;
    Onnx__Graph graph;
    Onnx__OpsetId opset;
    Onnx__OpsetId *opsets[1];
    void **owned; /* all that was allocated */
    size_t owned_count;
    bool failed;
};

static void *keep(onnx_build *b, void *memory) {
    void **more = memory ? realloc(b->owned, (b->owned_count + 1) * sizeof *more) : NULL;
    if (!more) {
        free(memory);
        b->failed = true;
        return NULL;
    }
    b->owned = more;
    more[b->owned_count++] = memory;
    return memory;
}

static void *copy(onnx_build *b, const void *from, size_t bytes) {
    void *to = keep(b, malloc(bytes + 1));
    if (to) {
        if (bytes > 0)
            memcpy(to, from, bytes);
        ((char *)to)[bytes] = '\0';
    }
    return to;
}

static char *copy_text(onnx_build *b, const char *text) {
    return copy(b, text, strlen(text));
}

/* Puts a message at the end of a repeated field. */
static bool append(onnx_build *b, void *list, size_t *count, void *message) {
    void **old = *(void ***)list;
    void **more = message ? realloc(old, (*count + 1) * sizeof *more) : NULL;
    if (!more) {
        b->failed = true;
        return false;
    }
    more[(*count)++] = message;
    *(void ***)list = more;
    return true;
}

onnx_build *onnx_build_begin(const char *name, int64_t opset) {
    onnx_build *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    onnx__model__init(&b->model);
    onnx__graph__init(&b->graph);
    onnx__opset_id__init(&b->opset);
    b->graph.name = copy_text(b, name);
    b->opset.domain = copy_text(b, "");
    b->opset.has_version = 1;
    b->opset.version = opset;
    b->opsets[0] = &b->opset;
    b->model.has_ir_version = 1;
    b->model.ir_version = 8;
    b->model.producer_name = copy_text(b, "trainlib");
    b->model.graph = &b->graph;
    b->model.n_opset_import = 1;
    b->model.opset_import = b->opsets;
    return b;
}

static Onnx__Dimension *dimension(onnx_build *b, int64_t size) {
    Onnx__Dimension *d = keep(b, malloc(sizeof *d));
    if (!d)
        return NULL;
    onnx__dimension__init(d);
    if (size > 0) {
        d->has_dim_value = 1;
        d->dim_value = size;
    } else {
        d->dim_param = copy_text(b, "N");
    }
    return d;
}

static Onnx__ValueInfo *value_info(onnx_build *b, const char *name, uint32_t rank, const int64_t *dims) {
    Onnx__ValueInfo *v = keep(b, malloc(sizeof *v));
    Onnx__Type *type = keep(b, malloc(sizeof *type));
    Onnx__TensorType *tensor = keep(b, malloc(sizeof *tensor));
    Onnx__Shape *shape = keep(b, malloc(sizeof *shape));
    if (b->failed)
        return NULL;
    onnx__value_info__init(v);
    onnx__type__init(type);
    onnx__tensor_type__init(tensor);
    onnx__shape__init(shape);
    v->name = copy_text(b, name);
    v->type = type;
    type->tensor_type = tensor;
    tensor->has_elem_type = 1;
    tensor->elem_type = FLOAT;
    tensor->shape = shape;
    for (uint32_t i = 0; i < rank; ++i)
        append(b, &shape->dim, &shape->n_dim, dimension(b, dims[i]));
    keep(b, shape->dim);
    return v;
}

void onnx_build_input(onnx_build *b, const char *name, uint32_t rank, const int64_t *dims) {
    append(b, &b->graph.input, &b->graph.n_input, value_info(b, name, rank, dims));
}

void onnx_build_output(onnx_build *b, const char *name, uint32_t rank, const int64_t *dims) {
    append(b, &b->graph.output, &b->graph.n_output, value_info(b, name, rank, dims));
}

static void initializer(onnx_build *b, const char *name, int32_t type, uint32_t rank, const int64_t *dims,
                        const void *data, size_t width) {
    Onnx__Tensor *t = keep(b, malloc(sizeof *t));
    size_t bytes = width;
    if (!t)
        return;
    onnx__tensor__init(t);
    for (uint32_t i = 0; i < rank; ++i)
        bytes *= (size_t)dims[i];
    t->name = copy_text(b, name);
    t->has_data_type = 1;
    t->data_type = type;
    t->n_dims = rank;
    t->dims = copy(b, dims, rank * sizeof *dims);
    t->has_raw_data = 1;
    t->raw_data.len = bytes;
    t->raw_data.data = copy(b, data, bytes);
    append(b, &b->graph.initializer, &b->graph.n_initializer, t);
}

void onnx_build_floats(onnx_build *b, const char *name, uint32_t rank, const int64_t *dims, const float *data) {
    initializer(b, name, FLOAT, rank, dims, data, sizeof *data);
}

void onnx_build_ints(onnx_build *b, const char *name, uint32_t count, const int64_t *data) {
    initializer(b, name, INT64, 1, (int64_t[]){count}, data, sizeof *data);
}

void onnx_build_node(onnx_build *b, const char *op, const char *name, const char *inputs, const char *output) {
    Onnx__Node *node = keep(b, malloc(sizeof *node));
    if (!node)
        return;
    onnx__node__init(node);
    node->op_type = copy_text(b, op);
    node->name = copy_text(b, name);
    while (*inputs) {
        const size_t bytes = strcspn(inputs, " ");
        append(b, &node->input, &node->n_input, *inputs == '-' ? copy_text(b, "") : copy(b, inputs, bytes));
        inputs += bytes + (inputs[bytes] == ' ');
    }
    append(b, &node->output, &node->n_output, copy_text(b, output));
    append(b, &b->graph.node, &b->graph.n_node, node);
}

static Onnx__Attribute *attribute(onnx_build *b, const char *name, int32_t type) {
    Onnx__Node *node = b->graph.n_node > 0 ? b->graph.node[b->graph.n_node - 1] : NULL;
    Onnx__Attribute *a = keep(b, malloc(sizeof *a));
    if (!a || !node)
        return NULL;
    onnx__attribute__init(a);
    a->name = copy_text(b, name);
    a->has_type = 1;
    a->type = type;
    return append(b, &node->attribute, &node->n_attribute, a) ? a : NULL;
}

void onnx_build_int(onnx_build *b, const char *name, int64_t value) {
    Onnx__Attribute *a = attribute(b, name, 2);
    if (a) {
        a->has_i = 1;
        a->i = value;
    }
}

void onnx_build_float(onnx_build *b, const char *name, float value) {
    Onnx__Attribute *a = attribute(b, name, 1);
    if (a) {
        a->has_f = 1;
        a->f = value;
    }
}

void onnx_build_string(onnx_build *b, const char *name, const char *value) {
    Onnx__Attribute *a = attribute(b, name, 3);
    if (a) {
        a->has_s = 1;
        a->s.len = strlen(value);
        a->s.data = copy(b, value, a->s.len);
    }
}

void onnx_build_int_list(onnx_build *b, const char *name, uint32_t count, const int64_t *values) {
    Onnx__Attribute *a = attribute(b, name, 7);
    if (a) {
        a->n_ints = count;
        a->ints = copy(b, values, count * sizeof *values);
    }
}

void *onnx_build_end(onnx_build *b, size_t *bytes) {
    const size_t room = b->failed ? 0 : onnx__model__get_packed_size(&b->model);
    void *file = room > 0 ? malloc(room) : NULL;
    *bytes = file ? onnx__model__pack(&b->model, file) : 0;
    for (size_t i = 0; i < b->graph.n_node; ++i) {
        free(b->graph.node[i]->input);
        free(b->graph.node[i]->output);
        free(b->graph.node[i]->attribute);
    }
    free(b->graph.node);
    free(b->graph.input);
    free(b->graph.output);
    free(b->graph.initializer);
    for (size_t i = 0; i < b->owned_count; ++i)
        free(b->owned[i]);
    free(b->owned);
    free(b);
    return file;
}
