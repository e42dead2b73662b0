/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness_remote.h"
#include "platform/budget.h"
#include "platform/mailbox.h"
#include "tl/tape.h"
#include "tools/cli/mm_patch.h"
#include "tools/sim/sanitize.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOOT_CYCLES = 1000000, MAX_CYCLES = 50000000 };

struct remote {
    char *elf;
    sim_machine machine;
    sim *s;
    bool sanitize;
    sim_observer *observer;
    uint32_t mailbox, request, heap, heap_bytes;
    uint32_t sequence;
    uint32_t pattern[TL_L1_ARENA_BYTES / 4];
    uint32_t arena_before[TL_L1_ARENA_BYTES / 4], arena[TL_L1_ARENA_BYTES / 4];
};

remote *remote_create(const char *elf, const sim_machine *machine) {
    remote *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->elf = strdup(elf);
    if (!r->elf) {
        free(r);
        return NULL;
    }
    sim_machine_pulp8(&r->machine);
    if (machine)
        r->machine = *machine;
    for (uint32_t i = 0; i < TL_L1_ARENA_BYTES / 4; ++i)
        r->pattern[i] = HEAP_L1_PATTERN;
    return r;
}

static void shut_down(remote *r) {
    sim_observe_end(r->observer);
    sim_destroy(r->s);
    r->observer = NULL;
    r->s = NULL;
}

void remote_destroy(remote *r) {
    if (!r)
        return;
    shut_down(r);
    free(r->elf);
    free(r);
}

void remote_sanitize(remote *r) {
    r->sanitize = true;
}

static bool find(remote *r, const char *name, uint32_t expected, uint32_t *address, uint32_t *size, char *message,
                 size_t bytes) {
    uint32_t found = 0;
    if (sim_symbol(r->s, name, address, &found) != SIM_OK) {
        snprintf(message, bytes, "%s has no symbol %s", r->elf, name);
        return false;
    }
    if (expected != 0 && found != expected) {
        snprintf(message, bytes, "%s: %s has %u bytes on the cluster and %u on the host", r->elf, name, found,
                 expected);
        return false;
    }
    if (size)
        *size = found;
    return true;
}

/* Runs until the guest has stored `expected` to its doorbell. */
static bool wait_for_doorbell(remote *r, uint32_t expected, uint64_t cycles, char *message, size_t bytes) {
    uint64_t end = sim_cycles(r->s) + cycles;
    for (;;) {
        uint64_t now = sim_cycles(r->s);
        sim_status status = sim_run(r->s, now < end ? end - now : 0);
        if (status == SIM_LIMIT) {
            snprintf(message, bytes, "the guest has not answered after %llu cycles", (unsigned long long)cycles);
            return false;
        }
        if (status != SIM_WATCHED) {
            snprintf(message, bytes, "the simulator stopped (status %d): %s", (int)status, sim_message(r->s));
            return false;
        }
        uint32_t doorbell = 0;
        sim_read(r->s, r->mailbox + offsetof(tl_mailbox, doorbell), &doorbell, 4);
        if (doorbell == expected)
            return true;
    }
}

static bool boot(remote *r, char *message, size_t bytes) {
    r->s = sim_create(&r->machine);
    if (!r->s) {
        snprintf(message, bytes, "no simulator: out of memory, or a setting is out of range");
        return false;
    }
    if (sim_load_file(r->s, r->elf) != SIM_OK) {
        snprintf(message, bytes, "%s: %s", r->elf, sim_message(r->s));
        return false;
    }
    if (r->sanitize) {
        static const sim_observe_settings settings = {0};
        r->observer = sim_observe(r->s, &settings);
        if (!r->observer || !sim_sanitize_begin(r->observer)) {
            snprintf(message, bytes, "out of memory for the sanitizer");
            return false;
        }
    }
    if (!find(r, "tl_mailbox", sizeof(tl_mailbox), &r->mailbox, NULL, message, bytes) ||
        !find(r, "tl_probe_request", sizeof(tl_probe), &r->request, NULL, message, bytes) ||
        !find(r, "tl_probe_heap", 0, &r->heap, &r->heap_bytes, message, bytes))
        return false;
    sim_watch(r->s, r->mailbox + offsetof(tl_mailbox, doorbell), 1);
    r->sequence = 0;
    if (!wait_for_doorbell(r, 0, BOOT_CYCLES, message, bytes))
        return false;
    uint32_t magic = 0;
    sim_read(r->s, r->mailbox, &magic, 4);
    if (magic != TL_MAILBOX_MAGIC) {
        snprintf(message, bytes, "the mailbox says %08x, not %08x", magic, TL_MAILBOX_MAGIC);
        return false;
    }
    return true;
}

sim *remote_machine(remote *r, char *message, size_t bytes) {
    if (!r->s && !boot(r, message, bytes))
        shut_down(r);
    return r->s;
}

static void put(remote *r, size_t field, uint32_t value) {
    sim_write(r->s, r->mailbox + (uint32_t)field, &value, 4);
}

enum { L1_GUARD = 12, REEL_BYTES = sizeof(tl_reel) + 2 * 264 + 256 };

/* Where the job's buffers that stand in L1 do so: 0 for those that do not. Their offsets are changed. Returns their
 * end. */
static uint32_t place_in_l1(const remote *r, const harness_job *job, heap_image *heap, uint32_t *place) {
    uint32_t at = TL_L1_ARENA + (job->l1_bytes + L1_GUARD + 3) / 4 * 4;
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i) {
        const harness_buffer *buffer = &job->buffer[i];
        uint32_t bytes = (buffer->bytes + 3) / 4 * 4;
        place[i] = 0;
        if (i >= TL_PROBE_BUFFERS || !buffer->in_l1 || buffer->alias || bytes == 0 || job->l1_bytes == 0 ||
            at + bytes + L1_GUARD > TL_L1_ARENA + TL_L1_ARENA_BYTES)
            continue;
        place[i] = at;
        heap->probe.buffer[i] = at + buffer->at - r->heap;
        at += bytes + L1_GUARD;
    }
    return at;
}

/* The tapes' homes behind the heap's image, reels behind the rest of L1. Returns the reels' offset in the arena, or 0.
 */
static uint32_t place_tapes(const remote *r, uint32_t cores, const harness_job *job, heap_image *heap, uint32_t end) {
    tl_probe *probe = &heap->probe;
    const uint32_t at = (heap->bytes + 7) & ~7u, room = (r->heap_bytes - at) / cores & ~7u;
    if (job->way == HARNESS_CALLED)
        return 0;
    probe->tape = at;
    probe->tape_bytes = room;
    const uint32_t reels = (end + 7) & ~7u;
    if (job->way == HARNESS_TAPED || job->l1_bytes == 0 || reels + cores * REEL_BYTES > TL_L1_ARENA + TL_L1_ARENA_BYTES)
        return 0;
    probe->reel = reels - r->heap;
    probe->reel_bytes = REEL_BYTES;
    probe->shortened = job->way == HARNESS_SHORTENED;
    return reels - TL_L1_ARENA;
}

/* L1 as it is before the run; afterwards all but the results in it must be the same. */
static void fill_l1(remote *r, const harness_job *job, const heap_image *heap, const uint32_t *place) {
    memcpy(r->arena_before, r->pattern, sizeof r->pattern);
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i)
        if (place[i])
            memcpy((char *)r->arena_before + (place[i] - TL_L1_ARENA), heap->before + heap->at[i],
                   job->buffer[i].bytes);
    sim_write(r->s, TL_L1_ARENA, r->arena_before, sizeof r->arena_before);
}

/* What a job does not hand over counts as never written: guards, and results as they were before. */
static void forget(remote *r, const harness_job *job, const heap_image *heap, const uint32_t *place) {
    sim_sanitize_forget(r->observer, TL_L1_ARENA, TL_L1_ARENA_BYTES);
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i) {
        const harness_buffer *buffer = &job->buffer[i];
        if (place[i] && buffer->in)
            sim_write(r->s, place[i], buffer->in, buffer->bytes);
        else if (!place[i] && !buffer->in && !buffer->alias)
            sim_sanitize_forget(r->observer, r->heap + heap->at[i], buffer->bytes);
    }
}

/* Whether there is nothing to find; the first finding is the message. */
static bool is_clean(const remote *r, char *message, size_t bytes) {
    const sim_finding *found = NULL;
    uint32_t count = r->observer ? sim_sanitize_findings(r->observer, &found) : 0;
    if (count > 0)
        snprintf(message, bytes, "%u findings of the sanitizer: %s", count, found[0].text);
    return count == 0;
}

static void take_from_l1(remote *r, const harness_job *job, heap_image *heap, const uint32_t *place, uint32_t reels,
                         uint32_t cores) {
    sim_read(r->s, TL_L1_ARENA, r->arena, sizeof r->arena);
    if (reels)
        memcpy((char *)r->arena_before + reels, (char *)r->arena + reels, cores * REEL_BYTES);
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i) {
        if (place[i] && job->buffer[i].out) {
            char *from = (char *)r->arena + (place[i] - TL_L1_ARENA);
            memcpy(heap->after + heap->at[i], from, job->buffer[i].bytes);
            memcpy((char *)r->arena_before + (place[i] - TL_L1_ARENA), from, job->buffer[i].bytes);
        }
    }
}

/* A layer's kernel of fixed strides becomes one for its plan's. */
static bool patch(const remote *r, const tl_probe *probe) {
    const tl_mm_strides *s = &probe->plan.strides;
    const tl_mm strides = {.a_m = s->a_m, .a_k = s->a_k, .b_n = s->b_n, .b_k = s->b_k};
    if (probe->kind == TL_PROBE_MM || probe->kernel < tl_mm_count)
        return true;
    return mm_patch(r->s, tl_mm_numbered(probe->kernel), &strides);
}

static bool send(remote *r, uint32_t cores, const harness_job *job, heap_image *heap, uint32_t *place, uint32_t *reels,
                 harness_result *result) {
    if (cores < 1 || cores > r->machine.cores) {
        snprintf(result->message, sizeof result->message, "%u cores are not 1 to %u", cores, r->machine.cores);
        return false;
    }
    if (heap->bytes > r->heap_bytes) {
        snprintf(result->message, sizeof result->message, "the job needs %u bytes of heap, the probe has %u",
                 heap->bytes, r->heap_bytes);
        return false;
    }
    if (!patch(r, &job->probe)) {
        snprintf(result->message, sizeof result->message, "the plan's kernel cannot be made for its strides");
        return false;
    }
    *reels = place_tapes(r, cores, job, heap, place_in_l1(r, job, heap, place));
    fill_l1(r, job, heap, place);
    sim_write(r->s, r->heap, heap->before, heap->bytes);
    if (r->observer)
        forget(r, job, heap, place);
    sim_write(r->s, r->request, &heap->probe, sizeof heap->probe);
    put(r, offsetof(tl_mailbox, request), TL_REQUEST_PROBE);
    put(r, offsetof(tl_mailbox, cores), cores);
    put(r, offsetof(tl_mailbox, sequence), ++r->sequence);
    /* Tapes are written one after the other. */
    uint64_t most = job->max_cycles ? job->max_cycles : MAX_CYCLES;
    return wait_for_doorbell(r, r->sequence, job->way == HARNESS_CALLED ? most : most * (cores + 1), result->message,
                             sizeof result->message);
}

bool remote_run(remote *r, uint32_t cores, const harness_job *job, heap_image *heap, harness_result *result) {
    if (!remote_machine(r, result->message, sizeof result->message))
        return false;
    uint32_t place[HARNESS_BUFFERS], reels;
    if (!send(r, cores, job, heap, place, &reels, result) || !is_clean(r, result->message, sizeof result->message)) {
        shut_down(r);
        return false;
    }
    uint32_t status = 0;
    sim_read(r->s, r->heap, heap->after, heap->bytes);
    sim_read(r->s, r->mailbox + offsetof(tl_mailbox, status), &status, 4);
    if (status == TL_BAD_TAPE && job->way != HARNESS_CALLED) {
        harness_job called = *job;
        called.way = HARNESS_CALLED;
        heap->probe.tape_bytes = heap->probe.reel_bytes = 0;
        return remote_run(r, cores, &called, heap, result);
    }
    sim_read(r->s, r->mailbox + offsetof(tl_mailbox, argument), &result->cycles, 4);
    take_from_l1(r, job, heap, place, reels, cores);
    result->status = (tl_status)status;
    return heap_check_l1(job, r->arena, r->arena_before, sizeof r->arena, result->message, sizeof result->message);
}
