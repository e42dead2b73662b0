/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kernel/kernel_call.h"
#include "src/base/math.h"
#include "src/kernel/element.h"
#include "src/kernel/matvec.h"
#include "src/kernel/rows.h"
#include "src/kernel/vector.h"
#include <stdbool.h>

static void run_matvec(const kernel_call *call, float **f) {
    static tl_matvec_kernel_f32 *const kernels[] = {tl_matvec_f32,
                                                    tl_matvec_t_f32,
                                                    tl_outer_f32,
                                                    tl_matvec_outer_f32,
                                                    tl_outer_decay_f32,
                                                    tl_both_decay_f32,
                                                    tl_outer_momentum_f32,
                                                    tl_both_momentum_f32,
                                                    tl_outer_momentum_decay_f32,
                                                    tl_both_momentum_decay_f32};
    const tl_sgd sgd = {call->scale, call->momentum, call->decay};
    const tl_adam_numbers adam = {call->momentum, call->decay, 3.0f, call->scale, 0.99f, 0x1p-20f};
    const uint32_t number = call->kind - CALL_MATVEC;
    const bool with_adam = call->kind >= CALL_OUTER_ADAM;
    const tl_matvec problem = {.w = f[0],
                               .pitch = 4 * (int32_t)call->pitch,
                               .rows = call->n,
                               .cols = call->label,
                               .x = f[1],
                               .dy = f[2],
                               .init = call->parts % 3 == 0 ? 0 : f[3] + (call->parts == 2 ? 256 : 0),
                               .y = f[call->parts == 3 ? 1 : 3],
                               /* Behind x and dy, which are 40 long at the most. */
                               .state = {f[1] + 48, f[2] + 48},
                               .options = with_adam ? (const void *)&adam : &sgd};
    (with_adam ? (number & 1 ? tl_both_adam_f32 : tl_outer_adam_f32) : kernels[number])(&problem);
}

void kernel_call_run(kernel_call *call) {
    float *f[4];
    for (int i = 0; i < 4; i++)
        f[i] = (float *)(void *)(call->data + call->at[i]);
    switch (call->kind) {
    case CALL_RELU6:
        tl_relu6_f32(call->n, f[0], f[1]);
        break;
    case CALL_RELU:
        tl_relu_f32(call->n, f[0], f[1]);
        break;
    case CALL_RELU_GRAD:
        tl_relu_grad_f32(call->n, f[0], f[1], f[2]);
        break;
    case CALL_SGD:
        tl_sgd_f32(call->n, call->scale, call->momentum, f[0], f[1], f[2]);
        break;
    case CALL_SGD_DECAY:
        tl_sgd_decay_f32(call->n, call->scale, call->momentum, call->decay, f[0], f[1], f[2]);
        break;
    case CALL_SGD_PLAIN:
        tl_sgd_plain_f32(call->n, call->scale, f[0], f[1]);
        break;
    case CALL_SGD_PLAIN_DECAY:
        tl_sgd_plain_decay_f32(call->n, call->scale, call->decay, f[0], f[1]);
        break;
    case CALL_ADAM: {
        const tl_adam_numbers numbers = {call->momentum, call->decay, 3.0f, call->scale, 0.99f, 0x1p-20f};
        tl_adam_f32(call->n, &numbers, f[0], f[1], f[2], f[3]);
        break;
    }
    case CALL_SQUARED_ERROR:
        f[2][call->n] = tl_squared_error_f32(call->n, call->scale, f[0], f[1], f[2]);
        break;
    case CALL_SUM:
        tl_sum_f32(call->n, call->parts, call->pitch, f[0], f[1]);
        break;
    case CALL_FILL:
        tl_fill_f32(call->n, call->scale, f[0]);
        break;
    case CALL_MAX_POOL:
        tl_max_pool_f32(&call->window, f[0], f[1], (uint8_t *)f[2]);
        break;
    case CALL_MAX_POOL_GRAD:
        tl_max_pool_grad_f32(&call->gather, f[0], (const uint8_t *)f[2], f[1]);
        break;
    case CALL_MAX_POOL_SPREAD: {
        const tl_pool_spread spread = {call->window.count, call->window.channels, call->window.row_pitch};
        tl_max_pool_spread_f32(&spread, f[0], (const uint8_t *)f[2], f[1]);
        break;
    }
    case CALL_LOSS:
        *f[1] = tl_softmax_cross_entropy_f32(call->n, f[0], call->label, call->scale, f[2]);
        break;
    case CALL_EXP:
        for (uint32_t i = 0; i < call->n; i++)
            f[1][i] = tl_exp_f32(f[0][i]);
        break;
    case CALL_LOG:
        for (uint32_t i = 0; i < call->n; i++)
            f[1][i] = tl_log_f32(f[0][i]);
        break;
    default:
        if (call->kind >= CALL_MATVEC)
            run_matvec(call, f);
        break;
    }
}
