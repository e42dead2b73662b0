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
        dx[i] = x[i] > 0.0f ? dy[i] : 0.0f;
}

void tl_sgd_f32(uint32_t n, float rate, float momentum, float *w, float *v, const float *g) {
    for (uint32_t i = 0; i < n; i++) {
        v[i] = tl_fma(momentum, v[i], g[i]);
        w[i] = tl_fma(-rate, v[i], w[i]);
    }
}

void tl_fill_f32(uint32_t n, float value, float *y) {
    for (uint32_t i = 0; i < n; i++)
        y[i] = value;
}
