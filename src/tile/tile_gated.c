/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_gated.h"
#include "src/hal/hal.h"
#include "src/kernel/matvec_stream.h"
#include "src/kernel/vector.h"
#include "src/tile/share.h"

/* Tiles in L1: one worked on, two coming in, one or two going out. */
enum { PLACES = 5, MOST_ROUNDS = 16, MOST_TILES = 64, LEAST_UNITS = 8, MOST_UNITS = 250 };

/* What stands in front of the tiles. */
typedef struct header {
    tl_gate_state state[TL_GATED_CORES];
    tl_tile tile[MOST_TILES];
} header;

typedef struct shape {
    tl_matvec_stream_f32 *kernel;
    uint32_t lines;         /* of a unit, a core's in a round: rows or columns */
    uint32_t rounds, units; /* of a round: columns or rows */
    uint32_t most;          /* units of a tile */
    float *places;
} shape;

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static uint32_t header_floats(void) {
    return (uint32_t)((sizeof(header) + sizeof(void *)) / sizeof(float));
}

static header *header_of(const tl_gated *g) {
    const uintptr_t at = (uintptr_t)g->room, unit = sizeof(void *);
    return (header *)((at + unit - 1) / unit * unit);
}

static bool find_shape(const tl_gated *g, shape *s) {
    const tl_stream_pass *pass = g->pass;
    const uint32_t lines = pass->by_rows ? pass->rows : pass->cols;
    *s = (shape){.lines = 16, .units = pass->by_rows ? pass->cols : pass->rows};
    if (pass->kernel == tl_matvec_f32) {
        s->kernel = tl_matvec_stream16_f32;
    } else if (pass->kernel == tl_matvec_t_f32) {
        s->kernel = tl_matvec_t_stream16_f32;
    } else if (pass->kernel == tl_outer_f32) {
        s->kernel = tl_outer_stream16_f32;
    } else if (pass->kernel == tl_matvec_outer_f32) {
        s->kernel = tl_matvec_outer_stream8_f32;
        s->lines = 8;
    }
    const uint32_t round = s->lines * g->team->n;
    const bool strip = pass->by_rows && (pass->inner || pass->vector[TL_STREAM_BIAS] == pass->vector[TL_STREAM_Y]);
    if (!s->kernel || strip || g->team->n > TL_GATED_CORES || lines % round != 0 || g->room_floats < header_floats() ||
        tl_in_l1(g->team, pass->w))
        return false;
    s->rounds = lines / round;
    s->most = smaller((g->room_floats - header_floats()) / (PLACES * round), MOST_UNITS);
    if (pass->by_rows && s->most > 2)
        s->most = ((s->most - 2) & ~3u) + 2; /* rows of a tile in different banks */
    s->places = g->room + header_floats();
    return s->rounds <= MOST_ROUNDS && s->most >= LEAST_UNITS;
}

/*
 * Units of the next tile of a round. Where W goes back the first ones grow: each comes in while the one before is
 * worked on, and the first result is soon on its way. Towards the end they shrink.
 */
static uint32_t next_units(const tl_gated *g, const shape *s, uint32_t round, uint32_t left, uint32_t before) {
    enum { FIRST = 1024, MORE = 256, LEAST = 6 }; /* floats, floats, units */
    const bool by_rows = g->pass->by_rows;
    const uint32_t width = s->lines * g->team->n;
    uint32_t units = smaller(left, s->most);
    if (g->pass->changed && round == 0)
        units = smaller(units, before ? before + MORE / width : FIRST / width);
    if (round + 1 == s->rounds && left > LEAST + 2) {
        const uint32_t part = by_rows || g->pass->changed ? left / 2 : left / 3;
        units = smaller(units, part > LEAST ? part : LEAST);
    }
    if (by_rows && units > 2 && units < left)
        units = ((units - 2) & ~3u) + 2; /* rows of a tile in different banks */
    return units;
}

/* Tiles of each round. Returns how many there are. */
static uint32_t count_tiles(const tl_gated *g, const shape *s, uint8_t tiles[MOST_ROUNDS]) {
    uint32_t all = 0, before = 0;
    for (uint32_t round = 0; round < s->rounds; ++round) {
        tiles[round] = 0;
        for (uint32_t left = s->units; left > 0; left -= before, ++all) {
            before = next_units(g, s, round, left, before);
            if (tiles[round]++ == MOST_TILES)
                return MOST_TILES + 1;
        }
    }
    return all;
}

bool tl_gated_suits(const tl_gated *gated) {
    shape s;
    uint8_t tiles[MOST_ROUNDS];
    return find_shape(gated, &s) && count_tiles(gated, &s, tiles) <= MOST_TILES;
}

uint32_t tl_gated_lines(const tl_gated *gated, uint32_t *rounds) {
    shape s;
    (void)find_shape(gated, &s);
    *rounds = s.rounds;
    return s.lines;
}

/* Some tiles of the list. */
enum { A_LIST = 8 };

typedef struct list_arguments {
    tl_tile *to;
    uint32_t n;
    tl_tile tile[A_LIST];
} list_arguments;

static void list_leaf(const void *arguments) {
    const list_arguments *a = arguments;
    for (uint32_t i = 0; i < a->n; ++i)
        a->to[i] = a->tile[i];
}

typedef struct begin_arguments {
    tl_gate gate;
    tl_gate_state *state;
    tl_tile *list;
    uint32_t n;
    tl_tile tile[2];
} begin_arguments;

/* The list's first tiles are the ones to begin with. */
static void begin_leaf(const void *arguments) {
    const begin_arguments *a = arguments;
    for (uint32_t i = 0; i < a->n; ++i)
        a->list[i] = a->tile[i];
    tl_gate_begin(&a->gate, a->state);
}

static void put_list(const tl_gated *g, list_arguments *list) {
    if (list->n > 0)
        tl_do(g->team, list_leaf, list, (uint32_t)(offsetof(list_arguments, tile) + list->n * sizeof(tl_tile)));
    list->to += list->n;
    list->n = 0;
}

static tl_gate gate_of(const tl_gated *g, const shape *s, uint32_t tiles) {
    const tl_stream_pass *pass = g->pass;
    const uint32_t width = s->lines * g->team->n;
    const header *h = header_of(g);
    return (tl_gate){.team = {.id = g->team->id, .n = g->team->n, .shared = g->team->shared},
                     .first = h->tile,
                     .end = h->tile + tiles,
                     .unit_bytes = 4 * width,
                     .run = pass->by_rows ? 0 : 4 * width,
                     .l2_pitch = 4 * pass->pitch,
                     .out = pass->changed};
}

/* Tiles from `from` on and before `to`, of the whole list. */
static void make_tiles(const tl_gated *g, const shape *s, uint32_t from, uint32_t to, tl_tile *tile,
                       list_arguments *list) {
    const tl_stream_pass *pass = g->pass;
    const uint32_t width = s->lines * g->team->n;
    const size_t unit = pass->by_rows ? 1 : pass->pitch;
    uint32_t count = 0, units = 0;
    for (uint32_t round = 0; round < s->rounds; ++round) {
        float *w = pass->w + (pass->by_rows ? (size_t)round * width * pass->pitch : round * width);
        for (uint32_t left = s->units; left > 0; left -= units, ++count) {
            units = next_units(g, s, round, left, units);
            const tl_tile made = {(char *)(s->places + count % PLACES * s->most * width), (char *)w, units};
            w += units * unit;
            if (count < from || count >= to)
                continue;
            if (tile)
                *tile++ = made;
            else
                list->tile[list->n++] = made;
            if (list && list->n == A_LIST)
                put_list(g, list);
        }
    }
}

/* The core that brings tiles begins with it; the others write the list, each a part of it. */
void tl_gated_begin(const tl_gated *g) {
    const tl_team *team = g->team;
    header *const h = header_of(g);
    shape s;
    uint8_t each[MOST_ROUNDS];
    (void)find_shape(g, &s);
    const uint32_t tiles = count_tiles(g, &s, each), writers = team->n > 1 ? team->n - 1 : 1;
    const bool brings = team->id == 0;
    const uint32_t writer = team->n > 1 ? team->id - 1 : 0;
    begin_arguments begin = {.gate = gate_of(g, &s, tiles), .state = &h->state[team->id], .list = h->tile};
    if (brings) {
        begin.n = smaller(tiles, 2);
        make_tiles(g, &s, 0, begin.n, begin.tile, NULL);
    }
    tl_do(team, begin_leaf, &begin, (uint32_t)(offsetof(begin_arguments, tile) + begin.n * sizeof(tl_tile)));
    if (tiles > 2 && (!brings || team->n == 1)) {
        list_arguments list = {.to = h->tile + 2 + tl_share_start(tiles - 2, writer, writers)};
        make_tiles(g, &s, (uint32_t)(list.to - h->tile), 2 + tl_share_start(tiles - 2, writer + 1, writers), NULL,
                   &list);
        put_list(g, &list);
    }
}

typedef struct run_arguments {
    tl_matvec_stream_f32 *kernel;
    tl_gate gate;
    tl_gate_state *state;
    tl_matvec_stream stream; /* of the first round */
    uint32_t offset, each;   /* floats from a tile to the core's part of it, and for each unit */
    uint32_t x, init, y;     /* from round to round */
    const float *mask;       /* NULL, or for y: it is 0 where this is 0 or below */
    uint16_t rounds, lines;
    uint32_t relu; /* y = max(y, 0) */
    uint8_t tiles[MOST_ROUNDS];
} run_arguments;

typedef struct part {
    const tl_gate *gate;
    tl_gate_state *state;
    uint32_t offset, each;
} part;

__attribute__((aligned(16))) static tl_matvec_piece next_piece(void *of) {
    const part *p = of;
    const tl_tile *tile = tl_gate_pass(p->gate, p->state);
    const uint32_t units = tile->units;
    return (tl_matvec_piece){(float *)(void *)tile->l1 + p->offset + p->each * units, units};
}

__attribute__((aligned(16))) static void run_leaf(const void *arguments) {
    const run_arguments *a = arguments;
    part p = {&a->gate, a->state, a->offset, a->each};
    tl_matvec_stream stream = a->stream;
    stream.next = next_piece;
    stream.of = &p;
    for (uint32_t round = 0; round < a->rounds; ++round) {
        stream.pieces = a->tiles[round];
        a->kernel(&stream);
        if (a->relu)
            tl_relu_f32(a->lines, stream.y, stream.y);
        if (a->mask)
            tl_relu_grad_f32(a->lines, a->mask + round * a->y, stream.y, stream.y);
        if (stream.y)
            stream.y += a->y;
        if (stream.x)
            stream.x += a->x;
        if (stream.init)
            stream.init += a->init;
    }
    if (a->gate.out)
        tl_gate_end(&a->gate, a->state);
}

void tl_gated_run(const tl_gated *g, float *const vector[TL_STREAM_ROLES]) {
    const tl_stream_pass *pass = g->pass;
    const uint32_t id = g->team->id;
    shape s;
    (void)find_shape(g, &s);
    const uint32_t own = id * s.lines, round = s.lines * g->team->n;
    run_arguments a = {.kernel = s.kernel,
                       .state = &header_of(g)->state[id],
                       .stream = {.pitch = 4 * (int32_t)round,
                                  .x = vector[TL_STREAM_X],
                                  .dy = vector[TL_STREAM_DY],
                                  .y = vector[TL_STREAM_Y] ? vector[TL_STREAM_Y] + own : NULL},
                       .y = round,
                       .rounds = (uint16_t)s.rounds,
                       .lines = (uint16_t)s.lines,
                       .relu = pass->relu};
    if (vector[TL_STREAM_MASK])
        a.mask = vector[TL_STREAM_MASK] + own;
    if (pass->by_rows) {
        a.each = own;
        a.init = round;
        a.stream.dy = NULL;
        if (vector[TL_STREAM_BIAS])
            a.stream.init = vector[TL_STREAM_BIAS] + own;
    } else {
        a.offset = own;
        if (a.stream.x) {
            a.stream.x += own;
            a.x = round;
        }
    }
    a.gate = gate_of(g, &s, count_tiles(g, &s, a.tiles));
    tl_do(g->team, run_leaf, &a, sizeof a);
}

typedef struct out_arguments {
    tl_gate gate;
    tl_gate_state *state;
} out_arguments;

static void out_leaf(const void *arguments) {
    const out_arguments *a = arguments;
    tl_gate_out(&a->gate, a->state);
}

void tl_gated_end(const tl_gated *g) {
    shape s;
    uint8_t each[MOST_ROUNDS];
    (void)find_shape(g, &s);
    const out_arguments a = {gate_of(g, &s, count_tiles(g, &s, each)), &header_of(g)->state[g->team->id]};
    if (a.gate.out && g->team->id + 1 == g->team->n)
        tl_do(g->team, out_leaf, &a, sizeof a);
}
