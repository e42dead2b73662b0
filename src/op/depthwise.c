/* SPDX-License-Identifier: Apache-2.0 */
/* Depthwise convolution: sizes, checks and plans. What the passes' tiles look like stands in depthwise_tiles.c. */
#include "tl/depthwise.h"
#include "src/base/span.h"
#include "src/op/depthwise_tiles.h"

uint32_t tl_depthwise_out_h(const tl_depthwise *layer) {
    return tl_span_out(layer->h, layer->kh, layer->stride_h, layer->top, layer->bottom);
}

uint32_t tl_depthwise_out_w(const tl_depthwise *layer) {
    return tl_span_out(layer->w, layer->kw, layer->stride_w, layer->left, layer->right);
}

uint64_t tl_depthwise_macs(const tl_depthwise *layer) {
    return (uint64_t)layer->n * tl_depthwise_out_h(layer) * tl_depthwise_out_w(layer) * layer->c * layer->kh *
           layer->kw;
}

/* Everything that is multiplied below must stay in 31 bits: bytes of a tensor, and of a box with its halo. */
static tl_status check_sizes(const tl_depthwise *layer) {
    if (!layer->n || !layer->h || !layer->w || !layer->c || !layer->kh || !layer->kw || !layer->stride_h ||
        !layer->stride_w || !tl_depthwise_out_h(layer) || !tl_depthwise_out_w(layer))
        return TL_BAD_SIZES;
    const uint64_t limit = (uint64_t)1 << 29, weights = (uint64_t)1 << 23; /* 255 slices of them */
    uint64_t x = (uint64_t)layer->n * layer->h * layer->w * layer->c;
    uint64_t padded = (uint64_t)(layer->h + layer->top + layer->bottom) *
                      (uint64_t)(layer->w + layer->left + layer->right) * layer->c;
    uint64_t y = (uint64_t)layer->n * tl_depthwise_out_h(layer) * tl_depthwise_out_w(layer) * layer->c;
    uint64_t w = (uint64_t)layer->kh * layer->kw * layer->c;
    return x < limit && padded < limit && y < limit && w < weights ? TL_OK : TL_BAD_SIZES;
}

tl_status tl_depthwise_supported(const tl_depthwise *layer, tl_pass pass, const tl_planes_plan *plan,
                                 uint32_t l1_bytes) {
    tl_status status = check_sizes(layer);
    if (status != TL_OK)
        return status;
    if (!plan->rows || !plan->c || !plan->slices || plan->buffers < 1 || plan->buffers > 2)
        return TL_BAD_PLAN;
    return tl_depthwise_pass_bytes(layer, pass, plan) <= l1_bytes ? TL_OK : TL_BAD_PLAN;
}

/*
 * The rule: all rows of 16 channels at a time (a little more, if those are all, and of small images up to a quarter of
 * the channels), two buffers; if that does not fit, fewer, down to 8 channels, one for each core; then halve rows down
 * to 4, channels, rows, and last do with one buffer.
 */
tl_status tl_depthwise_plan(const tl_depthwise *layer, tl_pass pass, uint32_t l1_bytes, tl_planes_plan *plan) {
    enum { CORES = 8, CHANNELS = 16, MORE_CHANNELS = 24, FEW_ROWS = 4, FEW_ELEMENTS = 1024 };
    tl_status status = check_sizes(layer);
    if (status != TL_OK)
        return status;
    uint32_t rows = pass == TL_GRAD_X ? layer->h : tl_depthwise_out_h(layer);
    uint32_t c = layer->c <= MORE_CHANNELS ? layer->c : CHANNELS;
    while (rows * layer->w * c < FEW_ELEMENTS && 8 * c <= layer->c)
        c *= 2;
    *plan = (tl_planes_plan){.rows = (uint16_t)rows, .c = (uint16_t)c, .slices = 1, .buffers = 2};
    /* Slices, so that channels x slices are shared out evenly: 20 channels make 40 shares for 8 cores. */
    if (pass == TL_GRAD_W)
        while (plan->slices < CORES && plan->slices * 2u <= rows && c * plan->slices % CORES && c * plan->slices < 40)
            plan->slices = (uint8_t)(plan->slices * 2);
    while (tl_depthwise_pass_bytes(layer, pass, plan) > l1_bytes) {
        if (plan->c > CORES && layer->c % CORES == 0)
            plan->c = plan->c > CHANNELS && plan->c % CHANNELS == 0 ? plan->c / 2 : CORES;
        else if (plan->rows > FEW_ROWS || (plan->c == 1 && plan->rows > 1))
            plan->rows = (uint16_t)((plan->rows + 1) / 2);
        else if (plan->c > 1)
            plan->c = (uint16_t)((plan->c + 1) / 2);
        else if (plan->buffers > 1)
            plan->buffers = 1;
        else if (plan->slices > 1)
            plan->slices = 1;
        else
            return TL_BAD_PLAN;
    }
    return TL_OK;
}

static void forward(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan, const float *x,
                    const float *w, const float *b, float *y, tl_epilogue act) {
    tl_depthwise_pass pass = {
        .layer = *layer, .x = (float *)(uintptr_t)x, .w = (float *)(uintptr_t)w, .b = (float *)(uintptr_t)b, .y = y};
    tl_depthwise_pass_forward(&pass, plan, act);
    tl_planes_run(team, &pass.base);
}

void tl_depthwise_forward_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan,
                              const float *x, const float *w, const float *b, float *y) {
    forward(team, layer, plan, x, w, b, y, TL_EPILOGUE_NONE);
}

void tl_depthwise_forward_relu_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan,
                                   const float *x, const float *w, const float *b, float *y) {
    forward(team, layer, plan, x, w, b, y, TL_EPILOGUE_RELU);
}

void tl_depthwise_forward_relu6_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan,
                                    const float *x, const float *w, const float *b, float *y) {
    forward(team, layer, plan, x, w, b, y, TL_EPILOGUE_RELU6);
}

static void grad_w(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan, const float *x,
                   const float *dy, float *dw, float *db, bool add) {
    tl_depthwise_pass pass = {
        .layer = *layer, .x = (float *)(uintptr_t)x, .y = (float *)(uintptr_t)dy, .w = dw, .b = db};
    tl_depthwise_pass_grad_w(&pass, plan, add);
    tl_planes_run(team, &pass.base);
}

void tl_depthwise_grad_w_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan, const float *x,
                             const float *dy, float *dw, float *db) {
    grad_w(team, layer, plan, x, dy, dw, db, false);
}

void tl_depthwise_grad_w_add_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan,
                                 const float *x, const float *dy, float *dw, float *db) {
    grad_w(team, layer, plan, x, dy, dw, db, true);
}

static void grad_x(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan, const float *w,
                   const float *dy, const float *mask, float *dx, tl_epilogue epilogue) {
    tl_depthwise_pass pass = {.layer = *layer,
                              .w = (float *)(uintptr_t)w,
                              .y = (float *)(uintptr_t)dy,
                              .mask = (float *)(uintptr_t)mask,
                              .x = dx};
    tl_depthwise_pass_grad_x(&pass, plan, epilogue);
    tl_planes_run(team, &pass.base);
}

void tl_depthwise_grad_x_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan, const float *w,
                             const float *dy, const float *mask, float *dx) {
    grad_x(team, layer, plan, w, dy, mask, dx, TL_EPILOGUE_MASK_RELU);
}

void tl_depthwise_grad_x_relu6_f32(const tl_team *team, const tl_depthwise *layer, const tl_planes_plan *plan,
                                   const float *w, const float *dy, const float *mask, float *dx) {
    grad_x(team, layer, plan, w, dy, mask, dx, TL_EPILOGUE_MASK_RELU6);
}
