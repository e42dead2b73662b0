/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/bench_bound.h"

static uint64_t ceil_div(uint64_t a, uint64_t b) {
    return (a + b - 1) / b;
}

static uint64_t greater(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

uint64_t bench_bound(const bench_work *work, const sim_machine *machine, uint32_t cores) {
    const uint32_t fpus = machine->fpus < cores ? machine->fpus : cores;
    if (!work->instructions)
        return 0;
    uint64_t bound = ceil_div(work->instructions, cores);
    bound = greater(bound, ceil_div(work->macs, fpus));
    bound = greater(bound, ceil_div(work->in, machine->dma_width));
    return greater(bound, ceil_div(work->out, machine->dma_width));
}

bench_work bench_work_mm(uint64_t m, uint64_t n, uint64_t macs, const tl_mm_info *kernel) {
    /* Loads of A: every row once a column of blocks; of B: every column once a row of blocks. */
    const uint64_t loads = ceil_div(n, kernel->nr) * m + ceil_div(m, kernel->mr) * n;
    return (bench_work){.macs = macs, .instructions = macs + ceil_div(macs * loads, m * n), .kernel = kernel->name};
}

static void set_bytes(bench_work *work, tl_pass pass, uint64_t x, uint64_t w, uint64_t b, uint64_t y) {
    const uint64_t in[] = {x + w + b, x + y, w + y}, out[] = {y, w + b, x};
    work->in = 4 * in[pass];
    work->out = 4 * out[pass];
}

bench_work bench_work_conv(const tl_conv *conv, tl_pass pass, const tl_mm_info *kernel) {
    const uint64_t pixels = (uint64_t)conv->n * tl_conv_out_h(conv) * tl_conv_out_w(conv);
    const uint64_t groups = conv->groups ? conv->groups : 1, c = conv->c / groups, o = conv->o / groups;
    const uint64_t places = (uint64_t)conv->n * conv->h * conv->w, run = conv->kw * c;
    const uint64_t m[] = {pixels, o, places}, n[] = {o, run, c}; /* of one group */
    bench_work work = bench_work_mm(m[pass], n[pass], tl_conv_macs(conv), kernel);
    set_bytes(&work, pass, places * conv->c, conv->kh * run * conv->o, conv->o, pixels * conv->o);
    return work;
}

bench_work bench_work_linear(const tl_linear *linear, tl_pass pass, const tl_mm_info *kernel) {
    const uint64_t m[] = {linear->n, linear->o, linear->n}, n[] = {linear->o, linear->k, linear->k};
    bench_work work = bench_work_mm(m[pass], n[pass], tl_linear_macs(linear), kernel);
    set_bytes(&work, pass, (uint64_t)linear->n * linear->k, (uint64_t)linear->o * linear->k, linear->o,
              (uint64_t)linear->n * linear->o);
    return work;
}

/* Of 3x3 kernels a step is a row of up to 4 results of a channel: its loads, 9 multiply-adds a result, and its stores;
 * the gradient of w loads dy and adds it up besides. docs/kernels.md */
static uint64_t depthwise_3x3(uint64_t rows, uint64_t cols, uint32_t stride, tl_pass pass) {
    const uint32_t a_result = (stride == 1 ? 11u : 14u) + (pass == TL_GRAD_W ? 1u : 0u);
    return rows * (a_result * cols + 2 * ceil_div(cols, 4));
}

/* The same of up to 5 columns whose padding is left out: 9 multiply-adds for each but 6 a row, two loads or stores. */
static uint64_t depthwise_narrow(uint64_t rows, uint64_t cols, tl_pass pass) {
    return rows * ((11 + (pass == TL_GRAD_W ? 1u : 0u)) * cols - 6);
}

bench_work bench_work_depthwise(const tl_depthwise *l, tl_pass pass) {
    static const char *const names[][3] = {
        {"tl_depthwise_3x3_f32", "tl_depthwise_3x3s2_f32", "tl_depthwise_3x3_narrow_f32"},
        {"tl_depthwise_grad_3x3_f32", "tl_depthwise_grad_3x3s2_f32", "tl_depthwise_grad_3x3_narrow_f32"}};
    const uint64_t out_rows = (uint64_t)l->n * tl_depthwise_out_h(l) * l->c, out_cols = tl_depthwise_out_w(l);
    const uint64_t rows = (uint64_t)l->n * l->h * l->c, x = rows * l->w, y = out_rows * out_cols;
    bench_work work = {.macs = tl_depthwise_macs(l)};
    const bool own = l->kh == 3 && l->kw == 3 && l->stride_h == l->stride_w && l->stride_w <= 2;
    const bool narrow = own && l->stride_w == 1 && l->left == 1 && l->right == 1 && l->w <= 5;
    if (narrow)
        work.instructions = depthwise_narrow(pass == TL_GRAD_X ? rows : out_rows, l->w, pass);
    else if (own && pass == TL_GRAD_X && l->stride_w == 1)
        work.instructions = depthwise_3x3(rows, l->w, 1, pass);
    else if (own && pass != TL_GRAD_X)
        work.instructions = depthwise_3x3(out_rows, out_cols, l->stride_w, pass);
    else if (own) /* a quad of dx takes one multiply-add for each tap, three loads and four stores */
        work.instructions = 4 * x;
    else /* a tap of four results, each with a load of its own */
        work.instructions = ceil_div(9 * work.macs, 4);
    work.kernel = !own                                    ? "tl_depthwise_any_f32"
                  : pass == TL_GRAD_X && l->stride_w == 2 ? "tl_depthwise_spread_3x3s2_f32"
                                                          : names[pass == TL_GRAD_W][narrow ? 2 : l->stride_w - 1];
    set_bytes(&work, pass, x, (uint64_t)l->kh * l->kw * l->c, l->c, y);
    return work;
}

bench_work bench_work_matvec(uint64_t weights, uint32_t macs, uint32_t steps, const char *kernel) {
    return (bench_work){.macs = weights * macs, .instructions = ceil_div(weights * steps, 16), .kernel = kernel};
}

/*
 * W travels once, and so do the vectors. For 16 weights forward and grad_x take 33 instructions of a core, half of the
 * time in which the DMA brings the weights: what bounds them is the way in. The step takes 66, for each weight a load,
 * two multiply-adds and a store, and dy once for eight: 8,448 cycles of 128 x 128 on eight cores; in come W, x, dy, b
 * and a mask in 8,448 as well; out go W, b and dx in 8,320, or 8,580 where 256 bytes take 33 cycles, which is not
 * counted here.
 */
bench_work bench_work_linear_one(const tl_linear *linear, uint32_t pass) {
    static const char *const kernels[] = {"tl_matvec_f32", "tl_outer_f32", "tl_matvec_t_f32", "tl_matvec_outer_f32"};
    static const uint32_t steps[] = {33, 49, 33, 66};
    const uint64_t k = linear->k, o = linear->o, w = k * o;
    const uint64_t in[] = {k + o, k + 2 * o, o + k, 2 * k + 2 * o}, out[] = {o, w + o, k, w + o + k};
    bench_work work = bench_work_matvec(w, pass == 3 ? 2 : 1, steps[pass], kernels[pass]);
    work.in = 4 * (w + in[pass]);
    work.out = 4 * out[pass];
    return work;
}

bench_work bench_work_elements(uint64_t loads, uint64_t stores) {
    return (bench_work){.instructions = loads + stores, .in = 4 * loads, .out = 4 * stores};
}

bench_work bench_work_in_l1(bench_work work) {
    work.in = work.out = 0;
    return work;
}
