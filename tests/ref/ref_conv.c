/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ref/ref.h"
#include <math.h>
#include <stdbool.h>

size_t ref_windows(size_t size, size_t before, size_t after, size_t kernel, size_t stride) {
    size_t count = 0;
    for (size_t start = 0; start + kernel <= before + size + after; start += stride)
        ++count;
    return count;
}

static size_t at_least_one(size_t n) {
    return n ? n : 1;
}

size_t ref_conv_out_h(const tl_conv *conv) {
    size_t window = 1 + (conv->kh - 1u) * at_least_one(conv->dilation_h);
    return ref_windows(conv->h, conv->top, conv->bottom, window, conv->stride_h);
}

size_t ref_conv_out_w(const tl_conv *conv) {
    size_t window = 1 + (conv->kw - 1u) * at_least_one(conv->dilation_w);
    return ref_windows(conv->w, conv->left, conv->right, window, conv->stride_w);
}

size_t ref_conv_depth(const tl_conv *conv) {
    return conv->c / at_least_one(conv->groups);
}

size_t ref_conv_weights(const tl_conv *conv) {
    return (size_t)conv->kh * conv->o * conv->kw * ref_conv_depth(conv);
}

static size_t y_elements(const tl_conv *conv) {
    return conv->n * ref_conv_out_h(conv) * ref_conv_out_w(conv) * conv->o;
}

static size_t w_at(const tl_conv *conv, size_t i, size_t o, size_t j, size_t c) {
    return ((i * conv->o + o) * conv->kw + j) * ref_conv_depth(conv) + c;
}

/* Place of the pixel under (i, j) of the kernel for output pixel (p, q); false: it lies outside the image. */
static bool x_at(const tl_conv *conv, size_t n, size_t p, size_t q, size_t i, size_t j, size_t *pixel) {
    ptrdiff_t h = (ptrdiff_t)(p * conv->stride_h + i * at_least_one(conv->dilation_h)) - conv->top;
    ptrdiff_t w = (ptrdiff_t)(q * conv->stride_w + j * at_least_one(conv->dilation_w)) - conv->left;
    if (h < 0 || h >= conv->h || w < 0 || w >= conv->w)
        return false;
    *pixel = ((n * conv->h + (size_t)h) * conv->w + (size_t)w) * conv->c;
    return true;
}

static void clear(size_t n, double *values) {
    for (size_t i = 0; values && i < n; ++i)
        values[i] = 0;
}

static void add(double *values, double *sums, size_t at, double term) {
    values[at] += term;
    if (sums)
        sums[at] += fabs(term);
}

/* What a product y[y] += x[x] * w[w] adds in one of the passes. */
typedef struct tensors {
    const double *x, *w, *dy;
    double *y, *dw, *dx;
    double *sum;
} tensors;

/* All passes walk over the same products; each one differs in what is added to what. */
static void walk(const tl_conv *conv, void (*visit)(const tensors *t, size_t x, size_t w, size_t y), const tensors *t) {
    size_t out_h = ref_conv_out_h(conv), out_w = ref_conv_out_w(conv), y = 0;
    size_t depth = ref_conv_depth(conv);
    for (size_t n = 0; n < conv->n; ++n)
        for (size_t p = 0; p < out_h; ++p)
            for (size_t q = 0; q < out_w; ++q)
                for (size_t o = 0; o < conv->o; ++o, ++y) {
                    size_t group = o / (conv->o / at_least_one(conv->groups)), first = group * depth;
                    for (size_t i = 0; i < conv->kh; ++i)
                        for (size_t j = 0; j < conv->kw; ++j) {
                            size_t x;
                            if (x_at(conv, n, p, q, i, j, &x))
                                for (size_t c = 0; c < depth; ++c)
                                    visit(t, x + first + c, w_at(conv, i, o, j, c), y);
                        }
                }
}

static void visit_forward(const tensors *t, size_t x, size_t w, size_t y) {
    add(t->y, t->sum, y, t->x[x] * t->w[w]);
}

static void visit_grad_w(const tensors *t, size_t x, size_t w, size_t y) {
    add(t->dw, t->sum, w, t->x[x] * t->dy[y]);
}

static void visit_grad_x(const tensors *t, size_t x, size_t w, size_t y) {
    add(t->dx, t->sum, x, t->dy[y] * t->w[w]);
}

void ref_conv_forward(const tl_conv *conv, const double *x, const double *w, const double *b, double *y,
                      double *y_sum) {
    size_t elements = y_elements(conv);
    clear(elements, y);
    clear(elements, y_sum);
    for (size_t i = 0; b && i < elements; ++i)
        add(y, y_sum, i, b[i % conv->o]);
    walk(conv, visit_forward, &(tensors){.x = x, .w = w, .y = y, .sum = y_sum});
}

void ref_conv_grad_w(const tl_conv *conv, const double *x, const double *dy, double *dw, double *dw_sum, double *db,
                     double *db_sum) {
    size_t elements = ref_conv_weights(conv);
    clear(elements, dw);
    clear(elements, dw_sum);
    clear(conv->o, db);
    clear(conv->o, db_sum);
    for (size_t i = 0; db && i < y_elements(conv); ++i)
        add(db, db_sum, i % conv->o, dy[i]);
    walk(conv, visit_grad_w, &(tensors){.x = x, .dy = dy, .dw = dw, .sum = dw_sum});
}

void ref_conv_grad_x(const tl_conv *conv, const double *w, const double *dy, const double *mask, double *dx,
                     double *dx_sum) {
    size_t elements = (size_t)conv->n * conv->h * conv->w * conv->c;
    clear(elements, dx);
    clear(elements, dx_sum);
    walk(conv, visit_grad_x, &(tensors){.w = w, .dy = dy, .dx = dx, .sum = dx_sum});
    for (size_t i = 0; mask && i < elements; ++i)
        if (mask[i] <= 0)
            dx[i] = 0;
}

size_t ref_conv_terms(const tl_conv *conv, tl_pass pass) {
    if (pass == TL_FORWARD)
        return 1 + (size_t)conv->kh * conv->kw * ref_conv_depth(conv);
    if (pass == TL_GRAD_W)
        return conv->n * ref_conv_out_h(conv) * ref_conv_out_w(conv);
    return (size_t)conv->kh * conv->kw * (conv->o / at_least_one(conv->groups));
}
