/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution: sizes, checks, plans and the public calls. What the passes' tiles look like stands in conv_tiles.c. */
#include "tl/conv.h"
#include "src/base/span.h"
#include "src/op/conv_tiles.h"

uint32_t tl_conv_out_h(const tl_conv *conv) {
    return tl_span_out(conv->h, conv->kh, conv->stride_h, conv->top, conv->bottom);
}

uint32_t tl_conv_out_w(const tl_conv *conv) {
    return tl_span_out(conv->w, conv->kw, conv->stride_w, conv->left, conv->right);
}

uint64_t tl_conv_macs(const tl_conv *conv) {
    return (uint64_t)conv->n * tl_conv_out_h(conv) * tl_conv_out_w(conv) * conv->o * conv->kh * conv->kw * conv->c;
}

/* Everything that is multiplied below must stay in 31 bits: bytes of a tensor, and of a box with its halo. */
static tl_status check_sizes(const tl_conv *conv) {
    if (!conv->n || !conv->h || !conv->w || !conv->c || !conv->o || !conv->kh || !conv->kw || !conv->stride_h ||
        !conv->stride_w || !tl_conv_out_h(conv) || !tl_conv_out_w(conv))
        return TL_BAD_SIZES;
    const uint64_t limit = (uint64_t)1 << 29;
    uint64_t x = (uint64_t)conv->n * conv->h * conv->w * conv->c;
    uint64_t y = (uint64_t)conv->n * tl_conv_out_h(conv) * tl_conv_out_w(conv) * conv->o;
    uint64_t w = (uint64_t)conv->kh * conv->kw * conv->o * conv->c;
    return x < limit && y < limit && w < limit ? TL_OK : TL_BAD_SIZES;
}

tl_status tl_conv_supported(const tl_conv *conv, tl_pass pass, const tl_mm_plan *plan, uint32_t l1_bytes) {
    tl_status status = check_sizes(conv);
    if (status != TL_OK)
        return status;
    if (!plan->kernel || !plan->block_m || !plan->block_n || !plan->slices || !plan->rows || !plan->cols || !plan->o ||
        !plan->c)
        return TL_BAD_PLAN;
    if (!tl_conv_pass_suits_kernel(conv, pass, plan))
        return TL_BAD_PLAN;
    return tl_conv_pass_bytes(conv, pass, plan) <= l1_bytes ? TL_OK : TL_BAD_PLAN;
}

static void halve(uint16_t *size) {
    *size = (uint16_t)((*size + 1) / 2);
}

/* Blocks of results in a full tile: what there is to share out. */
static uint32_t tile_blocks(const tl_conv *conv, tl_pass pass, const tl_mm_plan *plan) {
    uint32_t rows = plan->rows, cols = plan->cols, m, n;
    if (pass == TL_FORWARD) {
        m = rows * cols;
        n = plan->o;
    } else if (pass == TL_GRAD_W) {
        m = (uint32_t)plan->o * conv->kh;
        n = (uint32_t)plan->c * conv->kw;
    } else {
        m = rows * cols;
        n = plan->c;
    }
    return ((m + plan->block_m - 1) / plan->block_m) * ((n + plan->block_n - 1) / plan->block_n);
}

/*
 * The rule: begin with the whole layer and halve what costs least until it fits: rows first (halo apart they stream
 * through once), then output channels, then columns, then input channels; for grad_x, whose reduction is over the
 * output channels, input channels before those.
 */
tl_status tl_conv_plan(const tl_conv *conv, tl_pass pass, uint32_t l1_bytes, tl_mm_plan *plan) {
    tl_status status = check_sizes(conv);
    if (status != TL_OK)
        return status;
    bool grad_x = pass == TL_GRAD_X;
    *plan = (tl_mm_plan){
        .kernel = tl_mm_f32_pulp_4x4,
        .block_m = 4,
        .block_n = 4,
        .slices = 1,
        .rows = (uint16_t)(grad_x ? conv->h : tl_conv_out_h(conv)),
        .cols = (uint16_t)(grad_x ? conv->w : tl_conv_out_w(conv)),
        .o = conv->o,
        .c = conv->c,
    };
    while (tl_conv_pass_bytes(conv, pass, plan) > l1_bytes) {
        uint16_t *first = grad_x ? &plan->c : &plan->o, *second = grad_x ? &plan->o : &plan->c;
        if (plan->rows > 1)
            halve(&plan->rows);
        else if (*first > 16)
            halve(first);
        else if (plan->cols > 4)
            halve(&plan->cols);
        else if (*second > 1)
            halve(second);
        else if (*first > 1)
            halve(first);
        else if (plan->cols > 1)
            halve(&plan->cols);
        else
            return TL_BAD_PLAN;
    }
    /* Fewer blocks than the eight cores could share: smaller blocks, then slices of the reduction, if there is room. */
    enum { CORES = 8 };
    if (tile_blocks(conv, pass, plan) < CORES)
        plan->block_m = plan->block_n = 1;
    uint32_t blocks = tile_blocks(conv, pass, plan);
    if (blocks < CORES) {
        tl_mm_plan sliced = *plan;
        sliced.slices = (uint8_t)((CORES + blocks - 1) / blocks);
        if (tl_conv_pass_bytes(conv, pass, &sliced) <= l1_bytes)
            *plan = sliced;
    }
    return TL_OK;
}

static void forward(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x, const float *w,
                    const float *b, float *y, bool relu) {
    tl_conv_pass pass = {
        .conv = conv, .x = (float *)(uintptr_t)x, .w = (float *)(uintptr_t)w, .b = (float *)(uintptr_t)b, .y = y};
    tl_conv_pass_forward(&pass, plan);
    pass.base.relu = relu;
    tl_mm_pass_run(team, &pass.base);
}

void tl_conv_forward_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                         const float *w, const float *b, float *y) {
    forward(team, conv, plan, x, w, b, y, false);
}

void tl_conv_forward_relu_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                              const float *w, const float *b, float *y) {
    forward(team, conv, plan, x, w, b, y, true);
}

static void grad_w(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x, const float *dy,
                   float *dw, float *db, bool add) {
    tl_conv_pass pass = {.conv = conv, .x = (float *)(uintptr_t)x, .y = (float *)(uintptr_t)dy, .w = dw, .b = db};
    tl_conv_pass_grad_w(&pass, plan);
    pass.base.add = add;
    tl_mm_pass_run(team, &pass.base);
}

void tl_conv_grad_w_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                        const float *dy, float *dw, float *db) {
    grad_w(team, conv, plan, x, dy, dw, db, false);
}

void tl_conv_grad_w_add_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                            const float *dy, float *dw, float *db) {
    grad_w(team, conv, plan, x, dy, dw, db, true);
}

void tl_conv_grad_x_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *w,
                        const float *dy, const float *mask, float *dx) {
    tl_conv_pass pass = {.conv = conv,
                         .w = (float *)(uintptr_t)w,
                         .y = (float *)(uintptr_t)dy,
                         .mask = (float *)(uintptr_t)mask,
                         .x = dx};
    tl_conv_pass_grad_x(&pass, plan);
    tl_mm_pass_run(team, &pass.base);
}
