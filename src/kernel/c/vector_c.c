/* SPDX-License-Identifier: Apache-2.0 */
#include "src/kernel/vector.h"

void tl_sum_f32(uint32_t n, uint32_t parts, uint32_t pitch, const float *x, float *y) {
    uint32_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const float *p = x + i;
        float s0 = p[0], s1 = p[1], s2 = p[2], s3 = p[3];
        for (uint32_t part = 1; part < parts; part++) {
            p += pitch;
            const float x0 = p[0], x1 = p[1], x2 = p[2], x3 = p[3];
            s0 += x0;
            s1 += x1;
            s2 += x2;
            s3 += x3;
        }
        y[i] = s0;
        y[i + 1] = s1;
        y[i + 2] = s2;
        y[i + 3] = s3;
    }
    for (; i < n; i++) {
        const float *p = x + i;
        float s = *p;
        for (uint32_t part = 1; part < parts; part++) {
            p += pitch;
            s += *p;
        }
        y[i] = s;
    }
}
