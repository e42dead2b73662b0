/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/network.h"
#include "tools/deploy/net_names.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NUMBER = 8 }; /* bytes kept for a number behind a name */

char *net_c_name(const char *name) {
    char *to = calloc(PLAN_NAME, 1);
    size_t used = 0;
    if (!to)
        return NULL;
    while (*name == '/' || *name == '.')
        ++name;
    if (!*name || (*name >= '0' && *name <= '9'))
        to[used++] = 'n';
    for (; *name && used < PLAN_NAME - NUMBER; ++name) {
        const char c = *name;
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        to[used++] = letter ? c : '_';
    }
    return to;
}

static bool is_taken(const net_model *network, const char *name) {
    for (uint32_t i = 0; i < network->layer_count; ++i) {
        if (strcasecmp(network->layers[i].name, name) == 0)
            return true;
    }
    return false;
}

char *net_unique_name(const net_model *network, const char *name) {
    char *to = net_c_name(name);
    const size_t used = to ? strlen(to) : 0;
    for (uint32_t i = 2; to && is_taken(network, to); ++i)
        snprintf(to + used, PLAN_NAME - used, "_%u", i % 1000000);
    return to;
}

void network_free(net_model *network) {
    for (uint32_t i = 0; i < network->value_count; ++i) {
        free(network->values[i].name);
        free(network->values[i].before);
    }
    for (uint32_t i = 0; i < network->param_count; ++i) {
        free(network->params[i].name);
        free(network->params[i].data);
    }
    for (uint32_t i = 0; i < network->layer_count; ++i)
        free(network->layers[i].name);
    free(network->name);
    free(network->values);
    free(network->params);
    free(network->layers);
    *network = (net_model){0};
}

/* * stands for any letters, none too. */
static bool matches(const char *pattern, size_t bytes, const char *name) {
    if (bytes == 0)
        return !*name;
    if (*pattern != '*')
        return *name == *pattern && matches(pattern + 1, bytes - 1, name + 1);
    return matches(pattern + 1, bytes - 1, name) || (*name && matches(pattern, bytes, name + 1));
}

static void train_last(net_model *network, uint64_t layers) {
    for (uint32_t i = network->layer_count; i-- > 0 && layers > 0;) {
        const net_layer *layer = &network->layers[i];
        if (layer->w == NET_NONE)
            continue;
        --layers;
        network->params[layer->w].trains = true;
        if (layer->b != NET_NONE)
            network->params[layer->b].trains = true;
    }
}

static void train_biases(net_model *network) {
    for (uint32_t i = 0; i < network->layer_count; ++i) {
        if (network->layers[i].b != NET_NONE)
            network->params[network->layers[i].b].trains = true;
    }
}

/* Of one pattern between commas. */
static bool train_named(net_model *network, const char *pattern, size_t bytes) {
    bool any = false;
    for (uint32_t i = 0; i < network->param_count; ++i) {
        if (matches(pattern, bytes, network->params[i].name)) {
            network->params[i].trains = true;
            any = true;
        }
    }
    for (uint32_t i = 0; i < network->layer_count; ++i) {
        const net_layer *layer = &network->layers[i];
        if (!matches(pattern, bytes, layer->name))
            continue;
        for (int j = 0; j < 2; ++j) {
            const uint32_t p = j ? layer->b : layer->w;
            if (p != NET_NONE) {
                network->params[p].trains = true;
                any = true;
            }
        }
    }
    return any;
}

bool network_train(net_model *network, const char *pattern, plan_error *error) {
    uint64_t layers = 0;
    const bool all = strcmp(pattern, "all") == 0, last = strncmp(pattern, "last:", 5) == 0;
    for (uint32_t i = 0; i < network->param_count; ++i)
        network->params[i].trains = all;
    if (last) {
        if (!number_read(pattern + 5, strlen(pattern + 5), network->layer_count, &layers) || layers == 0) {
            snprintf(error->text, sizeof error->text, "\"%.80s\" is no number of layers from 1 to %u", pattern,
                     network->layer_count);
            return false;
        }
        train_last(network, layers);
    } else if (strcmp(pattern, "bias") == 0) {
        train_biases(network);
    } else if (!all) {
        for (const char *at = pattern; *at;) {
            const size_t bytes = strcspn(at, ",");
            if (!train_named(network, at, bytes)) {
                snprintf(error->text, sizeof error->text, "no layer and no parameter is called \"%.*s\"",
                         (int)(bytes < 80 ? bytes : 80), at);
                return false;
            }
            at += bytes + (at[bytes] == ',');
        }
    }
    uint32_t training = 0;
    for (uint32_t i = 0; i < network->param_count; ++i) {
        if (network->params[i].statistic)
            network->params[i].trains = false;
        training += network->params[i].trains;
    }
    if (training == 0)
        snprintf(error->text, sizeof error->text, "nothing would train: \"%.80s\" names no parameter", pattern);
    return training > 0;
}
