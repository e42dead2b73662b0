/* SPDX-License-Identifier: Apache-2.0 */
/* Windows along one axis of an image, for all kinds of pooling. */
#ifndef TL_OP_POOL_SPAN_H
#define TL_OP_POOL_SPAN_H

#include "src/base/span.h"

static inline uint32_t tl_smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* The part of a window of `kernel` places at `at` that lies in [0, size): its first place and how many. */
static inline uint32_t tl_cut_window(int32_t at, uint32_t kernel, uint32_t size, uint32_t *first) {
    *first = at < 0 ? (uint32_t)-at : 0;
    uint32_t left = (uint32_t)((int32_t)size - at);
    return tl_smaller(kernel, left) - *first;
}

/* The windows that hold a place, [first, last], and the place's position in the first one. */
typedef struct tl_windows {
    int32_t first, last, inside;
} tl_windows;

/* `place` is counted from the first window's start; there are `count` windows. */
static inline tl_windows tl_windows_at(int32_t place, int32_t kernel, int32_t stride, int32_t count) {
    tl_windows w = {.first = tl_ceil_div(place - kernel + 1, stride), .last = place / stride};
    if (w.first < 0)
        w.first = 0;
    if (w.last >= count)
        w.last = count - 1;
    w.inside = place - w.first * stride;
    return w;
}

#endif
