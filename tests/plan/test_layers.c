/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/plan/damage.h"
#include "tools/plan/layers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const char good[] = "# a comment\n"
                           "model small\n"
                           "\n"
                           "layer a conv x=1x8x8x3 o=4 k=3 pad=same epilogue=relu passes=forward,grad_w update=sgd\n"
                           "layer b depthwise x=1x8x8x4 k=3 pad=same mask=relu times=3 # three\r\n"
                           "layer c linear_one k=256 o=10 mask=relu update=adam\n"
                           "layer d optimiser elements=100 update=momentum";

static void steps_follow(void **state) {
    (void)state;
    static const char *const texts[] = {
        "conv forward x=1x8x8x3 o=4 k=3x3 pad=1x1x1x1 epilogue=relu",
        "conv grad_w x=1x8x8x3 o=4 k=3x3 pad=1x1x1x1 update=sgd",
        "depthwise forward x=1x8x8x4 k=3x3 pad=1x1x1x1",
        "depthwise grad_w x=1x8x8x4 k=3x3 pad=1x1x1x1",
        "depthwise grad_x x=1x8x8x4 k=3x3 pad=1x1x1x1 mask=relu",
        "linear_one forward k=256 o=10",
        "linear_one step k=256 o=10 mask=relu update=adam",
        "optimiser grad_w elements=100 update=momentum",
    };
    layer_list list;
    plan_error error;
    assert_true(layers_read(good, sizeof good - 1, "good", &list, &error));
    assert_string_equal(list.model, "small");
    assert_int_equal(list.count, 8);
    for (uint32_t i = 0; i < list.count; ++i) {
        char text[STEP_TEXT];
        problem_write(&list.steps[i].problem, text, sizeof text);
        assert_string_equal(text, texts[i]);
        assert_int_equal(list.steps[i].times, i >= 2 && i <= 4 ? 3 : 1);
    }
    assert_string_equal(list.steps[5].layer, "c");
    layers_free(&list);
}

static void wrong_lines_are_told(void **state) {
    (void)state;
    static const char *const wrong[][2] = {
        {"", "f:0: there is no line 'model NAME' in this file"},
        {"model a\n", "f:1: there is no layer in this file"},
        {"model a b\n", "f:1: after 'model' a name is wanted, of letters, digits, '_', '-' and '.'"},
        {"model ../../etc\n", "f:1: after 'model' a name is wanted, of letters, digits, '_', '-' and '.'"},
        {"model a\nmodel b\n", "f:2: the model has a name already"},
        {"model a\n\nlayers b conv\n", "f:3: a line begins with 'model' or 'layer', not with 'layers'"},
        {"model a\nlayer b\n", "f:2: an op is missing"},
        {"model a\nlayer b conw\n", "f:2: unknown op 'conw'"},
        {"model a\nlayer b conv x=1x8x8x3 o=4\n", "f:2: layer b, forward: k= is missing"},
        {"model a\nlayer b relu elements=4 passes=grad_w\n", "f:2: layer b, grad_w: relu has no grad_w"},
        {"model a\nlayer b relu elements=4 passes=forward,forward\n", "f:2: given twice: 'forward'"},
        {"model a\nlayer b relu elements=4 passes=\n", "f:2: unknown pass ''"},
        {"model a\nlayer b relu elements=4 times=0\n", "f:2: no good value: 'times=0'"},
        {"model a\nlayer b relu elements=4\nlayer b relu elements=4\n", "f:3: there is a layer b already"},
    };
    for (uint32_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
        layer_list list;
        plan_error error;
        assert_false(layers_read(wrong[i][0], strlen(wrong[i][0]), "f", &list, &error));
        assert_string_equal(error.text, wrong[i][1]);
        assert_null(list.steps);
    }
    char line[3000];
    memset(line, 'a', sizeof line);
    layer_list list;
    plan_error error;
    assert_false(layers_read(line, sizeof line, "f", &list, &error));
    assert_string_equal(error.text, "f:1: the line is too long");
    assert_false(layers_read("model a\0\n", 9, "f", &list, &error));
    assert_string_equal(error.text, "f:1: this is no text");
}

static void damaged_files_are_survived(void **state) {
    (void)state;
    uint32_t fine = 0, bad = 0;
    for (uint32_t trial = 0; trial < 20000; ++trial) {
        char text[sizeof good + 256];
        layer_list list;
        plan_error error;
        memcpy(text, good, sizeof good - 1);
        const size_t bytes = damage(text, sizeof good - 1, sizeof text - 64, trial);
        if (layers_read(text, bytes, "f", &list, &error)) {
            ++fine;
            layers_free(&list);
        } else {
            ++bad;
            assert_memory_equal(error.text, "f:", 2);
            assert_null(strchr(error.text, '\n'));
        }
    }
    assert_true(fine > 500 && bad > 500);
}

/* Multiply-adds of a training step: three times forward, less the first layer's dx. */
static void models_are_what_they_should_be(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint64_t macs;
    } models[] = {{"autoencoder", 710656}, {"ds_cnn", 7650304}, {"resnet8", 37062528}, {"mobilenet", 21971328}};
    for (uint32_t i = 0; i < 4; ++i) {
        static char text[20000];
        char path[512];
        layer_list list;
        plan_error error;
        uint64_t macs = 0;
        snprintf(path, sizeof path, MODELS "/%s.layers", models[i].name);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        const size_t bytes = fread(text, 1, sizeof text, file);
        fclose(file);
        assert_true(layers_read(text, bytes, path, &list, &error));
        assert_string_equal(list.model, models[i].name);
        for (uint32_t k = 0; k < list.count; ++k)
            macs += list.steps[k].times * step_problem_macs(&list.steps[k].problem);
        assert_int_equal(macs, models[i].macs);
        layers_free(&list);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_follow), cmocka_unit_test(wrong_lines_are_told),
                                       cmocka_unit_test(damaged_files_are_survived),
                                       cmocka_unit_test(models_are_what_they_should_be)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
