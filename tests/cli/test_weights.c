/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/random.h"
#include "tests/cli/scratch.h"
#include "tools/cli/file.h"
#include "tools/cli/tensor.h"
#include "tools/cli/weights.h"
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <zlib.h>

#include <cmocka.h>

enum { CONV = 5 * 3 * 2 * 4, BIAS = 5, FLAT = 6 * 3 * 2 * 5, LINEAR = 3 * 7, PARAMS = CONV + BIAS + FLAT + LINEAR + 2 };

/* No two dimensions alike, so that no mix-up stays unseen; two numbers at the end belong to no tensor. */
static const tl_tensor tensors[] = {
    {.name = "conv.weight", .offset = 0, .rank = 4, .dims = {5, 3, 2, 4}},
    {.name = "conv.bias", .offset = CONV, .rank = 1, .dims = {5}},
    {.name = "flat.weight", .offset = CONV + BIAS, .rank = 2, .dims = {6, 30}, .image = {2, 5, 3}},
    {.name = "linear.weight", .offset = CONV + BIAS + FLAT, .rank = 2, .dims = {3, 7}},
};
static const tl_project project = {
    .name = "toy", .params = PARAMS, .tensors = tensors, .tensor_count = sizeof tensors / sizeof tensors[0]};

static void fill(float *params, uint32_t seed) {
    for (uint32_t i = 0; i < PARAMS; ++i)
        params[i] = i < PARAMS - 2 ? tl_random_unit(seed, 7, i) - 0.5f : 0.0f;
}

static int set_up(void **state) {
    *state = NULL;
    scratch_make();
    return 0;
}

static int tear_down(void **state) {
    *state = NULL;
    scratch_remove();
    return 0;
}

static void layouts(void **state) {
    (void)state;
    float stored[FLAT], onnx[FLAT], again[FLAT];
    for (uint32_t i = 0; i < FLAT; ++i)
        stored[i] = (float)i;
    tensor_to_onnx(&tensors[0], stored, onnx);
    const float *at = onnx;
    for (int o = 0; o < 5; ++o)
        for (int c = 0; c < 3; ++c)
            for (int y = 0; y < 2; ++y)
                for (int x = 0; x < 4; ++x) /* stored [KH][O][KW][C] */
                    assert_true(*at++ == (float)(c + 3 * (x + 4 * (o + 5 * y))));
    tensor_to_onnx(&tensors[2], stored, onnx);
    at = onnx;
    for (int o = 0; o < 6; ++o)
        for (int c = 0; c < 3; ++c)
            for (int y = 0; y < 2; ++y)
                for (int x = 0; x < 5; ++x) /* stored [O][H][W][C] */
                    assert_true(*at++ == (float)(c + 3 * (x + 5 * (y + 2 * o))));
    for (uint32_t t = 0; t < 4; ++t) {
        memset(again, 0xFF, sizeof again);
        tensor_to_onnx(&tensors[t], stored, onnx);
        tensor_from_onnx(&tensors[t], onnx, again);
        assert_memory_equal(again, stored, tensor_elements(&tensors[t]) * sizeof *again);
    }
}

static void initial_values(void **state) {
    (void)state;
    float a[PARAMS], b[PARAMS];
    tensor_init(&project, 3, a);
    tensor_init(&project, 3, b);
    assert_memory_equal(a, b, sizeof a);
    tensor_init(&project, 4, b);
    assert_memory_not_equal(a, b, sizeof a);
    static const uint32_t fan_in[4] = {24, 0, 30, 7};
    for (uint32_t t = 0; t < 4; ++t) {
        double limit = fan_in[t] ? sqrt(6.0 / fan_in[t]) : 0.0, largest = 0.0;
        for (uint32_t i = 0; i < tensor_elements(&tensors[t]); ++i)
            largest = fmax(largest, fabs((double)a[tensors[t].offset + i]));
        assert_true(largest <= limit * 1.000001 && largest >= limit * 0.75);
    }
}

static void save_and_load(void **state) {
    (void)state;
    float params[PARAMS], loaded[PARAMS];
    cli_error error;
    fill(params, 1);
    assert_true(weights_save(scratch_path("w"), &project, params, &error));
    memset(loaded, 0xFF, sizeof loaded);
    assert_true(weights_load(scratch_path("w"), &project, loaded, &error));
    assert_memory_equal(loaded, params, sizeof params);
    assert_int_equal(scratch_files(), 1);

    /* The file by the words of the format: length, JSON, data; here the bias stands behind the convolution. */
    size_t bytes;
    char *file = scratch_read("w", &bytes);
    uint64_t length;
    memcpy(&length, file, 8);
    assert_int_equal(length % 8, 0);
    assert_int_equal(bytes, 8 + length + (CONV + BIAS + FLAT + LINEAR) * 4);
    assert_memory_equal(file + 8 + length + CONV * 4, params + CONV, BIAS * 4);
    file[8 + length - 1] = 0;
    assert_non_null(strstr(file + 8, "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[480,500]}"));
    free(file);
}

/* A file of any header before given data; the CRC is put in for %08x. */
static bool parse_made(const char *format, const char *data, size_t data_bytes, cli_error *error) {
    char file[8192] = {0};
    float params[PARAMS], before[PARAMS];
    uint32_t crc = (uint32_t)crc32(0, (const unsigned char *)data, (unsigned)data_bytes);
    uint64_t length = (uint64_t)snprintf(file + 8, 4096, format, crc);
    memcpy(file, &length, 8);
    memcpy(file + 8 + length, data, data_bytes);
    fill(params, 9);
    memcpy(before, params, sizeof before);
    bool done = weights_parse("w", file, 8 + length + data_bytes, &project, params, error);
    if (!done)
        assert_memory_equal(params, before, sizeof before);
    return done;
}

#define META "{\"__metadata__\":{\"project\":\"toy\",\"version\":\"1\",\"crc32\":\"%08x\"},"
#define A    "\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[5,3,2,4],\"data_offsets\":[0,480]},"
#define B    "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[480,500]},"
#define C    "\"flat.weight\":{\"dtype\":\"F32\",\"shape\":[6,30],\"data_offsets\":[500,1220]},"
#define D    "\"linear.weight\":{\"dtype\":\"F32\",\"shape\":[3,7],\"data_offsets\":[1220,1304]}}"

static void foreign_headers(void **state) {
    (void)state;
    static const struct {
        const char *header, *words;
    } cases[] = {
        {"{\"__metadata__\":{\"project\":\"other\",\"version\":\"1\",\"crc32\":\"%08x\"}," A B C D, "network 'other'"},
        {"{\"__metadata__\":{\"project\":\"toy\",\"version\":\"2\",\"crc32\":\"%08x\"}," A B C D, "version '2'"},
        {"{\"__metadata__\":{\"project\":\"toy\",\"version\":\"1\"}," A B C D, "not written by trainlib"},
        {"{" A B C D, "not written by trainlib"},
        {META A C D, "no tensor 'conv.bias'"},
        {META A "\"conv.bias\":7," C D, "no tensor 'conv.bias'"},
        {META A "\"conv.bias\":{\"dtype\":\"F16\",\"shape\":[5],\"data_offsets\":[480,500]}," C D, "type 'F16'"},
        {META A "\"conv.bias\":{\"shape\":[5],\"data_offsets\":[480,500]}," C D, "type 'none'"},
        {META A "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[480,500]}," C D,
         "not of the shape 5"},
        {META A "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[1,5],\"data_offsets\":[480,500]}," C D, "shape 5"},
        {META A "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[5.5],\"data_offsets\":[480,500]}," C D, "shape 5"},
        {META A "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":5,\"data_offsets\":[480,500]}," C D, "shape 5"},
        {META A "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[480,504]}," C D, "inside its data"},
        {META A "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[-20,0]}," C D, "inside its data"},
        {META A "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[1e300,1e300]}," C D,
         "inside its data"},
        {META A "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":\"x\"}," C D, "inside its data"},
        {META A "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[5]}," C D, "inside its data"},
        {META A "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[1300,1320]}," C D, "cut off"},
        {META A B C "\"more\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}," D,
         "more than the network's 4"},
        {"[1]", "not JSON"},
        {"nothing", "not JSON"},
        {META A B C, "not JSON"},
    };
    char data[1304] = {0};
    cli_error error;
    assert_true(parse_made(META A B C D, data, sizeof data, &error));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i)
        expect_refusal(parse_made(cases[i].header, data, sizeof data, &error), &error, CLI_INPUT, cases[i].words);
    expect_refusal(parse_made(META A B C D, data, sizeof data - 4, &error), &error, CLI_INPUT, "4 bytes are missing");
    char longer[1308] = {0};
    expect_refusal(parse_made(META A B C D, longer, sizeof longer, &error), &error, CLI_INPUT, "more than the network");
    float nan = NAN;
    memcpy(data + 484, &nan, 4);
    expect_refusal(parse_made(META A B C D, data, sizeof data, &error), &error, CLI_INPUT, "not finite");
}

static void files_that_are_none(void **state) {
    (void)state;
    cli_error error;
    float params[PARAMS];
    expect_refusal(weights_load(scratch_path("none"), &project, params, &error), &error, CLI_INPUT, "No such file");
    expect_refusal(weights_load(scratch_path("."), &project, params, &error), &error, CLI_INPUT, "Is a directory");
    scratch_write("w", "", 0);
    expect_refusal(weights_load(scratch_path("w"), &project, params, &error), &error, CLI_INPUT, "not a weights file");
    static const unsigned char absurd[16] = {0, 0, 0, 0, 0, 0, 0, 0x80};
    scratch_write("w", absurd, sizeof absurd);
    expect_refusal(weights_load(scratch_path("w"), &project, params, &error), &error, CLI_INPUT, "not a weights file");
    static const unsigned char beyond[16] = {0, 0, 1};
    scratch_write("w", beyond, sizeof beyond);
    expect_refusal(weights_load(scratch_path("w"), &project, params, &error), &error, CLI_INPUT, "cut off");
}

static void every_cut_and_every_bit(void **state) {
    (void)state;
    float params[PARAMS], loaded[PARAMS];
    cli_error error;
    fill(params, 1);
    assert_true(weights_save(scratch_path("w"), &project, params, &error));
    size_t bytes;
    char *file = scratch_read("w", &bytes);
    for (size_t cut = 0; cut < bytes; ++cut) {
        char *part = malloc(cut ? cut : 1); /* of just this size, so that a read beyond it is seen */
        memcpy(part, file, cut);
        expect_refusal(weights_parse("w", part, cut, &project, loaded, &error), &error, CLI_INPUT, "w ");
        free(part);
    }
    uint64_t length;
    memcpy(&length, file, 8);
    for (size_t bit = 8 * (8 + length); bit < 8 * bytes; ++bit) {
        file[bit / 8] ^= (char)(1 << bit % 8);
        expect_refusal(weights_parse("w", file, bytes, &project, loaded, &error), &error, CLI_INPUT, "is damaged");
        file[bit / 8] ^= (char)(1 << bit % 8);
    }
    free(file);
}

/* Whatever is done to the header: refused, or the right weights. */
static void fuzz(void **state) {
    (void)state;
    enum { TRIES = 20000 };
    static const char spice[] = "{}[]\",:0123456789eE-+.\\u \n";
    float params[PARAMS], loaded[PARAMS];
    cli_error error;
    fill(params, 1);
    assert_true(weights_save(scratch_path("w"), &project, params, &error));
    size_t bytes;
    char *file = scratch_read("w", &bytes);
    uint64_t length;
    memcpy(&length, file, 8);
    uint32_t taken = 0;
    for (uint32_t i = 0; i < TRIES; ++i) {
        char *copy = malloc(bytes);
        memcpy(copy, file, bytes);
        uint32_t changes = 1 + tl_random_below(5, 0, i, 6);
        for (uint32_t c = 0; c < changes; ++c) {
            uint32_t draw[2];
            tl_random_block(5, 1 + c, i, draw);
            uint32_t at = (uint32_t)((uint64_t)draw[0] * (8 + length) >> 32);
            copy[at] = draw[1] & 0x100 ? (char)draw[1] : spice[(draw[1] & 0xFF) % (sizeof spice - 1)];
        }
        if (weights_parse("w", copy, bytes, &project, loaded, &error)) {
            ++taken;
            assert_memory_equal(loaded, params, (PARAMS - 2) * sizeof *params);
        } else {
            assert_true(error.code == CLI_INPUT && strlen(error.text) > 10);
        }
        free(copy);
    }
    assert_true(taken < TRIES / 4);
    free(file);
}

/* A file that may not grow stands for the full disk; it needs no root. */
static void full_disk(void **state) {
    (void)state;
    float old[PARAMS], new[PARAMS], loaded[PARAMS];
    cli_error error;
    fill(old, 1);
    fill(new, 2);
    assert_true(weights_save(scratch_path("w"), &project, old, &error));
    struct rlimit limit, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t room = 0; room < 1500; room += 499) {
        small = (struct rlimit){.rlim_cur = room, .rlim_max = limit.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        bool saved = weights_save(scratch_path("w"), &project, new, &error);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        expect_refusal(saved, &error, CLI_INPUT, "cannot write");
        assert_int_equal(scratch_files(), 1);
        assert_true(weights_load(scratch_path("w"), &project, loaded, &error));
        assert_memory_equal(loaded, old, (PARAMS - 2) * sizeof *old);
    }
    assert_true(weights_save(scratch_path("w"), &project, new, &error));
    assert_true(weights_load(scratch_path("w"), &project, loaded, &error));
    assert_memory_equal(loaded, new, (PARAMS - 2) * sizeof *new);
}

static void places_that_cannot_be_written(void **state) {
    (void)state;
    float params[PARAMS];
    cli_error error;
    fill(params, 1);
    expect_refusal(weights_save(scratch_path("no/w"), &project, params, &error), &error, CLI_INPUT, "cannot write");
    expect_refusal(weights_save(scratch_path("."), &project, params, &error), &error, CLI_INPUT, "not a regular file");
    expect_refusal(weights_save("/dev/full", &project, params, &error), &error, CLI_INPUT, "not a regular file");
    expect_refusal(weights_save("/proc/w", &project, params, &error), &error, CLI_INPUT, "cannot write /proc/w");
    scratch_write("f", "", 0);
    expect_refusal(file_make_folder(scratch_path("f"), &error), &error, CLI_INPUT, "is not a folder");
    expect_refusal(file_make_folder("/proc/new", &error), &error, CLI_INPUT, "cannot make the folder");
    expect_refusal(file_make_folder("/proc", &error), &error, CLI_INPUT, "cannot write to the folder");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layouts),
        cmocka_unit_test(initial_values),
        cmocka_unit_test_setup_teardown(save_and_load, set_up, tear_down),
        cmocka_unit_test(foreign_headers),
        cmocka_unit_test_setup_teardown(files_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_cut_and_every_bit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fuzz, set_up, tear_down),
        cmocka_unit_test_setup_teardown(full_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(places_that_cannot_be_written, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
