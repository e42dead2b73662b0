/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/loss.h"
#include "src/kernel/rows.h"
#include "src/kernel/vector.h"
#include "src/tile/tile_rows.h"
#include <stdbool.h>

bool tl_is_finite_f32(float x) {
    union {
        float value;
        uint32_t bits;
    } number = {x};
    return (number.bits & 0x7F800000u) != 0x7F800000u;
}

static float loss_row(const tl_rows_call *call) {
    const uint32_t *label = call->row[0];
    float *z = call->row[1];
    return tl_softmax_cross_entropy_f32(call->width, z, *label, call->scale, z);
}

tl_status tl_softmax_cross_entropy_loss_f32(const tl_team *team, const tl_rows *rows, const float *z,
                                            const uint32_t *label, float *loss, float *dz) {
    const tl_rows_pass pass = {
        .n = rows->n,
        .slot = {{.in = label, .bytes = sizeof *label}, {.in = z, .out = dz, .bytes = 4u * rows->classes}},
        .slots = 2,
        .width = rows->classes,
        .last_width = rows->classes,
        .scale = 1.0f / (float)rows->n,
        .result_scale = 1.0f / (float)rows->n,
        .kernel = loss_row,
        .result = loss,
    };
    if (rows->n == 0 || rows->classes == 0 || !tl_rows_fit(team, &pass))
        return TL_BAD_SIZES;
    if (!team->tape)
        for (uint32_t i = 0; i < rows->n; ++i)
            if (label[i] >= rows->classes)
                return TL_BAD_LABEL;
    tl_rows_run(team, &pass);
    return team->tape || tl_is_finite_f32(*loss) ? TL_OK : TL_NOT_FINITE;
}

static float squared_error_row(const tl_rows_call *call) {
    return tl_squared_error_f32(call->width, call->scale, call->row[0], call->row[1], call->row[0]);
}

/* Elements of a row that n elements are cut into: enough rows for all cores, few enough to add up one by one. */
static uint32_t mse_row(uint32_t n) {
    enum { ROWS = 64, LEAST = 32, MOST = 1024 };
    uint32_t row = (n + ROWS - 1) / ROWS;
    return row < LEAST ? LEAST : row > MOST ? MOST : row;
}

tl_status tl_mse_loss_f32(const tl_team *team, uint32_t n, const float *y, const float *target, float *loss,
                          float *dy) {
    uint32_t row = mse_row(n), rows = (n + row - 1) / row;
    const tl_rows_pass pass = {
        .n = rows,
        .slot = {{.in = y, .out = dy, .bytes = 4 * row}, {.in = target, .bytes = 4 * row}},
        .slots = 2,
        .width = row,
        .last_width = n - (rows - 1) * row,
        .scale = 2.0f / (float)n,
        .result_scale = 1.0f / (float)n,
        .kernel = squared_error_row,
        .result = loss,
    };
    if (n == 0 || !tl_rows_fit(team, &pass))
        return TL_BAD_SIZES;
    tl_rows_run(team, &pass);
    return team->tape || tl_is_finite_f32(*loss) ? TL_OK : TL_NOT_FINITE;
}
