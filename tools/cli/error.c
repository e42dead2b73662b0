/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/error.h"
#include <stdarg.h>
#include <stdio.h>

bool cli_fail(cli_error *error, cli_exit code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->code = code;
    return false;
}

bool cli_out_of_memory(cli_error *error) {
    return cli_fail(error, CLI_OURS, "out of memory");
}
