/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ref/ref_channels.h"
#include <math.h>

void ref_global_avg_pool_forward(const tl_global_pool *pool, const double *x, double *y, double *y_sum) {
    size_t pixels = (size_t)pool->h * pool->w, c = pool->c;
    for (size_t n = 0; n < pool->n; ++n) {
        for (size_t k = 0; k < c; ++k) {
            double sum = 0, absolute = 0;
            for (size_t p = 0; p < pixels; ++p) {
                sum += x[(n * pixels + p) * c + k];
                absolute += fabs(x[(n * pixels + p) * c + k]);
            }
            y[n * c + k] = sum / (double)pixels;
            if (y_sum)
                y_sum[n * c + k] = absolute / (double)pixels;
        }
    }
}

void ref_global_avg_pool_grad_x(const tl_global_pool *pool, const double *dy, double *dx, double *dx_sum) {
    size_t pixels = (size_t)pool->h * pool->w, c = pool->c;
    for (size_t i = 0; i < pool->n * pixels * c; ++i) {
        dx[i] = dy[i / (pixels * c) * c + i % c] / (double)pixels;
        if (dx_sum)
            dx_sum[i] = fabs(dx[i]);
    }
}

size_t ref_batch_norm_pixels(const tl_batch_norm *norm) {
    return (size_t)norm->n * norm->h * norm->w;
}

/*
 * The sums hold for sums of d = x - x[0] and of d^2 in single precision. An error e of the variance changes rstd by
 * rstd * e / (var + eps) / 2.
 */
void ref_batch_norm_forward(const tl_batch_norm *norm, const double *x, const double *parameters, double *state,
                            double *y, double *state_sum, double *y_sum) {
    size_t c = norm->c, pixels = ref_batch_norm_pixels(norm);
    double m = (double)pixels, unbiased = m / (m - norm->correction), momentum = (double)norm->momentum;
    for (size_t k = 0; k < c; ++k) {
        double sum = 0, distance = 0, squares = 0, var = 0;
        for (size_t p = 0; p < pixels; ++p) {
            double d = x[p * c + k] - x[k];
            sum += x[p * c + k];
            distance += fabs(d) / m;
            squares += d * d / m;
        }
        double mean = sum / m;
        for (size_t p = 0; p < pixels; ++p)
            var += (x[p * c + k] - mean) * (x[p * c + k] - mean) / m;
        double rstd = 1 / sqrt(var + (double)norm->eps), a = parameters[k] * rstd;
        double mean_sum = fabs(mean) + fabs(x[k]) + distance;
        double rstd_off = 1 + squares / (var + (double)norm->eps); /* of rstd, relative */
        double *running_mean = &state[k], *running_var = &state[c + k];
        if (state_sum) {
            state_sum[k] = momentum * fabs(*running_mean) + (1 - momentum) * mean_sum;
            state_sum[c + k] = momentum * fabs(*running_var) + (1 - momentum) * unbiased * 2 * squares;
            state_sum[2 * c + k] = mean_sum;
            state_sum[3 * c + k] = rstd * rstd_off;
        }
        *running_mean = momentum * *running_mean + (1 - momentum) * mean;
        *running_var = momentum * *running_var + (1 - momentum) * var * unbiased;
        state[2 * c + k] = mean;
        state[3 * c + k] = rstd;
        for (size_t p = 0; p < pixels; ++p) {
            double at = x[p * c + k];
            y[p * c + k] = parameters[c + k] + a * (at - mean);
            if (y_sum)
                y_sum[p * c + k] =
                    fabs(a) * (fabs(at) + mean_sum + fabs(at - mean) * rstd_off) + fabs(parameters[c + k]);
        }
    }
}

void ref_batch_norm_grad(const tl_batch_norm *norm, const double *x, const double *dy, double *vectors, double *dx,
                         double *vectors_sum, double *dx_sum) {
    size_t c = norm->c, pixels = ref_batch_norm_pixels(norm);
    double m = (double)pixels;
    for (size_t k = 0; k < c; ++k) {
        double gamma = vectors[k], mean = vectors[c + k], rstd = vectors[2 * c + k];
        double dgamma = 0, dbeta = 0, dgamma_sum = 0, dbeta_sum = 0;
        for (size_t p = 0; p < pixels; ++p) {
            double g = dy[p * c + k], d = x[p * c + k] - mean;
            dbeta += g;
            dgamma += d * rstd * g;
            dbeta_sum += fabs(g);
            dgamma_sum += fabs(d * rstd * g);
        }
        vectors[3 * c + k] = dgamma;
        vectors[4 * c + k] = dbeta;
        if (vectors_sum) {
            vectors_sum[3 * c + k] = dgamma_sum;
            vectors_sum[4 * c + k] = dbeta_sum;
        }
        for (size_t p = 0; dx && p < pixels; ++p) {
            double g = dy[p * c + k], at = x[p * c + k];
            dx[p * c + k] = gamma * rstd * (g - dbeta / m - (at - mean) * rstd * dgamma / m);
            if (dx_sum)
                dx_sum[p * c + k] = fabs(gamma * rstd) *
                                    (fabs(g) + 2 * dbeta_sum / m + (fabs(at) + fabs(mean)) * rstd * 2 * dgamma_sum / m);
        }
    }
}

void ref_batch_norm_frozen_forward(const tl_batch_norm *norm, const double *x, const double *parameters, double *y,
                                   double *y_sum) {
    size_t c = norm->c;
    for (size_t i = 0; i < ref_batch_norm_pixels(norm) * c; ++i) {
        size_t k = i % c;
        double gamma = parameters[k], beta = parameters[c + k], mean = parameters[2 * c + k];
        double a = gamma / sqrt(parameters[3 * c + k] + (double)norm->eps);
        y[i] = a * (x[i] - mean) + beta;
        if (y_sum)
            y_sum[i] = fabs(a) * (fabs(x[i]) + fabs(mean)) + fabs(beta);
    }
}

void ref_batch_norm_frozen_grad_w(const tl_batch_norm *norm, const double *x, const double *dy, double *vectors,
                                  double *vectors_sum) {
    size_t c = norm->c;
    for (size_t k = 0; k < c; ++k) {
        double rstd = 1 / sqrt(vectors[c + k] + (double)norm->eps), dgamma = 0, dbeta = 0, dgamma_sum = 0,
               dbeta_sum = 0;
        for (size_t p = 0; p < ref_batch_norm_pixels(norm); ++p) {
            double g = dy[p * c + k], d = (x[p * c + k] - vectors[k]) * rstd;
            dbeta += g;
            dgamma += d * g;
            dbeta_sum += fabs(g);
            dgamma_sum += fabs(d * g);
        }
        vectors[2 * c + k] = dgamma;
        vectors[3 * c + k] = dbeta;
        if (vectors_sum) {
            vectors_sum[2 * c + k] = dgamma_sum;
            vectors_sum[3 * c + k] = dbeta_sum;
        }
    }
}

void ref_batch_norm_frozen_grad_x(const tl_batch_norm *norm, const double *dy, const double *vectors, double *dx) {
    size_t c = norm->c;
    for (size_t i = 0; i < ref_batch_norm_pixels(norm) * c; ++i)
        dx[i] = dy[i] * vectors[i % c] / sqrt(vectors[c + i % c] + (double)norm->eps);
}
