/* SPDX-License-Identifier: Apache-2.0 */
/* About how many cycles a pass takes, for who chooses among plans: kernels of fixed strides, played from a tape. */
#include "src/tile/share.h"
#include "src/tile/tile_mm.h"

/* Measured, in cycles: docs/tiling.md. */
enum { BLOCK = 20, EDGE = 20, RUN = 8, SEGMENT = 3, CORES = 8 };
static const float call = 200.0f, strip = 45.0f, per_tile = 300.0f, bytes_a_cycle = 8.0f;

static uint32_t tiles_along(const tl_loop *loop) {
    return (loop->end + loop->step - 1) / loop->step;
}

/* How often a part that these loops move is fetched: whenever one of them, or one around it, goes on. */
static float fetches(const tl_mm_pass *pass, uint32_t loops) {
    float times = 1.0f, all = 1.0f;
    for (uint32_t i = 0; i < TL_MM_LOOPS; ++i) {
        all *= (float)tiles_along(&pass->loop[i]);
        if ((loops >> i & 1) && tiles_along(&pass->loop[i]) > 1)
            times = all;
    }
    return times;
}

/* What a step waits for banks: rows, or columns, that stand a multiple of 4 or 16 banks apart meet in one. */
static float banks(const tl_mm *mm) {
    float waits = 1.0f;
    const int32_t steps[] = {mm->a_m / 4, (mm->b_n == 4 && mm->a_k == 4 ? mm->b_k : mm->b_n) / 4};
    for (uint32_t i = 0; i < 2; ++i)
        if (steps[i] % 4 == 0)
            waits += steps[i] % 16 == 0 ? 0.015f : 0.004f;
    return waits;
}

static float transfer(const tl_box *box) {
    uint32_t pieces = box->channels == box->depth ? box->rows : box->rows * box->cols;
    return (float)(4 * tl_box_elements(box)) / bytes_a_cycle + (float)(SEGMENT * pieces);
}

/* Blocks of h x w; `sums`: instructions that each result costs beside its steps. */
static float blocks(const tl_mm *mm, uint32_t count, uint32_t h, uint32_t w, uint32_t sums, uint32_t more) {
    return (float)count * (float)(mm->runs * (mm->k * (h + w + h * w) + RUN) + BLOCK + more + sums * h * w);
}

static float region(const tl_mm *mm, const tl_mm_plan *plan, const tl_region *r, uint32_t sums) {
    uint32_t down = r->m / plan->block_m, h = r->m % plan->block_m;
    uint32_t across = r->n / plan->block_n, w = r->n % plan->block_n;
    float cycles = call + strip * (float)(down + (h > 0));
    cycles += blocks(mm, down * across, plan->block_m, plan->block_n, sums, 0);
    cycles += blocks(mm, w ? down : 0, plan->block_m, w, sums, EDGE) +
              blocks(mm, h ? across : 0, h, plan->block_n, sums, EDGE);
    return (cycles + blocks(mm, h && w ? 1 : 0, h, w, sums, EDGE)) * banks(mm);
}

/* The first block, among those of `parts` results alike, of who begins so many cycles in. */
static uint32_t first_block(const tl_mm *mm, const tl_mm_plan *plan, uint32_t parts, uint32_t at, uint32_t cost) {
    uint32_t part = at / cost, count = tl_share_blocks(mm, plan);
    return part >= parts ? parts * count : part * count + tl_share_block_at(mm, plan, at - part * cost);
}

/* The busiest core's cycles for the tile that the loops stand at. */
static float tile_cycles(const tl_mm_pass *pass, const tl_mm_tile *tile, uint32_t sums) {
    const tl_mm_plan *plan = pass->plan;
    float core[CORES] = {0}, most = 0.0f;
    for (uint32_t i = 0; i < tile->problems; ++i) {
        tl_tile_problem p;
        pass->problem(pass, tile, i, &p, NULL);
        if (p.column || p.mm.runs == 0)
            continue;
        uint32_t parts = p.units * plan->slices * (p.sets ? p.sets : 1), cost = tl_share_cost(&p.mm, plan);
        uint32_t count = tl_share_blocks(&p.mm, plan);
        for (uint32_t id = 0; id < CORES; ++id) {
            uint32_t at = first_block(&p.mm, plan, parts, tl_share_start(cost * parts, id, CORES), cost);
            uint32_t end = first_block(&p.mm, plan, parts, tl_share_start(cost * parts, id + 1, CORES), cost);
            while (at < end) {
                tl_region r;
                uint32_t first = at % count, left = end - at < count - first ? end - at : count - first;
                at += tl_share_region(&p.mm, plan, first, left, &r);
                core[id] += region(&p.mm, plan, &r, sums);
            }
        }
    }
    for (uint32_t id = 0; id < CORES; ++id)
        most = core[id] > most ? core[id] : most;
    return most;
}

/*
 * All tiles' work. Along a loop only the last one differs in size: a corner stands for all tiles alike, `from_sums` of
 * which (a part of 1) go on from sums.
 */
static float all_tiles(tl_mm_pass *pass, float from_sums) {
    float cycles = 0.0f;
    for (uint32_t corner = 0; corner < 1u << TL_MM_LOOPS; ++corner) {
        float alike = 1.0f;
        for (uint32_t i = 0; i < TL_MM_LOOPS; ++i) {
            tl_loop *loop = &pass->loop[i];
            const uint32_t tiles = tiles_along(loop), last = corner >> i & 1, odd = loop->end % loop->step != 0;
            loop->at = last ? (tiles - 1) * loop->step : 0;
            alike *= last ? (float)odd : (float)(tiles - odd);
        }
        if (alike <= 0.0f)
            continue;
        tl_mm_tile tile;
        pass->tile(pass, &tile);
        const float once = tile_cycles(pass, &tile, 1);
        cycles += alike * (from_sums > 0.0f ? once + from_sums * (tile_cycles(pass, &tile, 2) - once) : once);
    }
    return cycles;
}

/* Puts all loops to their first tile, or to the last one. */
static void go_to(tl_mm_pass *pass, bool last) {
    for (uint32_t i = 0; i < TL_MM_LOOPS; ++i)
        pass->loop[i].at = last ? (tiles_along(&pass->loop[i]) - 1) * pass->loop[i].step : 0;
}

float tl_mm_pass_overhead(const tl_mm_pass *pass) {
    return per_tile * fetches(pass, (1u << TL_MM_LOOPS) - 1);
}

float tl_mm_pass_cycles(tl_mm_pass *pass) {
    const uint32_t outer = (1u << (TL_MM_LOOPS - pass->reduction)) - 1;
    tl_mm_tile tile, last;
    go_to(pass, true);
    pass->tile(pass, &last);
    go_to(pass, false);
    pass->tile(pass, &tile);
    float tiles = fetches(pass, (1u << TL_MM_LOOPS) - 1), results = fetches(pass, outer);
    float compute = all_tiles(pass, (tiles - results) / tiles) + tl_mm_pass_overhead(pass);
    go_to(pass, false);
    float a = transfer(&tile.a), b = transfer(&tile.b), c = transfer(&tile.c);
    float in = a * fetches(pass, pass->a_loops) + b * fetches(pass, pass->b_loops), out = c * results;
    if (pass->plan->buffers != 2)
        return compute + in + out;
    float moving = in > out ? in : out;
    return a + b + transfer(&last.c) + (compute > moving ? compute : moving);
}
