/* SPDX-License-Identifier: Apache-2.0 */
/* On the cluster pulp/average_pulp.S stands in for this file, with the same bits. */
#include "src/base/math.h"
#include "src/kernel/average.h"

static float sum(const tl_average *a, const float *x) {
    float s = -0.0f; /* the sum is its first term then */
    for (uint32_t i = 0; i < a->rows; i++)
        for (uint32_t j = 0; j < a->cols; j++)
            s += x[i * a->row_pitch + j * a->channels];
    return s;
}

void tl_average_f32(const tl_average *average, const float *x, float *y) {
    for (uint32_t c = 0; c < average->channels; c++)
        y[c] = average->scale * sum(average, x + c);
}

void tl_average_add_f32(const tl_average *average, const float *x, float *y) {
    for (uint32_t c = 0; c < average->channels; c++)
        y[c] = tl_fma(average->scale, sum(average, x + c), y[c]);
}
