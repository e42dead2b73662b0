/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fully connected layer at batch 1, FP32, every weight read once a pass. Layouts: x, mask, dx [K], w [O][K], b, y,
 * dy [O].
 *
 *     forward   y[o]  = b[o] + sum over k of x[k] * w[o][k]
 *     grad_x    dx[k] = sum over o of dy[o] * w[o][k]
 *     step      the same from W as it was before, and the optimiser's step with the gradients dw[o][k] = dy[o] * x[k]
 *               and db[o] = dy[o], which stand nowhere in memory: W is read and written once
 *
 * forward and grad_x give the bits of tl/linear.h with a plan of one slice. Steps give the bits of tl/optim.h for the
 * gradients above, but for plain SGD: there w[o][k] = w[o][k] - dy[o] * (rate * x[k]), the rate
 * multiplied with x and not with the gradient, so one rounding differs. The same bits for any plan and any team.
 *
 * W streams through L1, the optimiser's state for it beside it, or is worked on there if it stands there. x and dy are
 * not changed. Settings of optimisers are read when a step is carried out.
 */
#ifndef TL_LINEAR_ONE_H
#define TL_LINEAR_ONE_H

#include "tl/linear.h"
#include "tl/optim.h"
#include "tl/plan.h"
#include "tl/status.h"
#include "tl/team.h"

/*
 * Whether all of these can run in `l1_bytes` of L1, with optimisers of `plan->states` arrays at the most: TL_OK;
 * TL_BAD_SIZES (also for n other than 1) or TL_BAD_PLAN.
 */
tl_status tl_linear_one_supported(const tl_linear *linear, const tl_stream_plan *plan, uint32_t l1_bytes);
/*
 * The largest tiles that fit: of whole rows if there is room for eight of them, else of columns too. TL_BAD_PLAN if
 * there is no room beside the vectors of very many outputs: then tl/linear.h.
 */
tl_status tl_linear_one_plan(const tl_linear *linear, uint32_t states, uint32_t l1_bytes, tl_stream_plan *plan);

/* b may be NULL: no bias. */
void tl_linear_one_forward_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan, const float *x,
                               const float *w, const float *b, float *y);
/* The same with y = max(y, 0). */
void tl_linear_one_forward_relu_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan,
                                    const float *x, const float *w, const float *b, float *y);
/* Overwrites dx. mask may be NULL; otherwise dx is 0 where mask is 0 or below. */
void tl_linear_one_grad_x_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan, const float *w,
                              const float *dy, const float *mask, float *dx);

/* Steps. mask may be NULL, and so may b with its state. dx == NULL: the update alone. */

/* Plain SGD: of *sgd only the rate is looked at. */
void tl_linear_one_step_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan, const tl_sgd *sgd,
                            const float *x, const float *dy, const float *mask, float *w, float *b, float *dx);
/* Plain SGD with decay: the momentum is not looked at. */
void tl_linear_one_step_decay_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan,
                                  const tl_sgd *sgd, const float *x, const float *dy, const float *mask, float *w,
                                  float *b, float *dx);
/* SGD with momentum, and with decay if there is: wv and bv are the v of w and b. */
void tl_linear_one_step_momentum_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan,
                                     const tl_sgd *sgd, const float *x, const float *dy, const float *mask, float *w,
                                     float *wv, float *b, float *bv, float *dx);
/* Adam, in the step that tl_adam_begin_f32 has begun. */
void tl_linear_one_step_adam_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan,
                                 const tl_adam_state *adam, const float *x, const float *dy, const float *mask,
                                 float *w, float *wm, float *wv, float *b, float *bm, float *bv, float *dx);

/*
 * Chains: calls of the above one behind the other, of one layer or several. The weights of a call begin to come in
 * while the one before is still worked on, and those that it has changed go out during the next. The bits are those of
 * the single calls. Where a call needs of what the one before writes anything but its y, whole, as x or dy, it waits.
 */
typedef enum tl_linear_one_kind {
    TL_ONE_FORWARD, /* x, w, b, y */
    TL_ONE_FORWARD_RELU,
    TL_ONE_GRAD_X, /* dy, mask, w, y: dx */
    TL_ONE_STEP,   /* x, dy, mask, w, b, y: dx or NULL; sgd */
    TL_ONE_STEP_DECAY,
    TL_ONE_STEP_MOMENTUM, /* the same with w_state[0], b_state[0]: v */
    TL_ONE_STEP_ADAM      /* adam in the place of sgd; the states: m, v */
} tl_linear_one_kind;

typedef struct tl_linear_one_call {
    tl_linear_one_kind kind;
    const tl_linear *linear;
    const tl_stream_plan *plan;
    const float *x, *dy, *mask;
    float *w, *b; /* changed by steps only */
    float *y;
    const tl_sgd *sgd;
    const tl_adam_state *adam;
    float *w_state[2], *b_state[2];
} tl_linear_one_call;

/* As above; of the calls' pointers to data only those that are NULL make a difference. */
tl_status tl_linear_one_chain_supported(const tl_linear_one_call *calls, uint32_t n, uint32_t l1_bytes);
/* A plan for every layer. TL_BAD_PLAN if there is no room for whole rows: then not as a chain. */
tl_status tl_linear_one_chain_plan(const tl_linear *layers, uint32_t n, uint32_t states, uint32_t l1_bytes,
                                   tl_stream_plan *plans);
void tl_linear_one_chain_f32(const tl_team *team, const tl_linear_one_call *calls, uint32_t n);

#endif
