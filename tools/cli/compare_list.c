/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/compare_list.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const compare_kind_names[] = {"loss", "input", "activation", "gradient", "parameter's gradient"};

/* A file name that any file system takes; two tensors whose names come out the same are told apart by their number. */
static void name_file(compare_list *list, compare_item *item) {
    static const char *const before[] = {"", "", "", "grad_", "grad_"};
    char *to = item->file;
    size_t at = (size_t)snprintf(to, sizeof item->file, "%s", before[item->kind]);
    for (const char *c = item->name; *c && at < 70; ++c)
        to[at++] =
            (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '.' || *c == '-'
                ? *c
                : '_';
    to[at] = '\0';
    bool taken = to[0] == '.';
    for (const compare_item *other = list->items; !taken && other < item; ++other)
        taken = strncmp(other->file, to, at) == 0 && strcmp(other->file + at, ".npy") == 0;
    if (taken)
        snprintf(to + at, sizeof item->file - at, "_%u.npy", (unsigned)(item - list->items));
    else
        snprintf(to + at, sizeof item->file - at, ".npy");
}

static void add(compare_list *list, compare_item item) {
    list->items[list->count] = item;
    name_file(list, &list->items[list->count++]);
}

static void add_value(compare_list *list, compare_kind kind, const net_value *v, uint32_t offset) {
    const bool before = kind == COMPARE_GRADIENT && v->before;
    compare_item item = {.kind = kind,
                         .name = before ? v->before : v->name,
                         .rank = before ? v->before_rank : v->rank,
                         .elements = net_value_elements(v),
                         .offset = offset,
                         .value = v};
    memcpy(item.dims, before ? v->before_dims : v->dims, sizeof item.dims);
    add(list, item);
}

static void add_param(compare_list *list, const net_param *p, uint32_t offset) {
    compare_item item = {
        .kind = COMPARE_PARAM, .name = p->name, .rank = p->rank, .elements = p->elements, .offset = offset, .param = p};
    memcpy(item.dims, p->dims, sizeof item.dims);
    add(list, item);
}

/* Bytes from the start of a project's context to its arena: behind the parameters, the optimiser's state, and a target
 * that is given. */
static uint32_t arena_at(const net_model *net, const train_schedule *s) {
    const uint32_t target = s->options.target_given ? net_value_elements(&net->values[net->output]) : 0;
    return (4 * (s->param_floats + s->states * s->trained_floats + target) + 7) & ~7u;
}

bool compare_list_make(const net_model *net, const train_schedule *s, compare_list *list) {
    const uint32_t arena = arena_at(net, s);
    *list = (compare_list){.items = calloc(2u * net->value_count + net->param_count + 2u, sizeof *list->items)};
    if (!list->items)
        return false;
    add(list, (compare_item){.kind = COMPARE_LOSS, .name = "loss", .elements = 1});
    add_value(list, COMPARE_INPUT, &net->values[net->input], 0);
    for (uint32_t i = 0; i < net->value_count; ++i) {
        if (i != net->input && s->value_buffer[i] != NET_NONE)
            add_value(list, COMPARE_VALUE, &net->values[i], arena + s->buffers[s->value_buffer[i]].offset);
    }
    for (uint32_t i = 0; i < net->value_count; ++i) {
        if (i != net->input && s->grad_buffer[i] != NET_NONE)
            add_value(list, COMPARE_GRADIENT, &net->values[i], arena + s->buffers[s->grad_buffer[i]].offset);
    }
    for (uint32_t i = 0; i < net->param_count; ++i) {
        const uint32_t buffer = s->param_buffer[i];
        if (net->params[i].trains && buffer != NET_NONE)
            add_param(list, &net->params[i],
                      arena + s->buffers[buffer].offset + 4 * (s->param_offset[i] - s->buffers[buffer].of));
    }
    for (uint32_t i = 0; i < list->count; ++i) {
        list->items[i].host = calloc(list->items[i].elements, sizeof(float));
        list->items[i].guest = calloc(list->items[i].elements, sizeof(float));
        if (!list->items[i].host || !list->items[i].guest) {
            compare_list_free(list);
            return false;
        }
    }
    return true;
}

void compare_list_free(compare_list *list) {
    for (uint32_t i = 0; i < list->count; ++i) {
        free(list->items[i].host);
        free(list->items[i].guest);
    }
    free(list->items);
    *list = (compare_list){0};
}

static bool read_one(const compare_item *item, device *from, float *to, cli_error *error) {
    float *ours = malloc(item->elements * sizeof *ours);
    if (!ours)
        return cli_out_of_memory(error);
    const bool fine = device_peek(from, item->offset, ours, item->elements * sizeof *ours, error);
    if (fine && item->param)
        net_param_to_onnx(item->param, ours, to);
    else if (fine)
        net_value_to_onnx(item->value, ours, to);
    free(ours);
    return fine;
}

bool compare_list_read(compare_list *list, device *from, const float *x, float loss, bool guest, cli_error *error) {
    for (uint32_t i = 0; i < list->count; ++i) {
        const compare_item *item = &list->items[i];
        float *to = guest ? item->guest : item->host;
        if (item->kind == COMPARE_LOSS)
            *to = loss;
        else if (item->kind == COMPARE_INPUT)
            net_value_to_onnx(item->value, x, to);
        else if (!read_one(item, from, to, error))
            return false;
    }
    return true;
}

uint32_t compare_list_check(compare_list *list) {
    uint32_t found = 0;
    for (uint32_t i = 0; i < list->count; ++i) {
        compare_item *item = &list->items[i];
        double largest = 0, worst = 0;
        for (uint32_t j = 0; j < item->elements; ++j) {
            const float a = item->host[j], b = item->guest[j];
            const bool same = memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
            item->differ += !same;
            largest = fmax(largest, fabs((double)a));
            worst = same ? worst : fmax(worst, isfinite(a - b) ? fabs((double)a - (double)b) : HUGE_VAL);
        }
        item->worst = worst > 0 ? worst / (largest > 0 ? largest : 1) : 0;
        found += item->differ > 0;
    }
    return found;
}
