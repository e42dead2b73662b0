/* SPDX-License-Identifier: Apache-2.0 */
/* The harness notices what it is there to notice. Arguments: native, or sim and the probe's ELF file. */
#include "platform/budget.h"
#include "tests/harness/harness.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

typedef struct setting {
    harness *h;
    harness_place place;
    harness_result result;
} setting;

static const float a_values[4] = {1, 2, 3, 4}, b_values[4] = {5, 6, 7, 8};

/* C = A * B, 2 x 2 each, rows one behind the other. */
static harness_job matmul(float *c) {
    harness_job job = {.seed = 17, .max_cycles = 1000000};
    job.probe.kind = TL_PROBE_MM;
    job.probe.plan.block_m = job.probe.plan.block_n = 4;
    job.probe.mm =
        (tl_probe_mm){.m = 2, .n = 2, .k = 2, .runs = 1, .a_m = 8, .a_k = 4, .b_n = 4, .b_k = 8, .c_m = 8, .c_n = 4};
    job.buffer[0] = (harness_buffer){.name = "a", .bytes = 16, .in = a_values};
    job.buffer[1] = (harness_buffer){.name = "b", .bytes = 16, .in = b_values};
    job.buffer[2] = (harness_buffer){.name = "c", .bytes = 16, .out = c};
    return job;
}

static void expect_red(setting *s, const harness_job *job, const char *words) {
    if (harness_run(s->h, s->place, 2, job, &s->result))
        fail_msg("nothing was noticed; expected: %s", words);
    if (!strstr(s->result.message, words))
        fail_msg("the message is: %s; expected: %s", s->result.message, words);
}

static void result_is_right(void **state) {
    setting *s = *state;
    float c[4];
    harness_job job = matmul(c);
    for (uint32_t cores = 1; cores <= 8; ++cores) {
        memset(c, 0, sizeof c);
        if (!harness_run(s->h, s->place, cores, &job, &s->result))
            fail_msg("%s", s->result.message);
        assert_int_equal(s->result.status, TL_OK);
        assert_true(c[0] == 19 && c[1] == 22 && c[2] == 43 && c[3] == 50);
        assert_int_equal(s->result.cycles != 0, s->place == HARNESS_SIM);
    }
}

static void guards_are_watched(void **state) {
    float c[4];
    harness_job behind = matmul(c);
    behind.probe.mm.m = 3;
    behind.buffer[0].at = 0;
    expect_red(*state, &behind, "behind c");
    harness_job before = matmul(c);
    before.buffer[2].at = (uint32_t)-4;
    expect_red(*state, &before, "before c");
}

static void inputs_are_watched(void **state) {
    float c[4];
    harness_job job = matmul(c);
    job.buffer[2] = (harness_buffer){.name = "c", .bytes = 16, .alias = 2};
    expect_red(*state, &job, "input b was changed");
}

static void l1_is_watched(void **state) {
    float c[4];
    harness_job job = matmul(c);
    job.l1_bytes = 32;
    expect_red(*state, &job, "32 are allowed");
    job.l1_bytes = 1u << 20;
    expect_red(*state, &job, "L1 has no");
}

static void bad_requests_are_told(void **state) {
    setting *s = *state;
    float c[4];
    harness_job job = matmul(c);
    job.probe.mm.k = 0;
    assert_true(harness_run(s->h, s->place, 1, &job, &s->result));
    assert_int_equal(s->result.status, TL_BAD_SIZES);
    job = matmul(c);
    job.probe.kind = 99;
    assert_true(harness_run(s->h, s->place, 1, &job, &s->result));
    assert_int_equal(s->result.status, TL_BAD_REQUEST);
    job = matmul(c);
    assert_false(harness_run(s->h, s->place, 65, &job, &s->result));
    assert_false(harness_run(s->h, s->place, 0, &job, &s->result));
}

/* A guest that faults or hangs is told of, and the next job finds a new machine. */
static void guest_failures(void **state) {
    setting *s = *state;
    if (s->place != HARNESS_SIM)
        skip();
    float c[4];
    harness_job job = matmul(c);
    job.max_cycles = 50;
    expect_red(s, &job, "not answered after 50 cycles");
    result_is_right(state);
    job = matmul(c);
    job.buffer[2].at = 0x40000000u;
    expect_red(s, &job, "fault");
    result_is_right(state);
}

/* Tapes that fill on some cores only, or whose reels are too small: all cores refuse, and none waits for the others. */
static void tapes_are_refused(void **state) {
    setting *s = *state;
    if (s->place != HARNESS_SIM)
        skip();
    static const float x[7 * 9], w[5 * 9];
    float y[7 * 5];
    uint32_t refused = 0, played = 0, heap = 0;
    sim *machine = harness_machine(s->h, s->result.message, sizeof s->result.message);
    assert_non_null(machine);
    assert_int_equal(sim_symbol(machine, "tl_probe_heap", &heap, NULL), SIM_OK);
    for (uint32_t reels = 0; reels < 2; ++reels) {
        for (uint32_t bytes = 16; bytes < 1024; bytes += 24) {
            harness_job job = {0};
            job.probe.kind = TL_PROBE_LINEAR;
            job.probe.linear = (tl_linear){.n = 7, .k = 9, .o = 5};
            job.probe.plan = (tl_probe_plan){.block_m = 1, .block_n = 1, .slices = 1};
            job.probe.plan.rows = job.probe.plan.cols = job.probe.plan.o = job.probe.plan.c = UINT16_MAX;
            job.probe.tape = 0x100000;
            job.probe.tape_bytes = reels ? 4096 : bytes & ~7u;
            job.probe.reel = TL_L1_ARENA + 0x4000 - heap;
            job.probe.reel_bytes = reels ? bytes & ~7u : 0;
            job.buffer[0] = (harness_buffer){.name = "x", .bytes = sizeof x, .in = x};
            job.buffer[1] = (harness_buffer){.name = "w", .bytes = sizeof w, .in = w};
            job.buffer[3] = (harness_buffer){.name = "y", .bytes = sizeof y, .out = y};
            if (reels && bytes >= 256)
                break;
            if (!harness_run(s->h, s->place, 8, &job, &s->result))
                fail_msg("%s", s->result.message);
            if (s->result.status == TL_OK)
                ++played;
            else
                ++refused;
            if (s->result.status != TL_OK)
                assert_int_equal(s->result.status, TL_BAD_TAPE);
        }
    }
    assert_true(refused > 10 && played > 10);
}

static void comparing(void **state) {
    (void)state;
    char m[200];
    const double one[1] = {1}, nan_d[1] = {NAN}, inf[1] = {INFINITY};
    assert_true(harness_near("y", 1, (float[]){1.0f + FLT_EPSILON}, one, one, 2.1, m, sizeof m));
    assert_false(harness_near("y", 1, (float[]){1.0f + FLT_EPSILON}, one, one, 1.9, m, sizeof m));
    assert_false(harness_near("y", 1, (float[]){1.0f - FLT_EPSILON}, one, one, 1.9, m, sizeof m));
    assert_false(harness_near("y", 1, (float[]){NAN}, one, one, 1e6, m, sizeof m));
    assert_false(harness_near("y", 1, (float[]){1.0f}, nan_d, one, 1e6, m, sizeof m));
    assert_true(harness_near("y", 1, (float[]){NAN}, nan_d, one, 1, m, sizeof m));
    assert_true(harness_near("y", 1, (float[]){INFINITY}, inf, one, 1, m, sizeof m));
    assert_false(harness_near("y", 1, (float[]){-INFINITY}, inf, one, 1, m, sizeof m));
    assert_true(harness_same("y", 2, (float[]){1, NAN}, (float[]){1, -NAN}, m, sizeof m));
    assert_false(harness_same("y", 2, (float[]){1, 0.0f}, (float[]){1, -0.0f}, m, sizeof m));
    assert_false(harness_same("y", 1, (float[]){1}, (float[]){1 + FLT_EPSILON}, m, sizeof m));
}

int main(int argc, char **argv) {
    bool on_sim = argc == 3 && strcmp(argv[1], "sim") == 0;
    setting s = {.place = on_sim ? HARNESS_SIM : HARNESS_NATIVE, .h = harness_create(on_sim ? argv[2] : NULL, NULL)};
    if (!s.h)
        return 3;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(result_is_right, &s),       cmocka_unit_test_prestate(guards_are_watched, &s),
        cmocka_unit_test_prestate(inputs_are_watched, &s),    cmocka_unit_test_prestate(l1_is_watched, &s),
        cmocka_unit_test_prestate(bad_requests_are_told, &s), cmocka_unit_test_prestate(guest_failures, &s),
        cmocka_unit_test_prestate(tapes_are_refused, &s),     cmocka_unit_test_prestate(comparing, &s),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    harness_destroy(s.h);
    return failed;
}
