/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for one problem's plan: which plan to measure next, and when to stop. Its course depends on the
 * candidates and on the results alone, not on who measures or when.
 */
#ifndef TL_TUNE_SEARCH_H
#define TL_TUNE_SEARCH_H

#include "tools/tune/learner.h"
#include "tools/tune/wisdom.h"

enum { SEARCH_BATCH = 8 };

typedef struct search_limits {
    uint32_t measurements; /* at the most */
    bool all;              /* the whole list, in its order, whatever is found */
    double enough;         /* stop when less than so many cycles are expected to be gained */
} search_limits;

typedef struct search {
    const candidate_list *list;
    search_limits limits;
    learner *learner;
    bool *asked;
    uint32_t batch[SEARCH_BATCH], batched; /* to be measured now, and told in one go */
    uint64_t limit;                        /* at which these are to be given up; 0: never */
    uint32_t measured;
    uint32_t best;   /* candidate; list->count: none yet */
    uint64_t cycles; /* its */
    double gap;      /* cycles that may still be gained, as far as is known */
    uint32_t own;    /* the library's own plan; list->count: there is none */
    uint64_t own_cycles;
    bool done;
} search;

/* `first`: candidates to be measured before all others (list->count: none). False: out of memory. */
bool search_begin(search *s, const candidate_list *list, const search_limits *limits, uint32_t own,
                  const uint32_t *first, uint32_t first_count);
/* Results of the batch, in its order. Puts the next one together, or ends. */
void search_tell(search *s, const wisdom_result *results);
void search_end(search *s);

#endif
