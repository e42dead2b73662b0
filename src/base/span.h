/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes along one axis, computed here and nowhere else. */
#ifndef TL_BASE_SPAN_H
#define TL_BASE_SPAN_H

#include <stdint.h>

/* Places of a window of `kernel` elements, `stride` apart, on `size` elements with padding before and after. */
static inline uint32_t tl_span_out(uint32_t size, uint32_t kernel, uint32_t stride, uint32_t before, uint32_t after) {
    uint32_t padded = size + before + after;
    return stride == 0 || padded < kernel ? 0 : (padded - kernel) / stride + 1;
}

/* Elements that `places` such windows cover, with the gaps between them. */
static inline uint32_t tl_span_in(uint32_t places, uint32_t kernel, uint32_t stride) {
    return (places - 1) * stride + kernel;
}

/* Rounded towards minus infinity; b > 0. */
static inline int32_t tl_floor_div(int32_t a, int32_t b) {
    return a >= 0 ? a / b : -((b - 1 - a) / b);
}

static inline int32_t tl_ceil_div(int32_t a, int32_t b) {
    return -tl_floor_div(-a, b);
}

#endif
