/* SPDX-License-Identifier: Apache-2.0 */
#include "src/kernel/window.h"

void tl_max_pool_f32(const tl_pool_window *window, const float *x, float *y, uint8_t *arg) {
    tl_max_pool_any_f32(window, x, y, arg);
}

void tl_max_pool_spread_f32(const tl_pool_spread *spread, const float *dy, const uint8_t *arg, float *dx) {
    const uint32_t channels = spread->channels;
    for (uint32_t q = 0; q < spread->count; q++) {
        for (uint32_t c = 0; c < channels; c++) {
            float *to = dx + 2 * q * channels + c;
            const uint32_t place = arg[q * channels + c];
            for (uint32_t i = 0; i < 4; i++)
                to[(i >> 1) * spread->row_pitch + (i & 1) * channels] = i == place ? dy[q * channels + c] : 0.0f;
        }
    }
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

void tl_max_pool_scatter_f32(const tl_pool_scatter *scatter, const float *dy, const uint8_t *arg, float *dx) {
    const tl_pool_scatter s = *scatter;
    for (uint32_t k = 0; k < s.count; k++) {
        uint32_t at = k * s.step;
        for (uint32_t p = 0; p < s.rows; p++) {
            for (uint32_t q = 0; q < s.cols; q++, at += s.channels) {
                const uint32_t i = p * s.stride_h + arg[at] / s.kernel_w, j = q * s.stride_w + arg[at] % s.kernel_w;
                dx[i * s.row_pitch + j * s.channels + k * s.step] += dy[at];
            }
        }
    }
}
