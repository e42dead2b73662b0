/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"
#include "platform/budget.h"
#include "src/hal/hal.h"
#include "tests/harness/harness_heap.h"
#include "tests/harness/harness_remote.h"
#include "tl/host.h"
#include "tl/tape.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define HARNESS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HARNESS_ASAN 1
#endif
#endif
#ifdef HARNESS_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(at, bytes)   ASAN_POISON_MEMORY_REGION(at, bytes)
#define UNPOISON(at, bytes) ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#else
#define POISON(at, bytes)   ((void)(at), (void)(bytes))
#define UNPOISON(at, bytes) ((void)(at), (void)(bytes))
#endif

enum { MAX_THREADS = 64 };

struct harness {
    tl_host_team *team[MAX_THREADS + 1]; /* by number of threads; made when first asked for */
    remote *remote;
    uint32_t l1_pattern[TL_L1_ARENA_BYTES / 4];
};

harness *harness_create(const char *probe_elf, const sim_machine *machine) {
    harness *h = calloc(1, sizeof *h);
    for (uint32_t i = 0; h && i < TL_L1_ARENA_BYTES / 4; ++i)
        h->l1_pattern[i] = HEAP_L1_PATTERN;
    if (h && probe_elf) {
        h->remote = remote_create(probe_elf, machine);
        if (!h->remote) {
            free(h);
            return NULL;
        }
    }
    return h;
}

void harness_destroy(harness *h) {
    if (!h)
        return;
    for (uint32_t n = 0; n <= MAX_THREADS; ++n)
        tl_host_team_destroy(h->team[n]);
    remote_destroy(h->remote);
    free(h);
}

void harness_sanitize(harness *h) {
    if (h->remote)
        remote_sanitize(h->remote);
}

sim *harness_machine(harness *h, char *message, size_t bytes) {
    if (h->remote)
        return remote_machine(h->remote, message, bytes);
    snprintf(message, bytes, "the harness was made without a simulator");
    return NULL;
}

/* One native run: what its threads share. */
typedef struct native {
    const tl_probe *probe;
    char *heap;
    uint32_t heap_bytes;
    bool in_l1;
    const harness_job *job;
    const uint32_t *l1_pattern;
    tl_status status[MAX_THREADS];
    uint32_t cycles[MAX_THREADS];
    bool tape_failed[MAX_THREADS];
    bool l1_ok;
    char *message;
} native;

/* Chunks that hold every call there is, and little else. */
enum { REEL_BYTES = sizeof(tl_reel) + 2 * 600 + 768 };

/* Counts the bytes of this thread's tape, then writes it. Returns its memory, or NULL. */
static void *write_tape(const tl_team *team, native *run, void *reel, tl_tape *tape, const void **part,
                        tl_status *status) {
    tl_team writer = *team;
    writer.tape = tape;
    uint32_t *cycles = &run->cycles[team->id], bytes = 0;
    void *memory = NULL;
    for (int pass = 0; pass < 2; ++pass) {
        if (run->job->way >= HARNESS_STREAMED)
            (run->job->way == HARNESS_SHORTENED ? tl_tape_begin_short : tl_tape_begin_reel)(tape, memory, bytes, reel,
                                                                                            REEL_BYTES);
        else
            tl_tape_begin(tape, memory, bytes);
        *status = tl_probe_serve(&writer, run->probe, run->heap, cycles);
        *part = tl_tape_end_part(tape);
        if (pass == 0) {
            /* Here, with pointers of 8 bytes, arguments have padding, which may be another one the second time. */
            bytes = tape->used + tape->used / 4;
            memory = malloc(bytes);
        }
    }
    return memory;
}

/* Writes this thread's tape, and plays it. */
static tl_status serve_taped(const tl_team *team, native *run) {
    tl_tape tape = {0};
    tl_status status = TL_OK;
    const void *part = NULL;
    void *memory = NULL, *reel = malloc(REEL_BYTES);
    for (uint32_t id = 0; id < team->n; ++id) {
        if (id == team->id && reel)
            memory = write_tape(team, run, reel, &tape, &part, &status);
        tl_barrier(team);
    }
    bool good = memory && !tl_tape_is_full(&tape);
    /* Nobody may play, and wait at barriers, if another thread's tape has not come about. */
    if (!good)
        run->tape_failed[team->id] = true;
    tl_barrier(team);
    for (uint32_t i = 0; i < team->n; ++i)
        good = good && !run->tape_failed[i];
    if (good && status == TL_OK)
        tl_tape_play(team, part);
    tl_barrier(team);
    free(memory);
    free(reel);
    return status;
}

static void serve(const tl_team *team, void *user) {
    native *run = user;
    uint32_t *arena = (uint32_t *)(void *)tl_l1(team);
    char *home = run->heap;
    if (team->id == 0)
        memcpy(arena, run->l1_pattern, TL_L1_ARENA_BYTES);
    tl_barrier(team);
    size_t kept_bytes;
    char *kept = tl_l1_kept(team, &kept_bytes);
    bool moves = run->in_l1 && run->heap_bytes <= kept_bytes;
    if (moves && team->id == 0) {
        memcpy(kept, run->heap, run->heap_bytes);
        run->heap = kept;
    }
    tl_barrier(team);
    if (run->job->way != HARNESS_CALLED)
        run->status[team->id] = serve_taped(team, run);
    else
        run->status[team->id] = tl_probe_serve(team, run->probe, run->heap, &run->cycles[team->id]);
    tl_barrier(team);
    if (moves && team->id == 0)
        memcpy(home, kept, run->heap_bytes);
    if (team->id == 0)
        run->l1_ok = heap_check_l1(run->job, arena, run->l1_pattern, TL_L1_ARENA_BYTES, run->message, HARNESS_MESSAGE);
}

/* Guards are out of bounds for reads too. */
static void poison_guards(const heap_image *heap, const harness_job *job) {
    POISON(heap->after, heap->bytes);
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i)
        UNPOISON(heap->after + heap->at[i], job->buffer[i].bytes);
}

static bool run_native(harness *h, uint32_t threads, const harness_job *job, const heap_image *heap,
                       harness_result *result) {
    if (threads < 1 || threads > MAX_THREADS) {
        snprintf(result->message, sizeof result->message, "%u threads are not 1 to %d", threads, (int)MAX_THREADS);
        return false;
    }
    if (!h->team[threads])
        h->team[threads] = tl_host_team_create(threads, TL_L1_ARENA_BYTES);
    if (!h->team[threads]) {
        snprintf(result->message, sizeof result->message, "no team of %u threads", threads);
        return false;
    }
    native run = {.probe = &heap->probe,
                  .heap = (char *)heap->after,
                  .heap_bytes = heap->bytes,
                  .job = job,
                  .l1_pattern = h->l1_pattern,
                  .message = result->message};
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i)
        run.in_l1 = run.in_l1 || job->buffer[i].in_l1;
    if (job->probe.kind != TL_PROBE_MM && !run.in_l1)
        poison_guards(heap, job);
    tl_host_team_run(h->team[threads], serve, &run);
    UNPOISON(heap->after, heap->bytes);
    result->status = run.status[0];
    result->cycles = run.cycles[0];
    for (uint32_t i = 0; i < threads; ++i) {
        if (run.tape_failed[i]) {
            snprintf(result->message, sizeof result->message, "thread %u's tape has outgrown what was counted before",
                     i);
            return false;
        }
        if (run.status[i] != run.status[0]) {
            snprintf(result->message, sizeof result->message, "thread %u returned %d, thread 0 %d", i,
                     (int)run.status[i], (int)run.status[0]);
            return false;
        }
    }
    return run.l1_ok;
}

bool harness_run(harness *h, harness_place place, uint32_t cores, const harness_job *job, harness_result *result) {
    heap_image heap;
    result->status = TL_OK;
    result->cycles = 0;
    result->message[0] = 0;
    if (job->l1_bytes > TL_L1_ARENA_BYTES) {
        snprintf(result->message, sizeof result->message, "L1 has no %u bytes", job->l1_bytes);
        return false;
    }
    if (!heap_make(&heap, job)) {
        snprintf(result->message, sizeof result->message, "out of memory");
        return false;
    }
    bool ok;
    if (place == HARNESS_NATIVE) {
        ok = run_native(h, cores, job, &heap, result);
    } else if (h->remote) {
        ok = remote_run(h->remote, cores, job, &heap, result);
    } else {
        snprintf(result->message, sizeof result->message, "the harness was made without a simulator");
        ok = false;
    }
    ok = ok && heap_check(&heap, job, result->message, sizeof result->message);
    heap_free(&heap);
    return ok;
}
