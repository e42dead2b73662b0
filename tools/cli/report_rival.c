/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/report_rival.h"
#include "bench/baselines.h"
#include "src/op/conv_tiles.h"
#include "tools/tune/step_request.h"
#include <stdio.h>

enum { WAYS = 4 };

uint32_t rival_count(void) {
    return (tl_mm_count + tl_mm_fixed_count) * WAYS;
}

rival rival_numbered(uint32_t number) {
    const uint32_t way = number % WAYS;
    return (rival){.kernel = number / WAYS, .buffers = way & 1 ? 1 : 2, .by_columns = (uint8_t)(way >> 1)};
}

rival rival_naive(void) {
    return (rival){.kernel = step_kernel_named("tl_mm_f32_naive"), .buffers = 1};
}

rival rival_one_size(void) {
    return (rival){.kernel = step_kernel_named("tl_mm_f32_naive"),
                   .block_m = bench_one_size.mr,
                   .block_n = bench_one_size.nr,
                   .buffers = 1};
}

size_t rival_name(const rival *r, char *text, size_t room) {
    int n = snprintf(text, room, "%s, by %s, %u buffer%s", tl_mm_numbered(r->kernel)->name,
                     r->by_columns ? "columns" : "rows", r->buffers, r->buffers > 1 ? "s" : "");
    return n > 0 ? (size_t)n : 0;
}

tl_conv rival_conv(const step_problem *p) {
    const tl_linear *l = &p->size.linear;
    if (p->op == STEP_CONV)
        return p->size.conv;
    return (tl_conv){.n = 1, .h = 1, .w = l->n, .c = l->k, .o = l->o, .kh = 1, .kw = 1, .stride_h = 1, .stride_w = 1};
}

/* Every size that so many equal parts have; the parts grow. Returns the next number of parts, 0 behind the last. */
static uint32_t next_parts(uint32_t whole, uint32_t parts) {
    const uint32_t size = (whole + parts - 1) / parts;
    while (parts <= whole && (whole + parts - 1) / parts == size)
        ++parts;
    return parts > whole ? 0 : parts;
}

static bool fits(const step_problem *p, const tl_conv *conv, uint32_t l1, step_plan *plan) {
    tl_mm_plan *mm = &plan->of.mm;
    mm->strides = (tl_mm_strides){0, 0, 0, 0};
    if (step_kernel_number(mm->kernel) >= tl_mm_count &&
        !tl_conv_pass_strides(conv, (tl_pass)p->pass, mm, &mm->strides))
        return false;
    return step_supported(p, plan, l1) == TL_OK;
}

bool rival_plan(const rival *r, const step_problem *p, uint32_t l1, step_plan *plan) {
    if (step_plan_kind_of(p->op) != STEP_PLAN_MM)
        return false;
    const tl_mm_info *k = tl_mm_numbered(r->kernel);
    const tl_conv conv = rival_conv(p);
    const bool to_x = p->pass == STEP_GRAD_X;
    const uint32_t h = to_x ? conv.h : tl_conv_out_h(&conv), w = to_x ? conv.w : tl_conv_out_w(&conv);
    uint64_t most = 0;
    step_plan tried = {.kind = STEP_PLAN_MM};
    tried.of.mm = (tl_mm_plan){.kernel = k->run,
                               .block_m = r->block_m ? r->block_m : k->mr,
                               .block_n = r->block_n ? r->block_n : k->nr,
                               .slices = 1,
                               .by_columns = r->by_columns,
                               .cols = (uint16_t)w};
    for (uint8_t buffers = r->buffers; buffers >= 1 && !most; --buffers)
        for (uint32_t rows = 1; rows; rows = next_parts(h, rows))
            for (uint32_t o = 1; o; o = next_parts(conv.o, o))
                for (uint32_t c = 1; c; c = next_parts(conv.c, c)) {
                    tl_mm_plan *mm = &tried.of.mm;
                    mm->buffers = buffers;
                    mm->rows = (uint16_t)((h + rows - 1) / rows);
                    mm->o = (uint16_t)((conv.o + o - 1) / o);
                    mm->c = (uint16_t)((conv.c + c - 1) / c);
                    const uint64_t size = (uint64_t)mm->rows * mm->o * mm->c;
                    if (size <= most || !fits(p, &conv, l1, &tried))
                        continue;
                    most = size;
                    *plan = tried;
                }
    return most > 0;
}

bool rival_with(const rival *r, const step_problem *p, step_plan *plan) {
    const tl_mm_info *k = tl_mm_numbered(r->kernel);
    const tl_conv conv = rival_conv(p);
    plan->of.mm.kernel = k->run;
    plan->of.mm.block_m = k->mr;
    plan->of.mm.block_n = k->nr;
    plan->of.mm.by_columns = r->by_columns;
    return fits(p, &conv, step_l1_bytes(), plan);
}

static uint32_t parts_of_linear_one(const step_problem *p, step_problem *parts) {
    const tl_linear *l = &p->size.linear;
    uint32_t n = 0;
    if (p->pass == STEP_FORWARD)
        parts[n++] =
            (step_problem){.op = STEP_LINEAR, .pass = STEP_FORWARD, .epilogue = p->epilogue, .size.linear = *l};
    if (p->pass == STEP_GRAD_W || p->pass == STEP_STEP)
        parts[n++] = (step_problem){.op = STEP_LINEAR, .pass = STEP_GRAD_W, .size.linear = *l};
    if (p->update)
        parts[n++] = (step_problem){.op = STEP_OPTIMISER,
                                    .pass = STEP_GRAD_W,
                                    .update = p->update,
                                    .size.elements = (uint32_t)l->k * l->o + l->o};
    if (p->pass == STEP_GRAD_X || p->pass == STEP_STEP)
        parts[n++] = (step_problem){.op = STEP_LINEAR, .pass = STEP_GRAD_X, .mask = p->mask, .size.linear = *l};
    /* A linear layer of any batch counts its samples. */
    for (uint32_t i = 0; i < n; ++i)
        if (parts[i].op == STEP_LINEAR)
            parts[i].size.linear.n = 1;
    return n;
}

uint32_t rival_parts(const step_problem *p, step_problem *parts) {
    const tl_depthwise *d = &p->size.depthwise;
    switch (p->op) {
    case STEP_CONV:
    case STEP_LINEAR:
        parts[0] = *p;
        return 1;
    case STEP_LINEAR_ONE:
        return parts_of_linear_one(p, parts);
    case STEP_DEPTHWISE:
        parts[0] = *p;
        parts[0].op = STEP_CONV;
        parts[0].size.conv = (tl_conv){.n = d->n,
                                       .h = d->h,
                                       .w = d->w,
                                       .c = d->c,
                                       .o = d->c,
                                       .kh = d->kh,
                                       .kw = d->kw,
                                       .stride_h = d->stride_h,
                                       .stride_w = d->stride_w,
                                       .top = d->top,
                                       .left = d->left,
                                       .bottom = d->bottom,
                                       .right = d->right,
                                       .groups = d->c};
        return 1;
    default:
        return 0;
    }
}
