/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/samples.h"
#include "src/base/random.h"
#include "tools/cli/sample_file.h"
#include <math.h>
#include <stdlib.h>

/* Streams of random numbers under a seed. */
enum { PATTERNS = 0x1000, TARGETS = 0x2000, NOISE = 0x100000, ORDER = 0x40000000 };

void samples_free(samples *set) {
    free(set->x);
    free(set->labels);
    free(set->y);
    *set = (samples){0};
}

static bool allocate(samples *set, uint32_t count, const tl_project *project, cli_error *error) {
    *set = (samples){.count = count,
                     .inputs = project->inputs / project->batch,
                     .classes = project->labelled == TL_TARGET_LABEL ? project->classes : 0,
                     .targets = project->labelled == TL_TARGET_GIVEN ? project->classes : 0};
    set->y = calloc((size_t)count * set->targets + 1, sizeof *set->y);
    set->x = calloc((size_t)count * set->inputs, sizeof *set->x);
    set->labels = calloc(count, sizeof *set->labels);
    if (set->x && set->labels && set->y)
        return true;
    samples_free(set);
    return cli_out_of_memory(error);
}

bool samples_make(samples *set, uint32_t count, uint32_t seed, const tl_project *project, cli_error *error) {
    if (!allocate(set, count, project, error))
        return false;
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t label = set->classes ? tl_random_below(seed, NOISE - 1, i, set->classes) : 0;
        set->labels[i] = label;
        for (uint32_t j = 0; j < set->inputs; ++j) {
            const float pattern = tl_random_unit(seed, PATTERNS + label, j), noise = tl_random_unit(seed, NOISE + i, j);
            set->x[(size_t)i * set->inputs + j] = pattern + 0.5f * noise - 0.75f;
        }
        for (uint32_t j = 0; j < set->targets; ++j)
            set->y[(size_t)i * set->targets + j] = tl_random_unit(seed, TARGETS + i % 2, j);
    }
    return true;
}

/* Channels of what is to be turned to [h][w][c]; 0: it stands so. False: these are images of another size. */
static bool find_channels(const sample_file *from, const samples_shape *shape, uint32_t *channels) {
    *channels = from->channels;
    if (!shape || shape->c == 0 || from->last == 0)
        return true;
    const bool first = from->channels == shape->c && from->last == shape->w;
    const bool last = from->channels == shape->h && from->last == shape->c;
    *channels = first && !(last && shape->channels_last) ? shape->c : 0;
    return first || last;
}

/* From [c][h][w] to [h][w][c]. */
static void turn(const float *x, uint32_t n, uint32_t channels, float *to) {
    const uint32_t c = channels ? channels : n, pixels = n / c;
    for (uint32_t i = 0; i < c; ++i) {
        for (uint32_t j = 0; j < pixels; ++j)
            to[j * c + i] = x[i * pixels + j];
    }
}

static bool take_label(samples *set, const char *path, uint32_t i, double label, cli_error *error) {
    if (!(label >= 0) || label >= set->classes || label != floor(label))
        return cli_fail(error, CLI_INPUT, "%s: label number %u is %g, and the project has %u classes", path, i, label,
                        set->classes);
    set->labels[i] = (uint32_t)label;
    return true;
}

static bool take_labels(samples *set, const char *path, cli_error *error) {
    sample_file y;
    if (!sample_file_read(&y, path, error))
        return false;
    bool fine = y.whole && y.numbers && y.count == set->count;
    if (!fine)
        cli_fail(error, CLI_INPUT, "%s must hold one integer for each of the %u samples", path, set->count);
    for (uint32_t i = 0; fine && i < set->count; ++i)
        fine = take_label(set, path, i, (double)y.numbers[i], error);
    sample_file_free(&y);
    return fine;
}

/* Targets as the project has outputs. */
static bool take_targets(samples *set, const char *path, const samples_shape *shape, cli_error *error) {
    sample_file y;
    uint32_t channels;
    if (!sample_file_read(&y, path, error))
        return false;
    bool fine = y.count == set->count && y.width == set->targets;
    if (!fine)
        cli_fail(error, CLI_INPUT, "%s must hold %u numbers for each of the %u samples, and holds %u for each of %u",
                 path, set->targets, set->count, y.width, y.count);
    else if (!find_channels(&y, shape, &channels) || (channels && set->targets % channels))
        fine = cli_fail(error, CLI_INPUT, "%s: its images are not of %u channels, %u x %u, as the outputs are", path,
                        shape->c, shape->h, shape->w);
    if (fine && y.last == 0 && shape && shape->flat)
        channels = shape->c;
    for (uint32_t i = 0; fine && i < set->count; ++i)
        turn(y.values + (size_t)i * y.width, y.width, channels, set->y + (size_t)i * y.width);
    sample_file_free(&y);
    return fine;
}

static bool are_finite(const float *x, uint32_t width, uint32_t count, const char *path, cli_error *error) {
    for (size_t i = 0; i < (size_t)count * width; ++i)
        if (!isfinite(x[i]))
            return cli_fail(error, CLI_INPUT, "%s: sample number %zu has a number that is not finite", path, i / width);
    return true;
}

bool samples_load(samples *set, const char *x, const char *y, const tl_project *project, const samples_shape *shape,
                  const samples_shape *target, cli_error *error) {
    sample_file from;
    uint32_t channels = 0;
    if (!sample_file_read(&from, x, error))
        return false;
    const uint32_t inputs = project->inputs / project->batch;
    /* Without a second file the last numbers of each sample are its label or target. */
    const uint32_t behind = y || project->labelled == TL_TARGET_INPUT ? 0
                            : project->labelled == TL_TARGET_LABEL    ? 1
                                                                      : project->classes;
    const char *const what = project->labelled == TL_TARGET_LABEL ? "a label" : "what comes out of it";
    bool fine = from.width == inputs + behind && (from.channels == 0 || inputs % from.channels == 0);
    if (!fine && behind && from.width == inputs)
        cli_fail(error, CLI_USAGE, "--y is missing: this project learns %s",
                 project->labelled == TL_TARGET_LABEL ? "labels" : "targets");
    else if (!fine)
        cli_fail(error, CLI_INPUT, "%s must hold %u numbers a sample%s%s, and holds %u", x, inputs,
                 behind ? ", and " : "", behind ? what : "", from.width);
    if (fine && !find_channels(&from, shape, &channels))
        fine = cli_fail(error, CLI_INPUT, "%s: its images are not of %u channels, %u x %u: resize them", x, shape->c,
                        shape->h, shape->w);
    fine = fine && allocate(set, from.count, project, error);
    for (uint32_t i = 0; fine && i < set->count; ++i) {
        const float *values = from.values + (size_t)i * from.width, *rest = values + inputs;
        turn(values, set->inputs, channels, set->x + (size_t)i * set->inputs);
        if (behind && set->targets)
            turn(rest, set->targets, 0, set->y + (size_t)i * set->targets);
        else if (behind)
            fine = take_label(set, x, i, (double)*rest, error);
    }
    fine = fine && are_finite(set->x, set->inputs, set->count, x, error);
    sample_file_free(&from);
    if (fine && y && project->labelled == TL_TARGET_LABEL)
        fine = take_labels(set, y, error);
    if (fine && y && set->targets)
        fine = take_targets(set, y, target, error);
    fine = fine && (!set->targets || are_finite(set->y, set->targets, set->count, y ? y : x, error));
    if (!fine)
        samples_free(set);
    return fine;
}

void samples_shuffle(uint32_t seed, uint32_t epoch, uint32_t count, uint32_t *order) {
    for (uint32_t i = 0; i < count; ++i)
        order[i] = i;
    for (uint32_t i = count; i > 1; --i) {
        const uint32_t j = tl_random_below(seed, ORDER + epoch, i, i), one = order[i - 1];
        order[i - 1] = order[j];
        order[j] = one;
    }
}
