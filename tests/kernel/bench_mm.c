/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cycles of the matmul kernels on the simulated cluster: operands in L1, caches warm, barrier to barrier, the sharing
 * out by the library's own code included.
 *
 *     bench_mm PROBE.elf          prints the table of docs/kernels.md
 *     bench_mm PROBE.elf check    fails where a kernel is slower than it must be
 */
#include "tests/harness/draw.h"
#include "tests/harness/harness.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum form { NN, NT, TN } form;
static const char *const form_name[] = {"nn", "nt", "tn"};

typedef struct bench_case {
    const char *kernel;
    form form;
    uint32_t m, n, k, runs;
    uint32_t pad; /* words added to the pitches of A and B */
    bool bias;
    uint32_t cores;
    uint32_t block_m, block_n;
    double least; /* MAC/clk that must be reached; 0: no demand */
} bench_case;

#define PULP  "tl_mm_f32_pulp_4x4"
#define C4X4  "tl_mm_f32_c_4x4"
#define NAIVE "tl_mm_f32_naive"

static const bench_case cases[] = {
    {PULP, NN, 64, 64, 64, 1, 0, false, 8, 4, 4, 4.6}, {PULP, NT, 64, 64, 64, 1, 0, false, 8, 4, 4, 4.6},
    {PULP, TN, 64, 64, 64, 1, 0, false, 8, 4, 4, 4.6}, {PULP, NN, 64, 64, 64, 1, 1, false, 8, 4, 4, 5.0},
    {PULP, NT, 64, 64, 64, 1, 1, false, 8, 4, 4, 5.0}, {PULP, TN, 64, 64, 64, 1, 1, false, 8, 4, 4, 5.0},
    {PULP, NN, 32, 32, 32, 1, 0, false, 8, 4, 4, 0},   {PULP, NT, 32, 32, 32, 1, 0, false, 8, 4, 4, 0},
    {PULP, TN, 32, 32, 32, 1, 0, false, 8, 4, 4, 0},   {PULP, NT, 32, 32, 32, 1, 1, false, 8, 4, 4, 0},
    {PULP, NT, 64, 16, 24, 3, 0, true, 8, 4, 4, 0},    {PULP, NT, 128, 8, 4, 4, 0, true, 8, 4, 4, 0},
    {PULP, NT, 32, 24, 8, 8, 0, true, 8, 4, 4, 0},     {PULP, NT, 33, 33, 33, 1, 0, true, 8, 4, 4, 0},
    {PULP, NT, 8, 10, 256, 1, 1, false, 8, 1, 10, 0},  {PULP, NT, 1, 80, 256, 1, 1, true, 8, 1, 10, 0},
    {PULP, NT, 64, 64, 64, 1, 0, false, 1, 4, 4, 0},   {PULP, NT, 32, 32, 32, 1, 0, false, 1, 4, 4, 0},
    {C4X4, NT, 64, 64, 64, 1, 0, false, 8, 4, 4, 0},   {C4X4, NT, 32, 32, 32, 1, 0, false, 8, 4, 4, 0},
    {NAIVE, NT, 64, 64, 64, 1, 0, false, 8, 4, 4, 0},  {NAIVE, NT, 32, 32, 32, 1, 0, false, 8, 4, 4, 0},
};

static uint32_t kernel_index(const char *name) {
    for (uint32_t i = 0; i < tl_mm_count; i++)
        if (strcmp(tl_mm_table[i].name, name) == 0)
            return i;
    abort();
}

static float *values(uint32_t words) {
    draw d = {1, words, 0};
    float *f = malloc(words * sizeof *f);
    if (!f)
        abort();
    draw_values(&d, words, f);
    return f;
}

/* Runs of k stand side by side in a row of A (B), as the pixels of a convolution do. */
static bool measure(harness *h, const bench_case *bc, uint32_t cores, uint32_t *cycles) {
    static harness_result result;
    static harness_job job;
    const uint32_t depth = bc->k * bc->runs;
    const uint32_t a_rows = bc->form == TN ? depth : bc->m, a_pitch = (bc->form == TN ? bc->m : depth) + bc->pad;
    const uint32_t b_rows = bc->form == NT ? bc->n : depth, b_pitch = (bc->form == NT ? depth : bc->n) + bc->pad;
    float *a = values(a_rows * a_pitch), *b = values(b_rows * b_pitch), *bias = values(bc->n);
    float *c = malloc(4 * bc->m * bc->n);
    tl_jump jump[8] = {{0, 0}};
    memset(&job, 0, sizeof job);
    job.probe.kind = TL_PROBE_MM;
    job.probe.kernel = kernel_index(bc->kernel);
    job.probe.repeat = 3;
    job.probe.plan = (tl_probe_plan){.block_m = (uint8_t)bc->block_m, .block_n = (uint8_t)bc->block_n, .slices = 1};
    tl_probe_mm *mm = &job.probe.mm;
    mm->m = bc->m;
    mm->n = bc->n;
    mm->k = bc->k;
    mm->runs = bc->runs;
    mm->a_m = (int32_t)(bc->form == TN ? 4 : 4 * a_pitch);
    mm->a_k = (int32_t)(bc->form == TN ? 4 * a_pitch : 4);
    mm->b_n = (int32_t)(bc->form == NT ? 4 * b_pitch : 4);
    mm->b_k = (int32_t)(bc->form == NT ? 4 : 4 * b_pitch);
    mm->c_m = (int32_t)(4 * bc->n);
    mm->c_n = 4;
    mm->init_n = 4;
    job.buffer[0] = (harness_buffer){.name = "a", .bytes = 4 * a_rows * a_pitch, .in = a};
    job.buffer[1] = (harness_buffer){.name = "b", .bytes = 4 * b_rows * b_pitch, .in = b};
    job.buffer[2] = (harness_buffer){.name = "c", .bytes = 4 * bc->m * bc->n, .out = c};
    if (bc->bias)
        job.buffer[3] = (harness_buffer){.name = "init", .bytes = 4 * bc->n, .in = bias};
    if (bc->runs > 1)
        job.buffer[4] = (harness_buffer){.name = "jump", .bytes = (bc->runs - 1) * (uint32_t)sizeof *jump, .in = jump};
    const bool ok = harness_run(h, HARNESS_SIM, cores, &job, &result) && result.status == TL_OK;
    if (!ok)
        fprintf(stderr, "bench_mm: %s\n", result.message);
    *cycles = result.cycles;
    free(a);
    free(b);
    free(bias);
    free(c);
    return ok;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s PROBE.elf [check]\n", argv[0]);
        return 2;
    }
    const bool check = argc > 2 && strcmp(argv[2], "check") == 0;
    harness *h = harness_create(argv[1], NULL);
    if (!h)
        return 3;
    int slow = 0;
    printf("| kernel | form | m | n | k | runs | pad | init | cores | cycles | MAC/clk |\n");
    printf("|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const bench_case *bc = &cases[i];
        uint32_t cycles;
        if (check && bc->least == 0)
            continue;
        if (!measure(h, bc, bc->cores, &cycles))
            return 1;
        const double rate = (double)bc->m * bc->n * bc->k * bc->runs / cycles;
        printf("| %s | %s | %u | %u | %u | %u | %u | %s | %u | %u | %.2f |\n", bc->kernel + 7, form_name[bc->form],
               bc->m, bc->n, bc->k, bc->runs, bc->pad, bc->bias ? "bias" : "none", bc->cores, cycles, rate);
        if (rate < bc->least) {
            printf("slower than %.2f\n", bc->least);
            slow = 1;
        }
    }
    harness_destroy(h);
    return slow;
}
