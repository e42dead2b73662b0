/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/tune/step_request.h"
#include "platform/budget.h"
#include "src/kernel/mm.h"

enum { REEL_STEP = 32, ALIGN = 16 };

static const tl_probe_kind kinds[STEP_OPS] = {
    [STEP_CONV] = TL_PROBE_CONV,
    [STEP_LINEAR] = TL_PROBE_LINEAR,
    [STEP_LINEAR_ONE] = TL_PROBE_LINEAR_ONE,
    [STEP_DEPTHWISE] = TL_PROBE_DEPTHWISE,
    [STEP_MAX_POOL] = TL_PROBE_MAX_POOL,
    [STEP_AVG_POOL] = TL_PROBE_AVG_POOL,
    [STEP_AVG_POOL_PADDED] = TL_PROBE_AVG_POOL_PADDED,
    [STEP_GLOBAL_POOL] = TL_PROBE_GLOBAL_AVG_POOL,
    [STEP_BATCH_NORM] = TL_PROBE_BATCH_NORM,
    [STEP_BATCH_NORM_FROZEN] = TL_PROBE_BATCH_NORM_FROZEN,
    [STEP_RELU] = TL_PROBE_RELU,
    [STEP_RELU6] = TL_PROBE_RELU6,
    [STEP_LEAKY_RELU] = TL_PROBE_LEAKY_RELU,
    [STEP_SIGMOID] = TL_PROBE_SIGMOID,
    [STEP_TANH] = TL_PROBE_TANH,
    [STEP_ADD] = TL_PROBE_ADD,
    [STEP_CROSS_ENTROPY] = TL_PROBE_LOSS,
    [STEP_MSE] = TL_PROBE_MSE,
    [STEP_OPTIMISER] = TL_PROBE_SGD,
};

/* Elements of a buffer, and whether the step reads and writes it. */
typedef struct tensor {
    uint64_t elements;
    bool in, out;
} tensor;

typedef struct tensors {
    uint32_t zeros; /* bit i: tensor i stands where zeros do */
    tensor of[TL_PROBE_BUFFERS];
} tensors;

/* A convolution's or a linear layer's. */
static void layer_tensors(const step_problem *p, uint64_t x, uint64_t w, uint64_t b, uint64_t y, tensors *t) {
    const uint64_t kept = p->update > STEP_SGD ? 1 : 0, second = p->update == STEP_ADAM ? 1 : 0;
    switch (p->pass) {
    case STEP_FORWARD:
        t->of[0] = (tensor){x, true, false};
        t->of[1] = (tensor){w, true, false};
        t->of[2] = (tensor){b, true, false};
        t->of[3] = (tensor){y, false, true};
        t->of[4] = (tensor){p->epilogue == STEP_WITH_ADD || p->epilogue == STEP_WITH_ADD_RELU ? y : 0, true, false};
        break;
    case STEP_GRAD_W:
        t->of[0] = (tensor){x, true, false};
        t->of[1] = (tensor){y, true, false};
        t->of[2] = (tensor){w, p->update != STEP_NO_UPDATE, true};
        t->of[3] = (tensor){b, p->update != STEP_NO_UPDATE, true};
        t->of[4] = (tensor){w * kept, true, true};
        t->of[5] = (tensor){w * second, true, true};
        t->of[6] = (tensor){b * kept, true, true};
        t->of[7] = (tensor){b * second, true, true};
        break;
    default:
        t->of[0] = (tensor){w, true, false};
        t->of[1] = (tensor){y, true, false};
        t->of[2] = (tensor){p->mask ? x : 0, true, false};
        t->of[3] = (tensor){x, false, true};
        break;
    }
}

/* At batch 1: x, dy, w, b, mask, y or dx, states of w and of b behind it. */
static void one_tensors(const step_problem *p, tensors *t) {
    const uint64_t k = p->size.linear.k, o = p->size.linear.o, states = p->update > STEP_SGD ? k * o + o : 0;
    const bool forward = p->pass == STEP_FORWARD, updates = p->pass == STEP_GRAD_W || p->pass == STEP_STEP;
    const bool has_dx = p->pass == STEP_GRAD_X || p->pass == STEP_STEP;
    t->of[0] = (tensor){forward || updates ? k : 0, true, false};
    t->of[1] = (tensor){forward ? 0 : o, true, false};
    t->of[2] = (tensor){k * o, true, updates};
    t->of[3] = (tensor){p->pass == STEP_GRAD_X ? 0 : o, true, updates};
    t->of[4] = (tensor){has_dx && p->mask ? k : 0, true, false};
    t->of[5] = (tensor){forward ? o : has_dx ? k : 0, false, true};
    t->of[6] = (tensor){updates ? states : 0, true, true};
    t->of[7] = (tensor){updates && p->update == STEP_ADAM ? states : 0, true, true};
}

static void pool_tensors(const step_problem *p, tensors *t) {
    const tl_pool *pool = &p->size.pool;
    const uint64_t x = (uint64_t)pool->n * pool->h * pool->w * pool->c;
    const uint64_t y = (uint64_t)pool->n * tl_pool_out_h(pool) * tl_pool_out_w(pool) * pool->c;
    const bool has_arg = p->op == STEP_MAX_POOL, forward = p->pass == STEP_FORWARD;
    const uint64_t arg = has_arg ? (y + 3) / 4 : 0; /* a byte each */
    t->of[0] = (tensor){forward ? x : y, true, false};
    t->zeros = has_arg && !forward ? 1u << 1 : 0;
    t->of[1] = forward ? (tensor){y, false, true} : has_arg ? (tensor){arg, true, false} : (tensor){x, false, true};
    t->of[2] = forward ? (tensor){arg, false, true} : (tensor){has_arg ? x : 0, false, true};
}

static void norm_tensors(const step_problem *p, tensors *t) {
    const tl_batch_norm *norm = &p->size.norm;
    const uint64_t c = norm->c, x = (uint64_t)norm->n * norm->h * norm->w * c;
    const bool frozen = p->op == STEP_BATCH_NORM_FROZEN;
    t->of[0] = (tensor){x, true, false};
    if (p->pass == STEP_FORWARD && frozen) {
        t->of[1] = (tensor){4 * c, true, false};
        t->of[2] = (tensor){x, false, true};
    } else if (p->pass == STEP_FORWARD) {
        t->of[1] = (tensor){2 * c, true, false};
        t->of[2] = (tensor){4 * c, true, true};
        t->of[3] = (tensor){x, false, true};
    } else if (frozen && p->pass == STEP_GRAD_X) {
        t->of[1] = (tensor){2 * c, true, false};
        t->of[2] = (tensor){x, false, true};
    } else {
        t->of[1] = (tensor){x, true, false};
        t->of[2] = (tensor){5 * c, true, true};
        t->of[3] = (tensor){p->pass == STEP_GRAD_X ? x : 0, false, true};
    }
}

static void element_tensors(const step_problem *p, tensors *t) {
    const uint64_t n = p->size.elements;
    t->of[0] = t->of[1] = (tensor){n, true, false};
    switch (p->op) {
    case STEP_ADD:
        t->of[2] = (tensor){n, false, true};
        break;
    case STEP_MSE:
        t->of[2] = (tensor){1, false, true};
        t->of[3] = (tensor){n, false, true};
        break;
    case STEP_OPTIMISER:
        t->of[1] = (tensor){n, true, true};
        t->of[2] = (tensor){p->update > STEP_SGD ? n : 0, true, true};
        t->of[3] = (tensor){p->update == STEP_ADAM ? n : 0, true, true};
        t->of[4] = (tensor){p->update == STEP_ADAM ? (sizeof(tl_adam_state) + 3) / 4 : 0, true, true};
        t->zeros = p->update == STEP_ADAM ? 1u << 4 : 0;
        break;
    default:
        t->of[1].in = p->pass == STEP_GRAD_X;
        t->of[1].out = !t->of[1].in;
        t->of[2] = (tensor){p->pass == STEP_GRAD_X ? n : 0, false, true};
    }
}

static void find_tensors(const step_problem *p, tensors *t) {
    const tl_conv *conv = &p->size.conv;
    const tl_linear *l = &p->size.linear;
    const tl_depthwise *d = &p->size.depthwise;
    const tl_global_pool *g = &p->size.global_pool;
    const uint64_t groups = p->op == STEP_CONV && conv->groups ? conv->groups : 1;
    *t = (tensors){.zeros = 0};
    switch (p->op) {
    case STEP_CONV:
        layer_tensors(p, (uint64_t)conv->n * conv->h * conv->w * conv->c,
                      (uint64_t)conv->kh * conv->kw * conv->o * conv->c / groups, conv->o,
                      (uint64_t)conv->n * tl_conv_out_h(conv) * tl_conv_out_w(conv) * conv->o, t);
        break;
    case STEP_LINEAR:
        layer_tensors(p, (uint64_t)l->n * l->k, (uint64_t)l->o * l->k, l->o, (uint64_t)l->n * l->o, t);
        break;
    case STEP_DEPTHWISE:
        layer_tensors(p, (uint64_t)d->n * d->h * d->w * d->c, (uint64_t)d->kh * d->kw * d->c, d->c,
                      (uint64_t)d->n * tl_depthwise_out_h(d) * tl_depthwise_out_w(d) * d->c, t);
        break;
    case STEP_LINEAR_ONE:
        one_tensors(p, t);
        break;
    case STEP_GLOBAL_POOL:
        t->of[p->pass == STEP_GRAD_X] =
            (tensor){(uint64_t)g->n * g->h * g->w * g->c, p->pass == STEP_FORWARD, p->pass == STEP_GRAD_X};
        t->of[p->pass == STEP_FORWARD] =
            (tensor){(uint64_t)g->n * g->c, p->pass == STEP_GRAD_X, p->pass == STEP_FORWARD};
        break;
    case STEP_BATCH_NORM:
    case STEP_BATCH_NORM_FROZEN:
        norm_tensors(p, t);
        break;
    case STEP_MAX_POOL:
    case STEP_AVG_POOL:
    case STEP_AVG_POOL_PADDED:
        pool_tensors(p, t);
        break;
    case STEP_CROSS_ENTROPY:
        t->of[0] = (tensor){(uint64_t)p->size.rows.n * p->size.rows.classes, true, false};
        t->of[1] = (tensor){p->size.rows.n, true, false};
        t->zeros = 1u << 1;
        t->of[2] = (tensor){1, false, true};
        t->of[3] = (tensor){(uint64_t)p->size.rows.n * p->size.rows.classes, false, true};
        break;
    default:
        element_tensors(p, t);
    }
}

step_traffic step_bytes(const step_problem *p) {
    tensors t;
    step_traffic bytes = {0, 0};
    find_tensors(p, &t);
    for (uint32_t i = 0; i < TL_PROBE_BUFFERS; ++i) {
        bytes.in += t.of[i].in ? 4 * t.of[i].elements : 0;
        bytes.out += t.of[i].out ? 4 * t.of[i].elements : 0;
    }
    return bytes;
}

uint32_t step_l1_bytes(void) {
    return TL_L1_ARENA_BYTES - TL_CLUSTER_CORES * STEP_REEL_LEAST;
}

static void set_sizes(const step_problem *p, tl_probe *probe) {
    switch (p->op) {
    case STEP_CONV:
        probe->conv = p->size.conv;
        break;
    case STEP_LINEAR:
    case STEP_LINEAR_ONE:
        probe->linear = p->size.linear;
        break;
    case STEP_DEPTHWISE:
        probe->depthwise = p->size.depthwise;
        break;
    case STEP_MAX_POOL:
    case STEP_AVG_POOL:
    case STEP_AVG_POOL_PADDED:
        probe->pool = p->size.pool;
        break;
    case STEP_GLOBAL_POOL:
        probe->global_pool = p->size.global_pool;
        break;
    case STEP_BATCH_NORM:
    case STEP_BATCH_NORM_FROZEN:
        probe->norm = p->size.norm;
        break;
    case STEP_CROSS_ENTROPY:
        probe->rows = p->size.rows;
        break;
    default:
        probe->elements = p->size.elements;
    }
}

static void set_plan(const step_plan *plan, tl_probe *probe) {
    const tl_mm_plan *mm = &plan->of.mm;
    switch (plan->kind) {
    case STEP_PLAN_MM:
        probe->kernel = step_kernel_number(mm->kernel);
        probe->plan = (tl_probe_plan){.block_m = mm->block_m,
                                      .block_n = mm->block_n,
                                      .slices = mm->slices,
                                      .buffers = mm->buffers,
                                      .rows = mm->rows,
                                      .cols = mm->cols,
                                      .o = mm->o,
                                      .c = mm->c,
                                      .strides = mm->strides,
                                      .by_columns = mm->by_columns,
                                      .padded = mm->padded};
        break;
    case STEP_PLAN_PLANES:
        probe->planes_plan = plan->of.planes;
        break;
    case STEP_PLAN_WINDOW:
        probe->window_plan = plan->of.window;
        break;
    case STEP_PLAN_CHANNELS:
        probe->channels_plan = plan->of.channels;
        break;
    case STEP_PLAN_STREAM:
        probe->stream_plan = plan->of.stream;
        break;
    case STEP_PLAN_MAP:
        probe->map_plan = plan->of.map;
        break;
    case STEP_PLAN_NONE:
        break;
    }
}

/* What is fused into the step, and the optimiser's settings. */
static void set_fused(const step_problem *p, tl_probe *probe) {
    static const uint8_t relu[STEP_EPILOGUES] = {0, 1, 2, 0, 1}, residual[STEP_EPILOGUES] = {0, 0, 0, 1, 1};
    probe->pass = p->op == STEP_OPTIMISER ? (uint32_t)TL_FORWARD : (uint32_t)p->pass;
    probe->relu = p->pass == STEP_FORWARD ? relu[p->epilogue] : (uint32_t)p->mask;
    if (p->op == STEP_LINEAR_ONE && p->pass != STEP_FORWARD)
        probe->relu = 0;
    probe->residual = residual[p->epilogue];
    probe->update = p->op == STEP_CONV || p->op == STEP_LINEAR ? (uint32_t)p->update : 0;
    probe->sgd = (tl_sgd){.rate = 0.01f, .momentum = 0.9f};
    probe->adam = (tl_adam){.rate = 0.001f, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f};
    probe->adam_state.numbers = (tl_adam_numbers){0.1f, 0.001f, 1, 0.001f, 1, 1e-8f};
}

tl_status step_request(const step_problem *p, const step_plan *plan, uint32_t heap, uint32_t cores, tl_probe *request) {
    tensors t;
    uint64_t at = 0;
    uint32_t reel = STEP_REEL_MOST;
    const tl_status status = step_supported(p, plan, step_l1_bytes());
    if (status != TL_OK)
        return status;
    while (reel > STEP_REEL_LEAST && step_supported(p, plan, TL_L1_ARENA_BYTES - TL_CLUSTER_CORES * reel) != TL_OK)
        reel -= REEL_STEP;
    *request = (tl_probe){.kind = kinds[p->op], .repeat = 2};
    if (p->op == STEP_OPTIMISER && p->update == STEP_ADAM)
        request->kind = TL_PROBE_ADAM;
    set_sizes(p, request);
    set_plan(plan, request);
    set_fused(p, request);
    find_tensors(p, &t);
    for (uint32_t i = 0; i < TL_PROBE_BUFFERS; ++i) {
        const uint64_t bytes = (4 * t.of[i].elements + ALIGN - 1) / ALIGN * ALIGN;
        request->buffer[i] = bytes == 0 ? TL_PROBE_ABSENT : (t.zeros >> i & 1) ? STEP_HEAP_TENSORS : (uint32_t)at;
        at += (t.zeros >> i & 1) ? 0 : bytes;
        if (at > STEP_HEAP_TENSORS || ((t.zeros >> i & 1) && bytes > STEP_HEAP_ZEROS))
            return TL_BAD_SIZES;
    }
    request->tape = STEP_HEAP_TENSORS + STEP_HEAP_ZEROS;
    request->tape_bytes = STEP_HEAP_TAPES / TL_CLUSTER_CORES;
    request->reel = TL_L1_ARENA + TL_L1_ARENA_BYTES - TL_CLUSTER_CORES * reel - heap;
    request->reel_bytes = reel;
    if (cores == 1)
        request->tape_bytes = STEP_HEAP_TAPES;
    return TL_OK;
}
