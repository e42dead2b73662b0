/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the library's sources a project needs: those that define what it names, those that these need, and so on. */
#ifndef TL_CLI_LIBRARY_PICK_H
#define TL_CLI_LIBRARY_PICK_H

#include "tools/cli/library_table.h"
#include <stddef.h>

typedef struct library_pick library_pick;

/* Begins with what every project needs. NULL: out of memory. */
library_pick *library_pick_begin(void);
void library_pick_end(library_pick *p);

/* All whose names stand in the text. */
void library_pick_named(library_pick *p, const char *text, size_t bytes);
/* What the ones picked so far need. */
void library_pick_needed(library_pick *p);

/* Whether source i of the table is picked. */
bool library_picked(const library_pick *p, uint32_t i);

#endif
