/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Optimisers: n >= 1 parameters at once, all layers' if they stand together. Element-wise, so the same bits for any
 * team and any tile. Settings are read when a step is carried out: a tape sees later changes, of the rate, say.
 */
#ifndef TL_OPTIM_H
#define TL_OPTIM_H

#include "tl/plan.h"
#include "tl/team.h"

typedef struct tl_sgd {
    float rate, momentum, decay;
} tl_sgd;

/*
 * Stochastic gradient descent:
 *
 *     g' = decay * w + g        (g where decay is 0)
 *     v  = momentum * v + g'    (without v: plain SGD, v = g' and momentum is not looked at)
 *     w  = w - rate * v
 *
 * Each line is one fused multiply-add. v may be NULL. g is not changed.
 */
void tl_sgd_step_f32(const tl_team *team, const tl_map_plan *plan, const tl_sgd *sgd, uint32_t n, const float *g,
                     float *w, float *v);

/* Usual: 0.001, 0.9, 0.999, 1e-8, 0. 0 <= beta < 1. A decay other than 0 makes it AdamW. */
typedef struct tl_adam {
    float rate, beta1, beta2, epsilon, decay;
} tl_adam;

/* What all parameters have in common in step number t; worked out once a step. */
typedef struct tl_adam_numbers {
    float rest1, rest2; /* 1 - beta1, 1 - beta2 */
    float scale;        /* 1 / sqrt(1 - beta2^t) */
    float size;         /* rate / (1 - beta1^t) */
    float keep;         /* 1 - rate * decay */
    float epsilon;
} tl_adam_numbers;

/* All zeros: before the first step. Changed by tl_adam_begin_f32 only. */
typedef struct tl_adam_state {
    tl_adam_numbers numbers;
    float power1[2], power2[2]; /* beta1^t and beta2^t, each the sum of two floats */
    uint32_t steps;             /* t */
} tl_adam_state;

/* Begins the next step, once for all parameters: counts t up and works out its numbers, to 4 ulp each. */
void tl_adam_begin_f32(const tl_team *team, const tl_adam *adam, tl_adam_state *state);

/*
 * Adam, with corrected bias and decoupled weight decay, in the step that tl_adam_begin_f32 has begun:
 *
 *     m = m + (1 - beta1) * (g - m)
 *     v = v + (1 - beta2) * (g * g - v)
 *     w = (1 - rate * decay) * w - rate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
 *
 * m and v are zeros before the first step. Each line is a chain of rounded operations in a fixed order: two for m, two
 * for v, five for w (square root and division correctly rounded).
 */
void tl_adam_step_f32(const tl_team *team, const tl_map_plan *plan, const tl_adam_state *state, uint32_t n,
                      const float *g, float *w, float *m, float *v);

#endif
