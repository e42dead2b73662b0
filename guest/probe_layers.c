/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for convolutions and linear layers. */
#include "guest/probe_layers.h"

static float *behind(float *start, uint32_t by) {
    return start ? start + by : NULL;
}

TL_PROBE_APART static void run_step(const tl_team *team, const tl_probe *p, char *heap, float *dx) {
    const tl_linear *linear = &p->linear;
    const tl_stream_plan *plan = &p->stream_plan;
    const float *x = tl_probe_floats(p, heap, 0), *dy = tl_probe_floats(p, heap, 1),
                *mask = dx ? tl_probe_floats(p, heap, 4) : NULL;
    float *w = tl_probe_floats(p, heap, 2), *b = tl_probe_floats(p, heap, 3), *m = tl_probe_floats(p, heap, 6),
          *v = tl_probe_floats(p, heap, 7);
    const uint32_t w_floats = (uint32_t)linear->k * linear->o;
    if (plan->states == 0)
        (p->sgd.decay != 0 ? tl_linear_one_step_decay_f32 : tl_linear_one_step_f32)(team, linear, plan, &p->sgd, x, dy,
                                                                                    mask, w, b, dx);
    else if (plan->states == 1)
        tl_linear_one_step_momentum_f32(team, linear, plan, &p->sgd, x, dy, mask, w, m, b, m + w_floats, dx);
    else
        tl_linear_one_step_adam_f32(team, linear, plan, &p->adam_state, x, dy, mask, w, m, v, b, m + w_floats,
                                    v + w_floats, dx);
}

/* Layer `i` of a chain. */
static tl_linear_one_call chain_call(const tl_probe *p, char *heap, const tl_linear sizes[2], uint32_t i,
                                     bool forward) {
    const tl_linear *linear = &sizes[i & 1];
    const uint32_t side = linear->k > linear->o ? linear->k : linear->o, ws = (uint32_t)linear->k * linear->o;
    static const tl_linear_one_kind kinds[][2] = {{TL_ONE_STEP, TL_ONE_STEP_DECAY},
                                                  {TL_ONE_STEP_MOMENTUM, TL_ONE_STEP_MOMENTUM},
                                                  {TL_ONE_STEP_ADAM, TL_ONE_STEP_ADAM}};
    float *x = tl_probe_floats(p, heap, 0), *d = tl_probe_floats(p, heap, 1);
    tl_linear_one_call call = {.kind = forward ? (p->relu ? TL_ONE_FORWARD_RELU : TL_ONE_FORWARD)
                                               : kinds[p->stream_plan.states][p->sgd.decay != 0],
                               .linear = linear,
                               .plan = &p->stream_plan,
                               .x = x + i * side,
                               .w = tl_probe_floats(p, heap, 2) + i * ws,
                               .b = behind(tl_probe_floats(p, heap, 3), i * side),
                               .y = forward ? x + (i + 1) * side : d + i * side,
                               .sgd = &p->sgd,
                               .adam = &p->adam_state};
    if (forward)
        return call;
    call.dy = d + (i + 1) * side;
    call.mask = call.x;
    for (uint32_t j = 0; j < p->stream_plan.states; ++j) {
        call.w_state[j] = tl_probe_floats(p, heap, 6 + j) + i * ws;
        call.b_state[j] = tl_probe_floats(p, heap, 6 + j) + p->layers * ws + i * side;
    }
    return call;
}

/* All calls of a chain, TL_PROBE_LAYERS at the most. Returns how many there are. */
static uint32_t chain_calls(const tl_probe *p, char *heap, const tl_linear sizes[2], tl_linear_one_call *calls) {
    const uint32_t n = p->layers;
    const bool forward = p->pass == TL_FORWARD;
    for (uint32_t i = 0; i < n; ++i)
        calls[forward ? i : n - 1 - i] = chain_call(p, heap, sizes, i, forward);
    if (forward || !p->relu)
        return n;
    for (uint32_t i = 0; i < n; ++i)
        calls[n + i] = chain_call(p, heap, sizes, n - 1 - i, true);
    return 2 * n;
}

TL_PROBE_APART static void run_chain(const tl_team *team, const tl_probe *p, char *heap) {
    const tl_linear sizes[2] = {p->linear, {1, p->linear.o, p->linear.k}};
    tl_linear_one_call calls[TL_PROBE_LAYERS];
    tl_linear_one_chain_f32(team, calls, chain_calls(p, heap, sizes, calls));
}

tl_status tl_probe_chain_supported(const tl_probe *p, uint32_t l1) {
    char any[4];
    const tl_linear sizes[2] = {p->linear, {1, p->linear.o, p->linear.k}};
    tl_linear_one_call calls[TL_PROBE_LAYERS];
    const bool step = p->pass == TL_PROBE_STEP;
    if (p->layers * (step && p->relu ? 2 : 1) > TL_PROBE_LAYERS || (p->pass != TL_FORWARD && !step))
        return TL_BAD_REQUEST;
    return tl_linear_one_chain_supported(calls, chain_calls(p, any, sizes, calls), l1);
}

void tl_probe_linear_one(const tl_team *team, const tl_probe *p, char *heap) {
    const tl_linear *linear = &p->linear;
    const tl_stream_plan *plan = &p->stream_plan;
    if (p->layers > 1)
        run_chain(team, p, heap);
    else if (p->pass == TL_FORWARD)
        (p->relu ? tl_linear_one_forward_relu_f32 : tl_linear_one_forward_f32)(
            team, linear, plan, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 2), tl_probe_floats(p, heap, 3),
            tl_probe_floats(p, heap, 5));
    else if (p->pass == TL_GRAD_X)
        tl_linear_one_grad_x_f32(team, linear, plan, tl_probe_floats(p, heap, 2), tl_probe_floats(p, heap, 1),
                                 tl_probe_floats(p, heap, 4), tl_probe_floats(p, heap, 5));
    else
        run_step(team, p, heap, p->pass == TL_PROBE_STEP ? tl_probe_floats(p, heap, 5) : NULL);
}

/* The sink of an update: parameters in buffer w, what the optimiser keeps in `kept` and behind. */
static tl_sink sink_of(const tl_probe *p, char *heap, uint32_t w, uint32_t kept) {
    const tl_rule rule = (tl_rule)(p->update - 1);
    return (tl_sink){.sgd = rule == TL_RULE_ADAM ? NULL : &p->sgd,
                     .adam = &p->adam_state,
                     .w = tl_probe_floats(p, heap, w),
                     .v = rule == TL_RULE_SGD ? NULL : tl_probe_floats(p, heap, kept),
                     .m = tl_probe_floats(p, heap, kept + 1)};
}

void tl_probe_conv(const tl_team *team, const tl_probe *p, const tl_mm_plan *plan, char *heap) {
    const tl_conv *conv = &p->conv;
    float *f[5];
    for (uint32_t i = 0; i < 5; ++i)
        f[i] = tl_probe_floats(p, heap, i);
    if (p->pass == TL_GRAD_W)
        (p->add ? tl_conv_grad_w_add_f32 : tl_conv_grad_w_f32)(team, conv, plan, f[0], f[1], f[2], f[3]);
    else if (p->pass == TL_GRAD_X)
        (p->relu == 2 ? tl_conv_grad_x_relu6_f32 : tl_conv_grad_x_f32)(team, conv, plan, f[0], f[1], f[2], f[3]);
    else if (p->residual)
        (p->relu ? tl_conv_forward_add_relu_f32 : tl_conv_forward_add_f32)(team, conv, plan, f[0], f[1], f[2], f[4],
                                                                           f[3]);
    else
        (p->relu == 2 ? tl_conv_forward_relu6_f32
         : p->relu    ? tl_conv_forward_relu_f32
                      : tl_conv_forward_f32)(team, conv, plan, f[0], f[1], f[2], f[3]);
}

void tl_probe_conv_update(const tl_team *team, const tl_probe *p, const tl_mm_plan *plan, char *heap) {
    const tl_sink w = sink_of(p, heap, 2, 4), b = sink_of(p, heap, 3, 6);
    tl_conv_update_f32(team, &p->conv, plan, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1), &w,
                       b.w ? &b : NULL);
}

void tl_probe_linear(const tl_team *team, const tl_probe *p, const tl_mm_plan *plan, char *heap) {
    const tl_linear *linear = &p->linear;
    float *f[5];
    for (uint32_t i = 0; i < 5; ++i)
        f[i] = tl_probe_floats(p, heap, i);
    if (p->pass == TL_GRAD_W)
        (p->add ? tl_linear_grad_w_add_f32 : tl_linear_grad_w_f32)(team, linear, plan, f[0], f[1], f[2], f[3]);
    else if (p->pass == TL_GRAD_X)
        (p->relu == 2 ? tl_linear_grad_x_relu6_f32 : tl_linear_grad_x_f32)(team, linear, plan, f[0], f[1], f[2], f[3]);
    else if (p->residual)
        (p->relu ? tl_linear_forward_add_relu_f32 : tl_linear_forward_add_f32)(team, linear, plan, f[0], f[1], f[2],
                                                                               f[4], f[3]);
    else
        (p->relu == 2 ? tl_linear_forward_relu6_f32
         : p->relu    ? tl_linear_forward_relu_f32
                      : tl_linear_forward_f32)(team, linear, plan, f[0], f[1], f[2], f[3]);
}

void tl_probe_linear_update(const tl_team *team, const tl_probe *p, const tl_mm_plan *plan, char *heap) {
    const tl_sink w = sink_of(p, heap, 2, 4), b = sink_of(p, heap, 3, 6);
    tl_linear_update_f32(team, &p->linear, plan, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1), &w,
                         b.w ? &b : NULL);
}
