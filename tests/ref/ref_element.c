/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ref/ref.h"
#include <math.h>

void ref_relu_forward(size_t n, const double *x, double *y) {
    for (size_t i = 0; i < n; ++i)
        y[i] = x[i] > 0 || isnan(x[i]) ? x[i] : 0;
}

void ref_relu_grad_x(size_t n, const double *x, const double *dy, double *dx) {
    for (size_t i = 0; i < n; ++i)
        dx[i] = x[i] <= 0 ? 0 : dy[i];
}

void ref_relu6_forward(size_t n, const double *x, double *y) {
    for (size_t i = 0; i < n; ++i)
        y[i] = isnan(x[i]) ? x[i] : fmin(fmax(x[i], 0), 6);
}

void ref_relu6_grad_x(size_t n, const double *x, const double *dy, double *dx) {
    for (size_t i = 0; i < n; ++i)
        dx[i] = x[i] > 0 && x[i] < 6 ? dy[i] : 0;
}

void ref_leaky_relu_forward(size_t n, double alpha, const double *x, double *y) {
    for (size_t i = 0; i < n; ++i)
        y[i] = x[i] > 0 ? x[i] : alpha * x[i];
}

void ref_leaky_relu_grad_x(size_t n, double alpha, const double *x, const double *dy, double *dx) {
    for (size_t i = 0; i < n; ++i)
        dx[i] = x[i] > 0 ? dy[i] : alpha * dy[i];
}

void ref_sigmoid_forward(size_t n, const double *x, double *y) {
    for (size_t i = 0; i < n; ++i)
        y[i] = 1 / (1 + exp(-x[i]));
}

void ref_sigmoid_grad_x(size_t n, const double *y, const double *dy, double *dx) {
    for (size_t i = 0; i < n; ++i)
        dx[i] = dy[i] * y[i] * (1 - y[i]);
}

void ref_tanh_forward(size_t n, const double *x, double *y) {
    for (size_t i = 0; i < n; ++i)
        y[i] = tanh(x[i]);
}

void ref_tanh_grad_x(size_t n, const double *y, const double *dy, double *dx) {
    for (size_t i = 0; i < n; ++i)
        dx[i] = dy[i] * (1 - y[i] * y[i]);
}

void ref_add_forward(size_t n, const double *a, const double *b, double *y, double *y_sum) {
    for (size_t i = 0; i < n; ++i) {
        y[i] = a[i] + b[i];
        y_sum[i] = fabs(a[i]) + fabs(b[i]);
    }
}
