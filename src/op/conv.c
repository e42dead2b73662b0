/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution: sizes, checks, plans. What the passes' tiles look like stands in conv_tiles.c. */
#include "tl/conv.h"
#include "src/base/span.h"
#include "src/op/conv_tiles.h"

uint32_t tl_conv_out_h(const tl_conv *conv) {
    return tl_span_out(conv->h, tl_conv_window_h(conv), conv->stride_h, conv->top, conv->bottom);
}

uint32_t tl_conv_out_w(const tl_conv *conv) {
    return tl_span_out(conv->w, tl_conv_window_w(conv), conv->stride_w, conv->left, conv->right);
}

uint64_t tl_conv_macs(const tl_conv *conv) {
    uint64_t taps = (uint64_t)conv->kh * conv->kw * (conv->c / tl_conv_groups(conv));
    return (uint64_t)conv->n * tl_conv_out_h(conv) * tl_conv_out_w(conv) * conv->o * taps;
}

/* Everything that is multiplied below must stay in 31 bits: bytes of a tensor, and of a box with its halo. */
static tl_status check_sizes(const tl_conv *conv) {
    if (!conv->n || !conv->h || !conv->w || !conv->c || !conv->o || !conv->kh || !conv->kw || !conv->stride_h ||
        !conv->stride_w || !tl_conv_out_h(conv) || !tl_conv_out_w(conv))
        return TL_BAD_SIZES;
    const uint32_t groups = tl_conv_groups(conv);
    if (conv->c % groups != 0 || conv->o % groups != 0)
        return TL_BAD_SIZES;
    const uint64_t limit = (uint64_t)1 << 29;
    uint64_t x = (uint64_t)conv->n * conv->h * conv->w * conv->c;
    uint64_t y = (uint64_t)conv->n * tl_conv_out_h(conv) * tl_conv_out_w(conv) * conv->o;
    uint64_t w = (uint64_t)conv->kh * conv->kw * conv->o * (conv->c / groups);
    uint64_t halo = ((uint64_t)conv->h + conv->top + conv->bottom + tl_conv_window_h(conv)) *
                    ((uint64_t)conv->w + conv->left + conv->right + tl_conv_window_w(conv));
    uint64_t deep = conv->c > conv->o ? conv->c : conv->o;
    return x < limit && y < limit && w < limit && halo * deep < limit ? TL_OK : TL_BAD_SIZES;
}

/* A step, as far as its L1 goes. */
typedef struct conv_step {
    tl_pass pass;
    tl_epilogue epilogue;
    uint32_t sink_tensors;
} conv_step;

/* Of grad_x the one with a mask, which needs more than the one without. */
static conv_step step_of(tl_pass pass) {
    return (conv_step){.pass = pass, .epilogue = pass == TL_GRAD_X ? TL_EPILOGUE_MASK_RELU : TL_EPILOGUE_NONE};
}

static const conv_step forward_add = {.pass = TL_FORWARD, .epilogue = TL_EPILOGUE_ADD};

static conv_step update_of(tl_rule rule) {
    return (conv_step){.pass = TL_GRAD_W, .sink_tensors = tl_rule_tensors(rule)};
}

/* The step on no tensors. */
static void describe(const tl_conv *conv, const conv_step *step, const tl_mm_plan *plan, float *any,
                     tl_conv_pass *pass) {
    *pass = (tl_conv_pass){.base = {.epilogue = step->epilogue, .sink_tensors = step->sink_tensors},
                           .conv = conv,
                           .x = any,
                           .w = any,
                           .b = any,
                           .y = any};
    if (step->pass == TL_FORWARD)
        tl_conv_pass_forward(pass, plan);
    else if (step->pass == TL_GRAD_W)
        tl_conv_pass_grad_w(pass, plan);
    else
        tl_conv_pass_grad_x(pass, plan);
}

static uint32_t step_bytes(const tl_conv *conv, const conv_step *step, const tl_mm_plan *plan) {
    float any;
    tl_conv_pass pass;
    describe(conv, step, plan, &any, &pass);
    return tl_mm_pass_bytes(&pass.base);
}

bool tl_conv_pass_strides(const tl_conv *conv, tl_pass which, const tl_mm_plan *plan, tl_mm_strides *strides) {
    float any;
    tl_conv_pass pass;
    const conv_step step = step_of(which);
    describe(conv, &step, plan, &any, &pass);
    return tl_mm_pass_strides(&pass.base, strides);
}

static tl_status supported(const tl_conv *conv, const conv_step *step, const tl_mm_plan *plan, uint32_t l1_bytes) {
    tl_status status = check_sizes(conv);
    if (status != TL_OK)
        return status;
    if (!plan->kernel || !plan->block_m || !plan->block_n || !plan->slices || !plan->rows || !plan->cols || !plan->o ||
        !plan->c || plan->padded > (tl_conv_pads(conv, step->pass) ? 1 : 0))
        return TL_BAD_PLAN;
    float any;
    tl_conv_pass pass;
    describe(conv, step, plan, &any, &pass);
    return tl_mm_pass_suits_kernel(&pass.base) && tl_mm_pass_bytes(&pass.base) <= l1_bytes ? TL_OK : TL_BAD_PLAN;
}

tl_status tl_conv_supported(const tl_conv *conv, tl_pass pass, const tl_mm_plan *plan, uint32_t l1_bytes) {
    const conv_step step = step_of(pass);
    return supported(conv, &step, plan, l1_bytes);
}

tl_status tl_conv_forward_add_supported(const tl_conv *conv, const tl_mm_plan *plan, uint32_t l1_bytes) {
    return supported(conv, &forward_add, plan, l1_bytes);
}

tl_status tl_conv_update_supported(const tl_conv *conv, tl_rule rule, const tl_mm_plan *plan, uint32_t l1_bytes) {
    const conv_step step = update_of(rule);
    return supported(conv, &step, plan, l1_bytes);
}

static void halve(uint16_t *size) {
    *size = (uint16_t)((*size + 1) / 2);
}

/* Blocks of results in a full tile: what there is to share out. */
static uint32_t tile_blocks(const tl_conv *conv, tl_pass pass, const tl_mm_plan *plan) {
    uint32_t groups = tl_conv_groups(conv), group_o = conv->o / groups, group_c = conv->c / groups;
    uint32_t sets = plan->o / group_o < plan->c / group_c ? plan->o / group_o : plan->c / group_c;
    uint32_t o = plan->o < group_o ? plan->o : group_o, c = plan->c < group_c ? plan->c : group_c, m, n;
    if (pass == TL_GRAD_W) {
        m = o * conv->kh;
        n = c * conv->kw;
    } else {
        m = (uint32_t)plan->rows * plan->cols;
        n = pass == TL_FORWARD ? o : c;
    }
    return ((m + plan->block_m - 1) / plan->block_m) * ((n + plan->block_n - 1) / plan->block_n) * (sets ? sets : 1);
}

/* The o of even tiles of at most so many output channels, whole blocks. */
static uint16_t even_o(uint32_t o, uint32_t most) {
    most = most > 4 ? most / 4 * 4 : 4;
    uint32_t tiles = (o + most - 1) / most, even = ((o + tiles - 1) / tiles + 3) / 4 * 4;
    return (uint16_t)(even < o ? even : o);
}

/*
 * An update's tiles of so many output channels that the gradient, its parameters and what is kept for them are in
 * twice, one coming and going while the other is worked on; or, if x and dy have no room beside them, once in half of
 * L1.
 */
static void plan_sinks(const tl_conv *conv, const conv_step *step, uint32_t l1_bytes, tl_mm_plan *plan) {
    const uint32_t taps = (uint32_t)conv->kh * conv->kw * (conv->c / tl_conv_groups(conv));
    const uint64_t one = (uint64_t)taps * 4 * (1 + step->sink_tensors);
    const uint32_t half = (uint32_t)(l1_bytes / 2 / one);
    plan->buffers = 2;
    for (uint32_t most = half < conv->o ? half : conv->o; most >= 8; most -= 4) {
        plan->o = even_o(conv->o, most);
        if (step_bytes(conv, step, plan) <= l1_bytes)
            return;
    }
    plan->buffers = 1;
    plan->o = even_o(conv->o, half);
}

/*
 * The rule: begin with the whole layer and halve what costs least until it fits: rows first (halo apart they stream
 * through once), then output channels, then columns, then input channels; for grad_x, whose reduction is over the
 * output channels, input channels before those.
 */
static tl_status make_plan(const tl_conv *conv, const conv_step *step, uint32_t l1_bytes, tl_mm_plan *plan) {
    tl_status status = check_sizes(conv);
    if (status != TL_OK)
        return status;
    bool grad_x = step->pass == TL_GRAD_X;
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
    if (step->sink_tensors > 0 && step_bytes(conv, step, plan) > l1_bytes)
        plan_sinks(conv, step, l1_bytes, plan);
    while (step_bytes(conv, step, plan) > l1_bytes) {
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
    if (tile_blocks(conv, step->pass, plan) < CORES)
        plan->block_m = plan->block_n = 1;
    uint32_t blocks = tile_blocks(conv, step->pass, plan);
    if (blocks < CORES) {
        tl_mm_plan sliced = *plan;
        sliced.slices = (uint8_t)((CORES + blocks - 1) / blocks);
        if (step_bytes(conv, step, &sliced) <= l1_bytes)
            *plan = sliced;
    }
    return TL_OK;
}

tl_status tl_conv_plan(const tl_conv *conv, tl_pass pass, uint32_t l1_bytes, tl_mm_plan *plan) {
    const conv_step step = step_of(pass);
    return make_plan(conv, &step, l1_bytes, plan);
}

tl_status tl_conv_forward_add_plan(const tl_conv *conv, uint32_t l1_bytes, tl_mm_plan *plan) {
    return make_plan(conv, &forward_add, l1_bytes, plan);
}

tl_status tl_conv_update_plan(const tl_conv *conv, tl_rule rule, uint32_t l1_bytes, tl_mm_plan *plan) {
    const conv_step step = update_of(rule);
    return make_plan(conv, &step, l1_bytes, plan);
}
