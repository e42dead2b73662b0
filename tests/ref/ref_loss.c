/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ref/ref.h"
#include <math.h>

/*
 * Bounds, u = 2^-24, for one row of J classes. With d_j = z_j - max z, rounded: off by u |d_j|. e_j = exp(d_j), to 2
 * ulp: relative error u (|d_j| + 4). Their sum s: relative error u (D + 4 + J), D = sum over j of p_j |d_j|. So
 *     p_j = e_j / s         is off by  u p_j (|d_j| + D + J + 10)
 *     dz_j = (p_j - t) / N  is off by that / N, and 3 roundings of |p_j - t| / N
 *     log s                 is off by  u (D + J + 4) + 4 u |log s|
 *     loss                  is off by that, u |d_label|, and a rounding of |log s| + |d_label|;
 *                           the mean over N rows rounds N + 2 times more.
 * All of it is below terms * u * sum with terms = J + N + 12 and the sums below.
 */
size_t ref_loss_terms(const tl_rows *rows) {
    return (size_t)rows->classes + rows->n + 12;
}

double ref_softmax_cross_entropy(const tl_rows *rows, const double *z, const uint32_t *label, double *dz,
                                 double *loss_sum, double *dz_sum) {
    double loss = 0, total = 0, scale = 1.0 / rows->n;
    for (size_t n = 0; n < rows->n; ++n) {
        const double *row = z + n * rows->classes;
        double max = row[0], sum = 0, mean = 0;
        for (size_t j = 1; j < rows->classes; ++j)
            max = row[j] > max || isnan(row[j]) ? row[j] : max;
        for (size_t j = 0; j < rows->classes; ++j)
            sum += exp(row[j] - max);
        for (size_t j = 0; j < rows->classes; ++j)
            mean += exp(row[j] - max) / sum * fabs(row[j] - max);
        loss += scale * (log(sum) - (row[label[n]] - max));
        total += scale * (log(sum) + fabs(row[label[n]] - max) + mean + 1);
        for (size_t j = 0; j < rows->classes; ++j) {
            double p = exp(row[j] - max) / sum, target = j == label[n] ? 1 : 0;
            dz[n * rows->classes + j] = scale * (p - target);
            if (dz_sum)
                dz_sum[n * rows->classes + j] = scale * (p * (1 + fabs(row[j] - max) + mean) + fabs(p - target));
        }
    }
    if (loss_sum)
        *loss_sum = total;
    return loss;
}

/* A difference is rounded once, its square's sum once a term; then parts and the mean: 1/n and a product. */
size_t ref_mse_terms(size_t n) {
    size_t part = n / 64 + 1 < 32 ? 32 : n / 64 + 1;
    return (part > 1024 ? 1024 : part) + n / 1024 + 64 + 6;
}

double ref_mse(size_t n, const double *y, const double *target, double *dy, double *loss_sum, double *dy_sum) {
    double loss = 0;
    for (size_t i = 0; i < n; ++i) {
        double d = y[i] - target[i];
        loss += d * d / (double)n;
        dy[i] = 2 / (double)n * d;
        dy_sum[i] = fabs(dy[i]);
    }
    *loss_sum = loss;
    return loss;
}
