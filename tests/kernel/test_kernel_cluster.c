/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vector, window and row kernels, exp and log on the simulated cluster: the bits of the host, in all of the buffer
 * that holds operands, results and what is around them.
 */
#include "tests/harness/draw.h"
#include "tests/kernel/kernel_call.h"
#include "tools/sim/sim.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEED = 23, SLOT = KERNEL_CALL_WORDS / 4 };

/* Ordinary values and special ones: zeros, NaNs and infinities of both signs, subnormals. */
static void draw_data(draw *d, kernel_call *call) {
    static const uint32_t special[] = {0x00000000, 0x80000000, 0x7fc00000, 0xffc00000, 0x7f800000,
                                       0xff800000, 0x00000001, 0x80000001, 0x007fffff, 0xffffffff};
    for (uint32_t i = 0; i < KERNEL_CALL_WORDS; i++) {
        const float value = draw_value(d);
        memcpy(&call->data[i], &value, 4);
        if (draw_below(d, 2) == 0)
            call->data[i] = special[draw_below(d, sizeof special / sizeof special[0])];
    }
}

static bool same(uint32_t a, uint32_t b) {
    const bool nan_a = (a & 0x7fffffff) > 0x7f800000, nan_b = (b & 0x7fffffff) > 0x7f800000;
    return a == b || (nan_a && nan_b);
}

static void check(const char *elf, const kernel_call *call, uint32_t number) {
    static kernel_call native, remote;
    sim_machine machine;
    uint32_t address = 0;
    native = *call;
    kernel_call_run(&native);
    sim_machine_pulp8(&machine);
    sim *s = sim_create(&machine);
    assert_non_null(s);
    const bool ran = sim_load_file(s, elf) == SIM_OK &&
                     sim_symbol(s, "kernel_call_request", &address, NULL) == SIM_OK &&
                     sim_write(s, address, call, sizeof *call) == SIM_OK && sim_run(s, 1000000) == SIM_EXITED &&
                     sim_read(s, address, &remote, sizeof remote) == SIM_OK;
    if (!ran)
        fail_msg("case %u: %s", number, sim_message(s));
    sim_destroy(s);
    for (uint32_t i = 0; i < KERNEL_CALL_WORDS; i++)
        if (!same(native.data[i], remote.data[i]))
            fail_msg("case %u (kind %u, n %u): word %u is %08x on the cluster, %08x on the host", number, call->kind,
                     call->n, i, remote.data[i], native.data[i]);
}

static kernel_call *begin(draw *d, uint32_t number, kernel_call_kind kind) {
    static kernel_call call;
    *d = (draw){SEED, number, 0};
    memset(&call, 0, sizeof call);
    call.kind = kind;
    call.scale = draw_value(d);
    call.momentum = 0.9f;
    call.decay = 0.0625f;
    for (uint32_t i = 0; i < 4; i++)
        call.at[i] = i * SLOT + 1 + draw_below(d, 8);
    call.at[0] = draw_below(d, 8);
    draw_data(d, &call);
    return &call;
}

/* ReLU's NaNs are those of the cluster's arithmetic. */
static void clear_signs_of_nans(kernel_call *call) {
    for (uint32_t i = 0; i < KERNEL_CALL_WORDS; i++)
        if (call->data[i] > 0xff800000)
            call->data[i] &= 0x7fffffff;
}

/* Small numbers, and now and then a larger one: no NaNs, infinities or products that overflow. */
static void make_small(kernel_call *call) {
    for (uint32_t i = 0; i < KERNEL_CALL_WORDS; i++)
        call->data[i] = i % 5 ? call->data[i] & 0xbfffffff : 0x40f00000;
}

static void test_vector(void **state) {
    uint32_t number = 0;
    for (uint32_t kind = CALL_RELU6; kind <= CALL_FILL; kind++) {
        for (uint32_t n = 0; n <= 48; n++, number++) {
            draw d;
            kernel_call *call = begin(&d, number, (kernel_call_kind)kind);
            call->n = n < 44 ? n : n * 10;
            if (kind <= CALL_RELU)
                clear_signs_of_nans(call);
            if (kind == CALL_RELU6 && n % 8 > 4)
                make_small(call);
            call->parts = 1 + n % 4;
            call->pitch = call->n + n % 3;
            if (kind == CALL_SUM && call->parts * call->pitch > SLOT)
                call->n = call->pitch = SLOT / 4;
            /* In place now and then. */
            if (n % 4 == 3 && (kind < CALL_SGD || kind >= CALL_SQUARED_ERROR))
                call->at[kind <= CALL_RELU ? 1 : 2] = call->at[kind <= CALL_RELU ? 0 : 1];
            check(*state, call, number);
        }
    }
}

static void test_max_pool(void **state) {
    uint32_t number = 1000;
    for (uint32_t rows = 1; rows <= 4; rows++) {
        for (uint32_t cols = 1; cols <= 4; cols++) {
            for (uint32_t i = 0; i < 8; i++, number++) {
                draw d;
                kernel_call *call = begin(&d, number, CALL_MAX_POOL);
                const uint32_t channels = draw_range(&d, 1, 9), count = draw_range(&d, 1, 4);
                const uint32_t apart = draw_range(&d, 1, 3), kernel_w = cols + (i % 2 ? draw_below(&d, 4) : 0);
                call->window = (tl_pool_window){.rows = rows,
                                                .cols = cols,
                                                .channels = channels,
                                                .row_pitch = (cols + count * apart) * channels + draw_below(&d, 20),
                                                .first_i = i % 2 ? draw_below(&d, 3) : 0,
                                                .first_j = i % 2 ? draw_below(&d, 3) : 0,
                                                .kernel_w = kernel_w + 4 * draw_below(&d, i == 7 ? 9 : 1),
                                                .count = count,
                                                .step = apart * channels};
                /* Ties, and windows of nothing but -infinity; or neither NaNs nor infinities. */
                static const uint32_t few[] = {0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x00000001};
                for (uint32_t at = 0; at < SLOT && i > 1; at++) {
                    uint32_t *word = &call->data[at];
                    const bool finite = (*word & 0x7f800000) != 0x7f800000;
                    if (i < 4)
                        *word = i == 2 || draw_below(&d, 2) ? 0xff800000 : call->data[draw_below(&d, 3)];
                    else if (!finite || draw_below(&d, 3) == 0)
                        *word = few[draw_below(&d, sizeof few / sizeof few[0])];
                }
                check(*state, call, number);
            }
        }
    }
}

static void test_max_pool_spread(void **state) {
    for (uint32_t number = 1900; number < 1940; number++) {
        draw d;
        kernel_call *call = begin(&d, number, CALL_MAX_POOL_SPREAD);
        const uint32_t channels = draw_range(&d, 1, 9), count = draw_range(&d, 1, 6);
        call->window.channels = channels;
        call->window.count = count;
        call->window.row_pitch = 2 * count * channels + draw_below(&d, 9);
        uint8_t *arg = (uint8_t *)(call->data + call->at[2]);
        for (uint32_t at = 0; at < count * channels; at++)
            arg[at] = (uint8_t)draw_below(&d, 4);
        check(*state, call, number);
    }
}

static void test_max_pool_grad(void **state) {
    uint32_t number = 2000;
    for (uint32_t rows = 0; rows <= 3; rows++) {
        for (uint32_t cols = 0; cols <= 3; cols++) {
            for (uint32_t i = 0; i < 4; i++, number++) {
                draw d;
                kernel_call *call = begin(&d, number, CALL_MAX_POOL_GRAD);
                const uint32_t channels = draw_range(&d, 1, 9);
                call->gather = (tl_pool_gather){.rows = rows,
                                                .cols = cols,
                                                .channels = channels,
                                                .row_pitch = cols * channels + draw_below(&d, 20),
                                                .first_i = 4,
                                                .first_j = 4,
                                                .kernel_w = 5,
                                                .stride_h = draw_range(&d, 1, 2),
                                                .stride_w = draw_range(&d, 1, 2)};
                /* Mostly the places of this pixel in its windows. */
                uint8_t *arg = (uint8_t *)(call->data + call->at[2]);
                for (uint32_t at = 0; at < 4 * (SLOT - 9); at++)
                    arg[at] = (uint8_t)(5 * (4 - draw_below(&d, 3) * call->gather.stride_h) + 4 -
                                        draw_below(&d, 3) * call->gather.stride_w);
                if (i == 0)
                    memset(arg, 24, 4 * (SLOT - 9));
                check(*state, call, number);
            }
        }
    }
}

static void test_rows(void **state) {
    for (uint32_t number = 3000; number < 3024; number++) {
        draw d;
        kernel_call *call = begin(&d, number, CALL_LOSS);
        call->n = 1 + number % 20;
        call->label = draw_below(&d, call->n);
        for (uint32_t i = 0; i < call->n && number % 4; i++) {
            const float z = 20.0f * draw_value(&d);
            memcpy(&call->data[call->at[0] + i], &z, 4);
        }
        check(*state, call, number);
    }
}

/* Sizes around the blocks' and random ones; data with special values in one case of four, zeros whose products
 * are -0 in one of five. */
static void test_matvec(void **state) {
    static const uint32_t sizes[] = {1, 2, 3, 4, 7, 8, 9, 12, 15, 16, 17, 20, 24, 28, 31, 33, 40};
    uint32_t number = 5000;
    for (uint32_t kind = CALL_MATVEC; kind <= CALL_BOTH_ADAM; kind++) {
        for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            for (uint32_t j = 0; j < 5; j++, number++) {
                draw d;
                kernel_call *call = begin(&d, number, (kernel_call_kind)kind);
                call->n = kind == CALL_MATVEC ? sizes[i] : draw_range(&d, 1, 40);
                call->label = kind == CALL_MATVEC ? draw_range(&d, 1, 40) : sizes[i];
                call->pitch = call->label + draw_below(&d, 10);
                /* 0: no init; 3: nor that, and y in x's place */
                call->parts = j == 4 ? 0 : draw_below(&d, kind == CALL_MATVEC + 3 ? 4 : 3);
                for (uint32_t at = 0; at < KERNEL_CALL_WORDS && number % 4; at++) {
                    const float drawn = draw_value(&d), zero = at < call->at[1] ? -0.0f : 0.0f;
                    const float value = j == 4 ? zero : drawn;
                    memcpy(&call->data[at], &value, 4);
                }
                check(*state, call, number);
            }
        }
    }
}

static void test_math(void **state) {
    for (uint32_t number = 4000; number < 4020; number++) {
        draw d;
        kernel_call *call = begin(&d, number, number % 2 ? CALL_EXP : CALL_LOG);
        call->n = SLOT - 20;
        /* Any bits; for exp mostly those of numbers between its limits. */
        for (uint32_t i = 0; i < call->n; i++) {
            const float x = 110.0f * draw_value(&d);
            const uint32_t any = draw_below(&d, UINT32_MAX);
            memcpy(&call->data[call->at[0] + i], number % 4 == 1 ? (const void *)&x : &any, 4);
        }
        check(*state, call, number);
    }
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s KERNEL_CALL.elf\n", argv[0]);
        return 2;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_vector, argv[1]),
        cmocka_unit_test_prestate(test_max_pool, argv[1]),
        cmocka_unit_test_prestate(test_max_pool_grad, argv[1]),
        cmocka_unit_test_prestate(test_max_pool_spread, argv[1]),
        cmocka_unit_test_prestate(test_rows, argv[1]),
        cmocka_unit_test_prestate(test_math, argv[1]),
        cmocka_unit_test_prestate(test_matvec, argv[1]),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
