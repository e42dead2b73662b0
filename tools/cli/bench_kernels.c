/* SPDX-License-Identifier: Apache-2.0 */
/* Matmul and matrix-vector kernels, data in L1. */
#include "tools/cli/bench_probe.h"
#include <string.h>

/* The shared instruction cache replaces lines at random and takes a few runs to hold all of so short a step. */
enum { WARM = 8 };

enum { NN, NT, TN };
static const char *const form_names[] = {"nn", "nt", "tn"};

/* A behind which B and C stand; `pad`: words by which rows of all three are longer than needed. */
static bool bench_mm(bench *b, uint32_t kernel, uint32_t form, uint32_t m, uint32_t n, uint32_t k, uint32_t pad) {
    const tl_mm_info *info = tl_mm_numbered(kernel);
    const uint32_t a_cols = form == TN ? m : k, a_rows = form == TN ? k : m;
    const uint32_t b_cols = form == NT ? k : n, b_rows = form == NT ? n : k;
    const int32_t a_row = 4 * (int32_t)(a_cols + pad), b_row = 4 * (int32_t)(b_cols + pad),
                  c_row = 4 * (int32_t)(n + pad);
    const uint32_t a = a_rows * (uint32_t)a_row, bytes = a + b_rows * (uint32_t)b_row;
    tl_probe probe = {.kind = TL_PROBE_MM, .kernel = kernel, .plan = {.block_m = info->mr, .block_n = info->nr}};
    probe.plan.slices = 1;
    probe.repeat = WARM;
    probe.mm = (tl_probe_mm){.bytes = bytes + m * (uint32_t)c_row,
                             .b = a,
                             .c = bytes,
                             .init = TL_PROBE_ABSENT,
                             .jump = TL_PROBE_ABSENT,
                             .m = m,
                             .n = n,
                             .k = k,
                             .runs = 1,
                             .a_m = form == TN ? 4 : a_row,
                             .a_k = form == TN ? a_row : 4,
                             .b_n = form == NT ? b_row : 4,
                             .b_k = form == NT ? 4 : b_row,
                             .c_m = c_row,
                             .c_n = 4,
                             .by_rows = TL_CLUSTER_CORES};
    static const char prefix[] = "tl_mm_f32_";
    size_t skip = strncmp(info->name, prefix, sizeof prefix - 1) == 0 ? sizeof prefix - 1 : 0;
    char name[40];
    snprintf(name, sizeof name, "mm/%s/%s-%ux%ux%u%s", info->name + skip, form_names[form], m, n, k,
             pad ? "-padded" : "");
    const bench_work work = bench_work_mm(m, n, (uint64_t)m * n * k, info);
    return bench_run(b, &probe, BENCH_TEAM, &work, name) &&
           (kernel < 2 || bench_run(b, &probe, 1, &work, name)); /* the C kernels' shares are no news */
}

/*
 * W's rows stand one behind the other: with the vectors that is all of the arena, and dx takes x's place. A core whose
 * rows are shared out reads them down their columns, all of these in one bank where rows are multiples of the banks; so
 * each core's rows begin two banks further on.
 */
static bool bench_matvec(bench *b) {
    enum { SKEW = 8 };
    static const struct {
        const char *name, *kernel;
        uint32_t rows, cols, steps, macs, skew, bank;
    } forms[] = {{"matvec-skewed", "tl_matvec_f32", 128, 96, 33, 1, SKEW, 9},
                 {"matvec_t", "tl_matvec_t_f32", 96, 128, 33, 1, 0, 0},
                 {"outer", "tl_outer_f32", 96, 128, 49, 1, 0, 7},
                 {"matvec_outer", "tl_matvec_outer_f32", 128, 96, 66, 2, 0, 7}};
    for (uint32_t form = 0; form < 4; ++form) {
        const uint32_t rows = forms[form].rows, cols = forms[form].cols;
        const uint32_t x = 4 * rows * cols + (TL_CLUSTER_CORES - 1) * forms[form].skew + 4 * forms[form].bank;
        const uint32_t dy = form == 1 ? x : x + 4 * cols;
        tl_probe probe = {.kind = TL_PROBE_MATVEC, .pass = form, .repeat = WARM};
        probe.mm = (tl_probe_mm){.b = x,
                                 .jump = dy,
                                 .c = form == 3 ? x : x + 4 * (form == 0 ? cols : rows),
                                 .init = TL_PROBE_ABSENT,
                                 .m = rows,
                                 .k = cols,
                                 .runs = 1,
                                 .n = 1,
                                 .a_m = 4 * (int32_t)cols,
                                 .skew = (int32_t)forms[form].skew};
        probe.mm.bytes = x + 4 * (rows + cols);
        char name[40];
        snprintf(name, sizeof name, "%s/%ux%u", forms[form].name, rows, cols);
        const bench_work work =
            bench_work_matvec((uint64_t)rows * cols, forms[form].macs, forms[form].steps, forms[form].kernel);
        if (!bench_both(b, &probe, &work, name))
            return false;
    }
    return true;
}

bool bench_kernels(bench *b) {
    enum { SIDE = 64 };
    for (uint32_t kernel = 0; kernel < tl_mm_count + tl_mm_fixed_count; ++kernel)
        for (uint32_t form = NN; form <= TN; ++form)
            /* Rows of 65 words gain where nn has conflicts, and cost nt and tn a little. */
            if (!bench_mm(b, kernel, form, SIDE, SIDE, SIDE, kernel < tl_mm_count || form != NN ? 0 : 1))
                return false;
    for (uint32_t kernel = tl_mm_count - 1; kernel < tl_mm_count + tl_mm_fixed_count; ++kernel)
        if (!bench_mm(b, kernel, TN, 32, 32, 32, 5) || !bench_mm(b, kernel, NT, 40, 40, 128, 1))
            return false;
    return bench_matvec(b);
}
