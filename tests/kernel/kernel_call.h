/* SPDX-License-Identifier: Apache-2.0 */
/* One call of a kernel that is not a matmul, told alike to host and cluster: its operands are places in one buffer. */
#ifndef TL_TESTS_KERNEL_CALL_H
#define TL_TESTS_KERNEL_CALL_H

#include "src/kernel/window.h"
#include <stdint.h>

enum { KERNEL_CALL_WORDS = 8192 };

typedef enum kernel_call_kind {
    CALL_RELU6,
    CALL_RELU,
    CALL_RELU_GRAD,
    CALL_SGD,
    CALL_SGD_DECAY,
    CALL_SGD_PLAIN,
    CALL_SGD_PLAIN_DECAY,
    CALL_ADAM,
    CALL_SQUARED_ERROR, /* its sum stands behind dy */
    CALL_SUM,
    CALL_FILL,
    CALL_MAX_POOL,
    CALL_MAX_POOL_GRAD,
    CALL_MAX_POOL_SPREAD, /* dy, dx, arg; the window's count, channels and row_pitch */
    CALL_LOSS,            /* the loss goes to at[1] */
    CALL_EXP,
    CALL_LOG,
    /* n x label, W, x, dy, y; init is NULL, y or what stands 256 words behind it, as parts is 0, 1 or 2. */
    CALL_MATVEC,
    CALL_MATVEC_T,
    CALL_OUTER,
    CALL_MATVEC_OUTER,
    CALL_OUTER_DECAY, /* with the optimiser's state behind x and dy */
    CALL_BOTH_DECAY,
    CALL_OUTER_MOMENTUM,
    CALL_BOTH_MOMENTUM,
    CALL_OUTER_MOMENTUM_DECAY,
    CALL_BOTH_MOMENTUM_DECAY,
    CALL_OUTER_ADAM,
    CALL_BOTH_ADAM,
    CALL_KINDS
} kernel_call_kind;

typedef struct kernel_call {
    uint32_t kind; /* a kernel_call_kind */
    uint32_t n, parts, pitch, label;
    float scale, momentum, decay;
    tl_pool_window window;
    tl_pool_gather gather;
    uint32_t at[4]; /* words */
    uint32_t data[KERNEL_CALL_WORDS];
} kernel_call;

void kernel_call_run(kernel_call *call);

#endif
