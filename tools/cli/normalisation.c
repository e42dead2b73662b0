/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/normalisation.h"
#include "tools/cli/file.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char head[] = "trainlib-normalisation 1\n";
enum { LINE_BYTES = 64 };

bool normalisation_allocate(normalisation *n, uint32_t channels, cli_error *error) {
    *n = (normalisation){.channels = channels};
    n->mean = calloc(channels + 1u, sizeof *n->mean);
    n->std = calloc(channels + 1u, sizeof *n->std);
    if (n->mean && n->std)
        return true;
    normalisation_free(n);
    return cli_out_of_memory(error);
}

void normalisation_free(normalisation *n) {
    free(n->mean);
    free(n->std);
    *n = (normalisation){0};
}

static bool is_usable(float mean, float std) {
    return isfinite(mean) && isfinite(std) && std > 0;
}

static bool read_list(const char *option, const char *list, uint32_t channels, float *to, cli_error *error) {
    uint32_t count = 0;
    for (const char *at = list;; ++at, ++count) {
        char *end;
        const float x = strtof(at, &end);
        if (end == at || (*end && *end != ',') || !isfinite(x))
            return cli_fail(error, CLI_USAGE, "--%s wants a number, or one for each channel parted by commas, not '%s'",
                            option, list);
        if (count < channels)
            to[count] = x;
        at = end;
        if (!*at)
            break;
    }
    ++count;
    for (uint32_t i = 1; count == 1 && i < channels; ++i)
        to[i] = to[0];
    return count == 1 || count == channels ||
           cli_fail(error, CLI_USAGE, "--%s has %u numbers, and a sample %u channels: give one, or one for each",
                    option, count, channels);
}

bool normalisation_of(normalisation *n, uint32_t channels, const char *mean, const char *std, cli_error *error) {
    if (!normalisation_allocate(n, channels, error))
        return false;
    bool fine = read_list("mean", mean ? mean : "0", channels, n->mean, error) &&
                read_list("std", std ? std : "1", channels, n->std, error);
    for (uint32_t i = 0; fine && i < channels; ++i)
        fine = is_usable(n->mean[i], n->std[i]) || cli_fail(error, CLI_USAGE, "--std wants numbers above 0");
    if (!fine)
        normalisation_free(n);
    return fine;
}

bool normalisation_measure(normalisation *n, uint32_t channels, const samples *set, const uint32_t *order,
                           uint32_t count, cli_error *error) {
    if (!normalisation_allocate(n, channels, error))
        return false;
    const uint32_t pixels = set->inputs / channels;
    const double all = (double)count * pixels;
    for (uint32_t c = 0; c < channels; ++c) {
        double sum = 0, squares = 0;
        for (uint32_t i = 0; i < count; ++i) {
            const float *x = set->x + (size_t)order[i] * set->inputs + c;
            for (uint32_t j = 0; j < pixels; ++j)
                sum += (double)x[j * channels];
        }
        const double mean = sum / all;
        for (uint32_t i = 0; i < count; ++i) {
            const float *x = set->x + (size_t)order[i] * set->inputs + c;
            for (uint32_t j = 0; j < pixels; ++j)
                squares += ((double)x[j * channels] - mean) * ((double)x[j * channels] - mean);
        }
        const float std = (float)sqrt(squares / all);
        n->mean[c] = (float)mean;
        n->std[c] = is_usable(n->mean[c], std) ? std : 1.0f;
    }
    return true;
}

bool normalisation_load(normalisation *n, const char *path, uint32_t channels, cli_error *error) {
    char *text = NULL;
    size_t bytes = 0;
    *n = (normalisation){0};
    if (access(path, F_OK) != 0)
        return true;
    if (!file_read(path, sizeof head + (size_t)LINE_BYTES * (channels + 1), &text, &bytes, error) ||
        !normalisation_allocate(n, channels, error)) {
        free(text);
        return false;
    }
    bool fine = strncmp(text, head, sizeof head - 1) == 0;
    const char *at = fine ? text + sizeof head - 1 : text;
    for (uint32_t i = 0; fine && i < channels; ++i) {
        char *middle, *end;
        n->mean[i] = strtof(at, &middle);
        n->std[i] = strtof(middle, &end);
        fine = middle > at && end > middle && *end == '\n' && is_usable(n->mean[i], n->std[i]);
        at = end + (*end == '\n');
    }
    fine = fine && *at == '\0';
    free(text);
    if (fine)
        return true;
    normalisation_free(n);
    return cli_fail(error, CLI_INPUT,
                    "%s is not the mean and std of this project's %u channels: remove it, or say --mean and --std",
                    path, channels);
}

bool normalisation_save(const normalisation *n, const char *path, cli_error *error) {
    const size_t room = sizeof head + (size_t)LINE_BYTES * n->channels;
    char *text = malloc(room);
    if (!text)
        return cli_out_of_memory(error);
    size_t used = (size_t)snprintf(text, room, "%s", head);
    for (uint32_t i = 0; i < n->channels; ++i)
        used += (size_t)snprintf(text + used, room - used, "%.9g %.9g\n", (double)n->mean[i], (double)n->std[i]);
    const bool fine = file_replace(path, text, used, error);
    free(text);
    return fine;
}

bool normalisation_apply(const normalisation *n, samples *set, cli_error *error) {
    const size_t all = (size_t)set->count * set->inputs;
    for (size_t i = 0; n->channels > 0 && i < all; ++i) {
        const uint32_t c = (uint32_t)(i % n->channels);
        set->x[i] = (set->x[i] - n->mean[c]) / n->std[c];
        if (!isfinite(set->x[i]))
            return cli_fail(error, CLI_INPUT,
                            "sample number %zu is not finite once it is normalised: use a larger --std",
                            i / set->inputs);
    }
    return true;
}
