/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_map.h"
#include "src/hal/hal.h"
#include "src/tile/share.h"

static uint32_t move(const tl_team *team, tl_dma_direction direction, const tl_map *map, uint32_t at, uint32_t n,
                     float *buffer, uint32_t elements) {
    uint32_t handle = TL_DMA_NONE;
    for (uint32_t i = 0; i < map->slots; ++i) {
        const float *tensor = direction == TL_DMA_IN ? map->slot[i].in : map->slot[i].out;
        if (!tensor)
            continue;
        tl_dma_box box = {.l1 = (char *)(buffer + i * elements),
                          .l2 = (char *)(uintptr_t)(tensor + at),
                          .rows = 1,
                          .segments = 1,
                          .bytes = 4 * n};
        tl_dma_start(team, &handle, direction, &box);
    }
    return handle;
}

void tl_map_run(const tl_team *team, const tl_map_plan *plan, uint32_t n, const tl_map *map) {
    uint32_t room = (uint32_t)tl_l1_bytes(team) / (4 * TL_MAP_BUFFERS * map->slots);
    uint32_t elements = plan->elements && plan->elements < room ? plan->elements : room;
    if (elements > n)
        elements = n;
    uint32_t tiles = (n + elements - 1) / elements, buffer_size = map->slots * elements;
    float *arena = (float *)tl_l1(team);
    uint32_t storing[TL_MAP_BUFFERS] = {TL_DMA_NONE, TL_DMA_NONE, TL_DMA_NONE},
             loading = move(team, TL_DMA_IN, map, 0, elements, arena, elements);
    for (uint32_t t = 0, use = 0; t < tiles; ++t) {
        uint32_t at = t * elements, count = n - at < elements ? n - at : elements;
        uint32_t next = use + 1 < TL_MAP_BUFFERS ? use + 1 : 0;
        tl_dma_end(loading);
        /* The core that loads into a buffer is the one that stored from it: its own wait is enough. */
        tl_dma_end(storing[next]);
        storing[next] = TL_DMA_NONE;
        if (t + 1 < tiles) {
            uint32_t ahead = at + elements, left = n - ahead;
            loading = move(team, TL_DMA_IN, map, ahead, left < elements ? left : elements, arena + next * buffer_size,
                           elements);
        }
        tl_barrier(team);
        uint32_t from = tl_share_start(count, team->id, team->n);
        uint32_t to = tl_share_start(count, team->id + 1, team->n);
        float *data[TL_MAP_SLOTS];
        for (uint32_t i = 0; i < map->slots; ++i)
            data[i] = arena + use * buffer_size + i * elements + from;
        map->kernel(map, to - from, data);
        tl_barrier(team);
        storing[use] = move(team, TL_DMA_OUT, map, at, count, arena + use * buffer_size, elements);
        use = next;
    }
    for (uint32_t i = 0; i < TL_MAP_BUFFERS; ++i)
        tl_dma_end(storing[i]);
    tl_barrier(team);
}
