/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/random.h"
#include "tests/cli/scratch.h"
#include "tools/cli/dataset.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

enum { COUNT = 60, IMAGE_HEADER = 16, LABEL_HEADER = 8 };
enum { IMAGE_BYTES = IMAGE_HEADER + COUNT * DATASET_PIXELS, LABEL_BYTES = LABEL_HEADER + COUNT };

#define IMAGES "train-images-idx3-ubyte"
#define LABELS "train-labels-idx1-ubyte"

static unsigned char images[IMAGE_BYTES], labels[LABEL_BYTES];
static const char *folder;

static void put(unsigned char *to, uint32_t value) {
    for (int i = 0; i < 4; ++i)
        to[i] = (unsigned char)(value >> (24 - 8 * i));
}

static void write_gz(const char *name, const void *data, size_t bytes) {
    gzFile file = gzopen(scratch_path(name), "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, data, (unsigned)bytes), (int)bytes);
    assert_int_equal(gzclose(file), Z_OK);
}

/* A sound data set of COUNT images. */
static int set_up(void **state) {
    *state = NULL;
    folder = scratch_make();
    put(images, 0x803);
    put(images + 4, COUNT);
    put(images + 8, 28);
    put(images + 12, 28);
    put(labels, 0x801);
    put(labels + 4, COUNT);
    for (uint32_t i = 0; i < COUNT * DATASET_PIXELS; ++i)
        images[IMAGE_HEADER + i] = (unsigned char)tl_random_below(1, 0, i, 256);
    for (uint32_t i = 0; i < COUNT; ++i)
        labels[LABEL_HEADER + i] = (unsigned char)(i * 3 % 10);
    write_gz(IMAGES ".gz", images, sizeof images);
    write_gz(LABELS ".gz", labels, sizeof labels);
    return 0;
}

static int tear_down(void **state) {
    *state = NULL;
    scratch_remove();
    return 0;
}

static void refused(const char *words) {
    dataset set;
    cli_error error;
    expect_refusal(dataset_load(&set, folder, DATASET_TRAIN, &error), &error, CLI_INPUT, words);
    assert_null(set.images);
    assert_null(set.labels);
}

static void check_sound(void) {
    dataset set;
    cli_error error;
    if (!dataset_load(&set, folder, DATASET_TRAIN, &error))
        fail_msg("%s", error.text);
    assert_int_equal(set.count, COUNT);
    assert_memory_equal(set.images, images + IMAGE_HEADER, COUNT * DATASET_PIXELS);
    for (uint32_t i = 0; i < COUNT; ++i) {
        float x[DATASET_PIXELS];
        assert_int_equal(dataset_sample(&set, i, x), i * 3 % 10);
        for (int p = 0; p < DATASET_PIXELS; ++p) {
            double expected = (images[IMAGE_HEADER + i * DATASET_PIXELS + (uint32_t)p] / 255.0 - 0.2860) / 0.3530;
            assert_true((double)x[p] - expected < 1e-6 && expected - (double)x[p] < 1e-6);
        }
    }
    dataset_free(&set);
}

static void sound(void **state) {
    (void)state;
    check_sound();
    /* Unpacked files do too. */
    unlink(scratch_path(IMAGES ".gz"));
    scratch_write(IMAGES, images, sizeof images);
    check_sound();
}

static void missing(void **state) {
    (void)state;
    unlink(scratch_path(LABELS ".gz"));
    refused(LABELS ".gz is missing: install Debian's dataset-fashion-mnist");
    unlink(scratch_path(IMAGES ".gz"));
    refused(IMAGES ".gz is missing");
    cli_error error;
    dataset set;
    expect_refusal(dataset_load(&set, "/nowhere", DATASET_TEST, &error), &error, CLI_INPUT,
                   "/nowhere/t10k-images-idx3-ubyte.gz is missing");
}

static void wrong_headers(void **state) {
    (void)state;
    put(images, 0x801);
    write_gz(IMAGES ".gz", images, sizeof images);
    refused("starts with 0x00000801, not 0x00000803");
    put(images, 0x803);
    put(images + 12, 27);
    write_gz(IMAGES ".gz", images, sizeof images);
    refused("28 x 27 pixels");
    put(images + 12, 28);
    put(images + 4, 0);
    write_gz(IMAGES ".gz", images, sizeof images);
    refused("holds no image");
    put(images + 4, UINT32_MAX);
    write_gz(IMAGES ".gz", images, sizeof images);
    refused("more images than can be");
    put(images + 4, COUNT + 1);
    write_gz(IMAGES ".gz", images, sizeof images);
    refused("ends too early");
    put(images + 4, COUNT - 1);
    write_gz(IMAGES ".gz", images, sizeof images);
    refused("is longer than its header says");
    put(images + 4, COUNT);
    write_gz(IMAGES ".gz", images, sizeof images);
    put(labels + 4, COUNT - 1);
    write_gz(LABELS ".gz", labels, sizeof labels);
    refused("59 labels for 60 images");
    put(labels + 4, COUNT);
    labels[LABEL_HEADER + 2] = 10;
    write_gz(LABELS ".gz", labels, sizeof labels);
    refused("a label that is not 0 to 9");
    scratch_write(LABELS ".gz", "", 0);
    refused(LABELS ".gz ends too early");
}

static void cut_files(void **state) {
    (void)state;
    size_t bytes;
    char *file = scratch_read(IMAGES ".gz", &bytes);
    for (size_t cut = 0; cut < bytes; cut += cut < 40 || cut + 40 > bytes ? 1 : 191) {
        scratch_write(IMAGES ".gz", file, cut);
        refused(IMAGES ".gz ");
    }
    scratch_write(IMAGES ".gz", file, bytes);
    check_sound();
    free(file);
}

/* A flipped bit is found by gzip's CRC, or changes nothing that matters (gzip's own header: time, system). */
static void flipped_bits(void **state) {
    (void)state;
    size_t bytes;
    char *file = scratch_read(LABELS ".gz", &bytes);
    uint32_t refusals = 0;
    for (size_t bit = 0; bit < 8 * bytes; ++bit) {
        file[bit / 8] ^= (char)(1 << bit % 8);
        scratch_write(LABELS ".gz", file, bytes);
        file[bit / 8] ^= (char)(1 << bit % 8);
        dataset set;
        cli_error error;
        if (dataset_load(&set, folder, DATASET_TRAIN, &error)) {
            assert_memory_equal(set.labels, labels + LABEL_HEADER, COUNT);
            dataset_free(&set);
        } else {
            ++refusals;
            assert_true(error.code == CLI_INPUT && strstr(error.text, LABELS));
        }
    }
    assert_true(refusals > 8 * (bytes - 10) - 8);
    free(file);
}

/* A CRC that zlib has not yet read when the last pixel is out: a file name in gzip's header moves it to the next of
 * zlib's buffers. */
static void late_crc(void **state) {
    (void)state;
    enum { HEADER = 10, NAME_FLAG = 8, BUFFER = 8192 };
    size_t bytes;
    char *file = scratch_read(IMAGES ".gz", &bytes);
    assert_int_equal(file[3], 0);
    size_t name = BUFFER - (bytes - 4) % BUFFER;
    char *longer = malloc(bytes + name);
    memcpy(longer, file, HEADER);
    longer[3] = NAME_FLAG;
    memset(longer + HEADER, 'n', name - 1);
    longer[HEADER + name - 1] = 0;
    memcpy(longer + HEADER + name, file + HEADER, bytes - HEADER);
    scratch_write(IMAGES ".gz", longer, bytes + name);
    check_sound();
    for (size_t at = bytes + name - 8; at < bytes + name; ++at) {
        longer[at] ^= 1;
        scratch_write(IMAGES ".gz", longer, bytes + name);
        longer[at] ^= 1;
        refused(IMAGES ".gz is damaged");
    }
    scratch_write(IMAGES ".gz", longer, bytes + name - 3);
    refused(IMAGES ".gz ends too early");
    free(longer);
    free(file);
}

static void shuffles(void **state) {
    (void)state;
    enum { N = 1000, SEEDS = 400 };
    uint32_t order[N], again[N], seen[N] = {0}, first[N] = {0};
    cli_error error;
    assert_true(dataset_shuffle(N, 3, N, order, &error));
    for (uint32_t i = 0; i < N; ++i) {
        assert_true(order[i] < N);
        ++seen[order[i]];
    }
    for (uint32_t i = 0; i < N; ++i)
        assert_int_equal(seen[i], 1);
    /* Fewer images are the first of more. */
    assert_true(dataset_shuffle(N, 3, 10, again, &error));
    assert_memory_equal(again, order, 10 * sizeof *order);
    assert_true(dataset_shuffle(N, 4, N, again, &error));
    assert_memory_not_equal(again, order, sizeof order);
    /* All have the same chance to come first: no number often, and no clumps. */
    uint32_t low = 0;
    for (uint32_t seed = 0; seed < SEEDS; ++seed) {
        assert_true(dataset_shuffle(N, seed, 1, order, &error));
        assert_true(++first[order[0]] <= 6);
        low += order[0] < N / 2;
    }
    assert_in_range(low, SEEDS / 2 - 50, SEEDS / 2 + 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wrong_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cut_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(flipped_bits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(late_crc, set_up, tear_down),
        cmocka_unit_test(shuffles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
