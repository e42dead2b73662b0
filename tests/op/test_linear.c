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
    conv_case_fuse(t);
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
            t->job.probe.plan = (tl_probe_plan){4, 4, (uint8_t)(number % 5 + 1), 1, 1, 17, 17, 129, {0}, 0, 0};
            t->job.probe.residual = t->job.probe.update = 0; /* for which there is no room */
        }
        conv_case_run(t);
    }
}

/* A linear layer is the 1x1 convolution of an image of one row: the very same bits. */
static void same_as_conv(void **state) {
    enum { MOST = 17 * 40 };
    static float in[4][MOST], linear_out[2][MOST], conv_out[2][MOST];
    op_test *t = *state;
    for (uint32_t number = 0; number < 120; ++number) {
        if (op_skip(t, number, 6))
            continue;
        draw sizes = {.seed = SEED + 3, .number = number};
        uint32_t n = draw_range(&sizes, 1, 17), k = draw_range(&sizes, 1, 40), o = draw_range(&sizes, 1, 17);
        tl_pass pass = passes[number % 3];
        begin(t, SEED + 3, number, pass, n, k, o);
        t->job.probe.residual = t->job.probe.update = 0;
        conv_case_plan(t);
        for (uint32_t i = 0; i < 4; ++i)
            draw_values(&t->draw, MOST, in[i]);
        uint32_t x = 4 * n * k, w = 4 * o * k, y = 4 * n * o, b = 4 * o;
        const uint32_t bytes[3][4] = {{x, w, b, y}, {x, y, w, b}, {w, y, x, x}};
        uint32_t outputs = pass == TL_GRAD_W ? 2 : 1;
        for (uint32_t i = 0; i < 4; ++i)
            t->job.buffer[i] = (harness_buffer){.name = "operand",
                                                .bytes = bytes[number % 3][i],
                                                .in = i < 4 - outputs ? in[i] : NULL,
                                                .out = i < 4 - outputs ? NULL : linear_out[3 - i]};
        bool ok = harness_run(t->harness, t->place, 3, &t->job, &t->result);
        t->job.probe.kind = TL_PROBE_CONV;
        t->job.probe.conv = (tl_conv){1, 1, (uint16_t)n, (uint16_t)k, (uint16_t)o, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0};
        for (uint32_t i = 4 - outputs; i < 4; ++i)
            t->job.buffer[i].out = conv_out[3 - i];
        ok = ok && harness_run(t->harness, t->place, 3, &t->job, &t->result);
        for (uint32_t i = 0; ok && i < outputs; ++i)
            ok = harness_same("output", bytes[number % 3][3 - i] / 4, conv_out[i], linear_out[i], t->result.message,
                              HARNESS_MESSAGE);
        if (!ok)
            op_fail(t, "as a linear layer and as a convolution", 3, t->result.message);
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
        cmocka_unit_test(larger_than_l1),    cmocka_unit_test(not_finite),       cmocka_unit_test(same_as_conv),
    };
    return op_main(argc, argv, "linear", tests, sizeof tests / sizeof tests[0]);
}
