/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness_heap.h"
#include "src/base/random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD_WORDS_MIN = 4, GUARD_WORDS_MORE = 8 };

static uint32_t pattern_word(uint32_t seed, uint32_t i) {
    uint32_t block[2];
    tl_random_block(seed, 0xF00D, i, block);
    return block[0];
}

static uint32_t lay_out(heap_image *heap, const harness_job *job) {
    uint32_t words = 0;
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i) {
        const harness_buffer *buffer = &job->buffer[i];
        words += GUARD_WORDS_MIN + tl_random_below(job->seed, 0xFEED, i, GUARD_WORDS_MORE);
        heap->at[i] = buffer->alias ? heap->at[buffer->alias - 1] : 4 * words;
        if (!buffer->alias)
            words += (buffer->bytes + 3) / 4;
    }
    return 4 * (words + GUARD_WORDS_MIN);
}

static void hand_over(heap_image *heap, const harness_job *job) {
    uint32_t offset[HARNESS_BUFFERS];
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i)
        offset[i] = job->buffer[i].bytes > 0 ? heap->at[i] + job->buffer[i].at : TL_PROBE_ABSENT;
    heap->probe = job->probe;
    for (uint32_t i = 0; i < TL_PROBE_BUFFERS; ++i)
        heap->probe.buffer[i] = offset[i];
    tl_probe_mm *mm = &heap->probe.mm;
    mm->bytes = heap->bytes;
    mm->a = offset[0];
    mm->b = offset[1];
    mm->c = offset[2];
    mm->init = offset[3];
    mm->jump = offset[4];
}

bool heap_make(heap_image *heap, const harness_job *job) {
    heap->bytes = lay_out(heap, job);
    heap->before = malloc(heap->bytes);
    heap->after = malloc(heap->bytes);
    if (!heap->before || !heap->after) {
        heap_free(heap);
        return false;
    }
    for (uint32_t i = 0; i < heap->bytes / 4; ++i) {
        uint32_t word = pattern_word(job->seed, i);
        memcpy(heap->before + 4 * i, &word, 4);
    }
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i) {
        const harness_buffer *buffer = &job->buffer[i];
        if (buffer->alias || buffer->bytes == 0)
            continue;
        if (buffer->in)
            memcpy(heap->before + heap->at[i], buffer->in, buffer->bytes);
        else
            memset(heap->before + heap->at[i], 0xFF, buffer->bytes);
    }
    memcpy(heap->after, heap->before, heap->bytes);
    hand_over(heap, job);
    return true;
}

void heap_free(heap_image *heap) {
    free(heap->before);
    free(heap->after);
    heap->before = heap->after = NULL;
}

/* The buffer that holds byte `at`, or -1: a guard. */
static int owner(const heap_image *heap, const harness_job *job, uint32_t at) {
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i)
        if (!job->buffer[i].alias && at >= heap->at[i] && at - heap->at[i] < job->buffer[i].bytes)
            return (int)i;
    return -1;
}

static bool may_change(const harness_job *job, int buffer) {
    for (int i = 0; buffer >= 0 && i < HARNESS_BUFFERS; ++i)
        if (job->buffer[i].out && (i == buffer || job->buffer[i].alias == (uint32_t)buffer + 1))
            return true;
    return false;
}

static void tell_change(const heap_image *heap, const harness_job *job, uint32_t at, char *message, size_t bytes) {
    int buffer = owner(heap, job, at);
    if (buffer >= 0) {
        snprintf(message, bytes, "input %s was changed at byte %u of %u", job->buffer[buffer].name,
                 at - heap->at[buffer], job->buffer[buffer].bytes);
        return;
    }
    int next = -1;
    uint32_t least = UINT32_MAX;
    for (int i = 0; i < HARNESS_BUFFERS; ++i) {
        const harness_buffer *b = &job->buffer[i];
        uint32_t from = heap->at[i], end = from + b->bytes;
        uint32_t distance = at < from ? from - at : at - end + 1;
        if (!b->alias && b->bytes > 0 && distance < least) {
            least = distance;
            next = i;
        }
    }
    if (next < 0)
        snprintf(message, bytes, "a guard was overwritten");
    else
        snprintf(message, bytes, "a guard was overwritten, %u bytes %s %s (%u bytes)", least,
                 at < heap->at[next] ? "before" : "behind", job->buffer[next].name, job->buffer[next].bytes);
}

bool heap_check(const heap_image *heap, const harness_job *job, char *message, size_t bytes) {
    for (uint32_t at = 0; at < heap->bytes; ++at) {
        if (heap->before[at] != heap->after[at] && !may_change(job, owner(heap, job, at))) {
            tell_change(heap, job, at, message, bytes);
            return false;
        }
    }
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i)
        if (job->buffer[i].out && job->buffer[i].bytes > 0)
            memcpy(job->buffer[i].out, heap->after + heap->at[i], job->buffer[i].bytes);
    return true;
}

bool heap_check_l1(const harness_job *job, const uint32_t *arena, const uint32_t *pattern, size_t arena_bytes,
                   char *message, size_t bytes) {
    size_t allowed = (job->l1_bytes + 3) / 4;
    if (job->l1_bytes == 0 || memcmp(arena + allowed, pattern + allowed, arena_bytes - 4 * allowed) == 0)
        return true;
    while (arena[allowed] == pattern[allowed])
        ++allowed;
    snprintf(message, bytes, "L1 was written %zu bytes into the arena, where only %u are allowed", 4 * allowed,
             job->l1_bytes);
    return false;
}
