/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/text.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

text text_of(const char *format, ...) {
    text out;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out.s, sizeof out.s, format, arguments);
    va_end(arguments);
    return out;
}

text text_count(uint64_t n) {
    text plain = text_of("%llu", (unsigned long long)n), out;
    size_t digits = strlen(plain.s), to = 0;
    for (size_t i = 0; i < digits; ++i) {
        if (i > 0 && (digits - i) % 3 == 0)
            out.s[to++] = ',';
        out.s[to++] = plain.s[i];
    }
    out.s[to] = 0;
    return out;
}

text text_percent(double fraction) {
    return text_of("%.1f %%", 100.0 * fraction);
}

text text_bytes(uint64_t n) {
    return n < 1024 ? text_of("%u B", (unsigned)n) : text_of("%.1f KiB", (double)n / 1024.0);
}

text text_seconds(double seconds) {
    unsigned long s = seconds > 0.0 && seconds < 1e7 ? (unsigned long)(seconds + 0.5) : 0;
    if (s >= 3600)
        return text_of("%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
    return text_of("%lu:%02lu", s / 60, s % 60);
}

bool text_is_utf8(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; ++i) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strstr(value, "UTF-8") || strstr(value, "utf8") || strstr(value, "UTF8");
    }
    return false;
}

void table_begin(table *t, uint32_t columns, uint32_t left) {
    *t = (table){.columns = columns, .left = left};
}

void table_row(table *t, const text *cells) {
    if (t->rows == t->room) {
        uint32_t room = t->room ? 2 * t->room : 16;
        text *more = realloc(t->cells, room * t->columns * sizeof *more);
        t->cells = more ? more : t->cells;
        bool *rules = more ? realloc(t->rule, room * sizeof *rules) : NULL;
        t->rule = rules ? rules : t->rule;
        if (!rules) {
            t->failed = true;
            return;
        }
        t->room = room;
    }
    t->rule[t->rows] = !cells;
    if (cells)
        memcpy(t->cells + t->rows * t->columns, cells, t->columns * sizeof *cells);
    else
        memset(t->cells + t->rows * t->columns, 0, t->columns * sizeof *t->cells);
    ++t->rows;
}

void table_print(const table *t, FILE *to, const char *indent) {
    if (t->failed) {
        fprintf(to, "%s(out of memory for this table)\n", indent);
        return;
    }
    enum { MOST_COLUMNS = 16 };
    uint32_t columns = t->columns < MOST_COLUMNS ? t->columns : MOST_COLUMNS;
    int width[MOST_COLUMNS] = {0};
    for (uint32_t r = 0; r < t->rows; ++r)
        for (uint32_t c = 0; c < columns; ++c) {
            int n = (int)strlen(t->cells[r * t->columns + c].s);
            width[c] = n > width[c] ? n : width[c];
        }
    for (uint32_t r = 0; r < t->rows; ++r) {
        fprintf(to, "%s", indent);
        for (uint32_t c = 0; c < columns; ++c) {
            const char *gap = c ? "  " : "";
            const char *s = t->cells[r * t->columns + c].s;
            if (t->rule[r])
                fprintf(to, "%.*s", width[c] + (c ? 2 : 0), "------------------------------------------------");
            else if (c < t->left)
                fprintf(to, "%s%-*s", gap, c + 1 < columns ? width[c] : 0, s);
            else
                fprintf(to, "%s%*s", gap, width[c], s);
        }
        fprintf(to, "\n");
    }
}

void table_end(table *t) {
    free(t->cells);
    free(t->rule);
    *t = (table){0};
}
