/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/weights.h"
#include "tools/cli/file.h"
#include "tools/cli/tensor.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "weight files are little-endian");

enum { LENGTH_BYTES = 8, MOST_HEADER = 1 << 20, MOST_FILE = 1 << 30 };
#define FORMAT_VERSION "1"

/* All tensors in ONNX's layout, one behind the other. The caller frees. */
static float *to_onnx(const tl_project *project, const float *params, size_t *bytes) {
    size_t n = 0;
    for (uint32_t t = 0; t < project->tensor_count; ++t)
        n += tensor_elements(&project->tensors[t]);
    float *data = malloc(n * sizeof *data), *to = data;
    for (uint32_t t = 0; data && t < project->tensor_count; ++t) {
        tensor_to_onnx(&project->tensors[t], params + project->tensors[t].offset, to);
        to += tensor_elements(&project->tensors[t]);
    }
    *bytes = n * sizeof *data;
    return data;
}

static uint32_t checksum(const void *data, size_t bytes) {
    return (uint32_t)crc32_z(0, data, bytes);
}

static char *make_header(const tl_project *project, const float *data, size_t bytes) {
    cJSON *root = cJSON_CreateObject();
    cJSON *metadata = cJSON_AddObjectToObject(root, "__metadata__");
    char crc[16];
    snprintf(crc, sizeof crc, "%08x", checksum(data, bytes));
    cJSON_AddStringToObject(metadata, "project", project->name);
    cJSON_AddStringToObject(metadata, "version", FORMAT_VERSION);
    cJSON_AddStringToObject(metadata, "crc32", crc);
    size_t at = 0;
    for (uint32_t t = 0; t < project->tensor_count; ++t) {
        const tl_tensor *tensor = &project->tensors[t];
        cJSON *entry = cJSON_AddObjectToObject(root, tensor->name);
        cJSON_AddStringToObject(entry, "dtype", "F32");
        cJSON *shape = cJSON_AddArrayToObject(entry, "shape");
        for (uint32_t i = 0; i < tensor->rank; ++i)
            cJSON_AddItemToArray(shape, cJSON_CreateNumber(tensor->dims[i]));
        cJSON *offsets = cJSON_AddArrayToObject(entry, "data_offsets");
        cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)at));
        at += tensor_elements(tensor) * sizeof *data;
        cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)at));
    }
    char *text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    return text;
}

bool weights_save(const char *path, const tl_project *project, const float *params, cli_error *error) {
    size_t bytes = 0;
    float *data = to_onnx(project, params, &bytes);
    char *header = data ? make_header(project, data, bytes) : NULL;
    /* Padded with spaces, so that the data are aligned. */
    size_t length = header ? strlen(header) : 0, padded = (length + 7) / 8 * 8;
    char *file = header ? malloc(LENGTH_BYTES + padded + bytes) : NULL;
    bool saved = false;
    if (file) {
        uint64_t word = padded;
        memcpy(file, &word, LENGTH_BYTES);
        memset(file + LENGTH_BYTES, ' ', padded);
        memcpy(file + LENGTH_BYTES, header, length);
        memcpy(file + LENGTH_BYTES + padded, data, bytes);
        saved = file_replace(path, file, LENGTH_BYTES + padded + bytes, error);
    } else {
        cli_out_of_memory(error);
    }
    free(file);
    cJSON_free(header);
    free(data);
    return saved;
}

typedef struct reading {
    const char *path;
    const tl_project *project;
    const cJSON *root;
    const char *data;
    size_t data_bytes;
    cli_error *error;
} reading;

/* A whole number from 0 to max, or -1. */
static double whole(const cJSON *item, double max) {
    double value = cJSON_IsNumber(item) ? item->valuedouble : -1.0;
    return value >= 0.0 && value <= max && value == floor(value) ? value : -1.0;
}

/* Where the last tensor's data end, by the header. */
static double extent(const reading *in) {
    double end = 0.0;
    for (const cJSON *entry = in->root->child; entry; entry = entry->next) {
        const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(entry, "data_offsets");
        double here = whole(cJSON_GetArrayItem(offsets, 1), MOST_FILE);
        end = here > end ? here : end;
    }
    return end;
}

static bool metadata_is_ours(const reading *in) {
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(in->root, "__metadata__");
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(metadata, "project"));
    const char *version = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(metadata, "version"));
    const char *crc = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(metadata, "crc32"));
    if (!name || !version || !crc)
        return cli_fail(in->error, CLI_INPUT,
                        "%s was not written by trainlib: its header has no project, version "
                        "and crc32",
                        in->path);
    if (strcmp(version, FORMAT_VERSION) != 0)
        return cli_fail(in->error, CLI_INPUT, "%s has format version '%.20s', but this program reads version %s",
                        in->path, version, FORMAT_VERSION);
    if (strcmp(name, in->project->name) != 0)
        return cli_fail(in->error, CLI_INPUT, "%s holds the weights of the network '%.60s', not of '%s'", in->path,
                        name, in->project->name);
    if (extent(in) > (double)in->data_bytes)
        return cli_fail(in->error, CLI_INPUT, "%s is cut off: %.0f bytes are missing", in->path,
                        extent(in) - (double)in->data_bytes);
    char actual[16];
    snprintf(actual, sizeof actual, "%08x", checksum(in->data, in->data_bytes));
    if (strcmp(crc, actual) != 0)
        return cli_fail(in->error, CLI_INPUT, "%s is damaged: its data have CRC-32 %s, its header says '%.20s'",
                        in->path, actual, crc);
    return true;
}

static bool same_shape(const cJSON *shape, const tl_tensor *tensor) {
    if (!cJSON_IsArray(shape) || cJSON_GetArraySize(shape) != (int)tensor->rank)
        return false;
    const cJSON *dim = shape->child;
    for (uint32_t i = 0; i < tensor->rank; ++i, dim = dim->next)
        if (whole(dim, UINT32_MAX) != (double)tensor->dims[i])
            return false;
    return true;
}

/* The tensor's data; *end is where they end. NULL: the sentence is written. */
static const char *find_tensor(const reading *in, const tl_tensor *tensor, size_t *end) {
    const cJSON *entry = cJSON_GetObjectItemCaseSensitive(in->root, tensor->name);
    if (!cJSON_IsObject(entry)) {
        cli_fail(in->error, CLI_INPUT, "%s holds no tensor '%s': these are the weights of another network", in->path,
                 tensor->name);
        return NULL;
    }
    const char *dtype = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "dtype"));
    if (!dtype || strcmp(dtype, "F32") != 0) {
        cli_fail(in->error, CLI_INPUT, "%s: tensor '%s' has type '%.20s', not F32", in->path, tensor->name,
                 dtype ? dtype : "none");
        return NULL;
    }
    if (!same_shape(cJSON_GetObjectItemCaseSensitive(entry, "shape"), tensor)) {
        char shape[64] = "";
        for (uint32_t i = 0, n = 0; i < tensor->rank; ++i)
            n += (uint32_t)snprintf(shape + n, sizeof shape - n, "%s%u", i ? "x" : "", tensor->dims[i]);
        cli_fail(in->error, CLI_INPUT,
                 "%s: tensor '%s' is not of the shape %s: these are the weights of another "
                 "network",
                 in->path, tensor->name, shape);
        return NULL;
    }
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(entry, "data_offsets");
    double from = whole(cJSON_GetArrayItem(offsets, 0), (double)in->data_bytes);
    double to = whole(cJSON_GetArrayItem(offsets, 1), (double)in->data_bytes);
    if (from < 0.0 || to - from != (double)tensor_elements(tensor) * sizeof(float)) {
        cli_fail(in->error, CLI_INPUT, "%s is damaged: tensor '%s' does not stand inside its data", in->path,
                 tensor->name);
        return NULL;
    }
    *end = (size_t)to;
    return in->data + (size_t)from;
}

static bool read_tensors(const reading *in, float *params) {
    size_t covered = 0;
    for (uint32_t t = 0; t < in->project->tensor_count; ++t) {
        const tl_tensor *tensor = &in->project->tensors[t];
        uint32_t n = tensor_elements(tensor);
        size_t end = 0;
        const char *data = find_tensor(in, tensor, &end);
        if (!data)
            return false;
        covered = end > covered ? end : covered;
        float *onnx = malloc(n * sizeof *onnx);
        if (!onnx)
            return cli_out_of_memory(in->error);
        memcpy(onnx, data, n * sizeof *onnx);
        bool finite = true;
        for (uint32_t i = 0; i < n; ++i)
            finite = finite && isfinite(onnx[i]);
        tensor_from_onnx(tensor, onnx, params + tensor->offset);
        free(onnx);
        if (!finite)
            return cli_fail(in->error, CLI_INPUT, "%s: tensor '%s' holds a number that is not finite", in->path,
                            tensor->name);
    }
    int entries = cJSON_GetArraySize(in->root) - 1;
    if (entries != (int)in->project->tensor_count || covered != in->data_bytes)
        return cli_fail(in->error, CLI_INPUT,
                        "%s holds more than the network's %u tensors: these are the weights of "
                        "another network",
                        in->path, in->project->tensor_count);
    return true;
}

bool weights_parse(const char *path, const char *file, size_t bytes, const tl_project *project, float *params,
                   cli_error *error) {
    uint64_t length = 0;
    if (bytes >= LENGTH_BYTES)
        memcpy(&length, file, LENGTH_BYTES);
    if (bytes < LENGTH_BYTES || length == 0 || length > MOST_HEADER)
        return cli_fail(error, CLI_INPUT, "%s is not a weights file (safetensors)", path);
    if (length > bytes - LENGTH_BYTES)
        return cli_fail(error, CLI_INPUT, "%s is cut off: its header alone has %llu bytes", path,
                        (unsigned long long)length);
    reading in = {.path = path, .project = project, .error = error};
    in.data = file + LENGTH_BYTES + length;
    in.data_bytes = bytes - LENGTH_BYTES - (size_t)length;
    cJSON *root = cJSON_ParseWithLength(file + LENGTH_BYTES, (size_t)length);
    if (!cJSON_IsObject(root)) {
        cJSON_Delete(root);
        return cli_fail(error, CLI_INPUT, "%s is not a weights file: its header is not JSON", path);
    }
    in.root = root;
    float *fresh = calloc(project->params, sizeof *fresh);
    bool read = fresh ? metadata_is_ours(&in) && read_tensors(&in, fresh) : cli_out_of_memory(error);
    if (read)
        memcpy(params, fresh, project->params * sizeof *fresh);
    free(fresh);
    cJSON_Delete(root);
    return read;
}

bool weights_load(const char *path, const tl_project *project, float *params, cli_error *error) {
    char *file = NULL;
    size_t bytes = 0;
    if (!file_read(path, MOST_FILE, &file, &bytes, error))
        return false;
    bool loaded = weights_parse(path, file, bytes, project, params, error);
    free(file);
    return loaded;
}
