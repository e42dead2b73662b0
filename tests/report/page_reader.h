/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a report's page as XML, and gathers what tests look for. */
#ifndef TL_TESTS_PAGE_READER_H
#define TL_TESTS_PAGE_READER_H

#include "tools/report/report_data.h"
#include <stddef.h>

enum { PAGE_TEXT = 1 << 20, PAGE_BARS = 512, PAGE_DEPTH = 64 };

typedef struct page_bar {
    char look[24];
    double x, y, width, height;
} page_bar;

typedef struct page {
    char *html;
    size_t bytes;
    char text[PAGE_TEXT]; /* all characters outside of style, elements parted by a line end */
    size_t used;
    int figures, rows, scripts, references; /* svg and tr elements; scripts; attributes that name other files */
    page_bar bar[PAGE_BARS];                /* rect elements */
    int bars, depth;
    int in_style;
    char why[160]; /* "": it is well-formed */
} page;

/* Makes the page and reads it; the caller calls page_free. */
page *page_make(const report_data *data);
/* Reads one from a file; NULL: there is none. */
page *page_read(const char *path);
void page_free(page *p);

/* How often `words` stand in its text. */
int page_says(const page *p, const char *words);

#endif
