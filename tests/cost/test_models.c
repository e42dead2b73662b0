/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost model against what was measured of whole steps of training, each step by its tuned plan (*.plan, as the
 * tuner wrote them), and its picks where every plan was measured (*.walk).
 *
 *     test_models [FOLDER [all]]
 */
#include "tools/plan/plan_file.h"
#include "tools/tune/predict.h"
#include "tools/tune/step_request.h"
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *folder = WALKS;
static bool all; /* steps are shown, not only those whose error is large */

static char *read_file(const char *name, size_t *bytes) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
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

static bool ends_with(const char *name, const char *end) {
    const size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

/* Of one op and pass. */
typedef struct kind {
    double cycles, error, worst;
    uint32_t steps;
} kind;

static kind kinds[STEP_OPS][STEP_PASSES];

static void add_step(const plan_step *s, const cost_machine *machine, double *measured, double *predicted) {
    const double cycles = (double)s->cycles, foretold = (double)predict_by_cost(machine, &s->step.problem, &s->plan);
    const double error = fabs(foretold / cycles - 1.0);
    kind *k = &kinds[s->step.problem.op][s->step.problem.pass];
    if (all || error > 0.1) {
        char problem[STEP_TEXT], plan[STEP_TEXT];
        problem_write(&s->step.problem, problem, sizeof problem);
        plan_write(&s->plan, plan, sizeof plan);
        print_message("%+6.1f %% of %8.0f: %s | %s\n", 100 * (foretold / cycles - 1), cycles, problem, plan);
    }
    k->worst = fmax(k->worst, error);
    k->error += error;
    ++k->steps;
    *measured += s->step.times * cycles;
    *predicted += s->step.times * foretold;
}

static void check_kind(int op, int pass, const kind *k) {
    const double error = k->error / k->steps;
    print_message("%-14s %-8s %3u steps: error %5.1f %%, worst %5.1f %%\n", step_op_names[op], step_pass_names[pass],
                  k->steps, 100 * error, 100 * k->worst);
    /* The only linear layer that is a matmul here is tiny: 2,000 cycles, half of them around the kernel. */
    assert_true(error <= (op == STEP_LINEAR ? 0.25 : 0.07));
    assert_true(k->worst <= (op == STEP_LINEAR ? 0.25 : 0.12));
}

static void steps_are_foretold(void **state) {
    (void)state;
    DIR *dir = opendir(folder);
    uint32_t files = 0;
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        plan_file file;
        plan_error error;
        size_t bytes;
        if (!ends_with(entry->d_name, ".plan"))
            continue;
        char *text = read_file(entry->d_name, &bytes);
        if (!plan_file_read(text, bytes, entry->d_name, step_l1_bytes(), &file, &error))
            fail_msg("%s", error.text);
        const bool shared = strcmp(file.machine, "pulp-open") == 0;
        const cost_machine machine = {.fpus = shared ? 4 : 8, .dma_width = 8};
        double measured = 0, predicted = 0;
        for (uint32_t i = 0; i < file.count; ++i)
            add_step(&file.steps[i], &machine, &measured, &predicted);
        print_message("%-12s %-10s measured %9.0f, predicted %9.0f: %+.1f %%\n", file.model, file.machine, measured,
                      predicted, 100 * (predicted / measured - 1));
        assert_true(fabs(predicted / measured - 1) <= 0.1);
        plan_file_free(&file);
        free(text);
        ++files;
    }
    closedir(dir);
    for (int op = 0; op < STEP_OPS; ++op)
        for (int pass = 0; pass < STEP_PASSES; ++pass)
            if (kinds[op][pass].steps)
                check_kind(op, pass, &kinds[op][pass]);
    assert_int_equal(files, 8);
}

/* The first of the plans predicted best, behind the best; and its prediction's error. */
static void pick(const char *name, double *gap, double *error) {
    size_t bytes;
    char why[256], *text = read_file(name, &bytes);
    plan_error wrong;
    plan_lines lines = {.file = name, .at = text, .end = text + bytes, .error = &wrong};
    step_problem p;
    double least = HUGE_VAL, chosen = 0, best = HUGE_VAL;
    uint32_t count = 0;
    const cost_machine machine = {.fpus = ends_with(name, "_open.walk") ? 4 : 8, .dma_width = 8};
    assert_true(lines_next(&lines) && lines_next(&lines) && problem_read(lines.line, &p, why, sizeof why));
    for (; lines_next(&lines); ++count) {
        unsigned long long cycles;
        int at = 0;
        step_plan plan;
        assert_int_equal(sscanf(lines.line, "%llu %*f %n", &cycles, &at), 1);
        assert_true(plan_read(lines.line + at, step_plan_kind_of(p.op), &plan, why, sizeof why));
        if (!cycles)
            continue;
        const double foretold = (double)predict_by_cost(&machine, &p, &plan);
        best = fmin(best, (double)cycles);
        if (foretold < least) {
            least = foretold;
            chosen = (double)cycles;
        }
    }
    *gap = chosen / best - 1;
    *error = least / chosen - 1;
    print_message("%-36s %4u plans: pick %+5.1f %%, error %+5.1f %%\n", name, count, 100 * *gap, 100 * *error);
    free(text);
}

static void picks_are_good(void **state) {
    (void)state;
    DIR *dir = opendir(folder);
    double gaps = 0, errors = 0;
    uint32_t walks = 0;
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        double gap, error;
        if (!ends_with(entry->d_name, ".walk"))
            continue;
        pick(entry->d_name, &gap, &error);
        gaps += gap;
        errors += fabs(error);
        ++walks;
    }
    closedir(dir);
    assert_true(walks >= 10);
    print_message("%u walks: picks %.2f %% behind, %.2f %% wrong\n", walks, 100 * gaps / walks, 100 * errors / walks);
    assert_true(gaps / walks <= 0.05);
    assert_true(errors / walks <= 0.1);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_are_foretold), cmocka_unit_test(picks_are_good)};
    if (argc > 1)
        folder = argv[1];
    all = argc > 2 && strcmp(argv[2], "all") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
