/* SPDX-License-Identifier: Apache-2.0 */
/* exp and log against double precision: a part of all arguments, and all of an interval where errors are greatest. */
#include "src/base/math.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EXP_ULP           1.02
#define EXP_SUBNORMAL_ULP 0.76
#define LOG_ULP           0.88
#define SIGMOID_ULP       2.41
#define TANH_ULP          1.30

static float from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t to_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double error_in_ulp(float y, double exact) {
    int exponent;
    frexp(exact, &exponent);
    return fabs((double)y - exact) / ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
}

static void check_exp(float x) {
    const double exact = exp((double)x);
    const double error = error_in_ulp(tl_exp_f32(x), exact);
    if (!(error <= (exact < 0x1p-126 ? EXP_SUBNORMAL_ULP : EXP_ULP)))
        fail_msg("exp(%a) is %a: %g ulp off", (double)x, (double)tl_exp_f32(x), error);
}

static void check_log(float x) {
    const double error = error_in_ulp(tl_log_f32(x), log((double)x));
    if (!(error <= LOG_ULP))
        fail_msg("log(%a) is %a: %g ulp off", (double)x, (double)tl_log_f32(x), error);
}

static void test_exp(void **state) {
    (void)state;
    for (uint64_t u = 0; u <= UINT32_MAX; u += 997) {
        const float x = from_bits((uint32_t)u);
        if (x > -103.9f && x < 88.72283f)
            check_exp(x);
    }
    /* The reduction's ends, where the polynomial has to reach farthest. */
    for (int n = -140; n <= 127; n++)
        for (int i = -2000; i <= 2000; i++)
            check_exp(((float)n + 0.5f + (float)i * 0x1p-18f) * 0x1.62e43p-1f);
}

static void test_log(void **state) {
    (void)state;
    for (uint32_t u = 1; u < 0x7f800000; u += 499)
        check_log(from_bits(u));
    /* Both sides of 1 and of the reduction's end at sqrt(2). */
    for (uint32_t u = 0x3f700000; u < 0x3fc00000; u += 3)
        check_log(from_bits(u));
}

static void check_sigmoid(float x) {
    const double exact = 1 / (1 + exp(-(double)x)), error = error_in_ulp(tl_sigmoid_f32(x), exact);
    if (!(error <= SIGMOID_ULP))
        fail_msg("sigmoid(%a) is %a: %g ulp off", (double)x, (double)tl_sigmoid_f32(x), error);
}

static void check_tanh(float x) {
    const double error = error_in_ulp(tl_tanh_f32(x), tanh((double)x));
    if (!(error <= TANH_ULP))
        fail_msg("tanh(%a) is %a: %g ulp off", (double)x, (double)tl_tanh_f32(x), error);
}

static void test_squash(void **state) {
    (void)state;
    const float inf = INFINITY;
    for (uint64_t u = 0; u <= UINT32_MAX; u += 997) {
        const float x = from_bits((uint32_t)u);
        if (isnan(x))
            continue;
        check_sigmoid(x);
        check_tanh(x);
    }
    /* Where the errors are greatest. */
    for (uint32_t u = to_bits(0.5f); u < to_bits(4.0f); u += 11) {
        check_tanh(from_bits(u));
        check_tanh(-from_bits(u));
        check_sigmoid(-from_bits(u));
    }
    assert_true(tl_sigmoid_f32(0.0f) == 0.5f && tl_sigmoid_f32(inf) == 1.0f && tl_sigmoid_f32(-inf) == 0.0f);
    assert_true(tl_tanh_f32(inf) == 1.0f && tl_tanh_f32(-inf) == -1.0f && tl_tanh_f32(20.0f) == 1.0f);
    assert_int_equal(to_bits(tl_tanh_f32(-0.0f)), 0x80000000u);
    assert_true(isnan(tl_sigmoid_f32(NAN)) && isnan(tl_tanh_f32(NAN)));
}

static void test_special(void **state) {
    (void)state;
    const float inf = INFINITY;
    assert_true(tl_exp_f32(0.0f) == 1.0f && tl_exp_f32(-0.0f) == 1.0f);
    assert_true(tl_exp_f32(inf) == inf && tl_exp_f32(89.0f) == inf && tl_exp_f32(3e38f) == inf);
    assert_true(tl_exp_f32(-inf) == 0.0f && tl_exp_f32(-104.5f) == 0.0f && tl_exp_f32(-3e38f) == 0.0f);
    assert_true(isnan(tl_exp_f32(NAN)) && isnan(tl_log_f32(NAN)));
    assert_true(tl_exp_f32(0x1.62e42ep+6f) < inf && tl_exp_f32(0x1.62e43p+6f) == inf);
    assert_true(tl_log_f32(0.0f) == -inf && tl_log_f32(-0.0f) == -inf);
    assert_true(tl_log_f32(inf) == inf && isnan(tl_log_f32(-1.0f)) && isnan(tl_log_f32(-inf)));
    assert_int_equal(to_bits(tl_log_f32(1.0f)), 0);
}

static void test_fma(void **state) {
    (void)state;
    assert_true(tl_fma(1 + 0x1p-12f, 1 + 0x1p-12f, -1 - 0x1p-11f) == 0x1p-24f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp),     cmocka_unit_test(test_log), cmocka_unit_test(test_squash),
        cmocka_unit_test(test_special), cmocka_unit_test(test_fma),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
