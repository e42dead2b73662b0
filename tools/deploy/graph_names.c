/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/graph_names.h"
#include <stdlib.h>
#include <string.h>

typedef struct graph_names_entry entry;

/* Where the name stands or would stand; `room` is a power of two, and there is a free entry. */
static entry *place_of(entry *entries, uint32_t room, const char *name) {
    uint32_t i = (uint32_t)hash_more(HASH_BEGIN, name, strlen(name));
    while (entries[i & (room - 1)].name && strcmp(entries[i & (room - 1)].name, name) != 0)
        ++i;
    return &entries[i & (room - 1)];
}

static bool grow(graph_names *names) {
    const uint32_t room = names->room ? 2 * names->room : 64;
    entry *entries = calloc(room, sizeof *entries);
    if (!entries)
        return false;
    for (uint32_t i = 0; i < names->room; ++i) {
        if (names->entries[i].name)
            *place_of(entries, room, names->entries[i].name) = names->entries[i];
    }
    free(names->entries);
    names->entries = entries;
    names->room = room;
    return true;
}

bool graph_names_add(graph_names *names, const char *name, uint32_t number) {
    if (2 * (names->count + 1) > names->room && !grow(names))
        return false;
    entry *place = place_of(names->entries, names->room, name);
    if (place->name)
        return false;
    *place = (entry){name, number};
    ++names->count;
    return true;
}

uint32_t graph_names_find(const graph_names *names, const char *name) {
    if (names->count == 0)
        return GRAPH_NONE;
    const entry *place = place_of(names->entries, names->room, name);
    return place->name ? place->number : GRAPH_NONE;
}

void graph_names_free(graph_names *names) {
    free(names->entries);
    *names = (graph_names){0};
}
