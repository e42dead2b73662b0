/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/linear_one.h"
#include "src/tile/tile_stream.h"

static float *as_changed(const float *vector) {
    return (float *)(uintptr_t)vector;
}

static tl_stream_pass pass_of(const tl_linear *linear, const tl_stream_plan *plan, const float *w) {
    return (tl_stream_pass){.w = as_changed(w), .rows = linear->o, .cols = linear->k, .tile_rows = plan->rows};
}

/* L1 of the step, which needs the most. */
static uint64_t step_bytes(const tl_linear *linear, const tl_stream_plan *plan) {
    float any = 0.0f;
    tl_stream_pass pass = pass_of(linear, plan, &any);
    pass.changed = true;
    for (uint32_t i = 0; i < TL_STREAM_ROLES; ++i)
        pass.vector[i] = &any;
    return tl_stream_pass_bytes(&pass);
}

static tl_status check_sizes(const tl_linear *linear) {
    const uint32_t limit = (uint32_t)1 << 29;
    bool good = linear->n == 1 && linear->k && linear->o && (uint32_t)linear->k * linear->o < limit;
    return good ? TL_OK : TL_BAD_SIZES;
}

tl_status tl_linear_one_supported(const tl_linear *linear, const tl_stream_plan *plan, uint32_t l1_bytes) {
    tl_status status = check_sizes(linear);
    if (status != TL_OK)
        return status;
    return plan->rows && step_bytes(linear, plan) <= l1_bytes ? TL_OK : TL_BAD_PLAN;
}

tl_status tl_linear_one_plan(const tl_linear *linear, uint32_t l1_bytes, tl_stream_plan *plan) {
    tl_status status = check_sizes(linear);
    if (status != TL_OK)
        return status;
    const tl_stream_plan one = {.rows = 1}, two = {.rows = 2};
    uint64_t least = step_bytes(linear, &one), row = step_bytes(linear, &two) - least;
    if (least > l1_bytes)
        return TL_BAD_PLAN;
    uint64_t rows = row ? 1 + (l1_bytes - least) / row : 1;
    plan->rows = (uint16_t)(rows < linear->o ? rows : linear->o);
    return TL_OK;
}

static void forward(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan, const float *x,
                    const float *w, const float *b, float *y, bool relu) {
    tl_stream_pass pass = pass_of(linear, plan, w);
    pass.kernel = tl_matvec_f32;
    pass.by_rows = true;
    pass.relu = relu;
    pass.vector[TL_STREAM_X] = as_changed(x);
    pass.vector[TL_STREAM_BIAS] = as_changed(b);
    pass.vector[TL_STREAM_Y] = y;
    tl_stream_run(team, &pass);
}

void tl_linear_one_forward_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan, const float *x,
                               const float *w, const float *b, float *y) {
    forward(team, linear, plan, x, w, b, y, false);
}

void tl_linear_one_forward_relu_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan,
                                    const float *x, const float *w, const float *b, float *y) {
    forward(team, linear, plan, x, w, b, y, true);
}

void tl_linear_one_grad_x_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan, const float *w,
                              const float *dy, const float *mask, float *dx) {
    tl_stream_pass pass = pass_of(linear, plan, w);
    pass.kernel = tl_matvec_t_f32;
    pass.vector[TL_STREAM_DY] = as_changed(dy);
    pass.vector[TL_STREAM_MASK] = as_changed(mask);
    pass.vector[TL_STREAM_Y] = dx;
    tl_stream_run(team, &pass);
}

static tl_stream_pass update_of(const tl_linear *linear, const tl_stream_plan *plan, const tl_sgd *sgd, const float *x,
                                const float *dy, float *w, float *b) {
    tl_stream_pass pass = pass_of(linear, plan, w);
    pass.kernel = tl_outer_f32;
    pass.changed = true;
    pass.rate = &sgd->rate;
    pass.vector[TL_STREAM_X] = as_changed(x);
    pass.vector[TL_STREAM_DY] = as_changed(dy);
    pass.vector[TL_STREAM_BIAS] = b;
    return pass;
}

void tl_linear_one_update_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan,
                              const tl_sgd *sgd, const float *x, const float *dy, float *w, float *b) {
    const tl_stream_pass pass = update_of(linear, plan, sgd, x, dy, w, b);
    tl_stream_run(team, &pass);
}

void tl_linear_one_step_f32(const tl_team *team, const tl_linear *linear, const tl_stream_plan *plan, const tl_sgd *sgd,
                            const float *x, const float *dy, const float *mask, float *w, float *b, float *dx) {
    tl_stream_pass pass = update_of(linear, plan, sgd, x, dy, w, b);
    pass.kernel = tl_matvec_outer_f32;
    pass.vector[TL_STREAM_MASK] = as_changed(mask);
    pass.vector[TL_STREAM_Y] = dx;
    tl_stream_run(team, &pass);
}
