/* SPDX-License-Identifier: Apache-2.0 */
/* On the cluster pulp/element_pulp.S stands in for this file, with the same bits. */
#include "src/kernel/element.h"

/* Adding 0 makes 0 of -0. */
static inline float relu(float x) {
    const float v = x + 0.0f;
    return v < 0.0f ? 0.0f : v;
}

void tl_add_f32(uint32_t n, const float *a, const float *b, float *y) {
    for (uint32_t i = 0; i < n; i++)
        y[i] = a[i] + b[i];
}

void tl_add_relu_f32(uint32_t n, const float *a, const float *b, float *y) {
    for (uint32_t i = 0; i < n; i++)
        y[i] = relu(a[i] + b[i]);
}

void tl_relu6_f32(uint32_t n, const float *x, float *y) {
    for (uint32_t i = 0; i < n; i++) {
        const float v = relu(x[i]);
        y[i] = v > 6.0f ? 6.0f : v;
    }
}

void tl_relu6_grad_f32(uint32_t n, const float *x, const float *dy, float *dx) {
    for (uint32_t i = 0; i < n; i++)
        dx[i] = x[i] > 0.0f && x[i] < 6.0f ? dy[i] : 0.0f;
}
