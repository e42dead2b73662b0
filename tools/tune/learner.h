/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What measurements of some plans say about the others: a Gaussian process on the logarithm of measured by predicted
 * cycles, with an exponential kernel over what plans differ in. It begins as the prediction times one factor.
 */
#ifndef TL_TUNE_LEARNER_H
#define TL_TUNE_LEARNER_H

#include "tools/tune/candidates.h"

typedef struct learner learner;

enum { LEARNER_MOST = 512 }; /* observations */

/* Over these candidates, which must stay where they are. NULL: out of memory. */
learner *learner_create(const candidate_list *list);
void learner_destroy(learner *l);

/* Says that a candidate will be measured: its neighbours' uncertainty goes down at once. */
bool learner_promise(learner *l, uint32_t which);
/* And how it went, in any order, once for each promise. */
void learner_tell(learner *l, uint32_t which, double cycles);
/* Works out all expectations; to be called when all promises have been told. */
void learner_learn(learner *l);
/* Cycles that a candidate is expected to take, and how much fewer than `best`, on average. */
double learner_cycles(const learner *l, uint32_t which);
double learner_gain(const learner *l, uint32_t which, double best);

#endif
