/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cost/cost_share.h"
#include "src/tile/share.h"
#include <math.h>

enum { CORES = 8 };

/* How the sums of a region start. */
typedef enum start { AT_PRODUCT, AT_BIAS, AT_SUMS } start;

/* A core's cycles of the inner loops, those in which a floating-point unit is busy, and all its others. */
typedef struct load {
    float steps, fpu, beside;
} load;

/* Of the problem and plan at hand. */
typedef struct view {
    const cost_constants *k;
    const tl_mm_plan *plan;
    const tl_mm *mm;
    float waits; /* part of the steps that waits for banks */
    start start;
    bool counted; /* an assembly kernel, of which every instruction is known */
} view;

static float banks(const cost_constants *k, const tl_mm *mm, const tl_mm_plan *plan) {
    float waits = k->bank_any;
    const int32_t b_step = mm->b_n == 4 && mm->a_k == 4 ? mm->b_k : mm->b_n;
    const int32_t words[] = {mm->a_m / 4, b_step / 4};
    const float loads[] = {plan->block_m, plan->block_n};
    for (uint32_t i = 0; i < 2; ++i)
        if (words[i] % 4 == 0)
            waits += (words[i] % 16 == 0 ? k->bank_sixteen : k->bank_four) * loads[i] / (loads[0] + loads[1]);
    return waits;
}

/* Cycles of a step of k in a block of h x w. */
static float step_cycles(const view *v, uint32_t h, uint32_t w) {
    if (v->counted)
        return (float)(h + w + h * w) + (h * w == 1 ? 1.0f : 0.0f);
    return (v->plan->block_m == 1 ? 10.0f : 2.8f) * (float)(h * w);
}

/* `count` blocks of h x w, of `runs` runs of `steps`. */
static void add_blocks(const view *v, load *l, uint32_t count, uint32_t h, uint32_t w, bool edge, uint32_t runs,
                       uint32_t steps) {
    const float n = (float)count, results = (float)(h * w);
    if (count == 0)
        return;
    const bool plain = runs == 1 && !(edge && (v->start != AT_PRODUCT || h < v->plan->block_m));
    float beside = results + v->k->block;
    if (!plain)
        beside += v->k->edge + (float)(runs - 1) * v->k->run;
    if (v->start == AT_BIAS)
        beside += (float)w + 3.0f;
    else if (v->start == AT_SUMS)
        beside += results + 5.0f;
    l->steps += n * (float)(runs * steps) * step_cycles(v, h, w) * (1.0f + v->waits);
    l->fpu += n * (float)(runs * steps) * results;
    l->beside += n * beside;
}

static void add_region(const view *v, load *l, const tl_region *r, uint32_t slice, uint32_t units) {
    const uint32_t slices = v->plan->slices, mr = v->plan->block_m, nr = v->plan->block_n;
    uint32_t runs = v->mm->runs, steps = v->mm->k;
    uint32_t *const cut = runs == 1 ? &steps : &runs;
    *cut = (*cut * (slice + 1) + slices - 1) / slices - (*cut * slice + slices - 1) / slices;
    if (*cut == 0)
        return;
    const uint32_t down = r->m / mr, h = r->m % mr, across = r->n / nr, w = r->n % nr;
    view at = *v;
    if (slice > 0 && v->start == AT_BIAS)
        at.start = AT_PRODUCT;
    l->beside += (float)units * (v->k->call + v->k->strip * (float)(down + (h > 0)));
    add_blocks(&at, l, units * down * across, mr, nr, false, runs, steps);
    add_blocks(&at, l, w ? units * down : 0, mr, w, true, runs, steps);
    add_blocks(&at, l, h ? units * across : 0, h, nr, true, runs, steps);
    add_blocks(&at, l, h && w ? units : 0, h, w, true, runs, steps);
}

/* The first block of who begins at `at`; the problem's blocks begin at `base`. */
static uint32_t block_at(const view *v, uint32_t parts, uint32_t at, uint32_t base, uint32_t cost) {
    const uint32_t blocks = tl_share_blocks(v->mm, v->plan), part = at > base ? (at - base) / cost : 0;
    if (at <= base || part >= parts)
        return at <= base ? 0 : parts * blocks;
    return part * blocks + tl_share_block_at(v->mm, v->plan, at - base - part * cost);
}

static void add_share(const view *v, load *l, const tl_tile_problem *p, uint32_t from, uint32_t to) {
    const uint32_t blocks = tl_share_blocks(v->mm, v->plan), slices = v->plan->slices;
    while (from < to) {
        tl_region region;
        const uint32_t part = from / blocks, taken = tl_share_region(v->mm, v->plan, from % blocks, to - from, &region);
        uint32_t units = 1;
        if (taken == blocks && slices == 1) {
            const uint32_t left = p->units - part % p->units;
            units = (to - from) / blocks < left ? (to - from) / blocks : left;
        }
        add_region(v, l, &region, part % slices, units);
        from += taken * units;
    }
}

/* A core's instructions for its part of a bias gradient: eight for four columns of a row. */
static float column_cycles(const tl_mm *mm, uint32_t slices) {
    const uint32_t shares = ((mm->m + 3) / 4 * slices + CORES - 1) / CORES;
    return 30.0f + 8.0f * (float)shares * (float)mm->k / (float)slices;
}

/* Cores that share a unit wait for one another: no faster than the unit, nor than either of them. */
static float busiest(const cost_constants *k, const cost_machine *machine, const load *core) {
    float most = 0.0f;
    for (uint32_t i = 0; i < CORES; ++i) {
        float alone = core[i].steps + core[i].beside, fpu = 0.0f, others = 0.0f;
        for (uint32_t j = i % machine->fpus; j < CORES; j += machine->fpus) {
            fpu += core[j].fpu;
            if (j != i)
                others += core[j].fpu;
        }
        if (others > 0.0f) {
            const float shared = fpu * (1.0f + k->fpu_other) + k->fpu_own * core[i].beside;
            alone = fmaxf(alone, shared);
        }
        most = fmaxf(most, alone);
    }
    return most;
}

float cost_tile(const cost_constants *k, const cost_machine *machine, const tl_mm_pass *pass, const tl_mm_tile *tile,
                bool first) {
    const tl_mm_plan *plan = pass->plan;
    load core[CORES] = {{0}};
    uint32_t total = 0, base = 0;
    float columns = 0.0f;
    const bool counted = tl_mm_plan_is_fixed(plan) || plan->kernel == tl_mm_f32_pulp_4x4;
    tl_tile_problem p;
    for (uint32_t i = 0; i < tile->problems; ++i) {
        pass->problem(pass, tile, i, &p, NULL);
        if (p.column)
            columns += column_cycles(&p.mm, plan->slices);
        else
            total += tl_share_cost(&p.mm, plan) * p.units * p.sets * plan->slices;
    }
    for (uint32_t i = 0; i < tile->problems; ++i) {
        pass->problem(pass, tile, i, &p, NULL);
        if (p.column)
            continue;
        const uint32_t cost = tl_share_cost(&p.mm, plan), parts = p.units * p.sets * plan->slices;
        const view v = {.k = k,
                        .plan = plan,
                        .mm = &p.mm,
                        .waits = banks(k, &p.mm, plan),
                        .start = !first                               ? AT_SUMS
                                 : pass->vector_in && tile->vector.l2 ? AT_BIAS
                                                                      : AT_PRODUCT,
                        .counted = counted};
        for (uint32_t id = 0; id < CORES && p.mm.runs > 0; ++id)
            add_share(&v, &core[id], &p, block_at(&v, parts, tl_share_start(total, id, CORES), base, cost),
                      block_at(&v, parts, tl_share_start(total, id + 1, CORES), base, cost));
        base += cost * parts;
    }
    return busiest(k, machine, core) + columns;
}
