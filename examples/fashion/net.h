/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The demo's network: 28x28 grey images, 10 classes, batch 1, FP32.
 *
 *     conv1 4x4, 1 -> 8, stride 2, pad 3, ReLU   16x16x8     max pool 2x2   8x8x8
 *     conv2 3x3, 8 -> 16, pad 1, ReLU            8x8x16      max pool 2x2   4x4x16
 *     linear 256 -> 10, softmax cross-entropy; SGD with momentum
 */
#ifndef FASHION_NET_H
#define FASHION_NET_H

#include "include/tl/project.h"

extern const tl_project fashion_project;

#endif
