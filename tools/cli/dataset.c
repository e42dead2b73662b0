/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/dataset.h"
#include "src/base/random.h"
#include "tools/cli/streams.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { MAGIC_LABELS = 0x801, MAGIC_IMAGES = 0x803, MOST_SAMPLES = 10 * 1000 * 1000 };

typedef struct idx {
    gzFile file;
    char path[PATH_MAX];
} idx;

static bool idx_open(idx *in, const char *folder, const char *name, cli_error *error) {
    snprintf(in->path, sizeof in->path, "%s/%s", folder, name);
    if (access(in->path, F_OK) == 0) /* unpacked */
        in->file = gzopen(in->path, "rb");
    else {
        snprintf(in->path, sizeof in->path, "%s/%s.gz", folder, name);
        in->file = gzopen(in->path, "rb");
    }
    if (in->file)
        return true;
    if (errno == ENOENT)
        return cli_fail(error, CLI_INPUT,
                        "%s is missing: install Debian's dataset-fashion-mnist, or name its folder with --data",
                        in->path);
    return cli_fail(error, CLI_INPUT, "%s: %s", in->path, errno ? strerror(errno) : "out of memory");
}

static bool damaged(const idx *in, cli_error *error, const char *what) {
    return cli_fail(error, CLI_INPUT,
                    "%s %s: fetch it again (Debian: apt-get install --reinstall "
                    "dataset-fashion-mnist)",
                    in->path, what);
}

static bool idx_bytes(idx *in, uint8_t *to, size_t bytes, cli_error *error) {
    while (bytes > 0) {
        unsigned want = bytes < (1u << 20) ? (unsigned)bytes : 1u << 20;
        int got = gzread(in->file, to, want);
        int code = Z_OK;
        const char *why = gzerror(in->file, &code);
        if (code == Z_ERRNO)
            return cli_fail(error, CLI_INPUT, "%s: %s", in->path, strerror(errno));
        if (code == Z_MEM_ERROR)
            return cli_out_of_memory(error);
        if (got < 0 && code != Z_BUF_ERROR)
            return damaged(in, error, why && *why ? "is damaged" : "cannot be unpacked");
        if (got <= 0 || code == Z_BUF_ERROR)
            return damaged(in, error, "ends too early");
        to += got;
        bytes -= (size_t)got;
    }
    return true;
}

/* Reads magic and `count` sizes. */
static bool idx_header(idx *in, uint32_t magic, uint32_t *sizes, int count, cli_error *error) {
    uint8_t bytes[16];
    if (!idx_bytes(in, bytes, 4 + 4 * (size_t)count, error))
        return false;
    for (int i = 0; i <= count; ++i) {
        const uint8_t *b = bytes + 4 * i;
        uint32_t value = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        if (i == 0 && value != magic)
            return cli_fail(error, CLI_INPUT,
                            "%s is not an IDX file of %s (it starts with 0x%08x, not 0x%08x): name the data set's "
                            "folder with --data",
                            in->path, magic == MAGIC_IMAGES ? "images" : "labels", value, magic);
        if (i > 0)
            sizes[i - 1] = value;
    }
    return true;
}

/* The file must end here; only then has zlib checked its CRC. */
static bool idx_end(idx *in, cli_error *error) {
    uint8_t byte;
    int got = gzread(in->file, &byte, 1);
    if (got > 0)
        return damaged(in, error, "is longer than its header says");
    if (got < 0)
        return damaged(in, error, "is damaged");
    int code = Z_OK;
    gzerror(in->file, &code);
    if (code == Z_BUF_ERROR)
        return damaged(in, error, "ends too early");
    return true;
}

static bool read_images(dataset *set, idx *in, cli_error *error) {
    uint32_t sizes[3];
    if (!idx_header(in, MAGIC_IMAGES, sizes, 3, error))
        return false;
    if (sizes[1] != DATASET_SIDE || sizes[2] != DATASET_SIDE)
        return cli_fail(error, CLI_INPUT, "%s has images of %u x %u pixels, but the network takes %d x %d", in->path,
                        sizes[1], sizes[2], DATASET_SIDE, DATASET_SIDE);
    if (sizes[0] == 0 || sizes[0] > MOST_SAMPLES)
        return damaged(in, error, sizes[0] ? "claims more images than can be" : "holds no image");
    set->count = sizes[0];
    set->images = malloc((size_t)set->count * DATASET_PIXELS);
    if (!set->images)
        return cli_out_of_memory(error);
    return idx_bytes(in, set->images, (size_t)set->count * DATASET_PIXELS, error) && idx_end(in, error);
}

static bool read_labels(dataset *set, idx *in, cli_error *error) {
    uint32_t count;
    if (!idx_header(in, MAGIC_LABELS, &count, 1, error))
        return false;
    if (count != set->count)
        return cli_fail(error, CLI_INPUT, "%s holds %u labels for %u images: the two files do not belong together",
                        in->path, count, set->count);
    set->labels = malloc(count);
    if (!set->labels)
        return cli_out_of_memory(error);
    if (!idx_bytes(in, set->labels, count, error) || !idx_end(in, error))
        return false;
    for (uint32_t i = 0; i < count; ++i)
        if (set->labels[i] >= DATASET_CLASSES)
            return damaged(in, error, "holds a label that is not 0 to 9");
    return true;
}

bool dataset_load(dataset *set, const char *folder, dataset_part part, cli_error *error) {
    static const char *const names[2][2] = {{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
                                            {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}};
    bool (*const readers[2])(dataset *, idx *, cli_error *) = {read_images, read_labels};
    *set = (dataset){0};
    for (int i = 0; i < 2; ++i) {
        idx in;
        errno = 0;
        bool read = idx_open(&in, folder, names[part][i], error);
        if (read) {
            read = readers[i](set, &in, error);
            gzclose(in.file);
        }
        if (!read) {
            dataset_free(set);
            return false;
        }
    }
    return true;
}

void dataset_free(dataset *set) {
    free(set->images);
    free(set->labels);
    *set = (dataset){0};
}

uint32_t dataset_sample(const dataset *set, uint32_t i, float x[DATASET_PIXELS]) {
    const uint8_t *pixels = set->images + (size_t)i * DATASET_PIXELS;
    for (int p = 0; p < DATASET_PIXELS; ++p)
        x[p] = ((float)pixels[p] / 255.0f - DATASET_MEAN) / DATASET_STD;
    return set->labels[i];
}

bool dataset_shuffle(uint32_t count, uint32_t seed, uint32_t n, uint32_t *order, cli_error *error) {
    uint32_t *all = malloc(count * sizeof *all);
    if (!all)
        return cli_out_of_memory(error);
    for (uint32_t i = 0; i < count; ++i)
        all[i] = i;
    for (uint32_t i = 0; i < n; ++i) {
        uint32_t j = i + tl_random_below(seed, STREAM_SHUFFLE, i, count - i);
        uint32_t swap = all[i];
        all[i] = all[j];
        all[j] = swap;
        order[i] = all[i];
    }
    free(all);
    return true;
}
