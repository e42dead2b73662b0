/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cycles of the matmul kernels on the simulated cluster: operands in L1, caches warm, barrier to barrier, nothing but
 * the kernels between (mm_bench_guest.c).
 *
 *     bench_mm MM_BENCH.elf          prints the tables of docs/kernels.md
 *     bench_mm MM_BENCH.elf check    fails where a kernel is slower than it must be
 */
#include "src/kernel/mm.h"
#include "tests/kernel/mm_bench.h"
#include "tools/cli/mm_patch.h"
#include "tools/sim/sim.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum form { NN, NT, TN } form;
static const char *const form_name[] = {"nn", "nt", "tn"};

/* The cores share the result as `by_rows` x (cores / by_rows) equal rectangles. */
typedef struct bench_case {
    const char *kernel;
    form form;
    uint32_t m, n, k, runs;
    uint32_t pad; /* words added to the pitches of A and B */
    bool bias;
    uint32_t cores, by_rows;
    double least; /* MAC/clk that must be reached; 0: no demand */
} bench_case;

#define PULP  "tl_mm_f32_pulp_4x4"
#define F4X5  "tl_mm_f32_pulp_4x5"
#define F5X4  "tl_mm_f32_pulp_5x4"
#define C4X4  "tl_mm_f32_c_4x4"
#define NAIVE "tl_mm_f32_naive"

static const bench_case cases[] = {
    {F4X5, NN, 64, 64, 64, 1, 1, false, 8, 8, 5.3}, {F4X5, NT, 64, 64, 64, 1, 1, false, 8, 8, 5.3},
    {F4X5, TN, 64, 64, 64, 1, 1, false, 8, 8, 5.3}, {F4X5, NN, 64, 64, 64, 1, 0, false, 8, 8, 0},
    {F4X5, NT, 64, 64, 64, 1, 0, false, 8, 8, 0},   {F4X5, TN, 64, 64, 64, 1, 0, false, 8, 8, 0},
    {F4X5, NT, 32, 32, 32, 1, 1, false, 8, 8, 0},   {F5X4, NT, 40, 40, 128, 1, 1, false, 8, 8, 0},
    {F4X5, NT, 32, 40, 128, 1, 1, false, 8, 8, 0},  {F4X5, TN, 16, 64, 128, 1, 1, false, 8, 4, 0},
    {F5X4, NT, 32, 32, 32, 1, 1, false, 8, 2, 0},   {F4X5, NT, 32, 32, 32, 1, 1, false, 8, 4, 0},
    {F4X5, NT, 64, 16, 24, 3, 0, true, 8, 8, 0},    {F4X5, NT, 32, 24, 8, 8, 0, true, 8, 8, 0},
    {PULP, NN, 64, 64, 64, 1, 0, false, 8, 8, 4.9}, {PULP, NT, 64, 64, 64, 1, 0, false, 8, 8, 5.0},
    {PULP, TN, 64, 64, 64, 1, 0, false, 8, 8, 4.9}, {PULP, NN, 64, 64, 64, 1, 1, false, 8, 8, 5.0},
    {PULP, NT, 64, 64, 64, 1, 1, false, 8, 8, 5.0}, {PULP, TN, 64, 64, 64, 1, 1, false, 8, 8, 5.0},
    {PULP, NN, 32, 32, 32, 1, 0, false, 8, 8, 0},   {PULP, NT, 32, 32, 32, 1, 0, false, 8, 8, 4.4},
    {PULP, TN, 32, 32, 32, 1, 0, false, 8, 8, 0},   {PULP, NT, 32, 32, 32, 1, 1, false, 8, 8, 0},
    {PULP, NT, 64, 16, 24, 3, 0, true, 8, 8, 0},    {PULP, NT, 128, 8, 4, 4, 0, true, 8, 8, 0},
    {PULP, NT, 32, 8, 4, 4, 0, true, 8, 8, 0},      {PULP, NT, 32, 24, 8, 8, 0, true, 8, 8, 0},
    {PULP, NT, 56, 33, 33, 1, 0, true, 8, 8, 0},    {PULP, NT, 40, 8, 33, 1, 0, true, 8, 8, 0},
    {PULP, NT, 1, 80, 128, 1, 1, true, 8, 1, 0},    {PULP, NT, 1, 16, 256, 1, 1, true, 8, 1, 0},
    {PULP, NN, 1, 784, 10, 1, 0, false, 8, 1, 0},   {PULP, NT, 64, 96, 1, 1, 0, false, 8, 8, 0},
    {PULP, NT, 8, 10, 256, 1, 1, true, 8, 8, 0},    {PULP, NT, 64, 64, 64, 1, 0, false, 1, 1, 0},
    {PULP, NT, 32, 32, 32, 1, 0, false, 1, 1, 0},   {C4X4, NT, 64, 64, 64, 1, 0, false, 8, 8, 0},
    {C4X4, NT, 32, 32, 32, 1, 0, false, 8, 8, 0},   {NAIVE, NT, 64, 64, 64, 1, 0, false, 8, 8, 0},
    {NAIVE, NT, 32, 32, 32, 1, 0, false, 8, 8, 0},
};

/* A run's cycles, and per core on average: instructions and what it waited for. */
typedef struct measured {
    uint32_t cycles, core_cycles;
    double instructions, stall[SIM_STALLS];
} measured;

static uint32_t kernel_index(const char *name) {
    for (uint32_t i = 0; i < tl_mm_count + tl_mm_fixed_count; i++)
        if (strcmp(tl_mm_numbered(i)->name, name) == 0)
            return i;
    abort();
}

/* A in front, then B, C, bias and jumps. The runs of k stand side by side, as the pixels of a convolution do. */
static void make_request(const bench_case *bc, mm_bench_request *request) {
    const uint32_t depth = bc->k * bc->runs;
    const uint32_t a_rows = bc->form == TN ? depth : bc->m, a_pitch = (bc->form == TN ? bc->m : depth) + bc->pad;
    const uint32_t b_rows = bc->form == NT ? bc->n : depth, b_pitch = (bc->form == NT ? depth : bc->n) + bc->pad;
    const uint32_t b = 4 * a_rows * a_pitch, c = b + 4 * b_rows * b_pitch, init = c + 4 * bc->m * bc->n;
    const uint32_t by_cols = bc->cores / bc->by_rows;
    memset(request, 0, sizeof *request);
    request->kernel = kernel_index(bc->kernel);
    request->words = init / 4 + bc->n;
    for (uint32_t core = 0; core < bc->cores; core++) {
        mm_bench_problem *p = &request->problem[core];
        p->m = bc->m / bc->by_rows;
        p->n = bc->n / by_cols;
        p->k = bc->k;
        p->runs = bc->runs;
        p->a_m = (int32_t)(bc->form == TN ? 4 : 4 * a_pitch);
        p->a_k = (int32_t)(bc->form == TN ? 4 * a_pitch : 4);
        p->b_n = (int32_t)(bc->form == NT ? 4 * b_pitch : 4);
        p->b_k = (int32_t)(bc->form == NT ? 4 : 4 * b_pitch);
        p->c_m = (int32_t)(4 * bc->n);
        p->c_n = 4;
        p->init_n = 4;
        const uint32_t row = core / by_cols * p->m, col = core % by_cols * p->n;
        p->a = row * (uint32_t)p->a_m;
        p->b = b + col * (uint32_t)p->b_n;
        p->c = c + row * (uint32_t)p->c_m + 4 * col;
        p->init = init + 4 * col;
        p->has_init = bc->bias;
        p->jump = 4 * request->words;
    }
}

static bool run(const char *elf, const mm_bench_request *request, mm_bench_request *result, sim_stats *stats) {
    sim_machine machine;
    uint32_t address = 0;
    sim_machine_pulp8(&machine);
    sim *s = sim_create(&machine);
    if (!s)
        return false;
    const mm_bench_problem *p = &request->problem[0];
    const tl_mm strides = {.a_m = p->a_m, .a_k = p->a_k, .b_n = p->b_n, .b_k = p->b_k};
    bool ok = sim_load_file(s, elf) == SIM_OK && sim_symbol(s, "mm_bench", &address, NULL) == SIM_OK;
    if (ok && request->kernel >= tl_mm_count && !mm_patch(s, tl_mm_numbered(request->kernel), &strides)) {
        fprintf(stderr, "bench_mm: %s cannot be made for these strides\n", tl_mm_numbered(request->kernel)->name);
        ok = false;
    }
    ok = ok && sim_write(s, address, request, sizeof *request) == SIM_OK && sim_run(s, 100000000) == SIM_EXITED &&
         sim_read(s, address, result, sizeof *result) == SIM_OK;
    if (!ok)
        fprintf(stderr, "bench_mm: %s\n", sim_message(s));
    sim_get_stats(s, stats);
    sim_destroy(s);
    return ok;
}

/* Counters are the difference between 4 and 3 repetitions. */
static bool measure(const char *elf, const bench_case *bc, measured *result) {
    mm_bench_request request, answer = {0};
    sim_stats stats[2];
    make_request(bc, &request);
    for (uint32_t i = 0; i < 2; i++) {
        request.repeat = 3 + i;
        if (!run(elf, &request, &answer, &stats[i]))
            return false;
    }
    memset(result, 0, sizeof *result);
    result->cycles = answer.cycles;
    result->core_cycles = answer.core_cycles[0];
    for (uint32_t core = 0; core < bc->cores; core++) {
        const sim_core_stats *few = &stats[0].core[core], *more = &stats[1].core[core];
        result->instructions += (double)(more->instructions - few->instructions) / bc->cores;
        for (uint32_t i = 0; i < SIM_STALLS; i++)
            result->stall[i] += ((double)more->stall[i] - (double)few->stall[i]) / bc->cores;
    }
    return true;
}

static bool print_case(const char *elf, const bench_case *bc, bool *slow) {
    measured r;
    if (!measure(elf, bc, &r))
        return false;
    const double rate = (double)bc->m * bc->n * bc->k * bc->runs / r.cycles;
    printf("| %s | %s | %u x %u x %u | %u | %u | %s | %u | %u | %.2f | %.0f | %.0f | %.0f | %.0f |\n", bc->kernel + 3,
           form_name[bc->form], bc->m, bc->n, bc->k, bc->runs, bc->pad, bc->bias ? "bias" : "none", bc->cores, r.cycles,
           rate, r.instructions, r.stall[SIM_STALL_BANK], r.stall[SIM_STALL_BRANCH] + r.stall[SIM_STALL_LOAD_USE],
           r.stall[SIM_STALL_ICACHE]);
    if (rate < bc->least) {
        printf("slower than %.2f\n", bc->least);
        *slow = true;
    }
    return true;
}

static bool core_cycles(const char *elf, uint32_t m, uint32_t n, uint32_t k, uint32_t runs, bool bias,
                        uint32_t *cycles) {
    const bench_case bc = {PULP, NT, m, n, k, runs, 1, bias, 1, 1, 0};
    measured r;
    const bool ok = measure(elf, &bc, &r);
    *cycles = r.core_cycles;
    return ok;
}

/*
 * What is not steps of k, from differences: a block, a strip of 4 rows, a run behind the first, and a call.
 */
static bool print_overheads(const char *elf) {
    const uint32_t k = 8, steps = 24 * k;
    uint32_t base, blocks, loaded, strips, few_runs, more_runs, single, edges, vector;
    if (!core_cycles(elf, 4, 16, k, 1, false, &base) || !core_cycles(elf, 4, 32, k, 1, false, &blocks) ||
        !core_cycles(elf, 4, 16, k, 1, true, &single) || !core_cycles(elf, 4, 32, k, 1, true, &loaded) ||
        !core_cycles(elf, 8, 16, k, 1, false, &strips) || !core_cycles(elf, 4, 16, k, 3, false, &few_runs) ||
        !core_cycles(elf, 4, 16, k, 7, false, &more_runs) || !core_cycles(elf, 4, 17, k, 1, false, &edges) ||
        !core_cycles(elf, 1, 32, k, 1, false, &vector))
        return false;
    uint32_t half;
    if (!core_cycles(elf, 1, 16, k, 1, false, &half))
        return false;
    const double block = (blocks - base) / 4.0 - steps, loads = (loaded - single) / 4.0 - steps;
    const double strip = strips - base - 4 * (block + steps);
    printf("\nOverheads of %s in cycles, one core:\n\n| what | cycles |\n|---|---|\n", &PULP[3]);
    printf("| a 4x4 block | %.1f |\n| a 4x4 block that loads init | %.1f |\n", block, loads);
    printf("| a strip of 4 rows | %.1f |\n", strip);
    printf("| a run behind the first | %.1f |\n", (more_runs - few_runs) / 16.0 - steps);
    printf("| a 4x1 block at the end of a strip | %u |\n", edges - base - 9 * k);
    printf("| a 4x1 block of a matrix-vector product | %.1f |\n", (vector - half) / 4.0 - 9 * k);
    printf("| a call | %.0f |\n", base - 4 * (block + steps) - strip);
    return true;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s MM_BENCH.elf [check]\n", argv[0]);
        return 2;
    }
    const bool check = argc > 2 && strcmp(argv[2], "check") == 0;
    bool slow = false;
    printf("| kernel | form | m x n x k | runs | pad | init | cores | cycles | MAC/clk | instructions | bank | "
           "branch, load-use | icache |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if ((!check || cases[i].least > 0) && !print_case(argv[1], &cases[i], &slow))
            return 1;
    if (!check && !print_overheads(argv[1]))
        return 1;
    return slow ? 1 : 0;
}
