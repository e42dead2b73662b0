/* SPDX-License-Identifier: Apache-2.0 */
/* Optimisers: n >= 1 parameters at once, all layers' if they stand together. */
#ifndef TL_OPTIM_H
#define TL_OPTIM_H

#include "tl/plan.h"
#include "tl/team.h"

typedef struct tl_sgd {
    float rate, momentum;
} tl_sgd;

/* SGD with momentum: v = momentum * v + g, w = w - rate * v, each one fused multiply-add. *sgd is read when the step is
 * carried out: a tape sees later changes of the rate. */
void tl_sgd_step_f32(const tl_team *team, const tl_map_plan *plan, const tl_sgd *sgd, uint32_t n, const float *g,
                     float *w, float *v);

#endif
