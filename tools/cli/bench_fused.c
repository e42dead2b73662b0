/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What layers are fused with, from L2 to L2 and from tapes, beside the layer alone (by the same kind of plan) and the
 * steps that are saved, on as many elements.
 */
#include "tools/cli/bench_probe.h"

enum { TAPE_BYTES = 0x30000 / TL_CLUSTER_CORES, REEL_BYTES = 544 };

static void set_tapes(bench *b, tl_probe *probe) {
    probe->tape = 4 * BENCH_REGION - 0x30000;
    probe->tape_bytes = TAPE_BYTES;
    bench_reels_in_l1(b, probe, REEL_BYTES);
}

static bool run_taped(bench *b, tl_probe *probe, const bench_work *work, const char *name) {
    set_tapes(b, probe);
    return bench_run(b, probe, BENCH_TEAM, work, name);
}

/* A layer's output or, for masks, its input: so many elements through a step of its own. */
static bool bench_apart(bench *b, const char *name, tl_probe_kind kind, tl_pass pass, uint32_t elements,
                        uint32_t loads) {
    tl_probe probe = bench_request(kind, pass);
    const bench_work work = bench_work_elements((uint64_t)loads * elements, elements);
    probe.elements = elements;
    return run_taped(b, &probe, &work, name);
}

/* Parameters of a layer through an optimiser's own step; `kept` is what it keeps of each. */
static bool bench_optimiser_apart(bench *b, const char *name, tl_probe_kind kind, uint32_t elements, uint32_t kept) {
    tl_probe probe = bench_request(kind, TL_FORWARD);
    const bench_work work = bench_work_elements((2 + (uint64_t)kept) * elements, (1 + (uint64_t)kept) * elements);
    probe.elements = elements;
    probe.sgd = (tl_sgd){.rate = 0.01f, .momentum = 0.9f};
    probe.adam = (tl_adam){.rate = 0.001f, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f};
    if (kept == 0)
        probe.buffer[2] = TL_PROBE_ABSENT;
    probe.buffer[4] = 3 * BENCH_REGION + 0x18000; /* of Adam, its state: all zeros before the first step */
    const tl_adam_state state = {0};
    set_tapes(b, &probe);
    return bench_begin(b) && mailbox_write(&b->host, b->heap + probe.buffer[4], &state, sizeof state, b->error) &&
           bench_measure(b, &probe, BENCH_TEAM, &work, name);
}

typedef struct fused {
    const char *name;
    uint8_t pass, relu, residual, update; /* as in tl_probe */
} fused;

static tl_status plan_fused(const tl_probe *p, tl_mm_plan *plan) {
    const uint32_t l1 = bench_l1_beside(REEL_BYTES);
    return p->update     ? tl_conv_update_plan(&p->conv, (tl_rule)(p->update - 1), l1, plan)
           : p->residual ? tl_conv_forward_add_plan(&p->conv, l1, plan)
                         : tl_conv_plan(&p->conv, (tl_pass)p->pass, l1, plan);
}

/* The fused step; its bytes are those of the plain one, and one tensor more, or parameters and what is kept for them.
 */
static bool bench_one(bench *b, const char *layer, const tl_conv *conv, const fused *f) {
    tl_probe probe = bench_request(TL_PROBE_CONV, (tl_pass)f->pass);
    tl_mm_plan plan;
    char name[48];
    snprintf(name, sizeof name, "%s.%s", layer, f->name);
    probe.conv = *conv;
    probe.relu = f->relu;
    probe.residual = f->residual;
    probe.update = f->update;
    probe.sgd = (tl_sgd){.rate = 0.01f, .momentum = 0.9f};
    probe.adam_state.numbers = (tl_adam_numbers){0.1f, 0.001f, 1, 0.001f, 1, 1e-8f};
    /* The residual, or what is kept for w and for b, stand behind other tensors. */
    for (uint32_t i = 4; i < TL_PROBE_BUFFERS; ++i)
        probe.buffer[i] = (i - 4) * BENCH_REGION + 0x18000;
    if (plan_fused(&probe, &plan) != TL_OK)
        return cli_fail(b->error, CLI_OURS, "there is no plan for %s", name);
    bench_set_plan(&probe, &plan);
    bench_work work = bench_work_conv(conv, (tl_pass)f->pass, tl_mm_numbered(probe.kernel));
    if (f->pass == TL_GRAD_X && !f->relu)
        probe.buffer[2] = TL_PROBE_ABSENT;
    if (f->residual || (f->pass == TL_GRAD_X && f->relu))
        work.in += work.out; /* residual, mask */
    if (f->update) {
        work.out *= f->update;
        work.in += work.out;
    }
    return run_taped(b, &probe, &work, name);
}

bool bench_fused(bench *b) {
    static const tl_conv pointwise = {
        .n = 1, .h = 25, .w = 5, .c = 64, .o = 64, .kh = 1, .kw = 1, .stride_h = 1, .stride_w = 1};
    /* The linear layer of bench_layers.c. */
    static const tl_conv batch = {
        .n = 1, .h = 1, .w = 8, .c = 128, .o = 128, .kh = 1, .kw = 1, .stride_h = 1, .stride_w = 1};
    static const fused epilogues[] = {
        {"forward-alone", TL_FORWARD, 0, 0, 0}, {"grad_x-alone", TL_GRAD_X, 0, 0, 0},
        {"forward-relu", TL_FORWARD, 1, 0, 0},  {"forward-relu6", TL_FORWARD, 2, 0, 0},
        {"forward-add", TL_FORWARD, 0, 1, 0},   {"forward-add_relu", TL_FORWARD, 1, 1, 0},
        {"grad_x-relu", TL_GRAD_X, 1, 0, 0},    {"grad_x-relu6", TL_GRAD_X, 2, 0, 0},
    };
    static const fused updates[] = {{"grad_w-alone", TL_GRAD_W, 0, 0, 0},
                                    {"update-sgd", TL_GRAD_W, 0, 0, 1},
                                    {"update-momentum", TL_GRAD_W, 0, 0, 2},
                                    {"update-adam", TL_GRAD_W, 0, 0, 3}};
    enum { Y = 25 * 5 * 64, PARAMETERS = 128 * 128 + 128 };
    for (uint32_t i = 0; i < sizeof epilogues / sizeof epilogues[0]; ++i)
        if (!bench_one(b, "conv1x1-25x5x64-64", &pointwise, &epilogues[i]))
            return false;
    for (uint32_t i = 0; i < sizeof updates / sizeof updates[0]; ++i)
        if (!bench_one(b, "conv1x1-25x5x64-64", &pointwise, &updates[i]) ||
            !bench_one(b, "linear-8x128-128", &batch, &updates[i]))
            return false;
    return bench_apart(b, "apart-25x5x64.relu", TL_PROBE_RELU, TL_FORWARD, Y, 1) &&
           bench_apart(b, "apart-25x5x64.relu6", TL_PROBE_RELU6, TL_FORWARD, Y, 1) &&
           bench_apart(b, "apart-25x5x64.add", TL_PROBE_ADD, TL_FORWARD, Y, 2) &&
           bench_apart(b, "apart-25x5x64.relu_grad_x", TL_PROBE_RELU, TL_GRAD_X, Y, 2) &&
           bench_apart(b, "apart-25x5x64.relu6_grad_x", TL_PROBE_RELU6, TL_GRAD_X, Y, 2) &&
           bench_optimiser_apart(b, "apart-128x128.sgd", TL_PROBE_SGD, PARAMETERS, 0) &&
           bench_optimiser_apart(b, "apart-128x128.momentum", TL_PROBE_SGD, PARAMETERS, 1) &&
           bench_optimiser_apart(b, "apart-128x128.adam", TL_PROBE_ADAM, PARAMETERS, 2);
}
