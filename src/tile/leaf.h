/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel calls as leaves (src/hal/hal.h): carried out, or written on the team's tape. Nothing is done for n == 0. */
#ifndef TL_TILE_LEAF_H
#define TL_TILE_LEAF_H

#include "src/hal/hal.h"
#include "src/kernel/channels.h"
#include "src/kernel/mm.h"

/* Problems alike, these bytes apart. */
typedef struct tl_mm_units {
    uint32_t count;
    int32_t a, b, c, init;
} tl_mm_units;

/* A matmul as it is carried out. Whoever calls makes it in this form, as the stack is deepest there. */
typedef struct tl_mm_call {
    tl_mm mm; /* of the first unit */
    tl_mm_kernel_f32 *kernel;
    tl_mm_units units;
} tl_mm_call;

void tl_do_mm(const tl_team *team, const tl_mm_call *call);
/* Writes the jumps to `to`; they are read now. */
void tl_do_jumps(const tl_team *team, uint32_t count, const tl_jump *jump, tl_jump *to);
/* sum += x over pixels of any number of channels, or, `fresh`, sum = x; the order is theirs. */
void tl_do_columns(const tl_team *team, const tl_pixels *pixels, bool fresh, const float *x, float *sum);
/* Zeroes n elements in each of `rows` rows, `pitch` elements apart. */
void tl_do_zero(const tl_team *team, uint32_t rows, uint32_t pitch, uint32_t n, float *y);
void tl_do_sum(const tl_team *team, uint32_t n, uint32_t parts, uint32_t pitch, const float *x, float *y);
void tl_do_relu(const tl_team *team, uint32_t n, const float *x, float *y);
void tl_do_relu_grad(const tl_team *team, uint32_t n, const float *x, const float *dy, float *dx);

#endif
