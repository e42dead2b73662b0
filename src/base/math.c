/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Polynomials are minimax fits (Remez) of our own. The bounds were found by trying all 2^32 arguments against double
 * precision; tests/base/test_math.c tries a part of them.
 * Only fused multiply-adds, additions and multiplications in a fixed order: the same bits everywhere.
 */
#include "src/base/math.h"
#include <stdint.h>

/* ln 2 = LN2_HIGH + LN2_LOW; the first has 15 bits, so that its product with an exponent is exact. */
#define LN2_HIGH 0x1.62e4p-1f
#define LN2_LOW  0x1.7f7d1cp-20f
#define LOG2_E   0x1.715476p+0f

typedef union word {
    float f;
    uint32_t u;
} word;

/* 2^n for -126 <= n <= 127. */
static float power_of_two(int32_t n) {
    word w;
    w.u = (uint32_t)(n + 127) << 23;
    return w.f;
}

/* Error below 1.02 ulp (0.76 where the result is subnormal). x = n ln 2 + r, e^x = 2^n (1 + r + r^2 p(r)). */
float tl_exp_f32(float x) {
    if (x != x)
        return x;
    if (x > 89.0f)
        return __builtin_inff();
    if (x < -104.0f)
        return 0.0f;
    const float shift = 0x1.8p+23f; /* adding it rounds to an integer */
    const float n = tl_fma(x, LOG2_E, shift) - shift;
    const float r = tl_fma(n, -LN2_LOW, tl_fma(n, -LN2_HIGH, x));
    float p = 0x1.6a234ap-10f;
    p = tl_fma(p, r, 0x1.123a6cp-7f);
    p = tl_fma(p, r, 0x1.5558f4p-5f);
    p = tl_fma(p, r, 0x1.55549p-3f);
    p = tl_fma(p, r, 0x1.fffffcp-2f);
    p = tl_fma(p, r * r, r) + 1.0f;
    /* In two steps, as n may be beyond the exponents of normal numbers. */
    const int32_t whole = (int32_t)n;
    const int32_t half = whole / 2;
    return p * power_of_two(half) * power_of_two(whole - half);
}

/* Error below 0.88 ulp. x = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), log x = e ln 2 + f - f^2 / 2 + f^3 q(f). */
float tl_log_f32(float x) {
    const uint32_t root = 0x3f3504f3; /* sqrt(1/2) */
    word w;
    w.f = x;
    if (x != x || w.u == 0x7f800000)
        return x;
    if (x == 0.0f)
        return -__builtin_inff();
    if (x < 0.0f)
        return __builtin_nanf("");
    float e = -127.0f;
    if (w.u < 0x00800000) {
        w.f = x * 0x1p+23f;
        e -= 23.0f;
    }
    w.u += 0x3f800000 - root;
    e += (float)(w.u >> 23);
    w.u = (w.u & 0x007fffff) + root;
    const float f = w.f - 1.0f;
    float q = -0x1.38ef1ep-4f;
    q = tl_fma(q, f, 0x1.058854p-3f);
    q = tl_fma(q, f, -0x1.0d8fdep-3f);
    q = tl_fma(q, f, 0x1.22d4e2p-3f);
    q = tl_fma(q, f, -0x1.5470bap-3f);
    q = tl_fma(q, f, 0x1.99a032p-3f);
    q = tl_fma(q, f, -0x1.00022cp-2f);
    q = tl_fma(q, f, 0x1.555554p-2f);
    q = tl_fma(q, f, -0.5f);
    /* e LN2_HIGH + f rounds; what it lost goes into the small part. */
    const float large = e * LN2_HIGH;
    const float sum = large + f;
    const float lost = f - (sum - large);
    return sum + tl_fma(q, f * f, tl_fma(e, LN2_LOW, lost));
}

/* Error below 2.41 ulp (relative to the result: it is small where x is far below 0, and no less exact there). */
float tl_sigmoid_f32(float x) {
    const float e = tl_exp_f32(x < 0.0f ? x : -x);
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

/* Error below 1.30 ulp. Near 0 x + x^3 p(x^2); elsewhere by the exponential, where 1 is not far. */
float tl_tanh_f32(float x) {
    const float a = __builtin_fabsf(x);
    if (a < 0.65f) {
        const float t = a * a;
        float p = -0x1.69711ap-8f;
        p = tl_fma(p, t, 0x1.4f5ef8p-6f);
        p = tl_fma(p, t, -0x1.b7cff2p-5f);
        p = tl_fma(p, t, 0x1.1103f2p-3f);
        p = tl_fma(p, t, -0x1.555524p-2f);
        return __builtin_copysignf(tl_fma(p * t, a, a), x);
    }
    return __builtin_copysignf(1.0f - 2.0f / (tl_exp_f32(2.0f * a) + 1.0f), x);
}
