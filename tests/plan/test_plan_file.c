/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/plan/damage.h"
#include "tools/plan/plan_file.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { L1 = 45000 };

static const char good[] =
    "trainlib-plan 1\n"
    "model small\n"
    "machine pulp8 00112233445566ff\n"
    "code ffeeddccbbaa9988\n"
    "step a forward times=1 cycles=106683 predicted=94609 measured=20 gap=12 default=107000 | conv forward "
    "x=1x32x32x3 o=16 k=3x3 pad=1x1x1x1 epilogue=relu | kernel=tl_mm_f32_pulp_5x4 tile=8x32x16x3 block=5x4 buffers=2 "
    "strides=12x4x36x4\n"
    "step b forward times=2 cycles=0 predicted=9 measured=0 gap=0 default=0 | mse forward elements=640 | none\n";

static void files_come_back(void **state) {
    (void)state;
    plan_file file;
    plan_error error;
    char text[2048];
    assert_true(plan_file_read(good, sizeof good - 1, "p", L1, &file, &error));
    assert_int_equal(file.count, 2);
    assert_true(file.machine_hash == 0x00112233445566ff);
    assert_true(file.code_hash == 0xffeeddccbbaa9988);
    assert_int_equal(file.steps[0].cycles, 106683);
    assert_int_equal(file.steps[0].gap, 12);
    assert_int_equal(file.steps[1].step.times, 2);
    assert_int_equal(plan_file_write(&file, NULL, 0), sizeof good - 1);
    assert_int_equal(plan_file_write(&file, text, sizeof text), sizeof good - 1);
    assert_string_equal(text, good);
    plan_file_free(&file);
}

/* `good` with a part replaced. */
static void refused(const char *part, const char *other, uint32_t l1, const char *why) {
    char text[4096], *at;
    plan_file file;
    plan_error error;
    memcpy(text, good, sizeof good);
    at = strstr(text, part);
    assert_non_null(at);
    memmove(at + strlen(other), at + strlen(part), strlen(at + strlen(part)) + 1);
    memcpy(at, other, strlen(other));
    if (plan_file_read(text, strlen(text), "p", l1, &file, &error))
        fail_msg("not refused: %s", other);
    assert_string_equal(error.text, why);
    assert_null(file.steps);
}

static void hostile_plans_are_refused(void **state) {
    (void)state;
    static const char cannot[] = "p:5: this plan cannot run here: it does not fit the layer, its kernel or the memory";
    refused("trainlib-plan 1", "trainlib-plan 2", L1, "p:1: a plan begins with the line 'trainlib-plan 1'");
    refused("model small\n", "", L1, "p:5: the line 'model NAME' is missing");
    refused("code ffee", "code ffe", L1, "p:4: this line must be there once, as 'code HASH'");
    refused("pulp8 ", "pulp8 x ", L1, "p:3: this line must be there once, as 'machine NAME HASH'");
    refused("step b", "stop b", L1, "p:6: unknown line 'stop'");
    refused("step b forward", "step b grad_w", L1, "p:6: the step and its problem name different passes");
    refused("times=2", "times=0", L1, "p:6: times= is missing or 0");
    refused("cycles=0", "cycles=-1", L1, "p:6: no good value: 'cycles=-1'");
    refused("kernel=tl_mm_f32_pulp_5x4", "kernel=tl_conv_plan", L1, "p:5: this library has no kernel 'tl_conv_plan'");
    /* Strides that its tiles do not have, tiles that do not fit, a block that is not the kernel's, memory too small. */
    refused("strides=12x4x36x4", "strides=16x4x36x4", L1, cannot);
    refused("strides=12x4x36x4", "", L1, cannot);
    refused("tile=8x32x16x3", "tile=32x32x16x3", L1, cannot);
    refused("buffers=2", "buffers=200", L1, cannot);
}

static void small_memories_refuse(void **state) {
    (void)state;
    plan_file file;
    plan_error error;
    assert_false(plan_file_read(good, sizeof good - 1, "p", 1000, &file, &error));
    assert_string_equal(error.text,
                        "p:5: this plan cannot run here: it does not fit the layer, its kernel or the memory");
}

static void damaged_plans_are_survived(void **state) {
    (void)state;
    uint32_t fine = 0, bad = 0;
    for (uint32_t trial = 0; trial < 20000; ++trial) {
        char text[sizeof good + 256];
        plan_file file;
        plan_error error;
        memcpy(text, good, sizeof good - 1);
        const size_t bytes = damage(text, sizeof good - 1, sizeof text - 64, trial);
        if (plan_file_read(text, bytes, "p", L1, &file, &error)) {
            ++fine;
            for (uint32_t i = 0; i < file.count; ++i)
                assert_int_equal(step_supported(&file.steps[i].step.problem, &file.steps[i].plan, L1), TL_OK);
            plan_file_free(&file);
        } else {
            ++bad;
            assert_memory_equal(error.text, "p:", 2);
            assert_null(strchr(error.text, '\n'));
        }
    }
    assert_true(fine > 200 && bad > 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(files_come_back), cmocka_unit_test(hostile_plans_are_refused),
                                       cmocka_unit_test(small_memories_refuse),
                                       cmocka_unit_test(damaged_plans_are_survived)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
