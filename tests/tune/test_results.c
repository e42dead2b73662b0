/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_results native | sim PROBE: the plans that the tuner chooses give right results. For every problem of the four
 * models, and some of the other ops: the cost model's first pick, the library's own plan, candidates by lot, and the
 * plans of bench/plans where there are any; natively against double precision, on the simulator the very same bits.
 */
#include "tests/tune/result_case.h"
#include "tools/plan/plan_file.h"
#include "tools/tune/candidates.h"
#include "tools/tune/predict.h"
#include "tools/tune/step_request.h"
#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum { SEED = 12001, BY_LOT = 2, CORES = 8, SIM_SHARE = 6, MOST_PROBLEMS = 400, MOST_FILE = 1 << 20 };

static const char *const models[] = {"autoencoder", "ds_cnn", "resnet8", "mobilenet"};

/* What no model has. */
static const char *const others[] = {
    "conv forward x=2x11x9x8 o=16 k=3x3 pad=1x1x1x1 epilogue=add_relu",
    "conv grad_w x=1x13x7x8 o=12 k=3x3 stride=2x2 pad=0x0x1x1 update=adam",
    "conv grad_w x=1x9x9x8 o=12 k=1x1 update=momentum",
    "conv grad_x x=1x9x9x8 o=12 k=5x5 pad=2x2x2x2 mask=relu6",
    "linear forward n=8 k=65 o=40 epilogue=add",
    "linear grad_w n=8 k=64 o=40 update=sgd",
    "linear grad_x n=7 k=64 o=33 mask=relu",
    "depthwise grad_w x=1x9x9x24 k=3x3 pad=1x1x1x1",
    "depthwise grad_x x=2x9x8x24 k=5x5 pad=2x2x2x2 mask=relu6",
    "linear_one step k=128 o=64 update=adam mask=relu",
    "linear_one step k=60 o=33 update=momentum",
    "linear_one grad_w k=128 o=64 update=momentum",
    "linear_one grad_x k=128 o=30 mask=relu",
    "max_pool forward x=1x8x9x4 k=2x2 stride=2x2",
    "max_pool grad_x x=1x8x8x5 k=3x3 stride=2x2 pad=1x1x1x1",
    "avg_pool forward x=1x8x8x4 k=2x2 stride=2x2",
    "avg_pool grad_x x=1x9x8x12 k=3x3 stride=2x2 pad=1x1x1x1",
    "avg_pool_padded forward x=1x9x8x12 k=3x3 stride=2x2 pad=1x1x1x1",
    "global_pool forward x=2x7x8x24",
    "batch_norm forward x=2x9x9x8 epilogue=relu",
    "batch_norm grad_w x=2x9x9x8",
    "batch_norm grad_x x=2x9x9x12",
    "batch_norm_frozen forward x=1x9x9x8",
    "batch_norm_frozen grad_w x=1x9x9x8",
    "batch_norm_frozen grad_x x=1x9x9x8",
    "add forward elements=5000 epilogue=relu",
    "relu forward elements=4000",
    "relu6 grad_x elements=3000",
    "leaky_relu forward elements=3000",
    "leaky_relu grad_x elements=2001",
    "sigmoid forward elements=1000",
    "sigmoid grad_x elements=3000",
    "tanh forward elements=1000",
    "tanh grad_x elements=3000",
    "optimiser grad_w elements=5000 update=sgd",
    "optimiser grad_w elements=5000 update=momentum",
    "optimiser grad_w elements=5000 update=adam",
    "cross_entropy forward n=3 classes=10",
    "mse forward elements=640",
};

typedef struct sweep {
    op_test *t;
    char (*texts)[STEP_TEXT]; /* of the problems that have been */
    uint32_t problems, cases;
} sweep;

static char *read_text(const char *path, size_t *bytes) {
    FILE *file = fopen(path, "rb");
    char *text = malloc(MOST_FILE);
    assert_true(file && text);
    *bytes = fread(text, 1, MOST_FILE, file);
    fclose(file);
    assert_true(*bytes > 0 && *bytes < MOST_FILE);
    return text;
}

/* One problem with one plan. */
static void check(sweep *s, const step_problem *problem, const step_plan *plan) {
    const uint32_t number = s->cases++;
    assert_int_equal(step_supported(problem, plan, step_l1_bytes()), TL_OK);
    result_case(s->t, problem, plan, SEED, number);
    op_finish_on(s->t, s->t->place == HARNESS_SIM ? CORES : 2 + number % 3);
}

/* On the simulator only some of them are run. */
static bool skipped(const sweep *s, uint32_t number) {
    return s->t->place == HARNESS_SIM && number % SIM_SHARE != 1;
}

static void check_candidates(sweep *s, const step_problem *problem) {
    candidate_list list;
    step_plan own;
    draw d = {.seed = SEED + 1, .number = s->problems};
    char text[STEP_TEXT];
    problem_write(problem, text, sizeof text);
    for (uint32_t i = 0; i < s->problems; ++i)
        if (strcmp(s->texts[i], text) == 0)
            return;
    assert_true(s->problems < MOST_PROBLEMS);
    memcpy(s->texts[s->problems++], text, sizeof text);
    if (skipped(s, s->problems))
        return;
    assert_true(candidates_find(problem, step_l1_bytes(), predict_by_cost, NULL, &list));
    assert_int_equal(step_default_plan(problem, step_l1_bytes(), &own), TL_OK);
    check(s, problem, &list.of[0].plan);
    check(s, problem, &own);
    for (uint32_t i = 0; i < BY_LOT && list.count > 2; ++i)
        check(s, problem, &list.of[draw_range(&d, 1, list.count - 1)].plan);
    candidates_free(&list);
}

static sweep begin(void **state) {
    sweep s = {.t = *state, .texts = calloc(MOST_PROBLEMS, STEP_TEXT)};
    assert_non_null(s.texts);
    return s;
}

static void of_models(void **state) {
    sweep s = begin(state);
    for (uint32_t m = 0; m < sizeof models / sizeof models[0]; ++m) {
        char path[1024];
        size_t bytes;
        layer_list list;
        plan_error error;
        snprintf(path, sizeof path, "%s/models/%s.layers", BENCH, models[m]);
        char *text = read_text(path, &bytes);
        assert_true(layers_read(text, bytes, path, &list, &error));
        for (uint32_t i = 0; i < list.count; ++i)
            check_candidates(&s, &list.steps[i].problem);
        layers_free(&list);
        free(text);
    }
    assert_true(s.problems > 80);
    free(s.texts);
}

static void of_other_problems(void **state) {
    sweep s = begin(state);
    for (uint32_t i = 0; i < sizeof others / sizeof others[0]; ++i) {
        step_problem p;
        char why[256];
        if (!problem_read(others[i], &p, why, sizeof why))
            fail_msg("%s: %s", others[i], why);
        check_candidates(&s, &p);
    }
    free(s.texts);
}

static bool is_plan(const char *name) {
    const char *end = strrchr(name, '.');
    return end && strcmp(end, ".plan") == 0;
}

/* The plans that are shipped. */
static void of_plan_files(void **state) {
    sweep s = begin(state);
    DIR *folder = opendir(BENCH "/plans");
    for (const struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        char path[1024];
        size_t bytes;
        plan_file file;
        plan_error error;
        if (!is_plan(entry->d_name))
            continue;
        snprintf(path, sizeof path, "%s/plans/%s", BENCH, entry->d_name);
        char *text = read_text(path, &bytes);
        if (!plan_file_read(text, bytes, path, step_l1_bytes(), &file, &error))
            fail_msg("%s", error.text);
        for (uint32_t i = 0; i < file.count; ++i)
            if (!skipped(&s, i))
                check(&s, &file.steps[i].step.problem, &file.steps[i].plan);
        plan_file_free(&file);
        free(text);
    }
    if (folder)
        closedir(folder);
    free(s.texts);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(of_other_problems), cmocka_unit_test(of_models),
                                       cmocka_unit_test(of_plan_files)};
    return op_main(argc, argv, "results", tests, sizeof tests / sizeof tests[0]);
}
