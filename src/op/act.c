/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/act.h"
#include "src/kernel/element.h"
#include "src/kernel/vector.h"
#include "src/tile/tile_map.h"

static void relu(const tl_map_share *share) {
    tl_relu_f32(share->n, share->data[0], share->out[0]);
}

void tl_relu_forward_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *x, float *y) {
    tl_map map = {.slot = {{.in = x, .out = y}}, .slots = 1, .kernel = relu};
    tl_map_run(team, plan, n, &map);
}

static void relu_grad(const tl_map_share *share) {
    tl_relu_grad_f32(share->n, share->data[0], share->data[1], share->out[1]);
}

void tl_relu_grad_x_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *x, const float *dy,
                        float *dx) {
    tl_map map = {.slot = {{.in = x}, {.in = dy, .out = dx}}, .slots = 2, .kernel = relu_grad};
    tl_map_run(team, plan, n, &map);
}

static void relu6(const tl_map_share *share) {
    tl_relu6_f32(share->n, share->data[0], share->out[1]);
}

void tl_relu6_forward_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *x, float *y) {
    /* Apart: the kernel is faster where it keeps x. */
    tl_map map = {.slot = {{.in = x}, {.out = y}}, .slots = 2, .kernel = relu6};
    tl_map_run(team, plan, n, &map);
}

static void relu6_grad(const tl_map_share *share) {
    tl_relu6_grad_f32(share->n, share->data[0], share->data[1], share->out[1]);
}

void tl_relu6_grad_x_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *x, const float *dy,
                         float *dx) {
    tl_map map = {.slot = {{.in = x}, {.in = dy, .out = dx}}, .slots = 2, .kernel = relu6_grad};
    tl_map_run(team, plan, n, &map);
}
