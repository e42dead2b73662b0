/* SPDX-License-Identifier: Apache-2.0 */
/* Files of lines, and what to say when one of them is wrong. */
#ifndef TL_PLAN_LINES_H
#define TL_PLAN_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLAN_LINE = 1024, PLAN_NAME = 40 }; /* bytes a line, and a name in it, may have, with a zero behind them */

/* A sentence with file and line. */
typedef struct plan_error {
    char text[512];
} plan_error;

/* A text being read line by line. */
typedef struct plan_lines {
    const char *file, *at, *end;
    uint32_t number;
    char line[PLAN_LINE]; /* the present one, without its end */
    plan_error *error;
} plan_lines;

/* The next line that holds more than a comment (from # on), comment and spaces at its end cut off. False: there is
 * none, or, where error->text is not empty, it is too long or holds a zero byte. */
bool lines_next(plan_lines *lines);
/* Always false: "FILE:LINE: why". */
__attribute__((format(printf, 2, 3))) bool lines_fail(plan_lines *lines, const char *format, ...);

/* Whether these are letters, digits and any of _-. only, less than PLAN_NAME of them; copies them. */
bool name_copy(char *to, const char *from, size_t bytes);
/* A whole number in decimal, nothing else. */
bool number_read(const char *text, size_t bytes, uint64_t most, uint64_t *value);
/* Sixteen hexadecimal digits. */
bool hash_read(const char *text, size_t bytes, uint64_t *value);

/* FNV-1a, of so many bytes more. Begins with HASH_BEGIN. */
#define HASH_BEGIN 14695981039346656037u
uint64_t hash_more(uint64_t hash, const void *bytes, size_t count);

#endif
