/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The skeleton for kernels that see a whole row (losses, softmax): rows stream through L1, each is worked on by one
 * core, and what the kernel returns is added up in the order of the rows.
 */
#ifndef TL_TILE_ROWS_H
#define TL_TILE_ROWS_H

#include "tl/team.h"
#include <stdint.h>

enum { TL_ROWS_SLOTS = 2 };

/* One array in L1, `bytes` a row: fetched from `in`, stored to `out`. NULL: not. */
typedef struct tl_rows_slot {
    const void *in;
    void *out;
    uint32_t bytes;
} tl_rows_slot;

typedef struct tl_rows_pass tl_rows_pass;

struct tl_rows_pass {
    uint32_t n; /* rows */
    tl_rows_slot slot[TL_ROWS_SLOTS];
    uint32_t slots;
    const void *options; /* for the kernel */
    float (*kernel)(const tl_rows_pass *pass, void *const *row);
};

/* Whether one row fits into L1. */
int tl_rows_fit(const tl_team *team, const tl_rows_pass *pass);
/* The sum, the same on all cores; returns when the results stand in L2. */
float tl_rows_run(const tl_team *team, const tl_rows_pass *pass);

#endif
