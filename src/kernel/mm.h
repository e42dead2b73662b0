/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matmul micro-kernels: code for one core, on data already in L1.
 *
 *     C[i][j] = init[i][j] + sum over r < runs, p < k of A_r[i][p] * B_r[p][j]        i < m, j < n
 *
 * A_r[i][p] stands at a + i * a_m + p * a_k, moved on by the jumps taken so far; B_r[p][j] at b + j * b_n + p * b_k
 * likewise. The order of the additions is r, then p, each a fused multiply-add; the sum starts at init, or, where init
 * is NULL, at the first product. So every kernel gives the same bits for the same problem, edges included.
 *
 * Contract: m, n, k, runs >= 1, any size; strides and jumps are in bytes, of any sign, multiples of 4; c does not
 * overlap a or b; init may be c itself (with c's strides). A kernel never chooses another one and never splits k.
 */
#ifndef TL_KERNEL_MM_H
#define TL_KERNEL_MM_H

#include <stdint.h>

/* Added to the pointers to A and B behind a run, that is when they stand k steps beyond its start. */
typedef struct tl_jump {
    int32_t a, b;
} tl_jump;

typedef struct tl_mm {
    const float *a, *b;
    float *c;
    const float *init;
    const tl_jump *jump; /* runs - 1 of them; may be NULL when runs is 1 */
    uint32_t m, n, k, runs;
    int32_t a_m, a_k;
    int32_t b_n, b_k;
    int32_t c_m, c_n;
    int32_t init_m, init_n;
} tl_mm;

typedef void tl_mm_kernel_f32(const tl_mm *problem);

/* One list: mm.def. From it come these prototypes, the table, tests, benchmarks and docs. */
#define TL_MM_C(name, mr, nr)    void name(const tl_mm *problem);
#define TL_MM_PULP(name, mr, nr) void name(const tl_mm *problem);
#include "src/kernel/mm.def"
#undef TL_MM_C
#undef TL_MM_PULP

/* A kernel as a plan names it: its function, and the block (rows x columns) in which it works best. */
typedef struct tl_mm_info {
    const char *name;
    tl_mm_kernel_f32 *run; /* on the host the C kernel with the same result stands in for an assembly kernel */
    uint8_t mr, nr;
} tl_mm_info;

extern const tl_mm_info tl_mm_table[];
extern const uint32_t tl_mm_count;

#endif
