/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linear layers at batch 1, through which the weights stream (src/tile/tile_stream.h): tile by tile, as
 * tl_stream_run goes, or behind gates (tile_gated.h). Instructions are those of docs/kernels.md, "Matrix-vector
 * kernels".
 */
#include "tools/cost/cost.h"
#include <math.h>

enum { CORES = 8, BUFFERS = 3, PLACES = 5, HEADER = 232 /* floats in front of gated tiles */ };

/* Cycles beside the steps: of the step (tape, three barriers, the first command, the last wait); of a pass over a strip
 * of columns; of a tile (barrier, commands, the kernel's call, which is longer where it changes W too). */
static const float a_step = 112.0f, a_pass = 15.0f, a_tile = 178.0f, a_changed = 320.0f;
/* From a tile's command to its first word: the DMA's queue is as long as that of tiles that have a place. */
static const float a_transfer = 120.0f;
/* Of the list of gated tiles; of such a tile (29, and 110 at the gate), and 25 for one that goes back. */
static const float begin_gated = 230.0f, a_gated = 140.0f, gated_back = 25.0f;
/* A pass that changes W: the kernels' calls for its x times the rate and for its bias. Of an epilogue, or mask: its
 * call. */
static const float a_change = 420.0f, an_epilogue = 60.0f;
/* Part of the multiply-adds of cores that share a unit which is lost, as in cost_share.c. */
static const float unit_lost = 0.058f;
static const float out_of_in = 33.0f / 32.0f;

typedef struct stream {
    const cost_machine *machine;
    uint32_t rows, k, cols, strips, tile_rows; /* of W; of a strip; of a tile */
    uint32_t matrices;                         /* W and its states */
    bool by_rows, changed, has_dx;
    uint8_t update;
    float now, in_free, out_free;
} stream;

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* A block of so many lines (rows; columns): loads of W and one of the vector, multiply-adds, and stores. Momentum,
 * Adam: instructions an element, one less without dx, and a load of dy for four. */
static float step_of(const stream *s, uint32_t lines) {
    if (!s->changed)
        return 2.0f * (float)lines + 1.0f;
    switch (s->update) {
    case STEP_ADAM:
        return (s->has_dx ? 43.0f : 42.0f) * (float)lines;
    case STEP_MOMENTUM:
        return (s->has_dx ? 8.25f : 7.25f) * (float)lines;
    default:
        break;
    }
    /* A single column waits for what it has loaded. */
    const float alone = lines == 1 ? 1.0f : 0.0f, fpu = (float)(lines * (s->has_dx ? 2u : 1u));
    const float step = (s->has_dx ? 4.0f : 3.0f) * (float)lines + 1.0f + alone;
    return fmaxf(step, s->machine->fpus < CORES ? 2.0f * fpu * (1.0f + unit_lost) : 0.0f);
}

/* Of a core's lines: in blocks of `most`, then of halves of it. */
static float steps_of(const stream *s, uint32_t lines) {
    float sum = 0.0f;
    for (uint32_t block = s->changed && s->has_dx ? 8 : 16; lines; block /= 2)
        for (; block && lines >= block; lines -= block)
            sum += step_of(s, block);
    return sum;
}

static float bytes_in(const stream *s, uint32_t rows, uint32_t cols) {
    const float row = 4.0f * (float)cols / (float)s->machine->dma_width;
    /* Rows of a strip are pieces of their own. */
    return (float)s->matrices * (float)rows * (row + (cols < s->k ? 0.25f : 0.0f));
}

/* ---- through gates ---- */

typedef struct gated {
    uint32_t round, rounds, units, most;
} gated;

static bool is_gated(const stream *s, gated *g) {
    const uint32_t lines = s->by_rows ? s->rows : s->cols;
    g->round = (s->changed && s->has_dx ? 8u : 16u) * CORES;
    g->units = s->by_rows ? s->cols : s->rows;
    const uint32_t room = BUFFERS * s->matrices * s->tile_rows * s->cols;
    /* Outer products alone and optimisers with states have no kernels for it. */
    if (s->strips > 1 || lines % g->round != 0 || (s->changed && (!s->has_dx || s->update != STEP_SGD)) ||
        room < HEADER)
        return false;
    g->rounds = lines / g->round;
    g->most = smaller((room - HEADER) / (PLACES * g->round), 250);
    if (s->by_rows && g->most > 2)
        g->most = ((g->most - 2) & ~3u) + 2;
    return g->rounds <= 16 && g->most >= 8;
}

static uint32_t next_units(const stream *s, const gated *g, uint32_t round, uint32_t left, uint32_t before) {
    enum { FIRST = 16, MORE = 8, LEAST = 6 };
    uint32_t units = smaller(left, g->most);
    if (s->changed && round == 0)
        units = smaller(units, before ? before + MORE : FIRST);
    if (round + 1 == g->rounds && left > LEAST + 2) {
        const uint32_t part = s->by_rows || s->changed ? left / 2 : left / 3;
        units = smaller(units, part > LEAST ? part : LEAST);
    }
    if (s->by_rows && units > 2 && units < left)
        units = ((units - 2) & ~3u) + 2;
    return units;
}

static float run_gated(stream *s, const gated *g) {
    float done[PLACES] = {0}; /* when the place of the tile to come is free */
    uint32_t count = 0, units = 0;
    s->now += begin_gated + a_transfer;
    s->in_free = s->now;
    for (uint32_t round = 0; round < g->rounds; ++round)
        for (uint32_t left = g->units; left; left -= units, ++count) {
            units = next_units(s, g, round, left, units);
            const float moves = 4.0f * (float)(units * g->round) / (float)s->machine->dma_width;
            s->in_free = fmaxf(s->in_free, done[count % PLACES]) + moves;
            s->now = fmaxf(s->now, s->in_free) + a_gated + (s->changed ? gated_back : 0.0f);
            s->now += (float)units * step_of(s, g->round / CORES);
            done[count % PLACES] = s->now;
            if (s->changed)
                done[count % PLACES] = s->out_free = fmaxf(s->out_free, s->now) + moves * out_of_in;
        }
    return fmaxf(s->now, s->out_free);
}

/* ---- tile by tile ---- */

/* As the library cuts tiles of the only pass, or of a later one. */
static uint32_t next_rows(const stream *s, uint32_t strip, uint32_t left, uint32_t before) {
    enum { BYTES = 4096, EIGHT = 8 };
    uint32_t most = s->tile_rows;
    const uint32_t row = 4 * s->cols * s->matrices, more = s->changed ? BYTES / row + 1 : EIGHT;
    const bool growing = s->changed && strip == 0;
    if (s->by_rows && most > EIGHT)
        most -= most % EIGHT;
    const uint32_t least = smaller(more, most);
    if (growing && most > before + more)
        most = before ? before + more : least;
    if (strip + 1 < s->strips) {
        const uint32_t tiles = (left + most - 1) / most, even = (left + tiles - 1) / tiles;
        uint32_t whole = s->by_rows ? (even + EIGHT - 1) / EIGHT * EIGHT : even;
        if (growing && most < s->tile_rows)
            whole = left <= most + least / 2 && left <= s->tile_rows ? left : most;
        return whole <= s->tile_rows && whole <= left ? whole : even;
    }
    uint32_t rows = least, sum = least;
    while (rows + more <= most && sum + rows + more <= left) {
        rows += more;
        sum += rows;
    }
    if (left <= rows + least / 2 && left <= most)
        return left;
    return smaller(rows, left);
}

static float run_tiles(stream *s) {
    float free[BUFFERS] = {0};
    uint32_t count = 0, rows = 0;
    for (uint32_t strip = 0; strip < s->strips; ++strip) {
        const uint32_t cols = smaller(s->cols, s->k - strip * s->cols);
        s->now += a_pass + (s->changed ? a_change : 0.0f);
        for (uint32_t left = s->rows; left; left -= rows, ++count) {
            rows = next_rows(s, strip, left, rows);
            const float moves = bytes_in(s, rows, cols) + a_transfer;
            float *place = &free[count % BUFFERS];
            s->in_free = fmaxf(s->in_free, *place) + moves;
            const uint32_t lines = (s->by_rows ? rows : cols) / CORES + ((s->by_rows ? rows : cols) % CORES > 0);
            s->now = fmaxf(s->now, s->in_free) + (s->changed ? a_changed : a_tile);
            s->now += (float)(s->by_rows ? cols : rows) * steps_of(s, lines);
            *place = s->now;
            if (s->changed)
                *place = s->out_free = fmaxf(s->out_free, s->now) + (moves - a_transfer) * out_of_in;
        }
    }
    return fmaxf(s->now, s->out_free);
}

float cost_stream(const cost_machine *machine, const step_problem *p, const tl_stream_plan *plan) {
    const tl_linear *l = &p->size.linear;
    stream s = {.machine = machine,
                .rows = l->o,
                .k = l->k,
                .by_rows = p->pass == STEP_FORWARD,
                .changed = p->pass == STEP_GRAD_W || p->pass == STEP_STEP,
                .has_dx = p->pass != STEP_GRAD_W,
                .update = (uint8_t)p->update,
                .matrices = p->update == STEP_ADAM       ? 3
                            : p->update == STEP_MOMENTUM ? 2
                                                         : 1};
    gated g;
    s.cols = plan->cols ? smaller(plan->cols, l->k) : l->k;
    s.strips = (l->k - 1) / s.cols + 1;
    s.tile_rows = smaller(plan->rows, l->o);
    /* The vectors of the first pass are in before anything begins, those of the last one go out behind it. */
    const float word = 4.0f / (float)machine->dma_width, x = word * (float)s.cols, y = word * (float)s.rows;
    const float first = s.by_rows ? x : s.changed ? x + y : y, last = s.by_rows ? y : s.has_dx ? x : 0.0f;
    const float masked =
        p->mask || p->epilogue ? an_epilogue + 5.0f * (float)((s.by_rows ? s.rows : s.k) / CORES) : 0.0f;
    s.now = s.in_free = first;
    if (is_gated(&s, &g))
        return a_step + last + masked + (s.changed ? a_change : 0.0f) + run_gated(&s, &g);
    return a_step + last + masked + run_tiles(&s);
}
