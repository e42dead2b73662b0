/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The skeleton for what is worked out channel by channel (normalisation, global pooling): tensors of pixels x channels
 * stream through L1 up to twice. The first sweep adds up sums over all pixels, a function makes each channel's
 * coefficients of them, the second sweep works on every pixel with these. The second one goes from the last tile to the
 * first: what is in L1 still is not fetched again.
 *
 * The sums do not depend on the number of cores or the tiles: slice j of the plan's slices takes the pixels j, j +
 * slices, ... in order, and the slices are added in order at the end.
 */
#ifndef TL_TILE_CHANNELS_H
#define TL_TILE_CHANNELS_H

#include "src/kernel/channels.h"
#include "tl/plan.h"
#include "tl/status.h"
#include "tl/team.h"
#include <stdint.h>

enum { TL_CHANNELS_SLOTS = 2, TL_CHANNELS_VECTORS = 9, TL_CHANNELS_SUMS = 2, TL_CHANNELS_OPTIONS = 6 };

/* A tensor [pixels][channels]: fetched from `in`, and stored to `out` by the second sweep. NULL: not. */
typedef struct tl_channels_slot {
    const float *in;
    float *out;
} tl_channels_slot;

/* One value a channel, in L1 for the whole pass: fetched before, stored after the combining. NULL: not. */
typedef struct tl_channels_vector {
    const float *in;
    float *out;
} tl_channels_vector;

typedef struct tl_channels_part tl_channels_part;
typedef struct tl_channels_share tl_channels_share;
typedef void tl_channels_kernel(const tl_channels_part *part, const tl_pixels *pixels, uint32_t c);
/* The second sweep's work on whole pixels, in place. */
typedef void tl_channels_whole(float *vector, uint32_t channels, uint32_t pixels, float *y);
typedef void tl_channels_combine(const tl_channels_share *share);

/* One core's part of a tile, a slice's pixels in every `step`th group of channels: the kernel is called for each group
 * with its first channel c. */
struct tl_channels_part {
    tl_channels_kernel *kernel;
    const float *in[TL_CHANNELS_SLOTS]; /* the first pixel's channel 0 */
    float *out[TL_CHANNELS_SLOTS];
    float *vector; /* vector i's value of channel c: tl_channels_at(part->vector, i, part->channels, c) */
    float *sums;   /* the slice's sums, laid out alike */
    uint32_t pixels, pitch, channels;
    uint32_t first, step; /* channels */
};

/* One core's channels [from, to) for the combining. */
struct tl_channels_share {
    tl_channels_combine *combine;
    float *vector;
    const float *sums;                        /* slices x sums x channels */
    uint32_t slices, row, channels, from, to; /* row: from one slice to the next, elements */
    float option[TL_CHANNELS_OPTIONS];
};

typedef struct tl_channels_pass {
    const tl_channels_plan *plan;
    uint32_t pixels, channels;
    tl_channels_slot slot[TL_CHANNELS_SLOTS];
    tl_channels_vector vector[TL_CHANNELS_VECTORS];
    uint32_t slots, vectors, sums;
    tl_channels_kernel *reduce; /* NULL: no first sweep */
    tl_channels_combine *combine;
    tl_channels_kernel *map;  /* NULL: no second sweep */
    tl_channels_whole *whole; /* the same; NULL: nothing comes in, every pixel is vector 0. Only without reduce */
    float option[TL_CHANNELS_OPTIONS]; /* for combine */
} tl_channels_pass;

static inline float *tl_channels_at(float *vectors, uint32_t i, uint32_t channels, uint32_t c) {
    return vectors + i * channels + c;
}

/* Sum i of channel c over all slices, in order. */
static inline float tl_channels_total(const tl_channels_share *share, uint32_t i, uint32_t c) {
    const float *sum = share->sums + i * share->channels + c;
    float total = *sum;
    for (uint32_t j = 1; j < share->slices; ++j)
        total += sum[j * share->row];
    return total;
}

/* The tensors' sizes, and whether the plan fits them and `l1_bytes`. */
tl_status tl_channels_supported(const tl_channels_pass *pass, const tl_channels_plan *plan, uint32_t l1_bytes);
/* A plan by a simple rule: as many slices as balance eight cores, all in L1 if it fits, else four tiles at a time. */
tl_status tl_channels_make_plan(const tl_channels_pass *pass, uint32_t l1_bytes, tl_channels_plan *plan);
/* Returns when the results stand in L2. */
void tl_channels_run(const tl_team *team, const tl_channels_pass *pass);

#endif
