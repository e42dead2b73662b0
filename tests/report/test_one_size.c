/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed baseline's kernel on the cluster: every bit of memory as naive code leaves it, for odd sizes and all
 * passes.
 */
#include "bench/baselines.h"
#include "src/base/random.h"
#include "tools/cli/mailbox_host.h"
#include "tools/cli/report_rival.h"
#include "tools/tune/step_request.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *probe;
static mailbox_host host;
static sim_snapshot *booted;
static tl_mailbox box;
static uint32_t request_at, heap_at;
static char *before, *naive_left, *left;

static int open_probe(void **state) {
    cli_error error;
    sim_machine machine;
    *state = NULL;
    sim_machine_pulp8(&machine);
    before = malloc(STEP_HEAP_TENSORS);
    naive_left = malloc(STEP_HEAP_TENSORS);
    left = malloc(STEP_HEAP_TENSORS);
    if (!before || !naive_left || !left || !mailbox_open(&host, probe, &machine, &error) ||
        !mailbox_symbol(&host, "tl_probe_request", &request_at, NULL, &error) ||
        !mailbox_symbol(&host, "tl_probe_heap", &heap_at, NULL, &error))
        return 1;
    for (uint32_t i = 0; i < STEP_HEAP_TENSORS / sizeof(float); ++i) {
        const float x = 2.0f * tl_random_unit(7, 1, i) - 1.0f;
        memcpy(before + i * sizeof x, &x, sizeof x);
    }
    box = host.box;
    booted = sim_snapshot_create(host.machine);
    return !mailbox_write(&host, heap_at, before, STEP_HEAP_TENSORS, &error) || !booted ||
           sim_save(host.machine, booted) != SIM_OK;
}

static int close_probe(void **state) {
    *state = NULL;
    sim_snapshot_destroy(booted);
    mailbox_close(&host);
    free(before);
    free(naive_left);
    free(left);
    return 0;
}

/* The plan with another kernel, by its number; what it leaves in the heap. */
static uint32_t run(const step_problem *problem, const step_plan *plan, uint32_t kernel, uint32_t cores, char *to) {
    tl_probe request;
    cli_error error;
    assert_int_equal(sim_restore(host.machine, booted), SIM_OK);
    host.box = box;
    host.box.cores = cores;
    assert_int_equal(step_request(problem, plan, heap_at, cores, &request), TL_OK);
    request.kernel = kernel;
    request.repeat = 1;
    assert_true(mailbox_write(&host, request_at, &request, sizeof request, &error));
    assert_true(mailbox_request(&host, TL_REQUEST_PROBE, &error));
    assert_int_equal(host.box.status, TL_OK);
    assert_true(mailbox_read(&host, heap_at, to, STEP_HEAP_TENSORS, &error));
    return host.box.argument[0];
}

static void bits(void **state) {
    static const char *const problems[] = {
        "conv forward x=1x7x5x3 o=5 k=3x3 pad=1x1x1x1 epilogue=relu",
        "conv grad_w x=1x7x5x3 o=5 k=3x3 pad=1x1x1x1",
        "conv grad_x x=1x7x5x3 o=5 k=3x3 pad=1x1x1x1",
        "conv forward x=2x9x8x7 o=1 k=2x3 stride=2x2 epilogue=add_relu",
        "conv grad_x x=1x9x8x4 o=6 k=3x3 stride=2x2 mask=relu",
        "conv grad_w x=1x9x8x4 o=6 k=3x3 stride=2x2 update=sgd",
        "conv forward x=1x6x6x8 o=8 k=3x3 pad=1x1x1x1 groups=8",
        "conv grad_w x=1x6x6x8 o=8 k=3x3 pad=1x1x1x1 groups=8",
        "conv forward x=1x24x24x24 o=33 k=3x3 pad=1x1x1x1",
        "linear forward n=1 k=33 o=7",
        "linear grad_w n=3 k=33 o=7",
        "linear grad_x n=1 k=1 o=1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; ++i) {
        const rival one_size = rival_one_size();
        step_problem p;
        step_plan plan;
        char why[200] = "";
        if (!problem_read(problems[i], &p, why, sizeof why))
            fail_msg("%s: %s", problems[i], why);
        assert_true(rival_plan(&one_size, &p, step_l1_bytes(), &plan));
        assert_int_equal(plan.of.mm.buffers, 1);
        assert_int_equal(plan.of.mm.by_columns, 0);
        assert_int_equal(plan.of.mm.block_m * 16 + plan.of.mm.block_n, 0x22);
        const uint32_t naive = run(&p, &plan, step_kernel_named("tl_mm_f32_naive"), 8, naive_left);
        assert_int_not_equal(memcmp(before, naive_left, STEP_HEAP_TENSORS), 0);
        for (uint32_t cores = 1; cores <= 8; cores += 7) {
            const uint32_t cycles = run(&p, &plan, bench_one_size_number(), cores, left);
            if (memcmp(left, naive_left, STEP_HEAP_TENSORS) != 0)
                fail_msg("%s on %u cores: other bits than by naive code", problems[i], cores);
            /* Where there is work to do it is faster: it is not naive code that ran. */
            if (cores == 8 && step_problem_macs(&p) > 100000)
                assert_true(2 * cycles < naive);
        }
    }
}

/* The largest tile: one that holds the whole layer where it fits, and otherwise none that is a step larger. */
static void tiles(void **state) {
    (void)state;
    const rival one_size = rival_one_size();
    step_problem p;
    step_plan plan;
    char why[200];
    assert_true(problem_read("conv forward x=1x8x8x8 o=16 k=3x3 pad=1x1x1x1", &p, why, sizeof why));
    assert_true(rival_plan(&one_size, &p, step_l1_bytes(), &plan));
    assert_int_equal(plan.of.mm.rows, 8);
    assert_int_equal(plan.of.mm.o, 16);
    assert_int_equal(plan.of.mm.c, 8);
    assert_true(problem_read("conv forward x=1x64x64x16 o=32 k=3x3 pad=1x1x1x1", &p, why, sizeof why));
    assert_true(rival_plan(&one_size, &p, step_l1_bytes(), &plan));
    assert_int_equal(step_supported(&p, &plan, step_l1_bytes()), TL_OK);
    plan.of.mm.rows = (uint16_t)(2 * plan.of.mm.rows);
    assert_int_not_equal(step_supported(&p, &plan, step_l1_bytes()), TL_OK);
    assert_true(problem_read("relu forward elements=100", &p, why, sizeof why));
    assert_false(rival_plan(&one_size, &p, step_l1_bytes(), &plan));
}

/* What one matmul for everything has to do: the multiply-accumulates are the same. */
static void parts(void **state) {
    static const struct {
        const char *problem;
        uint32_t count;
    } cases[] = {
        {"linear_one forward k=12 o=34 epilogue=relu", 1},  {"linear_one step k=12 o=34 mask=relu update=sgd", 3},
        {"linear_one grad_w k=12 o=34 update=adam", 2},     {"linear_one grad_x k=12 o=34", 1},
        {"depthwise forward x=1x6x6x8 k=3 pad=1x1x1x1", 1}, {"depthwise grad_w x=1x6x6x8 k=3 pad=1x1x1x1", 1},
        {"conv forward x=1x6x6x8 o=8 k=3 pad=1x1x1x1", 1},  {"add forward elements=99", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        step_problem p, part[RIVAL_PARTS];
        char why[200] = "";
        if (!problem_read(cases[i].problem, &p, why, sizeof why))
            fail_msg("%s: %s", cases[i].problem, why);
        const uint32_t count = rival_parts(&p, part);
        assert_int_equal(count, cases[i].count);
        uint64_t macs = 0;
        for (uint32_t j = 0; j < count; ++j) {
            assert_true(step_problem_has_pass(&part[j], why, sizeof why));
            macs += step_problem_macs(&part[j]);
        }
        assert_int_equal(macs, count ? step_problem_macs(&p) : 0);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(bits), cmocka_unit_test(tiles), cmocka_unit_test(parts)};
    probe = argc > 1 ? argv[1] : "";
    return cmocka_run_group_tests(tests, open_probe, close_probe);
}
