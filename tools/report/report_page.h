/* SPDX-License-Identifier: Apache-2.0 */
/* The report as one page: HTML that is well-formed XML, with its figures and style in it; it names no other file. */
#ifndef TL_REPORT_PAGE_H
#define TL_REPORT_PAGE_H

#include "tools/report/report_data.h"
#include <stdio.h>

/* Writes the page; whoever has opened `to` sees whether that worked. What is not known is left out. */
void report_page(FILE *to, const report_data *data);

#endif
