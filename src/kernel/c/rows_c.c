/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/math.h"
#include "src/kernel/rows.h"

float tl_softmax_cross_entropy_f32(uint32_t classes, const float *z, uint32_t label, float scale, float *dz) {
    float max = z[0];
    for (uint32_t j = 1; j < classes; j++)
        max = z[j] > max ? z[j] : max;
    const float z_label = z[label];
    float sum = 0.0f;
    for (uint32_t j = 0; j < classes; j++) {
        dz[j] = tl_exp_f32(z[j] - max);
        sum += dz[j];
    }
    const float part = scale / sum;
    for (uint32_t j = 0; j < classes; j++)
        dz[j] *= part;
    dz[label] -= scale;
    return tl_log_f32(sum) - (z_label - max);
}
