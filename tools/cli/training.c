/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/training.h"
#include "tools/cli/progress.h"
#include "tools/cli/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The order in which samples are told apart for validation; epochs count from 0. */
enum { SPLIT = 0x3fffffff };

float training_rate(const train_options *o, uint32_t step, uint32_t a_epoch) {
    const double total = (double)o->epochs * a_epoch, pi = 3.14159265358979323846;
    double rate = (double)o->rate;
    if (o->rates == RATES_STEP && a_epoch > 0)
        rate *= pow((double)o->factor, step / a_epoch / o->every);
    if (o->rates == RATES_COSINE)
        rate *= 0.5 * (1 + cos(pi * step / total));
    if (step < o->warmup)
        rate *= (step + 1.0) / o->warmup;
    return (float)rate;
}

uint32_t training_kept(const train_options *options, uint32_t count) {
    return (uint32_t)((double)options->validate * count);
}

uint32_t *training_order(const train_options *options, uint32_t count) {
    uint32_t *order = calloc(count + 1u, sizeof *order);
    if (order && training_kept(options, count) > 0)
        samples_shuffle(options->seed, SPLIT, count, order);
    else
        for (uint32_t i = 0; order && i < count; ++i)
            order[i] = i;
    return order;
}

bool training_begin(training *t, const train_options *options, const tl_project *project, device *d, const samples *set,
                    cli_error *error) {
    *t = (training){.options = *options, .project = project, .device = d, .samples = set, .best = HUGE_VAL};
    t->kept = training_kept(options, set->count);
    if (options->validate > 0 && t->kept == 0)
        return cli_fail(error, CLI_USAGE, "--validate %g of %u samples is none", (double)options->validate, set->count);
    if (t->kept > 0 && project->outputs_offset == 0)
        return cli_fail(error, CLI_INPUT, "this project does not tell where its outputs are: deploy and build it anew");
    t->trained = set->count - t->kept;
    t->a_step = project->batch * project->accumulate;
    t->a_epoch = t->trained / t->a_step;
    if (t->a_epoch == 0)
        return cli_fail(error, CLI_INPUT,
                        "an update takes %u samples (batch %u, gradients of %u steps), and there are %u to train on",
                        t->a_step, project->batch, project->accumulate, t->trained);
    if (!batch_begin(&t->batch, project, set, error))
        return false;
    t->order = training_order(options, set->count);
    t->turn = calloc(set->count, sizeof *t->turn);
    t->epochs = calloc(options->epochs + 1u, sizeof *t->epochs);
    t->best_params = calloc(project->params + 1u, sizeof *t->best_params);
    if (!t->order || !t->turn || !t->epochs || !t->best_params) {
        training_end(t);
        return cli_out_of_memory(error);
    }
    return true;
}

void training_end(training *t) {
    free(t->order);
    free(t->turn);
    free(t->epochs);
    free(t->best_params);
    free(t->copy);
    batch_end(&t->batch);
    *t = (training){0};
}

uint32_t training_seen(const training *t, uint32_t i) {
    return t->a_step * (i < t->done ? t->a_epoch : t->at);
}

/* What the loss is for these outputs, in double precision: softmax and cross entropy, or the mean of squares. */
static double loss_of(const samples *set, uint32_t sample, const float *z, uint32_t n) {
    const float *x = set->targets ? set->y + (size_t)sample * set->targets : set->x + (size_t)sample * set->inputs;
    double most = -HUGE_VAL, sum = 0;
    for (uint32_t i = 0; i < n && set->classes > 0; ++i)
        most = fmax(most, (double)z[i]);
    for (uint32_t i = 0; i < n; ++i)
        sum +=
            set->classes > 0 ? exp((double)z[i] - most) : ((double)z[i] - (double)x[i]) * ((double)z[i] - (double)x[i]);
    return set->classes > 0 ? log(sum) + most - (double)z[set->labels[sample]] : sum / n;
}

static bool validate(training *t, train_epoch *e, cli_error *error) {
    const samples *set = t->samples;
    const uint32_t outputs = t->project->classes, batch = t->project->batch;
    float *z = malloc((size_t)batch * outputs * sizeof *z);
    bool fine = z || cli_out_of_memory(error);
    e->validation = 0;
    e->validation_right = 0;
    for (uint32_t i = 0; fine && i < t->kept; i += batch) {
        const uint32_t count = t->kept - i < batch ? t->kept - i : batch, *order = t->order + t->trained;
        /* The last batch is filled up with samples that were there before. */
        for (uint32_t j = 0; j < batch; ++j)
            batch_put(&t->batch, j, order[(i + j) % t->kept]);
        fine = batch_infer(&t->batch, t->device, error) &&
               device_peek(t->device, t->project->outputs_offset, z, (size_t)batch * outputs * sizeof *z, error);
        for (uint32_t j = 0; fine && j < count; ++j)
            e->validation += loss_of(set, order[i + j], z + (size_t)j * outputs, outputs) / t->kept;
        e->validation_right += fine ? batch_right(&t->batch, count) : 0;
    }
    free(z);
    return fine;
}

/* Whether it has gone as far as it was told. */
static bool has_stopped(const training *t) {
    return t->options.steps > 0 && t->steps >= t->options.steps;
}

/* From one update to the next: gradients of so many batches as the project gathers. */
static bool step(training *t, const tl_step_options *options, train_epoch *e, cli_error *error) {
    const uint32_t batch = t->project->batch, times = t->project->accumulate;
    const uint32_t *turn = t->turn + t->at * t->a_step;
    uint64_t cycles = 0;
    double loss = 0;
    for (uint32_t i = 0; i < times; ++i) {
        device_reply reply;
        for (uint32_t j = 0; j < batch; ++j)
            batch_put(&t->batch, j, t->order[*turn++]);
        if (!batch_step(&t->batch, t->device, options, NULL, &reply, error))
            return false;
        if (reply.status != TL_OK)
            return training_lost(
                t, reply.status == TL_SPOILT ? "an update is no longer finite at" : "the loss is no longer finite at",
                error);
        loss += (double)reply.result.loss;
        cycles += reply.cycles;
        e->right += batch_right(&t->batch, batch);
    }
    e->loss += loss / times;
    e->rate = options->rate;
    t->cycles = cycles;
    e->steps = ++t->steps;
    ++t->at;
    return true;
}

/* The rest of an epoch, or as much of it as there is to be. */
static bool epoch(training *t, train_epoch *e, progress *bar, cli_error *error) {
    const uint32_t save = t->options.save_every;
    if (t->at == 0)
        *e = (train_epoch){0};
    samples_shuffle(t->options.seed, t->done, t->trained, t->turn);
    while (t->at < t->a_epoch && !has_stopped(t)) {
        const tl_step_options options = {.rate = training_rate(&t->options, t->steps, t->a_epoch),
                                         .momentum = t->options.momentum};
        if (!step(t, &options, e, error))
            return false;
        if (progress_due(bar))
            progress_draw(bar, t->steps, text_of("loss %.4f", e->loss / t->at).s);
        if (save && t->steps % save == 0 && t->at < t->a_epoch && !training_save(t, error))
            return false;
    }
    if (t->at < t->a_epoch)
        return true;
    if (!training_is_sound(t, error))
        return false;
    e->loss /= t->a_epoch;
    return t->kept == 0 || validate(t, e, error);
}

/* Whether there has been no better epoch for as long as the user has patience. */
static bool has_waited(const training *t) {
    return t->options.patience > 0 && t->waited >= t->options.patience;
}

bool training_run(training *t, float *params, cli_error *error) {
    progress bar;
    bool fine = t->options.on_nan == ON_NAN_NONE || training_save(t, error);
    progress_begin(&bar, "training", (uint64_t)t->options.epochs * t->a_epoch);
    while (fine && t->done < t->options.epochs && !has_waited(t) && !has_stopped(t)) {
        train_epoch *e = &t->epochs[t->done];
        fine = epoch(t, e, &bar, error);
        if (!fine || t->at < t->a_epoch)
            break;
        t->at = 0;
        ++t->done;
        ++t->waited;
        if (t->kept > 0 && e->validation < t->best) {
            t->best = e->validation;
            t->best_epoch = t->done;
            t->waited = 0;
            fine = device_read(t->device, t->best_params, error);
        }
        fine = fine && training_save(t, error);
    }
    progress_end(&bar);
    /* Stopped within an epoch. */
    if (fine && t->at > 0)
        fine = training_save(t, error);
    if (!fine && !t->restored)
        return false;
    if (t->best_epoch > 0)
        memcpy(params, t->best_params, t->project->params * sizeof *params);
    return (t->best_epoch > 0 || device_read(t->device, params, error)) && fine;
}
