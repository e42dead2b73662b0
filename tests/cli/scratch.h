/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for a test's files, and looks at what a refusal says. */
#ifndef TL_TESTS_SCRATCH_H
#define TL_TESTS_SCRATCH_H

#include "tools/cli/error.h"
#include <stddef.h>

/* Makes an empty folder and returns its path, which lasts until scratch_remove(). */
const char *scratch_make(void);
void scratch_remove(void);

/* The path of a file in it; good until the call after the next 7. */
const char *scratch_path(const char *name);

void scratch_write(const char *name, const void *data, size_t bytes);
/* Caller frees. */
char *scratch_read(const char *name, size_t *bytes);
/* Entries of the folder. */
int scratch_files(void);

/* Fails the test unless the call failed (`done` false) with this code and a single sentence that holds `words`. */
void expect_refusal(bool done, const cli_error *error, cli_exit code, const char *words);

#endif
