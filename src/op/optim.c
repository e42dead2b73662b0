/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/optim.h"
#include "src/kernel/vector.h"
#include "src/tile/tile_map.h"

static void sgd_kernel(const tl_map_share *share) {
    const tl_sgd *sgd = share->options;
    tl_sgd_f32(share->n, sgd->rate, sgd->momentum, share->data[1], share->data[2], share->data[0]);
}

void tl_sgd_step_f32(const tl_team *team, const tl_map_plan *plan, const tl_sgd *sgd, uint32_t n, const float *g,
                     float *w, float *v) {
    tl_map map = {.slot = {{.in = g}, {.in = w, .out = w}, {.in = v, .out = v}},
                  .slots = 3,
                  .options = sgd,
                  .kernel = sgd_kernel};
    tl_map_run(team, plan, n, &map);
}
