/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is tuned: a problem is one pass of one layer with its sizes and what is fused into it; a plan is how it runs.
 * Both have a canonical text of one line, the same for equal ones: what wisdom and plan files hold.
 *
 *     conv grad_x x=1x32x32x16 o=16 k=3x3 pad=1x1x1x1 mask=relu
 *     kernel=tl_mm_f32_pulp_4x5 tile=8x32x16x16 block=4x5 slices=1 buffers=2 by=rows strides=64x4x64x4
 */
#ifndef TL_PLAN_PROBLEM_H
#define TL_PLAN_PROBLEM_H

#include "tl/batch_norm.h"
#include "tl/conv.h"
#include "tl/depthwise.h"
#include "tl/global_pool.h"
#include "tl/linear.h"
#include "tl/linear_one.h"
#include "tl/loss.h"
#include "tl/pool.h"
#include <stdbool.h>

typedef enum step_op {
    STEP_CONV,
    STEP_LINEAR,
    STEP_LINEAR_ONE, /* batch 1, through which W streams */
    STEP_DEPTHWISE,
    STEP_MAX_POOL,
    STEP_AVG_POOL,
    STEP_AVG_POOL_PADDED,
    STEP_GLOBAL_POOL,
    STEP_BATCH_NORM,
    STEP_BATCH_NORM_FROZEN,
    STEP_RELU, /* from here to STEP_ADD: element by element */
    STEP_RELU6,
    STEP_LEAKY_RELU,
    STEP_SIGMOID,
    STEP_TANH,
    STEP_ADD,
    STEP_CROSS_ENTROPY,
    STEP_MSE,
    STEP_OPTIMISER, /* apart from any layer: the rule is that of the problem */
    STEP_OPS
} step_op;

typedef enum step_pass {
    STEP_FORWARD,
    STEP_GRAD_W, /* with an update rule: the optimiser's step in the place of storing the gradient */
    STEP_GRAD_X,
    STEP_STEP, /* dx and update in one: linear_one */
    STEP_PASSES
} step_pass;

typedef enum step_epilogue {
    STEP_PLAIN,
    STEP_WITH_RELU,
    STEP_WITH_RELU6,
    STEP_WITH_ADD,
    STEP_WITH_ADD_RELU,
    STEP_EPILOGUES
} step_epilogue;

typedef enum step_mask { STEP_NO_MASK, STEP_MASK_RELU, STEP_MASK_RELU6, STEP_MASKS } step_mask;
typedef enum step_update { STEP_NO_UPDATE, STEP_SGD, STEP_MOMENTUM, STEP_ADAM, STEP_UPDATES } step_update;

typedef struct step_problem {
    step_op op;
    step_pass pass;
    step_epilogue epilogue; /* forward: what y goes through */
    step_mask mask;         /* grad_x: of which dx is the masked gradient */
    step_update update;     /* grad_w, step: the optimiser */
    union {
        tl_conv conv;
        tl_linear linear; /* linear, linear_one */
        tl_depthwise depthwise;
        tl_pool pool; /* max_pool, avg_pool, avg_pool_padded */
        tl_global_pool global_pool;
        tl_batch_norm norm; /* batch_norm, batch_norm_frozen */
        tl_rows rows;       /* cross_entropy */
        uint32_t elements;  /* element by element: relu to add, mse, optimiser */
    } size;
} step_problem;

typedef enum step_plan_kind {
    STEP_PLAN_NONE, /* losses: nothing is to be chosen */
    STEP_PLAN_MM,
    STEP_PLAN_PLANES,
    STEP_PLAN_WINDOW,
    STEP_PLAN_CHANNELS,
    STEP_PLAN_STREAM,
    STEP_PLAN_MAP
} step_plan_kind;

typedef struct step_plan {
    step_plan_kind kind;
    union {
        tl_mm_plan mm;
        tl_planes_plan planes;
        tl_window_plan window;
        tl_channels_plan channels;
        tl_stream_plan stream;
        tl_map_plan map;
    } of;
} step_plan;

extern const char *const step_op_names[STEP_OPS], *const step_pass_names[STEP_PASSES];
extern const char *const step_epilogue_names[STEP_EPILOGUES], *const step_mask_names[STEP_MASKS];
extern const char *const step_update_names[STEP_UPDATES];

/* Which kind of plan this op's steps have. */
step_plan_kind step_plan_kind_of(step_op op);
/* Whether the op has the pass, and the pass what is fused into it. If not, `why` holds a clause: "relu has no grad_w".
 */
bool step_problem_has_pass(const step_problem *problem, char *why, size_t room);
/* Multiply-accumulates; 0 for what is not made of them. */
uint64_t step_problem_macs(const step_problem *problem);
/* A kernel's number (src/kernel/mm.h) by its function or name; tl_mm_count + tl_mm_fixed_count: there is none. */
uint32_t step_kernel_number(tl_mm_kernel_f32 *kernel);
uint32_t step_kernel_named(const char *name);

enum { STEP_TEXT = 256 }; /* bytes that hold any problem's or plan's line */

/* As snprintf writes: returns the length, whatever the room. */
size_t problem_write(const step_problem *problem, char *text, size_t room);
size_t plan_write(const step_plan *plan, char *text, size_t room);

/*
 * Reads such a line: keys in any order, each once at the most; "k=3" is short for "k=3x3"; "pad=same" as in TensorFlow.
 * False: `why` holds a clause about the first thing that is wrong, and *problem or *plan is as it was.
 */
bool problem_read(const char *text, step_problem *problem, char *why, size_t room);
bool plan_read(const char *text, step_plan_kind kind, step_plan *plan, char *why, size_t room);

/* Whether the plan can run the problem in so many bytes of L1: TL_OK, TL_BAD_SIZES or TL_BAD_PLAN. */
tl_status step_supported(const step_problem *problem, const step_plan *plan, uint32_t l1_bytes);
/* The library's own choice: by tl_<op>_plan, and for matmuls tl_<op>_plan_fixed. */
tl_status step_default_plan(const step_problem *problem, uint32_t l1_bytes, step_plan *plan);

#endif
