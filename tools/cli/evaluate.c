/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/evaluate.h"
#include "tools/cli/progress.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef struct share {
    device *d;
    const float *params;
    const dataset *set;
    uint32_t begin, end, correct;
    atomic_uint *done;
    atomic_bool *stop; /* one share's failure ends the others */
    progress *bar;     /* NULL in the second thread */
    bool failed;
    cli_error error;
} share;

static void *run_share(void *argument) {
    share *s = argument;
    float x[DATASET_PIXELS];
    s->failed = !device_load(s->d, s->params, &s->error);
    for (uint32_t i = s->begin; i < s->end && !s->failed && !atomic_load(s->stop); ++i) {
        uint32_t label = dataset_sample(s->set, i, x);
        device_reply reply;
        s->failed = !device_infer(s->d, x, &reply, &s->error);
        if (!s->failed && reply.status == TL_OK && reply.result.predicted == label)
            ++s->correct;
        unsigned done = atomic_fetch_add(s->done, 1) + 1;
        if (s->bar && progress_due(s->bar))
            progress_draw(s->bar, done, "");
    }
    if (s->failed)
        atomic_store(s->stop, true);
    return NULL;
}

bool evaluate(device *const *devices, uint32_t device_count, const float *params, const dataset *set, uint32_t count,
              const char *label, uint32_t *correct, cli_error *error) {
    share *shares = calloc(EVALUATE_DEVICES, sizeof *shares);
    if (!shares)
        return cli_out_of_memory(error);
    atomic_uint done = 0;
    atomic_bool stop = false;
    progress bar;
    progress_begin(&bar, label, count);
    for (uint32_t i = 0; i < device_count; ++i)
        shares[i] = (share){.d = devices[i],
                            .params = params,
                            .set = set,
                            .begin = (uint32_t)((uint64_t)count * i / device_count),
                            .end = (uint32_t)((uint64_t)count * (i + 1) / device_count),
                            .done = &done,
                            .stop = &stop};
    shares[0].bar = &bar;
    pthread_t thread;
    bool second = device_count > 1 && pthread_create(&thread, NULL, run_share, &shares[1]) == 0;
    run_share(&shares[0]);
    if (second)
        pthread_join(thread, NULL);
    else if (device_count > 1)
        run_share(&shares[1]);
    progress_end(&bar);
    bool fine = true;
    *correct = 0;
    for (uint32_t i = 0; i < device_count && fine; ++i) {
        *correct += shares[i].correct;
        if (shares[i].failed)
            *error = shares[i].error;
        fine = !shares[i].failed;
    }
    free(shares);
    return fine;
}
