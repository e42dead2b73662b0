/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ref/ref.h"
#include <math.h>
#include <stdbool.h>

size_t ref_depthwise_out_h(const tl_depthwise *l) {
    return ref_windows(l->h, l->top, l->bottom, l->kh, l->stride_h);
}

size_t ref_depthwise_out_w(const tl_depthwise *l) {
    return ref_windows(l->w, l->left, l->right, l->kw, l->stride_w);
}

static size_t x_elements(const tl_depthwise *l) {
    return (size_t)l->n * l->h * l->w * l->c;
}

static size_t y_elements(const tl_depthwise *l) {
    return l->n * ref_depthwise_out_h(l) * ref_depthwise_out_w(l) * l->c;
}

static size_t w_elements(const tl_depthwise *l) {
    return (size_t)l->kh * l->kw * l->c;
}

/* One product of output element y: elements x and w. False: x lies outside the image. */
static bool product(const tl_depthwise *l, size_t y, size_t i, size_t j, size_t *x, size_t *w) {
    size_t out_h = ref_depthwise_out_h(l), out_w = ref_depthwise_out_w(l);
    size_t c = y % l->c, q = y / l->c % out_w, p = y / l->c / out_w % out_h, n = y / l->c / out_w / out_h;
    ptrdiff_t row = (ptrdiff_t)(p * l->stride_h + i) - l->top, col = (ptrdiff_t)(q * l->stride_w + j) - l->left;
    *w = (i * l->kw + j) * l->c + c;
    *x = ((n * l->h + (size_t)row) * l->w + (size_t)col) * l->c + c;
    return row >= 0 && row < l->h && col >= 0 && col < l->w;
}

static void clear(size_t n, double *values, double *sums) {
    for (size_t i = 0; values && i < n; ++i)
        values[i] = 0;
    for (size_t i = 0; sums && i < n; ++i)
        sums[i] = 0;
}

static void add(double *values, double *sums, size_t at, double term) {
    values[at] += term;
    if (sums)
        sums[at] += fabs(term);
}

void ref_depthwise_forward(const tl_depthwise *l, const double *x, const double *w, const double *b, double *y,
                           double *y_sum) {
    size_t from, tap;
    clear(y_elements(l), y, y_sum);
    for (size_t at = 0; at < y_elements(l); ++at) {
        if (b)
            add(y, y_sum, at, b[at % l->c]);
        for (size_t i = 0; i < l->kh; ++i)
            for (size_t j = 0; j < l->kw; ++j)
                if (product(l, at, i, j, &from, &tap))
                    add(y, y_sum, at, x[from] * w[tap]);
    }
}

void ref_depthwise_grad_w(const tl_depthwise *l, const double *x, const double *dy, double *dw, double *dw_sum,
                          double *db, double *db_sum) {
    size_t from, tap;
    clear(w_elements(l), dw, dw_sum);
    clear(l->c, db, db_sum);
    for (size_t at = 0; at < y_elements(l); ++at) {
        if (db)
            add(db, db_sum, at % l->c, dy[at]);
        for (size_t i = 0; i < l->kh; ++i)
            for (size_t j = 0; j < l->kw; ++j)
                if (product(l, at, i, j, &from, &tap))
                    add(dw, dw_sum, tap, x[from] * dy[at]);
    }
}

void ref_depthwise_grad_x(const tl_depthwise *l, const double *w, const double *dy, const double *mask, double *dx,
                          double *dx_sum) {
    size_t from, tap;
    clear(x_elements(l), dx, dx_sum);
    for (size_t at = 0; at < y_elements(l); ++at)
        for (size_t i = 0; i < l->kh; ++i)
            for (size_t j = 0; j < l->kw; ++j)
                if (product(l, at, i, j, &from, &tap))
                    add(dx, dx_sum, from, dy[at] * w[tap]);
    for (size_t at = 0; mask && at < x_elements(l); ++at)
        if (mask[at] <= 0)
            dx[at] = 0;
}

size_t ref_depthwise_terms(const tl_depthwise *l, tl_pass pass) {
    if (pass == TL_GRAD_W)
        return l->n * ref_depthwise_out_h(l) * ref_depthwise_out_w(l);
    return (size_t)l->kh * l->kw + (pass == TL_FORWARD);
}
