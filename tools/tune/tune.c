/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/tune/tune.h"
#include "tools/tune/search.h"
#include "tools/tune/step_request.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Problems in a round, each with a batch of measurements: fixed, so that threads make no difference. */
enum { ROUND = 4, MOST_THREADS = 64 };

typedef struct job {
    step_problem problem;
    char text[STEP_TEXT];
    uint64_t weight; /* how often it is part of the step */
    bool ours;       /* of this shard */
    candidate_list list;
    step_plan own;
    bool has_own, failed;
    search search;
    bool searching;
    /* The choice. */
    step_plan plan;
    uint64_t cycles;
    double predicted;
} job;

typedef struct tuner {
    const tune_options *options;
    engine *engine;
    wisdom *wisdom;
    wisdom_place place;
    job *jobs;
    uint32_t count;
    uint32_t *job_of; /* each step's */
    tune_progress progress;
    plan_error *error;
    atomic_uint next;
} tuner;

static bool fail(tuner *t, const char *what) {
    snprintf(t->error->text, sizeof t->error->text, "%s", what);
    return false;
}

/* ---- problems ---- */

static int by_text(const void *a, const void *b) {
    return strcmp(((const job *)a)->text, ((const job *)b)->text);
}

/* Equal problems once, in an order of their own. */
static bool find_jobs(tuner *t, const layer_list *layers) {
    t->jobs = calloc(layers->count, sizeof *t->jobs);
    t->job_of = calloc(layers->count, sizeof *t->job_of);
    if (!t->jobs || !t->job_of)
        return fail(t, "out of memory");
    for (uint32_t i = 0; i < layers->count; ++i) {
        job fresh = {.problem = layers->steps[i].problem};
        uint32_t found = 0;
        problem_write(&fresh.problem, fresh.text, sizeof fresh.text);
        while (found < t->count && strcmp(t->jobs[found].text, fresh.text) != 0)
            ++found;
        if (found == t->count)
            t->jobs[t->count++] = fresh;
        t->jobs[found].weight += layers->steps[i].times;
    }
    qsort(t->jobs, t->count, sizeof *t->jobs, by_text);
    for (uint32_t i = 0; i < layers->count; ++i) {
        char text[STEP_TEXT];
        problem_write(&layers->steps[i].problem, text, sizeof text);
        while (strcmp(t->jobs[t->job_of[i]].text, text) != 0)
            ++t->job_of[i];
    }
    for (uint32_t i = 0; i < t->count; ++i)
        t->jobs[i].ours = t->options->shards < 2 || i % t->options->shards + 1 == t->options->shard;
    t->progress.problems = t->count;
    return true;
}

/* Candidates of the jobs, one after the other, on as many threads as call this. */
static void *find_candidates(void *argument) {
    tuner *t = argument;
    for (;;) {
        const uint32_t i = atomic_fetch_add(&t->next, 1u);
        if (i >= t->count)
            return NULL;
        job *j = &t->jobs[i];
        j->has_own = step_default_plan(&j->problem, step_l1_bytes(), &j->own) == TL_OK;
        j->failed = !candidates_find(&j->problem, step_l1_bytes(), t->options->predict, t->options->with, &j->list);
    }
}

static bool find_all_candidates(tuner *t) {
    pthread_t ids[MOST_THREADS];
    const uint32_t wanted = engine_threads(t->engine) < MOST_THREADS ? engine_threads(t->engine) : MOST_THREADS;
    uint32_t started = 0;
    atomic_init(&t->next, 0u);
    while (started + 1 < wanted && pthread_create(&ids[started], NULL, find_candidates, t) == 0)
        ++started;
    find_candidates(t);
    while (started)
        pthread_join(ids[--started], NULL);
    for (uint32_t i = 0; i < t->count; ++i) {
        if (t->jobs[i].failed) {
            snprintf(t->error->text, sizeof t->error->text, "there is no plan for '%s' in %u bytes of L1",
                     t->jobs[i].text, step_l1_bytes());
            return false;
        }
        t->progress.plans += t->jobs[i].list.legal;
    }
    return true;
}

/* ---- the course of a run ---- */

/* Of the step, without any measurement. */
static double predicted_step(const tuner *t) {
    double cycles = 0;
    for (uint32_t i = 0; i < t->count; ++i)
        cycles += (double)t->jobs[i].weight * (double)t->jobs[i].list.of[0].predicted;
    return cycles;
}

/* The plan that older code liked best is worth a measurement; and nothing of this code, lest a run that goes on from
 * an earlier one take another course than one that was never cut off. */
static uint32_t hint(const tuner *t, const job *j) {
    wisdom_place other = t->place;
    char why[128];
    uint64_t cycles;
    step_plan plan;
    const char *text = wisdom_best_elsewhere(t->wisdom, &other, j->text, &cycles);
    if (!text || !plan_read(text, step_plan_kind_of(j->problem.op), &plan, why, sizeof why))
        return j->list.count;
    return candidates_place(&j->list, &plan);
}

static bool begin_searches(tuner *t) {
    /* A measurement is worth its time if it saves so much of the problem, or so much of an even part of the step: all
     * together less than a half per cent of the step is then left. */
    static const double of_problem = 0.0003, of_step = 0.0002;
    const double step = predicted_step(t);
    for (uint32_t i = 0; i < t->count; ++i) {
        job *j = &t->jobs[i];
        if (!j->ours)
            continue;
        const uint32_t first = hint(t, j), own = j->has_own ? candidates_place(&j->list, &j->own) : j->list.count;
        const search_limits limits = {.measurements =
                                          t->options->effort == TUNE_EXHAUSTIVE ? UINT32_MAX : t->options->measurements,
                                      .all = t->options->effort == TUNE_EXHAUSTIVE,
                                      .enough = of_problem * (double)j->list.of[0].predicted +
                                                of_step * step / ((double)t->count * (double)j->weight)};
        if (!search_begin(&j->search, &j->list, &limits, own, &first, 1))
            return fail(t, "out of memory");
        j->searching = true;
    }
    return true;
}

/* What the next measurements of a job may save of the step. */
static double worth(const job *j) {
    const search *s = &j->search;
    return (double)j->weight * (s->measured ? s->gap : 0.05 * (double)j->list.of[0].predicted);
}

static uint32_t choose_round(const tuner *t, uint32_t *chosen) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->count; ++i) {
        const job *j = &t->jobs[i];
        if (!j->searching || j->search.done)
            continue;
        uint32_t at = n < ROUND ? n++ : ROUND;
        while (at > 0 && worth(j) > worth(&t->jobs[chosen[at - 1]])) {
            if (at < ROUND)
                chosen[at] = chosen[at - 1];
            --at;
        }
        if (at < ROUND)
            chosen[at] = i;
    }
    return n;
}

/* A result as it would have been measured with this limit. False: wisdom does not know. */
static bool known(const tuner *t, const trial *one, const char *problem, const char *plan, wisdom_result *result) {
    if (!wisdom_find(t->wisdom, &t->place, problem, plan, result))
        return false;
    if (result->kind == WISDOM_ABOVE && (!one->limit || result->cycles < one->limit))
        return false;
    if (one->limit && result->kind != WISDOM_REFUSED && result->cycles > one->limit)
        *result = (wisdom_result){WISDOM_ABOVE, one->limit};
    if (result->kind == WISDOM_ABOVE)
        result->cycles = one->limit;
    return true;
}

static bool run_round(tuner *t, const uint32_t *chosen, uint32_t n) {
    trial trials[ROUND * SEARCH_BATCH];
    wisdom_result results[ROUND * SEARCH_BATCH];
    uint32_t where[ROUND * SEARCH_BATCH], job_of[ROUND * SEARCH_BATCH], all = 0, unknown = 0;
    char plan[STEP_TEXT];
    for (uint32_t i = 0; i < n; ++i) {
        const job *j = &t->jobs[chosen[i]];
        for (uint32_t k = 0; k < j->search.batched; ++k, ++all) {
            const trial one = {
                .problem = &j->problem, .plan = &j->list.of[j->search.batch[k]].plan, .limit = j->search.limit};
            plan_write(one.plan, plan, sizeof plan);
            if (known(t, &one, j->text, plan, &results[all])) {
                ++t->progress.known;
                continue;
            }
            where[unknown] = all;
            job_of[unknown] = chosen[i];
            trials[unknown++] = one;
        }
    }
    if (!engine_run(t->engine, trials, unknown, t->error))
        return false;
    for (uint32_t i = 0; i < unknown; ++i) {
        results[where[i]] = trials[i].result;
        plan_write(trials[i].plan, plan, sizeof plan);
        if (!wisdom_add(t->wisdom, &t->place, t->jobs[job_of[i]].text, plan, &trials[i].result))
            return fail(t, "the wisdom cannot be written; is the disk full?");
    }
    t->progress.measured += unknown;
    if (!wisdom_flush(t->wisdom))
        return fail(t, "the wisdom cannot be written; is the disk full?");
    all = 0;
    for (uint32_t i = 0; i < n; ++i) {
        search *s = &t->jobs[chosen[i]].search;
        const uint32_t batched = s->batched;
        search_tell(s, results + all);
        all += batched;
    }
    return true;
}

static void update_progress(tuner *t) {
    tune_progress *p = &t->progress;
    double part = 0, ours = 0;
    p->done = 0;
    p->cycles = p->gap = 0;
    for (uint32_t i = 0; i < t->count; ++i) {
        const job *j = &t->jobs[i];
        const search *s = &j->search;
        const double most = s->limits.all || s->limits.measurements > j->list.count ? (double)j->list.count
                                                                                    : (double)s->limits.measurements;
        const bool over = !j->searching || s->done;
        p->done += over;
        p->cycles +=
            (double)j->weight * (s->measured && s->cycles ? (double)s->cycles : (double)j->list.of[0].predicted);
        p->gap += (double)j->weight * s->gap;
        if (j->ours) {
            ours += most;
            part += over ? most : (double)s->measured;
        }
    }
    p->part = ours > 0 ? part / ours : 1;
}

static bool go_on(tuner *t) {
    update_progress(t);
    return !t->options->go_on || t->options->go_on(t->options->user, &t->progress);
}

static bool search_all(tuner *t) {
    uint32_t chosen[ROUND], n;
    if (!begin_searches(t))
        return false;
    while (go_on(t) && (n = choose_round(t, chosen)) > 0)
        if (!run_round(t, chosen, n))
            return false;
    return true;
}

/* ---- the plan ---- */

/* The best that was measured, in this run or another one; or else what is predicted to be. */
static void choose(const tuner *t, job *j) {
    char why[128];
    step_plan plan;
    const search *s = &j->search;
    j->plan = j->list.of[0].plan;
    if (t->options->effort != TUNE_ESTIMATE) {
        if (j->searching && s->best < j->list.count) {
            j->plan = j->list.of[s->best].plan;
            j->cycles = s->cycles;
        }
        uint64_t cycles = 0;
        const char *text = wisdom_best(t->wisdom, &t->place, j->text, &cycles);
        if (text && (!j->cycles || cycles < j->cycles) &&
            plan_read(text, step_plan_kind_of(j->problem.op), &plan, why, sizeof why) &&
            step_supported(&j->problem, &plan, step_l1_bytes()) == TL_OK) {
            j->plan = plan;
            j->cycles = cycles;
        }
    }
    j->predicted = (double)t->options->predict(t->options->with, &j->problem, &j->plan);
}

static uint64_t own_cycles(const tuner *t, const job *j) {
    char plan[STEP_TEXT];
    wisdom_result result;
    if (!j->has_own)
        return 0;
    plan_write(&j->own, plan, sizeof plan);
    return wisdom_find(t->wisdom, &t->place, j->text, plan, &result) && result.kind == WISDOM_CYCLES ? result.cycles
                                                                                                     : 0;
}

static bool make_plan(tuner *t, const layer_list *layers, plan_file *plan) {
    *plan = (plan_file){.machine_hash = t->place.machine, .code_hash = t->place.code};
    memcpy(plan->model, layers->model, sizeof plan->model);
    plan->steps = calloc(layers->count, sizeof *plan->steps);
    if (!plan->steps)
        return fail(t, "out of memory");
    plan->count = layers->count;
    for (uint32_t i = 0; i < t->count; ++i)
        choose(t, &t->jobs[i]);
    for (uint32_t i = 0; i < layers->count; ++i) {
        const job *j = &t->jobs[t->job_of[i]];
        plan->steps[i] = (plan_step){.step = layers->steps[i],
                                     .plan = j->plan,
                                     .cycles = j->cycles,
                                     .predicted = (uint64_t)(j->predicted + 0.5),
                                     .measured = j->search.measured,
                                     .gap = (uint64_t)(j->search.gap + 0.5),
                                     .default_cycles = own_cycles(t, j)};
    }
    update_progress(t);
    return true;
}

static void end(tuner *t) {
    for (uint32_t i = 0; t->jobs && i < t->count; ++i) {
        if (t->jobs[i].searching)
            search_end(&t->jobs[i].search);
        candidates_free(&t->jobs[i].list);
    }
    free(t->jobs);
    free(t->job_of);
}

bool tune_run(const layer_list *layers, engine *e, wisdom *w, const tune_options *options, plan_file *plan,
              tune_progress *progress, plan_error *error) {
    tuner t = {.options = options, .engine = e, .wisdom = w, .place = engine_place(e), .error = error};
    error->text[0] = 0;
    const bool fine = find_jobs(&t, layers) && find_all_candidates(&t) &&
                      (options->effort == TUNE_ESTIMATE || search_all(&t)) && make_plan(&t, layers, plan);
    *progress = t.progress;
    end(&t);
    return fine;
}
