/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of a project: where trainlib deploy writes. */
#ifndef TL_CLI_PROJECT_FOLDER_H
#define TL_CLI_PROJECT_FOLDER_H

#include "tools/cli/error.h"
#include <stddef.h>

/* A file of the folder, and the folders on the way to it. One that is there with just these bytes is left, for make. */
bool folder_put(const char *folder, const char *name, const void *bytes, size_t count, cli_error *error);

/* Whether the file `name`, a path below the folder, is wanted. */
typedef bool folder_wanted(void *user, const char *name);
/* Removes all wanted files below a folder. */
bool folder_remove(const char *folder, folder_wanted *wanted, void *user, cli_error *error);

#endif
