/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_map.h"
#include "src/hal/hal.h"
#include "src/tile/share.h"
#include <stdbool.h>

enum { SLOT = 0 };

/* A core's whole pass, as one leaf: a tape that has it is short, and its loop over the pieces is a short one. */
typedef struct map_pass {
    tl_team team;
    tl_map map;
    char *place;       /* the core's buffers */
    uint32_t from, to; /* its elements */
    uint32_t piece;    /* elements at a time, at the most */
    uint32_t in_l1[2]; /* bit i: slot i's `in`, `out` stands in L1 */
    uint32_t runs[2];  /* of every piece, that come in and go out */
    tl_dma_run in[TL_MAP_SLOTS], out[TL_MAP_SLOTS];
    uint32_t unused;
} map_pass;

static inline uint32_t piece_size(const map_pass *pass, uint32_t at) {
    return pass->to - at < pass->piece ? pass->to - at : pass->piece;
}

static inline void fetch(const map_pass *pass, uint32_t at, char *buffer) {
    tl_dma_start_runs(&pass->team, SLOT, TL_DMA_IN, pass->in, pass->runs[TL_DMA_IN], buffer, 4 * at,
                      4 * piece_size(pass, at));
}

static inline void store(const map_pass *pass, uint32_t at, char *buffer) {
    tl_dma_start_runs(&pass->team, SLOT, TL_DMA_OUT, pass->out, pass->runs[TL_DMA_OUT], buffer, 4 * at,
                      4 * piece_size(pass, at));
}

/* Slots whose tensors stand in L1 are worked on there. */
static void in_place(const map_pass *pass, uint32_t at, tl_map_share *share) {
    for (uint32_t i = 0; i < pass->map.slots; ++i) {
        if (pass->in_l1[TL_DMA_IN] >> i & 1)
            share->data[i] = (float *)(uintptr_t)pass->map.slot[i].in + at;
        if (pass->in_l1[TL_DMA_OUT] >> i & 1)
            share->out[i] = pass->map.slot[i].out + at;
    }
}

/* When a piece is in, the one before the last is out: the next one may come into its place. */
static void pass_leaf(const void *arguments) {
    const map_pass *pass = arguments;
    const uint32_t from = pass->from, to = pass->to, slots = pass->map.slots, piece = pass->piece;
    const uint32_t size = 4 * slots * piece;
    const bool here = pass->in_l1[0] | pass->in_l1[1];
    char *const last = pass->place + (TL_MAP_BUFFERS - 1) * size;
    char *buffer = pass->place, *before = last;
    tl_map_share share;
    share.options = pass->map.options;
    fetch(pass, from, buffer);
    uint32_t at = from;
    for (;;) {
        char *next = buffer < last ? buffer + size : pass->place;
        tl_dma_wait(&pass->team, SLOT);
        if (at > from)
            store(pass, at - piece, before);
        if (to - at > piece)
            fetch(pass, at + piece, next);
        float *data = (float *)(void *)buffer;
        for (uint32_t i = 0; i < slots; ++i, data += piece)
            share.data[i] = share.out[i] = data;
        if (here)
            in_place(pass, at, &share);
        share.n = piece_size(pass, at);
        pass->map.kernel(&share);
        if (to - at <= piece)
            break;
        at += piece;
        before = buffer;
        buffer = next;
    }
    store(pass, at, buffer);
    tl_dma_wait(&pass->team, SLOT);
}

/* Pieces of the library's choice: so many that little is moved before and behind all computing, yet worth the calls. */
static uint32_t piece_elements(const tl_team *team, const tl_map_plan *plan, uint32_t n, uint32_t slots) {
    enum { PIECES = 6, LEAST = 64, MOST = 256 };
    const uint32_t room = (uint32_t)tl_l1_bytes(team) / (4 * TL_MAP_BUFFERS * slots) / team->n;
    const uint32_t share = (n - 1) / team->n + 1, some = (share - 1) / PIECES + 1;
    uint32_t wanted = plan->elements ? (plan->elements - 1) / team->n + 1 : some > LEAST ? some : LEAST;
    if (!plan->elements && wanted > MOST / slots)
        wanted = MOST / slots;
    if (wanted > share)
        wanted = share;
    return wanted < room ? wanted : room;
}

typedef struct l1_pass {
    tl_map_kernel *kernel;
    tl_map_share share;
} l1_pass;

static void l1_leaf(const void *arguments) {
    const l1_pass *pass = arguments;
    pass->kernel(&pass->share);
}

/* Everything in L1. */
static void run_in_l1(const tl_team *team, uint32_t from, uint32_t to, const tl_map *map) {
    l1_pass pass = {.kernel = map->kernel, .share = {.options = map->options, .n = to - from}};
    for (uint32_t i = 0; i < map->slots; ++i) {
        pass.share.data[i] = (float *)(uintptr_t)map->slot[i].in + from;
        pass.share.out[i] = map->slot[i].out ? map->slot[i].out + from : NULL;
    }
    if (from < to)
        tl_do(team, l1_leaf, &pass, sizeof pass);
}

static void run_from_l2(map_pass *pass, const tl_team *team) {
    const tl_map *map = &pass->map;
    for (uint32_t i = 0; i < map->slots; ++i) {
        const tl_map_slot *slot = &map->slot[i];
        if (slot->in && !(pass->in_l1[TL_DMA_IN] >> i & 1))
            pass->in[pass->runs[TL_DMA_IN]++] = (tl_dma_run){(char *)(uintptr_t)slot->in, 4 * i * pass->piece};
        if (slot->out && !(pass->in_l1[TL_DMA_OUT] >> i & 1))
            pass->out[pass->runs[TL_DMA_OUT]++] = (tl_dma_run){(char *)slot->out, 4 * i * pass->piece};
    }
    pass->place = tl_l1(team) + team->id * (4 * TL_MAP_BUFFERS * map->slots * pass->piece);
    if (pass->from < pass->to)
        tl_do(team, pass_leaf, pass, sizeof *pass);
}

void tl_map_run(const tl_team *team, const tl_map_plan *plan, uint32_t n, const tl_map *map) {
    map_pass pass = {.team = *team,
                     .map = *map,
                     .from = tl_share_start(n, team->id, team->n),
                     .to = tl_share_start(n, team->id + 1, team->n),
                     .piece = piece_elements(team, plan, n, map->slots)};
    pass.team.tape = NULL;
    bool all = true;
    for (uint32_t i = 0; i < map->slots; ++i) {
        const bool in = tl_in_l1(team, map->slot[i].in), out = tl_in_l1(team, map->slot[i].out);
        pass.in_l1[TL_DMA_IN] |= (uint32_t)in << i;
        pass.in_l1[TL_DMA_OUT] |= (uint32_t)out << i;
        all = all && (in || !map->slot[i].in) && (out || !map->slot[i].out);
    }
    if (all)
        run_in_l1(team, pass.from, pass.to, map);
    else
        run_from_l2(&pass, team);
    tl_barrier(team);
}
