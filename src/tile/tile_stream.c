/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_stream.h"
#include "src/kernel/vector.h"
#include "src/tile/leaf.h"
#include "src/tile/share.h"

enum { BUFFERS = 3, TILES = 4, IN = 0, OUT = 2 }; /* slots: IN, IN + 1, OUT, OUT + 1 in turn */

typedef struct tile {
    uint32_t at, rows;
    float *l1;
} tile;

typedef struct stream {
    const tl_team *team;
    const tl_stream_pass *pass;
    uint32_t buffer_floats;
    float *ring;
    uint32_t buffer; /* of the next tile that comes in */
    uint32_t at;     /* its first row */
    uint32_t rows;   /* of the tile before it; 0: none */
    float *vector[TL_STREAM_ROLES];
    const float *x_in; /* where x stands before it is multiplied */
} stream;

static uint32_t vector_floats(const tl_stream_pass *pass, uint32_t role) {
    bool as_rows = role == TL_STREAM_DY || role == TL_STREAM_BIAS || (role == TL_STREAM_Y && pass->by_rows);
    return as_rows ? pass->rows : pass->cols;
}

static uint32_t tile_rows(const tl_stream_pass *pass) {
    return pass->tile_rows < pass->rows ? pass->tile_rows : pass->rows;
}

uint64_t tl_stream_pass_bytes(const tl_stream_pass *pass) {
    uint64_t floats = (uint64_t)BUFFERS * tile_rows(pass) * pass->cols;
    for (uint32_t i = 0; i < TL_STREAM_ROLES; ++i)
        floats += pass->vector[i] ? vector_floats(pass, i) : 0;
    return 4 * floats;
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
        part.x = part.x ? part.x + from : NULL;
    }
    part.y = part.y ? part.y + from : NULL;
    part.init = part.init ? part.init + from : NULL;
    return part;
}

static void transfer(const tl_team *team, uint32_t slot, tl_dma_direction direction, float *l1, const float *l2,
                     uint32_t floats) {
    tl_dma_box box = {
        .l1 = (char *)l1, .l2 = (char *)(uintptr_t)l2, .rows = 1, .segments = 1, .bytes = 4 * floats, .l1_pitch = 0};
    tl_dma_start(team, slot, direction, &box);
}

/*
 * Rows of the next tile. Where W goes back it is as large as to come in while the one before is worked on, so a little
 * larger than that one; and from some place on as many smaller as to go out in time. Otherwise only the last ones
 * shrink, to multiples of eight: the cores have whole rows.
 */
static uint32_t next_rows(const stream *s) {
    enum { LEAST_BYTES = 4096, MORE_BYTES = 4096, EIGHT = 8 };

    const tl_stream_pass *pass = s->pass;
    uint32_t most = tile_rows(pass), left = pass->rows - s->at, row = 4 * pass->cols;
    uint32_t least = pass->changed ? LEAST_BYTES / row + 1 : EIGHT;
    uint32_t more = pass->changed ? MORE_BYTES / row + 1 : EIGHT;
    if (least > most)
        least = most;
    if (pass->changed && most > s->rows + more)
        most = s->rows ? s->rows + more : least;
    uint32_t rows = least, sum = least;
    while (rows + more <= most && sum + rows + more <= left) {
        rows += more;
        sum += rows;
    }
    if (left <= rows + least / 2 && left <= most)
        return left;
    return rows < left ? rows : left;
}

static tile begin(stream *s, uint32_t slot) {
    tile t = {.at = s->at, .rows = next_rows(s), .l1 = s->ring + s->buffer * s->buffer_floats};
    s->at += t.rows;
    s->rows = t.rows;
    s->buffer = s->buffer + 1 < BUFFERS ? s->buffer + 1 : 0;
    transfer(s->team, slot, TL_DMA_IN, t.l1, s->pass->w + t.at * s->pass->cols, t.rows * s->pass->cols);
    return t;
}

static void end(const stream *s, uint32_t slot, const tile *t) {
    transfer(s->team, slot, TL_DMA_OUT, t->l1, s->pass->w + t->at * s->pass->cols, t->rows * s->pass->cols);
}

/* Places for the vectors, those in L1 already where they are. Returns the first place behind them. */
static float *place_vectors(stream *s) {
    const tl_stream_pass *pass = s->pass;
    float *place = (float *)(void *)tl_l1(s->team);
    for (uint32_t i = 0; i < TL_STREAM_ROLES; ++i) {
        float *vector = pass->vector[i];
        bool kept = vector && tl_in_l1(s->team, vector);
        s->vector[i] = !vector || kept ? vector : place;
        if (i == TL_STREAM_X) {
            s->x_in = s->vector[i];
            if (vector && pass->rate)
                s->vector[i] = place;
        }
        if (s->vector[i] == place)
            place += vector_floats(pass, i);
    }
    return place;
}

static void fetch_vectors(const stream *s, uint32_t slot) {
    for (uint32_t i = 0; i < TL_STREAM_Y; ++i) {
        const float *vector = s->pass->vector[i];
        if (vector && !tl_in_l1(s->team, vector))
            transfer(s->team, slot, TL_DMA_IN, s->vector[i], vector, vector_floats(s->pass, i));
    }
}

static void store_vectors(const stream *s, uint32_t slot) {
    const tl_stream_pass *pass = s->pass;
    for (uint32_t i = 0; i < TL_STREAM_ROLES; ++i) {
        bool out = i == TL_STREAM_Y || (i == TL_STREAM_BIAS && !pass->by_rows);
        if (out && pass->vector[i] && !tl_in_l1(s->team, pass->vector[i]))
            transfer(s->team, slot, TL_DMA_OUT, s->vector[i], pass->vector[i], vector_floats(pass, i));
    }
}

typedef struct rate_arguments {
    const float *rate, *x;
    float *y;
    uint32_t n;
} rate_arguments;

static void scale_leaf(const void *arguments) {
    const rate_arguments *a = arguments;
    float rate = *a->rate;
    for (uint32_t i = 0; i < a->n; ++i)
        a->y[i] = rate * a->x[i];
}

static void bias_leaf(const void *arguments) {
    const rate_arguments *a = arguments;
    tl_sgd_plain_f32(a->n, *a->rate, a->y, a->x);
}

/* What is done with the vectors before the first tile, each core its share. */
static void prepare(const stream *s) {
    const tl_stream_pass *pass = s->pass;
    const tl_team *team = s->team;
    if (!pass->rate)
        return;
    uint32_t from = tl_share_start(pass->cols, team->id, team->n);
    uint32_t count = tl_share_start(pass->cols, team->id + 1, team->n) - from;
    rate_arguments scale = {.rate = pass->rate, .x = s->x_in + from, .y = s->vector[TL_STREAM_X] + from, .n = count};
    if (count > 0)
        tl_do(team, scale_leaf, &scale, sizeof scale);
    from = tl_share_start(pass->rows, team->id, team->n);
    count = tl_share_start(pass->rows, team->id + 1, team->n) - from;
    if (count > 0 && s->vector[TL_STREAM_BIAS]) {
        rate_arguments bias = {
            .rate = pass->rate, .x = s->vector[TL_STREAM_DY] + from, .y = s->vector[TL_STREAM_BIAS] + from, .n = count};
        tl_do(team, bias_leaf, &bias, sizeof bias);
    }
}

typedef struct matvec_arguments {
    tl_matvec problem;
    tl_matvec_kernel_f32 *kernel;
    uintptr_t unused;
} matvec_arguments;

static void matvec_leaf(const void *arguments) {
    const matvec_arguments *a = arguments;
    a->kernel(&a->problem);
}

static void compute(const stream *s, const tile *t) {
    const tl_stream_pass *pass = s->pass;
    tl_matvec problem = {.w = t->l1,
                         .pitch = 4 * (int32_t)pass->cols,
                         .rows = t->rows,
                         .cols = pass->cols,
                         .x = s->vector[TL_STREAM_X],
                         .y = s->vector[TL_STREAM_Y]};
    if (pass->by_rows) {
        problem.y += t->at;
        problem.init = s->vector[TL_STREAM_BIAS] ? s->vector[TL_STREAM_BIAS] + t->at : NULL;
    } else {
        problem.dy = s->vector[TL_STREAM_DY] + t->at;
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
    if (s->vector[TL_STREAM_MASK] && t->at + t->rows == pass->rows)
        tl_do_relu_grad(s->team, part->cols, s->vector[TL_STREAM_MASK] + (part->y - s->vector[TL_STREAM_Y]), part->y,
                        part->y);
}

/* W stands in L1: one tile, where it is. */
static void run_in_place(stream *s) {
    const tile all = {.rows = s->pass->rows, .l1 = s->pass->w};
    fetch_vectors(s, IN);
    tl_dma_wait(s->team, IN);
    tl_barrier(s->team);
    prepare(s);
    compute(s, &all);
    tl_barrier(s->team);
}

static void run_tiles(stream *s) {
    const tl_team *team = s->team;
    const tl_stream_pass *pass = s->pass;
    tile tiles[TILES];
    tiles[0] = begin(s, IN);
    fetch_vectors(s, IN);
    uint32_t count = 1;
    /* Where W goes back, one buffer has what goes out. */
    const uint32_t ahead = pass->changed ? 1 : 2;
    for (; count < ahead && s->at < pass->rows; ++count)
        tiles[count] = begin(s, IN + (count & 1));
    for (uint32_t t = 0; t < count; ++t) {
        const uint32_t odd = t & 1;
        tl_dma_wait(team, IN + odd);
        if (pass->changed)
            tl_dma_wait(team, OUT + odd);
        tl_barrier(team);
        if (s->at < pass->rows) {
            tiles[count % TILES] = begin(s, IN + (count & 1));
            ++count;
        }
        if (pass->changed && t > 0)
            end(s, OUT + 1 - odd, &tiles[(t - 1) % TILES]);
        if (t == 0)
            prepare(s);
        compute(s, &tiles[t % TILES]);
    }
    tl_barrier(team);
    if (pass->changed)
        end(s, OUT + 1 - (count & 1), &tiles[(count - 1) % TILES]);
}

void tl_stream_run(const tl_team *team, const tl_stream_pass *pass) {
    stream s = {.team = team, .pass = pass};
    s.buffer_floats = tile_rows(pass) * pass->cols;
    s.ring = place_vectors(&s);
    if (tl_in_l1(team, pass->w))
        run_in_place(&s);
    else
        run_tiles(&s);
    store_vectors(&s, IN);
    tl_dma_wait(team, IN);
    tl_dma_wait(team, OUT);
    tl_dma_wait(team, OUT + 1);
    tl_barrier(team);
}
