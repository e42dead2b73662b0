/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The skeleton for kernels that see a whole row (losses, softmax): rows stream through L1, each is worked on by one
 * core, and what the kernel returns is added up in the order of the rows.
 */
#ifndef TL_TILE_ROWS_H
#define TL_TILE_ROWS_H

#include "tl/team.h"
#include <stdbool.h>
#include <stdint.h>

enum { TL_ROWS_SLOTS = 2 };

/*
 * One array in L1, `bytes` a row, 4 * (width - last_width) less in the last one: fetched from `in`, stored to `out`.
 * NULL: not.
 */
typedef struct tl_rows_slot {
    const void *in;
    void *out;
    uint32_t bytes;
} tl_rows_slot;

/* One row for the kernel: where its slots stand, and two numbers. */
typedef struct tl_rows_call {
    void *row[TL_ROWS_SLOTS];
    uint32_t width;
    float scale;
} tl_rows_call;

typedef float tl_rows_kernel(const tl_rows_call *call);

typedef struct tl_rows_pass {
    uint32_t n; /* rows */
    tl_rows_slot slot[TL_ROWS_SLOTS];
    uint32_t slots;
    uint32_t width, last_width; /* told to the kernel: of all rows but the last; of the last */
    float scale;                /* told to the kernel */
    tl_rows_kernel *kernel;
    float result_scale;
    float *result; /* in L2: result_scale times the sum of what the kernel returned */
} tl_rows_pass;

/* Whether one row fits into L1. */
bool tl_rows_fit(const tl_team *team, const tl_rows_pass *pass);
/* Returns when the results stand in L2. */
void tl_rows_run(const tl_team *team, const tl_rows_pass *pass);

#endif
