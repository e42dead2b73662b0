/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_map.h"
#include "src/hal/hal.h"
#include "src/tile/share.h"

/* Starts to move tile t of every slot that goes this way. */
static void move(const tl_team *team, uint32_t slot, tl_dma_direction direction, const tl_map *map, uint32_t t,
                 uint32_t n, float *buffer, uint32_t elements) {
    uint32_t at = t * elements, count = n - at < elements ? n - at : elements;
    for (uint32_t i = 0; i < map->slots; ++i) {
        const float *tensor = direction == TL_DMA_IN ? map->slot[i].in : map->slot[i].out;
        if (!tensor)
            continue;
        tl_dma_box box = {.l1 = (char *)(buffer + i * elements),
                          .l2 = (char *)(uintptr_t)(tensor + at),
                          .rows = 1,
                          .segments = 1,
                          .bytes = 4 * count};
        tl_dma_start(team, slot, direction, &box);
    }
}

static void share_leaf(const void *arguments) {
    const tl_map_share *share = arguments;
    share->kernel(share);
}

/* A tile of the library's choice: a quarter of the array, so that what comes first and goes last is short, if that
 * fits. */
static uint32_t tile_elements(const tl_team *team, const tl_map_plan *plan, uint32_t n, const tl_map *map) {
    enum { TILES = 4, LEAST = 256 };
    uint32_t room = (uint32_t)tl_l1_bytes(team) / (4 * TL_MAP_BUFFERS * map->slots);
    uint32_t wanted = plan->elements ? plan->elements : (n + TILES - 1) / TILES;
    if (!plan->elements && wanted < LEAST)
        wanted = LEAST;
    if (wanted > room)
        wanted = room;
    return wanted < n ? wanted : n;
}

void tl_map_run(const tl_team *team, const tl_map_plan *plan, uint32_t n, const tl_map *map) {
    const uint32_t elements = tile_elements(team, plan, n, map), buffer_size = map->slots * elements;
    const uint32_t tiles = (n + elements - 1) / elements;
    float *arena = (float *)(void *)tl_l1(team);
    /* Slot of the transfers into a buffer: its number; of those out of it: behind those. */
    move(team, 0, TL_DMA_IN, map, 0, n, arena, elements);
    for (uint32_t t = 0, use = 0; t < tiles; ++t) {
        uint32_t at = t * elements, count = n - at < elements ? n - at : elements;
        uint32_t next = use + 1 < TL_MAP_BUFFERS ? use + 1 : 0, before = use > 0 ? use - 1 : TL_MAP_BUFFERS - 1;
        tl_dma_wait(team, use);
        if (t + 1 < tiles)
            move(team, next, TL_DMA_IN, map, t + 1, n, arena + next * buffer_size, elements);
        tl_barrier(team);
        uint32_t from = tl_share_start(count, team->id, team->n);
        uint32_t to = tl_share_start(count, team->id + 1, team->n);
        tl_map_share share = {.kernel = map->kernel, .options = map->options, .n = to - from};
        for (uint32_t i = 0; i < map->slots; ++i)
            share.data[i] = arena + use * buffer_size + i * elements + from;
        tl_do(team, share_leaf, &share, sizeof share);
        /* The tile before is out at this barrier: the one behind the next may come into its buffer. */
        if (t > 0)
            tl_dma_wait(team, TL_MAP_BUFFERS + before);
        tl_barrier(team);
        move(team, TL_MAP_BUFFERS + use, TL_DMA_OUT, map, t, n, arena + use * buffer_size, elements);
        use = next;
    }
    tl_dma_wait(team, TL_MAP_BUFFERS + (tiles - 1) % TL_MAP_BUFFERS);
    tl_barrier(team);
}
