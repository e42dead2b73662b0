/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ref/ref.h"
#include <math.h>

void ref_sgd_step(const tl_sgd *sgd, size_t n, const double *g, double *w, double *v, double *w_sum, double *v_sum) {
    double rate = (double)sgd->rate, momentum = v ? (double)sgd->momentum : 0, decay = (double)sgd->decay;
    for (size_t i = 0; i < n; ++i) {
        double before = v ? momentum * v[i] : 0, shrink = decay != 0 ? decay * w[i] : 0;
        double sum = fabs(before) + fabs(shrink) + fabs(g[i]), change = before + shrink + g[i];
        if (v_sum)
            v_sum[i] = sum;
        if (w_sum)
            w_sum[i] = fabs(w[i]) + fabs(rate) * sum;
        if (v)
            v[i] = change;
        w[i] = w[i] - rate * change;
    }
}

/*
 * Bounds, u = 2^-24. m and v: two roundings of terms whose absolute values are |m|, |1 - b| (|g| + |m|) and the like.
 * w: the errors of m and of v's root reach the quotient relatively; u * (4 ulp of each of the step's numbers, the
 * root's, the denominator's, the quotient's roundings) is 16 u of the quotient's size at the most, to which the errors
 * of m and v add 4 u m_sum / |m| and 2 u v_sum / v of it.
 */
void ref_adam_step(const tl_adam *adam, uint32_t t, size_t n, const double *g, double *w, double *m, double *v,
                   double *w_sum, double *m_sum, double *v_sum) {
    double rate = (double)adam->rate, beta1 = (double)adam->beta1, beta2 = (double)adam->beta2;
    double size = rate / (1 - pow(beta1, t)), scale = 1 / sqrt(1 - pow(beta2, t));
    double shrink = rate * (double)adam->decay;
    for (size_t i = 0; i < n; ++i) {
        double m_terms = fabs(m[i]) + fabs(1 - beta1) * (fabs(g[i]) + fabs(m[i]));
        double v_terms = fabs(v[i]) + fabs(1 - beta2) * (g[i] * g[i] + fabs(v[i]));
        m[i] = m[i] + (1 - beta1) * (g[i] - m[i]);
        v[i] = v[i] + (1 - beta2) * (g[i] * g[i] - v[i]);
        double root = sqrt(v[i]) * scale, below = root + (double)adam->epsilon;
        double quotient = m[i] / below, root_part = v[i] > 0 ? root / below * v_terms / v[i] : 0;
        w_sum[i] = fabs(w[i]) * (1 + fabs(shrink)) + size * (m_terms / below + fabs(quotient) * (4 + root_part));
        w[i] = w[i] - shrink * w[i] - size * quotient;
        m_sum[i] = m_terms;
        v_sum[i] = v_terms;
    }
}
