/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/plan/lines.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool lines_fail(plan_lines *lines, const char *format, ...) {
    const int n = snprintf(lines->error->text, sizeof lines->error->text, "%s:%u: ", lines->file, lines->number);
    if (n > 0 && (size_t)n < sizeof lines->error->text) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(lines->error->text + n, sizeof lines->error->text - (size_t)n, format, arguments);
        va_end(arguments);
    }
    return false;
}

bool lines_next(plan_lines *lines) {
    while (lines->at < lines->end) {
        const char *newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
        const char *stop = newline ? newline : lines->end;
        const size_t bytes = (size_t)(stop - lines->at);
        ++lines->number;
        if (memchr(lines->at, 0, bytes))
            return lines_fail(lines, "this is no text");
        const char *comment = memchr(lines->at, '#', bytes);
        size_t used = comment ? (size_t)(comment - lines->at) : bytes;
        while (used && strchr(" \t\r", lines->at[used - 1]))
            --used;
        if (used >= sizeof lines->line)
            return lines_fail(lines, "the line is too long");
        memcpy(lines->line, lines->at, used);
        lines->line[used] = 0;
        lines->at = newline ? newline + 1 : lines->end;
        if (lines->line[strspn(lines->line, " \t")])
            return true;
    }
    return false;
}

bool name_copy(char *to, const char *from, size_t bytes) {
    if (bytes == 0 || bytes >= PLAN_NAME)
        return false;
    for (size_t i = 0; i < bytes; ++i) {
        const char c = from[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
              c == '.'))
            return false;
    }
    memcpy(to, from, bytes);
    to[bytes] = 0;
    return true;
}

bool number_read(const char *text, size_t bytes, uint64_t most, uint64_t *value) {
    uint64_t n = 0;
    for (size_t i = 0; i < bytes; ++i) {
        const uint32_t digit = (uint32_t)(unsigned char)text[i] - '0';
        if (digit > 9 || digit > most || n > (most - digit) / 10)
            return false;
        n = 10 * n + digit;
    }
    *value = n;
    return bytes > 0;
}

bool hash_read(const char *text, size_t bytes, uint64_t *value) {
    uint64_t n = 0;
    for (size_t i = 0; i < bytes; ++i) {
        const char *digits = "0123456789abcdef", *digit = text[i] ? strchr(digits, text[i]) : NULL;
        if (!digit)
            return false;
        n = n << 4 | (uint64_t)(digit - digits);
    }
    *value = n;
    return bytes == 16;
}

uint64_t hash_more(uint64_t hash, const void *bytes, size_t count) {
    for (size_t i = 0; i < count; ++i)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
    return hash;
}
