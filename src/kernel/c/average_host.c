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

void tl_average_quads_f32(const tl_average_quads *quads, const float *x, float *y) {
    const tl_average one = {2, 2, quads->channels, quads->row_pitch, quads->scale};
    for (uint32_t i = 0; i < quads->count; i++)
        tl_average_f32(&one, x + 2 * i * quads->channels, y + i * quads->channels);
}

void tl_average_spread_f32(const tl_average_quads *quads, const float *dy, float *dx) {
    const uint32_t channels = quads->channels;
    for (uint32_t i = 0; i < quads->count; i++, dx += 2 * channels) {
        for (uint32_t c = 0; c < channels; c++, dy++) {
            const float d = quads->scale * *dy;
            dx[c] = dx[channels + c] = dx[quads->row_pitch + c] = dx[quads->row_pitch + channels + c] = d;
        }
    }
}

void tl_average_few_f32(const tl_average_few *few, const float *x, float *y) {
    for (uint32_t i = 0; i < few->count; ++i, x += few->x_step, y += few->y_step)
        tl_average_f32(&few->average, x, y);
}

void tl_average_few_add_f32(const tl_average_few *few, const float *x, float *y) {
    for (uint32_t i = 0; i < few->count; ++i, x += few->x_step, y += few->y_step)
        tl_average_add_f32(&few->average, x, y);
}
