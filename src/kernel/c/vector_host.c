/* SPDX-License-Identifier: Apache-2.0 */
/* On the cluster pulp/vector_pulp.S stands in for this file, with the same bits. */
#include "src/base/math.h"
#include "src/kernel/vector.h"

void tl_relu_f32(uint32_t n, const float *x, float *y) {
    for (uint32_t i = 0; i < n; i++) {
        const float v = x[i] + 0.0f; /* a -0 becomes 0 */
        y[i] = v < 0.0f ? 0.0f : v;
    }
}

void tl_relu_grad_f32(uint32_t n, const float *x, const float *dy, float *dx) {
    for (uint32_t i = 0; i < n; i++)
        dx[i] = x[i] <= 0.0f ? 0.0f : dy[i];
}

void tl_sgd_f32(uint32_t n, float rate, float momentum, float *w, float *v, const float *g) {
    for (uint32_t i = 0; i < n; i++) {
        v[i] = tl_fma(momentum, v[i], g[i]);
        w[i] = tl_fma(-rate, v[i], w[i]);
    }
}

void tl_sgd_decay_f32(uint32_t n, float rate, float momentum, float decay, float *w, float *v, const float *g) {
    for (uint32_t i = 0; i < n; i++) {
        v[i] = tl_fma(momentum, v[i], tl_fma(decay, w[i], g[i]));
        w[i] = tl_fma(-rate, v[i], w[i]);
    }
}

void tl_sgd_plain_f32(uint32_t n, float rate, float *w, const float *g) {
    for (uint32_t i = 0; i < n; i++)
        w[i] = tl_fma(-rate, g[i], w[i]);
}

void tl_sgd_plain_decay_f32(uint32_t n, float rate, float decay, float *w, const float *g) {
    for (uint32_t i = 0; i < n; i++)
        w[i] = tl_fma(-rate, tl_fma(decay, w[i], g[i]), w[i]);
}

void tl_adam_f32(uint32_t n, const tl_adam_numbers *numbers, float *w, float *m, float *v, const float *g) {
    const tl_adam_numbers s = *numbers;
    for (uint32_t i = 0; i < n; i++) {
        m[i] = tl_fma(s.rest1, g[i] - m[i], m[i]);
        v[i] = tl_fma(s.rest2, tl_fma(g[i], g[i], -v[i]), v[i]);
        const float quotient = m[i] / tl_fma(tl_sqrt(v[i]), s.scale, s.epsilon);
        w[i] = tl_fma(-s.size, quotient, s.keep * w[i]);
    }
}

float tl_squared_error_f32(uint32_t n, float scale, const float *y, const float *target, float *dy) {
    float sum = 0.0f;
    for (uint32_t i = 0; i < n; i++) {
        const float d = y[i] - target[i];
        dy[i] = d * scale;
        sum = tl_fma(d, d, sum);
    }
    return sum;
}

void tl_fill_f32(uint32_t n, float value, float *y) {
    for (uint32_t i = 0; i < n; i++)
        y[i] = value;
}
