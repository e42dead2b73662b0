/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/baselines.h"
#include "guest/probe_layers.h"
#include "src/hal/hal.h"
#include "src/kernel/matvec.h"
#include "src/kernel/mm.h"
#include "src/tile/share.h"
#include "src/tile/tile_stream.h"

enum { TAPE_WORDS = 16 }; /* bytes at the end of a tape's memory: whether it is full, two stamps of time */

static void copy(const tl_team *team, tl_dma_direction direction, char *l1, char *l2, uint32_t bytes) {
    tl_dma_box box = {.l1 = l1, .l2 = l2, .rows = 1, .segments = 1, .bytes = bytes};
    tl_dma_start(team, 0, direction, &box);
    tl_dma_wait(team, 0);
    tl_barrier(team);
}

static tl_mm whole_mm(const tl_probe_mm *p, char *l1) {
    tl_mm mm = {.a = (float *)(void *)tl_probe_at(l1, p->a),
                .b = (float *)(void *)tl_probe_at(l1, p->b),
                .init = (float *)(void *)tl_probe_at(l1, p->init),
                .jump = (tl_jump *)(void *)tl_probe_at(l1, p->jump),
                .m = p->m,
                .n = p->n,
                .k = p->k,
                .runs = p->runs,
                .a_m = p->a_m,
                .a_k = p->a_k,
                .b_n = p->b_n,
                .b_k = p->b_k,
                .c_m = p->c_m,
                .c_n = p->c_n,
                .init_m = p->init_m,
                .init_n = p->init_n};
    mm.c = (float *)(void *)tl_probe_at(l1, p->c);
    return mm;
}

static tl_mm part_of(const tl_mm *mm, const tl_region *r) {
    tl_mm part = *mm;
    const int32_t m0 = (int32_t)r->m0, n0 = (int32_t)r->n0;
    part.a += m0 * mm->a_m / 4;
    part.b += n0 * mm->b_n / 4;
    part.c += (m0 * mm->c_m + n0 * mm->c_n) / 4;
    if (mm->init)
        part.init += (m0 * mm->init_m + n0 * mm->init_n) / 4;
    part.m = r->m;
    part.n = r->n;
    return part;
}

/* One core's part of a matmul in L1: an even part of the blocks. */
TL_PROBE_APART static void run_mm(const tl_team *team, const tl_probe_mm *p, const tl_mm_plan *plan, char *l1) {
    const tl_mm mm = whole_mm(p, l1);
    uint32_t blocks = tl_share_blocks(&mm, plan);
    uint32_t block = tl_share_start(blocks, team->id, team->n), end = tl_share_start(blocks, team->id + 1, team->n);
    while (block < end) {
        tl_region r;
        block += tl_share_region(&mm, plan, block, end - block, &r);
        const tl_mm part = part_of(&mm, &r);
        plan->kernel(&part);
    }
}

/* One core's rectangle of a matmul in L1. */
TL_PROBE_APART static uint32_t time_mm(const tl_team *team, const tl_probe *probe, const tl_mm_plan *plan, char *l1) {
    const tl_mm mm = whole_mm(&probe->mm, l1);
    const uint32_t by_rows = probe->mm.by_rows < team->n ? probe->mm.by_rows : team->n, by_cols = team->n / by_rows;
    const uint32_t row = team->id / by_cols, col = team->id % by_cols, repeat = probe->repeat;
    const uint32_t m0 = tl_share_start(mm.m, row, by_rows), n0 = tl_share_start(mm.n, col, by_cols);
    const tl_region r = {m0, tl_share_start(mm.m, row + 1, by_rows) - m0, n0,
                         tl_share_start(mm.n, col + 1, by_cols) - n0};
    const tl_mm part = part_of(&mm, &r);
    const bool has_part = row < by_rows && part.m > 0 && part.n > 0;
    void (*const kernel)(const tl_mm *) = plan->kernel;
    uint32_t cycles = 0;
    for (uint32_t i = 0; i < repeat; ++i) {
        tl_barrier(team);
        uint32_t start = tl_cycles();
        if (has_part)
            kernel(&part);
        tl_barrier(team);
        cycles = tl_cycles() - start;
    }
    return cycles;
}

TL_PROBE_APART static void run_norm(const tl_team *team, const tl_probe *p, char *heap) {
    const tl_batch_norm *norm = &p->norm;
    const tl_channels_plan *plan = &p->channels_plan;
    const uint32_t c = norm->c;
    if (p->pass == TL_FORWARD)
        (p->relu ? tl_batch_norm_forward_relu_f32 : tl_batch_norm_forward_f32)(
            team, norm, plan, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1), tl_probe_floats(p, heap, 1) + c,
            tl_probe_floats(p, heap, 2), tl_probe_floats(p, heap, 2) + c, tl_probe_floats(p, heap, 2) + 2 * c,
            tl_probe_floats(p, heap, 2) + 3 * c, tl_probe_floats(p, heap, 3));
    else
        tl_batch_norm_grad_f32(
            team, norm, plan, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1), tl_probe_floats(p, heap, 2),
            tl_probe_floats(p, heap, 2) + c, tl_probe_floats(p, heap, 2) + 2 * c, tl_probe_floats(p, heap, 2) + 3 * c,
            tl_probe_floats(p, heap, 2) + 4 * c, p->pass == TL_GRAD_W ? NULL : tl_probe_floats(p, heap, 3));
}

TL_PROBE_APART static void run_norm_frozen(const tl_team *team, const tl_probe *p, char *heap) {
    const tl_batch_norm *norm = &p->norm;
    const tl_channels_plan *plan = &p->channels_plan;
    const uint32_t c = norm->c;
    if (p->pass == TL_FORWARD)
        (p->relu ? tl_batch_norm_frozen_forward_relu_f32 : tl_batch_norm_frozen_forward_f32)(
            team, norm, plan, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1), tl_probe_floats(p, heap, 1) + c,
            tl_probe_floats(p, heap, 1) + 2 * c, tl_probe_floats(p, heap, 1) + 3 * c, tl_probe_floats(p, heap, 2));
    else if (p->pass == TL_GRAD_W)
        tl_batch_norm_frozen_grad_w_f32(team, norm, plan, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1),
                                        tl_probe_floats(p, heap, 2), tl_probe_floats(p, heap, 2) + c,
                                        tl_probe_floats(p, heap, 2) + 2 * c, tl_probe_floats(p, heap, 2) + 3 * c);
    else
        tl_batch_norm_frozen_grad_x_f32(team, norm, plan, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1),
                                        tl_probe_floats(p, heap, 1) + c, tl_probe_floats(p, heap, 2));
}

/* One core's part of a matrix-vector kernel in L1. */
static tl_matvec matvec_part(const tl_team *team, const tl_probe *probe, char *l1) {
    const tl_probe_mm *p = &probe->mm;
    const tl_matvec problem = {.w = (float *)(void *)tl_probe_at(l1, p->a),
                               .pitch = p->a_m,
                               .rows = p->m,
                               .cols = p->k,
                               .x = (float *)(void *)tl_probe_at(l1, p->b),
                               .dy = (float *)(void *)tl_probe_at(l1, p->jump),
                               .init = (float *)(void *)tl_probe_at(l1, p->init),
                               .y = (float *)(void *)tl_probe_at(l1, p->c)};
    tl_matvec part = tl_stream_share(&problem, probe->pass == 0, team->id, team->n);
    part.w += (int32_t)team->id * (p->skew / 4);
    return part;
}

/* Nothing but the kernel between the barriers. */
TL_PROBE_APART static uint32_t time_matvec(const tl_team *team, const tl_probe *probe, char *l1) {
    static tl_matvec_kernel_f32 *const kernels[] = {tl_matvec_f32, tl_matvec_t_f32, tl_outer_f32, tl_matvec_outer_f32};
    tl_matvec_kernel_f32 *kernel = kernels[probe->pass & 3];
    const tl_matvec part = matvec_part(team, probe, l1);
    const bool has_part = part.rows > 0 && part.cols > 0;
    uint32_t cycles = 0, repeat = probe->repeat;
    for (uint32_t i = 0; i < repeat; ++i) {
        tl_barrier(team);
        uint32_t start = tl_cycles();
        if (has_part)
            kernel(&part);
        tl_barrier(team);
        cycles = tl_cycles() - start;
    }
    return cycles;
}

static tl_status run(const tl_team *team, const tl_probe *p, const tl_mm_plan *plan, char *heap) {
    tl_status status = TL_OK;
    switch (p->kind) {
    case TL_PROBE_MM:
        run_mm(team, &p->mm, plan, tl_l1(team));
        break;
    case TL_PROBE_CONV:
        if (p->pass == TL_GRAD_W && p->update)
            tl_probe_conv_update(team, p, plan, heap);
        else
            tl_probe_conv(team, p, plan, heap);
        break;
    case TL_PROBE_DEPTHWISE:
        if (p->pass == TL_FORWARD)
            (p->relu == 2 ? tl_depthwise_forward_relu6_f32
             : p->relu    ? tl_depthwise_forward_relu_f32
                          : tl_depthwise_forward_f32)(team, &p->depthwise, &p->planes_plan, tl_probe_floats(p, heap, 0),
                                                   tl_probe_floats(p, heap, 1), tl_probe_floats(p, heap, 2),
                                                   tl_probe_floats(p, heap, 3));
        else if (p->pass == TL_GRAD_W)
            (p->add ? tl_depthwise_grad_w_add_f32 : tl_depthwise_grad_w_f32)(
                team, &p->depthwise, &p->planes_plan, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1),
                tl_probe_floats(p, heap, 2), tl_probe_floats(p, heap, 3));
        else
            (p->relu == 2 ? tl_depthwise_grad_x_relu6_f32 : tl_depthwise_grad_x_f32)(
                team, &p->depthwise, &p->planes_plan, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1),
                tl_probe_floats(p, heap, 2), tl_probe_floats(p, heap, 3));
        break;
    case TL_PROBE_LINEAR:
        if (p->pass == TL_GRAD_W && p->update)
            tl_probe_linear_update(team, p, plan, heap);
        else
            tl_probe_linear(team, p, plan, heap);
        break;
    case TL_PROBE_MAX_POOL:
        if (p->pass == TL_FORWARD)
            tl_max_pool_forward_f32(team, &p->pool, &p->window_plan, tl_probe_floats(p, heap, 0),
                                    tl_probe_floats(p, heap, 1), (uint8_t *)tl_probe_at(heap, p->buffer[2]));
        else
            tl_max_pool_grad_x_f32(team, &p->pool, &p->window_plan, tl_probe_floats(p, heap, 0),
                                   (uint8_t *)tl_probe_at(heap, p->buffer[1]), tl_probe_floats(p, heap, 2));
        break;
    case TL_PROBE_RELU:
        if (p->pass == TL_FORWARD)
            tl_relu_forward_f32(team, &p->map_plan, p->elements, tl_probe_floats(p, heap, 0),
                                tl_probe_floats(p, heap, 1));
        else
            tl_relu_grad_x_f32(team, &p->map_plan, p->elements, tl_probe_floats(p, heap, 0),
                               tl_probe_floats(p, heap, 1), tl_probe_floats(p, heap, 2));
        break;
    case TL_PROBE_SGD:
        tl_sgd_step_f32(team, &p->map_plan, &p->sgd, p->elements, tl_probe_floats(p, heap, 0),
                        tl_probe_floats(p, heap, 1), tl_probe_floats(p, heap, 2));
        break;
    case TL_PROBE_LOSS:
        status = tl_softmax_cross_entropy_loss_f32(team, &p->rows, tl_probe_floats(p, heap, 0),
                                                   (uint32_t *)(void *)tl_probe_at(heap, p->buffer[1]),
                                                   tl_probe_floats(p, heap, 2), tl_probe_floats(p, heap, 3));
        break;
    case TL_PROBE_ADD:
        (p->relu ? tl_add_forward_relu_f32
                 : tl_add_forward_f32)(team, &p->map_plan, p->elements, tl_probe_floats(p, heap, 0),
                                       tl_probe_floats(p, heap, 1), tl_probe_floats(p, heap, 2));
        break;
    case TL_PROBE_RELU6:
        if (p->pass == TL_FORWARD)
            tl_relu6_forward_f32(team, &p->map_plan, p->elements, tl_probe_floats(p, heap, 0),
                                 tl_probe_floats(p, heap, 1));
        else
            tl_relu6_grad_x_f32(team, &p->map_plan, p->elements, tl_probe_floats(p, heap, 0),
                                tl_probe_floats(p, heap, 1), tl_probe_floats(p, heap, 2));
        break;
    case TL_PROBE_LEAKY_RELU:
        if (p->pass == TL_FORWARD)
            tl_leaky_relu_forward_f32(team, &p->leaky, &p->map_plan, p->elements, tl_probe_floats(p, heap, 0),
                                      tl_probe_floats(p, heap, 1));
        else
            tl_leaky_relu_grad_x_f32(team, &p->leaky, &p->map_plan, p->elements, tl_probe_floats(p, heap, 0),
                                     tl_probe_floats(p, heap, 1), tl_probe_floats(p, heap, 2));
        break;
    case TL_PROBE_SIGMOID:
    case TL_PROBE_TANH:
        if (p->pass == TL_FORWARD)
            (p->kind == TL_PROBE_TANH ? tl_tanh_forward_f32 : tl_sigmoid_forward_f32)(
                team, &p->map_plan, p->elements, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1));
        else
            (p->kind == TL_PROBE_TANH ? tl_tanh_grad_x_f32 : tl_sigmoid_grad_x_f32)(
                team, &p->map_plan, p->elements, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1),
                tl_probe_floats(p, heap, 2));
        break;
    case TL_PROBE_MSE:
        status = tl_mse_loss_f32(team, p->elements, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1),
                                 tl_probe_floats(p, heap, 2), tl_probe_floats(p, heap, 3));
        break;
    case TL_PROBE_ADAM:
        tl_adam_begin_f32(team, &p->adam, (tl_adam_state *)(void *)tl_probe_floats(p, heap, 4));
        tl_adam_step_f32(team, &p->map_plan, (tl_adam_state *)(void *)tl_probe_floats(p, heap, 4), p->elements,
                         tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1), tl_probe_floats(p, heap, 2),
                         tl_probe_floats(p, heap, 3));
        break;
    case TL_PROBE_AVG_POOL:
        (p->pass == TL_FORWARD ? tl_avg_pool_forward_f32 : tl_avg_pool_grad_x_f32)(
            team, &p->pool, &p->window_plan, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1));
        break;
    case TL_PROBE_AVG_POOL_PADDED:
        (p->pass == TL_FORWARD ? tl_avg_pool_padded_forward_f32 : tl_avg_pool_padded_grad_x_f32)(
            team, &p->pool, &p->window_plan, tl_probe_floats(p, heap, 0), tl_probe_floats(p, heap, 1));
        break;
    case TL_PROBE_GLOBAL_AVG_POOL:
        if (p->pass == TL_FORWARD)
            tl_global_avg_pool_forward_f32(team, &p->global_pool, &p->channels_plan, tl_probe_floats(p, heap, 0),
                                           tl_probe_floats(p, heap, 1));
        else
            tl_global_avg_pool_grad_x_f32(team, &p->global_pool, &p->channels_plan, tl_probe_floats(p, heap, 0),
                                          tl_probe_floats(p, heap, 1));
        break;
    case TL_PROBE_BATCH_NORM:
        run_norm(team, p, heap);
        break;
    case TL_PROBE_BATCH_NORM_FROZEN:
        run_norm_frozen(team, p, heap);
        break;
    case TL_PROBE_LINEAR_ONE:
        tl_probe_linear_one(team, p, heap);
        break;
    default:
        status = TL_BAD_REQUEST;
    }
    return status;
}

/* Whether the step's own check passes; L1 is never read or written beyond what this lets through. */
static tl_status supported(const tl_team *team, const tl_probe *p, const tl_mm_plan *plan) {
    uint32_t l1 = (uint32_t)tl_l1_bytes(team);
    const bool is_update = p->pass == TL_GRAD_W && p->update;
    const bool is_added = p->pass == TL_FORWARD && p->residual;
    switch (p->kind) {
    case TL_PROBE_LINEAR_ONE:
        if (p->layers > 1)
            return tl_probe_chain_supported(p, l1);
        return tl_linear_one_supported(&p->linear, &p->stream_plan, l1);
    case TL_PROBE_MM:
    case TL_PROBE_MATVEC:
        return p->mm.bytes <= l1 && p->mm.m && p->mm.n && p->mm.k && p->mm.runs ? TL_OK : TL_BAD_SIZES;
    case TL_PROBE_CONV:
        return is_update  ? tl_conv_update_supported(&p->conv, (tl_rule)(p->update - 1), plan, l1)
               : is_added ? tl_conv_forward_add_supported(&p->conv, plan, l1)
                          : tl_conv_supported(&p->conv, (tl_pass)p->pass, plan, l1);
    case TL_PROBE_DEPTHWISE:
        return tl_depthwise_supported(&p->depthwise, (tl_pass)p->pass, &p->planes_plan, l1);
    case TL_PROBE_LINEAR:
        return is_update  ? tl_linear_update_supported(&p->linear, (tl_rule)(p->update - 1), plan, l1)
               : is_added ? tl_linear_forward_add_supported(&p->linear, plan, l1)
                          : tl_linear_supported(&p->linear, (tl_pass)p->pass, plan, l1);
    case TL_PROBE_MAX_POOL:
        return tl_max_pool_supported(&p->pool, (tl_pass)p->pass, &p->window_plan, l1);
    case TL_PROBE_AVG_POOL:
    case TL_PROBE_AVG_POOL_PADDED:
        return tl_avg_pool_supported(&p->pool, (tl_pass)p->pass, &p->window_plan, l1);
    case TL_PROBE_GLOBAL_AVG_POOL:
        return tl_global_avg_pool_supported(&p->global_pool, (tl_pass)p->pass, &p->channels_plan, l1);
    case TL_PROBE_BATCH_NORM:
    case TL_PROBE_BATCH_NORM_FROZEN:
        return tl_batch_norm_supported(&p->norm, (tl_pass)p->pass, &p->channels_plan, l1);
    default:
        return TL_OK;
    }
}

static uint32_t *tape_words(const tl_probe *probe, char *heap, uint32_t core) {
    return (uint32_t *)(void *)(heap + probe->tape + (core + 1) * probe->tape_bytes - TAPE_WORDS);
}

typedef struct stamp_arguments {
    uint32_t *to;
} stamp_arguments;

static void stamp_leaf(const void *arguments) {
    const stamp_arguments *a = arguments;
    *a->to = tl_cycles();
}

/*
 * Writes the step on this core's tape. With a reel the tape takes the time of the step as in a network, where layers
 * stand one behind the other: the step's beginning is there already, and in its time travels the beginning of what
 * comes next, for which stands as much as a reel holds.
 */
static tl_status write_tape(const tl_team *team, const tl_probe *probe, const tl_mm_plan *plan, char *heap,
                            tl_tape *tape, const void **part) {
    char *memory = heap + probe->tape + team->id * probe->tape_bytes;
    const uint32_t bytes = probe->tape_bytes - TAPE_WORDS;
    const tl_team writer = {.id = team->id, .n = team->n, .shared = team->shared, .tape = tape};
    if (probe->reel_bytes)
        (probe->shortened ? tl_tape_begin_short : tl_tape_begin_reel)(
            tape, memory, bytes, heap + probe->reel + team->id * probe->reel_bytes, probe->reel_bytes);
    else
        tl_tape_begin(tape, memory, bytes);
    stamp_arguments stamp = {tape_words(probe, heap, team->id)};
    tl_barrier(&writer);
    ++stamp.to;
    tl_do(&writer, stamp_leaf, &stamp, sizeof stamp);
    tl_status status = run(&writer, probe, plan, heap);
    tl_barrier(&writer);
    ++stamp.to;
    tl_do(&writer, stamp_leaf, &stamp, sizeof stamp);
    *part = tl_tape_end_part(tape);
    for (const uint32_t from = tape->used; tape->used - from < probe->reel_bytes;)
        tl_do(&writer, stamp_leaf, &stamp, sizeof stamp);
    return status;
}

/* Whether any core has not got its step onto its tape: then all refuse, and none waits at a barrier for the others. The
 * last words of the tapes' memories are where they tell each other. */
static bool any_failed(const tl_team *team, const tl_probe *probe, char *heap, bool failed) {
    bool any = false;
    tape_words(probe, heap, team->id)[0] = failed;
    tl_barrier(team);
    for (uint32_t i = 0; i < team->n; ++i)
        any = any || tape_words(probe, heap, i)[0];
    tl_barrier(team);
    return any;
}

tl_status tl_probe_serve(const tl_team *team, const tl_probe *probe, char *heap, uint32_t *cycles) {
    const tl_mm_info *kernel = bench_mm_numbered(probe->kernel);
    if (!kernel)
        return TL_BAD_REQUEST;
    const bool in_l1 = probe->kind == TL_PROBE_MM || probe->kind == TL_PROBE_MATVEC;
    const tl_probe_plan *wanted = &probe->plan;
    tl_mm_plan plan = {.kernel = kernel->run,
                       .block_m = wanted->block_m,
                       .block_n = wanted->block_n,
                       .slices = wanted->slices,
                       .buffers = wanted->buffers,
                       .by_columns = wanted->by_columns != 0,
                       .padded = (uint8_t)wanted->padded,
                       .strides = wanted->strides,
                       .rows = wanted->rows,
                       .cols = wanted->cols,
                       .o = wanted->o,
                       .c = wanted->c};
    tl_status status = supported(team, probe, &plan);
    if (status != TL_OK)
        return status;
    if (in_l1)
        copy(team, TL_DMA_IN, tl_l1(team), heap, probe->mm.bytes);
    const void *part = NULL;
    if (probe->tape_bytes && !in_l1) {
        tl_tape tape;
        for (uint32_t id = 0; id < team->n; ++id) {
            if (id == team->id)
                status = write_tape(team, probe, &plan, heap, &tape, &part);
            tl_barrier(team);
        }
        if (any_failed(team, probe, heap, tl_tape_is_full(&tape)))
            return TL_BAD_TAPE;
        if (status != TL_OK)
            return status;
    }
    uint32_t repeat = probe->repeat ? probe->repeat : 1;
    if (probe->kind == TL_PROBE_MATVEC || (probe->kind == TL_PROBE_MM && probe->mm.by_rows)) {
        *cycles = probe->kind == TL_PROBE_MM ? time_mm(team, probe, &plan, tl_l1(team))
                                             : time_matvec(team, probe, tl_l1(team));
        repeat = 0;
    }
    for (uint32_t i = 0; i < repeat; ++i) {
        tl_barrier(team);
        uint32_t start = tl_cycles();
        if (part) {
            tl_tape_cue(team, part);
            tl_tape_play(team, part);
        } else {
            status = run(team, probe, &plan, heap);
        }
        tl_barrier(team);
        *cycles = tl_cycles() - start;
    }
    if (part)
        *cycles = tape_words(probe, heap, team->id)[2] - tape_words(probe, heap, team->id)[1];
    tl_dma_wait_own(team);
    if (in_l1)
        copy(team, TL_DMA_OUT, tl_l1(team), heap, probe->mm.bytes);
    return status;
}
