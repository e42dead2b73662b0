/* SPDX-License-Identifier: Apache-2.0 */
/* Training of a project: epochs over samples, rates that change, validation, early stopping, checkpoints. */
#ifndef TL_CLI_TRAINING_H
#define TL_CLI_TRAINING_H

#include "tools/cli/device.h"
#include "tools/cli/normalisation.h"
#include "tools/cli/project_load.h"
#include "tools/cli/sample_batch.h"

typedef enum train_rates { RATES_CONSTANT, RATES_STEP, RATES_COSINE } train_rates;

/* What is restored when numbers are no longer finite: nothing, the checkpoint, or a copy of it that is in memory. */
typedef enum train_on_nan { ON_NAN_NONE, ON_NAN_CHECKPOINT, ON_NAN_RAM } train_on_nan;

typedef struct train_options {
    uint32_t epochs, seed;
    float rate, momentum;
    uint32_t rates; /* a train_rates: as they are; times `factor` every `every` epochs; half a cosine down to 0 */
    uint32_t every; /* epochs */
    float factor;
    uint32_t warmup;   /* steps (updates) in which the rate rises from 0 in a straight line */
    float validate;    /* part of the samples that is kept for validation */
    uint32_t patience; /* epochs without a better validation loss until training stops; 0: it does not */
    uint32_t steps;    /* stop behind so many, counted from the very first; 0: all */
    const char *checkpoint;
    uint32_t save_every;                /* steps between checkpoints within an epoch; 0: none */
    uint32_t on_nan;                    /* a train_on_nan */
    const project_load *load;           /* for sentences */
    const normalisation *normalisation; /* that the samples have gone through, for checkpoints; NULL: none */
} train_options;

/* What there is to say of an epoch. Stands in checkpoints as it is: no padding. */
typedef struct train_epoch {
    double loss;       /* mean over the steps; their sum as long as the epoch goes on */
    double validation; /* mean loss of the samples kept for it */
    uint32_t right;    /* of the samples trained on, before each step */
    uint32_t validation_right;
    uint32_t steps; /* from the very first to its last */
    float rate;     /* of the last step */
} train_epoch;

typedef struct training {
    train_options options;
    const tl_project *project;
    device *device;
    const samples *samples;
    uint32_t *order; /* of all samples: first those trained on, then those kept for validation */
    uint32_t *turn;  /* of an epoch, among the first */
    uint32_t trained, kept;
    uint32_t a_step, a_epoch; /* samples of a step, from one update to the next; steps of an epoch */
    sample_batch batch;
    /* From here on: what a checkpoint holds, with the device's memory. */
    uint32_t done, at; /* epochs; steps of the next one */
    uint32_t steps, best_epoch, waited;
    double best;         /* validation loss */
    train_epoch *epochs; /* [done], and the next one where at > 0 */
    float *best_params;  /* where there is validation; else NULL */
    uint64_t cycles;     /* of the last step */
    char *copy;          /* a checkpoint in memory, with ON_NAN_RAM */
    size_t copy_bytes;
    bool restored; /* training has failed, and all is as it was in what was restored */
} training;

/* How many samples are kept for validation, and all of them in order: those trained on first. NULL: no memory. */
uint32_t training_kept(const train_options *options, uint32_t count);
uint32_t *training_order(const train_options *options, uint32_t count);

/* The rate of step number `step` of `total`, `a_epoch` of which are an epoch. */
float training_rate(const train_options *options, uint32_t step, uint32_t a_epoch);

/* The device has been loaded. False: nothing is left behind. */
bool training_begin(training *t, const train_options *options, const tl_project *project, device *d, const samples *set,
                    cli_error *error);
/*
 * Goes on to the last epoch, or until it stops before. Then `params` are the best ones, or the last. Where it fails
 * because of numbers that are not finite they are those of what was restored, if t->restored.
 */
bool training_run(training *t, float *params, cli_error *error);
/* Samples that an epoch, by its number, has trained on: those that do not fill a step wait for another epoch. */
uint32_t training_seen(const training *t, uint32_t epoch);
void training_end(training *t);

/* training_lost.c: takes a checkpoint, to the file and to memory as told, if all that it would hold is finite. */
bool training_save(training *t, cli_error *error);
/* Whether all that stays on the device is finite; else as training_lost. */
bool training_is_sound(training *t, cli_error *error);
/* Always false: the next step went wrong. The sentence begins with `what`, and tells the number and what is restored.
 */
bool training_lost(training *t, const char *what, cli_error *error);

/* checkpoint.c: all that training_run needs to go on to the very same bits. */
bool checkpoint_pack(const training *t, char **all, size_t *bytes, cli_error *error);
/* Behind training_begin, named for sentences. What was made with other samples or options is refused. */
bool checkpoint_unpack(training *t, const char *all, size_t bytes, const char *name, cli_error *error);
/* Fills in what the samples of such a run go through; none: no channels. */
bool checkpoint_normalisation(const char *path, normalisation *n, cli_error *error);
/* Whether a file is one; its parameters, the best ones where there was validation, else the last. NULL: it is damaged,
 * or has not so many. */
bool checkpoint_is(const char *all, size_t bytes);
const char *checkpoint_params(const char *all, size_t bytes, uint32_t params);
bool checkpoint_read(training *t, const char *path, cli_error *error);

/* train_curve.c: losses and accuracies by epoch: .csv, else a picture, .svg or .png. */
bool training_curve(const training *t, const char *path, cli_error *error);

#endif
