/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ref/ref.h"
#include <math.h>
#include <stdbool.h>

size_t ref_pool_out_h(const tl_pool *pool) {
    return ref_windows(pool->h, pool->top, pool->bottom, pool->kh, pool->stride_h);
}

size_t ref_pool_out_w(const tl_pool *pool) {
    return ref_windows(pool->w, pool->left, pool->right, pool->kw, pool->stride_w);
}

/* Place of the element under (i, j) of the window of output element y; false: it lies outside the image. */
static bool x_at(const tl_pool *pool, size_t y, size_t i, size_t j, size_t *x) {
    size_t out_h = ref_pool_out_h(pool), out_w = ref_pool_out_w(pool);
    size_t c = y % pool->c, q = y / pool->c % out_w, p = y / pool->c / out_w % out_h, n = y / pool->c / out_w / out_h;
    ptrdiff_t h = (ptrdiff_t)(p * pool->stride_h + i) - pool->top;
    ptrdiff_t w = (ptrdiff_t)(q * pool->stride_w + j) - pool->left;
    if (h < 0 || h >= pool->h || w < 0 || w >= pool->w)
        return false;
    *x = ((n * pool->h + (size_t)h) * pool->w + (size_t)w) * pool->c + c;
    return true;
}

static size_t y_elements(const tl_pool *pool) {
    return pool->n * ref_pool_out_h(pool) * ref_pool_out_w(pool) * pool->c;
}

void ref_max_pool_forward(const tl_pool *pool, const double *x, double *y, uint8_t *arg) {
    for (size_t at = 0; at < y_elements(pool); ++at) {
        bool found = false;
        for (size_t i = 0; i < pool->kh; ++i) {
            for (size_t j = 0; j < pool->kw; ++j) {
                size_t pixel;
                if (!x_at(pool, at, i, j, &pixel))
                    continue;
                if (!found || x[pixel] > y[at] || (isnan(x[pixel]) && !isnan(y[at]))) {
                    found = true;
                    y[at] = x[pixel];
                    arg[at] = (uint8_t)(i * pool->kw + j);
                }
            }
        }
    }
}

/* Places of the window of y's element `at` that count. */
static double window_size(const tl_pool *pool, bool padded, size_t at) {
    size_t size = 0, unused;
    for (size_t i = 0; i < pool->kh; ++i)
        for (size_t j = 0; j < pool->kw; ++j)
            size += padded || x_at(pool, at, i, j, &unused);
    return (double)size;
}

void ref_avg_pool_forward(const tl_pool *pool, bool padded, const double *x, double *y, double *y_sum) {
    for (size_t at = 0; at < y_elements(pool); ++at) {
        double sum = 0, absolute = 0, size = window_size(pool, padded, at);
        for (size_t i = 0; i < pool->kh; ++i) {
            for (size_t j = 0; j < pool->kw; ++j) {
                size_t pixel;
                if (x_at(pool, at, i, j, &pixel)) {
                    sum += x[pixel];
                    absolute += fabs(x[pixel]);
                }
            }
        }
        y[at] = sum / size;
        if (y_sum)
            y_sum[at] = absolute / size;
    }
}

void ref_avg_pool_grad_x(const tl_pool *pool, bool padded, const double *dy, double *dx, double *dx_sum) {
    for (size_t i = 0; i < (size_t)pool->n * pool->h * pool->w * pool->c; ++i) {
        dx[i] = 0;
        if (dx_sum)
            dx_sum[i] = 0;
    }
    for (size_t at = 0; at < y_elements(pool); ++at) {
        double size = window_size(pool, padded, at);
        for (size_t i = 0; i < pool->kh; ++i) {
            for (size_t j = 0; j < pool->kw; ++j) {
                size_t pixel;
                if (!x_at(pool, at, i, j, &pixel))
                    continue;
                dx[pixel] += dy[at] / size;
                if (dx_sum)
                    dx_sum[pixel] += fabs(dy[at]) / size;
            }
        }
    }
}

void ref_max_pool_grad_x(const tl_pool *pool, const double *dy, const uint8_t *arg, double *dx, double *dx_sum) {
    for (size_t i = 0; i < (size_t)pool->n * pool->h * pool->w * pool->c; ++i) {
        dx[i] = 0;
        if (dx_sum)
            dx_sum[i] = 0;
    }
    for (size_t at = 0; at < y_elements(pool); ++at) {
        size_t pixel;
        if (!x_at(pool, at, arg[at] / pool->kw, arg[at] % pool->kw, &pixel))
            continue;
        dx[pixel] += dy[at];
        if (dx_sum)
            dx_sum[pixel] += fabs(dy[at]);
    }
}
