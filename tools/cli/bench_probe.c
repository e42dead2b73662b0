/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/probe.h"
#include "platform/budget.h"
#include "src/base/random.h"
#include "src/kernel/mm.h"
#include "tools/cli/bench.h"
#include "tools/cli/device.h"
#include "tools/cli/mailbox_host.h"
#include "tools/cli/streams.h"
#include <stdlib.h>
#include <string.h>

enum { SEED = 1, REGION = 0x50000, REGIONS = 4, MM_SIDE = 64 };

typedef struct bench {
    bench_list *list;
    mailbox_host host;
    uint32_t request, heap; /* addresses */
    float *noise;           /* fills the heap: REGIONS operands of at most REGION bytes */
    cli_error *error;
} bench;

static const char *const pass_names[] = {"forward", "grad_w", "grad_x"};

/* Runs one request, warm, and adds its cycles as "name/CORES". */
static bool run(bench *b, tl_probe *probe, uint32_t cores, uint64_t macs, const char *name) {
    char full[sizeof b->list->cases->name];
    snprintf(full, sizeof full, "%s/%u-core%s", name, cores, cores > 1 ? "s" : "");
    if (!probe->repeat)
        probe->repeat = 2;
    b->host.box.cores = cores;
    if (!mailbox_write(&b->host, b->request, probe, sizeof *probe, b->error) ||
        !mailbox_request(&b->host, TL_REQUEST_PROBE, b->error))
        return false;
    if (b->host.box.status != TL_OK)
        return cli_fail(b->error, CLI_OURS, "the probe refused %s: %s", full, status_text(b->host.box.status));
    return bench_add(b->list, full, b->host.box.argument[0], macs, b->error);
}

static bool fill(bench *b) {
    return mailbox_write(&b->host, b->heap, b->noise, REGIONS * REGION, b->error);
}

static bool run_team_and_one(bench *b, tl_probe *probe, uint64_t macs, const char *name) {
    return fill(b) && run(b, probe, BENCH_TEAM, macs, name) && fill(b) && run(b, probe, 1, macs, name);
}

/* MM_SIDE^3 in L1: A times B as they stand, with B transposed, with A transposed. */
static bool bench_mm(bench *b, uint32_t kernel) {
    static const char *const forms[] = {"nn", "nt", "tn"};
    const int32_t row = MM_SIDE * 4;
    const tl_mm_info *info = &tl_mm_table[kernel];
    for (int form = 0; form < 3; ++form) {
        tl_probe probe = {.kind = TL_PROBE_MM, .kernel = kernel, .plan = {.block_m = info->mr, .block_n = info->nr}};
        probe.plan.slices = 1;
        probe.mm = (tl_probe_mm){.bytes = 3 * MM_SIDE * MM_SIDE * 4,
                                 .b = MM_SIDE * MM_SIDE * 4,
                                 .c = 2 * MM_SIDE * MM_SIDE * 4,
                                 .init = TL_PROBE_ABSENT,
                                 .jump = TL_PROBE_ABSENT,
                                 .m = MM_SIDE,
                                 .n = MM_SIDE,
                                 .k = MM_SIDE,
                                 .runs = 1,
                                 .a_m = form == 2 ? 4 : row,
                                 .a_k = form == 2 ? row : 4,
                                 .b_n = form == 1 ? row : 4,
                                 .b_k = form == 1 ? 4 : row,
                                 .c_m = row,
                                 .c_n = 4};
        static const char prefix[] = "tl_mm_f32_";
        size_t skip = strncmp(info->name, prefix, sizeof prefix - 1) == 0 ? sizeof prefix - 1 : 0;
        char name[40];
        snprintf(name, sizeof name, "mm/%s/%s-%dx%dx%d", info->name + skip, forms[form], MM_SIDE, MM_SIDE, MM_SIDE);
        if (!fill(b) || !run(b, &probe, BENCH_TEAM, (uint64_t)MM_SIDE * MM_SIDE * MM_SIDE, name))
            return false;
    }
    return true;
}

static void set_plan(tl_probe *probe, const tl_mm_plan *plan) {
    for (uint32_t i = 0; i < tl_mm_count; ++i)
        if (tl_mm_table[i].run == plan->kernel)
            probe->kernel = i;
    probe->plan = (tl_probe_plan){.block_m = plan->block_m,
                                  .block_n = plan->block_n,
                                  .slices = plan->slices,
                                  .rows = plan->rows,
                                  .cols = plan->cols,
                                  .o = plan->o,
                                  .c = plan->c};
}

static tl_probe new_probe(tl_probe_kind kind, tl_pass pass) {
    tl_probe probe = {.kind = kind, .pass = pass};
    for (uint32_t i = 0; i < REGIONS; ++i)
        probe.buffer[i] = i * REGION;
    return probe;
}

static bool bench_conv(bench *b, const char *name, const tl_conv *conv) {
    for (int pass = TL_FORWARD; pass <= TL_GRAD_X; ++pass) {
        tl_probe probe = new_probe(TL_PROBE_CONV, (tl_pass)pass);
        tl_mm_plan plan;
        char full[40];
        snprintf(full, sizeof full, "%s.%s", name, pass_names[pass]);
        if (tl_conv_plan(conv, (tl_pass)pass, TL_L1_ARENA_BYTES, &plan) != TL_OK)
            return cli_fail(b->error, CLI_OURS, "there is no plan for %s", full);
        set_plan(&probe, &plan);
        probe.conv = *conv;
        if (!run_team_and_one(b, &probe, tl_conv_macs(conv), full))
            return false;
    }
    return true;
}

static bool bench_linear(bench *b, const char *name, const tl_linear *linear) {
    for (int pass = TL_FORWARD; pass <= TL_GRAD_X; ++pass) {
        tl_probe probe = new_probe(TL_PROBE_LINEAR, (tl_pass)pass);
        tl_mm_plan plan;
        char full[40];
        snprintf(full, sizeof full, "%s.%s", name, pass_names[pass]);
        if (tl_linear_plan(linear, (tl_pass)pass, TL_L1_ARENA_BYTES, &plan) != TL_OK)
            return cli_fail(b->error, CLI_OURS, "there is no plan for %s", full);
        set_plan(&probe, &plan);
        probe.linear = *linear;
        if (!run_team_and_one(b, &probe, tl_linear_macs(linear), full))
            return false;
    }
    return true;
}

static bool bench_pool(bench *b) {
    tl_probe probe = new_probe(TL_PROBE_MAX_POOL, TL_FORWARD);
    probe.pool = (tl_pool){.n = 1, .h = 32, .w = 32, .c = 16, .kh = 2, .kw = 2, .stride_h = 2, .stride_w = 2};
    if (tl_max_pool_plan(&probe.pool, TL_FORWARD, TL_L1_ARENA_BYTES, &probe.window_plan) != TL_OK)
        return cli_fail(b->error, CLI_OURS, "there is no plan for max pooling");
    if (!run_team_and_one(b, &probe, 0, "max_pool2x2-32x32x16.forward"))
        return false;
    /* The forward pass has left the positions of the maxima, which the gradient needs. */
    probe.pass = TL_GRAD_X;
    probe.buffer[1] = 2 * REGION;
    probe.buffer[2] = 1 * REGION;
    if (tl_max_pool_plan(&probe.pool, TL_GRAD_X, TL_L1_ARENA_BYTES, &probe.window_plan) != TL_OK)
        return cli_fail(b->error, CLI_OURS, "there is no plan for max pooling");
    return run(b, &probe, BENCH_TEAM, 0, "max_pool2x2-32x32x16.grad_x") &&
           run(b, &probe, 1, 0, "max_pool2x2-32x32x16.grad_x");
}

static bool bench_elements(bench *b) {
    tl_probe relu = new_probe(TL_PROBE_RELU, TL_FORWARD), sgd = new_probe(TL_PROBE_SGD, TL_FORWARD);
    relu.elements = sgd.elements = 16384;
    sgd.sgd = (tl_sgd){.rate = 0.01f, .momentum = 0.9f};
    if (!run_team_and_one(b, &relu, 0, "relu-16384.forward"))
        return false;
    relu.pass = TL_GRAD_X;
    if (!run_team_and_one(b, &relu, 0, "relu-16384.grad_x") || !run_team_and_one(b, &sgd, 0, "sgd-16384.step"))
        return false;
    tl_probe relu6 = new_probe(TL_PROBE_RELU6, TL_FORWARD), add = new_probe(TL_PROBE_ADD, TL_FORWARD);
    relu6.elements = add.elements = 16384;
    if (!run_team_and_one(b, &relu6, 0, "relu6-16384.forward"))
        return false;
    relu6.pass = TL_GRAD_X;
    if (!run_team_and_one(b, &relu6, 0, "relu6-16384.grad_x") || !run_team_and_one(b, &add, 0, "add-16384.forward"))
        return false;
    add.relu = 1;
    if (!run_team_and_one(b, &add, 0, "add-16384.forward_relu"))
        return false;
    tl_probe loss = new_probe(TL_PROBE_LOSS, TL_FORWARD);
    loss.rows = (tl_rows){.n = 1, .classes = 10};
    uint32_t label = 3;
    return fill(b) && mailbox_write(&b->host, b->heap + loss.buffer[1], &label, sizeof label, b->error) &&
           run(b, &loss, BENCH_TEAM, 0, "softmax_cross_entropy-10.loss") &&
           run(b, &loss, 1, 0, "softmax_cross_entropy-10.loss");
}

/*
 * A step over tensors of `bytes` from L2 to L2; and, where that fits, from L1 to L1: buffers 0 to large - 1 stand
 * there, the result (buffer `out`) where the last of them does, and so does the tape.
 */
static bool bench_channels(bench *b, tl_probe *probe, const char *name, uint32_t bytes, uint32_t large, uint32_t out) {
    enum { TAPE_BYTES = 1536, IN_L1_MAX = 16384 };
    char in_l1[48];
    if (!run_team_and_one(b, probe, 0, name))
        return false;
    if (bytes > IN_L1_MAX)
        return true;
    uint32_t at = TL_L1_ARENA + TL_L1_ARENA_BYTES - TL_CLUSTER_CORES * TAPE_BYTES - b->heap;
    probe->tape = at;
    probe->tape_bytes = TAPE_BYTES;
    for (uint32_t i = 0; i < large; ++i)
        probe->buffer[i] = at -= bytes;
    probe->buffer[out] = large ? at : at - bytes;
    snprintf(in_l1, sizeof in_l1, "%s-l1", name);
    return run_team_and_one(b, probe, 0, in_l1);
}

static bool bench_norm(bench *b, const char *size, const tl_batch_norm *norm) {
    const uint32_t bytes = 4u * norm->n * norm->h * norm->w * norm->c;
    for (int i = 0; i < 4; ++i) {
        static const char *const names[] = {"forward", "grad", "frozen_forward", "frozen_grad_x"};
        static const uint32_t large[] = {1, 2, 1, 1}, out[] = {3, 3, 2, 2};
        char name[40];
        const tl_pass pass = i % 2 ? TL_GRAD_X : TL_FORWARD;
        tl_probe probe = new_probe(i < 2 ? TL_PROBE_BATCH_NORM : TL_PROBE_BATCH_NORM_FROZEN, pass);
        probe.norm = *norm;
        if (tl_batch_norm_plan(norm, pass, TL_L1_ARENA_BYTES, &probe.channels_plan) != TL_OK)
            return cli_fail(b->error, CLI_OURS, "there is no plan for batch_norm-%s.%s", size, names[i]);
        snprintf(name, sizeof name, "batch_norm-%s.%s", size, names[i]);
        if (!bench_channels(b, &probe, name, bytes, large[i], out[i]))
            return false;
    }
    return true;
}

static bool bench_global_pool(bench *b, const char *size, const tl_global_pool *pool) {
    for (int pass = TL_FORWARD; pass <= TL_GRAD_X; pass += TL_GRAD_X) {
        tl_probe probe = new_probe(TL_PROBE_GLOBAL_AVG_POOL, (tl_pass)pass);
        probe.global_pool = *pool;
        if (tl_global_avg_pool_plan(pool, (tl_pass)pass, TL_L1_ARENA_BYTES, &probe.channels_plan) != TL_OK)
            return cli_fail(b->error, CLI_OURS, "there is no plan for global_avg_pool-%s.%s", size, pass_names[pass]);
        char name[40];
        snprintf(name, sizeof name, "global_avg_pool-%s.%s", size, pass_names[pass]);
        if (!bench_channels(b, &probe, name, 4u * pool->n * pool->h * pool->w * pool->c, pass == TL_FORWARD,
                            pass == TL_FORWARD ? 0 : 1))
            return false;
    }
    return true;
}

/* Matrix-vector kernels in L1: rows one word longer than needed; an x that runs along them begins in another bank. */
static bool bench_matvec(bench *b) {
    static const char *const forms[] = {"matvec", "matvec_t", "outer", "matvec_outer"};
    static const uint32_t sizes[][2] = {{128, 92}, {92, 128}, {92, 128}, {120, 96}};
    for (uint32_t form = 0; form < 4; ++form) {
        const uint32_t rows = sizes[form][0], cols = sizes[form][1], w = 4 * rows * (cols + 1), most = 128,
                       bank = form == 0 ? 28 : 0;
        uint32_t macs = rows * cols * (form == 3 ? 2 : 1);
        tl_probe probe = {.kind = TL_PROBE_MATVEC, .pass = form};
        probe.mm = (tl_probe_mm){.bytes = w + 13 * most,
                                 .b = w + bank,
                                 .jump = w + bank + 4 * most,
                                 .c = w + 8 * most + bank,
                                 .init = TL_PROBE_ABSENT,
                                 .m = rows,
                                 .k = cols,
                                 .runs = 1,
                                 .n = 1,
                                 .a_m = 4 * (int32_t)(cols + 1)};
        char name[40];
        snprintf(name, sizeof name, "%s/%ux%u", forms[form], rows, cols);
        if (!run_team_and_one(b, &probe, macs, name))
            return false;
    }
    return true;
}

static bool bench_avg_pool(bench *b, const char *size, const tl_pool *pool) {
    for (int pass = TL_FORWARD; pass <= TL_GRAD_X; pass += TL_GRAD_X) {
        tl_probe probe = new_probe(TL_PROBE_AVG_POOL, (tl_pass)pass);
        char name[40];
        snprintf(name, sizeof name, "avg_pool%s.%s", size, pass_names[pass]);
        probe.pool = *pool;
        if (tl_avg_pool_plan(pool, (tl_pass)pass, TL_L1_ARENA_BYTES, &probe.window_plan) != TL_OK)
            return cli_fail(b->error, CLI_OURS, "there is no plan for %s", name);
        if (!run_team_and_one(b, &probe, 0, name))
            return false;
    }
    return true;
}

/* Batch 1, W from L2: each pass, called and from tapes. */
static bool bench_linear_one(bench *b, const char *name, const tl_linear *linear) {
    enum { TAPE_BYTES = 2304 };
    static const char *const passes[] = {"forward", "update", "grad_x", "step"};
    for (uint32_t i = 0; i < 8; ++i) {
        tl_probe probe = new_probe(TL_PROBE_LINEAR_ONE, (tl_pass)(i / 2));
        const uint32_t tapes = TL_CLUSTER_CORES * TAPE_BYTES, arena = TL_L1_ARENA_BYTES - tapes;
        if (tl_linear_one_plan(linear, arena, &probe.stream_plan) != TL_OK)
            return cli_fail(b->error, CLI_OURS, "there is no plan for %s", name);
        probe.linear = *linear;
        probe.sgd.rate = 0.01f;
        /* x, dy, b, mask and the result stand in the last region, W in the first. */
        const uint32_t place[] = {3, 3, 0, 3, 3, 3};
        for (uint32_t j = 0; j < 6; ++j)
            probe.buffer[j] = place[j] * REGION + j * 4096;
        probe.buffer[2] = 0;
        if (i % 2) {
            probe.tape = TL_L1_ARENA + arena - b->heap;
            probe.tape_bytes = TAPE_BYTES;
        }
        char full[40];
        snprintf(full, sizeof full, "%s.%s%s", name, passes[i / 2], i % 2 ? "-taped" : "");
        uint64_t macs = tl_linear_macs(linear) * (i / 2 == 3 ? 2 : 1);
        if (!run_team_and_one(b, &probe, macs, full))
            return false;
    }
    return true;
}

static bool bench_optimisers(bench *b) {
    tl_probe sgd = new_probe(TL_PROBE_SGD, TL_FORWARD), adam = new_probe(TL_PROBE_ADAM, TL_FORWARD);
    tl_probe mse = new_probe(TL_PROBE_MSE, TL_FORWARD);
    sgd.elements = adam.elements = 16384;
    sgd.sgd = (tl_sgd){.rate = 0.01f};
    sgd.buffer[2] = TL_PROBE_ABSENT;
    adam.adam = (tl_adam){.rate = 0.001f, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f};
    adam.buffer[4] = REGION - 256;
    mse.elements = 640;
    return run_team_and_one(b, &sgd, 0, "sgd_plain-16384.step") && run_team_and_one(b, &adam, 0, "adam-16384.step") &&
           run_team_and_one(b, &mse, 0, "mse-640.loss");
}

/* A step from tapes in L1, of so many bytes a core. */
static bool bench_depthwise_tapes(bench *b, tl_probe *probe, const char *name, uint64_t macs, uint32_t tape_bytes) {
    const uint32_t tapes = TL_CLUSTER_CORES * tape_bytes;
    probe->tape = TL_L1_ARENA + TL_L1_ARENA_BYTES - tapes - b->heap;
    probe->tape_bytes = tape_bytes;
    if (!fill(b) || !run(b, probe, BENCH_TEAM, macs, name))
        return false;
    probe->tape_bytes = tapes; /* one core writes more */
    return fill(b) && run(b, probe, 1, macs, name);
}

/* Each pass, called and from tapes; dx without a mask. */
static bool bench_depthwise(bench *b, const char *name, const tl_depthwise *layer, bool taped) {
    static const uint32_t tape_bytes[] = {1080, 1080, 2304}; /* for four tiles, and for eight with room for a mask */
    for (int pass = TL_FORWARD; pass <= TL_GRAD_X; ++pass) {
        for (int from_tape = 0; from_tape <= taped; ++from_tape) {
            tl_probe probe = new_probe(TL_PROBE_DEPTHWISE, (tl_pass)pass);
            const uint32_t l1 = TL_L1_ARENA_BYTES - (from_tape ? TL_CLUSTER_CORES * tape_bytes[pass] : 0);
            char full[40];
            snprintf(full, sizeof full, "%s.%s%s", name, pass_names[pass], from_tape ? "-taped" : "");
            probe.depthwise = *layer;
            if (pass == TL_GRAD_X)
                probe.buffer[2] = TL_PROBE_ABSENT;
            if (tl_depthwise_plan(layer, (tl_pass)pass, l1, &probe.planes_plan) != TL_OK)
                return cli_fail(b->error, CLI_OURS, "there is no plan for %s", full);
            if (from_tape ? !bench_depthwise_tapes(b, &probe, full, tl_depthwise_macs(layer), tape_bytes[pass])
                          : !run_team_and_one(b, &probe, tl_depthwise_macs(layer), full))
                return false;
        }
    }
    return true;
}

/* All tensors in L1, where the layer works on them in place: what it needs no halo for. The shared instruction cache
 * replaces lines at random and takes a few runs to hold all of so short a step. */
static bool bench_depthwise_l1(bench *b, const char *name, const tl_depthwise *layer, tl_pass pass) {
    enum { TAPE_BYTES = 512 };
    const uint32_t x = 4u * layer->h * layer->w * layer->c, w = 36u * layer->c, bias = 4u * layer->c;
    const uint32_t y = 4 * tl_depthwise_out_h(layer) * tl_depthwise_out_w(layer) * layer->c;
    const uint32_t bytes[][4] = {{x, w, bias, y}, {x, y, w, bias}, {w, y, 0, x}};
    tl_probe probe = new_probe(TL_PROBE_DEPTHWISE, pass);
    probe.depthwise = *layer;
    probe.repeat = 8;
    probe.planes_plan = (tl_planes_plan){.rows = UINT16_MAX, .c = layer->c, .slices = 1, .buffers = 1};
    for (uint32_t i = 0, at = TL_L1_ARENA - b->heap; i < 4; at += bytes[pass][i++])
        probe.buffer[i] = bytes[pass][i] ? at : TL_PROBE_ABSENT;
    return bench_depthwise_tapes(b, &probe, name, 9u * (pass == TL_GRAD_X ? x : y) / 4, TAPE_BYTES);
}

static bool bench_depthwise_all(bench *b) {
    /* Of DS-CNN and MobileNet, and such whose results need no padding. */
    static const tl_depthwise long_image = {1, 25, 5, 64, 3, 3, 1, 1, 1, 1, 1, 1};
    static const tl_depthwise strided = {1, 24, 24, 32, 3, 3, 2, 2, 0, 0, 1, 1};
    static const tl_depthwise inner = {1, 18, 18, 16, 3, 3, 1, 1, 0, 0, 0, 0};
    static const tl_depthwise outer = {1, 14, 16, 16, 3, 3, 1, 1, 2, 2, 2, 2};
    return bench_depthwise(b, "depthwise3x3-25x5x64", &long_image, true) &&
           bench_depthwise(b, "depthwise3x3s2-24x24x32", &strided, false) &&
           bench_depthwise_l1(b, "depthwise3x3-16x16x16-l1.forward", &inner, TL_FORWARD) &&
           bench_depthwise_l1(b, "depthwise3x3-16x16x16-l1.grad_w", &inner, TL_GRAD_W) &&
           bench_depthwise_l1(b, "depthwise3x3-14x16x16-l1.grad_x", &outer, TL_GRAD_X);
}

static bool bench_all(bench *b) {
    /* Layers of the MLPerf Tiny models; the first and the last are larger than L1. */
    static const tl_conv conv3x3 = {.n = 1,
                                    .h = 32,
                                    .w = 32,
                                    .c = 16,
                                    .o = 16,
                                    .kh = 3,
                                    .kw = 3,
                                    .stride_h = 1,
                                    .stride_w = 1,
                                    .top = 1,
                                    .left = 1,
                                    .bottom = 1,
                                    .right = 1};
    static const tl_conv strided = {.n = 1,
                                    .h = 32,
                                    .w = 32,
                                    .c = 16,
                                    .o = 32,
                                    .kh = 3,
                                    .kw = 3,
                                    .stride_h = 2,
                                    .stride_w = 2,
                                    .bottom = 1,
                                    .right = 1};
    static const tl_conv pointwise = {
        .n = 1, .h = 25, .w = 5, .c = 64, .o = 64, .kh = 1, .kw = 1, .stride_h = 1, .stride_w = 1};
    static const tl_linear wide = {.n = 1, .k = 640, .o = 128}, batch = {.n = 8, .k = 128, .o = 128};
    static const tl_linear square = {.n = 1, .k = 128, .o = 128};
    for (uint32_t kernel = 0; kernel < tl_mm_count; ++kernel)
        if (!bench_mm(b, kernel))
            return false;
    return bench_conv(b, "conv3x3-32x32x16-16", &conv3x3) && bench_conv(b, "conv3x3s2-32x32x16-32", &strided) &&
           bench_conv(b, "conv1x1-25x5x64-64", &pointwise) && bench_linear(b, "linear-1x640-128", &wide) &&
           bench_linear(b, "linear-8x128-128", &batch) && bench_pool(b) && bench_elements(b) &&
           bench_avg_pool(b, "2x2-32x32x16", &(tl_pool){1, 32, 32, 16, 2, 2, 2, 2, 0, 0, 0, 0}) &&
           bench_global_pool(b, "8x8x64", &(tl_global_pool){1, 8, 8, 64}) &&
           bench_norm(b, "16x16x16", &(tl_batch_norm){1, 16, 16, 16, 1e-5f, 0.9f, 0}) &&
           bench_norm(b, "25x5x64", &(tl_batch_norm){1, 25, 5, 64, 1e-5f, 0.9f, 0}) &&
           bench_norm(b, "32x32x16", &(tl_batch_norm){1, 32, 32, 16, 1e-5f, 0.9f, 0}) && bench_depthwise_all(b) &&
           bench_matvec(b) && bench_linear_one(b, "linear-128-128", &square) && bench_optimisers(b);
}

bool bench_probe(bench_list *list, const char *firmware, const sim_machine *machine, cli_error *error) {
    bench b = {.list = list, .error = error};
    uint32_t request_bytes = 0, heap_bytes = 0;
    if (!mailbox_open(&b.host, firmware, machine, error))
        return false;
    bool fine = mailbox_symbol(&b.host, "tl_probe_request", &b.request, &request_bytes, error) &&
                mailbox_symbol(&b.host, "tl_probe_heap", &b.heap, &heap_bytes, error);
    if (fine && (request_bytes != sizeof(tl_probe) || heap_bytes < REGIONS * REGION))
        fine = cli_fail(error, CLI_INPUT, "the probe %s was built from other sources than this program", firmware);
    b.noise = malloc(REGIONS * REGION);
    if (fine && !b.noise)
        fine = cli_out_of_memory(error);
    for (uint32_t i = 0; fine && i < REGIONS * REGION / sizeof *b.noise; ++i)
        b.noise[i] = 2.0f * tl_random_unit(SEED, STREAM_BENCH, i) - 1.0f;
    fine = fine && bench_all(&b);
    free(b.noise);
    mailbox_close(&b.host);
    return fine;
}
