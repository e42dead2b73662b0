/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax cross-entropy of a row against double precision. */
#include "src/kernel/rows.h"
#include "tests/harness/draw.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { CLASSES = 33, SEED = 17 };

static void check(uint32_t classes, uint32_t label, float scale, const float *z, float loss, const float *dz) {
    double max = z[0], sum = 0;
    for (uint32_t j = 0; j < classes; j++)
        max = fmax(max, z[j]);
    for (uint32_t j = 0; j < classes; j++)
        sum += exp((double)z[j] - max);
    const double expected = log(sum) - ((double)z[label] - max);
    /* exp of a rounded z - max: 1.02 ulp, and the difference's rounding, which grows with the difference. */
    double largest = 1;
    for (uint32_t j = 0; j < classes; j++)
        largest = fmax(largest, max - (double)z[j]);
    const double e = (2.1 + largest + classes) * 0x1p-24;
    assert_true(fabs((double)loss - expected) <= e + 4 * 0x1p-24 * (log(sum) + max - (double)z[label]));
    for (uint32_t j = 0; j < classes; j++) {
        const double softmax = exp((double)z[j] - max) / sum;
        const double difference = softmax - (j == label ? 1 : 0);
        const double bound = (2 * e * softmax + 4 * 0x1p-24 * (fabs(difference) + softmax)) * fabs((double)scale);
        assert_true(fabs((double)dz[j] - (double)scale * difference) <= bound + 0x1p-140);
    }
}

static void test_random(void **state) {
    (void)state;
    for (uint32_t classes = 1; classes <= CLASSES; classes++) {
        for (uint32_t number = 0; number < 50; number++) {
            draw d = {SEED, classes * 50 + number, 0};
            float z[CLASSES], dz[CLASSES + 1];
            const float spread = number % 2 ? 30.0f : 3.0f;
            for (uint32_t j = 0; j < classes; j++)
                z[j] = spread * draw_value(&d);
            const uint32_t label = draw_below(&d, classes);
            const float scale = number % 3 ? 0.125f : 1.0f;
            dz[classes] = 77.0f;
            const float loss = tl_softmax_cross_entropy_f32(classes, z, label, scale, dz);
            assert_true(dz[classes] == 77.0f);
            check(classes, label, scale, z, loss, dz);
            /* In place: the same bits. */
            float zz[CLASSES];
            memcpy(zz, z, sizeof zz);
            const float again = tl_softmax_cross_entropy_f32(classes, zz, label, scale, zz);
            assert_true(memcmp(&again, &loss, sizeof loss) == 0);
            assert_true(memcmp(zz, dz, classes * sizeof *dz) == 0);
        }
    }
}

static void test_extreme(void **state) {
    (void)state;
    float dz[3];
    const float far[3] = {3e38f, -3e38f, 0.0f};
    const float loss = tl_softmax_cross_entropy_f32(3, far, 0, 1.0f, dz);
    assert_true(loss == 0.0f && dz[0] == 0.0f && dz[1] == 0.0f && dz[2] == 0.0f);
    const float nan[3] = {1.0f, NAN, 2.0f};
    assert_true(isnan(tl_softmax_cross_entropy_f32(3, nan, 0, 1.0f, dz)));
    assert_true(isnan(dz[0]) && isnan(dz[1]) && isnan(dz[2]));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random), cmocka_unit_test(test_extreme)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
