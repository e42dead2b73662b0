/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy's files of one array, in C order and this machine's byte order. */
#ifndef TL_CLI_NPY_H
#define TL_CLI_NPY_H

#include "tools/cli/error.h"
#include <stddef.h>
#include <stdint.h>

enum { NPY_RANK = 8 };
typedef enum npy_type { NPY_F32, NPY_I32, NPY_I64, NPY_U8, NPY_F64 } npy_type;

typedef struct npy {
    npy_type type;
    uint32_t rank;
    int64_t dims[NPY_RANK];
    uint64_t elements;
    void *data; /* aligned for its type */
} npy;

bool npy_read(npy *array, const char *path, cli_error *error);
/* From a file's bytes; `path` is for sentences. */
bool npy_parse(npy *array, const char *path, const char *file, size_t bytes, cli_error *error);
void npy_free(npy *array);
/* Writes float32. */
bool npy_write(const char *path, uint32_t rank, const uint32_t *dims, const float *data, cli_error *error);
/* Writes int32 [count]. */
bool npy_write_ints(const char *path, uint32_t count, const int32_t *data, cli_error *error);

#endif
