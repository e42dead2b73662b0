/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

bool harness_near(const char *name, uint32_t n, const float *y, const double *expected, const double *sum, double c,
                  char *message, size_t bytes) {
    const double u = 0x1p-24, smallest = 0x1p-149;
    double worst = 1;
    uint32_t at = n;
    for (uint32_t i = 0; i < n; ++i) {
        double value = (double)y[i], excess;
        if (isfinite(value) && isfinite(expected[i])) {
            double allowed = c * u / (1 - c * u) * sum[i] + c * smallest;
            excess = fabs(value - expected[i]) / allowed;
        } else {
            excess = value == expected[i] || (isnan(value) && isnan(expected[i])) ? 0 : INFINITY;
        }
        if (excess > worst) {
            worst = excess;
            at = i;
        }
    }
    if (at == n)
        return true;
    snprintf(message, bytes, "%s[%u] is %.9g, should be %.9g: %.3g times the error allowed", name, at, (double)y[at],
             expected[at], worst);
    return false;
}

bool harness_same(const char *name, uint32_t n, const float *a, const float *b, char *message, size_t bytes) {
    for (uint32_t i = 0; i < n; ++i) {
        if (memcmp(&a[i], &b[i], 4) != 0 && !(isnan(a[i]) && isnan(b[i]))) {
            snprintf(message, bytes, "%s[%u] is %.9g (%a), should be %.9g (%a)", name, i, (double)a[i], (double)a[i],
                     (double)b[i], (double)b[i]);
            return false;
        }
    }
    return true;
}
