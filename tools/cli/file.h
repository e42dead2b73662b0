/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files. */
#ifndef TL_CLI_FILE_H
#define TL_CLI_FILE_H

#include "tools/cli/error.h"
#include <stddef.h>

/* Reads a file of at most `max` bytes. The caller frees *data, which has a zero byte behind its end. */
bool file_read(const char *path, size_t max, char **data, size_t *bytes, cli_error *error);

/*
 * Writes a file so that at any time the old one or the new one is there in full: a temporary file in the same folder,
 * synced, then renamed.
 */
bool file_replace(const char *path, const void *data, size_t bytes, cli_error *error);

/* Makes a folder if there is none, and sees that files can be made in it. */
bool file_make_folder(const char *path, cli_error *error);

/* Removes a folder of ours with all that is in it; what cannot be removed stays. */
void file_remove_folder(const char *path);

/*
 * Path of a file that comes with the program: beside its folder in the build tree (../guest/name), or where it was
 * installed (../share/trainlib/name).
 */
bool file_locate(const char *name, char *path, size_t bytes, cli_error *error);

/* The program's own path as one would type it from here. */
void file_self(char *path, size_t bytes);

#endif
