/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/linear_one.h"
#include "src/kernel/vector.h"
#include "src/tile/tile_stream.h"

static float *as_changed(const float *vector) {
    return (float *)(uintptr_t)vector;
}

/* What looks at the settings when it is called. */

static void plain_bias(const tl_stream_bias *part) {
    const tl_sgd *sgd = part->options;
    tl_sgd_plain_f32(part->n, sgd->rate, part->b, part->dy);
}

static void decay_bias(const tl_stream_bias *part) {
    const tl_sgd *sgd = part->options;
    tl_sgd_plain_decay_f32(part->n, sgd->rate, sgd->decay, part->b, part->dy);
}

static void momentum_outer(const tl_matvec *problem) {
    const tl_sgd *sgd = problem->options;
    (sgd->decay != 0.0f ? tl_outer_momentum_decay_f32 : tl_outer_momentum_f32)(problem);
}

static void momentum_both(const tl_matvec *problem) {
    const tl_sgd *sgd = problem->options;
    (sgd->decay != 0.0f ? tl_both_momentum_decay_f32 : tl_both_momentum_f32)(problem);
}

static void momentum_bias(const tl_stream_bias *part) {
    const tl_sgd *sgd = part->options;
    if (sgd->decay != 0.0f)
        tl_sgd_decay_f32(part->n, sgd->rate, sgd->momentum, sgd->decay, part->b, part->state[0], part->dy);
    else
        tl_sgd_f32(part->n, sgd->rate, sgd->momentum, part->b, part->state[0], part->dy);
}

static void adam_bias(const tl_stream_bias *part) {
    tl_adam_f32(part->n, part->options, part->b, part->state[0], part->state[1], part->dy);
}

typedef struct update {
    tl_matvec_kernel_f32 *outer, *both;
    void (*bias)(const tl_stream_bias *part);
    uint32_t states;
} update;

/* By kind, from TL_ONE_STEP on. */
static const update updates[] = {{tl_outer_f32, tl_matvec_outer_f32, plain_bias, 0},
                                 {tl_outer_decay_f32, tl_both_decay_f32, decay_bias, 0},
                                 {momentum_outer, momentum_both, momentum_bias, 1},
                                 {tl_outer_adam_f32, tl_both_adam_f32, adam_bias, 2}};

static const update *update_of(const tl_linear_one_call *call) {
    return call->kind < TL_ONE_STEP ? NULL : &updates[call->kind - TL_ONE_STEP];
}

static bool is_forward(const tl_linear_one_call *call) {
    return call->kind <= TL_ONE_FORWARD_RELU;
}

/* A layer whose rows are too long for a tile is cut into strips of columns, a pass each. */
static uint32_t strip_cols(const tl_linear_one_call *call) {
    uint32_t cols = call->plan->cols, k = call->linear->k;
    return cols && cols < k ? cols : k;
}

static uint32_t strips(const tl_linear_one_call *call) {
    return (call->linear->k + strip_cols(call) - 1) / strip_cols(call);
}

static void add_forward(const tl_linear_one_call *call, uint32_t strip, uint32_t at, tl_stream_pass *pass) {
    const bool last = strip + 1 == strips(call);
    pass->kernel = tl_matvec_f32;
    pass->by_rows = true;
    pass->relu = last && call->kind == TL_ONE_FORWARD_RELU;
    pass->inner = !last;
    pass->vector[TL_STREAM_X] = as_changed(call->x) + at;
    pass->vector[TL_STREAM_BIAS] = strip > 0 ? call->y : call->b;
    pass->vector[TL_STREAM_Y] = call->y;
}

static void add_grad_x(const tl_linear_one_call *call, uint32_t at, tl_stream_pass *pass) {
    pass->kernel = tl_matvec_t_f32;
    pass->vector[TL_STREAM_DY] = as_changed(call->dy);
    if (call->mask && call->y)
        pass->vector[TL_STREAM_MASK] = as_changed(call->mask) + at;
    if (call->y)
        pass->vector[TL_STREAM_Y] = call->y + at;
}

static void add_update(const tl_linear_one_call *call, uint32_t at, tl_stream_pass *pass) {
    const update *u = update_of(call);
    pass->kernel = call->y ? u->both : u->outer;
    pass->bias = u->bias;
    pass->changed = true;
    pass->options = u->states == 2 ? (const void *)&call->adam->numbers : call->sgd;
    pass->rate = call->kind == TL_ONE_STEP ? &call->sgd->rate : NULL;
    pass->vector[TL_STREAM_X] = as_changed(call->x) + at;
    if (at == 0)
        pass->vector[TL_STREAM_BIAS] = call->b;
    for (uint32_t i = 0; i < u->states; ++i) {
        pass->state[i] = call->w_state[i] + at;
        if (at == 0 && call->b)
            pass->vector[TL_STREAM_BIAS_STATE0 + i] = call->b_state[i];
    }
}

static bool overlap(const float *a, size_t a_floats, const float *b, size_t b_floats) {
    return a && b && (uintptr_t)a < (uintptr_t)(b + b_floats) && (uintptr_t)b < (uintptr_t)(a + a_floats);
}

/* Whether a call touches any of these floats. */
static bool touches(const tl_linear_one_call *call, const float *written, size_t floats) {
    const size_t k = call->linear->k, o = call->linear->o, y = is_forward(call) ? o : k;
    bool any = overlap(call->x, k, written, floats) || overlap(call->dy, o, written, floats) ||
               overlap(call->mask, k, written, floats) || overlap(call->w, k * o, written, floats) ||
               overlap(call->b, o, written, floats) || overlap(call->y, y, written, floats);
    for (uint32_t i = 0; update_of(call) && i < update_of(call)->states; ++i)
        any = any || overlap(call->w_state[i], k * o, written, floats) || overlap(call->b_state[i], o, written, floats);
    return any;
}

/* Whether a call may begin before the one in front of it has ended. */
static bool apart(const tl_linear_one_call *before, const tl_linear_one_call *call) {
    const size_t k = before->linear->k, o = before->linear->o, y = is_forward(before) ? o : k;
    tl_linear_one_call rest = *call;
    /* Its result as a whole is taken over in L1, if it was not made in parts. */
    const bool whole = is_forward(before) || strips(before) == 1;
    if (whole && strips(call) == 1 && rest.x == before->y && call->linear->k == y)
        rest.x = NULL;
    if (whole && rest.dy == before->y && call->linear->o == y)
        rest.dy = NULL;
    bool any = touches(&rest, before->y, y);
    const update *u = update_of(before);
    if (u)
        any = any || touches(&rest, before->w, k * o) || touches(&rest, before->b, o);
    for (uint32_t i = 0; u && i < u->states; ++i)
        any = any || touches(&rest, before->w_state[i], k * o) || touches(&rest, before->b_state[i], o);
    return !any;
}

/* Whether the matrices of a call may come in while what the one before the one in front of it has changed goes out. */
static bool far_apart(const tl_linear_one_call *before, const tl_linear_one_call *call) {
    const size_t size = (size_t)before->linear->k * before->linear->o;
    const update *u = update_of(before);
    const tl_linear_one_call matrices = {
        .kind = call->kind, .linear = call->linear, .w = call->w, .w_state = {call->w_state[0], call->w_state[1]}};
    bool any = u && touches(&matrices, before->w, size);
    for (uint32_t i = 0; u && i < u->states; ++i)
        any = any || touches(&matrices, before->w_state[i], size);
    return !any;
}

static bool may_begin(const tl_linear_one_call *first, const tl_linear_one_call *call) {
    return call > first && apart(call - 1, call) && (call - 1 == first || far_apart(call - 2, call));
}

/* Pass `number` of a chain: a strip of one of its calls. */
static void make(const void *of, uint32_t number, tl_stream_pass *pass) {
    const tl_linear_one_call *const first = of, *call = first;
    for (; number >= strips(call); ++call)
        number -= strips(call);
    const uint32_t at = number * strip_cols(call), left = call->linear->k - at;
    *pass = (tl_stream_pass){.w = call->w + at,
                             .pitch = call->linear->k,
                             .rows = call->linear->o,
                             .cols = left < strip_cols(call) ? left : strip_cols(call),
                             .tile_rows = call->plan->rows};
    if (is_forward(call))
        add_forward(call, number, at, pass);
    else
        add_grad_x(call, at, pass);
    if (update_of(call))
        add_update(call, at, pass);
    pass->early = number > 1;
    pass->ahead = number > 0 || may_begin(first, call);
}

static tl_stream_list list_of(const tl_linear_one_call *calls, uint32_t n) {
    tl_stream_list list = {.make = make, .of = calls};
    for (uint32_t i = 0; i < n; ++i)
        list.count += strips(&calls[i]);
    return list;
}

void tl_linear_one_chain_f32(const tl_team *team, const tl_linear_one_call *calls, uint32_t n) {
    const tl_stream_list list = list_of(calls, n);
    tl_stream_run(team, &list);
}

static tl_status check_sizes(const tl_linear *linear) {
    const uint32_t limit = (uint32_t)1 << 29;
    bool good = linear->n == 1 && linear->k && linear->o && (uint32_t)linear->k * linear->o < limit;
    return good ? TL_OK : TL_BAD_SIZES;
}

tl_status tl_linear_one_chain_supported(const tl_linear_one_call *calls, uint32_t n, uint32_t l1_bytes) {
    for (uint32_t i = 0; i < n; ++i) {
        tl_status status = check_sizes(calls[i].linear);
        if (status != TL_OK)
            return status;
        if (!calls[i].plan->rows)
            return TL_BAD_PLAN;
    }
    const tl_stream_list list = list_of(calls, n);
    return tl_stream_bytes(&list) <= l1_bytes ? TL_OK : TL_BAD_PLAN;
}

/* The step, which needs the most. */
tl_status tl_linear_one_supported(const tl_linear *linear, const tl_stream_plan *plan, uint32_t l1_bytes) {
    if (plan->states > TL_STREAM_STATES)
        return TL_BAD_PLAN;
    static const tl_linear_one_kind with_states[] = {TL_ONE_STEP, TL_ONE_STEP_MOMENTUM, TL_ONE_STEP_ADAM};
    float any = 0.0f;
    const tl_sgd sgd = {.rate = 0.0f};
    const tl_adam_state adam = {.steps = 0};
    const tl_linear_one_call step = {.kind = with_states[plan->states],
                                     .linear = linear,
                                     .plan = plan,
                                     .x = &any,
                                     .dy = &any,
                                     .mask = &any,
                                     .w = &any,
                                     .b = &any,
                                     .y = &any,
                                     .sgd = &sgd,
                                     .adam = &adam,
                                     .w_state = {&any, &any},
                                     .b_state = {&any, &any}};
    return tl_linear_one_chain_supported(&step, 1, l1_bytes);
}

/* Floats of a step's vectors. */
static uint64_t vectors_of(uint32_t cols, uint32_t o, uint32_t states) {
    return 3ull * cols + (2ull + states) * o;
}

/* Rows that fit into a tile where L1 holds so many floats of vectors too. */
static uint32_t rows_that_fit(uint32_t l1_bytes, uint64_t vectors, uint32_t cols, uint32_t o, uint32_t states) {
    const uint64_t floats = l1_bytes / 4,
                   rows = floats > vectors ? (floats - vectors) / (3ull * (1 + states) * cols) : 0;
    return (uint32_t)(rows < o ? rows : o);
}

tl_status tl_linear_one_plan(const tl_linear *linear, uint32_t states, uint32_t l1_bytes, tl_stream_plan *plan) {
    enum { ENOUGH = 8, EVEN = 64 };
    tl_status status = check_sizes(linear);
    if (status != TL_OK)
        return status;
    const uint32_t k = linear->k, enough = linear->o < ENOUGH ? linear->o : ENOUGH;
    *plan = (tl_stream_plan){.rows = 0, .states = (uint8_t)states};
    for (uint32_t parts = 1; plan->rows < enough; ++parts) {
        const uint32_t even = ((k + parts - 1) / parts + EVEN - 1) / EVEN * EVEN, cols = even < k ? even : k;
        const uint32_t passes = (k + cols - 1) / cols, sets = passes < 3 ? passes : 3;
        const uint32_t rows =
            rows_that_fit(l1_bytes, sets * vectors_of(cols, linear->o, states), cols, linear->o, states);
        if (rows > plan->rows) {
            plan->rows = (uint16_t)rows;
            plan->cols = (uint16_t)cols;
        }
        if (cols <= EVEN)
            break;
    }
    return plan->rows ? TL_OK : TL_BAD_PLAN;
}

tl_status tl_linear_one_chain_plan(const tl_linear *layers, uint32_t n, uint32_t states, uint32_t l1_bytes,
                                   tl_stream_plan *plans) {
    uint64_t vectors = 0;
    for (uint32_t i = 0; i < n; ++i) {
        tl_status status = check_sizes(&layers[i]);
        if (status != TL_OK)
            return status;
        const uint64_t own = vectors_of(layers[i].k, layers[i].o, states);
        vectors = own > vectors ? own : vectors;
    }
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t k = layers[i].k,
                       rows = rows_that_fit(l1_bytes, (n < 3 ? n : 3) * vectors, k, layers[i].o, states);
        if (!rows)
            return TL_BAD_PLAN;
        plans[i] = (tl_stream_plan){.rows = (uint16_t)rows, .cols = (uint16_t)k, .states = (uint8_t)states};
    }
    return TL_OK;
}

void tl_linear_one_forward_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan, const float *x,
                               const float *w, const float *b, float *y) {
    const tl_linear_one_call call = {
        .kind = TL_ONE_FORWARD, .linear = linear, .plan = plan, .x = x, .w = as_changed(w), .b = as_changed(b), .y = y};
    tl_linear_one_chain_f32(team, &call, 1);
}

void tl_linear_one_forward_relu_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan,
                                    const float *x, const float *w, const float *b, float *y) {
    const tl_linear_one_call call = {.kind = TL_ONE_FORWARD_RELU,
                                     .linear = linear,
                                     .plan = plan,
                                     .x = x,
                                     .w = as_changed(w),
                                     .b = as_changed(b),
                                     .y = y};
    tl_linear_one_chain_f32(team, &call, 1);
}

void tl_linear_one_grad_x_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan, const float *w,
                              const float *dy, const float *mask, float *dx) {
    const tl_linear_one_call call = {
        .kind = TL_ONE_GRAD_X, .linear = linear, .plan = plan, .dy = dy, .mask = mask, .w = as_changed(w), .y = dx};
    tl_linear_one_chain_f32(team, &call, 1);
}

void tl_linear_one_step_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan, const tl_sgd *sgd,
                            const float *x, const float *dy, const float *mask, float *w, float *b, float *dx) {
    const tl_linear_one_call call = {.kind = TL_ONE_STEP,
                                     .linear = linear,
                                     .plan = plan,
                                     .x = x,
                                     .dy = dy,
                                     .mask = mask,
                                     .w = w,
                                     .b = b,
                                     .y = dx,
                                     .sgd = sgd};
    tl_linear_one_chain_f32(team, &call, 1);
}

void tl_linear_one_step_decay_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan,
                                  const tl_sgd *sgd, const float *x, const float *dy, const float *mask, float *w,
                                  float *b, float *dx) {
    const tl_linear_one_call call = {.kind = TL_ONE_STEP_DECAY,
                                     .linear = linear,
                                     .plan = plan,
                                     .x = x,
                                     .dy = dy,
                                     .mask = mask,
                                     .w = w,
                                     .b = b,
                                     .y = dx,
                                     .sgd = sgd};
    tl_linear_one_chain_f32(team, &call, 1);
}

void tl_linear_one_step_momentum_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan,
                                     const tl_sgd *sgd, const float *x, const float *dy, const float *mask, float *w,
                                     float *wv, float *b, float *bv, float *dx) {
    const tl_linear_one_call call = {.kind = TL_ONE_STEP_MOMENTUM,
                                     .linear = linear,
                                     .plan = plan,
                                     .x = x,
                                     .dy = dy,
                                     .mask = mask,
                                     .w = w,
                                     .b = b,
                                     .y = dx,
                                     .sgd = sgd,
                                     .w_state = {wv},
                                     .b_state = {bv}};
    tl_linear_one_chain_f32(team, &call, 1);
}

void tl_linear_one_step_adam_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan,
                                 const tl_adam_state *adam, const float *x, const float *dy, const float *mask,
                                 float *w, float *wm, float *wv, float *b, float *bm, float *bv, float *dx) {
    const tl_linear_one_call call = {.kind = TL_ONE_STEP_ADAM,
                                     .linear = linear,
                                     .plan = plan,
                                     .x = x,
                                     .dy = dy,
                                     .mask = mask,
                                     .w = w,
                                     .b = b,
                                     .y = dx,
                                     .adam = adam,
                                     .w_state = {wm, wv},
                                     .b_state = {bm, bv}};
    tl_linear_one_chain_f32(team, &call, 1);
}
