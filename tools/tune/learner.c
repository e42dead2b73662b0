/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/tune/learner.h"
#include "src/kernel/mm.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEATURES = 9 };

/* The least spread of measured by predicted, and what two measurements of the same may differ in. */
static const double least_spread = 0.01, nugget = 1e-4;

typedef struct features {
    float of[FEATURES];
} features;

struct learner {
    const candidate_list *list;
    features *features;  /* of all candidates */
    float *correlation;  /* row i: what promise i has to do with each candidate, less what those before it say */
    double *mean, *rest; /* of each candidate: expectation in units of the spread; variance that is left */
    uint32_t count, told;
    uint32_t place[LEARNER_MOST];
    double observed[LEARNER_MOST]; /* log of measured by predicted */
    double *factor;                /* lower triangle */
    double centre, spread;
};

static float log2f_of(uint32_t n) {
    return (float)log2((double)(n ? n : 1));
}

/* What plans differ in, scaled so that 1 apart is rather unlike. */
static features features_of(const step_plan *plan) {
    const tl_mm_plan *mm = &plan->of.mm;
    switch (plan->kind) {
    case STEP_PLAN_MM:
        return (features){{0.7f * log2f_of(mm->rows), 0.7f * log2f_of(mm->cols), 0.7f * log2f_of(mm->o),
                           0.7f * log2f_of(mm->c), 0.8f * (float)mm->buffers, 0.5f * (float)mm->by_columns,
                           0.5f * (float)mm->padded, 0.8f * log2f_of(mm->slices),
                           /* Kernels by their blocks, those of any strides far away. */
                           0.3f * (float)mm->block_m - 0.3f * (float)mm->block_n +
                               (step_kernel_number(mm->kernel) < tl_mm_count ? 3.0f : 0.0f)}};
    case STEP_PLAN_PLANES:
        return (features){{0.7f * log2f_of(plan->of.planes.rows), 0.7f * log2f_of(plan->of.planes.c),
                           0.5f * (float)plan->of.planes.slices, 0.8f * (float)plan->of.planes.buffers,
                           0.4f * (float)(plan->of.planes.c % 8 != 0), 0.4f * (float)(plan->of.planes.c % 4 != 0)}};
    case STEP_PLAN_WINDOW:
        return (features){{0.7f * log2f_of(plan->of.window.rows)}};
    case STEP_PLAN_CHANNELS:
        return (features){{0.7f * log2f_of(plan->of.channels.pixels), 0.5f * (float)plan->of.channels.slices,
                           0.4f * (float)plan->of.channels.buffers}};
    case STEP_PLAN_STREAM:
        return (features){{0.7f * log2f_of(plan->of.stream.rows), 0.7f * log2f_of(plan->of.stream.cols),
                           0.4f * (float)(plan->of.stream.rows % 8 != 0)}};
    case STEP_PLAN_MAP:
        return (features){{0.7f * log2f_of(plan->of.map.elements)}};
    case STEP_PLAN_NONE:
        break;
    }
    return (features){{0}};
}

static double correlation(const features *a, const features *b) {
    double square = 0;
    for (uint32_t i = 0; i < FEATURES; ++i) {
        const double d = (double)a->of[i] - (double)b->of[i];
        square += d * d;
    }
    return exp(-sqrt(square));
}

learner *learner_create(const candidate_list *list) {
    learner *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->list = list;
    l->features = malloc(list->count * sizeof *l->features);
    l->correlation = malloc((size_t)LEARNER_MOST * list->count * sizeof *l->correlation);
    l->mean = calloc(list->count, sizeof *l->mean);
    l->rest = malloc(list->count * sizeof *l->rest);
    l->factor = malloc((size_t)LEARNER_MOST * LEARNER_MOST * sizeof *l->factor);
    if (!l->features || !l->correlation || !l->mean || !l->rest || !l->factor) {
        learner_destroy(l);
        return NULL;
    }
    for (uint32_t i = 0; i < list->count; ++i) {
        l->features[i] = features_of(&list->of[i].plan);
        l->rest[i] = 1.0;
    }
    l->spread = 0.1;
    return l;
}

void learner_destroy(learner *l) {
    if (!l)
        return;
    free(l->features);
    free(l->correlation);
    free(l->mean);
    free(l->rest);
    free(l->factor);
    free(l);
}

/* One more row of the Cholesky factor, of the promises' correlations and of those of all candidates with them. */
bool learner_promise(learner *l, uint32_t which) {
    const uint32_t n = l->count, all = l->list->count;
    if (n == LEARNER_MOST)
        return false;
    double *row = l->factor + (size_t)n * LEARNER_MOST;
    for (uint32_t i = 0; i < n; ++i)
        row[i] = (double)l->correlation[(size_t)i * all + which];
    const double own = sqrt((l->rest[which] > 0 ? l->rest[which] : 0) + nugget);
    row[n] = own;
    float *fresh = l->correlation + (size_t)n * all;
    for (uint32_t j = 0; j < all; ++j) {
        double sum = correlation(&l->features[which], &l->features[j]);
        for (uint32_t i = 0; i < n; ++i)
            sum -= row[i] * (double)l->correlation[(size_t)i * all + j];
        fresh[j] = (float)(sum / own);
        l->rest[j] -= (double)fresh[j] * (double)fresh[j];
    }
    l->place[n] = which;
    l->observed[n] = NAN;
    ++l->count;
    return true;
}

void learner_tell(learner *l, uint32_t which, double cycles) {
    for (uint32_t i = 0; i < l->count; ++i)
        if (l->place[i] == which)
            l->observed[i] = log(cycles / (double)l->list->of[which].predicted);
}

void learner_learn(learner *l) {
    const uint32_t n = l->count, all = l->list->count;
    double solved[LEARNER_MOST], sum = 0, squares = 0;
    if (!n)
        return;
    for (uint32_t i = 0; i < n; ++i)
        sum += l->observed[i];
    l->centre = sum / n;
    for (uint32_t i = 0; i < n; ++i) {
        double rest = l->observed[i] - l->centre;
        for (uint32_t j = 0; j < i; ++j)
            rest -= l->factor[(size_t)i * LEARNER_MOST + j] * solved[j];
        solved[i] = rest / l->factor[(size_t)i * LEARNER_MOST + i];
        squares += solved[i] * solved[i];
    }
    /* The most likely spread; at the beginning as if two measurements had been a twentieth off. */
    l->spread = sqrt((squares + 2 * 0.05 * 0.05) / (n + 2));
    if (l->spread < least_spread)
        l->spread = least_spread;
    memset(l->mean, 0, all * sizeof *l->mean);
    for (uint32_t i = 0; i < n; ++i)
        for (uint32_t j = 0; j < all; ++j)
            l->mean[j] += solved[i] * (double)l->correlation[(size_t)i * all + j];
}

double learner_cycles(const learner *l, uint32_t which) {
    return (double)l->list->of[which].predicted * exp(l->centre + l->mean[which]);
}

/* Expected improvement of a normal variable, on the logarithms. */
double learner_gain(const learner *l, uint32_t which, double best) {
    const double rest = l->rest[which] > 0 ? l->rest[which] : 0, deviation = l->spread * sqrt(rest);
    const double ahead = log(best / learner_cycles(l, which));
    if (deviation < 1e-9)
        return ahead > 0 ? ahead * best : 0;
    const double z = ahead / deviation;
    const double below = 0.5 * erfc(-z * 0.70710678118654752), density = 0.39894228040143268 * exp(-0.5 * z * z);
    return best * deviation * (z * below + density);
}
