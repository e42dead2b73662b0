/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A checkpoint: a head of fixed size with what the loop counts, the mean and std that inputs are normalised with, the
 * epochs so far and the one that has begun, the best parameters if there is validation, and what the device passes to
 * tl_save's callback; a CRC over all of it at the end.
 */
#include "tools/cli/file.h"
#include "tools/cli/training.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MOST_BYTES = 1 << 28 };

static const char magic[8] = "TLCKPT3";

typedef struct head {
    char magic[8];
    uint64_t samples, options; /* what they were, as a sum */
    uint32_t kept_bytes, counts_bytes, params, validated;
    uint32_t done, steps, best_epoch, waited;
    double best;
    uint32_t at, channels; /* of the epoch that has begun; of what inputs are normalised with */
} head;

_Static_assert(sizeof(head) == 72 && sizeof(train_epoch) == 32, "checkpoints have no padding");

static uint64_t crc_of(uint64_t sum, const void *bytes, size_t count) {
    return crc32_z((uLong)sum, bytes, count);
}

/* Of what decides on the rest of the training: the number of epochs may grow, unless the rate depends on it. */
static head head_of(const training *t) {
    const train_options *o = &t->options;
    const samples *s = t->samples;
    const uint32_t numbers[] = {o->seed,
                                o->rates,
                                o->every,
                                o->warmup,
                                t->kept,
                                t->trained,
                                o->rates == RATES_COSINE ? o->epochs : 0,
                                t->project->batch,
                                t->project->accumulate};
    const float reals[] = {o->rate, o->momentum, o->factor, o->validate};
    head h = {.kept_bytes = t->project->kept_bytes,
              .counts_bytes = t->project->counts_bytes,
              .params = t->project->params,
              .validated = t->kept > 0,
              .done = t->done,
              .steps = t->steps,
              .best_epoch = t->best_epoch,
              .waited = t->waited,
              .best = t->best,
              .at = t->at,
              .channels = o->normalisation ? o->normalisation->channels : 0};
    memcpy(h.magic, magic, sizeof magic);
    h.options = crc_of(crc_of(0, numbers, sizeof numbers), reals, sizeof reals);
    h.samples =
        crc_of(crc_of(0, s->x, (size_t)s->count * s->inputs * sizeof *s->x), s->labels, s->count * sizeof *s->labels);
    h.samples = crc_of(h.samples, s->y, (size_t)s->count * s->targets * sizeof *s->y);
    return h;
}

/* Of the epochs there is something to say of. */
static size_t epoch_bytes(const head *h) {
    return ((size_t)h->done + (h->at > 0)) * sizeof(train_epoch);
}

/* What tl_save passes: its head, what is kept, a CRC. */
static size_t saved_bytes(const head *h) {
    return TL_SAVE_HEAD + (size_t)h->kept_bytes + h->counts_bytes + sizeof(uint32_t);
}

/* Bytes behind the head: mean and std, epochs, best parameters, what the device has saved, the CRC. */
static size_t body_of(const head *h) {
    return 2 * sizeof(float) * (size_t)h->channels + epoch_bytes(h) + (h->validated ? h->params * sizeof(float) : 0) +
           saved_bytes(h) + sizeof(uint32_t);
}

/* Room for what a device saves; then what it restores. */
typedef struct room {
    char *at;
    size_t left;
} room;

typedef struct store {
    const char *at;
    size_t left;
} store;

static bool save_piece(void *user, const void *bytes, uint32_t count) {
    room *r = user;
    if (count > r->left)
        return false;
    memcpy(r->at, bytes, count);
    r->at += count;
    r->left -= count;
    return true;
}

static bool restore_piece(void *user, void *bytes, uint32_t count) {
    store *s = user;
    if (count > s->left)
        return false;
    memcpy(bytes, s->at, count);
    s->at += count;
    s->left -= count;
    return true;
}

bool checkpoint_pack(const training *t, char **to, size_t *count, cli_error *error) {
    const head h = head_of(t);
    const size_t bytes = sizeof h + body_of(&h);
    char *all = malloc(bytes), *at = all;
    if (!all)
        return cli_out_of_memory(error);
    memcpy(at, &h, sizeof h);
    at += sizeof h;
    if (h.channels > 0) {
        memcpy(at, t->options.normalisation->mean, h.channels * sizeof(float));
        memcpy(at + h.channels * sizeof(float), t->options.normalisation->std, h.channels * sizeof(float));
        at += 2 * h.channels * sizeof(float);
    }
    memcpy(at, t->epochs, epoch_bytes(&h));
    at += epoch_bytes(&h);
    if (h.validated) {
        memcpy(at, t->best_params, h.params * sizeof(float));
        at += h.params * sizeof(float);
    }
    room r = {at, saved_bytes(&h)};
    const bool fine =
        device_save(t->device, save_piece, &r, error) &&
        (r.left == 0 || cli_fail(error, CLI_OURS, "the device has saved %zu bytes less than expected", r.left));
    const uint32_t crc = (uint32_t)crc_of(0, all, bytes - sizeof crc);
    memcpy(all + bytes - sizeof crc, &crc, sizeof crc);
    if (!fine) {
        free(all);
        return false;
    }
    *to = all;
    *count = bytes;
    return true;
}

static bool is_whole(const char *all, size_t bytes, head *h) {
    uint32_t crc;
    if (bytes < sizeof *h + sizeof crc)
        return false;
    memcpy(h, all, sizeof *h);
    memcpy(&crc, all + bytes - sizeof crc, sizeof crc);
    return memcmp(h->magic, magic, sizeof magic) == 0 && h->done < MOST_BYTES && h->channels < MOST_BYTES &&
           bytes == sizeof *h + body_of(h) && crc == (uint32_t)crc_of(0, all, bytes - sizeof crc);
}

bool checkpoint_is(const char *all, size_t bytes) {
    return bytes >= sizeof magic && memcmp(all, magic, sizeof magic) == 0;
}

const char *checkpoint_params(const char *all, size_t bytes, uint32_t params) {
    head h;
    if (!is_whole(all, bytes, &h) || h.params != params)
        return NULL;
    const char *best = all + sizeof h + 2 * sizeof(float) * (size_t)h.channels + epoch_bytes(&h);
    return h.validated ? best : best + TL_SAVE_HEAD;
}

static bool take(training *t, const head *h, const char *at, cli_error *error) {
    t->done = h->done;
    t->steps = h->steps;
    t->best_epoch = h->best_epoch;
    t->waited = h->waited;
    t->best = h->best;
    t->at = h->at;
    at += 2 * sizeof(float) * (size_t)h->channels;
    memcpy(t->epochs, at, epoch_bytes(h));
    at += epoch_bytes(h);
    if (h->validated) {
        memcpy(t->best_params, at, h->params * sizeof(float));
        at += h->params * sizeof(float);
    }
    store s = {at, saved_bytes(h)};
    return device_restore(t->device, restore_piece, &s, error);
}

bool checkpoint_normalisation(const char *path, normalisation *n, cli_error *error) {
    char *all = NULL;
    size_t bytes = 0;
    head h;
    *n = (normalisation){0};
    if (!file_read(path, MOST_BYTES, &all, &bytes, error))
        return false;
    bool fine = is_whole(all, bytes, &h) || cli_fail(error, CLI_INPUT, "%s is no checkpoint, or a damaged one", path);
    if (fine && h.channels > 0)
        fine = normalisation_allocate(n, h.channels, error);
    if (fine && h.channels > 0) {
        memcpy(n->mean, all + sizeof h, h.channels * sizeof(float));
        memcpy(n->std, all + sizeof h + h.channels * sizeof(float), h.channels * sizeof(float));
    }
    free(all);
    return fine;
}

bool checkpoint_unpack(training *t, const char *all, size_t bytes, const char *path, cli_error *error) {
    head h;
    const head ours = head_of(t);
    bool fine = is_whole(all, bytes, &h) || cli_fail(error, CLI_INPUT, "%s is no checkpoint, or a damaged one", path);
    if (fine && (h.kept_bytes != ours.kept_bytes || h.counts_bytes != ours.counts_bytes || h.params != ours.params))
        fine = cli_fail(error, CLI_INPUT, "%s is of another project, or of one with another optimiser", path);
    else if (fine && h.samples != ours.samples)
        fine = cli_fail(error, CLI_INPUT, "%s was made with other samples", path);
    else if (fine && (h.options != ours.options || h.validated != ours.validated))
        fine = cli_fail(error, CLI_INPUT, "%s was made with other options: give those it was made with", path);
    else if (fine && h.done + (h.at > 0) > t->options.epochs)
        fine = cli_fail(error, CLI_INPUT, "%s is %u epochs old, and --epochs %u", path, h.done, t->options.epochs);
    return fine && take(t, &h, all + sizeof h, error);
}

bool checkpoint_read(training *t, const char *path, cli_error *error) {
    char *all = NULL;
    size_t bytes = 0;
    const bool fine = file_read(path, MOST_BYTES, &all, &bytes, error) && checkpoint_unpack(t, all, bytes, path, error);
    free(all);
    return fine;
}
