/* SPDX-License-Identifier: Apache-2.0 */
/* The report as text, 100 columns wide at the most: for terminals and logs. */
#ifndef TL_CLI_REPORT_PRINT_H
#define TL_CLI_REPORT_PRINT_H

#include "tools/report/report_data.h"
#include <stdbool.h>
#include <stdio.h>

/* Every step, then the means. */
void report_print(FILE *to, const report_data *data);

#endif
