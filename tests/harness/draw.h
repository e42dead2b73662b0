/* SPDX-License-Identifier: Apache-2.0 */
/* Random draws for a test's case: everything follows from (seed, number of the case). */
#ifndef TL_TESTS_DRAW_H
#define TL_TESTS_DRAW_H

#include "src/base/random.h"
#include <stdint.h>

typedef struct draw {
    uint32_t seed, number, i;
} draw;

/* Uniform in 0 .. n - 1. */
static inline uint32_t draw_below(draw *d, uint32_t n) {
    return tl_random_below(d->seed, d->number, d->i++, n);
}

/* Uniform in from .. to, both included. */
static inline uint32_t draw_range(draw *d, uint32_t from, uint32_t to) {
    return from + draw_below(d, to - from + 1);
}

/* In (-1, 1), never 0, over several orders of magnitude. */
static inline float draw_value(draw *d) {
    static const float scale[4] = {1.0f, 1.0f, 0.125f, 0.0009765625f};
    uint32_t block[2];
    tl_random_block(d->seed, d->number, d->i++, block);
    float value = ((float)(block[0] >> 8) + 0.5f) * 0x1p-24f * scale[block[1] & 3];
    return block[1] & 4 ? -value : value;
}

static inline void draw_values(draw *d, uint32_t n, float *values) {
    for (uint32_t i = 0; i < n; ++i)
        values[i] = draw_value(d);
}

#endif
