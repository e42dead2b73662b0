/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_channels.h"
#include "src/hal/hal.h"
#include "src/tile/leaf.h"
#include "src/tile/share.h"
#include "src/tile/tile_pixels.h"

enum { MAX_SLICES = 8, LEAST_BUFFERS = 3, NONE = 0xFF };
enum { SLOT_IN, SLOT_IN_ODD, SLOT_OUT, SLOT_VECTORS };

static inline uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* ---- one core's work, as leaves ---- */

static void part_leaf(const void *arguments) {
    const tl_channels_part *part = arguments;
    tl_pixels pixels = {.count = part->pixels, .pitch = part->pitch, .channels = TL_CHANNELS_GROUP};
    for (uint32_t c = part->first; c < part->channels; c += part->step) {
        if (part->channels - c < TL_CHANNELS_GROUP)
            pixels.channels = part->channels - c;
        part->kernel(part, &pixels, c);
    }
}

static void combine_leaf(const void *arguments) {
    const tl_channels_share *share = arguments;
    share->combine(share);
}

/* ---- a pass under way ---- */

typedef struct state {
    const tl_team *team;
    const tl_channels_pass *pass;
    float *vector, *sums;
    char *ring;
    uint32_t tiles, tile_pixels, buffers, slot_bytes;
    uint32_t ahead;            /* tiles that come in while one is computed */
    uint32_t slices, step;     /* of groups, for one core */
    uint8_t group[MAX_SLICES]; /* the core's first group in each slice, or NONE */
} state;

static inline uint32_t modulo(uint32_t a, uint32_t n) {
    while (a >= n)
        a -= n;
    return a;
}

/* The core's groups in every slice: pairs (group, slice), counted slices first, are dealt out in turn. */
static void deal(state *s) {
    const uint32_t n = s->team->n;
    s->step = 1;
    for (uint32_t behind = modulo(s->slices, n); behind != 0; behind = modulo(behind + s->slices, n))
        ++s->step;
    for (uint32_t j = 0; j < s->slices; ++j) {
        s->group[j] = NONE;
        for (uint32_t g = 0, core = modulo(j, n); g < s->step; ++g, core = modulo(core + s->slices, n))
            if (core == s->team->id)
                s->group[j] = (uint8_t)g;
    }
}

static inline uint32_t tile_size(const state *s, uint32_t t) {
    return smaller(s->tile_pixels, s->pass->pixels - t * s->tile_pixels);
}

static char *place(const state *s, uint32_t i, uint32_t t, const float *tensor) {
    if (tensor && tl_in_l1(s->team, tensor))
        return (char *)(uintptr_t)(tensor + t * s->tile_pixels * s->pass->channels);
    return s->ring + (t % s->buffers * s->pass->slots + i) * s->slot_bytes;
}

static inline uint32_t slot_in(uint32_t t) {
    return t % 2 ? SLOT_IN_ODD : SLOT_IN;
}

static void move(const state *s, tl_dma_direction direction, uint32_t t) {
    const uint32_t slot = direction == TL_DMA_IN ? slot_in(t) : SLOT_OUT;
    for (uint32_t i = 0; i < s->pass->slots; ++i) {
        const float *tensor = direction == TL_DMA_IN ? s->pass->slot[i].in : s->pass->slot[i].out;
        if (!tensor || tl_in_l1(s->team, tensor))
            continue;
        const tl_dma_box box = {.l1 = place(s, i, t, NULL),
                                .l2 = (char *)(uintptr_t)(tensor + t * s->tile_pixels * s->pass->channels),
                                .rows = 1,
                                .segments = 1,
                                .bytes = 4 * tile_size(s, t) * s->pass->channels};
        tl_dma_start(s->team, slot, direction, &box);
    }
}

static void move_vectors(const state *s, tl_dma_direction direction) {
    for (uint32_t i = 0; i < s->pass->vectors; ++i) {
        const float *tensor = direction == TL_DMA_IN ? s->pass->vector[i].in : s->pass->vector[i].out;
        const tl_dma_box box = {.l1 = (char *)(s->vector + i * s->pass->channels),
                                .l2 = (char *)(uintptr_t)tensor,
                                .rows = 1,
                                .segments = 1,
                                .bytes = 4 * s->pass->channels};
        if (tensor)
            tl_dma_start(s->team, SLOT_VECTORS, direction, &box);
    }
}

static void compute(const state *s, tl_channels_kernel *kernel, uint32_t t) {
    const tl_channels_pass *pass = s->pass;
    const uint32_t channels = pass->channels, pixels = tile_size(s, t);
    tl_channels_part part = {.kernel = kernel,
                             .vector = s->vector,
                             .pitch = 4 * channels * s->slices,
                             .channels = channels,
                             .step = TL_CHANNELS_GROUP * s->step};
    for (uint32_t j = 0; j < s->slices && j < pixels; ++j) {
        part.first = s->group[j] * (uint32_t)TL_CHANNELS_GROUP;
        if (s->group[j] == NONE || part.first >= channels)
            continue;
        for (uint32_t i = 0; i < pass->slots; ++i) {
            part.in[i] = (float *)(void *)place(s, i, t, pass->slot[i].in) + j * channels;
            part.out[i] = (float *)(void *)place(s, i, t, pass->slot[i].out) + j * channels;
        }
        part.sums = s->sums + j * pass->sums * channels;
        part.pixels = (pixels - j - 1) / s->slices + 1;
        tl_do(s->team, part_leaf, &part, sizeof part);
    }
}

/* The k-th tile of the second sweep behind a first one comes from the end: of those, as many as there are buffers are
 * in L1 still. */
static inline uint32_t tile_at(const state *s, bool back, uint32_t k) {
    return back ? s->tiles - 1 - k : k;
}

static void fetch(const state *s, bool back, uint32_t k) {
    if (k < s->tiles && (!back || k >= s->buffers))
        move(s, TL_DMA_IN, tile_at(s, back, k));
}

/*
 * A sweep whose first tile is on its way. At barrier k tile k is in, tile k - 1 is computed by all, and tile k - 2 is
 * out: with three buffers or more the place of tile k + 1 is free, and with four that of tile k + 2.
 */
static void sweep(const state *s, tl_channels_kernel *kernel, bool back, bool vectors_out) {
    for (uint32_t k = 0; k < s->tiles; ++k) {
        tl_dma_wait(s->team, slot_in(tile_at(s, back, k)));
        tl_dma_wait(s->team, SLOT_OUT);
        tl_barrier(s->team);
        if (k == 0 && vectors_out)
            move_vectors(s, TL_DMA_OUT);
        fetch(s, back, k + s->ahead);
        if (k > 0 && vectors_out)
            move(s, TL_DMA_OUT, tile_at(s, back, k - 1));
        compute(s, kernel, tile_at(s, back, k));
    }
    if (vectors_out)
        tl_dma_wait(s->team, SLOT_OUT);
    tl_barrier(s->team);
    if (vectors_out)
        move(s, TL_DMA_OUT, tile_at(s, back, s->tiles - 1));
}

static void do_combine(const state *s) {
    const tl_channels_pass *pass = s->pass;
    tl_channels_share share = {.combine = pass->combine,
                               .vector = s->vector,
                               .sums = s->sums,
                               .slices = s->slices,
                               .row = pass->sums * pass->channels,
                               .channels = pass->channels,
                               .from = tl_share_start(pass->channels, s->team->id, s->team->n),
                               .to = tl_share_start(pass->channels, s->team->id + 1, s->team->n)};
    for (uint32_t i = 0; i < TL_CHANNELS_OPTIONS; ++i)
        share.option[i] = pass->option[i];
    if (share.from < share.to)
        tl_do(s->team, combine_leaf, &share, sizeof share);
}

static uint32_t sum_elements(const tl_channels_pass *pass, const tl_channels_plan *plan) {
    return pass->reduce ? pass->sums * plan->slices * pass->channels : 0;
}

static bool all_in_l1(const tl_team *team, const tl_channels_pass *pass) {
    bool all = true;
    for (uint32_t i = 0; i < pass->slots; ++i)
        all = all && (!pass->slot[i].in || tl_in_l1(team, pass->slot[i].in)) &&
              (!pass->slot[i].out || tl_in_l1(team, pass->slot[i].out));
    return all;
}

/* Without sums there are no barriers but for the vectors. False, and nothing done: tensors in L1, or no room. */
static bool run_pixels(const state *s) {
    const tl_team *team = s->team;
    const tl_channels_pass *pass = s->pass;
    const uint32_t room = s->buffers * pass->slots * s->slot_bytes;
    if (!pass->map || pass->slot[1].in || pass->slot[1].out || tl_in_l1(team, pass->slot[0].in) ||
        tl_in_l1(team, pass->slot[0].out) || !tl_pixels_fit(team, pass, room))
        return false;
    move_vectors(s, TL_DMA_IN);
    tl_dma_wait(team, SLOT_VECTORS);
    tl_barrier(team);
    do_combine(s);
    tl_barrier(team);
    tl_pixels_run(team, pass, s->vector, s->ring, room);
    move_vectors(s, TL_DMA_OUT);
    tl_dma_wait(team, SLOT_VECTORS);
    tl_barrier(team);
    return true;
}

void tl_channels_run(const tl_team *team, const tl_channels_pass *pass) {
    const tl_channels_plan *plan = pass->plan;
    const bool one = all_in_l1(team, pass);
    const uint32_t tile = one ? pass->pixels : smaller(plan->pixels, pass->pixels);
    const uint32_t sums = sum_elements(pass, plan);
    state s = {.team = team,
               .pass = pass,
               .vector = (float *)(void *)tl_l1(team),
               .tiles = (pass->pixels + tile - 1) / tile,
               .tile_pixels = tile,
               .slot_bytes = 4 * tile * pass->channels,
               .slices = plan->slices};
    s.sums = s.vector + pass->vectors * pass->channels;
    s.ring = (char *)(s.sums + sums);
    s.buffers = smaller(plan->buffers, s.tiles);
    s.ahead = s.buffers > LEAST_BUFFERS ? 2 : 1;
    if (!pass->reduce && run_pixels(&s))
        return;
    move_vectors(&s, TL_DMA_IN);
    for (uint32_t k = 0; k < s.ahead; ++k)
        fetch(&s, false, k);
    deal(&s);
    const uint32_t from = tl_share_start(sums, team->id, team->n), to = tl_share_start(sums, team->id + 1, team->n);
    tl_do_zero(team, 1, 0, to - from, s.sums + from);
    tl_dma_wait(team, SLOT_VECTORS);
    if (pass->reduce)
        sweep(&s, pass->reduce, false, false);
    else
        tl_barrier(team);
    do_combine(&s);
    if (pass->map) {
        sweep(&s, pass->map, pass->reduce != NULL, true);
    } else {
        tl_barrier(team);
        move_vectors(&s, TL_DMA_OUT);
    }
    tl_dma_wait(team, SLOT_OUT);
    tl_dma_wait(team, SLOT_VECTORS);
    tl_barrier(team);
}

/* ---- what fits ---- */

static uint64_t fixed_bytes(const tl_channels_pass *pass, const tl_channels_plan *plan) {
    return 4 * ((uint64_t)pass->vectors * pass->channels + sum_elements(pass, plan));
}

tl_status tl_channels_supported(const tl_channels_pass *pass, const tl_channels_plan *plan, uint32_t l1_bytes) {
    if (plan->pixels == 0 || plan->buffers == 0 || plan->slices == 0 || plan->slices > MAX_SLICES)
        return TL_BAD_PLAN;
    const uint32_t tile = smaller(plan->pixels, pass->pixels), tiles = (pass->pixels - 1) / tile + 1;
    if (tiles > 1 && (tile % plan->slices != 0 || (plan->buffers < LEAST_BUFFERS && plan->buffers < tiles)))
        return TL_BAD_PLAN;
    const uint64_t buffer = (uint64_t)4 * tile * pass->channels * pass->slots;
    return fixed_bytes(pass, plan) + smaller(plan->buffers, tiles) * buffer <= l1_bytes ? TL_OK : TL_BAD_PLAN;
}

/*
 * All in L1 in a few tiles, so that the first one is computed while the others come in, if these are worth a call; else
 * in one; else as large as there is room for. False: there is none.
 */
static bool fill_plan(const tl_channels_pass *pass, uint32_t l1_bytes, tl_channels_plan *plan) {
    enum { TILES = 4, TILES_REDUCED = 6, LEAST = 16, BUFFERS = 4 };
    const uint32_t tiles = pass->map ? TILES : TILES_REDUCED;
    const uint64_t pixel = (uint64_t)4 * pass->channels * pass->slots, fixed = fixed_bytes(pass, plan);
    const uint32_t room = fixed < l1_bytes ? (uint32_t)((l1_bytes - fixed) / pixel) : 0, slices = plan->slices;
    uint32_t tile = (pass->pixels - 1) / tiles / slices + 1;
    tile = smaller((tile < LEAST ? LEAST : tile) * slices, pass->pixels);
    plan->pixels = tile;
    plan->buffers = (uint8_t)tiles;
    if ((uint64_t)tile * smaller(tiles, (pass->pixels - 1) / tile + 1) <= room)
        return true;
    plan->pixels = pass->pixels;
    plan->buffers = 1;
    if (pass->pixels <= room)
        return true;
    const uint32_t buffers = room / slices < BUFFERS ? (uint32_t)LEAST_BUFFERS : (uint32_t)BUFFERS;
    plan->pixels = room / buffers / slices * slices;
    plan->buffers = (uint8_t)buffers;
    return plan->pixels > 0;
}

tl_status tl_channels_make_plan(const tl_channels_pass *pass, uint32_t l1_bytes, tl_channels_plan *plan) {
    const uint32_t groups = (pass->channels - 1) / TL_CHANNELS_GROUP + 1;
    plan->slices = MAX_SLICES;
    while (plan->slices > 1 && plan->slices / 2 * groups % MAX_SLICES == 0)
        plan->slices /= 2;
    while (!fill_plan(pass, l1_bytes, plan)) {
        if (plan->slices == 1)
            return TL_BAD_PLAN;
        plan->slices /= 2;
    }
    return TL_OK;
}
