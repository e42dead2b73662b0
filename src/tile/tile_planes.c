/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_planes.h"
#include "src/hal/hal.h"

static inline uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static uint32_t sum(const uint32_t *elements, uint32_t n) {
    uint32_t total = 0;
    for (uint32_t i = 0; i < n; ++i)
        total += elements[i];
    return total;
}

static uint32_t in_elements(const tl_planes_pass *pass) {
    return sum(pass->in_elements, TL_PLANES_IN);
}

static uint32_t out_elements(const tl_planes_pass *pass) {
    return sum(pass->out_elements, TL_PLANES_OUT);
}

uint64_t tl_planes_pass_bytes(const tl_planes_pass *pass) {
    uint64_t elements = 0;
    for (uint32_t i = 0; i < TL_PLANES_IN; ++i)
        elements += pass->in_elements[i];
    for (uint32_t i = 0; i < TL_PLANES_OUT; ++i)
        elements += pass->out_elements[i];
    return 4 * elements * pass->buffers;
}

/* The tile behind this one: rows first, then images, then channels. False: there is none. */
static bool next_tile(const tl_planes_pass *pass, const tl_planes_tile *tile, uint32_t *image, uint32_t *first,
                      uint32_t *c) {
    *image = tile->image;
    *first = tile->first + tile->rows;
    *c = tile->c;
    if (*first == pass->rows) {
        *first = 0;
        ++*image;
    }
    if (*image == pass->images) {
        *image = 0;
        *c += tile->channels;
    }
    return *c < pass->channels;
}

/* Describes a tile, in the buffer whose last tile this was (or none: l2 of its boxes is NULL), and starts to fetch it.
 */
static void begin(const tl_team *team, const tl_planes_pass *pass, uint32_t image, uint32_t first, uint32_t c,
                  uint32_t buffer, tl_planes_tile *tile) {
    tl_box before[TL_PLANES_IN];
    for (uint32_t i = 0; i < TL_PLANES_IN; ++i)
        before[i] = tile->in[i];
    tile->image = image;
    tile->first = first;
    tile->c = c;
    tile->fetched = false;
    tile->rows = smaller(pass->tile_rows, pass->rows - first);
    tile->channels = smaller(c == 0 ? pass->first_channels : pass->tile_channels, pass->channels - c);
    tile->opens = image == 0 && first == 0;
    tile->closes = image + 1 == pass->images && first + tile->rows == pass->rows;
    pass->boxes(pass, tile);
    /* Each is another core's to fetch. */
    for (uint32_t i = 0; i < TL_PLANES_IN; ++i)
        tile->in[i].from_end = (uint8_t)i;
    float *place = (float *)(void *)tl_l1(team) + buffer * in_elements(pass);
    for (uint32_t i = 0; i < TL_PLANES_IN; ++i) {
        const tl_box *box = &tile->in[i];
        tile->in_l1[i] = box->l2 ? tl_box_in_place(team, box) : NULL;
        if (box->l2 && !tile->in_l1[i]) {
            tile->in_l1[i] = place;
            if (!tl_box_same(box, &before[i])) {
                bool again = before[i].l2 && tl_box_alike(box, &before[i]);
                (again ? tl_box_load_again : tl_box_load)(team, TL_DMA_IN, box, place);
                tile->fetched = true;
            }
        }
        place += pass->in_elements[i];
    }
}

/* Where the tile's results stand: in the half of the arena's end that what went out last does not use. */
static void place_results(const tl_team *team, const tl_planes_pass *pass, tl_planes_tile *tile, uint32_t buffer) {
    float *place = (float *)(void *)tl_l1(team) + pass->buffers * in_elements(pass) + buffer * out_elements(pass);
    for (uint32_t i = 0; i < TL_PLANES_OUT; ++i) {
        const tl_box *box = &tile->out[i];
        float *in_place = box->l2 && !pass->apart ? tl_box_in_place(team, box) : NULL;
        tile->out_l1[i] = in_place ? in_place : place;
        place += pass->apart ? tl_box_elements(box) : pass->out_elements[i];
    }
}

/* Whether there is something to send: not if all results stand where they belong. */
static bool send(const tl_team *team, const tl_planes_pass *pass, const tl_planes_tile *tile) {
    bool sent = false;
    for (uint32_t i = 0; i < TL_PLANES_OUT; ++i) {
        if (tile->out[i].l2 && (pass->apart || !tl_box_in_place(team, &tile->out[i]))) {
            tl_box_store(team, TL_DMA_OUT, &tile->out[i], tile->out_l1[i]);
            sent = true;
        }
    }
    return sent;
}

void tl_planes_run(const tl_team *team, const tl_planes_pass *pass) {
    tl_planes_tile tiles[2] = {{.in = {{.l2 = NULL}}}};
    const tl_planes_tile *due = NULL; /* computed, and still to be sent */
    const uint32_t other = pass->buffers - 1;
    uint32_t now = 0, results = 0;
    bool sent = false;
    begin(team, pass, 0, 0, 0, 0, &tiles[0]);
    for (bool more = true, met = false; more; now ^= other) {
        tl_planes_tile *tile = &tiles[now];
        uint32_t image, first, c;
        more = next_tile(pass, tile, &image, &first, &c);
        place_results(team, pass, tile, results);
        tl_dma_wait(team, TL_DMA_IN);
        tl_dma_wait(team, TL_DMA_OUT);
        /* Behind it this tile is there, the one before is computed, and what went out of this one's twin is out. */
        if (met || tile->fetched || sent)
            tl_barrier(team);
        if (due)
            sent = send(team, pass, due) || sent;
        if (more && other)
            begin(team, pass, image, first, c, now ^ 1, &tiles[now ^ 1]);
        pass->compute(pass, team, tile);
        due = !pass->gathers || tile->closes ? tile : NULL;
        if (due)
            results ^= other;
        met = other;
        if (!other) {
            tl_barrier(team);
            if (due)
                sent = send(team, pass, due) || sent;
            due = NULL;
            tl_dma_wait(team, TL_DMA_OUT);
            if (more)
                begin(team, pass, image, first, c, 0, tile);
        }
    }
    if (other)
        tl_barrier(team);
    if (due)
        sent = send(team, pass, due) || sent;
    tl_dma_wait(team, TL_DMA_OUT);
    if (sent)
        tl_barrier(team);
}

uint32_t tl_planes_parts(const tl_team *team, const tl_planes_tile *tile) {
    /* In rows of one channel; a part costs its channels' weights and the rows above its first one. */
    enum { PART = 2, MOST = 16 };
    uint32_t best = 1, least = UINT32_MAX;
    if (tile->channels % team->n == 0)
        return 1;
    for (uint32_t parts = 1; parts <= smaller(MOST, tile->rows); ++parts) {
        uint32_t turns = (tile->channels * parts + team->n - 1) / team->n;
        uint32_t cost = turns * ((tile->rows + parts - 1) / parts + PART);
        if (cost < least) {
            least = cost;
            best = parts;
        }
    }
    return best;
}

tl_planes_share tl_planes_share_of(const tl_team *team, const tl_planes_tile *tile, uint32_t part) {
    /* Channels of all parts stand in one line, of which this core takes every team->n-th. */
    uint32_t passed = part * tile->channels % team->n;
    tl_planes_share share = {.from = team->id >= passed ? team->id - passed : team->id + team->n - passed};
    if (share.from < tile->channels)
        share.channels = (tile->channels - share.from - 1) / team->n + 1;
    return share;
}
