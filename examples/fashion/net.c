/* SPDX-License-Identifier: Apache-2.0 */
#include "examples/fashion/net.h"
#include "src/hal/hal.h"
#include "src/kernel/mm.h"
#include "tl/conv.h"
#include "tl/linear.h"
#include "tl/linear_one.h"
#include "tl/loss.h"
#include "tl/optim.h"
#include "tl/pool.h"
#include <stddef.h>

static const tl_conv conv1 = {.n = 1,
                              .h = 28,
                              .w = 28,
                              .c = 1,
                              .o = 8,
                              .kh = 4,
                              .kw = 4,
                              .stride_h = 2,
                              .stride_w = 2,
                              .top = 3,
                              .left = 3,
                              .bottom = 3,
                              .right = 3};
static const tl_pool pool1 = {.n = 1, .h = 16, .w = 16, .c = 8, .kh = 2, .kw = 2, .stride_h = 2, .stride_w = 2};
static const tl_conv conv2 = {.n = 1,
                              .h = 8,
                              .w = 8,
                              .c = 8,
                              .o = 16,
                              .kh = 3,
                              .kw = 3,
                              .stride_h = 1,
                              .stride_w = 1,
                              .top = 1,
                              .left = 1,
                              .bottom = 1,
                              .right = 1};
static const tl_pool pool2 = {.n = 1, .h = 8, .w = 8, .c = 16, .kh = 2, .kw = 2, .stride_h = 2, .stride_w = 2};
static const tl_linear linear = {.n = 1, .k = 256, .o = 10};
static const tl_rows rows = {.n = 1, .classes = 10};

/* How each matmul runs. */
typedef struct plan_set {
    tl_mm_plan conv1_forward, conv1_grad_w, conv2_forward, conv2_grad_w, conv2_grad_x;
    tl_mm_plan linear_forward, linear_grad_w, linear_grad_x;
    /* The linear layer's gradients and update in one pass over its weights; no rows: three steps. */
    tl_stream_plan linear_step;
} plan_set;

#define ALL        UINT16_MAX
#define WHOLE      .rows = ALL, .cols = ALL, .o = ALL, .c = ALL
#define FAST(m, n) .kernel = tl_mm_f32_pulp_4x4, .block_m = m, .block_n = n
#define PLAIN      {.kernel = tl_mm_f32_naive, .block_m = 1, .block_n = UINT8_MAX, .slices = 1, WHOLE}

static const plan_set plans[2] = {
    {
        .conv1_forward = {FAST(4, 4), .slices = 1, WHOLE},
        .conv1_grad_w = {FAST(4, 4), .slices = 4, WHOLE},
        .conv2_forward = {FAST(4, 4), .slices = 1, WHOLE},
        .conv2_grad_w = {FAST(4, 4), .slices = 1, WHOLE},
        .conv2_grad_x = {FAST(4, 4), .slices = 1, WHOLE},
        .linear_forward = {FAST(1, 1), .slices = 4, WHOLE},
        .linear_step = {.rows = 10, .cols = 64, .states = 1},
    },
    {PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, {.rows = 0}},
};
static const tl_window_plan window_plan = {.rows = ALL};
static const tl_map_plan update_plan = {.elements = 470};

/* What a layer hands to the pooling behind it, or gets back from it, is used once and at once: it stays in L1. */
static float *handover(const tl_team *team) {
    size_t bytes;
    return (float *)(void *)tl_l1_kept(team, &bytes);
}

static void forward(const tl_team *team, fashion_net *net, const plan_set *plan, const float *x) {
    float *p = net->params, *pooled = handover(team);
    tl_mark(team, 0);
    tl_conv_forward_relu_f32(team, &conv1, &plan->conv1_forward, x, p + FASHION_CONV1_W, p + FASHION_CONV1_B, pooled);
    tl_mark(team, 1);
    tl_max_pool_forward_f32(team, &pool1, &window_plan, pooled, net->pool1, net->arg1);
    tl_mark(team, 2);
    tl_conv_forward_relu_f32(team, &conv2, &plan->conv2_forward, net->pool1, p + FASHION_CONV2_W, p + FASHION_CONV2_B,
                             pooled);
    tl_mark(team, 3);
    tl_max_pool_forward_f32(team, &pool2, &window_plan, pooled, net->pool2, net->arg2);
    tl_mark(team, 4);
    tl_linear_forward_f32(team, &linear, &plan->linear_forward, net->pool2, p + FASHION_LINEAR_W, p + FASHION_LINEAR_B,
                          net->logits);
}

/* A ReLU's gradient is a mask on what its layer's successor sends back; it may be applied behind the pooling, whose
 * output is above 0 just where the winning pixel's is. */
static void backward(const tl_team *team, fashion_net *net, const plan_set *plan, const float *x) {
    float *p = net->params, *g = net->grads, *v = net->velocity, *d_conv1 = handover(team);
    const bool fused = plan->linear_step.rows > 0;
    tl_mark(team, 6);
    if (fused) {
        tl_linear_one_step_momentum_f32(team, &linear, &plan->linear_step, &net->sgd, net->pool2, net->d_logits,
                                        net->pool2, p + FASHION_LINEAR_W, v + FASHION_LINEAR_W, p + FASHION_LINEAR_B,
                                        v + FASHION_LINEAR_B, net->d_pool2);
    } else {
        tl_linear_grad_w_f32(team, &linear, &plan->linear_grad_w, net->pool2, net->d_logits, g + FASHION_LINEAR_W,
                             g + FASHION_LINEAR_B);
        tl_linear_grad_x_f32(team, &linear, &plan->linear_grad_x, p + FASHION_LINEAR_W, net->d_logits, net->pool2,
                             net->d_pool2);
    }
    tl_mark(team, 7);
    tl_max_pool_grad_x_f32(team, &pool2, &window_plan, net->d_pool2, net->arg2, net->d_conv2);
    tl_mark(team, 8);
    tl_conv_grad_w_f32(team, &conv2, &plan->conv2_grad_w, net->pool1, net->d_conv2, g + FASHION_CONV2_W,
                       g + FASHION_CONV2_B);
    tl_mark(team, 9);
    tl_conv_grad_x_f32(team, &conv2, &plan->conv2_grad_x, p + FASHION_CONV2_W, net->d_conv2, net->pool1, net->d_pool1);
    tl_mark(team, 10);
    tl_max_pool_grad_x_f32(team, &pool1, &window_plan, net->d_pool1, net->arg1, d_conv1);
    tl_mark(team, 11);
    tl_conv_grad_w_f32(team, &conv1, &plan->conv1_grad_w, x, d_conv1, g + FASHION_CONV1_W, g + FASHION_CONV1_B);
    tl_mark(team, 12);
    tl_sgd_step_f32(team, &update_plan, &net->sgd, fused ? FASHION_LINEAR_W : FASHION_PARAMS, g, p, v);
}

/* Writes the network's tapes, if those there are were not for this team, plan and input. Core 0 does it for all. */
static tl_status prepare(const tl_team *team, fashion_net *net, uint32_t plan, const float *x) {
    if (net->cores == team->n && net->plan == plan && net->x == x && net->shared == team->shared)
        return TL_OK;
    if (team->n > FASHION_TEAM)
        return TL_BAD_PLAN;
    /* Nobody reads the key above any more when core 0 changes it. */
    tl_barrier(team);
    if (team->id == 0) {
        size_t kept, used = FASHION_HANDOVER_BYTES;
        char *memory = tl_l1_kept(team, &kept);
        bool full = false;
        for (uint32_t id = 0; id < team->n && !full; ++id) {
            tl_tape tape;
            tl_team writer = {.id = id, .n = team->n, .shared = team->shared, .tape = &tape};
            tl_tape_begin(&tape, memory + used, (uint32_t)(kept - used));
            forward(&writer, net, &plans[plan], x);
            net->tape[id].forward = tl_tape_end_part(&tape);
            tl_mark(&writer, 5);
            (void)tl_softmax_cross_entropy_loss_f32(&writer, &rows, net->logits, &net->label, &net->loss,
                                                    net->d_logits);
            net->tape[id].loss = tl_tape_end_part(&tape);
            backward(&writer, net, &plans[plan], x);
            net->tape[id].backward = tl_tape_end_part(&tape);
            used += tape.used;
            full = tl_tape_is_full(&tape);
        }
        net->cores = full ? 0 : team->n;
        net->plan = plan;
        net->x = x;
        net->shared = team->shared;
    }
    tl_barrier(team);
    return net->cores == team->n ? TL_OK : TL_BAD_PLAN;
}

/* The class with the largest logit. */
static uint32_t predict(const fashion_net *net) {
    float best = net->logits[0];
    uint32_t class = 0;
    for (uint32_t i = 1; i < FASHION_CLASSES; ++i) {
        float z = net->logits[i];
        if (z > best) {
            best = z;
            class = i;
        }
    }
    return class;
}

static tl_status step(const tl_team *team, void *context, const tl_step_options *options, const float *x,
                      uint32_t label, tl_result *result) {
    fashion_net *net = context;
    if (label >= FASHION_CLASSES)
        return TL_BAD_LABEL;
    tl_status status = prepare(team, net, options->plan ? 1 : 0, x);
    if (status != TL_OK)
        return status;
    const fashion_tape *tape = &net->tape[team->id];
    if (team->id == 0) {
        net->label = label;
        net->sgd = (tl_sgd){.rate = options->rate, .momentum = options->momentum};
    }
    tl_tape_play(team, tape->forward);
    /* A row of ten logits is work for one core: another one finds the largest meanwhile. */
    if (team->id == team->n / 2)
        net->predicted = predict(net);
    tl_tape_play(team, tape->loss);
    float loss = net->loss;
    bool finite = tl_is_finite_f32(loss);
    if (finite)
        tl_tape_play(team, tape->backward);
    if (team->id == 0) {
        result->loss = loss;
        result->predicted = net->predicted;
    }
    tl_mark(team, 13);
    return finite ? TL_OK : TL_NOT_FINITE;
}

static tl_status infer(const tl_team *team, void *context, const float *x, tl_result *result) {
    fashion_net *net = context;
    tl_status status = prepare(team, net, 0, x);
    if (status != TL_OK)
        return status;
    tl_tape_play(team, net->tape[team->id].forward);
    if (team->id == 0)
        result->predicted = predict(net);
    return TL_OK;
}

static void reset(const tl_team *team, void *context) {
    fashion_net *net = context;
    for (uint32_t i = team->id; i < FASHION_PARAMS; i += team->n)
        net->velocity[i] = 0.0f;
}

static const tl_tensor tensors[] = {
    {.name = "conv1.weight", .offset = FASHION_CONV1_W, .rank = 4, .dims = {8, 1, 4, 4}},
    {.name = "conv1.bias", .offset = FASHION_CONV1_B, .rank = 1, .dims = {8}},
    {.name = "conv2.weight", .offset = FASHION_CONV2_W, .rank = 4, .dims = {16, 8, 3, 3}},
    {.name = "conv2.bias", .offset = FASHION_CONV2_B, .rank = 1, .dims = {16}},
    {.name = "linear.weight", .offset = FASHION_LINEAR_W, .rank = 2, .dims = {10, 256}, .image = {4, 4, 16}},
    {.name = "linear.bias", .offset = FASHION_LINEAR_B, .rank = 1, .dims = {10}},
};

static const tl_part parts[] = {
    {"conv1", "forward", FASHION_CONV1_MACS},
    {"pool1", "forward", 0},
    {"conv2", "forward", FASHION_CONV2_MACS},
    {"pool2", "forward", 0},
    {"linear", "forward", FASHION_LINEAR_MACS},
    {"loss", "both", 0},
    {"linear", "grad", 2 * FASHION_LINEAR_MACS},
    {"pool2", "grad_x", 0},
    {"conv2", "grad_w", FASHION_CONV2_MACS},
    {"conv2", "grad_x", FASHION_CONV2_MACS},
    {"pool1", "grad_x", 0},
    {"conv1", "grad_w", FASHION_CONV1_MACS},
    {"all", "update", 0},
};

const tl_project fashion_project = {
    .version = TL_PROJECT_VERSION,
    .name = "fashion",
    .context_bytes = sizeof(fashion_net),
    .params_offset = offsetof(fashion_net, params),
    .params = FASHION_PARAMS,
    .inputs = FASHION_INPUTS,
    .classes = FASHION_CLASSES,
    .tensors = tensors,
    .tensor_count = sizeof tensors / sizeof tensors[0],
    .parts = parts,
    .part_count = sizeof parts / sizeof parts[0],
    .labelled = 1,
    .kept_bytes = offsetof(fashion_net, grads) - offsetof(fashion_net, params),
    .infer_macs = FASHION_CONV1_MACS + FASHION_CONV2_MACS + FASHION_LINEAR_MACS,
    .batch = 1,
    .accumulate = 1,
    .step = step,
    .infer = infer,
    .reset = reset,
};
