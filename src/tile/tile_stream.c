/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_stream.h"
#include "src/hal/hal.h"
#include "src/tile/leaf.h"
#include "src/tile/share.h"
#include "src/tile/tile_gated.h"

/* Slots of transfers: of tiles in turn, and of vectors. */
enum { IN = 0, OUT = 2, VECTORS_IN = 4, VECTORS_OUT = 5 };
enum { BUFFERS = 3, TILES = 4, PASSES = 3 };

typedef struct tile {
    uint32_t pass, at, rows;
    bool first, moved; /* of its pass; through a buffer */
    float *l1;
} tile;

/* Where a pass has its vectors. */
typedef struct place {
    float *at[TL_STREAM_ROLES];
    float *x_in; /* x before it is multiplied */
} place;

typedef struct stream {
    const tl_team *team;
    const tl_stream_list *list;
    uint32_t area_floats, buffer_floats;
    float *areas, *ring;
    uint32_t start, end;     /* the passes that run together: the first, and behind the last */
    tl_stream_pass *passes;  /* a ring of PASSES */
    place *places;           /* likewise */
    tile *tiles;             /* a ring of TILES */
    uint32_t count;          /* of tiles begun so far */
    uint32_t pass, at, rows; /* of the next tile: its pass, its first row; rows of the one before it, 0: none */
    uint32_t placed;         /* passes whose vectors have been fetched */
    bool storing;
} stream;

static tl_stream_pass *pass_at(const stream *s, uint32_t number) {
    return &s->passes[number % PASSES];
}

static uint32_t vector_floats(const tl_stream_pass *pass, uint32_t role) {
    bool as_columns = role == TL_STREAM_X || role == TL_STREAM_MASK || (role == TL_STREAM_Y && !pass->by_rows);
    return as_columns ? pass->cols : pass->rows;
}

static uint32_t tile_rows(const tl_stream_pass *pass) {
    return pass->tile_rows < pass->rows ? pass->tile_rows : pass->rows;
}

static uint32_t matrices(const tl_stream_pass *pass) {
    return 1u + (pass->state[0] != NULL) + (pass->state[1] != NULL);
}

/* The largest vectors and tiles of a list. Returns how many passes have vectors in L1 at once. */
static uint32_t measure(const tl_stream_list *list, uint64_t *area, uint64_t *buffer) {
    *area = *buffer = 0;
    for (uint32_t i = 0; i < list->count; ++i) {
        tl_stream_pass pass;
        list->make(list->of, i, &pass);
        uint64_t floats = (uint64_t)matrices(&pass) * tile_rows(&pass) * pass.cols, vectors = 0;
        for (uint32_t role = 0; role < TL_STREAM_ROLES; ++role)
            vectors += pass.vector[role] ? vector_floats(&pass, role) : 0;
        *buffer = floats > *buffer ? floats : *buffer;
        *area = vectors > *area ? vectors : *area;
    }
    return list->count < PASSES ? list->count : PASSES;
}

uint64_t tl_stream_bytes(const tl_stream_list *list) {
    uint64_t area, buffer, areas = measure(list, &area, &buffer);
    return 4 * (areas * area + BUFFERS * buffer);
}

static float *moved_on(float *vector, uint32_t by) {
    return vector ? vector + by : NULL;
}

tl_matvec tl_stream_share(const tl_matvec *problem, bool by_rows, uint32_t id, uint32_t n) {
    tl_matvec part = *problem;
    uint32_t all = by_rows ? problem->rows : problem->cols;
    uint32_t from = tl_share_start(all, id, n), count = tl_share_start(all, id + 1, n) - from;
    if (by_rows) {
        part.rows = count;
        part.w += (int32_t)from * (part.pitch / 4);
    } else {
        part.cols = count;
        part.w += from;
        part.state[0] = moved_on(part.state[0], from);
        part.state[1] = moved_on(part.state[1], from);
        part.x = part.x ? part.x + from : NULL;
    }
    part.y = moved_on(part.y, from);
    part.init = part.init ? part.init + from : NULL;
    return part;
}

/* Vectors are moved all at once, by a core each as far as there are four. */
static void transfer(const tl_team *team, uint32_t role, tl_dma_direction direction, float *l1, const float *l2,
                     uint32_t floats) {
    const uint32_t slot = direction == TL_DMA_IN ? VECTORS_IN : VECTORS_OUT;
    tl_dma_box box = {.l1 = (char *)l1,
                      .l2 = (char *)(uintptr_t)l2,
                      .rows = 1,
                      .segments = 1,
                      .bytes = 4 * floats,
                      .l1_pitch = 0,
                      .from_end = (role + 2 * (role / 4)) % 4};
    tl_dma_start(team, slot, direction, &box);
}

/*
 * Rows of the next tile. Where W goes back the very first tiles grow: each is as large as to come in while the one
 * before is worked on. Towards the very end tiles shrink, where W goes back to a size that goes out in time. All others
 * are as even as can be. Where the cores have whole rows, multiples of eight.
 */
static uint32_t next_rows(const stream *s, const tl_stream_pass *pass) {
    enum { LEAST_BYTES = 4096, MORE_BYTES = 4096, EIGHT = 8 };

    uint32_t most = tile_rows(pass), left = pass->rows - s->at, row = 4 * pass->cols * matrices(pass);
    uint32_t least = pass->changed ? LEAST_BYTES / row + 1 : EIGHT;
    uint32_t more = pass->changed ? MORE_BYTES / row + 1 : EIGHT;
    const bool growing = pass->changed && s->pass == s->start;
    if (pass->by_rows && most > EIGHT)
        most -= most % EIGHT;
    if (least > most)
        least = most;
    if (growing && most > s->rows + more)
        most = s->rows ? s->rows + more : least;
    if (s->pass + 1 < s->end) {
        uint32_t tiles = (left + most - 1) / most, even = (left + tiles - 1) / tiles;
        uint32_t whole = pass->by_rows ? (even + EIGHT - 1) / EIGHT * EIGHT : even;
        if (growing && most < tile_rows(pass))
            whole = left <= most + least / 2 && left <= tile_rows(pass) ? left : most;
        return whole <= tile_rows(pass) && whole <= left ? whole : even;
    }
    uint32_t rows = least, sum = least;
    while (rows + more <= most && sum + rows + more <= left) {
        rows += more;
        sum += rows;
    }
    if (left <= rows + least / 2 && left <= most)
        return left;
    return rows < left ? rows : left;
}

/* The matrices of a tile, W and its state one behind the other. */
static void move(const stream *s, uint32_t slot, tl_dma_direction direction, const tile *t) {
    const tl_stream_pass *pass = pass_at(s, t->pass);
    for (uint32_t i = 0; i < matrices(pass); ++i) {
        const float *matrix = i == 0 ? pass->w : pass->state[i - 1];
        tl_dma_box box = {.l1 = (char *)(t->l1 + i * t->rows * pass->cols),
                          .l2 = (char *)(uintptr_t)(matrix + (size_t)t->at * pass->pitch),
                          .rows = t->rows,
                          .segments = 1,
                          .bytes = 4 * pass->cols,
                          .l1_pitch = 4 * pass->cols,
                          .l2_segment = 4 * pass->cols,
                          .l2_pitch = 4 * pass->pitch};
        if (pass->pitch == pass->cols) {
            box.bytes *= t->rows;
            box.rows = 1;
        }
        tl_dma_start(s->team, slot, direction, &box);
    }
}

static bool stands_in_l1(const stream *s, const tl_stream_pass *pass) {
    bool all = tl_in_l1(s->team, pass->w);
    for (uint32_t i = 0; i < TL_STREAM_STATES; ++i)
        all = all && (!pass->state[i] || tl_in_l1(s->team, pass->state[i]));
    return all;
}

/* Begins the next tile. Matrices that stand in L1 are one, where they are. */
static void begin(stream *s) {
    tl_stream_pass *pass = pass_at(s, s->pass);
    if (s->at == 0)
        s->list->make(s->list->of, s->pass, pass);
    tile *t = &s->tiles[s->count % TILES];
    *t = (tile){.pass = s->pass, .at = s->at, .first = s->at == 0, .moved = !stands_in_l1(s, pass)};
    t->rows = t->moved ? next_rows(s, pass) : pass->rows;
    t->l1 = t->moved ? s->ring + s->count % BUFFERS * s->buffer_floats : pass->w;
    if (t->moved)
        move(s, IN + (s->count & 1), TL_DMA_IN, t);
    s->rows = t->rows;
    s->at += t->rows;
    ++s->count;
    if (s->at == pass->rows) {
        s->at = 0;
        ++s->pass;
    }
}

static bool goes_back(const stream *s, const tile *t) {
    return t->moved && pass_at(s, t->pass)->changed;
}

/*
 * Begins what may begin while tile `now` is worked on: of this pass or the next, into a buffer that is free, that is
 * whose last tile has been worked on and is not still on its way out.
 */
static void begin_more(stream *s, uint32_t now) {
    while (s->pass < s->end && s->pass <= s->tiles[now % TILES].pass + 1 && s->count <= now + 2) {
        if (now > 0 && s->count == now + 2 && goes_back(s, &s->tiles[(now - 1) % TILES]))
            return;
        begin(s);
    }
}

/* Where this vector stands in L1 since the pass before: one of its own, which are there long enough. */
static float *from_before(const stream *s, uint32_t number, const float *vector, uint32_t floats) {
    if (number == s->start)
        return NULL;
    const tl_stream_pass *before = pass_at(s, number - 1);
    const place *there = &s->places[(number - 1) % PASSES];
    const float *area = s->areas + (number - 1) % PASSES * s->area_floats;
    for (uint32_t i = 0; i < TL_STREAM_ROLES; ++i) {
        float *at = there->at[i];
        const bool as_it_was = (i != TL_STREAM_X || !before->rate) && vector_floats(before, i) >= floats;
        if (before->vector[i] == vector && as_it_was && (uintptr_t)at - (uintptr_t)area < 4 * s->area_floats)
            return at;
    }
    return NULL;
}

/* Places for the vectors of the next pass; those in L1 already stay where they are. The rest begin to come in. */
static void fetch_vectors(stream *s) {
    const uint32_t number = s->placed++;
    const tl_stream_pass *pass = pass_at(s, number);
    place *p = &s->places[number % PASSES];
    float *const area = s->areas + number % PASSES * s->area_floats, *free = area;
    for (uint32_t i = 0; i < TL_STREAM_ROLES; ++i) {
        float *vector = pass->vector[i], *at = vector;
        const bool only_read =
            i == TL_STREAM_X || i == TL_STREAM_DY || i == TL_STREAM_MASK || (i == TL_STREAM_BIAS && pass->by_rows);
        if (vector && !tl_in_l1(s->team, vector)) {
            at = only_read ? from_before(s, number, vector, vector_floats(pass, i)) : NULL;
            if (!at && i == TL_STREAM_MASK && vector == pass->vector[TL_STREAM_X])
                at = p->x_in;
            if (!at) {
                at = free;
                free += vector_floats(pass, i);
                if (i != TL_STREAM_Y)
                    transfer(s->team, i, TL_DMA_IN, at, vector, vector_floats(pass, i));
            }
        }
        p->at[i] = at;
        if (i == TL_STREAM_X) {
            p->x_in = at;
            /* Multiplied in place, unless it is not this pass's own or needed as it is. */
            if (vector && pass->rate && (at != area || vector == pass->vector[TL_STREAM_MASK])) {
                p->at[i] = free;
                free += pass->cols;
            }
        }
    }
}

static void store_vectors(stream *s, uint32_t number) {
    const tl_stream_pass *pass = pass_at(s, number);
    const place *p = &s->places[number % PASSES];
    for (uint32_t i = TL_STREAM_BIAS; i < TL_STREAM_ROLES; ++i) {
        const bool out = i == TL_STREAM_Y ? !pass->inner : i != TL_STREAM_MASK && !pass->by_rows;
        if (out && pass->vector[i] && pass->vector[i] != p->at[i])
            transfer(s->team, i, TL_DMA_OUT, p->at[i], pass->vector[i], vector_floats(pass, i));
    }
    s->storing = true;
}

typedef struct scale_arguments {
    const float *rate, *x;
    float *y;
    uint16_t n, rounds;
    uint32_t step; /* elements from round to round */
} scale_arguments;

static void scale_leaf(const void *arguments) {
    const scale_arguments *a = arguments;
    const float rate = *a->rate;
    for (uint32_t round = 0; round < a->rounds; ++round) {
        const float *x = a->x + round * a->step;
        float *y = a->y + round * a->step;
        uint32_t n = a->n;
        /* Two at once: no load is waited for. x may be y. */
        for (; n >= 2; n -= 2, x += 2, y += 2) {
            const float x0 = x[0], x1 = x[1];
            y[0] = rate * x0;
            y[1] = rate * x1;
        }
        if (n)
            *y = rate * *x;
    }
}

static void bias_leaf(const void *arguments) {
    const tl_stream_bias *part = arguments;
    part->update(part);
}

/* What each core does by itself before the first tile, for columns of its own: those that it will read. */
static void prepare(const stream *s, const tl_stream_pass *pass, const place *p, const tl_gated *g) {
    const tl_team *team = s->team;
    if (pass->by_rows || !pass->rate)
        return;
    uint32_t from = tl_share_start(pass->cols, team->id, team->n), rounds = 1;
    uint32_t count = tl_share_start(pass->cols, team->id + 1, team->n) - from, step = 0;
    if (g) {
        count = tl_gated_lines(g, &rounds);
        from = team->id * count;
        step = team->n * count;
    }
    if (count > 0) {
        float *y = p->at[TL_STREAM_X] + from;
        scale_arguments x = {pass->rate, p->x_in + from, y, (uint16_t)count, (uint16_t)rounds, step};
        tl_do(team, scale_leaf, &x, sizeof x);
    }
}

/* And for rows of its own: the vectors that change with W. */
static void change_bias(const stream *s, const tl_stream_pass *pass, const place *p) {
    const tl_team *team = s->team;
    const uint32_t from = tl_share_start(pass->rows, team->id, team->n);
    const uint32_t count = tl_share_start(pass->rows, team->id + 1, team->n) - from;
    if (!pass->by_rows && count > 0 && p->at[TL_STREAM_BIAS]) {
        tl_stream_bias bias = {
            .update = pass->bias,
            .options = pass->options,
            .b = p->at[TL_STREAM_BIAS] + from,
            .state = {moved_on(p->at[TL_STREAM_BIAS_STATE0], from), moved_on(p->at[TL_STREAM_BIAS_STATE1], from)},
            .dy = p->at[TL_STREAM_DY] + from,
            .n = count};
        tl_do(team, bias_leaf, &bias, sizeof bias);
    }
}

typedef struct matvec_arguments {
    tl_matvec_kernel_f32 *kernel;
    tl_matvec problem;
} matvec_arguments;

static void matvec_leaf(const void *arguments) {
    const matvec_arguments *a = arguments;
    a->kernel(&a->problem);
}

static void compute(const stream *s, const tile *t) {
    const tl_stream_pass *pass = pass_at(s, t->pass);
    const place *p = &s->places[t->pass % PASSES];
    tl_matvec problem = {.w = t->l1,
                         .pitch = 4 * (int32_t)(t->moved ? pass->cols : pass->pitch),
                         .rows = t->rows,
                         .cols = pass->cols,
                         .x = p->at[TL_STREAM_X],
                         .y = p->at[TL_STREAM_Y],
                         .options = pass->options};
    for (uint32_t i = 0; i < TL_STREAM_STATES && pass->state[i]; ++i)
        problem.state[i] = t->moved ? t->l1 + (i + 1) * t->rows * pass->cols : pass->state[i];
    if (pass->by_rows) {
        problem.y += t->at;
        problem.init = moved_on(p->at[TL_STREAM_BIAS], t->at);
    } else {
        problem.dy = p->at[TL_STREAM_DY] + t->at;
        problem.init = t->at > 0 ? problem.y : NULL;
    }
    matvec_arguments arguments = {.problem = tl_stream_share(&problem, pass->by_rows, s->team->id, s->team->n),
                                  .kernel = pass->kernel};
    const tl_matvec *part = &arguments.problem;
    if (part->rows == 0 || part->cols == 0)
        return;
    tl_do(s->team, matvec_leaf, &arguments, sizeof arguments);
    if (pass->relu)
        tl_do_relu(s->team, part->rows, part->y, part->y);
    if (p->at[TL_STREAM_MASK] && t->at + t->rows == pass->rows)
        tl_do_relu_grad(s->team, part->cols, p->at[TL_STREAM_MASK] + (part->y - p->at[TL_STREAM_Y]), part->y, part->y);
}

/*
 * While tile t is worked on, whether the vectors of the next pass may come in: it has begun, and what it may need of
 * the pass before this one is out.
 */
static bool may_fetch_vectors(const stream *s, const tile *t) {
    const bool begun = s->tiles[(s->count - 1) % TILES].pass > t->pass, next = s->placed == t->pass + 1;
    return begun && next && (!t->first || t->pass == s->start || pass_at(s, s->placed)->early);
}

static tl_gated gated(const stream *s, const tl_stream_pass *pass) {
    return (tl_gated){.team = s->team, .pass = pass, .room = s->ring, .room_floats = BUFFERS * s->buffer_floats};
}

/* One pass by itself, with gates. */
static void run_gated(stream *s) {
    const tl_team *team = s->team;
    tl_stream_pass *pass = pass_at(s, s->start);
    s->list->make(s->list->of, s->start, pass);
    const tl_gated g = gated(s, pass);
    const place *p = &s->places[s->start % PASSES];
    fetch_vectors(s);
    tl_gated_begin(&g);
    tl_dma_wait(team, VECTORS_IN);
    tl_barrier(team);
    prepare(s, pass, p, &g);
    tl_gated_run(&g, p->at);
    /* The last tile is still on its way out. */
    change_bias(s, pass, p);
    tl_barrier(team);
    store_vectors(s, s->start);
    s->storing = false;
    tl_gated_end(&g);
    tl_dma_wait(team, VECTORS_OUT);
    tl_barrier(team);
}

/* Passes s->start to s->end - 1, each of which may begin before the one in front of it has ended. */
static void run_together(stream *s) {
    const tl_team *team = s->team;
    begin(s);
    fetch_vectors(s);
    if (s->pass < s->end)
        begin(s);
    for (uint32_t now = 0; now < s->count; ++now) {
        const uint32_t odd = now & 1;
        const tile *t = &s->tiles[now % TILES], *before = &s->tiles[(now - 1) % TILES];
        tl_dma_wait(team, IN + odd);
        tl_dma_wait(team, OUT + odd);
        if (s->storing)
            tl_dma_wait(team, VECTORS_OUT);
        s->storing = false;
        if (t->first) {
            if (s->placed == t->pass) {
                tl_barrier(team);
                fetch_vectors(s);
            }
            tl_dma_wait(team, VECTORS_IN);
        }
        tl_barrier(team);
        begin_more(s, now);
        if (now > 0 && t->first)
            store_vectors(s, before->pass);
        if (now > 0 && goes_back(s, before))
            move(s, OUT + 1 - odd, TL_DMA_OUT, before);
        if (may_fetch_vectors(s, t))
            fetch_vectors(s);
        if (t->first) {
            prepare(s, pass_at(s, t->pass), &s->places[t->pass % PASSES], NULL);
            change_bias(s, pass_at(s, t->pass), &s->places[t->pass % PASSES]);
        }
        compute(s, t);
    }
    const tile *last = &s->tiles[(s->count - 1) % TILES];
    tl_barrier(team);
    if (goes_back(s, last))
        move(s, OUT + 1 - (s->count & 1), TL_DMA_OUT, last);
    store_vectors(s, last->pass);
    s->storing = false;
    tl_dma_wait(team, VECTORS_OUT);
    tl_dma_wait(team, OUT);
    tl_dma_wait(team, OUT + 1);
    tl_barrier(team);
}

static bool is_gated(const stream *s, uint32_t number) {
    tl_stream_pass pass;
    s->list->make(s->list->of, number, &pass);
    const tl_gated g = gated(s, &pass);
    return tl_gated_suits(&g);
}

static bool is_ahead(const tl_stream_list *list, uint32_t number) {
    tl_stream_pass pass;
    list->make(list->of, number, &pass);
    return pass.ahead;
}

void tl_stream_run(const tl_team *team, const tl_stream_list *list) {
    tl_stream_pass passes[PASSES];
    place places[PASSES];
    tile tiles[TILES];
    uint64_t area, buffer;
    const uint32_t areas = measure(list, &area, &buffer);
    stream s = {.team = team, .list = list, .passes = passes, .places = places, .tiles = tiles};
    s.area_floats = (uint32_t)area;
    s.buffer_floats = (uint32_t)buffer;
    s.areas = (float *)(void *)tl_l1(team);
    s.ring = s.areas + areas * s.area_floats;
    while (s.end < list->count) {
        s.start = s.pass = s.placed = s.end++;
        while (s.end < list->count && is_ahead(list, s.end))
            ++s.end;
        s.count = s.rows = 0;
        if (s.end == s.start + 1 && is_gated(&s, s.start))
            run_gated(&s);
        else
            run_together(&s);
    }
}
