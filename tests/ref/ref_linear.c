/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ref/ref.h"
#include <math.h>

void ref_linear_forward(const tl_linear *linear, const double *x, const double *w, const double *b, double *y,
                        double *y_sum) {
    for (size_t n = 0; n < linear->n; ++n) {
        for (size_t o = 0; o < linear->o; ++o) {
            double value = b ? b[o] : 0, sum = fabs(value);
            for (size_t k = 0; k < linear->k; ++k) {
                double product = x[n * linear->k + k] * w[o * linear->k + k];
                value += product;
                sum += fabs(product);
            }
            y[n * linear->o + o] = value;
            if (y_sum)
                y_sum[n * linear->o + o] = sum;
        }
    }
}

void ref_linear_grad_w(const tl_linear *linear, const double *x, const double *dy, double *dw, double *dw_sum,
                       double *db, double *db_sum) {
    for (size_t o = 0; o < linear->o; ++o) {
        for (size_t k = 0; k < linear->k; ++k) {
            double value = 0, sum = 0;
            for (size_t n = 0; n < linear->n; ++n) {
                double product = dy[n * linear->o + o] * x[n * linear->k + k];
                value += product;
                sum += fabs(product);
            }
            dw[o * linear->k + k] = value;
            if (dw_sum)
                dw_sum[o * linear->k + k] = sum;
        }
        double value = 0, sum = 0;
        for (size_t n = 0; n < linear->n; ++n) {
            value += dy[n * linear->o + o];
            sum += fabs(dy[n * linear->o + o]);
        }
        if (db)
            db[o] = value;
        if (db_sum)
            db_sum[o] = sum;
    }
}

void ref_linear_grad_x(const tl_linear *linear, const double *w, const double *dy, const double *mask, double *dx,
                       double *dx_sum) {
    for (size_t n = 0; n < linear->n; ++n) {
        for (size_t k = 0; k < linear->k; ++k) {
            double value = 0, sum = 0;
            for (size_t o = 0; o < linear->o; ++o) {
                double product = dy[n * linear->o + o] * w[o * linear->k + k];
                value += product;
                sum += fabs(product);
            }
            dx[n * linear->k + k] = mask && mask[n * linear->k + k] <= 0 ? 0 : value;
            if (dx_sum)
                dx_sum[n * linear->k + k] = sum;
        }
    }
}

size_t ref_linear_terms(const tl_linear *linear, tl_pass pass) {
    if (pass == TL_FORWARD)
        return (size_t)linear->k + 1;
    return pass == TL_GRAD_W ? linear->n : linear->o;
}
