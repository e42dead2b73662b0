/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/math.h"
#include "src/kernel/channels.h"

static inline const float *after(const float *x, uint32_t pitch) {
    return (const float *)(const void *)((const char *)x + pitch);
}

static inline float *next(float *y, uint32_t pitch) {
    return (float *)(void *)((char *)y + pitch);
}

void tl_channels_sum_few_f32(const tl_pixels *pixels, const float *x, float *sum) {
    for (uint32_t c = 0; c < pixels->channels; c++) {
        const float *p = x + c;
        float s = sum[c];
        for (uint32_t i = 0; i < pixels->count; i++) {
            s += *p;
            p = after(p, pixels->pitch);
        }
        sum[c] = s;
    }
}

void tl_channels_moments_few_f32(const tl_pixels *pixels, const float *x, const float *shift, float *sum,
                                 float *square) {
    for (uint32_t c = 0; c < pixels->channels; c++) {
        const float *p = x + c;
        float s = sum[c], q = square[c];
        const float from = shift[c];
        for (uint32_t i = 0; i < pixels->count; i++) {
            const float d = *p - from;
            s += d;
            q = tl_fma(d, d, q);
            p = after(p, pixels->pitch);
        }
        sum[c] = s;
        square[c] = q;
    }
}

void tl_channels_products_few_f32(const tl_pixels *pixels, const float *x, const float *dy, const float *shift,
                                  float *sum, float *product) {
    for (uint32_t c = 0; c < pixels->channels; c++) {
        const float *p = x + c, *g = dy + c;
        float s = sum[c], q = product[c];
        const float from = shift[c];
        for (uint32_t i = 0; i < pixels->count; i++) {
            s += *g;
            q = tl_fma(*p - from, *g, q);
            p = after(p, pixels->pitch);
            g = after(g, pixels->pitch);
        }
        sum[c] = s;
        product[c] = q;
    }
}

void tl_channels_fill_few_f32(const tl_pixels *pixels, const float *value, float *y) {
    for (uint32_t c = 0; c < pixels->channels; c++) {
        float *to = y + c;
        for (uint32_t i = 0; i < pixels->count; i++) {
            *to = value[c];
            to = next(to, pixels->pitch);
        }
    }
}

void tl_channels_scale_few_f32(const tl_pixels *pixels, const float *x, const float *a, const float *b, float *y) {
    for (uint32_t c = 0; c < pixels->channels; c++) {
        const float *p = x + c;
        float *to = y + c;
        for (uint32_t i = 0; i < pixels->count; i++) {
            *to = tl_fma(a[c], *p, b[c]);
            p = after(p, pixels->pitch);
            to = next(to, pixels->pitch);
        }
    }
}

void tl_channels_scale_relu_few_f32(const tl_pixels *pixels, const float *x, const float *a, const float *b, float *y) {
    for (uint32_t c = 0; c < pixels->channels; c++) {
        const float *p = x + c;
        float *to = y + c;
        for (uint32_t i = 0; i < pixels->count; i++) {
            const float v = tl_fma(a[c], *p, b[c]) + 0.0f; /* a -0 becomes 0 */
            *to = v < 0.0f ? 0.0f : v;
            p = after(p, pixels->pitch);
            to = next(to, pixels->pitch);
        }
    }
}

void tl_channels_blend_few_f32(const tl_pixels *pixels, const float *x, const float *dy, const float *a, const float *b,
                               const float *c, float *dx) {
    for (uint32_t i = 0; i < pixels->channels; i++) {
        const float *p = x + i, *g = dy + i;
        float *to = dx + i;
        for (uint32_t k = 0; k < pixels->count; k++) {
            *to = tl_fma(a[i], *g, tl_fma(b[i], *p, c[i]));
            p = after(p, pixels->pitch);
            g = after(g, pixels->pitch);
            to = next(to, pixels->pitch);
        }
    }
}
