/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_strips.h"
#include "src/hal/hal.h"
#include "src/tile/share.h"

enum { BUFFERS = 2 };

/* How a tensor's part of a piece moves. */
typedef struct strips_run {
    char *l2;       /* of the first unit */
    uint32_t l1;    /* in a buffer */
    uint32_t bytes; /* of a unit, in one row of it */
    uint32_t skip;  /* from the end of a row of units to the next */
    uint32_t rows, pitch;
} strips_run;

/* A core's whole pass, as one leaf. */
typedef struct strips_pass {
    tl_strips_kernel *kernel;
    uint32_t channels, width;
    strips_run run[TL_STRIPS_TENSORS];
    uint32_t in, all;      /* of these */
    char *place;           /* the core's buffers */
    uint32_t size;         /* of a buffer */
    uint32_t row, column;  /* of the first unit */
    uint32_t left;         /* units */
    uint32_t piece, least; /* units at a time: at the most, and the first time */
} strips_pass;

/* `n` units of a row. */
typedef struct strip {
    uint32_t row, unit, n;
} strip;

/* The first pieces and the last ones are short; what is left of a row is not much shorter than others. */
static inline uint32_t strip_size(const strips_pass *pass, uint32_t in_row, uint32_t left, uint32_t before) {
    uint32_t size = left > 2 * pass->least ? left / 2 : left;
    size = size < 4 * before ? size : 4 * before;
    size = size < pass->piece ? size : pass->piece;
    if (in_row <= left && in_row < 2 * size)
        size = in_row <= pass->piece && 2 * in_row <= 3 * size ? in_row : in_row / 2;
    return size ? size : 1;
}

static inline void move(tl_dma_direction direction, const strips_run *run, const strips_run *end, const strip *part,
                        char *buffer) {
    for (; run < end; ++run) {
        char *l1 = buffer + run->l1, *l2 = run->l2 + part->unit * run->bytes + part->row * run->skip;
        const uint32_t bytes = part->n * run->bytes;
        if (run->rows > 1)
            tl_dma_put_rows(direction, l1, l2, run->rows, bytes, run->pitch);
        else
            tl_dma_put(direction, l1, l2, bytes);
    }
}

/* When a piece is in, the one before the last is out. */
static void pass_leaf(const void *arguments) {
    const strips_pass *pass = arguments;
    const strips_run *const in = pass->run, *const out = in + pass->in, *const end = in + pass->all;
    const tl_lane lane = tl_dma_open();
    tl_strips_piece piece = {.channels = pass->channels};
    char *now = pass->place, *other = now + pass->size;
    uint32_t left = pass->left, in_row = pass->width - pass->column;
    strip before = {0}, here = {pass->row, pass->row * pass->width + pass->column, 0};
    here.n = strip_size(pass, in_row, left, pass->least);
    if (here.n > pass->least)
        here.n = pass->least;
    move(TL_DMA_IN, in, out, &here, now);
    for (;;) {
        strip next = {here.row, here.unit + here.n, 0};
        in_row -= here.n;
        if (in_row == 0) {
            in_row = pass->width;
            ++next.row;
        }
        left -= here.n;
        tl_dma_await(lane);
        if (before.n)
            move(TL_DMA_OUT, out, end, &before, other);
        if (left) {
            next.n = strip_size(pass, in_row, left, here.n);
            move(TL_DMA_IN, in, out, &next, other);
        }
        uint32_t i = 0;
        for (const strips_run *run = in; run < end; ++run)
            piece.data[i++] = now + run->l1;
        piece.n = here.n;
        pass->kernel(&piece);
        if (!left)
            break;
        before = here;
        here = next;
        char *swapped = now;
        now = other;
        other = swapped;
    }
    move(TL_DMA_OUT, out, end, &here, now);
    tl_dma_await(lane);
    tl_dma_close(lane);
}

bool tl_strips_run(const tl_team *team, const tl_strips *strips, uint32_t l1_bytes) {
    enum { MOST_BYTES = 1024, LEAST_BYTES = 1024, LEAST = 2 }; /* bytes of what comes in, or goes out; units */
    uint32_t in = 0, all = 0;
    for (uint32_t i = 0; i < strips->in + strips->out; ++i) {
        const uint32_t bytes = strips->tensor[i].rows * strips->tensor[i].bytes;
        in += i < strips->in ? bytes : 0;
        all += bytes;
    }
    const uint32_t wide = 2 * in > all ? in : all - in;
    /* Tensors in a buffer begin at whole words. */
    const uint32_t room = l1_bytes / team->n / BUFFERS, most = room > 16 ? (room - 16) / all : 0;
    if (most < LEAST)
        return false;
    strips_pass pass = {.kernel = strips->kernel,
                        .channels = strips->channels,
                        .width = strips->width,
                        .in = strips->in,
                        .all = strips->in + strips->out,
                        .piece = MOST_BYTES / wide,
                        .least = (LEAST_BYTES - 1) / wide + 1};
    const uint32_t units = strips->rows * strips->width, from = tl_share_start(units, team->id, team->n);
    pass.left = tl_share_start(units, team->id + 1, team->n) - from;
    pass.piece = pass.piece < 1 ? 1 : pass.piece < most ? pass.piece : most;
    if (pass.least > pass.piece)
        pass.least = pass.piece;
    for (uint32_t i = 0; i < pass.all; ++i) {
        const tl_strips_tensor *tensor = &strips->tensor[i];
        pass.run[i] = (strips_run){.l2 = tensor->l2,
                                   .l1 = pass.size,
                                   .bytes = tensor->bytes,
                                   .skip = tensor->row - strips->width * tensor->bytes,
                                   .rows = tensor->rows,
                                   .pitch = tensor->pitch};
        pass.size += (pass.piece * tensor->rows * tensor->bytes + 3) / 4 * 4;
    }
    pass.place = tl_l1(team) + team->id * BUFFERS * pass.size;
    pass.row = from / strips->width;
    pass.column = from - pass.row * strips->width;
    if (pass.left)
        tl_do(team, pass_leaf, &pass, sizeof pass);
    tl_barrier(team);
    return true;
}
