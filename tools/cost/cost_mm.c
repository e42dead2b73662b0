/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cost/cost_pass.h"
#include "tools/cost/cost_share.h"
#include "tools/cost/cost_transfer.h"
#include <math.h>

enum { CORNERS = 1 << TL_MM_LOOPS, CORES = 8 };

const cost_constants cost_of_pulp = {.call = 324.0f,
                                     .strip = 84.0f,
                                     .block = 10.4f,
                                     .edge = 34.0f,
                                     .run = 8.8f,
                                     .tile = 121.0f,
                                     .barrier = 209.0f,
                                     .segment = 0.25f,
                                     .bank_sixteen = 0.0096f,
                                     .bank_four = 0.033f,
                                     .bank_any = 0.0066f,
                                     .bank_moved = 0.12f,
                                     .fpu_own = 0.92f,
                                     .fpu_other = 0.058f};

/* A tile of one size: its work where its sums start and where they go on, and what moves for it. */
typedef struct corner {
    bool known[2];
    float work[2];
    float a, b, c, vector, finish;
} corner;

typedef struct walk {
    const cost_constants *k;
    const cost_machine *machine;
    tl_mm_pass *pass;
    corner corners[CORNERS];
    /* When the tile under way begins, the transfers are there, and the DMA is free. */
    float now, loaded, in_free, out_free;
    float stored[2]; /* of the last result, the one before */
} walk;

/* Instructions a result of what follows behind the sums. */
static float finish_cycles(const tl_mm_pass *pass, uint32_t elements) {
    static const float each[] = {
        [TL_EPILOGUE_NONE] = 0.0f,      [TL_EPILOGUE_RELU] = 3.0f,     [TL_EPILOGUE_RELU6] = 3.9f,
        [TL_EPILOGUE_ADD] = 4.0f,       [TL_EPILOGUE_ADD_RELU] = 5.0f, [TL_EPILOGUE_MASK_RELU] = 5.0f,
        [TL_EPILOGUE_MASK_RELU6] = 6.0f};
    const uint32_t slices = pass->plan->slices;
    const float sums = slices > 1 ? 2.0f * (float)slices + 1.0f : 0.0f;
    return (sums + each[pass->epilogue]) * (float)elements / (float)CORES;
}

static corner *corner_here(walk *w, bool first) {
    uint32_t which = 0;
    for (uint32_t i = 0; i < TL_MM_LOOPS; ++i)
        which |= (uint32_t)(w->pass->loop[i].at + w->pass->loop[i].step > w->pass->loop[i].end) << i;
    corner *c = &w->corners[which];
    if (c->known[first])
        return c;
    tl_mm_tile tile;
    w->pass->tile(w->pass, &tile);
    c->a = cost_transfer(w->machine, &tile.a, w->k->segment);
    c->b = cost_transfer(w->machine, &tile.b, w->k->segment);
    c->c = cost_transfer(w->machine, &tile.c, w->k->segment);
    c->vector = cost_transfer(w->machine, &tile.vector, w->k->segment);
    c->finish = finish_cycles(w->pass, tl_box_elements(&tile.c));
    c->work[first] = cost_tile(w->k, w->machine, w->pass, &tile, first);
    c->known[first] = true;
    return c;
}

/* Whether one of the innermost loops, which add to the same result, is not at its start; has not come to its end. */
static bool sums_begun(const tl_mm_pass *pass) {
    for (uint32_t i = TL_MM_LOOPS - pass->reduction; i < TL_MM_LOOPS; ++i)
        if (pass->loop[i].at != 0)
            return true;
    return false;
}

static bool sums_go_on(const tl_mm_pass *pass) {
    for (uint32_t i = TL_MM_LOOPS - pass->reduction; i < TL_MM_LOOPS; ++i)
        if (pass->loop[i].at + pass->loop[i].step < pass->loop[i].end)
            return true;
    return false;
}

/* Goes to the next tile; bit i: loop i has moved. 0: there is none. */
static uint32_t advance(tl_mm_pass *pass) {
    uint32_t moved = 0;
    for (uint32_t i = TL_MM_LOOPS; i-- > 0;) {
        tl_loop *loop = &pass->loop[i];
        const uint32_t before = loop->at;
        loop->at += loop->step;
        const bool inside = loop->at < loop->end;
        if (!inside)
            loop->at = 0;
        moved |= (uint32_t)(loop->at != before) << i;
        if (inside)
            return moved;
    }
    return 0;
}

/* What a tile needs that the one before did not have comes in. */
static float load(walk *w, const corner *c, uint32_t moved) {
    const uint32_t results = (1u << (TL_MM_LOOPS - w->pass->reduction)) - 1;
    const float parts = (moved & w->pass->a_loops ? c->a : 0.0f) + (moved & w->pass->b_loops ? c->b : 0.0f) +
                        (w->pass->vector_in && (moved & results) ? c->vector : 0.0f);
    if (parts > 0.0f) {
        w->in_free = fmaxf(w->in_free, w->now) + parts;
        w->loaded = w->in_free;
    }
    return parts;
}

/* The results of a tile, whose work is done, are finished and begin to go out. */
static void finish(walk *w, const corner *c) {
    if (w->pass->epilogue != TL_EPILOGUE_NONE || w->pass->plan->slices > 1)
        w->now += c->finish + w->k->barrier;
    w->out_free = fmaxf(w->out_free, w->now) + c->c + (w->pass->vector_in ? 0.0f : c->vector);
    w->stored[1] = w->stored[0];
    w->stored[0] = w->out_free;
}

/* The tile that is under way: what it costs, and whether its sums end with it. */
typedef struct under_way {
    const corner *of;
    float work;
    bool last;
} under_way;

static under_way tile_here(walk *w) {
    const bool first = !sums_begun(w->pass);
    const corner *c = corner_here(w, first);
    return (under_way){c, c->work[first], !sums_go_on(w->pass)};
}

/* Tile by tile, as tl_mm_pass_run goes. */
static float follow(walk *w) {
    const bool overlap = w->pass->plan->buffers == 2, late = tl_epilogue_pairs(w->pass->epilogue);
    const corner *ended = NULL; /* its results wait for the next barrier */
    under_way tile = tile_here(w);
    load(w, tile.of, ~0u);
    for (;;) {
        w->now = fmaxf(w->now, w->loaded);
        if (!overlap || ended)
            w->now = fmaxf(w->now, w->stored[0]);
        w->now += w->k->tile;
        if (ended)
            finish(w, ended);
        ended = NULL;
        if (tile.last && late) {
            w->in_free = fmaxf(w->in_free, w->now) + tile.of->c;
            w->loaded = w->in_free;
        }
        const under_way present = tile;
        const uint32_t moved = advance(w->pass);
        float moves = present.last && late ? present.of->c : 0.0f;
        if (moved)
            tile = tile_here(w);
        if (moved && overlap)
            moves += load(w, tile.of, moved);
        w->now += present.work + w->k->bank_moved * fminf(moves, present.work);
        if (overlap && moved) {
            ended = present.last ? present.of : NULL;
            continue;
        }
        if (present.last && late)
            w->now = fmaxf(w->now, w->loaded);
        w->now += w->k->barrier;
        if (present.last)
            finish(w, present.of);
        if (!moved)
            return fmaxf(w->now, w->stored[0]) + w->k->barrier;
        load(w, tile.of, moved);
    }
}

static tl_epilogue epilogue_of(const step_problem *p) {
    static const tl_epilogue forward[STEP_EPILOGUES] = {[STEP_WITH_RELU] = TL_EPILOGUE_RELU,
                                                        [STEP_WITH_RELU6] = TL_EPILOGUE_RELU6,
                                                        [STEP_WITH_ADD] = TL_EPILOGUE_ADD,
                                                        [STEP_WITH_ADD_RELU] = TL_EPILOGUE_ADD_RELU};
    static const tl_epilogue mask[STEP_MASKS] = {
        [STEP_MASK_RELU] = TL_EPILOGUE_MASK_RELU, [STEP_MASK_RELU6] = TL_EPILOGUE_MASK_RELU6};
    return p->pass == STEP_FORWARD ? forward[p->epilogue] : p->pass == STEP_GRAD_X ? mask[p->mask] : TL_EPILOGUE_NONE;
}

tl_mm_pass *cost_begin_mm(cost_mm_pass *of, const step_problem *problem, const tl_mm_plan *plan) {
    static void (*const begin[])(tl_conv_pass *, const tl_mm_plan *) = {tl_conv_pass_forward, tl_conv_pass_grad_w,
                                                                        tl_conv_pass_grad_x};
    static float tensor; /* stands for all of them; nobody looks at it */
    const tl_linear *l = &problem->size.linear;
    of->linear =
        (tl_conv){.n = 1, .h = 1, .w = l->n, .c = l->k, .o = l->o, .kh = 1, .kw = 1, .stride_h = 1, .stride_w = 1};
    of->pass = (tl_conv_pass){.conv = problem->op == STEP_CONV ? &problem->size.conv : &of->linear,
                              .x = &tensor,
                              .w = &tensor,
                              .b = &tensor,
                              .y = &tensor,
                              .beside = &tensor};
    of->pass.base.epilogue = epilogue_of(problem);
    begin[problem->pass](&of->pass, plan);
    return &of->pass.base;
}

float cost_mm_by(const cost_constants *k, const cost_machine *machine, const step_problem *problem,
                 const tl_mm_plan *plan) {
    cost_mm_pass of;
    cost_begin_mm(&of, problem, plan);
    walk w = {.k = k, .machine = machine, .pass = &of.pass.base};
    return follow(&w);
}

float cost_mm(const cost_machine *machine, const step_problem *problem, const tl_mm_plan *plan) {
    return cost_mm_by(&cost_of_pulp, machine, problem, plan);
}
