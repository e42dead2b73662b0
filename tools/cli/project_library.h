/* SPDX-License-Identifier: Apache-2.0 */
/* What a project takes of the library: the sources it needs, the headers these include, and lists for its Makefile. */
#ifndef TL_CLI_PROJECT_LIBRARY_H
#define TL_CLI_PROJECT_LIBRARY_H

#include "tools/cli/error.h"
#include <stddef.h>

typedef struct project_library project_library;

/* NULL on failure. */
project_library *project_library_begin(cli_error *error);
void project_library_end(project_library *l);

/* A file of the project's own: what it names and includes is needed. */
bool project_library_look(project_library *l, const char *text, size_t bytes, cli_error *error);

/* Writes the project's folder trainlib/, and removes from it what an earlier deployment needed and this one does not.
 */
bool project_library_write(project_library *l, const char *folder, cli_error *error);

#endif
