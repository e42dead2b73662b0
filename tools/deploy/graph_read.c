/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/graph_names.h"
#include "tools/deploy/graph_tensor.h"
#include "tools/deploy/onnx_op.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OLDEST = 11, NEWEST = 20, CLAUSE = 256, MOST_BYTES = 1 << 30 };
/* What a name shows of itself in a sentence. */
#define NAME "%.80s"

/* A model being read. */
typedef struct reading {
    const Onnx__Graph *from;
    onnx_graph *to;
    graph_names names; /* of tensors */
    const char *folder;
    uint32_t batch;
    plan_error *error;
} reading;

__attribute__((format(printf, 2, 3))) static bool fail(reading *r, const char *format, ...) {
    char why[400];
    va_list list;
    va_start(list, format);
    vsnprintf(why, sizeof why, format, list);
    va_end(list);
    snprintf(r->error->text, sizeof r->error->text, "%.100s: %s", r->to->file, why);
    return false;
}

static char *copy(const char *text) {
    const size_t bytes = strlen(text) + 1;
    char *to = malloc(bytes);
    return to ? memcpy(to, text, bytes) : NULL;
}

/* A new tensor of this name; GRAPH_NONE: there is one already, or no memory. */
static uint32_t new_tensor(reading *r, const char *name) {
    onnx_graph *g = r->to;
    graph_tensor *more = realloc(g->tensors, (g->tensor_count + 1) * sizeof *more);
    if (more) {
        g->tensors = more;
        more[g->tensor_count] = (graph_tensor){.name = copy(name), .producer = GRAPH_NONE};
        if (more[g->tensor_count].name) {
            ++g->tensor_count;
            if (graph_names_add(&r->names, more[g->tensor_count - 1].name, g->tensor_count - 1))
                return g->tensor_count - 1;
            --g->tensor_count;
            free(more[g->tensor_count].name);
        }
    }
    fail(r, "two tensors are called \"" NAME "\", or there is no memory for another one", name);
    return GRAPH_NONE;
}

static bool read_initializers(reading *r) {
    for (size_t i = 0; i < r->from->n_initializer; ++i) {
        const Onnx__Tensor *from = r->from->initializer[i];
        char why[CLAUSE];
        if (!from->name || !*from->name)
            return fail(r, "initializer number %zu has no name", i);
        const uint32_t t = new_tensor(r, from->name);
        if (t == GRAPH_NONE)
            return false;
        r->to->tensors[t].initializer = true;
        if (!graph_tensor_read(from, r->folder, &r->to->tensors[t], why, sizeof why))
            return fail(r, "initializer \"" NAME "\" cannot be used: %s", from->name, why);
    }
    return true;
}

static bool read_input(reading *r, const Onnx__ValueInfo *from) {
    const Onnx__TensorType *type = from->type ? from->type->tensor_type : NULL;
    int64_t dims[GRAPH_RANK] = {0};
    if (!type || !type->shape)
        return fail(r, "the input \"" NAME "\" has no shape: export the model with one", from->name);
    const Onnx__Shape *shape = type->shape;
    if (shape->n_dim > GRAPH_RANK)
        return fail(r, "the input \"" NAME "\" has more than 8 dimensions", from->name);
    for (size_t i = 0; i < shape->n_dim; ++i) {
        const Onnx__Dimension *dim = shape->dim[i];
        if (i == 0 && shape->n_dim > 1 && r->batch > 0)
            dims[i] = r->batch;
        else if (dim->has_dim_value && dim->dim_value > 0)
            dims[i] = dim->dim_value;
        else if (i == 0)
            dims[i] = 1;
        else
            return fail(r, "dimension %zu of the input \"" NAME "\" is open: only the first, the batch, may be", i,
                        from->name);
    }
    const uint32_t t = new_tensor(r, from->name);
    if (t == GRAPH_NONE)
        return false;
    if (!graph_shape(&r->to->tensors[t], graph_type_of(type->elem_type), (uint32_t)shape->n_dim, dims))
        return fail(r, "the input \"" NAME "\" has more than 2^28 elements", from->name);
    r->to->inputs[r->to->input_count++] = t;
    return true;
}

static bool read_inputs(reading *r) {
    r->to->inputs = calloc(r->from->n_input + 1, sizeof *r->to->inputs);
    if (!r->to->inputs)
        return fail(r, "there is no memory for its inputs");
    for (size_t i = 0; i < r->from->n_input; ++i) {
        const char *name = r->from->input[i]->name;
        if (!name || !*name)
            return fail(r, "input number %zu has no name", i);
        const uint32_t known = graph_names_find(&r->names, name);
        if (known != GRAPH_NONE && r->to->tensors[known].initializer)
            continue;
        if (!read_input(r, r->from->input[i]))
            return false;
    }
    return true;
}

static bool copy_list(graph_attribute *to, const Onnx__Attribute *from) {
    const bool floats = to->kind == ATTRIBUTE_FLOATS;
    to->count = (uint32_t)(floats ? from->n_floats : from->n_ints);
    if (floats) {
        to->floats = malloc((to->count + 1) * sizeof *to->floats);
        if (to->floats && to->count > 0)
            memcpy(to->floats, from->floats, to->count * sizeof *to->floats);
        return to->floats;
    }
    to->ints = malloc((to->count + 1) * sizeof *to->ints);
    if (to->ints && to->count > 0)
        memcpy(to->ints, from->ints, to->count * sizeof *to->ints);
    return to->ints;
}

static bool read_attribute(reading *r, const Onnx__Attribute *from, const char *node, graph_attribute *to) {
    static const graph_attribute_kind kinds[] = {
        [1] = ATTRIBUTE_FLOAT, [2] = ATTRIBUTE_INT,    [3] = ATTRIBUTE_STRING, [4] = ATTRIBUTE_TENSOR,
        [5] = ATTRIBUTE_OTHER, [6] = ATTRIBUTE_FLOATS, [7] = ATTRIBUTE_INTS};
    char why[CLAUSE];
    *to = (graph_attribute){.name = copy(from->name ? from->name : ""), .kind = ATTRIBUTE_OTHER};
    if (from->type >= 1 && from->type <= 7)
        to->kind = kinds[from->type];
    bool right = to->name;
    switch (to->kind) {
    case ATTRIBUTE_INT:
        to->i = from->i;
        break;
    case ATTRIBUTE_FLOAT:
        to->f = from->f;
        break;
    case ATTRIBUTE_STRING:
        to->s = calloc(from->s.len + 1, 1);
        if (to->s && from->s.len > 0)
            memcpy(to->s, from->s.data, from->s.len);
        right = right && to->s;
        break;
    case ATTRIBUTE_INTS:
    case ATTRIBUTE_FLOATS:
        right = copy_list(to, from) && right;
        break;
    case ATTRIBUTE_TENSOR:
        to->tensor = calloc(1, sizeof *to->tensor);
        if (to->tensor && from->t && !graph_tensor_read(from->t, r->folder, to->tensor, why, sizeof why))
            return fail(r, "the tensor in node \"" NAME "\" cannot be used: %s", node, why);
        right = right && to->tensor && from->t;
        break;
    case ATTRIBUTE_OTHER:
        break;
    }
    return right || fail(r, "an attribute of node \"" NAME "\" is empty, or there is no memory for it", node);
}

/* The name in sentences and in the project: the file's, or made of kind and number. */
static char *node_name(const Onnx__Node *from, size_t number) {
    char made[128];
    if (from->name && *from->name)
        return copy(from->name);
    snprintf(made, sizeof made, "%.80s_%zu", from->op_type ? from->op_type : "", number);
    return copy(made);
}

static bool read_node(reading *r, size_t number) {
    const Onnx__Node *from = r->from->node[number];
    graph_node *to = &r->to->nodes[r->to->node_count++];
    const bool standard = !from->domain || !*from->domain || strcmp(from->domain, "ai.onnx") == 0;
    char other[160];
    snprintf(other, sizeof other, "%.70s.%.80s", from->domain ? from->domain : "", from->op_type ? from->op_type : "");
    *to = (graph_node){.name = node_name(from, number),
                       .op_type = copy(!standard       ? other
                                       : from->op_type ? from->op_type
                                                       : ""),
                       .inputs = calloc(from->n_input + 1, sizeof *to->inputs),
                       .outputs = calloc(from->n_output + 1, sizeof *to->outputs),
                       .attributes = calloc(from->n_attribute + 1, sizeof *to->attributes)};
    if (!to->name || !to->op_type || !to->inputs || !to->outputs || !to->attributes)
        return fail(r, "there is no memory for node number %zu", number);
    to->op = standard ? onnx_op_named(to->op_type) : NULL;
    for (size_t i = 0; i < from->n_attribute; ++i) {
        ++to->attribute_count;
        if (!read_attribute(r, from->attribute[i], to->name, &to->attributes[i]))
            return false;
    }
    for (size_t i = 0; i < from->n_output; ++i) {
        uint32_t t = GRAPH_NONE;
        if (from->output[i] && *from->output[i]) {
            t = new_tensor(r, from->output[i]);
            if (t == GRAPH_NONE)
                return false;
            r->to->tensors[t].producer = (uint32_t)number;
        }
        to->outputs[to->output_count++] = t;
    }
    return true;
}

/* When all outputs have their tensors. */
static bool connect(reading *r, size_t number) {
    const Onnx__Node *from = r->from->node[number];
    graph_node *to = &r->to->nodes[number];
    for (size_t i = 0; i < from->n_input; ++i) {
        uint32_t t = GRAPH_NONE;
        if (from->input[i] && *from->input[i]) {
            t = graph_names_find(&r->names, from->input[i]);
            if (t == GRAPH_NONE)
                return fail(r,
                            "node \"" NAME "\" (" NAME ") takes \"" NAME "\", which is no input, no initializer "
                            "and no node's output",
                            to->name, to->op_type, from->input[i]);
        }
        to->inputs[to->input_count++] = t;
    }
    return true;
}

/* Orders the nodes so that each stands behind those whose outputs it takes; else as in the file. */
static bool sort(reading *r) {
    onnx_graph *g = r->to;
    const uint32_t n = g->node_count;
    uint32_t *place = malloc((n + 1) * sizeof *place);
    graph_node *sorted = malloc((n + 1) * sizeof *sorted);
    bool right = place && sorted;
    if (!right)
        fail(r, "there is no memory to order its nodes");
    for (uint32_t i = 0; right && i < n; ++i)
        place[i] = GRAPH_NONE;
    for (uint32_t done = 0, before = 0; right && done < n;) {
        for (uint32_t i = 0; i < n; ++i) {
            const graph_node *node = &g->nodes[i];
            bool ready = place[i] == GRAPH_NONE;
            for (uint32_t j = 0; ready && j < node->input_count; ++j) {
                const uint32_t t = node->inputs[j];
                const uint32_t from = t == GRAPH_NONE ? GRAPH_NONE : g->tensors[t].producer;
                ready = from == GRAPH_NONE || place[from] != GRAPH_NONE;
            }
            if (ready) {
                sorted[done] = *node;
                place[i] = done++;
            }
        }
        if (done == before) {
            uint32_t i = 0;
            while (place[i] != GRAPH_NONE)
                ++i;
            right = fail(r, "node \"" NAME "\" (" NAME ") waits for its own output, over other nodes or itself",
                         g->nodes[i].name, g->nodes[i].op_type);
        }
        before = done;
    }
    if (right) {
        memcpy(g->nodes, sorted, n * sizeof *sorted);
        for (uint32_t i = 0; i < g->tensor_count; ++i) {
            if (g->tensors[i].producer != GRAPH_NONE)
                g->tensors[i].producer = place[g->tensors[i].producer];
        }
    }
    free(place);
    free(sorted);
    return right;
}

static bool read_outputs(reading *r) {
    r->to->outputs = calloc(r->from->n_output + 1, sizeof *r->to->outputs);
    if (!r->to->outputs)
        return fail(r, "there is no memory for its outputs");
    for (size_t i = 0; i < r->from->n_output; ++i) {
        const char *name = r->from->output[i]->name;
        const uint32_t t = name ? graph_names_find(&r->names, name) : GRAPH_NONE;
        if (t == GRAPH_NONE)
            return fail(r, "no node makes the output \"" NAME "\"", name ? name : "");
        r->to->outputs[r->to->output_count++] = t;
    }
    return true;
}

static bool read_graph(reading *r, const Onnx__Model *model) {
    onnx_graph *g = r->to;
    for (size_t i = 0; i < model->n_opset_import; ++i) {
        const char *domain = model->opset_import[i]->domain;
        if (!domain || !*domain || strcmp(domain, "ai.onnx") == 0)
            g->opset = model->opset_import[i]->version;
    }
    if (!model->graph || model->graph->n_node == 0)
        return fail(r, "this is no ONNX model, or its graph is empty");
    if (g->opset < OLDEST || g->opset > NEWEST)
        return fail(r, "its operator set is number %lld; %d to %d are read: convert the model", (long long)g->opset,
                    OLDEST, NEWEST);
    r->from = model->graph;
    if (!read_initializers(r) || !read_inputs(r))
        return false;
    g->nodes = calloc(r->from->n_node, sizeof *g->nodes);
    if (!g->nodes)
        return fail(r, "there is no memory for its nodes");
    for (size_t i = 0; i < r->from->n_node; ++i) {
        if (!read_node(r, i))
            return false;
    }
    for (size_t i = 0; i < r->from->n_node; ++i) {
        if (!connect(r, i))
            return false;
    }
    return sort(r) && read_outputs(r);
}

bool graph_read_bytes(const void *bytes, size_t count, const char *name, const char *folder, uint32_t batch,
                      onnx_graph *to, plan_error *error) {
    *to = (onnx_graph){.file = copy(name)};
    reading r = {.to = to, .folder = folder, .batch = batch, .error = error};
    Onnx__Model *model = to->file ? onnx__model__unpack(NULL, count, bytes) : NULL;
    bool right = model ? read_graph(&r, model) : fail(&r, "this is no ONNX model: its fields cannot be told apart");
    graph_names_free(&r.names);
    if (model)
        onnx__model__free_unpacked(model, NULL);
    if (!right)
        graph_free(to);
    return right;
}

bool graph_read(const char *path, uint32_t batch, onnx_graph *to, plan_error *error) {
    FILE *file = fopen(path, "rb");
    long bytes = -1;
    if (file && fseek(file, 0, SEEK_END) == 0)
        bytes = ftell(file);
    void *data = bytes > 0 && bytes < MOST_BYTES ? malloc((size_t)bytes) : NULL;
    const bool there = data && fseek(file, 0, SEEK_SET) == 0 && fread(data, 1, (size_t)bytes, file) == (size_t)bytes;
    if (file)
        fclose(file);
    bool right = false;
    *to = (onnx_graph){0};
    if (!there) {
        snprintf(error->text, sizeof error->text, "%.200s: cannot be read, is empty, or has a GiB or more", path);
    } else {
        const char *slash = strrchr(path, '/');
        char *folder = slash ? copy(path) : copy(".");
        if (folder && slash)
            folder[slash - path] = '\0';
        right = graph_read_bytes(data, (size_t)bytes, path, folder, batch, to, error);
        free(folder);
    }
    free(data);
    return right;
}
