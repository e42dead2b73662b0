/* SPDX-License-Identifier: Apache-2.0 */
/* How the search for a plan file's plans went, as its wisdom file has it. */
#ifndef TL_CLI_REPORT_SEARCH_H
#define TL_CLI_REPORT_SEARCH_H

#include "tools/cli/report_fill.h"

/*
 * Fills in the trails of a book that report_fill has filled: of each problem the best cycles after so many of the
 * file's records on the plan's machine and code. A last line that is torn counts for nothing.
 */
bool report_fill_search(report_book *book, const plan_file *file, const char *name, const char *text, size_t bytes,
                        cli_error *error);

#endif
