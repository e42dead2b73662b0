/* SPDX-License-Identifier: Apache-2.0 */
/* A step as the library takes it through its tiles: for cost_*.c. */
#ifndef TL_COST_COST_PASS_H
#define TL_COST_COST_PASS_H

#include "src/op/conv_tiles.h"
#include "tools/cost/cost.h"

typedef struct cost_mm_pass {
    tl_conv linear; /* a linear layer as a convolution */
    tl_conv_pass pass;
} cost_mm_pass;

/* Points into `of`, which stays. */
tl_mm_pass *cost_begin_mm(cost_mm_pass *of, const step_problem *problem, const tl_mm_plan *plan);

#endif
