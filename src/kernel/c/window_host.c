/* SPDX-License-Identifier: Apache-2.0 */
#include "src/kernel/window.h"

/* Whether x takes the place of the maximum so far: it is greater, or it is the first NaN. */
static inline int above(float x, float best) {
    return !(x <= best) && best == best;
}

/* Four channels, or one: they stand side by side in the registers through the window's pixels. */
static void pool_4(const tl_pool_window *w, const float *x, float *y, uint8_t *arg) {
    float y0 = x[0], y1 = x[1], y2 = x[2], y3 = x[3];
    uint32_t row_place = w->first_i * w->kernel_w + w->first_j;
    uint32_t a0 = row_place, a1 = row_place, a2 = row_place, a3 = row_place;
    for (uint32_t i = 0; i < w->rows; i++) {
        const float *p = x;
        for (uint32_t place = row_place; place < row_place + w->cols; place++) {
            const float x0 = p[0], x1 = p[1], x2 = p[2], x3 = p[3];
            if (above(x0, y0)) {
                y0 = x0;
                a0 = place;
            }
            if (above(x1, y1)) {
                y1 = x1;
                a1 = place;
            }
            if (above(x2, y2)) {
                y2 = x2;
                a2 = place;
            }
            if (above(x3, y3)) {
                y3 = x3;
                a3 = place;
            }
            p += w->channels;
        }
        row_place += w->kernel_w;
        x += w->row_pitch;
    }
    y[0] = y0;
    y[1] = y1;
    y[2] = y2;
    y[3] = y3;
    arg[0] = (uint8_t)a0;
    arg[1] = (uint8_t)a1;
    arg[2] = (uint8_t)a2;
    arg[3] = (uint8_t)a3;
}

static void pool_1(const tl_pool_window *w, const float *x, float *y, uint8_t *arg) {
    float best = *x;
    uint32_t row_place = w->first_i * w->kernel_w + w->first_j;
    uint32_t best_place = row_place;
    for (uint32_t i = 0; i < w->rows; i++) {
        const float *p = x;
        for (uint32_t place = row_place; place < row_place + w->cols; place++) {
            if (above(*p, best)) {
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

void tl_max_pool_f32(const tl_pool_window *window, const float *x, float *y, uint8_t *arg) {
    uint32_t c = 0;
    for (; c + 4 <= window->channels; c += 4)
        pool_4(window, x + c, y + c, arg + c);
    for (; c < window->channels; c++)
        pool_1(window, x + c, y + c, arg + c);
}

static void gather_4(const tl_pool_gather *g, const float *dy, const uint8_t *arg, float *dx) {
    float s0 = 0.0f, s1 = 0.0f, s2 = 0.0f, s3 = 0.0f;
    uint32_t row_place = g->first_i * g->kernel_w + g->first_j;
    uint32_t row_start = 0;
    for (uint32_t i = 0; i < g->rows; i++) {
        uint32_t place = row_place, at = row_start;
        for (uint32_t j = 0; j < g->cols; j++) {
            const uint32_t a0 = arg[at], a1 = arg[at + 1], a2 = arg[at + 2], a3 = arg[at + 3];
            const float d0 = dy[at], d1 = dy[at + 1], d2 = dy[at + 2], d3 = dy[at + 3];
            s0 += a0 == place ? d0 : 0.0f;
            s1 += a1 == place ? d1 : 0.0f;
            s2 += a2 == place ? d2 : 0.0f;
            s3 += a3 == place ? d3 : 0.0f;
            place -= g->stride_w;
            at += g->channels;
        }
        row_place -= g->stride_h * g->kernel_w;
        row_start += g->row_pitch;
    }
    dx[0] = s0;
    dx[1] = s1;
    dx[2] = s2;
    dx[3] = s3;
}

static void gather_1(const tl_pool_gather *g, const float *dy, const uint8_t *arg, float *dx) {
    float sum = 0.0f;
    uint32_t row_place = g->first_i * g->kernel_w + g->first_j;
    uint32_t row_start = 0;
    for (uint32_t i = 0; i < g->rows; i++) {
        uint32_t place = row_place, at = row_start;
        for (uint32_t j = 0; j < g->cols; j++) {
            sum += arg[at] == place ? dy[at] : 0.0f;
            place -= g->stride_w;
            at += g->channels;
        }
        row_place -= g->stride_h * g->kernel_w;
        row_start += g->row_pitch;
    }
    *dx = sum;
}

void tl_max_pool_grad_f32(const tl_pool_gather *gather, const float *dy, const uint8_t *arg, float *dx) {
    uint32_t c = 0;
    for (; c + 4 <= gather->channels; c += 4)
        gather_4(gather, dy + c, arg + c, dx + c);
    for (; c < gather->channels; c++)
        gather_1(gather, dy + c, arg + c, dx + c);
}
