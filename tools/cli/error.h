/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, as a sentence for the user. Functions that can fail fill one in and return false; commands print. */
#ifndef TL_CLI_ERROR_H
#define TL_CLI_ERROR_H

#include <stdbool.h>

typedef enum cli_exit {
    CLI_FINE = 0,
    CLI_INPUT = 1, /* the input is at fault */
    CLI_USAGE = 2, /* the command line is at fault */
    CLI_OURS = 3   /* we are at fault, or the machine is (out of memory) */
} cli_exit;

typedef struct cli_error {
    cli_exit code;
    char text[4096]; /* a simulated machine's fault report has several lines */
} cli_error;

/* Always false, so that a caller can return it. */
__attribute__((format(printf, 3, 4))) bool cli_fail(cli_error *error, cli_exit code, const char *format, ...);
bool cli_out_of_memory(cli_error *error);

#endif
