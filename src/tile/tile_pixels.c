/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_pixels.h"
#include "src/hal/hal.h"
#include "src/tile/share.h"

enum { BUFFERS = 3, EIGHT = 8 /* pixels, which kernels take together */ };

/* A core's whole pass, as one leaf. */
typedef struct pixels_pass {
    tl_channels_whole *kernel;
    char *in, *out; /* of the core's first pixel */
    char *place;
    float *vector;
    uint32_t channels, pixels;
    uint32_t piece, least; /* pixels at a time: at the most, and the first time */
    uint32_t unused;
} pixels_pass;

/* The first pieces and the last ones are short. */
static inline uint32_t piece_size(const pixels_pass *pass, uint32_t left, uint32_t before) {
    uint32_t size = left > 2 * pass->least ? left / 2 : left;
    size = size < 2 * before ? size : 2 * before;
    size = size < pass->piece ? size : pass->piece;
    return size > EIGHT ? size / EIGHT * EIGHT : size;
}

static void map_leaf(const void *arguments) {
    const pixels_pass *pass = arguments;
    const uint32_t pitch = 4 * pass->channels, size = pass->piece * pitch;
    char *const last = pass->place + (BUFFERS - 1) * size;
    char *buffer = pass->place, *before = NULL, *in = pass->in, *out = pass->out;
    uint32_t left = pass->pixels, n = pass->least < left ? pass->least : left, n_before = 0;
    const tl_lane lane = tl_dma_open();
    tl_dma_put(TL_DMA_IN, buffer, in, n * pitch);
    for (;;) {
        char *const next = buffer < last ? buffer + size : pass->place;
        in += n * pitch;
        left -= n;
        const uint32_t n_next = left ? piece_size(pass, left, n) : 0;
        tl_dma_await(lane);
        if (n_before) {
            tl_dma_put(TL_DMA_OUT, before, out, n_before * pitch);
            out += n_before * pitch;
        }
        if (n_next)
            tl_dma_put(TL_DMA_IN, next, in, n_next * pitch);
        pass->kernel(pass->vector, pass->channels, n, (float *)(void *)buffer);
        before = buffer;
        n_before = n;
        if (!n_next)
            break;
        buffer = next;
        n = n_next;
    }
    tl_dma_put(TL_DMA_OUT, before, out, n_before * pitch);
    tl_dma_await(lane);
    tl_dma_close(lane);
}

/* A pixel that is worth a transfer goes out from where it is. */
static void fill_leaf(const void *arguments) {
    const pixels_pass *pass = arguments;
    const uint32_t pitch = 4 * pass->channels;
    char *from = (char *)pass->vector, *out = pass->out;
    if (pass->least > 1) {
        float *y = (float *)(void *)(from = pass->place);
        for (uint32_t i = 0; i < pass->least; ++i)
            for (uint32_t c = 0; c < pass->channels; ++c)
                *y++ = pass->vector[c];
    }
    const tl_lane lane = tl_dma_open();
    for (uint32_t left = pass->pixels, n; left; left -= n, out += n * pitch) {
        n = left < pass->least ? left : pass->least;
        tl_dma_put(TL_DMA_OUT, from, out, n * pitch);
    }
    tl_dma_await(lane);
    tl_dma_close(lane);
}

bool tl_pixels_fit(const tl_team *team, const tl_channels_pass *pass, uint32_t room) {
    enum { MOST_CHANNELS = 32 }; /* more: pixels of so many fall into one bank, and there are groups enough */
    return (!pass->whole || pass->channels <= MOST_CHANNELS) && room / team->n / BUFFERS >= 4 * pass->channels;
}

void tl_pixels_run(const tl_team *team, const tl_channels_pass *pass, float *vector, char *place, uint32_t room) {
    enum { LEAST_BYTES = 256, MOST_BYTES = 1024 };
    const uint32_t pitch = 4 * pass->channels, most = room / team->n / pitch / BUFFERS;
    const uint32_t from = tl_share_start(pass->pixels, team->id, team->n);
    pixels_pass mine = {.kernel = pass->whole,
                        .vector = vector,
                        .channels = pass->channels,
                        .pixels = tl_share_start(pass->pixels, team->id + 1, team->n) - from,
                        .piece = MOST_BYTES / pitch,
                        .least = (LEAST_BYTES - 1) / pitch + 1};
    mine.piece = mine.piece > EIGHT ? mine.piece / EIGHT * EIGHT : EIGHT;
    if (pass->whole && mine.least < EIGHT)
        mine.least = EIGHT;
    if (mine.piece < mine.least)
        mine.piece = mine.least;
    if (mine.piece > most)
        mine.piece = most;
    if (mine.least > mine.piece)
        mine.least = mine.piece;
    mine.place = place + team->id * BUFFERS * mine.piece * pitch;
    mine.out = (char *)(pass->slot[0].out + from * pass->channels);
    if (pass->slot[0].in)
        mine.in = (char *)(uintptr_t)(pass->slot[0].in + from * pass->channels);
    if (mine.pixels)
        tl_do(team, mine.in ? map_leaf : fill_leaf, &mine, sizeof mine);
}
