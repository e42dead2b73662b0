/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/adapt.h"
#include "tools/cli/machine_option.h"
#include "tools/cli/progress.h"
#include "tools/cli/text.h"
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 64 };

/* A thread that takes cases until there are none; the first one draws the bar. */
typedef struct worker {
    adapt *a;
    atomic_uint *next, *done;
    atomic_bool *stop;
    progress *bar;
    device *sim[ADAPT_CHOICES], *native[ADAPT_CHOICES];
    float *learnt, *check;
    bool failed;
    cli_error error;
} worker;

static bool open_devices(worker *w, uint32_t choice) {
    adapt *a = w->a;
    const project_load *load = &a->projects[choice];
    if (!w->sim[choice]) {
        uint32_t cores = 0;
        w->sim[choice] = machine_cores(&a->machine, &cores, &w->error)
                             ? device_open_sim(load->project, load->firmware, &a->machine, cores, &w->error)
                             : NULL;
    }
    if (!w->native[choice])
        w->native[choice] = device_open_native(load->project, 1, &w->error);
    return w->sim[choice] && w->native[choice];
}

static void advance(worker *w, uint32_t by) {
    const uint32_t done = atomic_fetch_add(w->done, by) + by;
    if (w->bar && progress_due(w->bar))
        progress_draw(w->bar, done, "images");
}

/* How many of a sensor's test images the network on the native device gets right. */
static bool count_right(worker *w, device *on, uint32_t of_sensor, uint32_t *right) {
    float x[DATASET_PIXELS];
    *right = 0;
    for (uint32_t i = 0; i < w->a->options.test; ++i) {
        device_reply reply;
        const uint32_t label = dataset_sample(&w->a->tests[of_sensor], i, x);
        if (atomic_load(w->stop) || !device_infer(on, x, &reply, &w->error))
            return false;
        *right += reply.status == TL_OK && reply.result.predicted == label;
    }
    advance(w, w->a->options.test);
    return true;
}

/* Training image i of a seed: from the end of the set, which no network has seen. */
static uint32_t sample(const adapt *a, uint32_t seed, uint32_t of_sensor, uint32_t i, float *x) {
    uint8_t pixels[DATASET_PIXELS];
    const size_t at = a->train.count - (size_t)(seed + 1) * a->options.images + i;
    sensor_image((sensor)of_sensor, a->train.images + at * DATASET_PIXELS, pixels);
    const dataset one = {.count = 1, .images = pixels, .labels = a->train.labels + at};
    return dataset_sample(&one, 0, x);
}

/* The same steps on the simulated cluster and on this machine. */
static bool learn(worker *w, uint32_t seed, uint32_t of_sensor, uint32_t choice, uint64_t *cycles) {
    const adapt *a = w->a;
    const uint32_t n = a->options.images;
    for (uint32_t i = 0; i < n; ++i) {
        const tl_step_options step = {.rate = a->options.rate * (float)(n - i) / (float)n};
        float x[DATASET_PIXELS];
        device_reply reply, same;
        const uint32_t label = sample(a, seed, of_sensor, i, x);
        if (atomic_load(w->stop) || !device_step(w->sim[choice], &step, x, label, &reply, &w->error) ||
            !device_step(w->native[choice], &step, x, label, &same, &w->error))
            return false;
        if (reply.status != TL_OK)
            return cli_fail(&w->error, CLI_INPUT, "the loss is no longer finite: try a smaller --rate than %g",
                            (double)a->options.rate);
        *cycles = reply.cycles;
        advance(w, 1);
    }
    return true;
}

static bool run_case(worker *w, uint32_t number) {
    adapt *a = w->a;
    const uint32_t choice = number % ADAPT_CHOICES, of_sensor = number / ADAPT_CHOICES % ADAPT_SENSORS + 1,
                   seed = number / ADAPT_CHOICES / ADAPT_SENSORS;
    adapt_case *c = &a->cases[seed][of_sensor - 1][choice];
    const tl_project *project = a->projects[choice].project;
    if (!open_devices(w, choice) || !device_load(w->sim[choice], a->params[seed][choice], &w->error) ||
        !device_load(w->native[choice], a->params[seed][choice], &w->error) ||
        (choice == 0 && !count_right(w, w->native[choice], of_sensor, &c->right[NEW_BEFORE])) ||
        (choice == 0 && of_sensor == 1 && !count_right(w, w->native[choice], SENSOR_PLAIN, &c->right[OLD_BEFORE])) ||
        !learn(w, seed, of_sensor, choice, &c->cycles) || !device_read(w->sim[choice], w->learnt, &w->error) ||
        !device_read(w->native[choice], w->check, &w->error))
        return false;
    if (memcmp(w->learnt, w->check, project->params * sizeof *w->check) != 0)
        return cli_fail(&w->error, CLI_OURS, "%s: the simulated cluster ended in other weights than this machine",
                        adapt_folders[choice]);
    return count_right(w, w->native[choice], of_sensor, &c->right[NEW_AFTER]) &&
           count_right(w, w->native[choice], SENSOR_PLAIN, &c->right[OLD_AFTER]);
}

static void *work(void *argument) {
    worker *w = argument;
    const uint32_t cases = w->a->options.seeds * ADAPT_SENSORS * ADAPT_CHOICES;
    size_t most = 0;
    for (uint32_t i = 0; i < ADAPT_CHOICES; ++i)
        most = w->a->projects[i].project->params > most ? w->a->projects[i].project->params : most;
    w->learnt = calloc(most, sizeof *w->learnt);
    w->check = calloc(most, sizeof *w->check);
    w->failed = (!w->learnt || !w->check) && !cli_out_of_memory(&w->error);
    for (uint32_t i; !w->failed && (i = atomic_fetch_add(w->next, 1)) < cases && !atomic_load(w->stop);)
        w->failed = !run_case(w, i);
    if (w->failed)
        atomic_store(w->stop, true);
    for (uint32_t i = 0; i < ADAPT_CHOICES; ++i) {
        device_close(w->sim[i]);
        device_close(w->native[i]);
    }
    free(w->learnt);
    free(w->check);
    return NULL;
}

/* Before, it is one network whatever will train, and for what it saw before the new sensor is of no matter. */
static void share_before(adapt *a) {
    for (uint32_t i = 0; i < a->options.seeds * ADAPT_SENSORS * ADAPT_CHOICES; ++i) {
        const uint32_t seed = i / ADAPT_CHOICES / ADAPT_SENSORS, of_sensor = i / ADAPT_CHOICES % ADAPT_SENSORS;
        adapt_case *c = &a->cases[seed][of_sensor][i % ADAPT_CHOICES];
        c->right[NEW_BEFORE] = a->cases[seed][of_sensor][0].right[NEW_BEFORE];
        c->right[OLD_BEFORE] = a->cases[seed][0][0].right[OLD_BEFORE];
    }
}

/* What there is to do in all, in images. */
static uint64_t images_of(const adapt_options *o) {
    const uint64_t before = 1 + ADAPT_SENSORS, after = 2 * ADAPT_SENSORS * ADAPT_CHOICES;
    return o->seeds * ((before + after) * o->test + (uint64_t)ADAPT_SENSORS * ADAPT_CHOICES * o->images);
}

bool adapt_run(adapt *a, cli_error *error) {
    const adapt_options *o = &a->options;
    const uint32_t n = o->threads < MOST_THREADS ? o->threads : MOST_THREADS;
    worker *workers = calloc(n, sizeof *workers);
    pthread_t threads[MOST_THREADS];
    bool running[MOST_THREADS] = {false};
    if (!workers)
        return cli_out_of_memory(error);
    atomic_uint next = 0, done = 0;
    atomic_bool stop = false;
    progress bar;
    progress_begin(&bar, "adapting", images_of(o));
    for (uint32_t i = 0; i < n; ++i)
        workers[i] = (worker){.a = a, .next = &next, .done = &done, .stop = &stop, .bar = i ? NULL : &bar};
    for (uint32_t i = 1; i < n; ++i)
        running[i] = pthread_create(&threads[i], NULL, work, &workers[i]) == 0;
    work(&workers[0]);
    for (uint32_t i = 1; i < n; ++i) {
        if (running[i])
            pthread_join(threads[i], NULL);
    }
    progress_end(&bar);
    share_before(a);
    bool fine = true;
    /* One that was stopped by another's failure has no sentence of its own. */
    for (uint32_t i = 0; i < n; ++i) {
        if (workers[i].failed && workers[i].error.text[0])
            *error = workers[i].error;
        fine = fine && !workers[i].failed;
    }
    free(workers);
    return fine;
}

static adapt_mean mean_of(const double *values, uint32_t n) {
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < n; ++i)
        sum += values[i];
    for (uint32_t i = 0; i < n; ++i)
        squares += (values[i] - sum / n) * (values[i] - sum / n);
    return (adapt_mean){sum / n, n > 1 ? sqrt(squares / (n - 1)) : 0};
}

adapt_mean adapt_accuracy(const adapt *a, uint32_t of_sensor, uint32_t choice, adapt_count count) {
    double values[ADAPT_SEEDS];
    for (uint32_t i = 0; i < a->options.seeds; ++i)
        values[i] = (double)a->cases[i][of_sensor - 1][choice].right[count] / a->options.test;
    return mean_of(values, a->options.seeds);
}

adapt_mean adapt_cycles(const adapt *a, uint32_t choice) {
    double values[ADAPT_SEEDS * ADAPT_SENSORS];
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->options.seeds; ++i) {
        for (uint32_t j = 0; j < ADAPT_SENSORS; ++j)
            values[n++] = (double)a->cases[i][j][choice].cycles;
    }
    return mean_of(values, n);
}
