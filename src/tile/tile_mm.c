/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_mm.h"
#include "src/base/rare.h"
#include "src/tile/leaf.h"
#include "src/tile/share.h"

enum { FLOATS_PER_JUMP = sizeof(tl_jump) / sizeof(float) };
enum { LOAD, STORE }; /* slots of transfers: the hardware has counters for two of each core */

/* Where one tile's parts stand in L1. */
typedef struct places {
    float *a, *b, *c, *beside, *vector, *sink;
    tl_jump *jump;
} places;

/* A tile under way. */
typedef struct tile_state {
    tl_mm_tile tile;
    places in;
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

/* Floats of a result and what belongs to it, and of one buffer of the jumps. */
static uint64_t c_floats(const tl_mm_pass *pass) {
    const uint32_t slices = pass->plan->slices;
    return (uint64_t)(slices + pass->sink_tensors) * pass->c_max +
           (uint64_t)((pass->vector_in ? 1 : slices) + pass->sink_tensors) * pass->vector_max;
}

static uint32_t jump_floats(const tl_mm_pass *pass) {
    return pass->jump_max * FLOATS_PER_JUMP;
}

/* In front of the buffers stands a constant one. */
uint32_t tl_mm_pass_bytes(const tl_mm_pass *pass) {
    const uint64_t a = (uint64_t)buffers_moved(pass, pass->a_loops) * pass->a_max;
    const uint64_t b = (uint64_t)buffers_moved(pass, pass->b_loops) * pass->b_max;
    const uint64_t c = buffers_moved(pass, c_loops(pass)) * c_floats(pass);
    const uint64_t jumps = (uint64_t)buffers_of(pass) * jump_floats(pass);
    const uint64_t bytes = 4 * (1 + a + b + c + jumps + (tl_epilogue_pairs(pass->epilogue) ? pass->c_max : 0));
    return bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
}

/* Takes room for a part's buffers; where number `buffer` of them stands, or the only one. */
static float *take(float **at, uint32_t floats, uint32_t buffers, uint32_t buffer) {
    float *place = *at + (buffer < buffers ? buffer * floats : 0);
    *at += buffers * floats;
    return place;
}

static places buffer_places(const tl_team *team, const tl_mm_pass *pass, uint32_t buffer) {
    const uint32_t slices = pass->plan->slices;
    float *at = (float *)(void *)tl_l1(team) + 1;
    places p;
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

/* What one core knows of the tile at hand. */
typedef struct work {
    const tl_team *team;
    const tl_mm_pass *pass;
    const tl_mm_tile *tile;
    places in;
    bool first;
    const float *one;
    const float *bias; /* NULL: sums start at their first product */
} work;

/* Where slice `slice` of n things starts. Rounded up: slice 0, which starts from the bias, is never empty. */
static uint32_t slice_start(uint32_t n, uint32_t slice, uint32_t slices) {
    return (n * slice + slices - 1) / slices;
}

/* Cuts slice `slice` of the plan's out of the reduction: whole runs, or, where there is one run, a part of it. */
static void cut_slice(tl_mm *mm, uint32_t slice, uint32_t slices) {
    if (mm->runs == 1) {
        uint32_t from = slice_start(mm->k, slice, slices), to = slice_start(mm->k, slice + 1, slices);
        mm->a += (int32_t)from * (mm->a_k / 4);
        mm->b += (int32_t)from * (mm->b_k / 4);
        mm->k = to - from;
        mm->runs = to > from;
        return;
    }
    uint32_t from = slice_start(mm->runs, slice, slices), to = slice_start(mm->runs, slice + 1, slices);
    for (uint32_t r = 0; r < from && to > from; ++r) {
        mm->a += ((int32_t)mm->k * mm->a_k + mm->jump[r].a) / 4;
        mm->b += ((int32_t)mm->k * mm->b_k + mm->jump[r].b) / 4;
    }
    mm->jump += from;
    mm->runs = to - from;
}

/*
 * Rows [m0, m0 + m) x columns [n0, n0 + n) of one slice, of this unit (counted through all sets) and those behind it in
 * its set, `count` in all.
 */
static void run_region(const work *w, const tl_tile_problem *p, uint32_t unit, uint32_t count, uint32_t slice,
                       const tl_region *r) {
    const tl_mm_plan *plan = w->pass->plan;
    tl_mm_call call = {.mm = p->mm,
                       .kernel = p->column && tl_mm_plan_is_fixed(plan) ? tl_mm_f32_pulp_4x4 : plan->kernel,
                       .units = {.count = count, .a = p->a_unit, .b = p->b_unit, .c = p->c_unit}};
    tl_mm *mm = &call.mm;
    const uint32_t set = p->sets > 1 ? unit / p->units : 0;
    int32_t s = (int32_t)set, u = (int32_t)(unit - set * p->units), m0 = (int32_t)r->m0, n0 = (int32_t)r->n0;
    mm->a = w->in.a + (p->a_at + s * p->a_set + u * p->a_unit + m0 * mm->a_m) / 4;
    if (p->column) {
        mm->b = w->one;
        mm->c = w->in.vector + slice * w->pass->vector_max + r->m0;
    } else {
        mm->b = w->in.b + (p->b_at + s * p->b_set + u * p->b_unit + n0 * mm->b_n) / 4;
        mm->c = w->in.c + slice * w->pass->c_max + (p->c_at + s * p->c_set + u * p->c_unit + m0 * mm->c_m) / 4 + n0;
    }
    mm->m = r->m;
    mm->n = r->n;
    if (plan->slices > 1 && mm->runs > 0)
        cut_slice(mm, slice, plan->slices);
    if (!w->first || (w->pass->add && slice == 0)) {
        mm->init = mm->c;
        mm->init_m = mm->c_m;
        mm->init_n = mm->c_n;
        call.units.init = call.units.c;
    } else if (w->bias && slice == 0) {
        mm->init = w->bias + set * p->mm.n + n0;
        mm->init_m = 0;
        mm->init_n = 4;
    } else {
        mm->init = NULL;
    }
    if (mm->runs > 0) {
        tl_do_mm(w->team, &call);
        return;
    }
    for (uint32_t i = 0; i < count && !mm->init; ++i, mm->c += call.units.c / 4)
        tl_do_zero(w->team, mm->m, (uint32_t)mm->c_m / 4, mm->n, mm->c);
}

static bool same_jumps(const tl_jump *a, const tl_jump *b, uint32_t n) {
    while (n > 0 && a[n - 1].a == b[n - 1].a && a[n - 1].b == b[n - 1].b)
        --n;
    return n == 0;
}

/*
 * The jumps of a tile's problems, one behind the other, are made by core 0 for all, in L1. Who writes a tape makes them
 * there too, as slices begin inside the runs; and what has been made in this place for a tile before is there still.
 */
TL_RARE static void fill_jumps(const tl_team *team, tl_mm_pass *pass, const tl_mm_tile *tile, tl_jump *jump,
                               uint32_t place) {
    tl_jump before[16];
    tl_tile_problem p;
    uint32_t at = 0, *known = &pass->jumps_made[place];
    bool gap = false;
    if (team->id != 0 && !team->tape)
        return;
    for (uint32_t i = 0; i < tile->problems; ++i, at += p.mm.runs) {
        pass->problem(pass, tile, i, &p, NULL);
        const uint32_t runs = p.mm.runs;
        if (runs < 2) {
            gap = gap || at + runs > *known;
            continue;
        }
        const bool made = runs <= sizeof before / sizeof before[0] && at + runs <= *known;
        for (uint32_t j = 0; made && j < runs; ++j)
            before[j] = jump[at + j];
        pass->problem(pass, tile, i, &p, jump + at);
        /* Behind the last run nothing is jumped. */
        jump[at + runs - 1] = jump[at + runs - 2];
        if (team->tape && team->id == 0 && !(made && same_jumps(before, jump + at, runs)))
            tl_do_jumps(team, runs, jump + at, jump + at);
        if (!gap && at + runs > *known)
            *known = at + runs;
    }
}

/* Blocks, slices counted, of one problem. */
static uint32_t problem_blocks(const work *w, const tl_tile_problem *p) {
    return tl_share_blocks(&p->mm, w->pass->plan) * p->units * p->sets * w->pass->plan->slices;
}

/* What they cost. */
static uint32_t problem_cost(const work *w, const tl_tile_problem *p) {
    return tl_share_cost(&p->mm, w->pass->plan) * p->units * p->sets * w->pass->plan->slices;
}

/* Blocks [from, to) of a problem, counted unit by unit and slice by slice. */
static void run_blocks(const work *w, const tl_tile_problem *p, uint32_t from, uint32_t to) {
    const tl_mm_plan *plan = w->pass->plan;
    uint32_t blocks = tl_share_blocks(&p->mm, plan);
    uint32_t part = from / blocks, block = from - part * blocks;
    uint32_t unit = part / plan->slices, slice = part - unit * plan->slices;
    while (from < to) {
        tl_region region;
        uint32_t taken = tl_share_region(&p->mm, plan, block, to - from, &region);
        if (taken == blocks && plan->slices == 1) {
            uint32_t count = (to - from) / blocks, left = p->units - (p->sets > 1 ? unit % p->units : unit);
            count = count < left ? count : left;
            run_region(w, p, unit, count, 0, &region);
            unit += count;
            from += count * blocks;
            continue;
        }
        run_region(w, p, unit, 1, slice, &region);
        from += taken;
        block += taken;
        if (block == blocks) {
            block = 0;
            if (++slice == plan->slices) {
                slice = 0;
                ++unit;
            }
        }
    }
}

/* The first block of a problem that belongs to who begins at `at`; the problem's blocks begin at `base`. */
static uint32_t block_at(const work *w, const tl_tile_problem *p, uint32_t at, uint32_t base, uint32_t cost) {
    uint32_t parts = p->units * p->sets * w->pass->plan->slices, blocks = tl_share_blocks(&p->mm, w->pass->plan);
    uint32_t part = at > base ? (at - base) / cost : 0;
    if (at <= base || part >= parts)
        return at <= base ? 0 : parts * blocks;
    return part * blocks + tl_share_block_at(&p->mm, w->pass->plan, at - base - part * cost);
}

/*
 * The problems' blocks, put one behind the other, go to the cores in parts of even cost. A column is so much cheaper
 * than a block of the others that it is shared out by itself.
 */
static void compute(const work *w) {
    const tl_team *team = w->team;
    const tl_mm_tile *tile = w->tile;
    tl_tile_problem p;
    uint32_t total = 0;
    for (uint32_t i = 0; i < tile->problems; ++i) {
        w->pass->problem(w->pass, tile, i, &p, NULL);
        total += p.column ? 0 : problem_cost(w, &p);
    }
    const tl_jump *jump = w->in.jump;
    uint32_t from = tl_share_start(total, team->id, team->n), to = tl_share_start(total, team->id + 1, team->n);
    uint32_t base = 0;
    for (uint32_t i = 0; i < tile->problems; ++i) {
        w->pass->problem(w->pass, tile, i, &p, NULL);
        p.mm.jump = jump;
        jump += p.mm.runs;
        if (p.column) {
            uint32_t blocks = problem_blocks(w, &p);
            run_blocks(w, &p, tl_share_start(blocks, team->id, team->n), tl_share_start(blocks, team->id + 1, team->n));
            continue;
        }
        uint32_t cost = tl_share_cost(&p.mm, w->pass->plan);
        run_blocks(w, &p, block_at(w, &p, from, base, cost), block_at(w, &p, to, base, cost));
        base += problem_cost(w, &p);
    }
}

/* Where the vector's sink keeps its tensors: behind those of c's. */
static float *vector_sink_place(const tl_mm_pass *pass, const places *in) {
    return in->sink + pass->sink_tensors * pass->c_max;
}

/* The optimiser's step on [from, from + count) of the tile, and on this core's part of its vector; if that has slices,
 * core 0 has added them up and takes it all. */
static TL_RARE void finish_sinks(const work *w, uint32_t from, uint32_t count) {
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
static void finish(const work *w) {
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
static places other_places(const tl_team *team, const tl_mm_pass *pass, const places *there) {
    const places first = buffer_places(team, pass, 0), second = buffer_places(team, pass, buffers_of(pass) - 1);
    return (places){
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

/* What the sinks change comes to where it was stored from. */
static TL_RARE void fetch_sinks(const tl_team *team, const tl_mm_pass *pass, const tile_state *t) {
    if (buffers_of(pass) == 1)
        tl_dma_wait(team, STORE);
    tl_barrier(team);
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
    const places fresh = other_places(team, pass, &before->in);
    tl_mm_tile *tile = &next->tile;
    const tl_mm_tile *there = &before->tile;
    pass->tile(pass, tile);
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
    fill_jumps(team, pass, tile, fresh.jump, fresh.jump != buffer_places(team, pass, 0).jump);
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

void tl_mm_pass_run(const tl_team *team, tl_mm_pass *pass) {
    const bool overlap = buffers_of(pass) == 2;
    const bool epilogue = gathers_apart(pass) || pass->epilogue != TL_EPILOGUE_NONE;
    float *one = (float *)(void *)tl_l1(team);
    tile_state state[2] = {{.in = buffer_places(team, pass, 0)}};
    if (team->id == 0 && !pass->vector_in)
        tl_do_set(team, 1.0f, one);
    begin(team, pass, &state[0], &state[1]);
    for (uint32_t now = 1;; now ^= 1) {
        tile_state *t = &state[now], *next = &state[now ^ 1];
        tl_dma_wait(team, LOAD);
        bool more = advance(pass);
        if (t->last && comes_late(pass))
            fetch_late(team, pass, t);
        if (!overlap)
            tl_dma_wait(team, STORE);
        else if (more)
            begin(team, pass, t, next);
        tl_barrier(team);
        const work w = {.team = team,
                        .pass = pass,
                        .tile = &t->tile,
                        .in = t->in,
                        .first = t->first,
                        .one = one,
                        .bias = pass->vector_in && t->tile.vector.l2 ? t->in.vector : NULL};
        compute(&w);
        if (t->last && comes_late(pass))
            tl_dma_wait(team, LOAD);
        tl_barrier(team);
        if (t->last) {
            if (epilogue) {
                finish(&w);
                tl_barrier(team);
            }
            if (overlap)
                tl_dma_wait(team, STORE);
            store(team, pass, t);
        }
        if (!more)
            break;
        if (!overlap)
            begin(team, pass, t, next);
    }
    tl_dma_wait(team, STORE);
    tl_barrier(team);
}
