/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/optim.h"
#include "src/kernel/vector.h"
#include "src/tile/tile_map.h"

static void sgd_kernel(const tl_map *map, uint32_t n, float *const *data) {
    const tl_sgd *sgd = map->options;
    tl_sgd_f32(n, sgd->rate, sgd->momentum, data[1], data[2], data[0]);
}

void tl_sgd_step_f32(const tl_team *team, const tl_map_plan *plan, const tl_sgd *sgd, uint32_t n, const float *g,
                     float *w, float *v) {
    tl_map map = {.slot = {{.in = g}, {.in = w, .out = w}, {.in = v, .out = v}},
                  .slots = 3,
                  .options = sgd,
                  .kernel = sgd_kernel};
    tl_map_run(team, plan, n, &map);
}
