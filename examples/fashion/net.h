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

#include "tl/optim.h"
#include "tl/project.h"

/* Sizes in elements; *_W and *_B are offsets among the parameters. */
enum {
    FASHION_INPUTS = 28 * 28,
    FASHION_CLASSES = 10,
    FASHION_CONV1_OUT = 16 * 16 * 8,
    FASHION_POOL1_OUT = 8 * 8 * 8,
    FASHION_CONV2_OUT = 8 * 8 * 16,
    FASHION_POOL2_OUT = 4 * 4 * 16,
    FASHION_CONV1_W = 0,
    FASHION_CONV1_B = FASHION_CONV1_W + 4 * 4 * 1 * 8,
    FASHION_CONV2_W = FASHION_CONV1_B + 8,
    FASHION_CONV2_B = FASHION_CONV2_W + 3 * 3 * 8 * 16,
    FASHION_LINEAR_W = FASHION_CONV2_B + 16,
    FASHION_LINEAR_B = FASHION_LINEAR_W + 256 * 10,
    FASHION_PARAMS = FASHION_LINEAR_B + 10,
    FASHION_CONV1_MACS = FASHION_CONV1_OUT * 4 * 4 * 1,
    FASHION_CONV2_MACS = FASHION_CONV2_OUT * 3 * 3 * 8,
    FASHION_LINEAR_MACS = 256 * 10,
};

/* Of L1, for what goes between a convolution and its pooling. */
enum { FASHION_HANDOVER_BYTES = 4 * FASHION_CONV1_OUT };

/* The most cores or threads that may run it. */
enum { FASHION_TEAM = 64 };

/* What a core plays in a step. */
typedef struct fashion_tape {
    const void *forward, *loss, *backward;
} fashion_tape;

/* All of the network's memory. */
typedef struct fashion_net {
    float params[FASHION_PARAMS], velocity[FASHION_PARAMS], grads[FASHION_PARAMS];
    float pool1[FASHION_POOL1_OUT], pool2[FASHION_POOL2_OUT], logits[FASHION_CLASSES];
    float d_pool1[FASHION_POOL1_OUT], d_conv2[FASHION_CONV2_OUT], d_pool2[FASHION_POOL2_OUT], d_logits[FASHION_CLASSES];
    uint8_t arg1[FASHION_POOL1_OUT], arg2[FASHION_POOL2_OUT];
    uint32_t label;
    float loss;
    uint32_t predicted;
    tl_sgd sgd;
    /* The tapes, and for which team, plan and input they hold. */
    fashion_tape tape[FASHION_TEAM];
    tl_shared *shared;
    const float *x;
    uint32_t cores, plan;
} fashion_net;

extern const tl_project fashion_project;

#endif
