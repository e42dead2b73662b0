/* SPDX-License-Identifier: Apache-2.0 */
/* What several nodes say and one layer does. */
#include "tools/deploy/lower.h"
#include "tools/deploy/op_window.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

net_layer *lower_maker(lowering *l, uint32_t value) {
    const uint32_t layer = l->network->values[value].layer;
    if (layer == NET_NONE || l->value_uses[value] != 1 || l->network->layers[layer].problem.epilogue != STEP_PLAIN)
        return NULL;
    return &l->network->layers[layer];
}

static bool can(const net_layer *layer, step_epilogue epilogue) {
    step_problem problem = layer->problem;
    char why[128];
    problem.epilogue = epilogue;
    return step_problem_has_pass(&problem, why, sizeof why);
}

bool lower_linear(lowering *l, const graph_node *node, bool transposed, uint32_t bias, op_why *why) {
    const graph_tensor *w = op_input(l->graph, node, 1);
    if (!op_is_constant(w))
        return op_fail(why, "its weights are computed, and must be constants of the file");
    net_layer *layer = lower_layer(l, node, STEP_LINEAR, why);
    if (!layer)
        return false;
    const net_value x = l->network->values[layer->x];
    const uint32_t k = x.h * x.w * x.c, o = (uint32_t)w->dims[transposed ? 1 : 0];
    if (!op_fits(k, UINT16_MAX, "inputs' number", why) || !op_fits(o, UINT16_MAX, "outputs' number", why) ||
        !lower_weights(l, node, layer, 1, NET_LINEAR_W, bias, why))
        return false;
    layer->problem.size.linear = (tl_linear){.n = (uint16_t)x.n, .k = (uint16_t)k, .o = (uint16_t)o};
    net_param *param = &l->network->params[layer->w];
    param->transposed = transposed;
    if (x.h * x.w > 1 && !l->last[node->inputs[0]]) {
        param->image[0] = x.h;
        param->image[1] = x.w;
        param->image[2] = x.c;
    }
    return true;
}

/* Channels of what a layer with weights makes; 0: it has none. */
static uint32_t channels_of(const lowering *l, const net_layer *layer) {
    const step_op op = layer->problem.op;
    return op == STEP_CONV || op == STEP_DEPTHWISE || op == STEP_LINEAR ? l->network->values[layer->y].c : 0;
}

bool lower_bias(lowering *l, const graph_node *node, uint32_t summand, op_why *why) {
    const uint32_t v = lower_value_of(l, node, summand, why);
    if (v == NET_NONE)
        return false;
    net_layer *layer = lower_maker(l, v);
    const graph_tensor *b = op_input(l->graph, node, 1 - summand);
    const uint32_t channels = layer ? channels_of(l, layer) : 0;
    /* From the last dimension, where channels stand. */
    const uint32_t axis = layer && layer->problem.op != STEP_LINEAR && !l->last[node->inputs[summand]] ? 3 : 1;
    if (!layer || channels == 0 || layer->b != NET_NONE || b->elements != channels || b->rank < axis ||
        b->dims[b->rank - axis] != (int64_t)channels)
        return op_fail(why,
                       "adding a constant is supported as the bias of a layer that has none, one number a channel");
    layer->b = lower_param(l, b, NET_VECTOR, why);
    if (layer->b == NET_NONE)
        return false;
    lower_rename(l, v, node);
    return true;
}

net_layer *lower_elements(lowering *l, const graph_node *node, step_op op, op_why *why) {
    net_layer *layer = lower_layer(l, node, op, why);
    if (!layer)
        return NULL;
    layer->problem.size.elements = net_value_elements(&l->network->values[layer->y]);
    return layer;
}

bool lower_sum(lowering *l, const graph_node *node, op_why *why) {
    const uint32_t a = lower_value_of(l, node, 0, why);
    const uint32_t b = a == NET_NONE ? NET_NONE : lower_value_of(l, node, 1, why);
    if (b == NET_NONE)
        return false;
    const net_value *va = &l->network->values[a], *vb = &l->network->values[b];
    if (va->h != vb->h || va->w != vb->w || va->c != vb->c || l->last[node->inputs[0]] != l->last[node->inputs[1]])
        return op_fail(why, "one of its summands was flattened or transposed, the other not");
    const bool later = vb->layer != NET_NONE && (va->layer == NET_NONE || vb->layer > va->layer);
    const uint32_t v = later ? b : a, other = later ? a : b;
    net_layer *maker = lower_maker(l, v);
    if (maker && can(maker, STEP_WITH_ADD)) {
        maker->problem.epilogue = STEP_WITH_ADD;
        maker->residual = other;
        lower_rename(l, v, node);
        return true;
    }
    net_layer *layer = lower_elements(l, node, STEP_ADD, why);
    if (layer)
        layer->residual = b;
    return layer != NULL;
}

bool lower_activation(lowering *l, const graph_node *node, step_op op, op_why *why) {
    const uint32_t v = lower_value_of(l, node, 0, why);
    if (v == NET_NONE)
        return false;
    const uint32_t made_by = l->network->values[v].layer;
    if (made_by != NET_NONE && l->value_uses[v] == 1) {
        net_layer *layer = &l->network->layers[made_by];
        const bool added = layer->problem.epilogue == STEP_WITH_ADD;
        const step_epilogue wanted = op == STEP_RELU6 ? (added ? STEP_EPILOGUES : STEP_WITH_RELU6)
                                     : added          ? STEP_WITH_ADD_RELU
                                                      : STEP_WITH_RELU;
        if ((added || layer->problem.epilogue == STEP_PLAIN) && wanted != STEP_EPILOGUES && can(layer, wanted)) {
            net_value *value = &l->network->values[v];
            layer->problem.epilogue = wanted;
            value->before = value->name;
            value->name = NULL;
            value->before_rank = value->rank;
            memcpy(value->before_dims, value->dims, sizeof value->dims);
            lower_rename(l, v, node);
            return true;
        }
    }
    return lower_elements(l, node, op, why) != NULL;
}

bool lower_global_pool(lowering *l, const graph_node *node, op_why *why) {
    net_layer *layer = lower_layer(l, node, STEP_GLOBAL_POOL, why);
    if (!layer)
        return false;
    const net_value *x = &l->network->values[layer->x];
    layer->problem.size.global_pool =
        (tl_global_pool){.n = (uint16_t)x->n, .h = (uint16_t)x->h, .w = (uint16_t)x->w, .c = (uint16_t)x->c};
    return true;
}

enum { X, GAMMA, BETA, MEAN, VAR };

/* Scales the weights of each output channel, and makes the bias go with them: in double, rounded once. */
static bool fold_norm(lowering *l, const graph_node *node, uint32_t v, op_why *why) {
    net_layer *layer = lower_maker(l, v);
    const uint32_t channels = channels_of(l, layer);
    const double eps = (double)graph_float(node, "epsilon", 1e-5f);
    const float *gamma = op_input(l->graph, node, GAMMA)->floats, *beta = op_input(l->graph, node, BETA)->floats,
                *mean = op_input(l->graph, node, MEAN)->floats, *var = op_input(l->graph, node, VAR)->floats;
    if (layer->b == NET_NONE) {
        const uint32_t b = lower_new_bias(l, layer, channels, why);
        if (b == NET_NONE)
            return false;
        layer->b = b;
    }
    net_param *w = &l->network->params[layer->w], *b = &l->network->params[layer->b];
    const uint32_t each = w->elements / channels;
    for (uint32_t o = 0; o < channels; ++o) {
        const double scale = (double)gamma[o] / sqrt((double)var[o] + eps);
        b->data[o] = (float)((double)beta[o] + ((double)b->data[o] - (double)mean[o]) * scale);
        for (uint32_t i = 0; i < each; ++i) {
            float *to = &w->data[w->transposed ? i * channels + o : o * each + i];
            *to = (float)((double)*to * scale);
        }
        if (!isfinite(b->data[o]) || !isfinite(scale))
            return op_fail(why, "its statistics of channel %u make no finite scale", o);
    }
    lower_rename(l, v, node);
    return true;
}

bool lower_norm(lowering *l, const graph_node *node, op_why *why) {
    const uint32_t v = lower_value_of(l, node, X, why);
    if (v == NET_NONE)
        return false;
    if (l->last[node->inputs[X]] && op_input(l->graph, node, X)->rank == 4)
        return op_fail(why, "the channels of its input stand last: transpose it before");
    if (l->network->values[v].c != op_input(l->graph, node, GAMMA)->elements)
        return op_fail(why, "its input is a flattened image: normalise it before it is flattened");
    const net_layer *maker = lower_maker(l, v);
    if (l->norms == NET_FOLD && maker && channels_of(l, maker) > 0)
        return fold_norm(l, node, v, why);
    const bool trains = l->norms == NET_TRAIN;
    net_layer *layer = lower_layer(l, node, trains ? STEP_BATCH_NORM : STEP_BATCH_NORM_FROZEN, why);
    if (!layer)
        return false;
    const net_value *x = &l->network->values[layer->x];
    layer->problem.size.norm = (tl_batch_norm){.n = (uint16_t)x->n,
                                               .h = (uint16_t)x->h,
                                               .w = (uint16_t)x->w,
                                               .c = (uint16_t)x->c,
                                               .eps = graph_float(node, "epsilon", 1e-5f),
                                               .momentum = graph_float(node, "momentum", 0.9f)};
    if (layer->problem.size.norm.eps <= 0.0f)
        return op_fail(why, "epsilon must be above 0");
    if (!lower_weights(l, node, layer, GAMMA, NET_VECTOR, BETA, why))
        return false;
    layer->mean = lower_param(l, op_input(l->graph, node, MEAN), NET_VECTOR, why);
    layer->var = layer->mean == NET_NONE ? NET_NONE : lower_param(l, op_input(l->graph, node, VAR), NET_VECTOR, why);
    if (layer->var == NET_NONE)
        return false;
    for (uint32_t i = 0; i < 2; ++i) {
        net_param *statistic = &l->network->params[i ? layer->var : layer->mean];
        statistic->statistic = true;
        statistic->trains = false;
    }
    return true;
}
