/* SPDX-License-Identifier: Apache-2.0 */
/* Losses. */
#ifndef TL_LOSS_H
#define TL_LOSS_H

#include "tl/status.h"
#include "tl/team.h"
#include <stdbool.h>

typedef struct tl_rows {
    uint16_t n, classes;
} tl_rows;

/*
 * Softmax cross-entropy on logits, mean over the batch. z and dz [N][classes], label [N].
 *
 *     loss = 1/N sum over n of (log(sum over j of exp(z[n][j] - max z[n])) - (z[n][label[n]] - max z[n]))
 *     dz[n][j] = (softmax(z[n])[j] - [j == label[n]]) / N
 *
 * Overwrites *loss and dz; the rows' losses are added in order. Errors: exp and log to 2 ulp (src/base/math.h), the
 * sums as chains of additions. TL_BAD_LABEL if a label is not below classes, TL_NOT_FINITE if the loss is not finite;
 * every core of the team returns the same.
 *
 * Written on a tape it returns TL_OK: whoever plays it looks at the labels before, and asks tl_is_finite_f32(*loss)
 * after.
 */
tl_status tl_softmax_cross_entropy_loss_f32(const tl_team *team, const tl_rows *rows, const float *z,
                                            const uint32_t *label, float *loss, float *dz);

/*
 * Mean squared error over n >= 1 elements. dy may be y.
 *
 *     loss  = 1/n sum over i of (y[i] - target[i])^2
 *     dy[i] = 2/n (y[i] - target[i])
 *
 * Overwrites *loss and dy. The sum is cut into parts by n alone (at most 64 of 32 elements and more, up to 1024 each,
 * then more parts), each a chain of fused multiply-adds, and these are added in order: |error of loss| <= (part +
 * parts + 4) * 2^-24 * loss to first order. dy is rounded three times. TL_BAD_SIZES if n is 0, TL_NOT_FINITE if the
 * loss is not finite. On a tape: as above.
 */
tl_status tl_mse_loss_f32(const tl_team *team, uint32_t n, const float *y, const float *target, float *loss, float *dy);

/* Neither NaN nor infinite. */
bool tl_is_finite_f32(float x);

#endif
