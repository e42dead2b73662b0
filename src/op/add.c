/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/add.h"
#include "src/kernel/element.h"
#include "src/tile/tile_map.h"

static void add(const tl_map_share *share) {
    tl_add_f32(share->n, share->data[0], share->data[1], share->out[0]);
}

static void add_relu(const tl_map_share *share) {
    tl_add_relu_f32(share->n, share->data[0], share->data[1], share->out[0]);
}

static void run(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *a, const float *b, float *y,
                tl_map_kernel *kernel) {
    tl_map map = {.slot = {{.in = a, .out = y}, {.in = b}}, .slots = 2, .kernel = kernel};
    tl_map_run(team, plan, n, &map);
}

void tl_add_forward_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *a, const float *b,
                        float *y) {
    run(team, plan, n, a, b, y, add);
}

void tl_add_forward_relu_f32(const tl_team *team, const tl_map_plan *plan, uint32_t n, const float *a, const float *b,
                             float *y) {
    run(team, plan, n, a, b, y, add_relu);
}
