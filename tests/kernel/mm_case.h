/* SPDX-License-Identifier: Apache-2.0 */
/* Random matmul problems in every layout that the contract of mm.h allows, and the check of their results. */
#ifndef TL_TESTS_MM_CASE_H
#define TL_TESTS_MM_CASE_H

#include "src/kernel/mm.h"
#include "tests/harness/draw.h"
#include <stdbool.h>
#include <stddef.h>

enum { MM_CASE_RUNS = 8 };

typedef enum mm_case_init {
    MM_INIT_NONE,
    MM_INIT_ROW,    /* one value a column: stride 0 from row to row */
    MM_INIT_COLUMN, /* one value a row */
    MM_INIT_MATRIX,
    MM_INIT_C, /* C itself */
    MM_INITS
} mm_case_init;

/* A buffer: words that belong to no element are NaNs, and so are C's elements unless init is C. */
typedef struct mm_case_buffer {
    float *word;
    uint32_t words;
    uint32_t at; /* word of element (0, 0) of the first run */
} mm_case_buffer;

typedef struct mm_case {
    tl_mm mm; /* sizes, strides and jumps; pointers into the buffers below, c excepted */
    mm_case_init kind;
    mm_case_buffer a, b, c, init;
    tl_jump jump[MM_CASE_RUNS];
    uint32_t a_start[MM_CASE_RUNS], b_start[MM_CASE_RUNS]; /* words of the runs' first elements */
} mm_case;

/* Sizes are given, the layout is drawn. runs <= MM_CASE_RUNS. */
void mm_case_make(mm_case *mc, draw *d, uint32_t m, uint32_t n, uint32_t k, uint32_t runs, mm_case_init kind);
void mm_case_free(mm_case *mc);

/* Runs a kernel natively on a copy of C; free() the copy. */
float *mm_case_run(const mm_case *mc, tl_mm_kernel_f32 *kernel);

/*
 * Whether `c` (a buffer like mc->c) is what the problem asks for: every element within the rounding of k * runs fused
 * multiply-adds of loops in double precision, every other word as it was. False: `message` says where not.
 */
bool mm_case_check(const mm_case *mc, const float *c, char *message, size_t bytes);

#endif
