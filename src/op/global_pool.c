/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/global_pool.h"
#include "src/tile/tile_channels.h"
#include <stdbool.h>

/* The one vector: y, or dy and then its share of each pixel. Option 0: 1 / (H W). */
static void sum(const tl_channels_part *part, const tl_pixels *pixels, uint32_t c) {
    tl_channels_sum_f32(pixels, part->in[0] + c, part->sums + c);
}

static void average(const tl_channels_share *share) {
    for (uint32_t c = share->from; c < share->to; ++c)
        share->vector[c] = tl_channels_total(share, 0, c) * share->option[0];
}

static void spread(const tl_channels_share *share) {
    for (uint32_t c = share->from; c < share->to; ++c)
        share->vector[c] *= share->option[0];
}

static void fill(const tl_channels_part *part, const tl_pixels *pixels, uint32_t c) {
    tl_channels_fill_f32(pixels, part->vector + c, part->out[0] + c);
}

static tl_channels_pass pool_pass(const tl_global_pool *pool, const tl_channels_plan *plan) {
    const uint32_t pixels = (uint32_t)pool->h * pool->w;
    return (tl_channels_pass){.plan = plan,
                              .pixels = pixels,
                              .channels = pool->c,
                              .slots = 1,
                              .vectors = 1,
                              .option = {1.0f / (float)pixels}};
}

static tl_channels_pass forward_pass(const tl_global_pool *pool, const tl_channels_plan *plan) {
    tl_channels_pass pass = pool_pass(pool, plan);
    pass.sums = 1;
    pass.reduce = sum;
    pass.combine = average;
    return pass;
}

static tl_channels_pass grad_x_pass(const tl_global_pool *pool, const tl_channels_plan *plan) {
    tl_channels_pass pass = pool_pass(pool, plan);
    pass.combine = spread;
    pass.map = fill;
    return pass;
}

void tl_global_avg_pool_forward_f32(const tl_team *team, const tl_global_pool *pool, const tl_channels_plan *plan,
                                    const float *x, float *y) {
    tl_channels_pass pass = forward_pass(pool, plan);
    for (uint32_t n = 0; n < pool->n; ++n) {
        pass.slot[0].in = x + n * pass.pixels * pass.channels;
        pass.vector[0].out = y + n * pass.channels;
        tl_channels_run(team, &pass);
    }
}

void tl_global_avg_pool_grad_x_f32(const tl_team *team, const tl_global_pool *pool, const tl_channels_plan *plan,
                                   const float *dy, float *dx) {
    tl_channels_pass pass = grad_x_pass(pool, plan);
    for (uint32_t n = 0; n < pool->n; ++n) {
        pass.vector[0].in = dy + n * pass.channels;
        pass.slot[0].out = dx + n * pass.pixels * pass.channels;
        tl_channels_run(team, &pass);
    }
}

static bool sizes_fit(const tl_global_pool *pool) {
    return pool->n && pool->h && pool->w && pool->c &&
           (uint64_t)pool->n * pool->h * pool->w * pool->c < (uint64_t)1 << 29;
}

tl_status tl_global_avg_pool_supported(const tl_global_pool *pool, tl_pass pass, const tl_channels_plan *plan,
                                       uint32_t l1_bytes) {
    if (!sizes_fit(pool))
        return TL_BAD_SIZES;
    if (pass == TL_GRAD_W)
        return TL_BAD_PLAN;
    const tl_channels_pass any = pass == TL_FORWARD ? forward_pass(pool, plan) : grad_x_pass(pool, plan);
    return tl_channels_supported(&any, plan, l1_bytes);
}

tl_status tl_global_avg_pool_plan(const tl_global_pool *pool, tl_pass pass, uint32_t l1_bytes, tl_channels_plan *plan) {
    if (!sizes_fit(pool))
        return TL_BAD_SIZES;
    if (pass == TL_GRAD_W)
        return TL_BAD_PLAN;
    const tl_channels_pass any = pass == TL_FORWARD ? forward_pass(pool, plan) : grad_x_pass(pool, plan);
    return tl_channels_make_plan(&any, l1_bytes, plan);
}
