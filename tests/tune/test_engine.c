/* SPDX-License-Identifier: Apache-2.0 */
/* test_engine PROBE: measurements are exact, whoever makes them, and limits mean what they say. */
#include "tools/tune/engine.h"
#include "tools/tune/step_request.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *probe;

static const char *const problems[] = {
    "conv forward x=1x12x12x8 o=16 k=3x3 pad=1x1x1x1 epilogue=add_relu",
    "conv grad_w x=1x13x7x8 o=12 k=3x3 stride=2x2 pad=0x0x1x1 update=adam",
    "conv grad_x x=1x9x9x8 o=12 k=1x1 mask=relu6",
    "linear grad_w n=8 k=64 o=40 update=momentum",
    "depthwise grad_w x=1x9x9x24 k=3x3 pad=1x1x1x1",
    "linear_one step k=128 o=64 update=adam mask=relu",
    "linear_one grad_w k=128 o=64 update=momentum",
    "max_pool grad_x x=1x8x8x4 k=2x2 stride=2x2",
    "avg_pool forward x=1x8x8x4 k=2x2 stride=2x2",
    "batch_norm grad_x x=1x9x9x8",
    "batch_norm_frozen grad_w x=1x9x9x8",
    "global_pool grad_x x=1x8x8x8",
    "add forward elements=5000 epilogue=relu",
    "relu6 grad_x elements=500",
    "sigmoid forward elements=500",
    "optimiser grad_w elements=5000 update=adam",
    "cross_entropy forward n=3 classes=10",
    "mse forward elements=640",
};
enum { PROBLEMS = sizeof problems / sizeof problems[0] };

static engine *make(uint32_t threads, const char *name) {
    sim_machine machine;
    plan_error error;
    assert_true(sim_machine_named(name, &machine));
    engine *e = engine_create(probe, &machine, threads, &error);
    if (!e)
        fail_msg("%s", error.text);
    return e;
}

static void set(step_problem *p, step_plan *plan, trial *t, uint32_t i) {
    char why[256] = "";
    if (!problem_read(problems[i], p, why, sizeof why))
        fail_msg("%s: %s", problems[i], why);
    assert_int_equal(step_default_plan(p, step_l1_bytes(), plan), TL_OK);
    *t = (trial){.problem = p, .plan = plan};
}

static void threads_make_no_difference(void **state) {
    (void)state;
    step_problem p[PROBLEMS];
    step_plan plans[PROBLEMS];
    trial one[PROBLEMS], many[PROBLEMS];
    plan_error error;
    for (uint32_t i = 0; i < PROBLEMS; ++i) {
        set(&p[i], &plans[i], &one[i], i);
        many[PROBLEMS - 1 - i] = one[i];
    }
    engine *e = make(1, "pulp8"), *f = make(3, "pulp8"), *g = make(2, "pulp-open");
    assert_true(engine_place(e).code == engine_place(f).code && engine_place(e).code == engine_place(g).code);
    assert_true(engine_place(e).machine == engine_place(f).machine);
    assert_true(engine_place(e).machine != engine_place(g).machine);
    assert_true(engine_run(e, one, PROBLEMS, &error));
    if (!engine_run(f, many, PROBLEMS, &error))
        fail_msg("%s", error.text);
    for (uint32_t i = 0; i < PROBLEMS; ++i) {
        if (one[i].result.kind != WISDOM_CYCLES)
            fail_msg("%s was not measured", problems[i]);
        assert_true(one[i].result.cycles > 100);
        assert_true(one[i].result.cycles == many[PROBLEMS - 1 - i].result.cycles);
    }
    engine_destroy(e);
    engine_destroy(f);
    engine_destroy(g);
}

static void limits_are_exact(void **state) {
    (void)state;
    step_problem p;
    step_plan plan;
    trial t;
    plan_error error;
    engine *e = make(1, "pulp8");
    for (uint32_t i = 0; i < PROBLEMS; ++i) {
        set(&p, &plan, &t, i);
        assert_true(engine_run(e, &t, 1, &error));
        const uint64_t cycles = t.result.cycles;
        t.limit = cycles;
        assert_true(engine_run(e, &t, 1, &error));
        assert_int_equal(t.result.kind, WISDOM_CYCLES);
        assert_true(t.result.cycles == cycles);
        t.limit = cycles - 1;
        assert_true(engine_run(e, &t, 1, &error));
        assert_int_equal(t.result.kind, WISDOM_ABOVE);
        assert_true(t.result.cycles == cycles - 1);
        t.limit = cycles / 8 + 1;
        assert_true(engine_run(e, &t, 1, &error));
        assert_int_equal(t.result.kind, WISDOM_ABOVE);
    }
    engine_destroy(e);
}

/* A kernel is patched, put back and patched again: cycles stay the same. */
static void patches_leave_nothing_behind(void **state) {
    (void)state;
    step_problem p;
    step_plan plan;
    trial t[3];
    plan_error error;
    char why[256] = "";
    engine *e = make(1, "pulp8");
    assert_true(problem_read("conv grad_w x=1x9x8x5 o=7 k=3x3 pad=1x1x1x1", &p, why, sizeof why));
    assert_true(
        plan_read("kernel=tl_mm_f32_pulp_fixed_4x4 tile=9x8x7x5 block=4x4 buffers=2 by=columns strides=4x28x4x20",
                  step_plan_kind_of(p.op), &plan, why, sizeof why));
    for (uint32_t i = 0; i < 3; ++i)
        t[i] = (trial){.problem = &p, .plan = &plan};
    assert_true(engine_run(e, t, 3, &error));
    assert_int_equal(t[0].result.kind, WISDOM_CYCLES);
    for (uint32_t i = 1; i < 3; ++i)
        assert_true(t[i].result.cycles == t[0].result.cycles);
    engine_destroy(e);
}

static void wrong_plans_are_refused(void **state) {
    (void)state;
    step_problem p;
    step_plan plan;
    trial t;
    plan_error error;
    engine *e = make(1, "pulp8");
    set(&p, &plan, &t, 0);
    plan.of.mm.rows = plan.of.mm.cols = plan.of.mm.o = plan.of.mm.c = 60000;
    plan.of.mm.block_m = 0;
    assert_true(engine_run(e, &t, 1, &error));
    assert_int_equal(t.result.kind, WISDOM_REFUSED);
    engine_destroy(e);
    sim_machine machine;
    assert_true(sim_machine_named("pulp8", &machine));
    assert_null(engine_create("/nowhere", &machine, 1, &error));
    assert_true(strlen(error.text) > 5);
    machine.cores = machine.fpus = 4;
    assert_null(engine_create(probe, &machine, 1, &error));
    assert_string_equal(error.text, "plans are tuned for 8 cores, this machine has 4");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_make_no_difference), cmocka_unit_test(limits_are_exact),
                                       cmocka_unit_test(patches_leave_nothing_behind),
                                       cmocka_unit_test(wrong_plans_are_refused)};
    if (argc != 2)
        return 2;
    probe = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
