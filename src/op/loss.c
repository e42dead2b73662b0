/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/loss.h"
#include "src/kernel/rows.h"
#include "src/tile/tile_rows.h"
#include <stdbool.h>

static bool is_finite(float x) {
    union {
        float value;
        uint32_t bits;
    } number = {x};
    return (number.bits & 0x7F800000u) != 0x7F800000u;
}

typedef struct loss_options {
    uint32_t classes;
    float scale;
} loss_options;

static float loss_row(const tl_rows_pass *pass, void *const *row) {
    const loss_options *options = pass->options;
    const uint32_t *label = row[0];
    float *z = row[1];
    return tl_softmax_cross_entropy_f32(options->classes, z, *label, options->scale, z);
}

tl_status tl_softmax_cross_entropy_loss_f32(const tl_team *team, const tl_rows *rows, const float *z,
                                            const uint32_t *label, float *loss, float *dz) {
    loss_options options = {.classes = rows->classes, .scale = 1.0f / (float)rows->n};
    tl_rows_pass pass = {
        .n = rows->n,
        .slot = {{.in = label, .bytes = sizeof *label}, {.in = z, .out = dz, .bytes = 4u * rows->classes}},
        .slots = 2,
        .options = &options,
        .kernel = loss_row,
    };
    if (rows->n == 0 || rows->classes == 0 || !tl_rows_fit(team, &pass))
        return TL_BAD_SIZES;
    for (uint32_t i = 0; i < rows->n; ++i)
        if (label[i] >= rows->classes)
            return TL_BAD_LABEL;
    float mean = tl_rows_run(team, &pass) * options.scale;
    if (team->id == 0)
        *loss = mean;
    return is_finite(mean) ? TL_OK : TL_NOT_FINITE;
}
