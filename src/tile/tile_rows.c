/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_rows.h"
#include "src/hal/hal.h"

static void move(const tl_team *team, tl_dma_direction direction, const tl_rows_pass *pass, char *const *l1,
                 uint32_t at, uint32_t rows) {
    uint32_t short_bytes = at + rows < pass->n ? 0 : 4 * (pass->width - pass->last_width);
    for (uint32_t i = 0; i < pass->slots; ++i) {
        const tl_rows_slot *slot = &pass->slot[i];
        const char *l2 = direction == TL_DMA_IN ? slot->in : slot->out;
        if (!l2)
            continue;
        tl_dma_box box = {.l1 = l1[i],
                          .l2 = (char *)(uintptr_t)(l2 + at * slot->bytes),
                          .rows = 1,
                          .segments = 1,
                          .bytes = rows * slot->bytes - short_bytes};
        tl_dma_start(team, 0, direction, &box);
    }
    tl_dma_wait(team, 0);
}

/* In L1: the sum so far, then for a tile of rows what the kernel returned for each, then the slots. */
static uint32_t rows_that_fit(const tl_team *team, const tl_rows_pass *pass) {
    uint32_t row = sizeof(float);
    for (uint32_t i = 0; i < pass->slots; ++i)
        row += pass->slot[i].bytes;
    return ((uint32_t)tl_l1_bytes(team) - (uint32_t)sizeof(float)) / row;
}

bool tl_rows_fit(const tl_team *team, const tl_rows_pass *pass) {
    return rows_that_fit(team, pass) > 0;
}

typedef struct call_arguments {
    tl_rows_call call;
    tl_rows_kernel *kernel;
    float *returned;
} call_arguments;

static void call_leaf(const void *arguments) {
    const call_arguments *a = arguments;
    *a->returned = a->kernel(&a->call);
}

/* Adds a tile's rows to the sum, and at the end gives the result. */
typedef struct add_arguments {
    const float *returned;
    float *sum, *result; /* result == NULL: more to come */
    uint32_t rows;
    float scale;
    uint32_t first;
} add_arguments;

static void add_leaf(const void *arguments) {
    const add_arguments *a = arguments;
    float sum = a->first ? 0.0f : *a->sum;
    for (uint32_t i = 0; i < a->rows; ++i)
        sum += a->returned[i];
    *a->sum = sum;
    if (a->result)
        *a->result = sum * a->scale;
}

void tl_rows_run(const tl_team *team, const tl_rows_pass *pass) {
    uint32_t tile = rows_that_fit(team, pass);
    if (tile > pass->n)
        tile = pass->n;
    float *sum = (float *)(void *)tl_l1(team), *returned = sum + 1;
    char *l1[TL_ROWS_SLOTS], *place = (char *)(returned + tile);
    for (uint32_t i = 0; i < pass->slots; ++i) {
        l1[i] = place;
        place += tile * pass->slot[i].bytes;
    }
    for (uint32_t at = 0; at < pass->n; at += tile) {
        uint32_t rows = pass->n - at < tile ? pass->n - at : tile;
        move(team, TL_DMA_IN, pass, l1, at, rows);
        tl_barrier(team);
        for (uint32_t r = team->id; r < rows; r += team->n) {
            call_arguments call = {
                .call = {.width = at + r + 1 < pass->n ? pass->width : pass->last_width, .scale = pass->scale},
                .kernel = pass->kernel,
                .returned = returned + r};
            for (uint32_t i = 0; i < pass->slots; ++i)
                call.call.row[i] = l1[i] + r * pass->slot[i].bytes;
            tl_do(team, call_leaf, &call, sizeof call);
        }
        tl_barrier(team);
        add_arguments add = {.returned = returned,
                             .sum = sum,
                             .result = at + rows < pass->n ? NULL : pass->result,
                             .rows = rows,
                             .scale = pass->result_scale,
                             .first = at == 0};
        if (team->id == 0)
            tl_do(team, add_leaf, &add, sizeof add);
        move(team, TL_DMA_OUT, pass, l1, at, rows);
        tl_barrier(team);
    }
}
