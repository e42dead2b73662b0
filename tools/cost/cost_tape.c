/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a step's short tape, of eight cores together. What a leaf takes depends on what the last one of its kind
 * was, so that it cannot be counted exactly without writing the tape: constants were fitted to the tapes of ten
 * networks (docs/tiling.md, "How long short tapes are"). Of pooling over windows and batch norms there were few steps
 * or none: theirs are meant to be too large.
 */
#include "src/op/conv_tiles.h"
#include "tools/cost/cost.h"
#include "tools/cost/cost_pass.h"

/* A step; a tile; one whose sums are complete; a problem of a tile; transfers of a and b; a row of results, which cores
 * share by rows; a side on which a tile juts out of its image. */
typedef struct mm_bytes {
    float step, tile, result, problem, in_a, in_b, unit, halo;
} mm_bytes;

static uint32_t parts(uint32_t whole, uint32_t part) {
    return part == 0 || part >= whole ? 1 : (whole - 1) / part + 1;
}

/* Rows that do not touch in L1 are a command each. */
static float commands(const tl_box *box) {
    const bool juts = box->w < 0 || box->w + (int32_t)box->cols > (int32_t)box->width;
    const bool touch = box->channels == box->depth || box->cols == box->width || box->rows == 1;
    return box->l2 && box->rows > 0 ? juts || box->pad || !touch ? (float)box->rows : 1.0f : 0.0f;
}

static float halos(const tl_box *box) {
    return (float)((box->w < 0) + (box->w + (int32_t)box->cols > (int32_t)box->width) + (box->h < 0) +
                   (box->h + (int32_t)box->rows > (int32_t)box->height));
}

/* The tile that the loops stand at; `before`: the one in front of it. */
static float tile_bytes(const mm_bytes *k, const tl_mm_pass *pass, const tl_mm_tile *tile, const tl_mm_tile *before) {
    float bytes = k->tile + k->problem * (float)tile->problems;
    if (!tl_box_same(&tile->a, &before->a))
        bytes += k->in_a * commands(&tile->a) + k->halo * halos(&tile->a);
    if (!tl_box_same(&tile->b, &before->b))
        bytes += k->in_b * commands(&tile->b) + k->halo * halos(&tile->b);
    for (uint32_t i = 0; i < tile->problems; ++i) {
        tl_tile_problem problem;
        pass->problem(pass, tile, i, &problem, NULL);
        bytes += k->unit * (float)(problem.units * problem.sets);
    }
    return bytes;
}

/* Goes to the next tile. Returns the loop that has moved; TL_MM_LOOPS: there is none. */
static uint32_t advance(tl_mm_pass *pass) {
    for (uint32_t i = TL_MM_LOOPS; i-- > 0;) {
        tl_loop *loop = &pass->loop[i];
        loop->at += loop->step;
        if (loop->at < loop->end)
            return i;
        loop->at = 0;
    }
    return TL_MM_LOOPS;
}

static float mm_tape(const step_problem *problem, const tl_mm_plan *plan) {
    static const mm_bytes of[] = {
        [STEP_FORWARD] = {520.0f, 55.0f, 72.0f, 55.0f, 4.0f, 39.0f, 30.0f, 0.0f},
        [STEP_GRAD_W] = {606.0f, 0.0f, 287.0f, 0.0f, 199.0f, 0.0f, 42.0f, 52.0f},
        [STEP_GRAD_X] = {663.0f, 82.0f, 108.0f, 0.0f, 13.0f, 83.0f, 32.0f, 0.0f},
    };
    const mm_bytes *k = &of[problem->pass];
    cost_mm_pass room;
    tl_mm_pass *pass = cost_begin_mm(&room, problem, plan);
    tl_mm_tile before = {.problems = 0};
    float bytes = k->step;
    for (uint32_t moved = 0; moved < TL_MM_LOOPS;) {
        tl_mm_tile tile = {.problems = 0};
        pass->tile(pass, &tile);
        bytes += tile_bytes(k, pass, &tile, &before);
        before = tile;
        moved = advance(pass);
        if (moved == TL_MM_LOOPS || moved < TL_MM_LOOPS - pass->reduction)
            bytes += k->result;
    }
    return bytes;
}

static float planes_tape(const step_problem *problem, const tl_planes_plan *plan) {
    static const float step[] = {[STEP_FORWARD] = 1115.0f, [STEP_GRAD_W] = 2069.0f, [STEP_GRAD_X] = 2359.0f};
    static const float tile[] = {[STEP_FORWARD] = 361.0f, [STEP_GRAD_W] = 174.0f, [STEP_GRAD_X] = 237.0f};
    const tl_depthwise *l = &problem->size.depthwise;
    const uint32_t height = problem->pass == STEP_GRAD_X ? l->h : tl_depthwise_out_h(l);
    const uint32_t tiles = l->n * parts(height, plan->rows) * parts(l->c, plan->c);
    return step[problem->pass] + tile[problem->pass] * (float)tiles;
}

static float window_tape(const step_problem *problem, const tl_window_plan *plan) {
    const tl_pool *pool = &problem->size.pool;
    const uint32_t height = problem->pass == STEP_FORWARD ? tl_pool_out_h(pool) : pool->h;
    return 1200.0f + 500.0f * (float)(pool->n * parts(height, plan->rows));
}

static float channels_tape(const step_problem *problem, const tl_channels_plan *plan) {
    const tl_pool *pool = &problem->size.pool;
    const tl_batch_norm *norm = &problem->size.norm;
    if (problem->op != STEP_GLOBAL_POOL)
        return 2500.0f + 600.0f * (float)parts((uint32_t)norm->n * norm->h * norm->w, plan->pixels);
    if (problem->pass != STEP_FORWARD)
        return 1250.0f;
    return 910.0f + 280.0f * (float)(pool->n * parts((uint32_t)pool->h * pool->w, plan->pixels));
}

static float stream_tape(const step_problem *problem, const tl_stream_plan *plan) {
    const tl_linear *l = &problem->size.linear;
    return 1130.0f + 100.0f * (float)(parts(l->o, plan->rows) * parts(l->k, plan->cols));
}

float cost_tape(const step_problem *problem, const step_plan *plan) {
    switch (plan->kind) {
    case STEP_PLAN_MM:
        return mm_tape(problem, &plan->of.mm);
    case STEP_PLAN_PLANES:
        return planes_tape(problem, &plan->of.planes);
    case STEP_PLAN_WINDOW:
        return window_tape(problem, &plan->of.window);
    case STEP_PLAN_CHANNELS:
        return channels_tape(problem, &plan->of.channels);
    case STEP_PLAN_STREAM:
        return stream_tape(problem, &plan->of.stream);
    case STEP_PLAN_MAP:
        return 1600.0f;
    case STEP_PLAN_NONE:
        break;
    }
    return problem->op == STEP_MSE ? 2300.0f : 800.0f;
}
