/* SPDX-License-Identifier: Apache-2.0 */
#include "src/op/depthwise_parts.h"
#include "src/tile/share.h"
#include "tools/cost/cost_transfer.h"
#include <math.h>

enum { CORES = 8 };

const cost_planes_constants cost_planes_of_pulp = {
    .call = 149.0f, .channel = 48.0f, .tile = 510.0f, .barrier = 106.0f, .waits = 0.011f, .shared = 0.6f};

typedef struct walk {
    const cost_planes_constants *k;
    const cost_machine *machine;
    const tl_depthwise *layer;
    const tl_depthwise_pass *pass;
    step_pass which;
    float now, loaded, out_free;
} walk;

/* Instructions, and multiply-adds, of a row of a channel of so many columns. */
static void row_costs(const walk *w, uint32_t cols, float *instructions, float *macs) {
    const tl_depthwise *l = w->layer;
    const float n = (float)cols, taps = (float)(l->kh * l->kw);
    const bool grad_w = w->which == STEP_GRAD_W,
               relu = w->pass->epilogue == TL_EPILOGUE_NONE && w->which == STEP_FORWARD;
    const float more = grad_w || relu ? n : 0.0f;
    const uint32_t blocks = (cols + 3) / 4;
    *macs = taps * n;
    switch (tl_depthwise_kernel_of(l)) {
    case TL_DEPTHWISE_STRIDE_1:
        *instructions = 11.0f * n + 2.0f * (float)blocks + more;
        return;
    case TL_DEPTHWISE_NARROW:
        *instructions = 11.0f * n - 6.0f + more;
        *macs -= 6.0f; /* two columns of padding of three taps each */
        return;
    case TL_DEPTHWISE_STRIDE_2:
        *instructions = w->which == STEP_GRAD_X ? 4.0f * n : 14.5f * n + more;
        *macs = w->which == STEP_GRAD_X ? 2.25f * n : *macs;
        return;
    default:
        *instructions = 2.25f * taps * n + more;
        return;
    }
}

/* Around a channel's rows: for each block of columns, of which narrow images have one; dx of stride 2 has a loop for
 * each of two kinds of rows, over all columns. */
static float channel_cycles(const walk *w, uint32_t cols) {
    const tl_depthwise_kernel kernel = tl_depthwise_kernel_of(w->layer);
    if (kernel == TL_DEPTHWISE_STRIDE_2 && w->which == STEP_GRAD_X)
        return 2.0f * w->k->channel;
    return w->k->channel * (kernel == TL_DEPTHWISE_NARROW ? 1.0f : (float)((cols + 3) / 4));
}

/* The busiest core's cycles: its channels of each part of the rows. */
static float tile_cycles(const walk *w, const tl_planes_tile *tile) {
    const tl_team team = {.n = CORES};
    const uint32_t cols = w->which == STEP_GRAD_X ? w->layer->w : tl_depthwise_out_w(w->layer);
    const uint32_t parts =
        w->which == STEP_GRAD_W ? w->pass->slices : smaller(tl_planes_parts(&team, tile), tile->rows);
    const float channel = channel_cycles(w, cols);
    float instructions, macs, own[CORES] = {0}, units[CORES] = {0}, most = 0.0f;
    row_costs(w, cols, &instructions, &macs);
    for (uint32_t id = 0; id < CORES; ++id) {
        const tl_team core = {.id = id, .n = CORES};
        for (uint32_t part = 0; part < parts; ++part) {
            const float n = (float)tl_planes_share_of(&core, tile, part).channels;
            const float rows =
                (float)(tl_share_start(tile->rows, part + 1, parts) - tl_share_start(tile->rows, part, parts));
            if (n > 0.0f) {
                own[id] += w->k->call + n * (channel + rows * instructions * (1.0f + w->k->waits));
                units[id] += n * rows * macs;
            }
        }
    }
    for (uint32_t id = 0; id < CORES; ++id) {
        float fpu = 0.0f;
        for (uint32_t j = id % w->machine->fpus; j < CORES; j += w->machine->fpus)
            fpu += units[j];
        const float shared = fpu > units[id] ? fpu + w->k->shared * (own[id] - units[id]) : 0.0f;
        most = fmaxf(most, fmaxf(own[id], shared));
    }
    return most;
}

static float finish_cycles(const walk *w, const tl_planes_tile *tile) {
    static const float each[] = {[TL_EPILOGUE_RELU] = 3.0f,
                                 [TL_EPILOGUE_RELU6] = 3.9f,
                                 [TL_EPILOGUE_MASK_RELU] = 5.0f,
                                 [TL_EPILOGUE_MASK_RELU6] = 6.0f};
    if (w->which == STEP_GRAD_W) {
        const uint32_t slices = w->pass->slices, sums = (uint32_t)(w->layer->kh * w->layer->kw + 1) * tile->channels;
        return tile->closes && slices > 1 ? w->k->barrier + (float)(2 * slices + 1) * (float)sums / (float)CORES : 0.0f;
    }
    if (w->pass->epilogue == TL_EPILOGUE_NONE)
        return 0.0f;
    return w->k->barrier + each[w->pass->epilogue] * (float)tl_box_elements(&tile->out[0]) / (float)CORES;
}

static float moving(const walk *w, const tl_box *boxes, uint32_t count) {
    float cycles = 0.0f;
    for (uint32_t i = 0; i < count; ++i)
        cycles += cost_transfer(w->machine, &boxes[i], 0.0f);
    return cycles;
}

/* As tl_planes_run goes through the tiles. */
static tl_planes_tile tile_at(const tl_planes_pass *base, uint32_t image, uint32_t first, uint32_t c) {
    tl_planes_tile tile = {.image = image, .first = first, .c = c};
    tile.rows = smaller(base->tile_rows, base->rows - first);
    tile.channels = smaller(c == 0 ? base->first_channels : base->tile_channels, base->channels - c);
    tile.opens = image == 0 && first == 0;
    tile.closes = image + 1 == base->images && first + tile.rows == base->rows;
    base->boxes(base, &tile);
    return tile;
}

static bool behind(const tl_planes_pass *base, tl_planes_tile *tile) {
    uint32_t image = tile->image, first = tile->first + tile->rows, c = tile->c;
    if (first == base->rows) {
        first = 0;
        ++image;
    }
    if (image == base->images) {
        image = 0;
        c += tile->channels;
    }
    if (c < base->channels)
        *tile = tile_at(base, image, first, c);
    return c < base->channels;
}

static float follow(walk *w) {
    const tl_planes_pass *base = &w->pass->base;
    const bool overlap = base->buffers > 1;
    tl_planes_tile tile = tile_at(base, 0, 0, 0);
    w->loaded = moving(w, tile.in, TL_PLANES_IN);
    for (;;) {
        const tl_planes_tile present = tile;
        w->now = fmaxf(w->now, w->loaded) + w->k->tile;
        const bool more = behind(base, &tile);
        if (more && overlap)
            w->loaded = w->now + moving(w, tile.in, TL_PLANES_IN);
        w->now += tile_cycles(w, &present) + finish_cycles(w, &present) + w->k->barrier;
        if (!base->gathers || present.closes) {
            w->now = fmaxf(w->now, w->out_free);
            w->out_free = w->now + moving(w, present.out, TL_PLANES_OUT);
            if (!overlap)
                w->now = w->out_free;
        }
        if (!more)
            return fmaxf(w->now, w->out_free) + w->k->barrier;
        if (!overlap)
            w->loaded = w->now + moving(w, tile.in, TL_PLANES_IN);
    }
}

float cost_planes_by(const cost_planes_constants *k, const cost_machine *machine, const step_problem *problem,
                     const tl_planes_plan *plan) {
    float tensor; /* stands for all of them; nobody looks at it */
    tl_depthwise_pass pass = {
        .layer = problem->size.depthwise, .x = &tensor, .w = &tensor, .b = &tensor, .y = &tensor, .mask = NULL};
    if (problem->pass == STEP_FORWARD) {
        static const tl_epilogue forward[STEP_EPILOGUES] = {
            [STEP_WITH_RELU] = TL_EPILOGUE_RELU, [STEP_WITH_RELU6] = TL_EPILOGUE_RELU6};
        tl_depthwise_pass_forward(&pass, plan, forward[problem->epilogue]);
    } else if (problem->pass == STEP_GRAD_W) {
        tl_depthwise_pass_grad_w(&pass, plan, false);
    } else {
        static const tl_epilogue mask[STEP_MASKS] = {
            [STEP_MASK_RELU] = TL_EPILOGUE_MASK_RELU, [STEP_MASK_RELU6] = TL_EPILOGUE_MASK_RELU6};
        pass.mask = problem->mask ? &tensor : NULL;
        tl_depthwise_pass_grad_x(&pass, plan, mask[problem->mask]);
    }
    walk w = {.k = k, .machine = machine, .layer = &problem->size.depthwise, .pass = &pass, .which = problem->pass};
    return follow(&w);
}

float cost_planes(const cost_machine *machine, const step_problem *problem, const tl_planes_plan *plan) {
    return cost_planes_by(&cost_planes_of_pulp, machine, problem, plan);
}
