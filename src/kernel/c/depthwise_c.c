/* SPDX-License-Identifier: Apache-2.0 */
/* The weights' gradients for any kernel: a convolution of x by dy whose results are the taps. */
#include "src/kernel/planes.h"

static inline void grad_bias(const tl_planes_grad *p, const float *dy, float *db) {
    float sum = p->opens ? -0.0f : *db;
    for (uint32_t r = 0; r < p->rows; ++r) {
        const float *d = dy;
        for (uint32_t q = 0; q < p->cols; ++q) {
            sum += *d;
            d += p->x_j;
        }
        dy += p->y_row;
    }
    *db = sum;
}

/* Sums of no terms begin as others do, so that nothing changes what is added to them. */
static inline void nothing(const tl_planes_grad *p, float *dw) {
    for (uint32_t tap = 0; p->opens && tap < p->kh * p->kw; ++tap) {
        *dw = -0.0f;
        dw += p->w_j;
    }
}

void tl_depthwise_grad_any_f32(const tl_planes_grad *p) {
    const tl_planes_conv conv = {.x = p->x,
                                 .w = p->dy,
                                 .y = p->dw,
                                 .channels = p->channels,
                                 .step = p->step,
                                 .rows = p->kh,
                                 .cols = p->kw,
                                 .kh = p->rows,
                                 .kw = p->cols,
                                 .x_row = p->x_i,
                                 .x_col = p->x_j,
                                 .x_i = p->x_row,
                                 .x_j = p->x_col,
                                 .w_i = p->y_row,
                                 .w_j = p->x_j,
                                 .y_row = (int32_t)p->kw * p->w_j,
                                 .y_col = p->w_j};
    if (p->rows > 0)
        (p->opens ? tl_depthwise_any_f32 : tl_depthwise_any_add_f32)(&conv);
    for (uint32_t n = 0, c = 0; n < p->channels; ++n, c += p->step) {
        if (p->rows == 0)
            nothing(p, p->dw + c);
        grad_bias(p, p->dy + c, p->db + c);
    }
}
