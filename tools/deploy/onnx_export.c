/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/onnx_export.h"
#include "tools/deploy/graph_tensor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLOAT = 1, LEAST_IR = 4 };

typedef struct exporting {
    Onnx__Graph *graph;
    const net_model *network;
    const char *file;
    const char *folder;
    plan_error *error;
} exporting;

static bool fail(const exporting *e, const char *name, const char *why) {
    snprintf(e->error->text, sizeof e->error->text, "%.100s: \"%.80s\" %.200s", e->file, name, why);
    return false;
}

static bool no_memory(const exporting *e) {
    return fail(e, "export", "needs more memory than there is");
}

static char *copy(const char *text) {
    const size_t bytes = strlen(text) + 1;
    char *to = malloc(bytes);
    return to ? memcpy(to, text, bytes) : NULL;
}

static bool is(const char *a, const char *b) {
    return a && b && strcmp(a, b) == 0;
}

/* Puts a string at the end of a list; it belongs to the list then. */
static bool append(char ***list, size_t *count, const char *text) {
    char **more = realloc(*list, (*count + 1) * sizeof *more);
    if (more)
        *list = more;
    if (!more || !(more[*count] = copy(text)))
        return false;
    ++*count;
    return true;
}

static Onnx__Tensor *initializer_named(const Onnx__Graph *g, const char *name) {
    for (size_t i = 0; i < g->n_initializer; ++i) {
        if (is(g->initializer[i]->name, name))
            return g->initializer[i];
    }
    return NULL;
}

static Onnx__Node *producer_of(const Onnx__Graph *g, const char *tensor) {
    for (size_t i = 0; tensor && *tensor && i < g->n_node; ++i) {
        for (size_t j = 0; j < g->node[i]->n_output; ++j) {
            if (is(g->node[i]->output[j], tensor))
                return g->node[i];
        }
    }
    return NULL;
}

static uint32_t param_named(const net_model *net, const char *name) {
    uint32_t i = 0;
    while (i < net->param_count && !is(net->params[i].name, name))
        ++i;
    return i < net->param_count ? i : NET_NONE;
}

/* The data are these, and stand in the file itself. */
static bool put_raw(Onnx__Tensor *t, const void *data, size_t bytes) {
    void *raw = malloc(bytes + 1);
    if (!raw)
        return false;
    memcpy(raw, data, bytes);
    if (t->has_raw_data)
        free(t->raw_data.data);
    t->has_raw_data = 1;
    t->raw_data = (ProtobufCBinaryData){.len = bytes, .data = raw};
    t->n_float_data = t->n_int32_data = t->n_int64_data = 0;
    for (size_t i = 0; i < t->n_external_data; ++i)
        onnx__entry__free_unpacked(t->external_data[i], NULL);
    t->n_external_data = 0;
    t->has_data_location = 0;
    t->data_location = 0;
    return true;
}

/* Brings a tensor's data in from the file beside the model. */
static bool bring_in(const exporting *e, Onnx__Tensor *t) {
    graph_tensor read = {0};
    char why[200];
    bool right = true;
    if (t->data_location == 0)
        return true;
    right = graph_tensor_read(t, e->folder, &read, why, sizeof why) || fail(e, t->name, why);
    if (right && read.floats)
        right = put_raw(t, read.floats, (size_t)read.elements * sizeof *read.floats) || no_memory(e);
    else if (right && read.type == GRAPH_I64)
        right = put_raw(t, read.ints, (size_t)read.elements * sizeof *read.ints) || no_memory(e);
    else if (right)
        right = fail(e, t->name, "stands in another file, and is neither of float32 nor of int64");
    free(read.floats);
    free(read.ints);
    return right;
}

static bool bring_all_in(const exporting *e) {
    for (size_t i = 0; i < e->graph->n_initializer; ++i) {
        if (!bring_in(e, e->graph->initializer[i]))
            return false;
    }
    for (size_t i = 0; i < e->graph->n_node; ++i) {
        for (size_t j = 0; j < e->graph->node[i]->n_attribute; ++j) {
            if (e->graph->node[i]->attribute[j]->t && !bring_in(e, e->graph->node[i]->attribute[j]->t))
                return false;
        }
    }
    return true;
}

static bool add_initializer(const exporting *e, const net_param *p) {
    Onnx__Graph *g = e->graph;
    Onnx__Tensor **more = realloc(g->initializer, (g->n_initializer + 1) * sizeof *more);
    if (more)
        g->initializer = more;
    Onnx__Tensor *t = more ? malloc(sizeof *t) : NULL;
    if (!t)
        return no_memory(e);
    onnx__tensor__init(t);
    more[g->n_initializer++] = t;
    t->name = copy(p->name);
    t->dims = malloc((p->rank + 1) * sizeof *t->dims);
    t->has_data_type = 1;
    t->data_type = FLOAT;
    if (!t->name || !t->dims || !put_raw(t, p->data, p->elements * sizeof *p->data))
        return no_memory(e);
    t->n_dims = p->rank;
    for (uint32_t i = 0; i < p->rank; ++i)
        t->dims[i] = p->dims[i];
    return true;
}

static void remove_node(Onnx__Graph *g, const Onnx__Node *node) {
    size_t i = 0;
    while (g->node[i] != node)
        ++i;
    onnx__node__free_unpacked(g->node[i], NULL);
    --g->n_node;
    memmove(g->node + i, g->node + i + 1, (g->n_node - i) * sizeof *g->node);
}

static bool put_param(const exporting *e, const net_param *p) {
    Onnx__Tensor *t = initializer_named(e->graph, p->name);
    if (t)
        return (t->data_type == FLOAT && put_raw(t, p->data, p->elements * sizeof *p->data)) || no_memory(e);
    Onnx__Node *node = producer_of(e->graph, p->name);
    if (node && node->n_output != 1)
        return fail(e, p->name, "is made by a node that makes other tensors too");
    if (node)
        remove_node(e->graph, node);
    return add_initializer(e, p);
}

/* The node with weights from which a batch norm's input comes, past biases and the like. */
static Onnx__Node *weights_before(const exporting *e, const char *tensor, int depth) {
    Onnx__Node *node = depth > 0 ? producer_of(e->graph, tensor) : NULL;
    if (!node || node->n_input == 0)
        return NULL;
    if (is(node->op_type, "Conv") || is(node->op_type, "Gemm") || is(node->op_type, "MatMul"))
        return node->n_input > 1 ? node : NULL;
    Onnx__Node *found = weights_before(e, node->input[0], depth - 1);
    return found || !is(node->op_type, "Add") || node->n_input < 2 ? found
                                                                   : weights_before(e, node->input[1], depth - 1);
}

static bool rename_to(char **text, const char *to) {
    char *fresh = copy(to);
    if (fresh) {
        if (*text != protobuf_c_empty_string)
            free(*text);
        *text = fresh;
    }
    return fresh;
}

/* Leaves the node its first input, and gives it another operator. */
static bool become(const exporting *e, Onnx__Node *node, const char *op, const char *second) {
    while (node->n_input > 1)
        free(node->input[--node->n_input]);
    while (node->n_output > 1)
        free(node->output[--node->n_output]);
    while (node->n_attribute > 0)
        onnx__attribute__free_unpacked(node->attribute[--node->n_attribute], NULL);
    return (rename_to(&node->op_type, op) && (!second || append(&node->input, &node->n_input, second))) || no_memory(e);
}

/* A batch norm that is in the weights now. */
static bool unfold(const exporting *e, Onnx__Node *norm) {
    enum { DEPTH = 64 };
    const net_model *net = e->network;
    Onnx__Node *maker = weights_before(e, norm->input[0], DEPTH);
    const uint32_t w = maker ? param_named(net, maker->input[1]) : NET_NONE;
    uint32_t layer = 0;
    while (w != NET_NONE && layer < net->layer_count && net->layers[layer].w != w)
        ++layer;
    if (w == NET_NONE || layer == net->layer_count)
        return fail(e, norm->output[0], "is a batch norm that is not the project's, nor is it folded into a layer");
    const uint32_t b = net->layers[layer].b;
    const bool fresh = b != NET_NONE && net->params[b].made && !producer_of(e->graph, net->params[b].name) &&
                       !initializer_named(e->graph, net->params[b].name);
    if (!fresh)
        return become(e, norm, "Identity", NULL);
    if (!add_initializer(e, &net->params[b]))
        return false;
    if (is(maker->op_type, "MatMul"))
        return become(e, norm, "Add", net->params[b].name);
    /* A bias may be left out by an empty name. */
    while (maker->n_input > 2)
        free(maker->input[--maker->n_input]);
    return (append(&maker->input, &maker->n_input, net->params[b].name) || no_memory(e)) &&
           become(e, norm, "Identity", NULL);
}

static bool is_used(const Onnx__Graph *g, const char *tensor) {
    for (size_t i = 0; i < g->n_node; ++i) {
        for (size_t j = 0; j < g->node[i]->n_input; ++j) {
            if (is(g->node[i]->input[j], tensor))
                return true;
        }
    }
    for (size_t i = 0; i < g->n_output; ++i) {
        if (is(g->output[i]->name, tensor))
            return true;
    }
    return false;
}

static void remove_initializer(Onnx__Graph *g, size_t number) {
    Onnx__Tensor *t = g->initializer[number];
    for (size_t i = 0; i < g->n_input; ++i) {
        if (is(g->input[i]->name, t->name)) {
            onnx__value_info__free_unpacked(g->input[i], NULL);
            --g->n_input;
            memmove(g->input + i, g->input + i + 1, (g->n_input - i) * sizeof *g->input);
            break;
        }
    }
    onnx__tensor__free_unpacked(t, NULL);
    --g->n_initializer;
    memmove(g->initializer + number, g->initializer + number + 1, (g->n_initializer - number) * sizeof *g->initializer);
}

/* Folded batch norms, and what only they used. */
static bool unfold_all(const exporting *e) {
    Onnx__Graph *g = e->graph;
    bool any = false;
    for (size_t i = 0; i < g->n_node; ++i) {
        Onnx__Node *node = g->node[i];
        if (!is(node->op_type, "BatchNormalization") || node->n_input < 5 || node->n_output < 1 ||
            param_named(e->network, node->input[1]) != NET_NONE)
            continue;
        any = true;
        if (!unfold(e, node))
            return false;
    }
    for (size_t i = g->n_initializer; any && i-- > 0;) {
        if (!is_used(g, g->initializer[i]->name) && param_named(e->network, g->initializer[i]->name) == NET_NONE)
            remove_initializer(g, i);
    }
    return true;
}

static bool change(const exporting *e, Onnx__Model *model) {
    if (!bring_all_in(e) || !unfold_all(e))
        return false;
    for (uint32_t i = 0; i < e->network->param_count; ++i) {
        if (!put_param(e, &e->network->params[i]))
            return false;
    }
    /* Before, initializers had to be inputs too. */
    if (model->ir_version < LEAST_IR)
        model->ir_version = LEAST_IR;
    return true;
}

bool onnx_export(const void *from, size_t count, const char *name, const char *folder, const net_model *network,
                 void **file, size_t *bytes, plan_error *error) {
    Onnx__Model *model = onnx__model__unpack(NULL, count, from);
    const exporting e = {
        .graph = model ? model->graph : NULL, .network = network, .file = name, .folder = folder, .error = error};
    *file = NULL;
    bool right = e.graph ? change(&e, model) : fail(&e, name, "is no ONNX model");
    if (right) {
        *file = malloc(onnx__model__get_packed_size(model) + 1);
        if (*file)
            *bytes = onnx__model__pack(model, *file);
        else
            right = no_memory(&e);
    }
    if (model)
        onnx__model__free_unpacked(model, NULL);
    return right;
}
