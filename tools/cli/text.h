/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for people, and tables of them. */
#ifndef TL_CLI_TEXT_H
#define TL_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct text {
    char s[56];
} text;

text text_count(uint64_t n);        /* 12,345 */
text text_percent(double fraction); /* 81.3 % */
text text_bytes(uint64_t n);        /* 51.2 KiB */
text text_seconds(double seconds);  /* 0:07, 1:02:03 */
__attribute__((format(printf, 1, 2))) text text_of(const char *format, ...);

/* Whether the terminal's characters are UTF-8, by the locale's environment variables. */
bool text_is_utf8(void);

/*
 * A table: `columns` cells a row, the first `left` columns flush left, the others flush right. Row 0 is the heading.
 * A row whose first cell is NULL is a rule.
 */
typedef struct table {
    uint32_t columns, left, rows, room;
    text *cells;
    bool *rule;
    bool failed; /* out of memory */
} table;

void table_begin(table *t, uint32_t columns, uint32_t left);
/* `cells` holds t->columns texts; NULL: a rule. */
void table_row(table *t, const text *cells);
void table_print(const table *t, FILE *to, const char *indent);
void table_end(table *t);

#endif
