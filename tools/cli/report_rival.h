/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixed plans for all matmul steps alike, which a tuner competes with: one kernel, one way to share the work out, so
 * many buffers, and the largest tile that fits.
 */
#ifndef TL_CLI_REPORT_RIVAL_H
#define TL_CLI_REPORT_RIVAL_H

#include "tools/plan/problem.h"

typedef struct rival {
    uint32_t kernel;          /* its number */
    uint8_t block_m, block_n; /* 0: the kernel's; else another kernel of such blocks, and of any strides, will run */
    uint8_t buffers, by_columns;
} rival;

/* The two baselines (bench/baselines.h): no tuning at all. */
rival rival_naive(void);
rival rival_one_size(void);

/* How many there are, and the one of a number. */
uint32_t rival_count(void);
rival rival_numbered(uint32_t number);
/* "tl_mm_f32_pulp_4x5, by rows, 2 buffers", as snprintf writes. */
size_t rival_name(const rival *r, char *text, size_t room);

/*
 * The rival's plan of a step that is a matmul: of the tiles that fit, the one with the most multiply-accumulates; of as
 * many, the one of more channels. With one buffer where two do not fit. False: there is none (its kernel cannot reach
 * so far, or the step is no matmul).
 */
bool rival_plan(const rival *r, const step_problem *problem, uint32_t l1_bytes, step_plan *plan);

/*
 * What a fixed plan has to do for a problem, as who has one matmul for everything does it: one to RIVAL_PARTS steps.
 * A linear layer at batch 1 is a matmul like others; where it is updated, gradient, optimiser and dx are steps of their
 * own. A depthwise convolution is a convolution of as many groups as channels. 0: there is no matmul in it.
 */
enum { RIVAL_PARTS = 3 };
uint32_t rival_parts(const step_problem *problem, step_problem *parts);

/* A plan whose tile is known, with the rival's kernel and way to share; false: it does not fit, or cannot be made. */
bool rival_with(const rival *r, const step_problem *problem, step_plan *plan);
/* The step as a convolution: a linear layer is that of an image of n x 1 pixels. */
tl_conv rival_conv(const step_problem *problem);

#endif
