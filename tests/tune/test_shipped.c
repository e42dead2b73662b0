/* SPDX-License-Identifier: Apache-2.0 */
/* What is shipped belongs together: a plan file for each model and machine, whose plans are the best of the wisdom. */
#include "tools/plan/plan_file.h"
#include "tools/tune/step_request.h"
#include "tools/tune/wisdom.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const models[] = {"autoencoder", "ds_cnn", "resnet8", "mobilenet"};
static const char *const machines[] = {"pulp8", "pulp-open"};

static char *read_text(size_t *bytes, const char *format, const char *a, const char *b) {
    enum { MOST = 8 << 20 };
    char path[1024], *text = malloc(MOST);
    snprintf(path, sizeof path, format, a, b);
    FILE *file = fopen(path, "rb");
    if (!file || !text)
        fail_msg("cannot read %s", path);
    *bytes = fread(text, 1, MOST, file);
    fclose(file);
    return text;
}

static wisdom *read_wisdom(const char *machine) {
    size_t bytes;
    bool torn;
    plan_error error;
    wisdom *w = wisdom_create();
    char *text = read_text(&bytes, BENCH "/wisdom/%s%s", machine, ".wisdom");
    assert_non_null(w);
    if (!wisdom_read(w, text, bytes, machine, &torn, &error))
        fail_msg("%s", error.text);
    assert_false(torn);
    assert_int_equal(wisdom_write(w, NULL, 0), bytes);
    free(text);
    return w;
}

static void check_step(const wisdom *w, const plan_file *file, const layer_step *layer, const plan_step *step) {
    const wisdom_place place = {file->machine_hash, file->code_hash};
    char problem[STEP_TEXT], wanted[STEP_TEXT], plan[STEP_TEXT];
    uint64_t cycles = 0;
    problem_write(&step->step.problem, problem, sizeof problem);
    problem_write(&layer->problem, wanted, sizeof wanted);
    assert_string_equal(problem, wanted);
    assert_string_equal(step->step.layer, layer->layer);
    assert_int_equal(step->step.times, layer->times);
    wisdom_result own;
    if (!wisdom_best(w, &place, problem, &cycles))
        fail_msg("the wisdom knows nothing of %s", problem);
    plan_write(&step->plan, plan, sizeof plan);
    if (!wisdom_find(w, &place, problem, plan, &own))
        fail_msg("the wisdom does not know %s of %s", plan, problem);
    assert_int_equal(own.kind, WISDOM_CYCLES);
    assert_int_equal(own.cycles, cycles);
    assert_int_equal(step->cycles, cycles);
    assert_true(step->default_cycles >= cycles);
    assert_true(step->measured <= 128);
}

static bool is_there(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file)
        fclose(file);
    return file != NULL;
}

/* And what the cost model alone says of the whole step is within a tenth. */
static void plans_are_the_best_of_the_wisdom(void **state) {
    (void)state;
    /* A library whose code has just been changed carries neither, until they are made anew. */
    if (!is_there(BENCH "/wisdom/pulp8.wisdom") && !is_there(BENCH "/plans/resnet8.pulp8.plan"))
        skip();
    for (uint32_t k = 0; k < 2; ++k) {
        wisdom *w = read_wisdom(machines[k]);
        for (uint32_t m = 0; m < 4; ++m) {
            size_t bytes, layer_bytes;
            plan_file file;
            layer_list layers;
            plan_error error;
            uint64_t measured = 0, predicted = 0;
            char *text = read_text(&bytes, BENCH "/plans/%s.%s.plan", models[m], machines[k]);
            char *layer_text = read_text(&layer_bytes, BENCH "/models/%s%s", models[m], ".layers");
            if (!plan_file_read(text, bytes, models[m], step_l1_bytes(), &file, &error) ||
                !layers_read(layer_text, layer_bytes, models[m], &layers, &error))
                fail_msg("%s", error.text);
            assert_string_equal(file.machine, machines[k]);
            assert_string_equal(file.model, models[m]);
            assert_int_equal(file.count, layers.count);
            for (uint32_t i = 0; i < file.count; ++i) {
                check_step(w, &file, &layers.steps[i], &file.steps[i]);
                measured += file.steps[i].step.times * file.steps[i].cycles;
                predicted += file.steps[i].step.times * file.steps[i].predicted;
            }
            print_message("%-12s %-10s %9llu cycles, predicted %9llu\n", models[m], machines[k],
                          (unsigned long long)measured, (unsigned long long)predicted);
            assert_true(10 * predicted <= 11 * measured && 10 * predicted >= 9 * measured);
            plan_file_free(&file);
            layers_free(&layers);
            free(text);
            free(layer_text);
        }
        wisdom_destroy(w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(plans_are_the_best_of_the_wisdom)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
