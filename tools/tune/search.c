/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/tune/search.h"
#include <stdlib.h>
#include <string.h>

/* Plans that take so much longer than the best one are given up. */
enum { LIMIT_PERCENT = 112 };

static void ask(search *s, uint32_t which) {
    if (which >= s->list->count || s->asked[which] || s->batched == SEARCH_BATCH ||
        s->measured + s->batched >= s->limits.measurements || (s->learner && !learner_promise(s->learner, which)))
        return;
    s->asked[which] = true;
    s->batch[s->batched++] = which;
}

static bool exhausted(const search *s) {
    return s->measured + s->batched >= s->limits.measurements || s->measured + s->batched >= s->list->count ||
           (s->learner && s->measured + s->batched >= LEARNER_MOST);
}

bool search_begin(search *s, const candidate_list *list, const search_limits *limits, uint32_t own,
                  const uint32_t *first, uint32_t first_count) {
    *s = (search){.list = list, .limits = *limits, .best = list->count, .own = own};
    s->learner = limits->all ? NULL : learner_create(list);
    s->asked = calloc(list->count, sizeof *s->asked);
    if ((!s->learner && !limits->all) || !s->asked) {
        search_end(s);
        return false;
    }
    ask(s, own);
    for (uint32_t i = 0; i < first_count; ++i)
        ask(s, first[i]);
    /* The model's favourites, half of them from its top and half further down. */
    for (uint32_t i = 0; i < list->count && s->batched < SEARCH_BATCH && !exhausted(s); ++i)
        ask(s, i < SEARCH_BATCH / 2 ? i : (i - SEARCH_BATCH / 2 + 1) * SEARCH_BATCH % list->count);
    for (uint32_t i = 0; i < list->count && s->batched < SEARCH_BATCH && !exhausted(s); ++i)
        ask(s, i);
    return true;
}

/* The candidate that is expected to gain most; list->count: none is left. */
static uint32_t most_promising(const search *s, double *gain) {
    uint32_t found = s->list->count;
    *gain = 0;
    for (uint32_t i = 0; i < s->list->count; ++i) {
        if (s->asked[i])
            continue;
        const double g = learner_gain(s->learner, i, (double)s->cycles);
        if (found == s->list->count || g > *gain) {
            *gain = g;
            found = i;
        }
    }
    return found;
}

/* Whether two plans differ in one thing only, by one step among those that there are: its neighbours. */
static uint32_t differences(const step_plan *a, const step_plan *b) {
    const tl_mm_plan *x = &a->of.mm, *y = &b->of.mm;
    if (a->kind != STEP_PLAN_MM)
        return 2;
    return (uint32_t)(x->kernel != y->kernel) + (x->rows != y->rows) + (x->cols != y->cols) + (x->o != y->o) +
           (x->c != y->c) + (x->buffers != y->buffers) + (x->by_columns != y->by_columns) + (x->padded != y->padded) +
           (x->slices != y->slices);
}

/* Coordinate descent: of the plans that differ from the best one in one thing those that look nearly as good. */
static void ask_neighbours(search *s) {
    const double near = 1.02 * (double)s->cycles;
    for (uint32_t i = 0; i < s->list->count && !exhausted(s) && s->batched < SEARCH_BATCH; ++i)
        if (!s->asked[i] && differences(&s->list->of[i].plan, &s->list->of[s->best].plan) == 1 &&
            learner_cycles(s->learner, i) < near)
            ask(s, i);
}

static void next_batch(search *s) {
    double gain, first = 0;
    s->batched = 0;
    s->limit = s->best < s->list->count ? s->cycles * LIMIT_PERCENT / 100 : 0;
    if (s->limits.all) {
        for (uint32_t i = 0; i < s->list->count && !exhausted(s) && s->batched < SEARCH_BATCH; ++i)
            ask(s, i);
        s->gap = 0;
        s->done = s->batched == 0;
        return;
    }
    while (s->batched < SEARCH_BATCH && !exhausted(s)) {
        const uint32_t next = most_promising(s, &gain);
        if (next == s->list->count || gain < s->limits.enough)
            break;
        if (s->batched == 0)
            first = gain;
        ask(s, next);
    }
    if (s->batched == 0 && s->best < s->list->count)
        ask_neighbours(s);
    if (s->batched == 0)
        most_promising(s, &first);
    s->gap = first;
    s->done = s->batched == 0;
}

static void tell(search *s, uint32_t which, double cycles) {
    if (s->learner)
        learner_tell(s->learner, which, cycles);
}

void search_tell(search *s, const wisdom_result *results) {
    uint64_t slowest = 0;
    for (uint32_t i = 0; i < s->batched; ++i)
        if (results[i].kind == WISDOM_CYCLES && results[i].cycles > slowest)
            slowest = results[i].cycles;
    for (uint32_t i = 0; i < s->batched; ++i) {
        const uint32_t c = s->batch[i];
        const wisdom_result *r = &results[i];
        if (r->kind == WISDOM_CYCLES) {
            tell(s, c, (double)r->cycles);
            if (c == s->own)
                s->own_cycles = r->cycles;
            if (s->best == s->list->count || r->cycles < s->cycles || (r->cycles == s->cycles && c < s->best)) {
                s->best = c;
                s->cycles = r->cycles;
            }
        } else if (r->kind == WISDOM_ABOVE) {
            tell(s, c, 1.05 * (double)r->cycles);
        } else { /* as bad as it can be, without spoiling what is known of the others */
            tell(s, c, slowest ? 1.2 * (double)slowest : (double)s->list->of[c].predicted);
        }
    }
    s->measured += s->batched;
    if (s->learner)
        learner_learn(s->learner);
    next_batch(s);
}

void search_end(search *s) {
    learner_destroy(s->learner);
    free(s->asked);
    s->learner = NULL;
    s->asked = NULL;
}
