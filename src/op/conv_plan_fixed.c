/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for kernels of fixed strides: of all that fit, the one that is estimated to take the fewest cycles. */
#include "src/op/conv_tiles.h"
#include "tl/linear.h"

enum { TILES_MAX = 16, SMALL_CHANNELS = 4 };

/* A dimension of `size` in `parts` nearly equal tiles. */
static uint16_t part_of(uint32_t size, uint32_t parts) {
    return (uint16_t)((size + parts - 1) / parts);
}

/* The next smaller tile of a dimension, 0 behind the last: as many rows as make one tile more ... */
static uint16_t next_rows(uint32_t size, uint16_t tile) {
    uint32_t parts = (size + tile - 1) / tile;
    while (parts < TILES_MAX && parts < size)
        if (part_of(size, ++parts) < tile)
            return part_of(size, parts);
    return 0;
}

/* ... as many channels as divide all; and, where strides do not depend on that, so many that some whole tiles of nearly
 * that size are all, or that they are whole blocks of five. */
static uint16_t next_channels(uint32_t size, bool any, uint16_t tile) {
    enum { FEW = 4, MORE = 2, MOST_FIVES = 64 };
    while (tile > SMALL_CHANNELS) {
        --tile;
        const uint32_t tiles = (size + tile - 1) / tile;
        if (size % tile == 0 || (any && tile >= 4 * SMALL_CHANNELS &&
                                 ((tiles <= FEW && tile <= part_of(size, tiles) + MORE) ||
                                  (tile % 5 == 0 && tile <= MOST_FIVES && size > 2 * MOST_FIVES))))
            return tile;
    }
    return 0;
}

/* The pass on no tensors; of grad_x the one with a mask, as tl_conv_supported has it. */
static void describe(const tl_conv *conv, tl_pass which, const tl_mm_plan *plan, float *any, tl_conv_pass *pass) {
    *pass = (tl_conv_pass){.conv = conv, .x = any, .w = any, .b = any, .y = any, .beside = any};
    if (which == TL_GRAD_X)
        pass->base.epilogue = TL_EPILOGUE_MASK_RELU;
    if (which == TL_FORWARD)
        tl_conv_pass_forward(pass, plan);
    else if (which == TL_GRAD_W)
        tl_conv_pass_grad_w(pass, plan);
    else
        tl_conv_pass_grad_x(pass, plan);
}

typedef struct search {
    const tl_conv *conv;
    tl_pass which;
    uint32_t l1_bytes;
    float steps; /* cycles that no plan can do without */
    tl_mm_plan best;
    float cycles; /* of the best one; 0: there is none yet */
} search;

/* The plan's tiles with a kernel and a way to share the work out. */
static void consider(search *s, tl_mm_plan plan) {
    float any;
    tl_conv_pass pass;
    describe(s->conv, s->which, &plan, &any, &pass);
    if (s->cycles > 0.0f && s->steps + tl_mm_pass_overhead(&pass.base) >= s->cycles)
        return;
    float cycles = tl_mm_pass_cycles(&pass.base);
    if (s->cycles > 0.0f && cycles >= s->cycles)
        return;
    if (tl_conv_pass_strides(s->conv, s->which, &plan, &plan.strides) &&
        tl_conv_supported(s->conv, s->which, &plan, s->l1_bytes) == TL_OK) {
        s->best = plan;
        s->cycles = cycles;
    }
}

static void consider_kernels(search *s, tl_mm_plan plan) {
    float any;
    tl_conv_pass pass;
    plan.kernel = tl_mm_f32_pulp_4x4;
    plan.block_m = plan.block_n = 4;
    describe(s->conv, s->which, &plan, &any, &pass);
    if (tl_mm_pass_bytes(&pass.base) > s->l1_bytes)
        return;
    for (uint32_t i = 0; i < tl_mm_fixed_count; ++i) {
        plan.kernel = tl_mm_fixed_table[i].run;
        plan.block_m = tl_mm_fixed_table[i].mr;
        plan.block_n = tl_mm_fixed_table[i].nr;
        for (uint8_t way = 0; way < 4; ++way) {
            plan.by_columns = way & 1;
            plan.padded = way >> 1;
            if (!plan.padded || tl_conv_pads(s->conv, s->which))
                consider(s, plan);
        }
    }
}

tl_status tl_conv_plan_fixed(const tl_conv *conv, tl_pass pass, uint32_t l1_bytes, tl_mm_plan *plan) {
    tl_status status = tl_conv_plan(conv, pass, l1_bytes, plan);
    if (status != TL_OK)
        return status;
    const uint32_t rows = pass == TL_GRAD_X ? conv->h : tl_conv_out_h(conv);
    const uint32_t cols = pass == TL_GRAD_X ? conv->w : tl_conv_out_w(conv);
    /* The best block's step is 29 instructions for 20 multiply-adds, on eight cores. */
    search s = {
        .conv = conv, .which = pass, .l1_bytes = l1_bytes, .steps = (float)tl_conv_macs(conv) * (29.0f / 20.0f / 8.0f)};
    /* Of the channels that are the results' columns. */
    const bool any = tl_conv_groups(conv) == 1, any_o = any && pass == TL_FORWARD;
    const bool any_c = any && (pass == TL_GRAD_X || (pass == TL_GRAD_W && conv->kw == 1));
    tl_mm_plan p = {.slices = 1};
    for (p.buffers = 1; p.buffers <= 2; ++p.buffers)
        for (p.rows = (uint16_t)rows; p.rows > 0; p.rows = next_rows(rows, p.rows))
            for (p.cols = (uint16_t)cols; p.cols > 0; p.cols = next_rows(cols, p.cols))
                for (p.o = conv->o; p.o > 0; p.o = next_channels(conv->o, any_o, p.o))
                    for (p.c = conv->c; p.c > 0; p.c = next_channels(conv->c, any_c, p.c))
                        consider_kernels(&s, p);
    if (s.cycles > 0.0f)
        *plan = s.best;
    return TL_OK;
}
