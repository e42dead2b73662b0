/* SPDX-License-Identifier: Apache-2.0 */
#include "include/tl/loss.h"
#include "src/hal/hal.h"
#include "src/kernel/rows.h"
#include "src/tile/share.h"
#include <stdbool.h>

static bool is_finite(float x) {
    union {
        float f;
        uint32_t u;
    } bits = {x};
    return (bits.u & 0x7F800000u) != 0x7F800000u;
}

static void move(const tl_team *team, tl_dma_direction direction, void *l1, const void *l2, uint32_t bytes) {
    tl_dma_box box = {.l1 = l1, .l2 = (char *)(uintptr_t)l2, .rows = 1, .segments = 1, .bytes = bytes};
    tl_dma_start(team, direction, &box);
}

tl_status tl_softmax_cross_entropy_loss_f32(const tl_team *team, const tl_rows *rows, const float *z,
                                            const uint32_t *label, float *loss, float *dz) {
    const uint32_t n = rows->n, classes = rows->classes;
    /* In L1: the sum so far, then for a tile of rows their losses, labels and logits. */
    float *total = (float *)tl_l1(team);
    uint32_t fit = ((uint32_t)tl_l1_bytes(team) - 4) / (4 * (classes + 2));
    if (n == 0 || classes == 0 || fit == 0)
        return TL_BAD_SIZES;
    const uint32_t tile = n < fit ? n : fit;
    float *losses = total + 1, *logits = losses + 2 * tile;
    uint32_t *labels = (uint32_t *)(losses + tile);
    const float scale = 1.0f / (float)n;
    for (uint32_t at = 0; at < n; at += tile) {
        uint32_t count = n - at < tile ? n - at : tile;
        uint32_t handle = tl_dma_begin(team);
        move(team, TL_DMA_IN, labels, label + at, 4 * count);
        move(team, TL_DMA_IN, logits, z + at * classes, 4 * count * classes);
        tl_dma_end(team, handle);
        tl_barrier(team);
        bool labels_fit = true;
        for (uint32_t i = 0; i < count; ++i)
            labels_fit = labels_fit && labels[i] < classes;
        if (!labels_fit) {
            tl_barrier(team);
            return TL_BAD_LABEL;
        }
        for (uint32_t i = team->id; i < count; i += team->n)
            losses[i] =
                tl_softmax_cross_entropy_f32(classes, logits + i * classes, labels[i], scale, logits + i * classes);
        tl_barrier(team);
        handle = tl_dma_begin(team);
        move(team, TL_DMA_OUT, logits, dz + at * classes, 4 * count * classes);
        if (team->id == 0) {
            float sum = at == 0 ? 0.0f : *total;
            for (uint32_t i = 0; i < count; ++i)
                sum += losses[i];
            *total = sum;
        }
        tl_dma_end(team, handle);
        tl_barrier(team);
    }
    float mean = *total * scale;
    if (team->id == 0)
        *loss = mean;
    tl_barrier(team);
    return is_finite(mean) ? TL_OK : TL_NOT_FINITE;
}
