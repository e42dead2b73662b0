/* SPDX-License-Identifier: Apache-2.0 */
/* Which symbols each source of the library defines, and which other sources its object needs: library_scan's output. */
#ifndef TL_CLI_LIBRARY_TABLE_H
#define TL_CLI_LIBRARY_TABLE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum library_set { LIBRARY_NATIVE, LIBRARY_CLUSTER, LIBRARY_SETS } library_set;

/* A source as it is compiled for one of the two: a file of both stands here twice. */
typedef struct library_source {
    const char *path; /* from the root of the library */
    library_set set;
    bool known;            /* its object was there to look at */
    uint16_t first, count; /* of library_needs */
} library_source;

typedef struct library_symbol {
    const char *name;
    uint16_t source;
} library_symbol;

extern const library_source library_sources[];
extern const uint32_t library_source_count;
extern const uint16_t library_needs[];         /* sources by number */
extern const library_symbol library_symbols[]; /* sorted by name */
extern const uint32_t library_symbol_count;

#endif
