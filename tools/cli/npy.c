/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/npy.h"
#include "tools/cli/file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 30, HEADER_MOST = 1 << 16, PREFIX = 10, ALIGN = 64 };

/* What follows a key of the header's dictionary, behind the colon and spaces. */
static const char *value_of(const char *header, const char *key) {
    const char *at = strstr(header, key);
    at = at ? strchr(at, ':') : NULL;
    return at ? at + 1 + strspn(at + 1, " ") : NULL;
}

static bool read_header(npy *a, const char *header) {
    static const char *const types[] = {
        [NPY_F32] = "'<f4'", [NPY_I32] = "'<i4'", [NPY_I64] = "'<i8'", [NPY_U8] = "'|u1'", [NPY_F64] = "'<f8'"};
    const char *type = value_of(header, "'descr'"), *order = value_of(header, "'fortran_order'"),
               *shape = value_of(header, "'shape'");
    int known = -1;
    for (int i = 0; type && i < (int)(sizeof types / sizeof types[0]); ++i)
        known = strncmp(type, types[i], 5) == 0 ? i : known;
    if (known < 0 || !order || strncmp(order, "False", 5) != 0 || !shape || *shape != '(')
        return false;
    a->type = (npy_type)known;
    a->elements = 1;
    for (const char *at = shape + 1; *at && *at != ')';) {
        char *end;
        const long long dim = strtoll(at, &end, 10);
        if (end == at || dim < 0 || a->rank == NPY_RANK ||
            (dim > 0 && a->elements > (uint64_t)MOST_BYTES / (uint64_t)dim))
            return false;
        a->dims[a->rank++] = dim;
        a->elements *= (uint64_t)dim;
        at = end + strspn(end, ", ");
    }
    return true;
}

bool npy_parse(npy *a, const char *path, const char *file, size_t bytes, cli_error *error) {
    static const size_t widths[] = {[NPY_F32] = 4, [NPY_I32] = 4, [NPY_I64] = 8, [NPY_U8] = 1, [NPY_F64] = 8};
    const unsigned char *u = (const unsigned char *)file;
    *a = (npy){0};
    bool fine = bytes > PREFIX + 2 && memcmp(file, "\x93NUMPY", 6) == 0 && u[6] >= 1 && u[6] <= 3;
    if (fine) {
        const size_t head = u[8] + 256u * u[9] + (u[6] > 1 ? 65536u * u[10] : 0u);
        const size_t from = u[6] > 1 ? PREFIX + 2 : PREFIX;
        fine = head < HEADER_MOST && from + head <= bytes;
        char *header = fine ? calloc(head + 1, 1) : NULL;
        if (header)
            memcpy(header, file + from, head);
        fine = header && read_header(a, header);
        free(header);
        fine = fine && a->elements > 0 && a->elements * widths[a->type] == bytes - from - head;
        a->data = fine ? malloc(bytes - from - head) : NULL;
        if (a->data)
            memcpy(a->data, file + from + head, bytes - from - head);
    }
    if (!fine)
        return cli_fail(error, CLI_INPUT,
                        "%s is no .npy file of uint8, int32, int64, float32 or float64 in C order, or is cut off",
                        path);
    return a->data || cli_out_of_memory(error);
}

bool npy_read(npy *a, const char *path, cli_error *error) {
    char *file = NULL;
    size_t bytes = 0;
    *a = (npy){0};
    if (!file_read(path, MOST_BYTES, &file, &bytes, error))
        return false;
    const bool fine = npy_parse(a, path, file, bytes, error);
    free(file);
    return fine;
}

void npy_free(npy *a) {
    free(a->data);
    *a = (npy){0};
}

/* Elements of 4 bytes. */
static bool write_as(const char *type, const char *path, uint32_t rank, const uint32_t *dims, const void *data,
                     cli_error *error) {
    char shape[160] = "", header[320];
    size_t elements = 1, used = 0;
    for (uint32_t i = 0; i < rank; ++i) {
        elements *= dims[i];
        used += (size_t)snprintf(shape + used, sizeof shape - used, "%u,%s", dims[i], i + 1 < rank ? " " : "");
    }
    int n = snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, shape);
    /* Spaces, so that the data begin at a multiple of 64. */
    size_t length = (size_t)n + 1;
    length += (ALIGN - (PREFIX + length) % ALIGN) % ALIGN;
    const size_t bytes = PREFIX + length + elements * 4;
    unsigned char *file = malloc(bytes);
    if (!file)
        return cli_out_of_memory(error);
    memcpy(file, "\x93NUMPY\x01\x00", 8);
    file[8] = (unsigned char)(length & 255);
    file[9] = (unsigned char)(length >> 8);
    memset(file + PREFIX, ' ', length);
    memcpy(file + PREFIX, header, (size_t)n);
    file[PREFIX + length - 1] = '\n';
    memcpy(file + PREFIX + length, data, elements * 4);
    const bool fine = file_replace(path, file, bytes, error);
    free(file);
    return fine;
}

bool npy_write(const char *path, uint32_t rank, const uint32_t *dims, const float *data, cli_error *error) {
    return write_as("<f4", path, rank, dims, data, error);
}

bool npy_write_ints(const char *path, uint32_t count, const int32_t *data, cli_error *error) {
    return write_as("<i4", path, 1, &count, data, error);
}
