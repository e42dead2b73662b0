/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a finished gradient that is not wanted for itself: a sink is an optimiser (tl/optim.h) with the
 * parameters that the gradient is for, and what the optimiser keeps for each of them. All of these have the gradient's
 * layout.
 */
#ifndef TL_SINK_H
#define TL_SINK_H

#include "tl/optim.h"

/* The optimisers, by what they keep: nothing, v, m and v. */
typedef enum tl_rule { TL_RULE_SGD, TL_RULE_MOMENTUM, TL_RULE_ADAM } tl_rule;

/* Settings are read when a step is carried out, as those of the optimisers themselves. */
typedef struct tl_sink {
    const tl_sgd *sgd;         /* plain, or with momentum if v is set; NULL: Adam */
    const tl_adam_state *adam; /* whose tl_adam_begin_f32 came before; not looked at if sgd is set */
    float *w;
    float *v; /* SGD: the momentum, or NULL */
    float *m; /* Adam only */
} tl_sink;

static inline tl_rule tl_sink_rule(const tl_sink *sink) {
    return !sink->sgd ? TL_RULE_ADAM : sink->v ? TL_RULE_MOMENTUM : TL_RULE_SGD;
}

#endif
