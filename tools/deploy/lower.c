/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/lower.h"
#include "tools/deploy/complaints.h"
#include "tools/deploy/net_names.h"
#include <stdlib.h>
#include <string.h>

static char *copy(const char *text) {
    const size_t bytes = strlen(text) + 1;
    char *to = malloc(bytes);
    return to ? memcpy(to, text, bytes) : NULL;
}

/* What a tensor of the model is as a value: [n][c][h][w], or [n][h][w][c] if `last`, or [n][k]. */
static bool value_of_tensor(const graph_tensor *t, bool last, net_value *value, op_why *why) {
    if (t->rank < 1 || t->rank > 4 || t->rank == 3 || t->type != GRAPH_F32)
        return op_fail(why, "\"%.60s\" has %u dimensions: images [n][c][h][w] and vectors [n][k] are supported",
                       t->name, t->rank);
    *value = (net_value){.n = 1, .h = 1, .w = 1, .rank = t->rank, .layer = NET_NONE};
    for (uint32_t i = 0; i < t->rank; ++i) {
        if (t->dims[i] > UINT16_MAX)
            return op_fail(why, "\"%.60s\" has a dimension of %lld, and the library takes at most 65535", t->name,
                           (long long)t->dims[i]);
        value->dims[i] = (uint32_t)t->dims[i];
    }
    value->n = t->rank > 1 ? value->dims[0] : 1;
    value->c = t->rank > 1 ? value->dims[1] : value->dims[0];
    if (t->rank == 4) {
        value->c = value->dims[last ? 3 : 1];
        value->h = value->dims[last ? 1 : 2];
        value->w = value->dims[last ? 2 : 3];
    }
    value->channels_last = last;
    return true;
}

static uint32_t new_value(lowering *l, uint32_t tensor, op_why *why) {
    const graph_tensor *t = &l->graph->tensors[tensor];
    net_model *net = l->network;
    net_value value;
    if (!value_of_tensor(t, l->last[tensor], &value, why))
        return NET_NONE;
    net_value *more = realloc(net->values, (net->value_count + 1) * sizeof *more);
    value.name = copy(t->name);
    if (more)
        net->values = more;
    if (!more || !value.name) {
        free(value.name);
        op_fail(why, "there is no memory for its output");
        return NET_NONE;
    }
    more[net->value_count] = value;
    l->value_of[tensor] = net->value_count;
    l->value_uses[net->value_count] = l->uses[tensor];
    return net->value_count++;
}

uint32_t lower_value_of(const lowering *l, const graph_node *node, uint32_t input, op_why *why) {
    const uint32_t t = node->inputs[input], v = t == GRAPH_NONE ? NET_NONE : l->value_of[t];
    why->text[0] = '\0';
    if (v == NET_NONE &&
        (t == GRAPH_NONE || l->graph->tensors[t].producer == GRAPH_NONE || op_is_constant(&l->graph->tensors[t])))
        op_fail(why, "its input number %u does not come from the model's input", input);
    return v;
}

net_layer *lower_layer(lowering *l, const graph_node *node, step_op op, op_why *why) {
    net_model *net = l->network;
    const uint32_t x = lower_value_of(l, node, 0, why);
    const bool each = op >= STEP_RELU && op <= STEP_ADD;
    if (x == NET_NONE)
        return NULL;
    if (l->last[node->inputs[0]] && !each && op != STEP_LINEAR) {
        op_fail(why, "the channels of its input stand last: transpose it before");
        return NULL;
    }
    net_layer *more = realloc(net->layers, (net->layer_count + 1) * sizeof *more);
    if (more)
        net->layers = more;
    char *name = more ? net_unique_name(net, node->name) : NULL;
    const uint32_t y = name ? new_value(l, node->outputs[0], why) : NET_NONE;
    if (y == NET_NONE) {
        if (!name)
            op_fail(why, "there is no memory for its layer");
        free(name);
        return NULL;
    }
    net_value *made = &net->values[y];
    const net_value *from = &net->values[x];
    made->layer = net->layer_count;
    /* Element by element a flattened image stays the image that it is in memory. */
    if (each) {
        made->h = from->h;
        made->w = from->w;
        made->c = from->c;
        made->channels_last = l->last[node->outputs[0]] = l->last[node->inputs[0]];
    }
    net_layer *layer = &net->layers[net->layer_count++];
    *layer = (net_layer){.name = name,
                         .problem = {.op = op, .pass = STEP_FORWARD},
                         .x = x,
                         .residual = NET_NONE,
                         .y = y,
                         .w = NET_NONE,
                         .b = NET_NONE,
                         .mean = NET_NONE,
                         .var = NET_NONE};
    return layer;
}

static uint32_t new_param(lowering *l, net_param *param, op_why *why) {
    net_model *net = l->network;
    net_param *more = realloc(net->params, (net->param_count + 1) * sizeof *more);
    if (more)
        net->params = more;
    if (!more || !param->name || !param->data) {
        free(param->name);
        free(param->data);
        op_fail(why, "there is no memory for its parameters");
        return NET_NONE;
    }
    param->trains = true;
    more[net->param_count] = *param;
    return net->param_count++;
}

uint32_t lower_param(lowering *l, const graph_tensor *from, net_layout layout, op_why *why) {
    net_param param = {
        .layout = layout, .rank = from->rank, .elements = (uint32_t)from->elements, .made = !from->initializer};
    for (uint32_t i = 0; i < l->network->param_count; ++i) {
        if (strcmp(l->network->params[i].name, from->name) == 0) {
            op_fail(why, "\"%.60s\" belongs to another node already: shared parameters are not supported", from->name);
            return NET_NONE;
        }
    }
    if (from->rank > 4 || from->type != GRAPH_F32 || !from->floats) {
        op_fail(why, "\"%.60s\" is no constant of float32 with at most four dimensions", from->name);
        return NET_NONE;
    }
    for (uint32_t i = 0; i < from->rank; ++i)
        param.dims[i] = (uint32_t)from->dims[i];
    param.name = copy(from->name);
    param.data = malloc(param.elements * sizeof *param.data);
    if (param.data)
        memcpy(param.data, from->floats, param.elements * sizeof *param.data);
    return new_param(l, &param, why);
}

uint32_t lower_new_bias(lowering *l, const net_layer *layer, uint32_t elements, op_why *why) {
    net_param param = {.layout = NET_VECTOR, .rank = 1, .dims = {elements}, .elements = elements, .made = true};
    const size_t bytes = strlen(layer->name) + sizeof ".bias";
    param.name = malloc(bytes);
    if (param.name) {
        strcpy(param.name, layer->name);
        strcat(param.name, ".bias");
    }
    param.data = calloc(elements, sizeof *param.data);
    return new_param(l, &param, why);
}

bool lower_weights(lowering *l, const graph_node *node, net_layer *layer, uint32_t w, net_layout layout, uint32_t b,
                   op_why *why) {
    layer->w = lower_param(l, op_input(l->graph, node, w), layout, why);
    if (layer->w == NET_NONE)
        return false;
    if (b == 0)
        return true;
    layer->b = lower_param(l, op_input(l->graph, node, b), NET_VECTOR, why);
    return layer->b != NET_NONE;
}

void lower_rename(lowering *l, uint32_t value, const graph_node *node) {
    const uint32_t tensor = node->outputs[0];
    const graph_tensor *t = &l->graph->tensors[tensor];
    net_value *v = &l->network->values[value];
    char *name = copy(t->name);
    if (name) {
        free(v->name);
        v->name = name;
    }
    v->rank = t->rank;
    for (uint32_t i = 0; i < t->rank && i < 4; ++i)
        v->dims[i] = (uint32_t)t->dims[i];
    for (uint32_t i = 0; i < node->input_count; ++i) {
        const uint32_t from = node->inputs[i];
        if (from != GRAPH_NONE && l->value_of[from] == value)
            v->channels_last = l->last[tensor] = l->last[from];
    }
    l->value_of[tensor] = value;
    l->value_uses[value] = l->uses[tensor];
}

bool lower_alias(lowering *l, const graph_node *node, op_why *why) {
    const uint32_t v = lower_value_of(l, node, 0, why);
    if (v == NET_NONE)
        return false;
    l->value_of[node->outputs[0]] = v;
    l->value_uses[v] += l->uses[node->outputs[0]] - 1;
    l->last[node->outputs[0]] = l->last[node->inputs[0]];
    return true;
}

bool lower_view(lowering *l, const graph_node *node, bool last, op_why *why) {
    if (!lower_alias(l, node, why))
        return false;
    l->last[node->outputs[0]] = last;
    return true;
}

static bool has_dims(const graph_tensor *t, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    return t->rank == 4 && t->dims[0] == a && t->dims[1] == b && t->dims[2] == c && t->dims[3] == d;
}

bool lower_reshape(lowering *l, const graph_node *node, op_why *why) {
    const graph_tensor *y = op_output(l->graph, node, 0);
    const uint32_t v = lower_value_of(l, node, 0, why);
    if (v == NET_NONE)
        return false;
    const net_value *x = &l->network->values[v];
    const uint32_t pixels = x->h * x->w;
    const bool last = l->last[node->inputs[0]], any = pixels == 1 || x->c == 1; /* any: both orders are the same */
    if ((!last || any) && has_dims(y, x->n, x->c, x->h, x->w))
        return lower_view(l, node, false, why);
    if ((last || any) && has_dims(y, x->n, x->h, x->w, x->c))
        return lower_view(l, node, true, why);
    const bool flat = y->rank == 2 && y->dims[1] == (int64_t)pixels * x->c;
    /* A batch of one in a single vector, as a last step sometimes has it. */
    const bool bare = y->rank == 1 && x->n == 1 && pixels == 1;
    if (!flat && !bare)
        return op_fail(why, "only flattening behind the batch and moving dimensions of 1 are supported");
    return lower_alias(l, node, why);
}

/* Counts who takes each tensor, constants and what nothing comes of left out. */
static bool prepare(lowering *l) {
    const onnx_graph *g = l->graph;
    const size_t room = g->tensor_count + 1u;
    l->value_of = malloc(room * sizeof *l->value_of);
    l->uses = calloc(room, sizeof *l->uses);
    l->value_uses = calloc(room, sizeof *l->value_uses);
    l->last = calloc(room, sizeof *l->last);
    if (!l->value_of || !l->uses || !l->value_uses || !l->last)
        return false;
    for (uint32_t i = 0; i < g->tensor_count; ++i)
        l->value_of[i] = NET_NONE;
    for (uint32_t i = 0; i < g->output_count; ++i)
        ++l->uses[g->outputs[i]];
    /* Nodes stand behind those that they take from: whose outputs nobody has asked for by now is not asked at all. */
    for (uint32_t i = g->node_count; i-- > 0;) {
        const graph_node *node = &g->nodes[i];
        if (l->uses[node->outputs[0]] == 0 || op_is_constant(&g->tensors[node->outputs[0]]))
            continue;
        for (uint32_t j = 0; j < node->input_count; ++j) {
            if (node->inputs[j] != GRAPH_NONE)
                ++l->uses[node->inputs[j]];
        }
    }
    return true;
}

static bool lower_node(lowering *l, const graph_node *node, op_why *why) {
    const graph_tensor *y = op_output(l->graph, node, 0);
    if (op_is_constant(y) || l->uses[node->outputs[0]] == 0)
        return true;
    if (!node->op->lower)
        return op_fail(why, "it is supported only where its inputs are constant");
    why->text[0] = '\0';
    return node->op->lower(l, node, why);
}

/* A reshape to [n][1][h][w] is such a transposition too. */
static bool moves_to_second(const onnx_graph *g, const graph_node *node) {
    const graph_tensor *x = op_input(g, node, 0), *y = op_output(g, node, 0);
    if (x->rank != 4)
        return false;
    return op_transposes(g, node, op_to_second) ||
           (node->op->lower == lower_reshape && x->dims[3] == 1 && y->rank == 4 && y->dims[1] == 1 &&
            y->dims[2] == x->dims[1] && y->dims[3] == x->dims[2]);
}

/* Whether all that take the input first move its channels from last to second: then it is an image in our order. */
static bool input_is_last(const lowering *l) {
    const onnx_graph *g = l->graph;
    const uint32_t input = g->inputs[0];
    uint32_t moved = 0;
    for (uint32_t i = 0; i < g->node_count; ++i) {
        const graph_node *node = &g->nodes[i];
        moved += l->uses[node->outputs[0]] > 0 && node->input_count > 0 && node->inputs[0] == input &&
                 moves_to_second(g, node);
    }
    return moved > 0 && moved == l->uses[input];
}

static void lower_all(lowering *l, complaints *c) {
    const onnx_graph *g = l->graph;
    net_model *net = l->network;
    op_why why = {""};
    if (g->input_count != 1 || g->output_count != 1) {
        op_fail(&why, "it has %u inputs and %u outputs: one of each is supported", g->input_count, g->output_count);
        complain(c, "", "model", why.text);
        return;
    }
    l->last[g->inputs[0]] = input_is_last(l);
    net->input = new_value(l, g->inputs[0], &why);
    if (net->input == NET_NONE) {
        complain(c, g->tensors[g->inputs[0]].name, "input", why.text);
        return;
    }
    for (uint32_t i = 0; i < g->node_count; ++i) {
        if (!lower_node(l, &g->nodes[i], &why) && why.text[0])
            complain(c, g->nodes[i].name, g->nodes[i].op_type, why.text);
    }
    net->output = l->value_of[g->outputs[0]];
    net->output_flat = g->tensors[g->outputs[0]].rank < 4;
    if (c->count == 0 && (net->output == NET_NONE || net->layer_count == 0))
        complain(c, g->tensors[g->outputs[0]].name, "output", "no layer lies between it and the input");
}

bool network_lower(const onnx_graph *graph, const char *name, net_norms norms, net_model *net, plan_error *error) {
    lowering l = {.graph = graph, .network = net, .norms = norms};
    complaints c = {.error = error, .file = graph->file};
    *net = (net_model){.name = net_c_name(name)};
    if (net->name && prepare(&l))
        lower_all(&l, &c);
    else
        complain(&c, "", "model", "there is no memory for it");
    free(l.value_of);
    free(l.uses);
    free(l.value_uses);
    free(l.last);
    if (complaints_end(&c))
        return true;
    network_free(net);
    return false;
}
