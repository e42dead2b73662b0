/* SPDX-License-Identifier: Apache-2.0 */
/* Elementary functions of our own, the same bits on every machine. Errors in units of the last place (ulp). */
#ifndef TL_BASE_MATH_H
#define TL_BASE_MATH_H

/* a * b + c, rounded once: fmaf of <math.h>, which the cluster's compiler has no header for. */
static inline float tl_fma(float a, float b, float c) {
    return __builtin_fmaf(a, b, c);
}

/* The square root, rounded once; NaN below 0. */
static inline float tl_sqrt(float x) {
    return __builtin_sqrtf(x);
}

/* e^x. Overflow gives infinity, underflow goes gradually to 0, NaN stays NaN. The error bound stands in math.c. */
float tl_exp_f32(float x);

/* Natural logarithm. log(0) = -infinity, log(x < 0) = NaN. The error bound stands in math.c. */
float tl_log_f32(float x);

/* 1 / (1 + e^-x). NaN stays NaN. The error bound stands in math.c. */
float tl_sigmoid_f32(float x);

/* The hyperbolic tangent. NaN stays NaN, -0 stays -0. The error bound stands in math.c. */
float tl_tanh_f32(float x);

#endif
