/* SPDX-License-Identifier: Apache-2.0 */
/* A job's buffers as they stand in the probe's heap, between guards. */
#ifndef TL_TESTS_HEAP_H
#define TL_TESTS_HEAP_H

#include "tests/harness/harness.h"

/* What L1 holds before a job: a NaN that no computation makes. */
#define HEAP_L1_PATTERN 0x7FABCDEFu

typedef struct heap_image {
    uint32_t bytes;
    unsigned char *before, *after;
    uint32_t at[HARNESS_BUFFERS]; /* where each buffer starts */
    tl_probe probe;               /* with its offsets */
} heap_image;

/* Lays a job out: `before` and `after` hold the same. False: out of memory. */
bool heap_make(heap_image *heap, const harness_job *job);
void heap_free(heap_image *heap);
/* After a run: checks all that must be unchanged, and copies results out. */
bool heap_check(const heap_image *heap, const harness_job *job, char *message, size_t bytes);
/* Whether L1 (the arena) is as it was, `pattern`, beyond the job's limit. */
bool heap_check_l1(const harness_job *job, const uint32_t *arena, const uint32_t *pattern, size_t arena_bytes,
                   char *message, size_t bytes);

#endif
