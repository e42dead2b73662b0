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

#include <stdbool.h>
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

/* A word of code whose upper 12 bits are `count` times a stride: 0 a_m, 1 a_k, 2 b_n, 3 b_k. */
typedef struct tl_mm_site {
    uint32_t address;
    uint16_t stride;
    int16_t count;
} tl_mm_site;

/* One list: mm.def. From it come these prototypes, the table, tests, benchmarks and docs. */
#define TL_MM_C(name, mr, nr)    void name(const tl_mm *problem);
#define TL_MM_PULP(name, mr, nr) void name(const tl_mm *problem);
#define TL_MM_FIXED(name, mr, nr)                                                                                      \
    void name(const tl_mm *problem);                                                                                   \
    extern const tl_mm_site name##_sites[];
#include "src/kernel/mm.def"
#undef TL_MM_C
#undef TL_MM_PULP
#undef TL_MM_FIXED

/* A kernel as a plan names it: its function, and the block (rows x columns) in which it works best. */
typedef struct tl_mm_info {
    const char *name;
    tl_mm_kernel_f32 *run; /* on the host the C kernel with the same result stands in for an assembly kernel */
    uint8_t mr, nr;
    const tl_mm_site *sites; /* of a fixed kernel: the words of its code that depend on strides; the host has none */
} tl_mm_info;

extern const tl_mm_info tl_mm_table[];
extern const uint32_t tl_mm_count;

/*
 * Kernels whose code holds the strides of A and B, one set of them: as assembled, or as patched by who builds or tunes
 * a network. They run no other problem; within it m, n, k, runs, and the strides of c and init are free.
 */
extern const tl_mm_info tl_mm_fixed_table[];
extern const uint32_t tl_mm_fixed_count;

/* All kernels under one number: those of tl_mm_table, then the fixed ones. */
static inline const tl_mm_info *tl_mm_numbered(uint32_t number) {
    return number < tl_mm_count ? &tl_mm_table[number] : &tl_mm_fixed_table[number - tl_mm_count];
}

/* Whether a fixed kernel of this block can be made for the problem's strides: they must be in reach of its loads. */
bool tl_mm_fixed_applicable(const tl_mm_info *kernel, const tl_mm *problem);

#endif
