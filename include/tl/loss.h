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

/* Neither NaN nor infinite. */
bool tl_is_finite_f32(float x);

#endif
