/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/report_work.h"
#include "tools/cli/bench_bound.h"
#include "tools/tune/step_request.h"

enum { ROOT_AND_DIVISION = 28 }; /* cycles, docs/cluster.md */

static tl_pass pass_of(const step_problem *p) {
    return p->pass == STEP_FORWARD ? TL_FORWARD : p->pass == STEP_GRAD_X ? TL_GRAD_X : TL_GRAD_W;
}

/* The work of a matmul step by one kernel. */
static bench_work work_by(const step_problem *p, const tl_mm_info *kernel) {
    return p->op == STEP_CONV ? bench_work_conv(&p->size.conv, pass_of(p), kernel)
                              : bench_work_linear(&p->size.linear, pass_of(p), kernel);
}

static bench_work matmul(const step_problem *p, const sim_machine *machine) {
    bench_work least = work_by(p, tl_mm_numbered(0));
    for (uint32_t i = 1; i < tl_mm_count + tl_mm_fixed_count; ++i) {
        const bench_work work = work_by(p, tl_mm_numbered(i));
        if (bench_bound(&work, machine, machine->cores) < bench_bound(&least, machine, machine->cores))
            least = work;
    }
    return least;
}

static bench_work pool(const step_problem *p) {
    const tl_pool *l = &p->size.pool;
    const uint64_t x = (uint64_t)l->n * l->h * l->w * l->c;
    const uint64_t y = (uint64_t)l->n * tl_pool_out_h(l) * tl_pool_out_w(l) * l->c, window = (uint64_t)l->kh * l->kw;
    bench_work work = bench_work_elements(x, y);
    if (p->op == STEP_MAX_POOL)
        work.instructions = p->pass == STEP_FORWARD ? y * window + 2 * y : 2 * y + x;
    else
        work.instructions = p->pass == STEP_FORWARD ? y * window + y : y + x;
    return work;
}

static bench_work global_pool(const step_problem *p) {
    const tl_global_pool *l = &p->size.global_pool;
    const uint64_t y = (uint64_t)l->n * l->c, x = y * l->h * l->w;
    bench_work work = bench_work_elements(x, y);
    if (p->pass != STEP_FORWARD)
        work.instructions = 2 * y; /* the DMA can take the same words out again and again */
    return work;
}

static bench_work norm(const step_problem *p) {
    const tl_batch_norm *l = &p->size.norm;
    const uint64_t n = (uint64_t)l->n * l->h * l->w * l->c;
    const bool frozen = p->op == STEP_BATCH_NORM_FROZEN;
    if (frozen)
        return p->pass == STEP_GRAD_W ? bench_work_elements(2 * n, 1) : bench_work_elements(n, n);
    return bench_work_elements(p->pass == STEP_FORWARD ? 2 * n : 4 * n, n);
}

static bench_work optimiser(const step_problem *p) {
    const uint64_t n = p->size.elements, kept = p->update == STEP_ADAM ? 2 : p->update == STEP_MOMENTUM;
    bench_work work = bench_work_elements((2 + kept) * n, (1 + kept) * n);
    if (p->update == STEP_ADAM)
        work.instructions += ROOT_AND_DIVISION * n;
    return work;
}

static bench_work work_of(const step_problem *p, const sim_machine *machine) {
    const uint64_t n = p->size.elements;
    switch (p->op) {
    case STEP_CONV:
    case STEP_LINEAR:
        return matmul(p, machine);
    case STEP_LINEAR_ONE:
        return bench_work_linear_one(&p->size.linear, p->pass == STEP_STEP ? 3 : pass_of(p));
    case STEP_DEPTHWISE:
        return bench_work_depthwise(&p->size.depthwise, pass_of(p));
    case STEP_MAX_POOL:
    case STEP_AVG_POOL:
    case STEP_AVG_POOL_PADDED:
        return pool(p);
    case STEP_GLOBAL_POOL:
        return global_pool(p);
    case STEP_BATCH_NORM:
    case STEP_BATCH_NORM_FROZEN:
        return norm(p);
    case STEP_RELU:
    case STEP_RELU6:
    case STEP_LEAKY_RELU:
    case STEP_SIGMOID:
    case STEP_TANH:
        return bench_work_elements(p->pass == STEP_FORWARD ? n : 2 * n, n);
    case STEP_ADD:
    case STEP_MSE:
        return bench_work_elements(2 * n, n);
    case STEP_OPTIMISER:
        return optimiser(p);
    default:
        return (bench_work){0};
    }
}

uint64_t report_bound(const step_problem *problem, const sim_machine *machine) {
    bench_work work = work_of(problem, machine);
    const step_traffic bytes = step_bytes(problem);
    work.in = bytes.in;
    work.out = bytes.out;
    return bench_bound(&work, machine, machine->cores);
}

double report_kernel_peak(const sim_machine *machine) {
    double best = 0.0;
    for (uint32_t i = 0; i < tl_mm_count + tl_mm_fixed_count; ++i) {
        const tl_mm_info *k = tl_mm_numbered(i);
        const double macs = k->mr * k->nr, part = macs / (macs + k->mr + k->nr);
        best = part > best ? part : best;
    }
    const double cores = machine->cores, fpus = machine->fpus;
    return best * cores < fpus ? best * cores : fpus;
}
