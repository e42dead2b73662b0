/* SPDX-License-Identifier: Apache-2.0 */
/* A schedule being made: for the schedule_*.c files. */
#ifndef TL_DEPLOY_SCHEDULE_BUILD_H
#define TL_DEPLOY_SCHEDULE_BUILD_H

#include "tools/deploy/schedule.h"

typedef struct schedule_build {
    const net_model *net;
    train_schedule *to;
    bool failed;                 /* no memory */
    uint32_t input, x, target;   /* buffers: as it comes, as layers read it, what outputs are to come to */
    uint32_t *value_buffer;      /* of each value: where it stands */
    uint32_t *grad_buffer;       /* where its gradient stands; NET_NONE: nothing of it is there yet */
    bool *shared;                /* its gradient stands where another value's does, which is still needed */
    bool *masked;                /* what is there of it has been masked */
    bool *wanted;                /* of each value: something below it trains */
    uint32_t *arg, *mean, *rstd; /* buffers of layers */
    uint32_t *group;             /* of each parameter that trains: the buffer of its gradient */
} schedule_build;

/* A new buffer; NET_NONE: no memory. */
uint32_t build_buffer(schedule_build *b, buffer_kind kind, uint32_t of, uint32_t bytes);
/* A new step at the end, all operands absent; NULL: no memory. Its pointer holds until the next one. */
schedule_step *build_step(schedule_build *b, const char *name, schedule_part part, step_op op, step_pass pass);
operand build_of(uint32_t buffer, uint32_t offset);
operand build_param(const schedule_build *b, uint32_t param);
uint32_t build_value_bytes(const net_model *net, uint32_t value);
/* Adds the passes: forward and loss, backward, updates. */
void build_forward(schedule_build *b);
void build_backward(schedule_build *b);

/* Values of these are computed a second time for the backward pass, where that is possible. */
void build_recompute(schedule_build *b, const bool *again);
/* Chooses values to be computed again so that it fits; false: whatever is computed again, it does not. */
typedef bool schedule_fits(void *user, const bool *again);
bool schedule_choose_again(const net_model *net, schedule_fits *fits, void *user, bool *again);

/* Where all parameters stand, and which gradients stand together. */
bool schedule_params(schedule_build *b);
/* Lives from the steps' operands, then places. */
void schedule_lives(train_schedule *schedule);
/* `quick`: only finds out how much lives at once. */
bool schedule_place(train_schedule *schedule, bool quick);
/* Plans that have been looked for, of problems as text; begins as zeros. */
typedef struct plan_book {
    struct planned *planned;
    uint32_t count;
} plan_book;
void plan_book_free(plan_book *book);
/* A plan for each step. */
bool schedule_plans(const net_model *net, train_schedule *schedule, plan_book *book, plan_error *error);

/* All operands of a step, and which of them it writes. */
enum { STEP_OPERANDS = 18 };
typedef struct step_operands {
    operand *all[STEP_OPERANDS];
    bool written[STEP_OPERANDS];
} step_operands;
step_operands schedule_operands(schedule_step *step);

#endif
