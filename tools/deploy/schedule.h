/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A training step as a list of calls of the library, each with its plan and with the buffers it reads and writes; how
 * long each buffer lives; and where it stands in L2.
 *
 * Backward by the chain rule: gradients of branches are summed, what nobody needs (the input's gradient, that of layers
 * below the first one that trains) is not computed. The gradient of a value is the one in front of its activation: the
 * mask is applied by who makes it. A linear layer at batch 1 is updated in the pass that makes its gradients; other
 * layers as schedule_updates says.
 */
#ifndef TL_DEPLOY_SCHEDULE_H
#define TL_DEPLOY_SCHEDULE_H

#include "tools/deploy/network.h"
#include "tools/plan/plan_file.h"

typedef enum schedule_updates {
    UPDATES_AUTO,  /* the first of these that fits */
    UPDATES_END,   /* behind all layers, over all parameters: gradients are kept (accumulation needs that) */
    UPDATES_LAYER, /* behind each layer's gradients */
    UPDATES_FUSED  /* convolutions and linear layers in the place of storing the gradient, others behind it */
} schedule_updates;

typedef struct schedule_options {
    net_loss loss;
    step_update optimizer; /* STEP_SGD, STEP_MOMENTUM, STEP_ADAM */
    schedule_updates updates;
    uint32_t accumulate;   /* steps whose gradients are added before an update; 1: each updates */
    float clip;            /* all gradients together are made no longer than this before an update; 0: any */
    bool keep_all;         /* every value and gradient has a place of its own, to be dumped (trainlib compare); none is
                              consumed by a fused update */
    bool recompute;        /* values may be computed again for the backward pass, where it does not fit otherwise */
    bool normalise;        /* the input is normalised on the device: what stands in the arena is, x is raw */
    bool target_given;     /* a loss of mse has a target of its own; else it is the input */
    bool tapes;            /* L2 should have room for short tapes (tl/tape.h) too, if that can be had */
    uint32_t l1_bytes;     /* for tiles */
    uint32_t l2_bytes;     /* for the parameters, the optimiser's state, the input, the arena and what is beside them */
    uint32_t beside_bytes; /* that a project has beside them (project_beside) */
    const plan_file *plan; /* NULL: the library's own plans */
    uint32_t fpus;         /* of the machine that cycles without a plan are predicted for; 0: one a core */
} schedule_options;

typedef enum buffer_kind {
    BUFFER_INPUT,      /* x: not in the arena */
    BUFFER_TARGET,     /* labels (uint32_t) or the loss's target (floats): not in the arena */
    BUFFER_NORMALISED, /* x, normalised in front of the first step that reads it */
    BUFFER_VALUE,      /* of value `of` */
    BUFFER_GRADIENT,   /* with respect to value `of` */
    BUFFER_PART,       /* a part of that, to be added */
    BUFFER_ARG,        /* bytes: where layer `of`'s maxima were */
    BUFFER_MEAN,       /* layer `of`'s batch statistics */
    BUFFER_RSTD,
    BUFFER_PARAM_GRADIENT /* with respect to the parameters from float `of` on */
} buffer_kind;

typedef struct schedule_buffer {
    buffer_kind kind;
    uint32_t of;
    uint32_t bytes;       /* a multiple of 8 */
    uint32_t first, last; /* steps from the one that writes it first to the one that reads it last */
    bool placed;          /* in the arena, at `offset`, a multiple of 8 */
    uint32_t offset;
} schedule_buffer;

typedef enum operand_kind {
    OPERAND_ABSENT, /* NULL */
    OPERAND_BUFFER, /* buffer `number`, from float `offset` on */
    OPERAND_PARAM,  /* the parameters, from float `offset` on */
    OPERAND_STATE   /* the optimiser's array `number` (momentum: v; Adam: m, v), from float `offset` on */
} operand_kind;
typedef struct operand {
    operand_kind kind;
    uint32_t number, offset;
} operand;

typedef enum schedule_part { PART_FORWARD, PART_LOSS, PART_BACKWARD, PART_UPDATE } schedule_part;

typedef struct schedule_step {
    char name[PLAN_NAME]; /* the layer's; "loss"; "update"; "sum" and the value's layer's */
    schedule_part part;
    step_problem problem;
    step_plan plan;
    uint32_t layer; /* NET_NONE: loss, optimiser, a sum of gradients, a mask */
    bool add;       /* grad_w: adds to the gradient instead of overwriting it (accumulation) */
    /* Forward and gradients of layers. STEP_ADD: y = x + residual, for sums of gradients too. A mask
     * (grad_x of STEP_RELU and its like: dx = dy where mask > 0) is the activation's input; of sigmoid and tanh the
     * output. The loss: x is the output, dx its gradient. An optimiser: w from dw. */
    operand x, w, b, y, residual, dy, mask, dx, dw, db, arg, mean, rstd, var;
    operand w_state[2], b_state[2];
    uint64_t cycles; /* of the plan; 0: not known */
    bool measured;   /* in the plan file; else by the cost model */
} schedule_step;

typedef struct train_schedule {
    schedule_options options;
    schedule_updates updates; /* what AUTO came to */
    uint32_t batch;           /* samples of a step */
    schedule_step *steps;
    uint32_t count;
    schedule_buffer *buffers;
    uint32_t buffer_count;
    uint32_t *value_buffer; /* of each value: where it stands behind the forward pass; NET_NONE: nowhere */
    uint32_t *grad_buffer;  /* where its gradient stands in the end; NET_NONE: it has none */
    uint32_t
        *param_buffer; /* of each parameter: where its gradient stands; NET_NONE: updated in the same pass, or not */
    uint32_t *param_offset;  /* of each parameter, in floats, in the array of all; even numbers */
    uint32_t param_floats;   /* of that array */
    uint32_t trained_floats; /* those that train stand in front: the optimiser's arrays have so many */
    uint32_t states;         /* arrays of the optimiser: 0, 1, 2 */
    uint32_t arena_bytes;    /* peak of what is placed */
    uint32_t lower_bound;    /* most bytes alive at once: no placement is below it */
    uint32_t peak_step;      /* where that is */
    uint32_t again;          /* values that are computed again */
    uint32_t total_bytes;    /* arena, parameters, state, input and target, and what is beside */
} train_schedule;

/*
 * Makes the schedule of a network and finds places for its buffers. False: error->text is a sentence (a step that
 * cannot run in so little L1; the peak in L2, the step where it is, the largest buffers alive there and what would make
 * it fit).
 */
bool schedule_make(const net_model *network, const schedule_options *options, train_schedule *schedule,
                   plan_error *error);
void schedule_free(train_schedule *schedule);

/*
 * L2 that the steps' short tapes take at the most, eight cores': the cost model's sum, a tenth more, and 8 KiB. Plans
 * are known. KB of the library's plans, and what it says: MobileNet 415 and 427, ResNet8 239 and 253, of two samples
 * 463 and 470, DS-CNN 78 and 105, of four 223 and 252, 32 of the autoencoder 168 and 209; of tuned ones MobileNet 348
 * and 365, ResNet8 173 and 197.
 */
uint64_t schedule_short_tapes(const train_schedule *schedule);

/*
 * What steps take more where they are called instead of played: what a tape holds is worked out anew each time, by all
 * cores, out of 4 KiB of instruction cache. By the length of their tapes: steps of
 * the MLPerf Tiny models come out within 12 % of what they take, of the small CNN 41 % too long.
 */
uint64_t schedule_called_cycles(const train_schedule *schedule);

/* What a buffer is called: "conv1", "d conv1", "arg pool1", "gradients"; of its value's or layer's name. */
void schedule_buffer_name(const net_model *network, const train_schedule *schedule, uint32_t buffer, char *to,
                          size_t room);
/* Cycles of all steps whose cycles are known; how many are not. */
uint64_t schedule_cycles(const train_schedule *schedule, uint32_t *unknown);

/* The steps as a list of layers (tools/plan/layers.h) for the tuner, equal ones once. As snprintf writes. */
size_t schedule_layers(const net_model *network, const train_schedule *schedule, char *text, size_t room);
/* A picture (SVG) of the arena: bytes upwards, steps to the right. As snprintf writes. */
size_t schedule_picture(const net_model *network, const train_schedule *schedule, char *text, size_t room);

#endif
