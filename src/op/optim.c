/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/optim.h"
#include "src/base/math.h"
#include "src/kernel/vector.h"
#include "src/tile/leaf.h"
#include "src/tile/tile_map.h"

static void momentum_kernel(const tl_map_share *share) {
    const tl_sgd *sgd = share->options;
    float *w = share->data[0], *g = share->data[1], *v = share->data[2];
    if (sgd->decay != 0.0f)
        tl_sgd_decay_f32(share->n, sgd->rate, sgd->momentum, sgd->decay, w, v, g);
    else
        tl_sgd_f32(share->n, sgd->rate, sgd->momentum, w, v, g);
}

static void plain_kernel(const tl_map_share *share) {
    const tl_sgd *sgd = share->options;
    if (sgd->decay != 0.0f)
        tl_sgd_plain_decay_f32(share->n, sgd->rate, sgd->decay, share->data[0], share->data[1]);
    else
        tl_sgd_plain_f32(share->n, sgd->rate, share->data[0], share->data[1]);
}

void tl_sgd_step_f32(const tl_team *team, const tl_map_plan *plan, const tl_sgd *sgd, uint32_t n, const float *g,
                     float *w, float *v) {
    tl_map map = {.slot = {{.in = w, .out = w}, {.in = g}, {.in = v, .out = v}},
                  .slots = v ? 3 : 2,
                  .options = sgd,
                  .kernel = v ? momentum_kernel : plain_kernel};
    tl_map_run(team, plan, n, &map);
}

typedef struct begin_arguments {
    const tl_adam *adam;
    tl_adam_state *state;
} begin_arguments;

/* power *= beta, in two floats. Returns 1 - power. */
static float next_power(float beta, float power[2]) {
    float product = power[0] * beta;
    float low = tl_fma(power[1], beta, tl_fma(power[0], beta, -product));
    power[0] = product + low;
    power[1] = low - (power[0] - product);
    return (1.0f - power[0]) - power[1];
}

static void begin_leaf(const void *arguments) {
    const begin_arguments *a = arguments;
    const tl_adam *adam = a->adam;
    tl_adam_state *state = a->state;
    if (state->steps++ == 0) {
        state->power1[0] = state->power2[0] = 1.0f;
        state->power1[1] = state->power2[1] = 0.0f;
    }
    float gathered1 = next_power(adam->beta1, state->power1), gathered2 = next_power(adam->beta2, state->power2);
    state->numbers = (tl_adam_numbers){.rest1 = 1.0f - adam->beta1,
                                       .rest2 = 1.0f - adam->beta2,
                                       .scale = 1.0f / tl_sqrt(gathered2),
                                       .size = adam->rate / gathered1,
                                       .keep = tl_fma(-adam->rate, adam->decay, 1.0f),
                                       .epsilon = adam->epsilon};
}

void tl_adam_begin_f32(const tl_team *team, const tl_adam *adam, tl_adam_state *state) {
    begin_arguments arguments = {adam, state};
    if (team->id == 0)
        tl_do(team, begin_leaf, &arguments, sizeof arguments);
    tl_barrier(team);
}

static void adam_kernel(const tl_map_share *share) {
    tl_adam_f32(share->n, share->options, share->data[0], share->data[1], share->data[2], share->data[3]);
}

void tl_adam_step_f32(const tl_team *team, const tl_map_plan *plan, const tl_adam_state *state, uint32_t n,
                      const float *g, float *w, float *m, float *v) {
    tl_map map = {.slot = {{.in = w, .out = w}, {.in = m, .out = m}, {.in = v, .out = v}, {.in = g}},
                  .slots = 4,
                  .options = &state->numbers,
                  .kernel = adam_kernel};
    tl_map_run(team, plan, n, &map);
}
