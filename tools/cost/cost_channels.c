/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps that go channel by channel (src/tile/tile_channels.h): a sweep for the sums, coefficients, a sweep for the
 * results. Numbers of instructions are those of docs/kernels.md, "The others".
 */
#include "tools/cost/cost.h"
#include <math.h>

enum { CORES = 8, GROUP = 4 };

/* Cycles: of the step beside its tiles (tape, vectors in and out, four barriers); of a tile (barrier, commands, tape);
 * of a transfer that begins behind a barrier; of a call for a group of channels; of a slice's call. */
static const float a_step = 430.0f, a_tile = 110.0f, a_command = 40.0f, a_group = 48.0f, a_call = 40.0f;
/* Of whole pixels: a piece's transfers and call. */
static const float a_piece = 190.0f;
static const float out_of_in = 33.0f / 32.0f;

/* What a step does: instructions an element of its sweeps (0: no such sweep) and a channel of its coefficients. */
typedef struct sweeps {
    float sum, map, combine;
    uint32_t in, out, vectors; /* words of an element; of a channel */
    bool whole;                /* pixel by pixel, without barriers, where that fits */
} sweeps;

static sweeps sweeps_of(const step_problem *p) {
    const bool forward = p->pass == STEP_FORWARD, grad_w = p->pass == STEP_GRAD_W;
    if (p->op == STEP_GLOBAL_POOL)
        return forward ? (sweeps){2.0f, 0.0f, 4.0f, 1, 0, 1, false} : (sweeps){0.0f, 1.0f, 3.0f, 0, 1, 1, true};
    if (p->op == STEP_BATCH_NORM_FROZEN && !grad_w)
        return (sweeps){0.0f, 3.25f, 60.0f, 1, 1, 4, p->size.norm.c <= 32};
    if (forward)
        return (sweeps){4.0f, 3.0f, 120.0f, 1, 1, 9, false};
    return (sweeps){5.0f, grad_w ? 0.0f : 5.0f, 60.0f, 2, grad_w ? 0 : 1, 7, false};
}

typedef struct walk {
    const cost_machine *machine;
    uint32_t pixels, channels, tile, tiles, slices, ahead;
    uint32_t buffers;
    float now, in_free, out_free;
} walk;

static uint32_t size_of(const walk *w, uint32_t k) {
    return k + 1 < w->tiles ? w->tile : w->pixels - k * w->tile;
}

static float moving(const walk *w, uint32_t pixels, uint32_t words) {
    return 4.0f * (float)pixels * (float)w->channels * (float)words / (float)w->machine->dma_width;
}

/* The busiest core: pairs of a group and a slice are dealt out in turn. */
static float work(const walk *w, uint32_t pixels, float instructions) {
    const uint32_t pairs = ((w->channels - 1) / GROUP + 1) * w->slices, turns = (pairs - 1) / CORES + 1;
    const uint32_t calls = turns < w->slices ? turns : w->slices, each = (pixels - 1) / w->slices + 1;
    return a_call * (float)calls + (float)turns * (a_group + instructions * (float)(GROUP * each));
}

/* `back`: from the last tile on, of which as many as there are buffers are in L1 still. */
static void sweep(walk *w, float instructions, uint32_t in, uint32_t out, bool back) {
    float arrived[3] = {0}; /* of the next tiles */
    const uint32_t kept = back ? w->buffers : 0;
    for (uint32_t k = 0; k < w->ahead && k < w->tiles; ++k) {
        if (in && k >= kept)
            w->in_free = fmaxf(w->in_free, w->now) + moving(w, size_of(w, k), in);
        arrived[k] = in && k >= kept ? w->in_free : w->now;
    }
    for (uint32_t k = 0; k < w->tiles; ++k) {
        const uint32_t at = back ? w->tiles - 1 - k : k, next = k + w->ahead;
        w->now = fmaxf(w->now, arrived[0]) + a_tile;
        if (out && k > 1)
            w->now = fmaxf(w->now, w->out_free - moving(w, w->tile, out) * out_of_in);
        arrived[0] = arrived[1];
        const bool fetched = next < w->tiles && in && next >= kept;
        if (fetched)
            w->in_free = fmaxf(w->in_free + a_command, w->now) + moving(w, size_of(w, next), in);
        arrived[w->ahead - 1] = fetched ? w->in_free : w->now;
        w->now += work(w, size_of(w, at), instructions);
        if (out)
            w->out_free = fmaxf(w->out_free, w->now) + moving(w, size_of(w, at), out) * out_of_in;
    }
}

/* Whole pixels, each core its own: as the DMA moves them, or as the cores work. */
static float pixels_alone(const walk *w, const sweeps *s) {
    const float all = moving(w, w->pixels, s->out > s->in ? s->out : s->in) * out_of_in;
    if (s->in == 0)
        return all;
    const float elements = (float)((w->pixels - 1) / CORES + 1) * (float)w->channels, pieces = elements / 256.0f + 2.0f;
    return fmaxf(all, s->map * elements + pieces * a_piece) + a_piece;
}

float cost_channels(const cost_machine *machine, const step_problem *p, const tl_channels_plan *plan) {
    const bool pool = p->op == STEP_GLOBAL_POOL;
    const tl_batch_norm *n = &p->size.norm;
    const tl_global_pool *g = &p->size.global_pool;
    const sweeps s = sweeps_of(p);
    walk w = {.machine = machine,
              .pixels = pool ? (uint32_t)g->h * g->w : (uint32_t)n->n * n->h * n->w,
              .channels = pool ? g->c : n->c,
              .slices = plan->slices};
    w.tile = plan->pixels < w.pixels ? plan->pixels : w.pixels;
    w.tiles = (w.pixels - 1) / w.tile + 1;
    w.buffers = plan->buffers < w.tiles ? plan->buffers : w.tiles;
    w.ahead = w.buffers > 3 ? 2 : 1;
    const float coefficients =
        (s.combine + (s.sum > 0.0f ? 3.0f * (float)w.slices : 0.0f)) * (float)((w.channels - 1) / CORES + 1);
    const uint32_t room = 4 * w.buffers * w.tile * w.channels * (s.in + s.out > 2 ? 2 : 1);
    w.now = a_step + moving(&w, 1, s.vectors) + coefficients;
    if (s.whole && room / CORES / 3 >= 4 * w.channels)
        return (w.now + pixels_alone(&w, &s)) * (pool ? (float)g->n : 1.0f);
    if (s.sum > 0.0f)
        sweep(&w, s.sum, s.in, 0, false);
    if (s.map > 0.0f)
        sweep(&w, s.map, s.in, s.out, s.sum > 0.0f);
    return fmaxf(w.now, w.out_free) * (pool ? (float)g->n : 1.0f);
}
