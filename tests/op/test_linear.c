/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/budget.h"
#include "tests/op/conv_case.h"
#include <math.h>

enum { SEED = 2001 };

static const tl_pass passes[] = {TL_FORWARD, TL_GRAD_W, TL_GRAD_X};

static void begin(op_test *t, uint32_t seed, uint32_t number, tl_pass pass, uint32_t n, uint32_t k, uint32_t o) {
    op_begin(t, TL_PROBE_LINEAR, seed, number);
    t->job.probe.linear = (tl_linear){(uint16_t)n, (uint16_t)k, (uint16_t)o};
    t->job.probe.pass = pass;
    t->job.probe.relu = pass == TL_FORWARD && op_chance(t, 3);
}

/* Every batch, input and output size from 1 to 17. */
static void all_sizes(op_test *t, tl_pass pass) {
    for (uint32_t number = 0; number < 17 * 17 * 17; ++number) {
        if (op_skip(t, number, 31))
            continue;
        begin(t, SEED, number, pass, number % 17 + 1, number / 17 % 17 + 1, number / 289 + 1);
        conv_case_plan(t);
        conv_case_run(t);
    }
}

static void all_sizes_forward(void **state) {
    all_sizes(*state, TL_FORWARD);
}

static void all_sizes_grad_w(void **state) {
    all_sizes(*state, TL_GRAD_W);
}

static void all_sizes_grad_x(void **state) {
    all_sizes(*state, TL_GRAD_X);
}

static void larger_than_l1(void **state) {
    static const uint16_t layers[][3] = {{1, 3000, 17}, {1, 784, 100}, {16, 300, 200}, {37, 501, 9}, {200, 65, 90}};
    op_test *t = *state;
    for (uint32_t number = 0; number < 60; ++number) {
        const uint16_t *l = layers[number % 5];
        if (t->place == HARNESS_SIM && number >= 20)
            break;
        begin(t, SEED + 1, number, passes[number / 5 % 3], l[0], l[1], l[2]);
        if (number < 30)
            conv_case_plan_within(t, number < 15 ? TL_L1_ARENA_BYTES : 8192);
        else {
            t->job.probe.kernel = number % tl_mm_count;
            t->job.probe.plan = (tl_probe_plan){4, 4, (uint8_t)(number % 5 + 1), 1, 1, 17, 17, 129};
        }
        conv_case_run(t);
    }
}

static void not_finite(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 30; ++number) {
        if (op_skip(t, number, 4))
            continue;
        begin(t, SEED + 2, number, passes[number % 3], number % 4 + 1, number % 7 + 1, number % 9 + 1);
        conv_case_plan(t);
        t->poison = number % 2 ? NAN : -INFINITY;
        conv_case_run(t);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sizes_forward), cmocka_unit_test(all_sizes_grad_w), cmocka_unit_test(all_sizes_grad_x),
        cmocka_unit_test(larger_than_l1),    cmocka_unit_test(not_finite),
    };
    return op_main(argc, argv, "linear", tests, sizeof tests / sizeof tests[0]);
}
