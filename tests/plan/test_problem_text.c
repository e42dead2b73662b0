/* SPDX-License-Identifier: Apache-2.0 */
/* Problems and plans go to text and come back; what is wrong is told in a clause. */
#include "src/kernel/mm.h"
#include "tests/plan/damage.h"
#include "tools/plan/problem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const char *const problems[] = {
    "conv forward x=1x32x32x3 o=16 k=3x3 pad=1x1x1x1 epilogue=relu",
    "conv grad_w x=2x9x7x6 o=4 k=3x1 stride=2x1 dilation=2x2 groups=2 update=adam",
    "conv grad_x x=1x32x32x16 o=16 k=3x3 pad=1x1x1x1 mask=relu6",
    "linear forward n=8 k=128 o=65535 epilogue=add_relu",
    "linear grad_w k=128 o=128 update=momentum",
    "linear_one step k=640 o=128 mask=relu update=sgd",
    "depthwise grad_x x=1x25x5x64 k=3x3 stride=2x2 pad=0x0x1x1 mask=relu",
    "max_pool forward x=1x8x8x4 k=2x2 stride=2x2",
    "avg_pool_padded grad_x x=1x8x8x4 k=3x3 pad=1x1x1x1",
    "global_pool forward x=1x25x5x64",
    "batch_norm grad_w x=4x8x8x16",
    "batch_norm_frozen forward x=4x8x8x16 epilogue=relu",
    "relu grad_x elements=4294967295",
    "leaky_relu forward elements=3",
    "sigmoid grad_x elements=64",
    "tanh forward elements=64",
    "add forward elements=1 epilogue=relu",
    "cross_entropy forward n=3 classes=10",
    "mse forward elements=640",
    "optimiser grad_w elements=21824 update=adam",
};

static void problems_come_back(void **state) {
    (void)state;
    for (uint32_t i = 0; i < sizeof problems / sizeof problems[0]; ++i) {
        step_problem p;
        char text[STEP_TEXT], why[256] = "";
        assert_true(problem_read(problems[i], &p, why, sizeof why));
        assert_int_equal(problem_write(&p, text, sizeof text), strlen(problems[i]));
        assert_string_equal(text, problems[i]);
    }
}

static void values_are_read(void **state) {
    (void)state;
    step_problem p, q;
    char why[256];
    assert_true(
        problem_read("conv grad_w  update=sgd k=10x4 stride=2 o=64\tx=1x49x10x1 pad=same", &p, why, sizeof why));
    assert_int_equal(p.op, STEP_CONV);
    assert_int_equal(p.pass, STEP_GRAD_W);
    assert_int_equal(p.update, STEP_SGD);
    const tl_conv *c = &p.size.conv;
    assert_int_equal(c->h, 49);
    assert_int_equal(c->kw, 4);
    assert_int_equal(c->stride_w, 2);
    assert_int_equal(c->top, 4);
    assert_int_equal(c->bottom, 5);
    assert_int_equal(c->left, 1);
    assert_int_equal(c->right, 1);
    assert_int_equal(step_problem_macs(&p), 320000);
    assert_true(problem_read("conv forward x=1x32x32x16 o=32 k=3 stride=2 pad=same", &q, why, sizeof why));
    assert_int_equal(q.size.conv.top, 0);
    assert_int_equal(q.size.conv.bottom, 1);
}

static void wrong_problems_are_told(void **state) {
    (void)state;
    static const char *const wrong[][2] = {
        {"", "a step is missing"},
        {"convolution forward", "unknown op 'convolution'"},
        {"conv", "a pass is missing"},
        {"conv backward", "unknown pass 'backward'"},
        {"conv forward x=1x2x3x4 o=4", "k= is missing"},
        {"conv forward x=1x2x3 o=4 k=1", "no good value: 'x=1x2x3'"},
        {"conv forward x=1x2x3x0 o=4 k=1", "no good value: 'x=1x2x3x0'"},
        {"conv forward x=1x2x3x65536 o=4 k=1", "no good value: 'x=1x2x3x65536'"},
        {"conv forward x=1x2x3x4 o=04 k=1", "no good value: 'o=04'"},
        {"conv forward x=1x2x3x4 o=4 k=1 o=5", "given twice: 'o'"},
        {"conv forward x=1x2x3x4 o=4 k=1 colour=5", "unknown key 'colour'"},
        {"conv forward x=1x2x3x4 o=4 k=1 fast", "there is no '=' in 'fast'"},
        {"conv forward x=1x2x3x4 o=4 k=1 epilogue=tanh", "no good value: 'epilogue=tanh'"},
        {"conv forward x=1x2x3x4 o=4 k=1 mask=relu", "conv forward has no mask relu"},
        {"conv grad_w x=1x2x3x4 o=4 k=1 epilogue=relu", "conv grad_w has no epilogue relu"},
        {"relu grad_w elements=4", "relu has no grad_w"},
        {"linear_one step k=4 o=4", "linear_one step has no update none"},
        {"linear_one forward n=2 k=4 o=4", "linear_one has n=1"},
        {"conv forward x=1x9x9x4 o=4 k=3 dilation=2 pad=same", "pad=same is not for these sizes"},
        {"conv forward x=1x2x3x4 o=4 k=1 \x1b[31m", "there is no '=' in '?[31m'"},
    };
    for (uint32_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
        step_problem p;
        char why[256] = "";
        assert_false(problem_read(wrong[i][0], &p, why, sizeof why));
        assert_string_equal(why, wrong[i][1]);
    }
}

static void plans_come_back(void **state) {
    (void)state;
    static const struct {
        step_plan_kind kind;
        const char *text;
    } plans[] = {
        {STEP_PLAN_MM, "kernel=tl_mm_f32_pulp_4x5 tile=8x32x16x16 block=4x5 buffers=2 strides=64x4x-192x4"},
        {STEP_PLAN_MM, "kernel=tl_mm_f32_pulp_4x4 tile=8x32x16x16 block=4x4 slices=8 by=columns padded=1"},
        {STEP_PLAN_PLANES, "tile=25x16 slices=2 buffers=2"},
        {STEP_PLAN_WINDOW, "rows=3"},
        {STEP_PLAN_CHANNELS, "pixels=125 slices=5 buffers=3"},
        {STEP_PLAN_STREAM, "rows=32 cols=64 states=2"},
        {STEP_PLAN_MAP, "elements=0"},
        {STEP_PLAN_NONE, "none"},
    };
    for (uint32_t i = 0; i < sizeof plans / sizeof plans[0]; ++i) {
        step_plan p;
        char text[STEP_TEXT], why[256] = "";
        assert_true(plan_read(plans[i].text, plans[i].kind, &p, why, sizeof why));
        plan_write(&p, text, sizeof text);
        assert_string_equal(text, plans[i].text);
    }
    step_plan p;
    char why[256];
    assert_false(plan_read("kernel=system tile=1x1x1x1 block=4x4", STEP_PLAN_MM, &p, why, sizeof why));
    assert_string_equal(why, "this library has no kernel 'system'");
    assert_false(plan_read("tile=1x1x1x1 block=4x4", STEP_PLAN_MM, &p, why, sizeof why));
    assert_string_equal(why, "kernel= is missing");
    assert_false(plan_read("", STEP_PLAN_NONE, &p, why, sizeof why));
}

/* Own plans can run, and such as name another kernel's strides, or no room at all, cannot. */
static void own_plans_are_legal(void **state) {
    (void)state;
    enum { L1 = 45000 };
    for (uint32_t i = 0; i < sizeof problems / sizeof problems[0]; ++i) {
        step_problem p;
        step_plan plan, again;
        char why[256], text[STEP_TEXT];
        assert_true(problem_read(problems[i], &p, why, sizeof why));
        if (step_default_plan(&p, L1, &plan) != TL_OK)
            continue;
        assert_int_equal(step_supported(&p, &plan, L1), TL_OK);
        plan_write(&plan, text, sizeof text);
        assert_true(plan_read(text, plan.kind, &again, why, sizeof why));
        assert_int_equal(step_supported(&p, &again, L1), TL_OK);
        if (plan.kind == STEP_PLAN_MM || plan.kind == STEP_PLAN_PLANES)
            assert_int_not_equal(step_supported(&p, &plan, 64), TL_OK);
        again.kind = plan.kind == STEP_PLAN_MAP ? STEP_PLAN_MM : STEP_PLAN_MAP;
        assert_int_not_equal(step_supported(&p, &again, L1), TL_OK);
    }
}

static void damaged_lines_are_survived(void **state) {
    (void)state;
    uint32_t good = 0, bad = 0;
    for (uint32_t trial = 0; trial < 40000; ++trial) {
        char text[512], again[STEP_TEXT], why[256];
        const char *from = problems[trial % (sizeof problems / sizeof problems[0])];
        size_t bytes = strlen(from);
        memcpy(text, from, bytes);
        bytes = damage(text, bytes, sizeof text - 64, trial);
        text[bytes] = 0;
        step_problem p;
        step_plan plan;
        why[0] = 0;
        if (problem_read(text, &p, why, sizeof why)) {
            ++good;
            assert_true(problem_write(&p, again, sizeof again) < sizeof again);
            step_default_plan(&p, 45000, &plan);
        } else {
            ++bad;
            assert_true(why[0] && !strchr(why, '\n'));
        }
    }
    assert_true(good > 500 && bad > 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(problems_come_back),      cmocka_unit_test(values_are_read),
        cmocka_unit_test(wrong_problems_are_told), cmocka_unit_test(plans_come_back),
        cmocka_unit_test(own_plans_are_legal),     cmocka_unit_test(damaged_lines_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
