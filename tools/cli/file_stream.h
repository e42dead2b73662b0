/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is written piece by piece, and is there in full or not at all. */
#ifndef TL_CLI_FILE_STREAM_H
#define TL_CLI_FILE_STREAM_H

#include "tools/cli/error.h"
#include <limits.h>
#include <stdio.h>

typedef struct file_stream {
    FILE *to; /* NULL: not begun */
    const char *path;
    char temporary[PATH_MAX];
} file_stream;

/* Begins a temporary file beside `path`, which must live on. "-" is standard output itself. */
bool file_stream_begin(file_stream *stream, const char *path, cli_error *error);
/* Gives it its name. On failure the old file is as it was. */
bool file_stream_end(file_stream *stream, cli_error *error);
/* Throws away what was begun; does nothing behind file_stream_end. */
void file_stream_drop(file_stream *stream);

#endif
