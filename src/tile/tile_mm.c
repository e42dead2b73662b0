/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/rare.h"
#include "src/tile/leaf.h"
#include "src/tile/mm_work.h"
#include "src/tile/share.h"

enum { FLOATS_PER_JUMP = sizeof(tl_jump) / sizeof(float) };
enum { LOAD, STORE }; /* slots of transfers: the hardware has counters for two of each core */

/* A tile under way. */
typedef struct tile_state {
    tl_mm_tile tile;
    tl_mm_places in;
    bool first, last; /* starts its sums; ends them */
} tile_state;

static uint32_t buffers_of(const tl_mm_pass *pass) {
    return pass->plan->buffers == 2 ? 2 : 1;
}

/* Buffers of a part that these loops move. */
static uint32_t buffers_moved(const tl_mm_pass *pass, uint32_t loops) {
    for (uint32_t i = 0; i < TL_MM_LOOPS; ++i)
        if ((loops >> i & 1) && pass->loop[i].step < pass->loop[i].end)
            return buffers_of(pass);
    return 1;
}

/* Results move with all loops but those of the reduction. */
static uint32_t c_loops(const tl_mm_pass *pass) {
    return (1u << (TL_MM_LOOPS - pass->reduction)) - 1;
}

/* Floats of a result and what belongs to it, and of one buffer of the jumps: a single run has none. */
static uint64_t c_floats(const tl_mm_pass *pass) {
    const uint32_t slices = pass->plan->slices;
    return (uint64_t)(slices + pass->sink_tensors) * pass->c_max +
           (uint64_t)((pass->vector_in ? 1 : slices) + pass->sink_tensors) * pass->vector_max;
}

static uint32_t jump_floats(const tl_mm_pass *pass) {
    return pass->jump_max > 1 ? pass->jump_max * FLOATS_PER_JUMP : 0;
}

uint32_t tl_mm_pass_bytes(const tl_mm_pass *pass) {
    const uint64_t a = (uint64_t)buffers_moved(pass, pass->a_loops) * pass->a_max;
    const uint64_t b = (uint64_t)buffers_moved(pass, pass->b_loops) * pass->b_max;
    const uint64_t c = buffers_moved(pass, c_loops(pass)) * c_floats(pass);
    const uint64_t jumps = (uint64_t)buffers_of(pass) * jump_floats(pass);
    const uint64_t bytes = 4 * (a + b + c + jumps + (tl_epilogue_pairs(pass->epilogue) ? pass->c_max : 0));
    return bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
}

/* Takes room for a part's buffers; where number `buffer` of them stands, or the only one. */
static float *take(float **at, uint32_t floats, uint32_t buffers, uint32_t buffer) {
    float *place = *at + (buffer < buffers ? buffer * floats : 0);
    *at += buffers * floats;
    return place;
}

static tl_mm_places buffer_places(const tl_team *team, const tl_mm_pass *pass, uint32_t buffer) {
    const uint32_t slices = pass->plan->slices;
    float *at = (float *)(void *)tl_l1(team);
    tl_mm_places p;
    p.a = take(&at, pass->a_max, buffers_moved(pass, pass->a_loops), buffer);
    p.b = take(&at, pass->b_max, buffers_moved(pass, pass->b_loops), buffer);
    p.c = take(&at, (uint32_t)c_floats(pass), buffers_moved(pass, c_loops(pass)), buffer);
    p.jump = (tl_jump *)(void *)take(&at, jump_floats(pass), buffers_of(pass), buffer);
    p.vector = p.c + slices * pass->c_max;
    p.sink = p.vector + (pass->vector_in ? 1 : slices) * pass->vector_max;
    p.beside = at;
    return p;
}

static bool at_start(const tl_mm_pass *pass) {
    for (uint32_t i = TL_MM_LOOPS - pass->reduction; i < TL_MM_LOOPS; ++i)
        if (pass->loop[i].at != 0)
            return false;
    return true;
}

static bool at_end(const tl_mm_pass *pass) {
    for (uint32_t i = TL_MM_LOOPS - pass->reduction; i < TL_MM_LOOPS; ++i)
        if (pass->loop[i].at + pass->loop[i].step < pass->loop[i].end)
            return false;
    return true;
}

static bool advance(tl_mm_pass *pass) {
    for (uint32_t i = TL_MM_LOOPS; i-- > 0;) {
        tl_loop *loop = &pass->loop[i];
        loop->at += loop->step;
        if (loop->at < loop->end)
            return true;
        loop->at = 0;
    }
    return false;
}

/* Where the vector's sink keeps its tensors: behind those of c's. */
static float *vector_sink_place(const tl_mm_pass *pass, const tl_mm_places *in) {
    return in->sink + pass->sink_tensors * pass->c_max;
}

/* The optimiser's step on [from, from + count) of the tile, and on this core's part of its vector; if that has slices,
 * core 0 has added them up and takes it all. */
static TL_RARE void finish_sinks(const tl_mm_work *w, uint32_t from, uint32_t count) {
    const tl_mm_pass *pass = w->pass;
    const tl_mm_tile *tile = w->tile;
    tl_do_sink(w->team, pass->sink, &tile->c, pass->c_max, w->in.sink, from, count, w->in.c + from);
    if (!tile->vector.l2)
        return;
    const uint32_t parts = pass->plan->slices > 1 ? 1 : w->team->n, id = w->team->id, n = tile->vector.channels;
    if (id >= parts)
        return;
    const uint32_t first = tl_share_start(n, id, parts);
    tl_do_sink(w->team, pass->vector_sink, &tile->vector, pass->vector_max, vector_sink_place(pass, &w->in), first,
               tl_share_start(n, id + 1, parts) - first, w->in.vector + first);
}

/* Adds up slices, and applies the epilogue, on this core's part of the tile. */
static void finish(const tl_mm_work *w) {
    const tl_team *team = w->team;
    const tl_mm_pass *pass = w->pass;
    const tl_mm_tile *tile = w->tile;
    uint32_t n = tl_box_elements(&tile->c), slices = pass->plan->slices;
    uint32_t from = tl_share_start(n, team->id, team->n), count = tl_share_start(n, team->id + 1, team->n) - from;
    float *c = w->in.c + from;
    if (slices > 1) {
        tl_do_sum(team, count, slices, pass->c_max, c, c);
        if (!pass->vector_in && tile->vector.l2 && team->id == 0)
            tl_do_sum(team, tile->vector.channels, slices, pass->vector_max, w->in.vector, w->in.vector);
    }
    tl_do_epilogue(team, pass->epilogue, count, w->in.beside + from, c);
    if (pass->sink_tensors > 0)
        finish_sinks(w, from, count);
}

/* With two buffers, what a tile needs anew goes to the other one than where the tile before it has the like. */
static tl_mm_places other_places(const tl_team *team, const tl_mm_pass *pass, const tl_mm_places *there) {
    const tl_mm_places first = buffer_places(team, pass, 0), second = buffer_places(team, pass, buffers_of(pass) - 1);
    return (tl_mm_places){
        .a = there->a == first.a ? second.a : first.a,
        .b = there->b == first.b ? second.b : first.b,
        .c = there->c == first.c ? second.c : first.c,
        .beside = first.beside, /* there is one only */
        .vector = there->vector == first.vector ? second.vector : first.vector,
        .sink = there->sink == first.sink ? second.sink : first.sink,
        .jump = there->jump == first.jump ? second.jump : first.jump,
    };
}

/* Starts to fetch a box, unless it is there already. Returns where it stands or will stand. */
static float *fetch(const tl_team *team, const tl_box *box, float *to) {
    float *in_place = tl_box_in_place(team, box);
    if (in_place)
        return in_place;
    tl_box_load(team, LOAD, box, to);
    return to;
}

/* Whether something comes in while its tile is computed, for what follows then. */
static bool comes_late(const tl_mm_pass *pass) {
    return tl_epilogue_pairs(pass->epilogue) || pass->sink_tensors > 0;
}

/* What the sinks change comes to where it was stored from, before the last barrier. */
static TL_RARE void fetch_sinks(const tl_team *team, const tl_mm_pass *pass, const tile_state *t) {
    tl_sink_load(team, LOAD, pass->sink, &t->tile.c, pass->c_max, t->in.sink);
    if (t->tile.vector.l2)
        tl_sink_load(team, LOAD, pass->vector_sink, &t->tile.vector, pass->vector_max, vector_sink_place(pass, &t->in));
}

static TL_RARE void store_sinks(const tl_team *team, const tl_mm_pass *pass, const tile_state *t) {
    tl_sink_store(team, STORE, pass->sink, &t->tile.c, pass->c_max, t->in.sink);
    if (t->tile.vector.l2)
        tl_sink_store(team, STORE, pass->vector_sink, &t->tile.vector, pass->vector_max,
                      vector_sink_place(pass, &t->in));
}

/* What comes while its tile is computed, together with the next tile. */
static TL_RARE void fetch_late(const tl_team *team, const tl_mm_pass *pass, tile_state *t) {
    if (tl_epilogue_pairs(pass->epilogue)) {
        tl_box beside = t->tile.c;
        beside.l2 = t->tile.beside;
        beside.from_end = 3;
        t->in.beside = fetch(team, &beside, t->in.beside);
    }
    if (pass->sink_tensors > 0)
        fetch_sinks(team, pass, t);
}

/* Where a resulting box is gathered, first of all fetched if the pass adds to it. */
static float *gather(const tl_team *team, const tl_mm_pass *pass, const tl_box *box, float *to) {
    if (pass->add && box->l2)
        tl_box_load(team, LOAD, box, to);
    return to;
}

/* Whether c is gathered in a place of its own, even where its tensor stands in L1. */
static bool gathers_apart(const tl_mm_pass *pass) {
    return pass->plan->slices > 1 || pass->sink_tensors > 0;
}

/* Describes the tile that the loops stand at, which comes after `before`, and starts to fetch what is not there yet. */
static void begin(const tl_team *team, tl_mm_pass *pass, const tile_state *before, tile_state *next) {
    const tl_mm_places fresh = other_places(team, pass, &before->in);
    tl_mm_tile *tile = &next->tile;
    const tl_mm_tile *there = &before->tile;
    pass->tile(pass, tile);
    /* Each part by another core, so that none comes late to its work. */
    tile->b.from_end = 1;
    tile->vector.from_end = 2;
    next->first = at_start(pass);
    next->last = at_end(pass);
    next->in = before->in;
    next->in.jump = fresh.jump;
    /* Nothing comes in to where something is still to go out from. */
    if (pass->add && next->first) {
        tl_dma_wait(team, STORE);
        tl_barrier(team);
    }
    if (!tl_box_same(&tile->a, &there->a))
        next->in.a = fetch(team, &tile->a, fresh.a);
    if (!tl_box_same(&tile->b, &there->b))
        next->in.b = fetch(team, &tile->b, fresh.b);
    if (next->first) {
        float *in_place = gathers_apart(pass) ? NULL : tl_box_in_place(team, &tile->c);
        next->in.sink = fresh.sink;
        next->in.c = in_place ? in_place : gather(team, pass, &tile->c, fresh.c);
        if (!pass->vector_in)
            next->in.vector = gather(team, pass, &tile->vector, fresh.vector);
    }
    if (pass->vector_in && tile->vector.l2 && !tl_box_same(&tile->vector, &there->vector))
        next->in.vector = fetch(team, &tile->vector, fresh.vector);
    tl_mm_fill_jumps(team, pass, tile, fresh.jump, fresh.jump != buffer_places(team, pass, 0).jump);
}

static void store(const tl_team *team, const tl_mm_pass *pass, const tile_state *t) {
    if (pass->sink_tensors > 0) {
        store_sinks(team, pass, t);
        return;
    }
    if (gathers_apart(pass) || !tl_box_in_place(team, &t->tile.c))
        tl_box_store(team, STORE, &t->tile.c, t->in.c);
    if (!pass->vector_in && t->tile.vector.l2)
        tl_box_store(team, STORE, &t->tile.vector, t->in.vector);
}

static tl_mm_work work_on(const tl_team *team, const tl_mm_pass *pass, const tile_state *t) {
    return (tl_mm_work){.team = team,
                        .pass = pass,
                        .tile = &t->tile,
                        .in = t->in,
                        .first = t->first,
                        .bias = pass->vector_in && t->tile.vector.l2 ? t->in.vector : NULL};
}

/* Everyone has computed the tile. If it ends its sums, they go out. */
static void end_tile(const tl_team *team, const tl_mm_pass *pass, const tile_state *t) {
    if (!t->last)
        return;
    if (gathers_apart(pass) || pass->epilogue != TL_EPILOGUE_NONE) {
        const tl_mm_work w = work_on(team, pass, t);
        finish(&w);
        tl_barrier(team);
    }
    store(team, pass, t);
}

/*
 * One barrier a tile: behind it this tile has arrived and the one before is computed, so that this one's work can
 * begin, what is left of the other goes out, and the next one comes to its place. With one buffer there is another one
 * behind the work, and all that at once.
 */
void tl_mm_pass_run(const tl_team *team, tl_mm_pass *pass) {
    const bool overlap = buffers_of(pass) == 2;
    tile_state state[2] = {{.in = buffer_places(team, pass, 0)}};
    bool more = true;
    begin(team, pass, &state[0], &state[1]);
    for (uint32_t now = 1; more; now ^= 1) {
        tile_state *t = &state[now], *other = &state[now ^ 1];
        tl_dma_wait(team, LOAD);
        if (!overlap || other->last)
            tl_dma_wait(team, STORE);
        tl_barrier(team);
        if (overlap)
            end_tile(team, pass, other);
        more = advance(pass);
        if (t->last && comes_late(pass))
            fetch_late(team, pass, t);
        if (overlap && more)
            begin(team, pass, t, other);
        const tl_mm_work w = work_on(team, pass, t);
        tl_mm_compute(&w);
        if (overlap && more)
            continue;
        if (t->last && comes_late(pass))
            tl_dma_wait(team, LOAD);
        if (overlap)
            tl_dma_wait(team, STORE);
        tl_barrier(team);
        end_tile(team, pass, t);
        if (more)
            begin(team, pass, t, other);
    }
    tl_dma_wait(team, STORE);
    tl_barrier(team);
}
