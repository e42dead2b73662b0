/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Convolution and linear layers, from L2 to L2: called, by the plans for kernels of any strides; and as a network runs
 * them, by kernels of fixed strides, from tapes whose home is L2 and whose reels stand in L1; batch 1 from tapes in L1.
 */
#include "tools/cli/bench_probe.h"

/* A plan of a layer, and its work with this plan's kernel. */
typedef tl_status plan_layer(const tl_probe *probe, uint32_t l1_bytes, bool fixed, tl_mm_plan *plan);
typedef tl_status check_layer(const tl_probe *probe, uint32_t l1_bytes, const tl_mm_plan *plan);
typedef bench_work work_of(const tl_probe *probe, const tl_mm_info *kernel);

static tl_status plan_conv(const tl_probe *probe, uint32_t l1_bytes, bool fixed, tl_mm_plan *plan) {
    return (fixed ? tl_conv_plan_fixed : tl_conv_plan)(&probe->conv, (tl_pass)probe->pass, l1_bytes, plan);
}

static tl_status check_conv(const tl_probe *probe, uint32_t l1_bytes, const tl_mm_plan *plan) {
    return tl_conv_supported(&probe->conv, (tl_pass)probe->pass, plan, l1_bytes);
}

static bench_work work_conv(const tl_probe *probe, const tl_mm_info *kernel) {
    return bench_work_conv(&probe->conv, (tl_pass)probe->pass, kernel);
}

static tl_status plan_linear(const tl_probe *probe, uint32_t l1_bytes, bool fixed, tl_mm_plan *plan) {
    return (fixed ? tl_linear_plan_fixed : tl_linear_plan)(&probe->linear, (tl_pass)probe->pass, l1_bytes, plan);
}

static tl_status check_linear(const tl_probe *probe, uint32_t l1_bytes, const tl_mm_plan *plan) {
    return tl_linear_supported(&probe->linear, (tl_pass)probe->pass, plan, l1_bytes);
}

static bench_work work_linear(const tl_probe *probe, const tl_mm_info *kernel) {
    return bench_work_linear(&probe->linear, (tl_pass)probe->pass, kernel);
}

typedef struct layer {
    plan_layer *plan;
    check_layer *check;
    work_of *work;
} layer;

static const layer conv_layer = {plan_conv, check_conv, work_conv};
static const layer linear_layer = {plan_linear, check_linear, work_linear};

enum { REEL_LEAST = 544, REEL_MOST = 1088, REEL_STEP = 32 };

/* The reels take what the plan leaves of L1. */
static uint32_t reel_bytes(const tl_probe *probe, const layer *l, const tl_mm_plan *plan) {
    uint32_t bytes = REEL_MOST;
    while (bytes > REEL_LEAST && l->check(probe, bench_l1_beside(bytes), plan) != TL_OK)
        bytes -= REEL_STEP;
    return bytes;
}

/* Called, or from tapes in the last region's upper part. */
static bool bench_pass(bench *b, tl_probe *probe, const char *name, const layer *l, bool taped) {
    char full[40];
    tl_mm_plan plan;
    snprintf(full, sizeof full, "%s.%s%s", name, bench_pass_names[probe->pass], taped ? "-taped" : "");
    if (l->plan(probe, bench_l1_beside(taped ? REEL_LEAST : 0), taped, &plan) != TL_OK)
        return cli_fail(b->error, CLI_OURS, "there is no plan for %s", full);
    bench_set_plan(probe, &plan);
    const bench_work needs = l->work(probe, tl_mm_numbered(probe->kernel));
    return taped ? bench_both_streamed(b, probe, &needs, full, reel_bytes(probe, l, &plan))
                 : bench_both(b, probe, &needs, full);
}

static bool bench_layer(bench *b, const char *name, tl_probe *probe, const layer *l) {
    for (int pass = TL_FORWARD; pass <= TL_GRAD_X; ++pass) {
        probe->pass = (uint32_t)pass;
        if (pass == TL_GRAD_X)
            probe->buffer[2] = TL_PROBE_ABSENT; /* no mask */
        if (!bench_pass(b, probe, name, l, false) || !bench_pass(b, probe, name, l, true))
            return false;
    }
    return true;
}

static bool bench_conv(bench *b, const char *name, const tl_conv *conv) {
    tl_probe probe = bench_request(TL_PROBE_CONV, TL_FORWARD);
    probe.conv = *conv;
    return bench_layer(b, name, &probe, &conv_layer);
}

static bool bench_linear(bench *b, const char *name, const tl_linear *linear) {
    tl_probe probe = bench_request(TL_PROBE_LINEAR, TL_FORWARD);
    probe.linear = *linear;
    return bench_layer(b, name, &probe, &linear_layer);
}

/* A request at batch 1: vectors stand in the last region, W in the first, the optimiser's states in those between. */
static tl_probe linear_one_request(const tl_linear *linear, uint32_t pass) {
    tl_probe probe = bench_request(TL_PROBE_LINEAR_ONE, (tl_pass)pass);
    probe.linear = *linear;
    probe.sgd = (tl_sgd){.rate = 0.01f, .momentum = 0.9f};
    for (uint32_t i = 0; i < TL_PROBE_BUFFERS; ++i)
        probe.buffer[i] = 3 * BENCH_REGION + i * 4096;
    probe.buffer[2] = 0;
    probe.buffer[6] = BENCH_REGION;
    probe.buffer[7] = 2 * BENCH_REGION;
    return probe;
}

/* Steps with other optimisers: 8.25 instructions an element with momentum, 17.25 and 26 cycles of waiting with Adam. */
static bool bench_linear_optimisers(bench *b, const char *name, const tl_linear *linear) {
    enum { REEL_BYTES = 1056 };
    static const char *const kernels[] = {"tl_both_momentum_f32", "tl_both_adam_f32"};
    static const uint32_t steps[] = {132, 692};
    const uint64_t weights = (uint64_t)linear->o * linear->k;
    for (uint32_t states = 1; states <= 2; ++states) {
        tl_probe probe = linear_one_request(linear, TL_PROBE_STEP);
        if (tl_linear_one_plan(linear, states, bench_l1_beside(REEL_BYTES), &probe.stream_plan) != TL_OK)
            return cli_fail(b->error, CLI_OURS, "there is no plan for %s", name);
        char full[40];
        snprintf(full, sizeof full, "%s.step-%s-taped", name, states == 1 ? "momentum" : "adam");
        bench_work work = bench_work_matvec(weights, 2, steps[states - 1], kernels[states - 1]);
        work.in = work.out = 4 * weights * (1 + states);
        if (!bench_both_streamed(b, &probe, &work, full, REEL_BYTES))
            return false;
    }
    return true;
}

/* Four such layers as a chain, forward and back, from tapes with reels. */
static bool bench_linear_chain(bench *b, const char *name, const tl_linear *linear) {
    enum { LAYERS = 4, REEL_BYTES = 1056 };
    const tl_linear layers[LAYERS] = {*linear, *linear, *linear, *linear};
    const uint64_t weights = (uint64_t)LAYERS * linear->o * linear->k;
    for (uint32_t back = 0; back < 2; ++back) {
        tl_probe probe = linear_one_request(linear, back ? TL_PROBE_STEP : TL_FORWARD);
        tl_stream_plan plans[LAYERS];
        if (tl_linear_one_chain_plan(layers, LAYERS, 0, bench_l1_beside(REEL_BYTES), plans) != TL_OK)
            return cli_fail(b->error, CLI_OURS, "there is no plan for %s", name);
        probe.stream_plan = plans[0];
        probe.layers = LAYERS;
        probe.buffer[1] = 3 * BENCH_REGION + 0x8000;
        char full[40];
        snprintf(full, sizeof full, "%s.%s-taped", name, back ? "step" : "forward");
        bench_work work =
            bench_work_matvec(weights, back ? 2 : 1, back ? 66 : 33, back ? "tl_matvec_outer_f32" : "tl_matvec_f32");
        work.in = 4 * weights;
        work.out = back ? 4 * weights : 0;
        if (!bench_both_streamed(b, &probe, &work, full, REEL_BYTES))
            return false;
    }
    return true;
}

/* Batch 1, W from L2: each pass, called and from tapes. */
static bool bench_linear_one(bench *b, const char *name, const tl_linear *linear) {
    enum { TAPE_BYTES = 1536 };
    static const char *const passes[] = {"forward", "update", "grad_x", "step"};
    for (uint32_t i = 0; i < 8; ++i) {
        const uint32_t pass = i / 2, taped = i % 2;
        tl_probe probe = linear_one_request(linear, pass);
        if (tl_linear_one_plan(linear, 0, bench_l1_beside(TAPE_BYTES), &probe.stream_plan) != TL_OK)
            return cli_fail(b->error, CLI_OURS, "there is no plan for %s", name);
        char full[40];
        snprintf(full, sizeof full, "%s.%s%s", name, passes[pass], taped ? "-taped" : "");
        const bench_work work = bench_work_linear_one(linear, pass);
        bench_tapes_in_l1(b, &probe, TAPE_BYTES);
        if (taped ? !bench_both_taped(b, &probe, &work, full, TAPE_BYTES) : !bench_both(b, &probe, &work, full))
            return false;
    }
    return true;
}

bool bench_layers(bench *b) {
    /* n, h, w, c, o, kh, kw, stride_h, stride_w, top, left, bottom, right, dilation_h, dilation_w, groups; layers of
     * the MLPerf Tiny models, and the first of them with taps further apart and in groups. */
    static const struct {
        const char *name;
        tl_conv conv;
    } convs[] = {
        {"conv3x3-32x32x16-16", {1, 32, 32, 16, 16, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0}},
        {"conv3x3s2-32x32x16-32", {1, 32, 32, 16, 32, 3, 3, 2, 2, 0, 0, 1, 1, 0, 0, 0}},
        {"conv3x3-8x8x64-64", {1, 8, 8, 64, 64, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0}},
        {"conv10x4s2-49x10x1-64", {1, 49, 10, 1, 64, 10, 4, 2, 2, 4, 1, 5, 1, 0, 0, 0}},
        {"conv1x1-25x5x64-64", {1, 25, 5, 64, 64, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0}},
        {"conv3x3d2-32x32x16-16", {1, 32, 32, 16, 16, 3, 3, 1, 1, 2, 2, 2, 2, 2, 2, 0}},
        {"conv3x3g2-32x32x16-16", {1, 32, 32, 16, 16, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 2}},
    };
    /* The last one is a matmul of 64x64x512 that streams through L1. */
    static const struct {
        const char *name;
        tl_linear linear;
    } linears[] = {
        {"linear-1x640-128", {1, 640, 128}}, {"linear-8x128-128", {8, 128, 128}}, {"linear-64x512-64", {64, 512, 64}}};
    for (uint32_t i = 0; i < sizeof convs / sizeof convs[0]; ++i)
        if (!bench_conv(b, convs[i].name, &convs[i].conv))
            return false;
    for (uint32_t i = 0; i < sizeof linears / sizeof linears[0]; ++i)
        if (!bench_linear(b, linears[i].name, &linears[i].linear))
            return false;
    static const tl_linear square = {1, 128, 128};
    return bench_linear_one(b, "linear-128-128", &square) && bench_linear_optimisers(b, "linear-128-128", &square) &&
           bench_linear_chain(b, "linear-4x128-128", &square);
}
