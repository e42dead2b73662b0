/* SPDX-License-Identifier: Apache-2.0 */
/* Pooling over windows, and any step by its kind. Numbers of instructions are those of docs/kernels.md. */
#include "tools/cost/cost.h"
#include <math.h>

enum { CORES = 8 };

/* Cycles: of the step's tape, first command and last barrier; of a tile's barrier and commands, and calls; of a row. */
static const float a_step = 350.0f, a_tile = 290.0f, a_row = 30.0f;
static const float out_of_in = 33.0f / 32.0f;

/* Instructions an element of y; of dx, an element of x. */
static float instructions(const step_problem *p) {
    const tl_pool *pool = &p->size.pool;
    const float taps = (float)(pool->kh * pool->kw), stride = (float)(pool->stride_h * pool->stride_w);
    const bool quads = taps == 4.0f && stride == 4.0f;
    if (p->op == STEP_MAX_POOL && p->pass == STEP_FORWARD)
        return quads ? 16.0f : 4.75f * taps + 12.0f;
    if (p->op == STEP_MAX_POOL)
        return quads ? 9.0f / stride : 1.25f + 10.0f / stride;
    if (p->pass == STEP_FORWARD)
        return quads ? 9.0f : 2.0f * taps + 2.0f;
    /* A pixel is held by one, two or four windows: 4, 6 or 9. */
    return quads ? 6.0f / stride : taps > stride ? 9.0f : 4.0f;
}

float cost_window(const cost_machine *machine, const step_problem *p, const tl_window_plan *plan) {
    const tl_pool *pool = &p->size.pool;
    const bool forward = p->pass == STEP_FORWARD;
    const uint32_t out_h = tl_pool_out_h(pool), out_w = tl_pool_out_w(pool);
    const uint32_t height = forward ? out_h : pool->h, width = forward ? out_w : pool->w;
    const uint32_t rows = plan->rows < height ? plan->rows : height, tiles = pool->n * ((height - 1) / rows + 1);
    const float x = 4.0f * (float)pool->n * (float)(pool->h * pool->w * pool->c);
    const float y = (p->op == STEP_MAX_POOL ? 5.0f : 4.0f) * (float)pool->n * (float)(out_h * out_w * pool->c);
    const float speed = (float)machine->dma_width, in = (forward ? x : y) / speed, out = (forward ? y : x) / speed;
    const float results = (float)pool->n * (float)(height * width * pool->c);
    /* Rows are dealt out whole. */
    const float uneven = (float)((rows * width - 1) / CORES + 1) * (float)CORES / (float)(rows * width);
    const float work = results * instructions(p) * uneven / (float)CORES +
                       a_row * (float)pool->n * (float)height / (float)CORES + a_tile * (float)tiles;
    const float first = in / (float)tiles, last = out * out_of_in / (float)tiles;
    return a_step + first + last + fmaxf(work, fmaxf(in, out * out_of_in));
}

float cost_step(const cost_machine *machine, const step_problem *problem, const step_plan *plan) {
    switch (plan->kind) {
    case STEP_PLAN_MM:
        return cost_mm(machine, problem, &plan->of.mm);
    case STEP_PLAN_PLANES:
        return cost_planes(machine, problem, &plan->of.planes);
    case STEP_PLAN_WINDOW:
        return cost_window(machine, problem, &plan->of.window);
    case STEP_PLAN_CHANNELS:
        return cost_channels(machine, problem, &plan->of.channels);
    case STEP_PLAN_STREAM:
        return cost_stream(machine, problem, &plan->of.stream);
    case STEP_PLAN_MAP:
        return cost_map(machine, problem, &plan->of.map);
    case STEP_PLAN_NONE:
        break;
    }
    return cost_rows(machine, problem);
}
