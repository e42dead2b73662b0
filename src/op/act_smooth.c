/* SPDX-License-Identifier: Apache-2.0 */
/* Activations that are no ReLU cut off: plain loops, as the exponential takes most of the time. */
#include "src/base/math.h"
#include "src/tile/tile_map.h"
#include "tl/act.h"

static void leaky(const tl_map_share *share) {
    const float alpha = ((const tl_leaky_relu *)share->options)->alpha;
    for (uint32_t i = 0; i < share->n; ++i) {
        const float x = share->data[0][i];
        share->out[0][i] = x > 0.0f ? x : alpha * x;
    }
}

void tl_leaky_relu_forward_f32(const tl_team *team, const tl_leaky_relu *act, const tl_map_plan *plan, uint32_t n,
                               const float *x, float *y) {
    tl_map map = {.slot = {{.in = x, .out = y}}, .slots = 1, .options = act, .kernel = leaky};
    tl_map_run(team, plan, n, &map);
}

static void leaky_grad(const tl_map_share *share) {
    const float alpha = ((const tl_leaky_relu *)share->options)->alpha;
    for (uint32_t i = 0; i < share->n; ++i) {
        const float dy = share->data[1][i];
        share->out[1][i] = share->data[0][i] > 0.0f ? dy : alpha * dy;
    }
}

void tl_leaky_relu_grad_x_f32(const tl_team *team, const tl_leaky_relu *act, const tl_map_plan *plan, uint32_t n,
                              const float *x, const float *dy, float *dx) {
    tl_map map = {.slot = {{.in = x}, {.in = dy, .out = dx}}, .slots = 2, .options = act, .kernel = leaky_grad};
    tl_map_run(team, plan, n, &map);
}

static void sigmoid(const tl_map_share *share) {
    for (uint32_t i = 0; i < share->n; ++i)
        share->out[0][i] = tl_sigmoid_f32(share->data[0][i]);
}

void tl_sigmoid_forward_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *x, float *y) {
    tl_map map = {.slot = {{.in = x, .out = y}}, .slots = 1, .kernel = sigmoid};
    tl_map_run(team, plan, n, &map);
}

static void sigmoid_grad(const tl_map_share *share) {
    for (uint32_t i = 0; i < share->n; ++i) {
        const float y = share->data[0][i];
        share->out[1][i] = share->data[1][i] * y * (1.0f - y);
    }
}

void tl_sigmoid_grad_x_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *y, const float *dy,
                           float *dx) {
    tl_map map = {.slot = {{.in = y}, {.in = dy, .out = dx}}, .slots = 2, .kernel = sigmoid_grad};
    tl_map_run(team, plan, n, &map);
}

static void hyperbolic(const tl_map_share *share) {
    for (uint32_t i = 0; i < share->n; ++i)
        share->out[0][i] = tl_tanh_f32(share->data[0][i]);
}

void tl_tanh_forward_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *x, float *y) {
    tl_map map = {.slot = {{.in = x, .out = y}}, .slots = 1, .kernel = hyperbolic};
    tl_map_run(team, plan, n, &map);
}

static void hyperbolic_grad(const tl_map_share *share) {
    for (uint32_t i = 0; i < share->n; ++i) {
        const float y = share->data[0][i];
        share->out[1][i] = share->data[1][i] * tl_fma(-y, y, 1.0f);
    }
}

void tl_tanh_grad_x_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *y, const float *dy,
                        float *dx) {
    tl_map map = {.slot = {{.in = y}, {.in = dy, .out = dx}}, .slots = 2, .kernel = hyperbolic_grad};
    tl_map_run(team, plan, n, &map);
}
