/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/library_pick.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct library_pick {
    bool *picked;
};

/* The machine's own, the runner behind the mailbox, and what programs of one's own call: tl/host.h, tl/save.h. */
static bool is_always_needed(const char *path) {
    static const char *const always[] = {"platform/crt0.S", "platform/start.c",     "src/hal/pulp.c", "src/hal/host.c",
                                         "guest/runner.c",  "guest/mailbox_loop.c", "src/base/save.c"};
    for (size_t i = 0; i < sizeof always / sizeof always[0]; ++i) {
        if (strcmp(path, always[i]) == 0)
            return true;
    }
    return false;
}

library_pick *library_pick_begin(void) {
    library_pick *p = malloc(sizeof *p);
    bool *picked = calloc(library_source_count, sizeof *picked);
    if (!p || !picked) {
        free(p);
        free(picked);
        return NULL;
    }
    p->picked = picked;
    for (uint32_t i = 0; i < library_source_count; ++i)
        picked[i] = !library_sources[i].known || is_always_needed(library_sources[i].path);
    return p;
}

void library_pick_end(library_pick *p) {
    if (p)
        free(p->picked);
    free(p);
}

/* As strcmp, of a name that ends behind `length`. */
static int compare(const char *name, size_t length, const char *other) {
    const int order = strncmp(name, other, length);
    return order ? order : -(other[length] != '\0');
}

static void pick_name(library_pick *p, const char *name, size_t length) {
    uint32_t low = 0, high = library_symbol_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (compare(name, length, library_symbols[middle].name) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < library_symbol_count && compare(name, length, library_symbols[low].name) == 0; ++low)
        p->picked[library_symbols[low].source] = true;
}

static bool is_of_name(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

void library_pick_named(library_pick *p, const char *text, size_t bytes) {
    for (size_t i = 0, end; i < bytes; i = end + 1) {
        for (end = i; end < bytes && is_of_name(text[end]);)
            ++end;
        if (end > i)
            pick_name(p, text + i, end - i);
    }
}

void library_pick_needed(library_pick *p) {
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < library_source_count; ++i) {
            const library_source *s = &library_sources[i];
            for (uint32_t j = 0; p->picked[i] && j < s->count; ++j) {
                bool *needed = &p->picked[library_needs[s->first + j]];
                more = more || !*needed;
                *needed = true;
            }
        }
    }
}

bool library_picked(const library_pick *p, uint32_t i) {
    return p->picked[i];
}
