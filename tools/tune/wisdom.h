/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has been measured, across models and runs: a text file that only grows.
 *
 *     trainlib-wisdom 1
 *     MACHINE CODE CYCLES | PROBLEM | PLAN
 *
 * MACHINE and CODE are hashes of the machine's settings and of the kernel and tile code (engine.h); CYCLES is a number,
 * ">N" of a plan that was given up after N cycles, or "refused". A last line that a kill has torn is dropped.
 */
#ifndef TL_TUNE_WISDOM_H
#define TL_TUNE_WISDOM_H

#include "tools/plan/lines.h"
#include "tools/plan/problem.h"

/* On which machine and code cycles were measured. */
typedef struct wisdom_place {
    uint64_t machine, code;
} wisdom_place;

typedef enum wisdom_kind { WISDOM_CYCLES, WISDOM_ABOVE, WISDOM_REFUSED } wisdom_kind;

typedef struct wisdom_result {
    wisdom_kind kind;
    uint64_t cycles; /* of WISDOM_ABOVE: the limit */
} wisdom_result;

typedef struct wisdom wisdom;

/* Nothing known yet; NULL when out of memory. */
wisdom *wisdom_create(void);
void wisdom_destroy(wisdom *w);
/* Adds a file's text. Of two results for the same thing the more telling one stays. *torn: the last line was. */
bool wisdom_read(wisdom *w, const char *text, size_t bytes, const char *file, bool *torn, plan_error *error);

/*
 * Opens, and makes if need be, the file in which everything new is kept from now on; reads what is in it. One run at a
 * time. *dropped: bytes of a torn last line that were cut off.
 */
bool wisdom_keep(wisdom *w, const char *path, size_t *dropped, plan_error *error);
/* Remembers a result, and keeps it in the file. False: it cannot be written. */
bool wisdom_add(wisdom *w, const wisdom_place *place, const char *problem, const char *plan,
                const wisdom_result *result);
/* Makes what was added last. */
bool wisdom_flush(wisdom *w);

bool wisdom_find(const wisdom *w, const wisdom_place *place, const char *problem, const char *plan,
                 wisdom_result *result);
/* The plan of the fewest cycles of a problem, on this machine and code; on this machine and other code. NULL: none. */
const char *wisdom_best(const wisdom *w, const wisdom_place *place, const char *problem, uint64_t *cycles);
const char *wisdom_best_elsewhere(const wisdom *w, const wisdom_place *place, const char *problem, uint64_t *cycles);

uint32_t wisdom_count(const wisdom *w);
/* All records in one order, whatever order they came in. As snprintf writes; 0: out of memory. */
size_t wisdom_write(const wisdom *w, char *text, size_t room);

#endif
