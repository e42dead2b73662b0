/* SPDX-License-Identifier: Apache-2.0 */
/* Pooling, normalisation, element-wise steps, losses, optimisers. */
#include "tools/cli/bench_probe.h"
#include <string.h>

enum { ELEMENTS = 16384 };

static bool no_plan(bench *b, const char *name) {
    return cli_fail(b->error, CLI_OURS, "there is no plan for %s", name);
}

enum { REEL_BYTES = 1056 };

/* From tapes with reels, as networks run it. */
static bool bench_taped(bench *b, const tl_probe *probe, const bench_work *work, const char *name) {
    char full[56];
    snprintf(full, sizeof full, "%s-taped", name);
    return bench_both_streamed(b, probe, work, full, REEL_BYTES);
}

/* Which buffers stand in L1, of how many bytes; buffer `out` stands where buffer `same` does. */
typedef struct inside {
    uint32_t bytes[BENCH_REGIONS], out, same;
} inside;

/* The same with those buffers and the tapes in L1, warm. */
static tl_probe in_l1(bench *b, const tl_probe *called, const inside *in) {
    enum { TAPE_BYTES = 2056, WARM = 8 };
    tl_probe probe = *called;
    bench_tapes_in_l1(b, &probe, TAPE_BYTES);
    probe.tape_bytes = TAPE_BYTES;
    probe.repeat = WARM;
    uint32_t at = probe.tape;
    for (uint32_t i = 0; i < BENCH_REGIONS; ++i)
        if (in->bytes[i])
            probe.buffer[i] = at -= in->bytes[i];
    probe.buffer[in->out] = probe.buffer[in->same];
    return probe;
}

static bool bench_inside(bench *b, const tl_probe *called, const bench_work *work, const char *name, const inside *in) {
    tl_probe probe = in_l1(b, called, in);
    const bench_work inner = bench_work_in_l1(*work);
    char full[56];
    snprintf(full, sizeof full, "%s-l1", name);
    return bench_both_taped(b, &probe, &inner, full, probe.tape_bytes);
}

static uint64_t pool_x(const tl_pool *p) {
    return (uint64_t)p->n * p->h * p->w * p->c;
}

static uint64_t pool_y(const tl_pool *p) {
    return (uint64_t)p->n * tl_pool_out_h(p) * tl_pool_out_w(p) * p->c;
}

/* A gradient of max pooling: with positions of maxima that a forward pass may have left. */
static bool bench_max_pool_grad(bench *b, const tl_probe *probe, const bench_work *work, const char *name) {
    static uint8_t arg[BENCH_REGION / 4];
    const tl_pool *pool = &probe->pool;
    for (uint32_t i = 0; i < sizeof arg; ++i)
        arg[i] = (uint8_t)(i * 7 / 5 % (pool->kh * pool->kw));
    tl_probe one = *probe;
    one.tape_bytes *= TL_CLUSTER_CORES;
    for (uint32_t i = 0; i < 2; ++i)
        if (!bench_begin(b) || !mailbox_write(&b->host, b->heap + probe->buffer[1], arg, pool_y(pool), b->error) ||
            !bench_measure(b, i ? &one : probe, i ? 1 : BENCH_TEAM, work, name))
            return false;
    return true;
}

/* `kept`: in L1 too. */
static bool bench_max_pool(bench *b, const char *size, const tl_pool *pool, bool kept) {
    enum { TAPE = 3 * BENCH_REGION + 0x20000, TAPE_BYTES = 0x4000 };
    const uint32_t x = (uint32_t)pool_x(pool), y = (uint32_t)pool_y(pool);
    const uint32_t l1 = bench_l1_beside(REEL_BYTES);
    char name[40], full[48];
    tl_probe probe = bench_request(TL_PROBE_MAX_POOL, TL_FORWARD);
    probe.pool = *pool;
    snprintf(name, sizeof name, "max_pool%s.forward", size);
    if (tl_max_pool_plan(&probe.pool, TL_FORWARD, l1, &probe.window_plan) != TL_OK)
        return no_plan(b, name);
    bench_work work = {.instructions = y * pool->kh * pool->kw + 2 * y, .in = 4 * x, .out = 5 * y};
    const inside forward = {.bytes = {4 * x, 4 * y, (y + 3) / 4 * 4}};
    if (!bench_both(b, &probe, &work, name) || !bench_taped(b, &probe, &work, name) ||
        (kept && !bench_inside(b, &probe, &work, name, &forward)))
        return false;
    probe.pass = TL_GRAD_X;
    snprintf(name, sizeof name, "max_pool%s.grad_x", size);
    if (tl_max_pool_plan(&probe.pool, TL_GRAD_X, l1, &probe.window_plan) != TL_OK)
        return no_plan(b, name);
    work = (bench_work){.instructions = 2 * y + x, .in = 5 * y, .out = 4 * x};
    if (!bench_max_pool_grad(b, &probe, &work, name))
        return false;
    tl_probe taped = probe;
    bench_reels_in_l1(b, &taped, REEL_BYTES);
    taped.tape = TAPE;
    taped.tape_bytes = TAPE_BYTES;
    snprintf(full, sizeof full, "%s-taped", name);
    if (!bench_max_pool_grad(b, &taped, &work, full))
        return false;
    const inside grad_x = {.bytes = {4 * y, (y + 3) / 4 * 4, 4 * x}};
    const tl_probe here = in_l1(b, &probe, &grad_x);
    work = bench_work_in_l1(work);
    snprintf(full, sizeof full, "%s-l1", name);
    return !kept || bench_max_pool_grad(b, &here, &work, full);
}

static bool bench_avg_pool(bench *b, const char *size, const tl_pool *pool, bool kept) {
    for (int pass = TL_FORWARD; pass <= TL_GRAD_X; pass += TL_GRAD_X) {
        tl_probe probe = bench_request(TL_PROBE_AVG_POOL, (tl_pass)pass);
        const uint32_t x = (uint32_t)pool_x(pool), y = (uint32_t)pool_y(pool);
        bench_work work = pass == TL_FORWARD ? bench_work_elements(x, y) : bench_work_elements(y, x);
        work.instructions = pass == TL_FORWARD ? y * pool->kh * pool->kw + y : y + x;
        const inside in = {.bytes = {pass == TL_FORWARD ? 4 * x : 4 * y, pass == TL_FORWARD ? 4 * y : 4 * x}};
        char name[40];
        snprintf(name, sizeof name, "avg_pool%s.%s", size, bench_pass_names[pass]);
        probe.pool = *pool;
        if (tl_avg_pool_plan(pool, (tl_pass)pass, bench_l1_beside(REEL_BYTES), &probe.window_plan) != TL_OK)
            return no_plan(b, name);
        if (!bench_both(b, &probe, &work, name) || !bench_taped(b, &probe, &work, name) ||
            (kept && !bench_inside(b, &probe, &work, name, &in)))
            return false;
    }
    return true;
}

/*
 * A step over tensors of `bytes` from L2 to L2; and, where that fits, from L1 to L1: buffers 0 to large - 1 stand
 * there, the result (buffer `out`) where the last of them does, and so does the tape.
 */
static bool bench_channels(bench *b, tl_probe *probe, const bench_work *work, const char *name, uint32_t bytes,
                           uint32_t large, uint32_t out) {
    enum { TAPE_BYTES = 1536, IN_L1_MAX = 16384 };
    char in_l1[56];
    if (!bench_both(b, probe, work, name) || !bench_taped(b, probe, work, name))
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
    bench_work inner = bench_work_in_l1(*work);
    const uint64_t words = (work->in + work->out) / 4;
    inner.instructions = inner.instructions > words ? inner.instructions : words;
    return bench_both(b, probe, &inner, in_l1);
}

static bool bench_norm(bench *b, const char *size, const tl_batch_norm *norm) {
    const uint32_t elements = (uint32_t)norm->n * norm->h * norm->w * norm->c;
    for (int i = 0; i < 4; ++i) {
        static const char *const names[] = {"forward", "grad", "frozen_forward", "frozen_grad_x"};
        static const uint32_t large[] = {1, 2, 1, 1}, out[] = {3, 3, 2, 2}, loads[] = {2, 4, 1, 1};
        char name[40];
        const tl_pass pass = i % 2 ? TL_GRAD_X : TL_FORWARD;
        /* Means and variances first, then the results: two sweeps over what comes in once. */
        bench_work work = bench_work_elements(loads[i] * elements, elements);
        work.in = 4ull * large[i] * elements;
        tl_probe probe = bench_request(i < 2 ? TL_PROBE_BATCH_NORM : TL_PROBE_BATCH_NORM_FROZEN, pass);
        probe.norm = *norm;
        snprintf(name, sizeof name, "batch_norm-%s.%s", size, names[i]);
        if (tl_batch_norm_plan(norm, pass, bench_l1_beside(REEL_BYTES), &probe.channels_plan) != TL_OK)
            return no_plan(b, name);
        if (!bench_channels(b, &probe, &work, name, 4 * elements, large[i], out[i]))
            return false;
    }
    return true;
}

static bool bench_global_pool(bench *b, const char *size, const tl_global_pool *pool) {
    for (int pass = TL_FORWARD; pass <= TL_GRAD_X; pass += TL_GRAD_X) {
        const uint32_t x = (uint32_t)pool->n * pool->h * pool->w * pool->c, y = (uint32_t)pool->n * pool->c;
        bench_work work = pass == TL_FORWARD ? bench_work_elements(x, y) : bench_work_elements(y, x);
        if (pass == TL_GRAD_X)
            work.instructions = 2ull * y; /* the DMA can take the same words out again and again */
        tl_probe probe = bench_request(TL_PROBE_GLOBAL_AVG_POOL, (tl_pass)pass);
        char name[40];
        probe.global_pool = *pool;
        snprintf(name, sizeof name, "global_avg_pool-%s.%s", size, bench_pass_names[pass]);
        if (tl_global_avg_pool_plan(pool, (tl_pass)pass, bench_l1_beside(REEL_BYTES), &probe.channels_plan) != TL_OK)
            return no_plan(b, name);
        if (!bench_channels(b, &probe, &work, name, 4 * x, pass == TL_FORWARD, pass == TL_FORWARD ? 0 : 1))
            return false;
    }
    return true;
}

/* ReLU, ReLU6, addition. */
static bool bench_maps(bench *b) {
    static const struct {
        const char *name;
        tl_probe_kind kind;
        tl_pass pass;
        uint32_t relu, loads;
    } maps[] = {{"relu", TL_PROBE_RELU, TL_FORWARD, 0, 1},   {"relu", TL_PROBE_RELU, TL_GRAD_X, 0, 2},
                {"relu6", TL_PROBE_RELU6, TL_FORWARD, 0, 1}, {"relu6", TL_PROBE_RELU6, TL_GRAD_X, 0, 2},
                {"add", TL_PROBE_ADD, TL_FORWARD, 0, 2},     {"add", TL_PROBE_ADD, TL_FORWARD, 1, 2}};
    static const uint32_t sizes[] = {16384, 8000, 4096}; /* from L2, 25 x 5 x 64 from L2, and in L1 */
    for (uint32_t i = 0; i < 3 * (sizeof maps / sizeof maps[0]); ++i) {
        const uint32_t m = i / 3, n = sizes[i % 3], loads = maps[m].loads;
        tl_probe probe = bench_request(maps[m].kind, maps[m].pass);
        const bench_work work = bench_work_elements(loads * n, n);
        char name[40];
        snprintf(name, sizeof name, "%s-%u.%s%s", maps[m].name, n, bench_pass_names[maps[m].pass],
                 maps[m].relu ? "_relu" : "");
        probe.elements = n;
        probe.relu = maps[m].relu;
        /* Results where the last operand was. */
        const inside in = {.bytes = {4 * n, loads > 1 ? 4 * n : 0}, .out = loads, .same = loads - 1};
        if (i % 3 == 2 ? !bench_inside(b, &probe, &work, name, &in)
                       : !bench_both(b, &probe, &work, name) || !bench_taped(b, &probe, &work, name))
            return false;
    }
    return true;
}

static bool bench_loss(bench *b) {
    const uint32_t label = 3;
    tl_probe loss = bench_request(TL_PROBE_LOSS, TL_FORWARD), mse = bench_request(TL_PROBE_MSE, TL_FORWARD);
    loss.rows = (tl_rows){.n = 1, .classes = 10};
    mse.elements = 640;
    for (uint32_t one = 0; one < 2; ++one)
        if (!bench_begin(b) || !mailbox_write(&b->host, b->heap + loss.buffer[1], &label, sizeof label, b->error) ||
            !bench_measure(b, &loss, one ? 1 : BENCH_TEAM, &(bench_work){0}, "softmax_cross_entropy-10.loss"))
            return false;
    const bench_work work = bench_work_elements(2 * 640, 640);
    return bench_both(b, &mse, &work, "mse-640.loss") && bench_taped(b, &mse, &work, "mse-640.loss");
}

static bool bench_optimisers(bench *b) {
    enum { ROOT_AND_DIVISION = 28 }; /* cycles, docs/cluster.md */
    tl_probe sgd = bench_request(TL_PROBE_SGD, TL_FORWARD), plain = sgd, adam = sgd;
    sgd.elements = plain.elements = adam.elements = ELEMENTS;
    sgd.sgd = (tl_sgd){.rate = 0.01f, .momentum = 0.9f};
    plain.sgd = (tl_sgd){.rate = 0.01f};
    plain.buffer[2] = TL_PROBE_ABSENT;
    adam.kind = TL_PROBE_ADAM;
    adam.adam = (tl_adam){.rate = 0.001f, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f};
    adam.buffer[4] = BENCH_REGION - 256;
    const bench_work sgd_work = bench_work_elements(3 * ELEMENTS, 2 * ELEMENTS);
    const bench_work plain_work = bench_work_elements(2 * ELEMENTS, ELEMENTS);
    bench_work adam_work = bench_work_elements(4 * ELEMENTS, 3 * ELEMENTS);
    adam_work.instructions += ROOT_AND_DIVISION * ELEMENTS;
    return bench_both(b, &sgd, &sgd_work, "sgd-16384.step") &&
           bench_both(b, &plain, &plain_work, "sgd_plain-16384.step") &&
           bench_both(b, &adam, &adam_work, "adam-16384.step");
}

bool bench_elements(bench *b) {
    static const tl_pool large = {1, 32, 32, 16, 2, 2, 2, 2, 0, 0, 0, 0},
                         small = {1, 16, 16, 16, 2, 2, 2, 2, 0, 0, 0, 0};
    static const tl_pool odd = {1, 15, 13, 20, 2, 2, 2, 2, 0, 0, 0, 0}, over = {1, 16, 16, 16, 3, 3, 2, 2, 1, 1, 1, 1};
    return bench_max_pool(b, "2x2-32x32x16", &large, false) && bench_max_pool(b, "2x2-16x16x16", &small, true) &&
           bench_max_pool(b, "2x2-15x13x20", &odd, true) && bench_max_pool(b, "3x3s2-16x16x16", &over, true) &&
           bench_avg_pool(b, "2x2-32x32x16", &large, false) && bench_avg_pool(b, "2x2-16x16x16", &small, true) &&
           bench_avg_pool(b, "3x3s2-16x16x16", &over, true) &&
           bench_global_pool(b, "8x8x64", &(tl_global_pool){1, 8, 8, 64}) &&
           bench_global_pool(b, "25x5x64", &(tl_global_pool){1, 25, 5, 64}) &&
           bench_norm(b, "16x16x16", &(tl_batch_norm){1, 16, 16, 16, 1e-5f, 0.9f, 0}) &&
           bench_norm(b, "25x5x64", &(tl_batch_norm){1, 25, 5, 64, 1e-5f, 0.9f, 0}) &&
           bench_norm(b, "32x32x16", &(tl_batch_norm){1, 32, 32, 16, 1e-5f, 0.9f, 0}) && bench_maps(b) &&
           bench_loss(b) && bench_optimisers(b);
}
