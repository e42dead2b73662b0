/* SPDX-License-Identifier: Apache-2.0 */
/* Names and their numbers: open addressing, the strings are the caller's. */
#ifndef TL_DEPLOY_GRAPH_NAMES_H
#define TL_DEPLOY_GRAPH_NAMES_H

#include "tools/deploy/graph.h"

typedef struct graph_names {
    struct graph_names_entry {
        const char *name; /* NULL: free */
        uint32_t number;
    } *entries;
    uint32_t room, count;
} graph_names;

/* False: the name is there already, or there is no memory. */
bool graph_names_add(graph_names *names, const char *name, uint32_t number);
/* GRAPH_NONE: no such name. */
uint32_t graph_names_find(const graph_names *names, const char *name);
void graph_names_free(graph_names *names);

#endif
