/* SPDX-License-Identifier: Apache-2.0 */
/* Samples and labels as files hold them: .npy, IDX, CSV, each gzipped or not; told apart by how they begin. */
#ifndef TL_CLI_SAMPLE_FILE_H
#define TL_CLI_SAMPLE_FILE_H

#include "tools/cli/error.h"
#include <stddef.h>
#include <stdint.h>

typedef struct sample_file {
    uint32_t count, width; /* samples, and numbers of each */
    uint32_t channels;     /* of [n][c][h][w]; [n][h][w] has 1, [n][k] none: 0 */
    uint32_t last;         /* dimension of four */
    bool whole;            /* all numbers were integers in the file */
    float *values;         /* [count][width]; bytes, of IDX or .npy, go from 0 to 1 */
    int64_t *numbers;      /* where width is 1 and `whole`: the same, exactly */
} sample_file;

/* False: error names file, and in a CSV the line. */
bool sample_file_read(sample_file *file, const char *path, cli_error *error);
void sample_file_free(sample_file *file);

#endif
