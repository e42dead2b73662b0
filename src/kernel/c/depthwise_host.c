/* SPDX-License-Identifier: Apache-2.0 */
/* On the cluster pulp/depthwise_pulp.S and pulp/depthwise_grad_pulp.S stand in for this file: the bits are those of the
 * loops for any kernel, as long as the sums run in the same order. */
#include "src/kernel/planes.h"

void tl_depthwise_3x3_f32(const tl_planes_conv *conv) {
    tl_depthwise_any_f32(conv);
}

void tl_depthwise_3x3_relu_f32(const tl_planes_conv *conv) {
    tl_depthwise_any_relu_f32(conv);
}

void tl_depthwise_3x3s2_f32(const tl_planes_conv *conv) {
    tl_depthwise_any_f32(conv);
}

void tl_depthwise_3x3s2_relu_f32(const tl_planes_conv *conv) {
    tl_depthwise_any_relu_f32(conv);
}

void tl_depthwise_grad_3x3_f32(const tl_planes_grad *grad) {
    tl_depthwise_grad_any_f32(grad);
}

void tl_depthwise_grad_3x3s2_f32(const tl_planes_grad *grad) {
    tl_depthwise_grad_any_f32(grad);
}
