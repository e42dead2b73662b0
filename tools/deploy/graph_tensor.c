/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/graph_tensor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of element types in the format. */
enum { FLOAT = 1, UINT8 = 2, INT8 = 3, INT32 = 6, INT64 = 7, BOOL = 9, FLOAT16 = 10, DOUBLE = 11, BFLOAT16 = 16 };
enum { EXTERNAL = 1 };

graph_type graph_type_of(int32_t number) {
    switch (number) {
    case FLOAT:
        return GRAPH_F32;
    case INT64:
        return GRAPH_I64;
    case INT32:
        return GRAPH_I32;
    case BOOL:
        return GRAPH_BOOL;
    default:
        return GRAPH_OTHER;
    }
}

static const char *type_name(int32_t number) {
    switch (number) {
    case UINT8:
        return "uint8";
    case INT8:
        return "int8";
    case FLOAT16:
        return "float16";
    case DOUBLE:
        return "float64";
    case BFLOAT16:
        return "bfloat16";
    default:
        return "an unknown type";
    }
}

static bool fail(char *why, size_t room, const char *text) {
    snprintf(why, room, "%s", text);
    return false;
}

/* The data of a tensor that stands in a file beside the model: freed by the caller. */
static uint8_t *read_external(const Onnx__Tensor *from, const char *folder, size_t bytes, char *why, size_t room) {
    const char *location = NULL;
    unsigned long long offset = 0;
    for (size_t i = 0; i < from->n_external_data; ++i) {
        const Onnx__Entry *entry = from->external_data[i];
        if (!entry->key || !entry->value)
            continue;
        if (strcmp(entry->key, "location") == 0)
            location = entry->value;
        else if (strcmp(entry->key, "offset") == 0)
            offset = strtoull(entry->value, NULL, 10);
    }
    if (!folder || !location) {
        fail(why, room, "its data is said to stand in another file, which is not named");
        return NULL;
    }
    if (location[0] == '/' || strstr(location, "..")) {
        snprintf(why, room, "its data is said to stand in \"%.80s\", outside the model's folder", location);
        return NULL;
    }
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", folder, location) >= (int)sizeof path) {
        fail(why, room, "the name of its data's file is too long");
        return NULL;
    }
    FILE *file = fopen(path, "rb");
    uint8_t *data = file ? malloc(bytes) : NULL;
    const bool read =
        data && offset <= INT32_MAX && fseek(file, (long)offset, SEEK_SET) == 0 && fread(data, 1, bytes, file) == bytes;
    if (file)
        fclose(file);
    if (read)
        return data;
    free(data);
    snprintf(why, room, "its data cannot be read: %zu bytes from byte %llu of \"%.80s\"", bytes, offset, location);
    return NULL;
}

/* Little-endian words of the format are this host's. */
static void take_raw(graph_tensor *to, int32_t type, const uint8_t *raw) {
    for (uint64_t i = 0; i < to->elements; ++i) {
        int32_t word;
        switch (type) {
        case FLOAT:
            memcpy(&to->floats[i], raw + 4 * i, 4);
            break;
        case INT64:
            memcpy(&to->ints[i], raw + 8 * i, 8);
            break;
        case INT32:
            memcpy(&word, raw + 4 * i, 4);
            to->ints[i] = word;
            break;
        default:
            to->ints[i] = raw[i];
        }
    }
}

/* Elements that stand in the field for the type. */
static size_t typed_count(const Onnx__Tensor *from) {
    return from->data_type == FLOAT   ? from->n_float_data
           : from->data_type == INT64 ? from->n_int64_data
                                      : from->n_int32_data;
}

static void take_typed(graph_tensor *to, const Onnx__Tensor *from) {
    for (uint64_t i = 0; i < to->elements; ++i) {
        if (from->data_type == FLOAT)
            to->floats[i] = from->float_data[i];
        else
            to->ints[i] = from->data_type == INT64 ? from->int64_data[i] : from->int32_data[i];
    }
}

bool graph_tensor_read(const Onnx__Tensor *from, const char *folder, graph_tensor *to, char *why, size_t room) {
    const int32_t type = from->data_type;
    const graph_type kind = graph_type_of(type);
    if (kind == GRAPH_OTHER) {
        snprintf(why, room, "its elements are of type %s (number %d): the library trains float32, convert the model",
                 type_name(type), (int)type);
        return false;
    }
    if (from->n_dims > GRAPH_RANK)
        return fail(why, room, "it has more than 8 dimensions");
    if (!graph_shape(to, kind, (uint32_t)from->n_dims, from->dims))
        return fail(why, room, "one of its dimensions is below 1, or it has more than 2^28 elements");
    const size_t width = type == FLOAT || type == INT32 ? 4 : type == INT64 ? 8 : 1;
    const size_t bytes = (size_t)to->elements * width;
    uint8_t *external = NULL;
    if (from->data_location == EXTERNAL) {
        external = read_external(from, folder, bytes, why, room);
        if (!external)
            return false;
    } else {
        const size_t there = from->has_raw_data ? from->raw_data.len / width : typed_count(from);
        if (there != to->elements || (from->has_raw_data && from->raw_data.len != bytes)) {
            snprintf(why, room, "its shape asks for %llu elements, and %zu stand there",
                     (unsigned long long)to->elements, there);
            return false;
        }
    }
    if (kind == GRAPH_F32)
        to->floats = malloc((size_t)to->elements * sizeof *to->floats);
    else
        to->ints = malloc((size_t)to->elements * sizeof *to->ints);
    const bool right = to->floats || to->ints;
    if (!right)
        fail(why, room, "there is no memory for it");
    else if (external || from->has_raw_data)
        take_raw(to, type, external ? external : from->raw_data.data);
    else
        take_typed(to, from);
    free(external);
    return right;
}
