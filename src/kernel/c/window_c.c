/* SPDX-License-Identifier: Apache-2.0 */
#include "src/kernel/window.h"

/* Equal numbers have equal bits, but zeros: the bits in common are those of the positive one. */
static float positive_of(float a, float b) {
    union {
        float value;
        uint32_t bits;
    } x = {a}, y = {b};
    x.bits &= y.bits;
    return x.value;
}

static void pool_one(const tl_pool_window *w, const float *x, float *y, uint8_t *arg) {
    float best = *x;
    uint32_t row_place = w->first_i * w->kernel_w + w->first_j;
    uint32_t best_place = row_place;
    for (uint32_t i = 0; i < w->rows; i++) {
        const float *p = x;
        for (uint32_t place = row_place; place < row_place + w->cols; place++) {
            if (*p == best) {
                best = positive_of(best, *p);
            } else if (!(*p <= best) && best == best) { /* greater, or the first NaN */
                best = *p;
                best_place = place;
            }
            p += w->channels;
        }
        row_place += w->kernel_w;
        x += w->row_pitch;
    }
    *y = best;
    *arg = (uint8_t)best_place;
}

void tl_max_pool_any_f32(const tl_pool_window *window, const float *x, float *y, uint8_t *arg) {
    for (uint32_t i = 0; i < window->count; i++) {
        for (uint32_t c = 0; c < window->channels; c++)
            pool_one(window, x + c, y++, arg++);
        x += window->step;
    }
}
