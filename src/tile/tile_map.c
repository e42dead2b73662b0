/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_map.h"
#include "src/hal/hal.h"
#include "src/tile/share.h"
#include <stdbool.h>

/* A slot's array in L2, and where a piece of it stands in a buffer. */
typedef struct map_run {
    char *l2;
    uint32_t l1;
} map_run;

/* A core's whole pass, as one leaf: a tape that has it is short, and its loop over the pieces is a short one. */
typedef struct map_pass {
    tl_map map;
    char *place;       /* the core's buffers */
    uint32_t from, to; /* its elements */
    uint32_t buffers;
    uint32_t piece;    /* elements at a time, at the most */
    uint32_t least;    /* ... and the first time */
    uint32_t in_l1[2]; /* bit i: slot i's `in`, `out` stands in L1 */
    uint32_t runs[2];  /* of every piece, that come in and go out */
    map_run run[2][TL_MAP_SLOTS];
} map_pass;

/* The first pieces and the last ones are short: little is moved before and behind all computing. */
static inline uint32_t piece_size(const map_pass *pass, uint32_t left, uint32_t before) {
    uint32_t size = left > 2 * pass->least ? left / 2 : left;
    size = size < 2 * before ? size : 2 * before;
    return size < pass->piece ? size : pass->piece;
}

static inline void move(const map_pass *pass, tl_dma_direction direction, uint32_t at, uint32_t n, char *buffer) {
    const map_run *run = pass->run[direction], *const end = run + pass->runs[direction];
    for (; run < end; ++run)
        tl_dma_put(direction, buffer + run->l1, run->l2 + 4 * at, 4 * n);
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

/*
 * When a piece is in, the one before the last is out: the next one may come into its place. Where nothing goes out from
 * where it came in, that is the last one's place.
 */
static void pass_leaf(const void *arguments) {
    const map_pass *pass = arguments;
    const uint32_t to = pass->to, slots = pass->map.slots, piece = 4 * pass->piece, size = slots * piece;
    const bool here = pass->in_l1[0] | pass->in_l1[1];
    const tl_lane lane = tl_dma_open();
    tl_map_share shares[TL_MAP_BUFFERS], *share = shares, *const end = shares + pass->buffers;
    char *data = pass->place;
    for (tl_map_share *one = shares; one < end; ++one) {
        one->options = pass->map.options;
        for (uint32_t i = 0; i < slots; ++i, data += piece)
            one->data[i] = one->out[i] = (float *)(void *)data;
    }
    char *buffer = pass->place, *before = NULL;
    uint32_t at = pass->from, n = pass->least < to - at ? pass->least : to - at, n_before = 0;
    move(pass, TL_DMA_IN, at, n, buffer);
    for (;;) {
        char *next = buffer + size;
        tl_map_share *const now = share++;
        if (share == end) {
            share = shares;
            next = pass->place;
        }
        if (here)
            in_place(pass, at, now);
        now->n = n;
        tl_dma_await(lane);
        if (n_before)
            move(pass, TL_DMA_OUT, at - n_before, n_before, before);
        n_before = n;
        before = buffer;
        at += n;
        n = at < to ? piece_size(pass, to - at, n) : 0;
        if (n)
            move(pass, TL_DMA_IN, at, n, next);
        pass->map.kernel(now);
        if (!n)
            break;
        buffer = next;
    }
    move(pass, TL_DMA_OUT, at - n_before, n_before, before);
    tl_dma_await(lane);
    tl_dma_close(lane);
}

/* Pieces of the library's choice: so many that little is moved before and behind all computing, yet worth the calls. */
static void set_pieces(map_pass *pass, const tl_team *team, const tl_map_plan *plan, uint32_t n) {
    enum { PIECES = 6, LEAST = 128, MOST = 576, MOST_APART = 768 };
    const uint32_t cores = team->n, slots = pass->map.slots;
    bool apart = true;
    for (uint32_t i = 0; i < slots; ++i)
        apart = apart && !(pass->map.slot[i].in && pass->map.slot[i].out);
    pass->buffers = apart ? 2 : TL_MAP_BUFFERS;
    const uint32_t places = pass->buffers * slots, room = (uint32_t)tl_l1_bytes(team) / (4 * places) / cores;
    const uint32_t most = (uint32_t)(apart ? MOST_APART : MOST) / places;
    const uint32_t share = (n - 1) / cores + 1, some = (share - 1) / PIECES + 1;
    const uint32_t worth = apart && slots > 1 ? 2 * LEAST : LEAST;
    uint32_t wanted = plan->elements ? (plan->elements - 1) / cores + 1 : some > worth ? some : worth;
    if (!plan->elements && wanted > most)
        wanted = most;
    if (wanted > share)
        wanted = share;
    pass->piece = wanted < room ? wanted : room;
    const uint32_t least = apart ? LEAST : LEAST / slots;
    pass->least = pass->piece < least ? pass->piece : least;
}

typedef struct l1_pass {
    tl_map_kernel *kernel;
    tl_map_share share;
} l1_pass;

static void l1_leaf(const void *arguments) {
    const l1_pass *pass = arguments;
    pass->kernel(&pass->share);
}

/* Where the part of core `id` starts: two banks behind the one before it, as even parts may all start in one bank. */
static uint32_t l1_start(const tl_team *team, uint32_t n, uint32_t id) {
    enum { APART = 2, LEAST = 64 };
    const uint32_t start = tl_share_start(n, id, team->n);
    return id < team->n && n >= LEAST * team->n ? start + APART * id : start;
}

/* Everything in L1. */
static void run_in_l1(const tl_team *team, uint32_t n, const tl_map *map) {
    const uint32_t from = l1_start(team, n, team->id), to = l1_start(team, n, team->id + 1);
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
            pass->run[TL_DMA_IN][pass->runs[TL_DMA_IN]++] = (map_run){(char *)(uintptr_t)slot->in, 4 * i * pass->piece};
        if (slot->out && !(pass->in_l1[TL_DMA_OUT] >> i & 1))
            pass->run[TL_DMA_OUT][pass->runs[TL_DMA_OUT]++] = (map_run){(char *)slot->out, 4 * i * pass->piece};
    }
    pass->place = tl_l1(team) + team->id * (4 * pass->buffers * map->slots * pass->piece);
    if (pass->from < pass->to)
        tl_do(team, pass_leaf, pass, sizeof *pass);
}

void tl_map_run(const tl_team *team, const tl_map_plan *plan, uint32_t n, const tl_map *map) {
    map_pass pass = {
        .map = *map, .from = tl_share_start(n, team->id, team->n), .to = tl_share_start(n, team->id + 1, team->n)};
    set_pieces(&pass, team, plan, n);
    bool all = true;
    for (uint32_t i = 0; i < map->slots; ++i) {
        const bool in = tl_in_l1(team, map->slot[i].in), out = tl_in_l1(team, map->slot[i].out);
        pass.in_l1[TL_DMA_IN] |= (uint32_t)in << i;
        pass.in_l1[TL_DMA_OUT] |= (uint32_t)out << i;
        all = all && (in || !map->slot[i].in) && (out || !map->slot[i].out);
    }
    if (all)
        run_in_l1(team, n, map);
    else
        run_from_l2(&pass, team);
    tl_barrier(team);
}
