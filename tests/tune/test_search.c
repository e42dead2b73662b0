/* SPDX-License-Identifier: Apache-2.0 */
/* The search on made-up machines, and on recorded walks: how near to the optimum it gets, with how many measurements.
 */
#include "src/base/random.h"
#include "tools/tune/predict.h"
#include "tools/tune/search.h"
#include "tools/tune/step_request.h"
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 128 };

/* Cycles that a candidate would take: 0: it is refused. */
typedef struct replay {
    const candidate_list *list;
    uint64_t *cycles;
    uint64_t best;
} replay;

/* Runs a search to its end. Returns measurements made; *order: a hash of all that was asked. */
static uint32_t run(const replay *r, const search_limits *limits, uint32_t own, search *s, uint64_t *order) {
    *order = HASH_BEGIN;
    assert_true(search_begin(s, r->list, limits, own, &own, 1));
    while (!s->done) {
        wisdom_result results[SEARCH_BATCH];
        assert_true(s->batched > 0 && s->batched <= SEARCH_BATCH);
        for (uint32_t i = 0; i < s->batched; ++i) {
            const uint64_t cycles = r->cycles[s->batch[i]];
            results[i] = !cycles                         ? (wisdom_result){WISDOM_REFUSED, 0}
                         : s->limit && cycles > s->limit ? (wisdom_result){WISDOM_ABOVE, s->limit}
                                                         : (wisdom_result){WISDOM_CYCLES, cycles};
        }
        *order = hash_more(*order, s->batch, s->batched * sizeof s->batch[0]);
        search_tell(s, results);
    }
    return s->measured;
}

static void make_up(replay *r, const candidate_list *list, uint32_t seed, float error) {
    r->list = list;
    r->cycles = calloc(list->count, sizeof *r->cycles);
    r->best = UINT64_MAX;
    assert_non_null(r->cycles);
    for (uint32_t i = 0; i < list->count; ++i) {
        const tl_mm_plan *mm = &list->of[i].plan.of.mm;
        /* An error that plans with the same tiles share, and a little one of their own. */
        const float tile = 2.0f * tl_random_unit(seed, mm->rows * 64u + mm->cols, mm->o * 64u + mm->c) - 1.0f;
        const float own = 2.0f * tl_random_unit(seed, 99, i) - 1.0f;
        r->cycles[i] = (uint64_t)(list->of[i].predicted * (1.1f + error * tile + 0.1f * error * own));
        if (tl_random_unit(seed, 98, i) < 0.02f)
            r->cycles[i] = 0;
        if (r->cycles[i] && r->cycles[i] < r->best)
            r->best = r->cycles[i];
    }
}

static void finds_made_up_optima(void **state) {
    (void)state;
    step_problem p;
    char why[256];
    candidate_list list;
    double sum = 0;
    enum { SEEDS = 12 };
    assert_true(problem_read("conv forward x=1x10x10x16 o=16 k=3x3 pad=1x1x1x1", &p, why, sizeof why));
    assert_true(candidates_find(&p, step_l1_bytes(), predict_by_cost, NULL, &list));
    for (uint32_t seed = 1; seed <= SEEDS; ++seed) {
        replay r;
        search s, t;
        uint64_t order, order2;
        make_up(&r, &list, seed, 0.05f);
        const search_limits limits = {.measurements = MOST, .enough = 0.0003 * (double)list.of[0].predicted};
        const uint32_t measured = run(&r, &limits, 3, &s, &order);
        assert_true(measured <= MOST && measured > SEARCH_BATCH);
        assert_true(s.cycles == r.cycles[s.best]);
        const double gap = (double)s.cycles / (double)r.best - 1.0;
        sum += gap;
        assert_true(gap < 0.03);
        run(&r, &limits, 3, &t, &order2);
        assert_true(order == order2 && s.best == t.best);
        search_end(&s);
        search_end(&t);
        free(r.cycles);
    }
    assert_true(sum / (double)SEEDS < 0.01);
    candidates_free(&list);
}

static void all_means_all(void **state) {
    (void)state;
    step_problem p;
    char why[256];
    candidate_list list;
    replay r;
    search s;
    uint64_t order;
    assert_true(problem_read("depthwise forward x=1x9x9x24 k=3x3 pad=1x1x1x1", &p, why, sizeof why));
    assert_true(candidates_find(&p, step_l1_bytes(), predict_by_cost, NULL, &list));
    make_up(&r, &list, 5, 0.3f);
    const search_limits limits = {.measurements = UINT32_MAX, .all = true};
    assert_int_equal(run(&r, &limits, list.count, &s, &order), list.count);
    assert_true(s.cycles == r.best);
    assert_true(s.gap == 0.0);
    search_end(&s);
    free(r.cycles);
    candidates_free(&list);
}

/* One measurement is allowed: it is the library's own plan. And a list of one is over at once. */
static void few_measurements_are_kept_to(void **state) {
    (void)state;
    step_problem p;
    char why[256];
    candidate_list list;
    replay r;
    search s;
    uint64_t order;
    assert_true(problem_read("mse forward elements=10", &p, why, sizeof why));
    assert_true(candidates_find(&p, step_l1_bytes(), predict_by_cost, NULL, &list));
    make_up(&r, &list, 5, 0.0f);
    r.cycles[0] = 77;
    search_limits limits = {.measurements = MOST};
    assert_int_equal(run(&r, &limits, 0, &s, &order), 1);
    assert_int_equal(s.own_cycles, 77);
    search_end(&s);
    free(r.cycles);
    candidates_free(&list);
    assert_true(problem_read("add forward elements=9000", &p, why, sizeof why));
    assert_true(candidates_find(&p, step_l1_bytes(), predict_by_cost, NULL, &list));
    make_up(&r, &list, 5, 0.0f);
    r.cycles[4] = 88;
    limits.measurements = 1;
    assert_int_equal(run(&r, &limits, 4, &s, &order), 1);
    assert_int_equal(s.best, 4);
    search_end(&s);
    free(r.cycles);
    candidates_free(&list);
}

/* ---- recorded walks: every candidate of a problem measured ---- */

static char *read_file(const char *path, size_t *bytes) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    assert_non_null(text);
    *bytes = fread(text, 1, (size_t)size, file);
    fclose(file);
    return text;
}

/* The problem of the walk and the cycles of its plans, in the order of the file: by prediction, then as found. */
typedef struct walk {
    step_problem problem;
    candidate_list list;
    replay replay;
} walk;

static void read_walk(const char *path, walk *w) {
    size_t bytes;
    char why[256], *text = read_file(path, &bytes);
    plan_error error;
    plan_lines lines = {.file = path, .at = text, .end = text + bytes, .error = &error};
    error.text[0] = 0;
    assert_true(lines_next(&lines) && strcmp(lines.line, "trainlib-walk 1") == 0);
    assert_true(lines_next(&lines) && problem_read(lines.line, &w->problem, why, sizeof why));
    w->list = (candidate_list){.of = calloc(CANDIDATES_KEPT, sizeof(candidate))};
    w->replay = (replay){.list = &w->list, .cycles = calloc(CANDIDATES_KEPT, sizeof(uint64_t)), .best = UINT64_MAX};
    assert_true(w->list.of && w->replay.cycles);
    while (lines_next(&lines)) {
        unsigned long long cycles;
        float predicted;
        int at = 0;
        const uint32_t i = w->list.count++;
        assert_true(i < CANDIDATES_KEPT);
        assert_int_equal(sscanf(lines.line, "%llu %f %n", &cycles, &predicted, &at), 2);
        assert_true(plan_read(lines.line + at, step_plan_kind_of(w->problem.op), &w->list.of[i].plan, why, sizeof why));
        w->list.of[i].predicted = predicted;
        w->replay.cycles[i] = cycles;
        if (cycles && cycles < w->replay.best)
            w->replay.best = cycles;
    }
    assert_int_equal(error.text[0], 0);
    free(text);
}

static void walks_are_found_the_end_of(void **state) {
    (void)state;
    DIR *folder = opendir(WALKS);
    assert_non_null(folder);
    double sum = 0, worst = 0, first = 0;
    uint32_t count = 0, most = 0;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char path[1024];
        const char *end = strrchr(entry->d_name, '.');
        if (!end || strcmp(end, ".walk") != 0)
            continue;
        walk w;
        search s;
        uint64_t order;
        snprintf(path, sizeof path, "%s/%s", WALKS, entry->d_name);
        read_walk(path, &w);
        const search_limits limits = {.measurements = MOST, .enough = 0.0005 * (double)w.list.of[0].predicted};
        const uint32_t measured = run(&w.replay, &limits, w.list.count, &s, &order);
        const double gap = (double)s.cycles / (double)w.replay.best - 1.0;
        const double guess = (double)w.replay.cycles[0] / (double)w.replay.best - 1.0;
        print_message("%-28s %5u plans, first guess %+5.1f %%, %3u measured: %+5.2f %%, expected %.2f %%\n",
                      entry->d_name, w.list.count, 100 * guess, measured, 100 * gap, 100 * s.gap / (double)s.cycles);
        sum += gap;
        first += guess;
        worst = gap > worst ? gap : worst;
        most = measured > most ? measured : most;
        ++count;
        search_end(&s);
        candidates_free(&w.list);
        free(w.replay.cycles);
    }
    closedir(folder);
    assert_true(count >= 10);
    print_message("%u walks: mean gap %.2f %%, worst %.2f %%, first guesses %.1f %%, at most %u measurements\n", count,
                  100 * sum / count, 100 * worst, 100 * first / count, most);
    assert_true(sum / count <= 0.005);
    assert_true(worst <= 0.02);
    assert_true(most <= MOST);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_made_up_optima), cmocka_unit_test(all_means_all),
                                       cmocka_unit_test(few_measurements_are_kept_to),
                                       cmocka_unit_test(walks_are_found_the_end_of)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
