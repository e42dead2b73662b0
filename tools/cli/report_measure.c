/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/report_measure.h"
#include "bench/baselines.h"
#include "src/base/random.h"
#include "tools/cli/mailbox_host.h"
#include "tools/cli/mm_patch.h"
#include "tools/cli/progress.h"
#include "tools/cli/report_timeline.h"
#include "tools/cli/streams.h"
#include "tools/tune/step_request.h"
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { SEED = 1, THREADS = 64 };

/* A machine with the probe, and its state when all runs begin. */
typedef struct bed {
    mailbox_host host;
    sim_snapshot *booted;
    tl_mailbox box;
    uint32_t request, heap;
} bed;

typedef struct shared {
    const char *probe;
    const sim_machine *machine;
    report_run *runs;
    uint32_t count, next, done;
    bool failed;
    cli_error error; /* of the run that stands first among those that failed */
    pthread_mutex_t lock;
    progress bar;
} shared;

static void bed_close(bed *b) {
    sim_snapshot_destroy(b->booted);
    mailbox_close(&b->host);
}

static bool bed_fill(bed *b, float *noise, cli_error *error) {
    enum { ELEMENTS = STEP_HEAP_TENSORS / sizeof(float) };
    if (!noise || !b->booted)
        return cli_out_of_memory(error);
    for (uint32_t i = 0; i < ELEMENTS; ++i)
        noise[i] = 2.0f * tl_random_unit(SEED, STREAM_BENCH, i) - 1.0f;
    b->box = b->host.box;
    return mailbox_write(&b->host, b->heap, noise, STEP_HEAP_TENSORS, error) &&
           (sim_save(b->host.machine, b->booted) == SIM_OK ||
            cli_fail(error, CLI_OURS, "%s", sim_message(b->host.machine)));
}

static bool bed_open(bed *b, const char *probe, const sim_machine *machine, cli_error *error) {
    uint32_t request_bytes = 0, heap_bytes = 0;
    *b = (bed){.booted = NULL};
    if (!mailbox_open(&b->host, probe, machine, error))
        return false;
    bool fine = mailbox_symbol(&b->host, "tl_probe_request", &b->request, &request_bytes, error) &&
                mailbox_symbol(&b->host, "tl_probe_heap", &b->heap, &heap_bytes, error);
    if (fine && (request_bytes != sizeof(tl_probe) || heap_bytes < STEP_HEAP))
        fine = cli_fail(error, CLI_INPUT, "the probe %s was built from other sources than this program", probe);
    if (fine) {
        float *noise = malloc(STEP_HEAP_TENSORS);
        b->booted = sim_snapshot_create(b->host.machine);
        fine = bed_fill(b, noise, error);
        free(noise);
    }
    if (!fine)
        bed_close(b);
    return fine;
}

/* What cannot run is told by 0 cycles: the request is refused, the kernel does not reach so far, the tape is too long.
 */
static bool bed_run(bed *b, report_run *run, cli_error *error) {
    tl_probe request;
    run->cycles = 0;
    if (sim_restore(b->host.machine, b->booted) != SIM_OK)
        return cli_fail(error, CLI_OURS, "%s", sim_message(b->host.machine));
    b->host.box = b->box;
    b->host.box.cores = run->cores;
    if (step_request(&run->problem, &run->plan, b->heap, run->cores, &request) != TL_OK)
        return true;
    if (run->one_size) {
        request.kernel = bench_one_size_number();
    } else if (run->plan.kind == STEP_PLAN_MM && request.kernel >= tl_mm_count) {
        const tl_mm_strides *s = &run->plan.of.mm.strides;
        const tl_mm strides = {.a_m = s->a_m, .a_k = s->a_k, .b_n = s->b_n, .b_k = s->b_k};
        if (!mm_patch(b->host.machine, tl_mm_numbered(request.kernel), &strides))
            return true;
    }
    if (!mailbox_write(&b->host, b->request, &request, sizeof request, error))
        return false;
    sim_flush_icache(b->host.machine);
    if (!mailbox_request(&b->host, TL_REQUEST_PROBE, error))
        return false;
    run->cycles = b->host.box.status == TL_OK ? b->host.box.argument[0] : 0;
    return true;
}

static bool next_run(shared *s, uint32_t *index) {
    pthread_mutex_lock(&s->lock);
    *index = s->next;
    const bool there = s->next < s->count && !s->failed;
    s->next += there;
    pthread_mutex_unlock(&s->lock);
    return there;
}

static void end_run(shared *s, bool fine, const cli_error *error) {
    pthread_mutex_lock(&s->lock);
    if (!fine && !s->failed)
        s->error = *error;
    s->failed = s->failed || !fine;
    progress_draw(&s->bar, ++s->done, "");
    pthread_mutex_unlock(&s->lock);
}

static void *work(void *user) {
    shared *s = user;
    cli_error error;
    bed b;
    uint32_t i;
    if (!bed_open(&b, s->probe, s->machine, &error)) {
        end_run(s, false, &error);
        return NULL;
    }
    while (next_run(s, &i)) {
        const bool fine = bed_run(&b, &s->runs[i], &error);
        end_run(s, fine, &error);
    }
    bed_close(&b);
    return NULL;
}

bool report_measure(const char *probe, const sim_machine *machine, report_run *runs, uint32_t count, uint32_t threads,
                    cli_error *error) {
    pthread_t thread[THREADS];
    shared s = {.probe = probe, .machine = machine, .runs = runs, .count = count};
    if (!threads) {
        const long processors = sysconf(_SC_NPROCESSORS_ONLN);
        threads = processors > 0 && processors < THREADS ? (uint32_t)processors : 1;
    }
    threads = threads < count ? threads : count;
    threads = threads < THREADS ? threads : THREADS;
    pthread_mutex_init(&s.lock, NULL);
    progress_begin(&s.bar, "measuring", count);
    uint32_t begun = 0;
    /* This thread is one of them, so that there is always one. */
    while (begun + 1 < threads && pthread_create(&thread[begun], NULL, work, &s) == 0)
        ++begun;
    if (count)
        work(&s);
    for (uint32_t i = 0; i < begun; ++i)
        pthread_join(thread[i], NULL);
    progress_end(&s.bar);
    pthread_mutex_destroy(&s.lock);
    if (s.failed)
        *error = s.error;
    return !s.failed;
}

bool report_measure_timeline(const char *probe, const sim_machine *machine, report_run *run, report_timeline *timeline,
                             report_span **spans, cli_error *error) {
    bed b;
    if (!bed_open(&b, probe, machine, error))
        return false;
    bool fine = bed_run(&b, run, error);
    if (fine && run->cycles) {
        /* Once more, and looking on from where the last of its runs begins. */
        const uint64_t end = sim_cycles(b.host.machine), from = end - run->cycles;
        const sim_observe_settings settings = {.timeline = 1, .timeline_from = from};
        sim_observer *observer = NULL;
        fine = sim_restore(b.host.machine, b.booted) == SIM_OK &&
               (observer = sim_observe(b.host.machine, &settings)) != NULL;
        if (!fine)
            cli_fail(error, CLI_OURS, "%s", sim_message(b.host.machine));
        fine = fine && bed_run(&b, run, error) &&
               report_timeline_fill(timeline, spans, observer, from, end, run->cores, error);
        sim_observe_end(observer);
    }
    bed_close(&b);
    return fine;
}
