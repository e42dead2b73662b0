/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of a project: where trainlib deploy writes, and what it takes of the library. */
#ifndef TL_CLI_PROJECT_FOLDER_H
#define TL_CLI_PROJECT_FOLDER_H

#include "tools/cli/error.h"
#include <stddef.h>

/* A file of the folder, and the folders on the way to it. One that is there with just these bytes is left, for make. */
bool folder_put(const char *folder, const char *name, const void *bytes, size_t count, cli_error *error);
/* Copies the library's sources to its folder trainlib/. */
bool folder_put_library(const char *folder, cli_error *error);

#endif
