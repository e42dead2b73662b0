/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How few cycles a case can take: the one place where benchmarks get their bounds from.
 *
 * A bound is the greatest of
 *   instructions  of the kernel's inner loops, blocks at the edges among them, shared out evenly over the cores; of
 * steps without multiply-adds (ReLU, pooling, norms, optimisers) the loads and stores, and the cycles of divisions and
 * roots; FPU           multiply-adds by floating-point units, where cores share them; DMA           bytes that must
 * come from L2, and those that must go there, each once, by the width of the DMA; both directions run at the same time.
 * What is around the inner loops (set-up, stores of blocks, tiling code, barriers, caches, banks) is not in it.
 */
#ifndef TL_CLI_BENCH_BOUND_H
#define TL_CLI_BENCH_BOUND_H

#include "src/kernel/mm.h"
#include "tl/conv.h"
#include "tl/depthwise.h"
#include "tl/linear.h"
#include "tools/sim/sim.h"

/* What a case cannot do without, all cores together. */
typedef struct bench_work {
    uint64_t macs;         /* of the formula, those with padding among them; 0: it has none */
    uint64_t instructions; /* 0: no bound is known */
    uint64_t in, out;      /* bytes from and to L2; 0: all stands in L1 */
    const char *kernel;    /* its name, NULL: none worth naming */
} bench_work;

uint64_t bench_bound(const bench_work *work, const sim_machine *machine, uint32_t cores);

/* `macs` multiply-adds of a matmul whose result is m x n, in L1: a step of a block of h x w takes h + w + h w. */
bench_work bench_work_mm(uint64_t m, uint64_t n, uint64_t macs, const tl_mm_info *kernel);
/* Layers from L2 to L2; grad_w with the bias's gradient, grad_x without a mask. */
bench_work bench_work_conv(const tl_conv *conv, tl_pass pass, const tl_mm_info *kernel);
bench_work bench_work_linear(const tl_linear *linear, tl_pass pass, const tl_mm_info *kernel);
bench_work bench_work_depthwise(const tl_depthwise *layer, tl_pass pass);
/* `weights` elements of a matrix, `steps` instructions for every 16 of them, macs multiply-adds each, in L1. */
bench_work bench_work_matvec(uint64_t weights, uint32_t macs, uint32_t steps, const char *kernel);
/* Linear at batch 1 without a state: a tl_pass, or 3: dx and the update in one pass. */
bench_work bench_work_linear_one(const tl_linear *linear, uint32_t pass);
/* `loads` words are loaded from and `stores` words stored to tensors, each once, that stand in L2. */
bench_work bench_work_elements(uint64_t loads, uint64_t stores);
/* The same with nothing to transfer. */
bench_work bench_work_in_l1(bench_work work);

#endif
