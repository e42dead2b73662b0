/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/tune/engine.h"
#include "platform/mailbox.h"
#include "platform/memmap.h"
#include "src/base/random.h"
#include "src/kernel/mm.h"
#include "tools/tune/step_request.h"
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEED = 1, STREAM = 7, BOOT_CYCLES = 10000000, MOST_THREADS = 256, TAPE_WORDS = 16, START_WORD = 4 };
static const uint64_t most_cycles = 300000000u;

struct engine {
    sim_machine settings;
    uint32_t threads;
    sim *first;     /* the machine that was booted */
    sim **machines; /* one a thread, the first among them */
    sim_snapshot *booted;
    tl_mailbox box; /* as it is then */
    uint32_t mailbox, request, heap;
    wisdom_place place;
};

/* What the threads of a run share. */
typedef struct work {
    engine *engine;
    trial *trials;
    uint32_t count;
    atomic_uint next;
    atomic_bool failed;
    pthread_mutex_t lock; /* of the sentence */
    plan_error *error;
} work;

typedef struct worker {
    work *work;
    sim *machine;
} worker;

__attribute__((format(printf, 2, 3))) static bool fail(plan_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- one measurement ---- */

/* A kernel of fixed strides becomes one for these. False: out of its reach. */
static bool patch(sim *machine, const tl_probe *probe) {
    const int32_t stride[] = {probe->plan.strides.a_m, probe->plan.strides.a_k, probe->plan.strides.b_n,
                              probe->plan.strides.b_k};
    const tl_mm_info *kernel = tl_mm_numbered(probe->kernel);
    const tl_mm strides = {.a_m = stride[0], .a_k = stride[1], .b_n = stride[2], .b_k = stride[3]};
    char name[64];
    uint32_t address, bytes;
    if (probe->kernel < tl_mm_count)
        return true;
    snprintf(name, sizeof name, "%s_sites", kernel->name);
    if (!tl_mm_fixed_applicable(kernel, &strides) || sim_symbol(machine, name, &address, &bytes) != SIM_OK || !bytes)
        return false;
    for (uint32_t at = 0; at < bytes; at += (uint32_t)sizeof(tl_mm_site)) {
        tl_mm_site s;
        uint32_t word;
        if (sim_read(machine, address + at, &s, sizeof s) != SIM_OK || s.stride > 3 ||
            sim_read(machine, s.address, &word, sizeof word) != SIM_OK)
            return false;
        word = (word & 0xfffff) | (uint32_t)(s.count * stride[s.stride]) << 20;
        if (sim_write(machine, s.address, &word, sizeof word) != SIM_OK)
            return false;
    }
    return true;
}

/*
 * Runs until the answer is there. The first run of the step is cold and may take longer, the second one is what counts;
 * core 0 stores to the word at `start` when either begins, and to the one behind it when it ends. SIM_LIMIT: it took
 * more than `limit`.
 */
static sim_status run_step(const engine *e, sim *machine, uint32_t start, uint64_t limit, tl_mailbox *box) {
    enum { COLD = 20000, STORES = 64 };
    const uint32_t sequence = e->box.sequence + 1;
    uint64_t end = sim_cycles(machine) + most_cycles;
    uint32_t runs = 0;
    for (;;) {
        const uint64_t now = sim_cycles(machine);
        const sim_status status = now < end ? sim_run(machine, end - now) : SIM_LIMIT;
        if (status != SIM_WATCHED)
            return status;
        const uint32_t watched = sim_watched(machine);
        if (watched == start) {
            ++runs;
            if (limit)
                end = sim_cycles(machine) + (runs == 1 ? limit + limit / 4 + COLD : limit + STORES);
        } else if (watched == start + 4) {
            end = sim_cycles(machine) + most_cycles;
        } else if (sim_read(machine, e->mailbox, box, sizeof *box) != SIM_OK) {
            return SIM_BAD_INPUT;
        } else if (box->doorbell == sequence) {
            return SIM_OK;
        }
    }
}

static bool measure(const engine *e, sim *machine, trial *t, plan_error *error) {
    tl_probe request;
    tl_mailbox box = e->box;
    t->result = (wisdom_result){WISDOM_REFUSED, 0};
    if (step_request(t->problem, t->plan, e->heap, TL_CLUSTER_CORES, &request) != TL_OK)
        return true;
    const uint32_t start = e->heap + request.tape + request.tape_bytes - TAPE_WORDS + START_WORD;
    box.cores = TL_CLUSTER_CORES;
    box.request = TL_REQUEST_PROBE;
    ++box.sequence;
    if (sim_restore(machine, e->booted) != SIM_OK || sim_watch(machine, start, 1) != SIM_OK ||
        sim_watch(machine, start + 4, 1) != SIM_OK)
        return fail(error, "%s", sim_message(machine));
    if (!patch(machine, &request))
        return true;
    if (sim_write(machine, e->request, &request, sizeof request) != SIM_OK ||
        sim_write(machine, e->mailbox, &box, sizeof box) != SIM_OK)
        return fail(error, "%s", sim_message(machine));
    sim_flush_icache(machine);
    const sim_status status = run_step(e, machine, start, t->limit, &box);
    if (status == SIM_LIMIT && t->limit) {
        t->result = (wisdom_result){WISDOM_ABOVE, t->limit};
    } else if (status != SIM_OK) {
        char problem[STEP_TEXT], plan[STEP_TEXT];
        problem_write(t->problem, problem, sizeof problem);
        plan_write(t->plan, plan, sizeof plan);
        return fail(error, "the probe went wrong at %s with %s: %.200s", problem, plan, sim_message(machine));
    } else if (box.status == TL_OK) {
        t->result = (wisdom_result){WISDOM_CYCLES, box.argument[0]};
        if (t->limit && box.argument[0] > t->limit)
            t->result = (wisdom_result){WISDOM_ABOVE, t->limit};
    }
    return true;
}

/* ---- many ---- */

static void *serve(void *argument) {
    const worker *self = argument;
    work *w = self->work;
    plan_error error;
    for (;;) {
        const uint32_t i = atomic_fetch_add(&w->next, 1u);
        if (i >= w->count || atomic_load(&w->failed))
            return NULL;
        if (measure(w->engine, self->machine, &w->trials[i], &error))
            continue;
        pthread_mutex_lock(&w->lock);
        if (!atomic_exchange(&w->failed, true))
            *w->error = error;
        pthread_mutex_unlock(&w->lock);
    }
}

bool engine_run(engine *e, trial *trials, uint32_t count, plan_error *error) {
    work w = {.engine = e, .trials = trials, .count = count, .error = error};
    const uint32_t threads = e->threads < count ? e->threads : count;
    worker workers[MOST_THREADS];
    pthread_t ids[MOST_THREADS];
    uint32_t started = 0;
    atomic_init(&w.next, 0u);
    atomic_init(&w.failed, false);
    pthread_mutex_init(&w.lock, NULL);
    for (uint32_t i = 0; i < threads; ++i)
        workers[i] = (worker){&w, e->machines[i]};
    for (uint32_t i = 1; i < threads && pthread_create(&ids[i], NULL, serve, &workers[i]) == 0; ++i)
        started = i;
    if (count)
        serve(&workers[0]);
    for (uint32_t i = 1; i <= started; ++i)
        pthread_join(ids[i], NULL);
    pthread_mutex_destroy(&w.lock);
    return !atomic_load(&w.failed);
}

/* ---- the machines ---- */

/* All that the program's file has put into L2 in front of the request and the heap: code and tables. */
static bool hash_code(engine *e, plan_error *error) {
    const uint32_t end = e->request < e->heap ? e->request : e->heap;
    const uint32_t bytes = e->mailbox < end ? e->mailbox - TL_L2_BASE : end - TL_L2_BASE;
    char *code = bytes < TL_L2_BYTES ? malloc(bytes) : NULL;
    const bool fine = code && sim_read(e->first, TL_L2_BASE, code, bytes) == SIM_OK;
    if (fine)
        e->place.code = hash_more(HASH_BEGIN, code, bytes);
    free(code);
    return fine || fail(error, "the probe's code cannot be read");
}

static bool fill_heap(engine *e, plan_error *error) {
    enum { FLOATS = STEP_HEAP_TENSORS / sizeof(float) };
    float *noise = calloc(FLOATS + STEP_HEAP_ZEROS / sizeof(float), sizeof *noise);
    if (!noise)
        return fail(error, "out of memory");
    for (uint32_t i = 0; i < FLOATS; ++i)
        noise[i] = 2.0f * tl_random_unit(SEED, STREAM, i) - 1.0f;
    const bool fine = sim_write(e->first, e->heap, noise, STEP_HEAP_TENSORS + STEP_HEAP_ZEROS) == SIM_OK;
    free(noise);
    return fine || fail(error, "%s", sim_message(e->first));
}

static bool boot(engine *e, const char *firmware, plan_error *error) {
    uint32_t box_bytes = 0, request_bytes = 0, heap_bytes = 0;
    if (sim_load_file(e->first, firmware) != SIM_OK)
        return fail(error, "%s", sim_message(e->first));
    if (sim_symbol(e->first, "tl_mailbox", &e->mailbox, &box_bytes) != SIM_OK ||
        sim_symbol(e->first, "tl_probe_request", &e->request, &request_bytes) != SIM_OK ||
        sim_symbol(e->first, "tl_probe_heap", &e->heap, &heap_bytes) != SIM_OK || box_bytes != sizeof(tl_mailbox) ||
        request_bytes != sizeof(tl_probe) || heap_bytes < STEP_HEAP)
        return fail(error, "the probe %s was built from other sources than this program", firmware);
    if (!hash_code(e, error))
        return false;
    if (sim_watch(e->first, e->mailbox + (uint32_t)offsetof(tl_mailbox, doorbell), 1) != SIM_OK)
        return fail(error, "%s", sim_message(e->first));
    do {
        if (sim_run(e->first, BOOT_CYCLES) != SIM_WATCHED ||
            sim_read(e->first, e->mailbox, &e->box, sizeof e->box) != SIM_OK)
            return fail(error, "the probe %s does not start: %.200s", firmware, sim_message(e->first));
    } while (e->box.magic != TL_MAILBOX_MAGIC);
    e->booted = sim_snapshot_create(e->first);
    if (!e->booted)
        return fail(error, "out of memory");
    return fill_heap(e, error) && (sim_save(e->first, e->booted) == SIM_OK || fail(error, "%s", sim_message(e->first)));
}

static void hash_machine(engine *e) {
    char text[4096];
    sim_machine nameless = e->settings;
    memset(nameless.name, 0, sizeof nameless.name);
    nameless.name[0] = 'm';
    const size_t n = sim_machine_write(&nameless, text, sizeof text);
    e->place.machine = hash_more(HASH_BEGIN, text, n < sizeof text ? n : sizeof text);
}

static bool start(engine *e, const char *firmware, plan_error *error) {
    e->machines = calloc(e->threads, sizeof(sim *));
    if (!e->machines)
        return fail(error, "out of memory");
    for (uint32_t i = 0; i < e->threads; ++i)
        if (!(e->machines[i] = sim_create(&e->settings)))
            return fail(error, "there is no memory for %u simulated machines", e->threads);
    e->first = e->machines[0];
    hash_machine(e);
    return boot(e, firmware, error);
}

engine *engine_create(const char *firmware, const sim_machine *machine, uint32_t threads, plan_error *error) {
    engine *e = calloc(1, sizeof *e);
    if (!e) {
        fail(error, "out of memory");
        return NULL;
    }
    const long host = sysconf(_SC_NPROCESSORS_ONLN);
    e->settings = *machine;
    e->threads = threads ? threads : host > 0 ? (uint32_t)host : 1;
    if (e->threads > MOST_THREADS)
        e->threads = MOST_THREADS;
    if (machine->cores != TL_CLUSTER_CORES) {
        fail(error, "plans are tuned for %d cores, this machine has %u", TL_CLUSTER_CORES, machine->cores);
    } else if (start(e, firmware, error)) {
        return e;
    }
    engine_destroy(e);
    return NULL;
}

void engine_destroy(engine *e) {
    if (!e)
        return;
    sim_snapshot_destroy(e->booted);
    for (uint32_t i = 0; e->machines && i < e->threads; ++i)
        if (e->machines[i])
            sim_destroy(e->machines[i]);
    free(e->machines);
    free(e);
}

wisdom_place engine_place(const engine *e) {
    return e->place;
}

uint32_t engine_threads(const engine *e) {
    return e->threads;
}
