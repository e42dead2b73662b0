/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/batch_norm.h"
#include "src/base/math.h"
#include "src/tile/tile_channels.h"
#include <stdbool.h>

/* Vectors in L1, and what the options are. */
enum { GAMMA, BETA, MEAN, RSTD, RUNNING_MEAN, RUNNING_VAR, SHIFT, SCALE, OFFSET };
enum { PER_PIXEL, EPS, MOMENTUM, TAKEN, UNBIASED };
/* Of grad: dgamma and dbeta, and dx = A * dy + (B * x + D). */
enum { DGAMMA = 4, DBETA, A, B, D };

static inline float *at(const tl_channels_share *share, uint32_t vector, uint32_t c) {
    return tl_channels_at(share->vector, vector, share->channels, c);
}

static inline float *vector(const tl_channels_part *part, uint32_t i, uint32_t c) {
    return tl_channels_at(part->vector, i, part->channels, c);
}

static float rstd_of(float var, float eps) {
    return 1.0f / __builtin_sqrtf(var + eps);
}

/* ---- kernels of the sweeps ---- */

static void moments(const tl_channels_part *part, const tl_pixels *pixels, uint32_t c) {
    float *sum = part->sums + c;
    tl_channels_moments_f32(pixels, part->in[0] + c, vector(part, SHIFT, c), sum, sum + part->channels);
}

static void products(const tl_channels_part *part, const tl_pixels *pixels, uint32_t c) {
    float *sum = part->sums + c;
    tl_channels_products_f32(pixels, part->in[0] + c, part->in[1] + c, vector(part, MEAN, c), sum,
                             sum + part->channels);
}

static void scale(const tl_channels_part *part, const tl_pixels *pixels, uint32_t c) {
    tl_channels_scale_f32(pixels, part->in[0] + c, vector(part, SCALE, c), vector(part, OFFSET, c), part->out[0] + c);
}

static void scale_relu(const tl_channels_part *part, const tl_pixels *pixels, uint32_t c) {
    tl_channels_scale_relu_f32(pixels, part->in[0] + c, vector(part, SCALE, c), vector(part, OFFSET, c),
                               part->out[0] + c);
}

static void scale_whole(float *vectors, uint32_t channels, uint32_t pixels, float *y) {
    tl_pixels_scale_f32(pixels, channels, tl_channels_at(vectors, SCALE, channels, 0),
                        tl_channels_at(vectors, OFFSET, channels, 0), y);
}

static void scale_relu_whole(float *vectors, uint32_t channels, uint32_t pixels, float *y) {
    tl_pixels_scale_relu_f32(pixels, channels, tl_channels_at(vectors, SCALE, channels, 0),
                             tl_channels_at(vectors, OFFSET, channels, 0), y);
}

static void blend(const tl_channels_part *part, const tl_pixels *pixels, uint32_t c) {
    tl_channels_blend_f32(pixels, part->in[0] + c, part->in[1] + c, vector(part, A, c), vector(part, B, c),
                          vector(part, D, c), part->out[1] + c);
}

/* ---- from sums to coefficients ---- */

static inline void set_scale(const tl_channels_share *share, uint32_t c, float mean, float rstd) {
    const float a = *at(share, GAMMA, c) * rstd;
    *at(share, SCALE, c) = a;
    *at(share, OFFSET, c) = tl_fma(-mean, a, *at(share, BETA, c));
}

static void forward_combine(const tl_channels_share *share) {
    const float per_pixel = share->option[PER_PIXEL], eps = share->option[EPS];
    const float momentum = share->option[MOMENTUM], taken = share->option[TAKEN], unbiased = share->option[UNBIASED];
    for (uint32_t c = share->from; c < share->to; ++c) {
        const float sum = tl_channels_total(share, 0, c), square = tl_channels_total(share, 1, c);
        const float from_shift = sum * per_pixel, mean = *at(share, SHIFT, c) + from_shift;
        float var = tl_fma(-sum, from_shift, square) * per_pixel;
        var = var < 0.0f ? 0.0f : var;
        const float rstd = rstd_of(var, eps);
        *at(share, MEAN, c) = mean;
        *at(share, RSTD, c) = rstd;
        set_scale(share, c, mean, rstd);
        float *running_mean = at(share, RUNNING_MEAN, c), *running_var = at(share, RUNNING_VAR, c);
        *running_mean = tl_fma(momentum, *running_mean, taken * mean);
        *running_var = tl_fma(momentum, *running_var, taken * (var * unbiased));
    }
}

/* RSTD holds the variance here. */
static void frozen_combine(const tl_channels_share *share) {
    for (uint32_t c = share->from; c < share->to; ++c)
        set_scale(share, c, *at(share, MEAN, c), rstd_of(*at(share, RSTD, c), share->option[EPS]));
}

/* Adding -0 changes nothing. */
static void frozen_grad_x_combine(const tl_channels_share *share) {
    for (uint32_t c = share->from; c < share->to; ++c) {
        *at(share, SCALE, c) = *at(share, GAMMA, c) * rstd_of(*at(share, RSTD, c), share->option[EPS]);
        *at(share, OFFSET, c) = -0.0f;
    }
}

static inline void set_gradients(const tl_channels_share *share, uint32_t c, float rstd) {
    *at(share, DBETA, c) = tl_channels_total(share, 0, c);
    *at(share, DGAMMA, c) = rstd * tl_channels_total(share, 1, c);
}

static void frozen_grad_w_combine(const tl_channels_share *share) {
    for (uint32_t c = share->from; c < share->to; ++c)
        set_gradients(share, c, rstd_of(*at(share, RSTD, c), share->option[EPS]));
}

static void grad_combine(const tl_channels_share *share) {
    const float per_pixel = share->option[PER_PIXEL];
    for (uint32_t c = share->from; c < share->to; ++c) {
        const float rstd = *at(share, RSTD, c), a = *at(share, GAMMA, c) * rstd;
        set_gradients(share, c, rstd);
        const float b = -a * rstd * (*at(share, DGAMMA, c) * per_pixel);
        *at(share, A, c) = a;
        *at(share, B, c) = b;
        *at(share, D, c) = tl_fma(-b, *at(share, MEAN, c), -(a * (*at(share, DBETA, c) * per_pixel)));
    }
}

/* ---- passes ---- */

static tl_channels_pass norm_pass(const tl_batch_norm *norm, const tl_channels_plan *plan) {
    const uint32_t pixels = (uint32_t)norm->n * norm->h * norm->w;
    return (tl_channels_pass){.plan = plan,
                              .pixels = pixels,
                              .channels = norm->c,
                              .vectors = TL_CHANNELS_VECTORS,
                              .sums = 2,
                              .option = {[PER_PIXEL] = 1.0f / (float)pixels,
                                         [EPS] = norm->eps,
                                         [MOMENTUM] = norm->momentum,
                                         [TAKEN] = 1.0f - norm->momentum,
                                         [UNBIASED] = (float)pixels / (float)(pixels - norm->correction)}};
}

static tl_channels_pass forward_pass(const tl_batch_norm *norm, const tl_channels_plan *plan) {
    tl_channels_pass pass = norm_pass(norm, plan);
    pass.slots = 1;
    pass.reduce = moments;
    pass.combine = forward_combine;
    return pass;
}

static tl_channels_pass grad_pass(const tl_batch_norm *norm, const tl_channels_plan *plan) {
    tl_channels_pass pass = norm_pass(norm, plan);
    pass.slots = 2;
    pass.reduce = products;
    return pass;
}

static void forward(const tl_team *team, tl_channels_pass *pass, const float *x, const float *gamma, const float *beta,
                    float *running_mean, float *running_var, float *mean, float *rstd, float *y) {
    pass->slot[0] = (tl_channels_slot){.in = x, .out = y};
    pass->vector[GAMMA].in = gamma;
    pass->vector[BETA].in = beta;
    pass->vector[MEAN].out = mean;
    pass->vector[RSTD].out = rstd;
    pass->vector[RUNNING_MEAN] = (tl_channels_vector){.in = running_mean, .out = running_mean};
    pass->vector[RUNNING_VAR] = (tl_channels_vector){.in = running_var, .out = running_var};
    pass->vector[SHIFT].in = x;
    tl_channels_run(team, pass);
}

void tl_batch_norm_forward_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                               const float *x, const float *gamma, const float *beta, float *running_mean,
                               float *running_var, float *mean, float *rstd, float *y) {
    tl_channels_pass pass = forward_pass(norm, plan);
    pass.map = scale;
    forward(team, &pass, x, gamma, beta, running_mean, running_var, mean, rstd, y);
}

void tl_batch_norm_forward_relu_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                                    const float *x, const float *gamma, const float *beta, float *running_mean,
                                    float *running_var, float *mean, float *rstd, float *y) {
    tl_channels_pass pass = forward_pass(norm, plan);
    pass.map = scale_relu;
    forward(team, &pass, x, gamma, beta, running_mean, running_var, mean, rstd, y);
}

void tl_batch_norm_grad_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                            const float *x, const float *dy, const float *gamma, const float *mean, const float *rstd,
                            float *dgamma, float *dbeta, float *dx) {
    tl_channels_pass pass = grad_pass(norm, plan);
    pass.slot[0].in = x;
    pass.slot[1] = (tl_channels_slot){.in = dy, .out = dx};
    pass.vector[GAMMA].in = gamma;
    pass.vector[MEAN].in = mean;
    pass.vector[RSTD].in = rstd;
    pass.vector[DGAMMA].out = dgamma;
    pass.vector[DBETA].out = dbeta;
    pass.combine = grad_combine;
    pass.map = dx ? blend : NULL;
    tl_channels_run(team, &pass);
}

static void frozen_forward(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan, const float *x,
                           const float *gamma, const float *beta, const float *mean, const float *var, float *y,
                           tl_channels_kernel *kernel, tl_channels_whole *whole) {
    tl_channels_pass pass = norm_pass(norm, plan);
    pass.slots = 1;
    pass.slot[0] = (tl_channels_slot){.in = x, .out = y};
    pass.vector[GAMMA].in = gamma;
    pass.vector[BETA].in = beta;
    pass.vector[MEAN].in = mean;
    pass.vector[RSTD].in = var;
    pass.combine = frozen_combine;
    pass.map = kernel;
    pass.whole = whole;
    tl_channels_run(team, &pass);
}

void tl_batch_norm_frozen_forward_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                                      const float *x, const float *gamma, const float *beta, const float *mean,
                                      const float *var, float *y) {
    frozen_forward(team, norm, plan, x, gamma, beta, mean, var, y, scale, scale_whole);
}

void tl_batch_norm_frozen_forward_relu_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                                           const float *x, const float *gamma, const float *beta, const float *mean,
                                           const float *var, float *y) {
    frozen_forward(team, norm, plan, x, gamma, beta, mean, var, y, scale_relu, scale_relu_whole);
}

void tl_batch_norm_frozen_grad_w_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                                     const float *x, const float *dy, const float *mean, const float *var,
                                     float *dgamma, float *dbeta) {
    tl_channels_pass pass = grad_pass(norm, plan);
    pass.slot[0].in = x;
    pass.slot[1].in = dy;
    pass.vector[MEAN].in = mean;
    pass.vector[RSTD].in = var;
    pass.vector[DGAMMA].out = dgamma;
    pass.vector[DBETA].out = dbeta;
    pass.combine = frozen_grad_w_combine;
    tl_channels_run(team, &pass);
}

void tl_batch_norm_frozen_grad_x_f32(const tl_team *team, const tl_batch_norm *norm, const tl_channels_plan *plan,
                                     const float *dy, const float *gamma, const float *var, float *dx) {
    tl_channels_pass pass = norm_pass(norm, plan);
    pass.slots = 2; /* as the plan has it: one is left empty */
    pass.slot[0] = (tl_channels_slot){.in = dy, .out = dx};
    pass.vector[GAMMA].in = gamma;
    pass.vector[RSTD].in = var;
    pass.combine = frozen_grad_x_combine;
    pass.map = scale;
    pass.whole = scale_whole;
    tl_channels_run(team, &pass);
}

/* ---- what fits ---- */

static bool sizes_fit(const tl_batch_norm *norm) {
    const uint64_t pixels = (uint64_t)norm->n * norm->h * norm->w;
    return pixels && norm->c && pixels * norm->c < (uint64_t)1 << 29 && norm->eps > 0.0f && norm->eps <= 1.0f &&
           norm->momentum >= 0.0f && norm->momentum <= 1.0f && norm->correction <= 1 && pixels > norm->correction;
}

tl_status tl_batch_norm_supported(const tl_batch_norm *norm, tl_pass pass, const tl_channels_plan *plan,
                                  uint32_t l1_bytes) {
    if (!sizes_fit(norm))
        return TL_BAD_SIZES;
    const tl_channels_pass any = pass == TL_FORWARD ? forward_pass(norm, plan) : grad_pass(norm, plan);
    return tl_channels_supported(&any, plan, l1_bytes);
}

tl_status tl_batch_norm_plan(const tl_batch_norm *norm, tl_pass pass, uint32_t l1_bytes, tl_channels_plan *plan) {
    if (!sizes_fit(norm))
        return TL_BAD_SIZES;
    tl_channels_pass any = pass == TL_FORWARD ? forward_pass(norm, plan) : grad_pass(norm, plan);
    any.map = scale; /* all passes but one have a second sweep */
    return tl_channels_make_plan(&any, l1_bytes, plan);
}
