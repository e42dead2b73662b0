/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/mm_work.h"
#include "src/base/rare.h"
#include "src/tile/leaf.h"
#include "src/tile/share.h"

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
static void run_region(const tl_mm_work *w, const tl_tile_problem *p, uint32_t unit, uint32_t count, uint32_t slice,
                       const tl_region *r) {
    const tl_mm_plan *plan = w->pass->plan;
    tl_mm_call call = {
        .mm = p->mm, .kernel = plan->kernel, .units = {.count = count, .a = p->a_unit, .b = p->b_unit, .c = p->c_unit}};
    tl_mm *mm = &call.mm;
    const uint32_t set = p->sets > 1 ? unit / p->units : 0;
    int32_t s = (int32_t)set, u = (int32_t)(unit - set * p->units), m0 = (int32_t)r->m0, n0 = (int32_t)r->n0;
    mm->a = w->in.a + (p->a_at + s * p->a_set + u * p->a_unit + m0 * mm->a_m) / 4;
    mm->b = w->in.b + (p->b_at + s * p->b_set + u * p->b_unit + n0 * mm->b_n) / 4;
    mm->c = w->in.c + slice * w->pass->c_max + (p->c_at + s * p->c_set + u * p->c_unit + m0 * mm->c_m) / 4 + n0;
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

TL_RARE void tl_mm_fill_jumps(const tl_team *team, tl_mm_pass *pass, const tl_mm_tile *tile, tl_jump *jump,
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

/* What the blocks of one problem cost, slices counted. */
static uint32_t problem_cost(const tl_mm_work *w, const tl_tile_problem *p) {
    return tl_share_cost(&p->mm, w->pass->plan) * p->units * p->sets * w->pass->plan->slices;
}

/* Blocks [from, to) of a problem, counted unit by unit and slice by slice. */
static void run_blocks(const tl_mm_work *w, const tl_tile_problem *p, uint32_t from, uint32_t to) {
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
static uint32_t block_at(const tl_mm_work *w, const tl_tile_problem *p, uint32_t at, uint32_t base, uint32_t cost) {
    uint32_t parts = p->units * p->sets * w->pass->plan->slices, blocks = tl_share_blocks(&p->mm, w->pass->plan);
    uint32_t part = at > base ? (at - base) / cost : 0;
    if (at <= base || part >= parts)
        return at <= base ? 0 : parts * blocks;
    return part * blocks + tl_share_block_at(&p->mm, w->pass->plan, at - base - part * cost);
}

/* The vector's sums, channels by fours, slice by slice. */
static void run_column(const tl_mm_work *w, const tl_tile_problem *p) {
    const uint32_t slices = w->pass->plan->slices, m = p->mm.m, fours = (m + 3) / 4;
    uint32_t from = tl_share_start(fours * slices, w->team->id, w->team->n);
    const uint32_t to = tl_share_start(fours * slices, w->team->id + 1, w->team->n);
    while (from < to) {
        const uint32_t slice = from / fours, at = from - slice * fours;
        const uint32_t count = to - from < fours - at ? to - from : fours - at;
        const uint32_t first = slice_start(p->mm.k, slice, slices), end = slice_start(p->mm.k, slice + 1, slices);
        const tl_pixels pixels = {.count = end - first,
                                  .pitch = (uint32_t)p->mm.a_k,
                                  .channels = 4 * (at + count) < m ? 4 * count : m - 4 * at};
        tl_do_columns(w->team, &pixels, w->first && !(w->pass->add && slice == 0),
                      w->in.a + first * (pixels.pitch / 4) + 4 * at,
                      w->in.vector + slice * w->pass->vector_max + 4 * at);
        from += count;
    }
}

/*
 * The problems' blocks, put one behind the other, go to the cores in parts of even cost. A column is so much cheaper
 * than a block of the others that it is shared out by itself.
 */
void tl_mm_compute(const tl_mm_work *w) {
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
            run_column(w, &p);
            continue;
        }
        uint32_t cost = tl_share_cost(&p.mm, w->pass->plan);
        run_blocks(w, &p, block_at(w, &p, from, base, cost), block_at(w, &p, to, base, cost));
        base += problem_cost(w, &p);
    }
}
