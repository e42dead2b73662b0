/* SPDX-License-Identifier: Apache-2.0 */
/* The same samples as .npy, IDX, gzipped IDX and CSV; and files that are none. */
#include "src/base/random.h"
#include "tests/cli/scratch.h"
#include "tools/cli/normalisation.h"
#include "tools/cli/npy.h"
#include "tools/cli/sample_file.h"
#include "tools/cli/samples.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

enum { COUNT = 5, WIDTH = 12 };

static void put(const char *path, const void *bytes, size_t count) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, count, f), count);
    assert_int_equal(fclose(f), 0);
}

static void put_text(const char *path, const char *text) {
    put(path, text, strlen(text));
}

static float value(uint32_t i, uint32_t j) {
    return (float)(i * WIDTH + j) / 255.0f;
}

static void check(const char *path, uint32_t channels, bool whole) {
    sample_file f;
    cli_error error;
    if (!sample_file_read(&f, path, &error))
        fail_msg("%s", error.text);
    assert_int_equal(f.count, COUNT);
    assert_int_equal(f.width, WIDTH);
    assert_int_equal(f.channels, channels);
    assert_int_equal(f.whole, whole);
    for (uint32_t i = 0; i < COUNT; ++i)
        for (uint32_t j = 0; j < WIDTH; ++j)
            assert_memory_equal(&f.values[i * WIDTH + j], &(float){value(i, j)}, sizeof(float));
    sample_file_free(&f);
}

static void formats(void **state) {
    float all[COUNT * WIDTH];
    uint8_t idx[16 + COUNT * WIDTH] = {0, 0, 8, 3, 0, 0, 0, COUNT, 0, 0, 0, 3, 0, 0, 0, 4};
    uint8_t reals[20 + 4 * COUNT * WIDTH] = {0, 0, 13, 4, 0, 0, 0, COUNT, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2};
    char csv[COUNT * WIDTH * 16] = "", *at = csv;
    cli_error error;
    (void)state;
    at += sprintf(at, "a, b, and so on\n# and more\n\n");
    for (uint32_t i = 0; i < COUNT * WIDTH; ++i) {
        uint32_t bits;
        all[i] = value(0, i);
        idx[16 + i] = (uint8_t)i;
        memcpy(&bits, &all[i], sizeof bits);
        for (int k = 0; k < 4; ++k)
            reals[20 + 4 * i + (uint32_t)k] = (uint8_t)(bits >> (24 - 8 * k));
        at += sprintf(at, "%s%.9g%s", i % 3 ? " " : "", (double)all[i], (i + 1) % WIDTH ? i % 2 ? "," : ";" : "\r\n");
    }
    const uint32_t dims[] = {COUNT, 3, 2, 2}, flat[] = {COUNT, WIDTH};
    assert_true(npy_write("x.npy", 4, dims, all, &error));
    check("x.npy", 3, false);
    assert_true(npy_write("flat.npy", 2, flat, all, &error));
    check("flat.npy", 0, false);
    put("x.idx", idx, sizeof idx);
    check("x.idx", 1, true);
    gzFile gz = gzopen("x.idx.gz", "wb");
    assert_int_equal(gzwrite(gz, idx, sizeof idx), sizeof idx);
    assert_int_equal(gzclose(gz), Z_OK);
    check("x.idx.gz", 1, true);
    put("reals.idx", reals, sizeof reals);
    check("reals.idx", 2, false);
    put_text("x.csv", csv);
    check("x.csv", 0, false);
}

static void put_packed(const char *path, const void *bytes, size_t count) {
    gzFile gz = gzopen(path, "wb");
    assert_int_equal(gzwrite(gz, bytes, (unsigned)count), (int)count);
    assert_int_equal(gzclose(gz), Z_OK);
}

/* A .npy file as numpy writes it. */
static size_t npy_bytes(uint8_t *to, const char *type, const void *data, size_t count) {
    memset(to, ' ', 128);
    memcpy(to, "\x93NUMPY\x01\x00\x76\x00", 10);
    const int n =
        sprintf((char *)to + 10, "{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d), }", type, COUNT, WIDTH);
    to[10 + n] = ' ';
    to[127] = '\n';
    memcpy(to + 128, data, count);
    return 128 + count;
}

/* Bytes and doubles, and all kinds packed by gzip: the same bits again. */
static void more_formats(void **state) {
    (void)state;
    uint8_t bytes[COUNT * WIDTH], file[128 + sizeof(double) * COUNT * WIDTH];
    double doubles[COUNT * WIDTH];
    char csv[COUNT * WIDTH * 16] = "", *at = csv;
    for (uint32_t i = 0; i < COUNT * WIDTH; ++i) {
        bytes[i] = (uint8_t)i;
        doubles[i] = (double)value(0, i);
        at += sprintf(at, "%.9g%c", (double)value(0, i), (i + 1) % WIDTH ? ',' : '\n');
    }
    put("bytes.npy", file, npy_bytes(file, "|u1", bytes, sizeof bytes));
    check("bytes.npy", 0, true);
    const size_t n = npy_bytes(file, "<f8", doubles, sizeof doubles);
    put("doubles.npy", file, n);
    check("doubles.npy", 0, false);
    put_packed("doubles.npy.gz", file, n);
    check("doubles.npy.gz", 0, false);
    put_packed("x.csv.gz", csv, strlen(csv));
    check("x.csv.gz", 0, false);
}

static void labels(void **state) {
    static const uint8_t idx[] = {0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 255};
    sample_file f;
    cli_error error;
    (void)state;
    put("y.idx", idx, sizeof idx);
    put_text("y.csv", "label\n7\n0\n255");
    for (int i = 0; i < 2; ++i) {
        assert_true(sample_file_read(&f, i ? "y.csv" : "y.idx", &error));
        assert_true(f.whole && f.count == 3 && f.width == 1);
        assert_true(f.numbers[0] == 7 && f.numbers[1] == 0 && f.numbers[2] == 255);
        sample_file_free(&f);
    }
}

static void refused(const char *path, const char *because) {
    sample_file f;
    cli_error error = {0};
    assert_false(sample_file_read(&f, path, &error));
    if (!strstr(error.text, because))
        fail_msg("\"%s\" instead of \"%s\"", error.text, because);
    assert_null(f.values);
}

static void refusals(void **state) {
    static const uint8_t other[] = {0, 0, 9, 1, 0, 0, 0, 3, 7, 0, 1}, cut[] = {0, 0, 8, 1, 0, 0, 0, 4, 7, 0, 1};
    static const uint8_t large[] = {0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    (void)state;
    refused("nothing", "nothing: cannot be read");
    put("other.idx", other, sizeof other);
    refused("other.idx", "bytes or float32");
    put("cut.idx", cut, sizeof cut);
    refused("cut.idx", "not as long as its header says");
    put("head.idx", cut, 6);
    refused("head.idx", "ends in its header");
    put("large.idx", large, sizeof large);
    refused("large.idx", "cannot be used");
    put_text("word.csv", "1,2\n3,x\n");
    refused("word.csv", "word.csv:2: numbers with commas between are wanted, and in column 2 stands 'x'");
    put_text("gap.csv", "1,2,3\n4,,6\n");
    refused("gap.csv", "gap.csv:2: numbers with commas between are wanted, and in column 2 stands ''");
    put_text("end.csv", "1,2\n\n3x,5\n");
    refused("end.csv", "end.csv:3: numbers with commas between are wanted, and in column 1 stands '3x'");
    put_text("inf.csv", "1,2\n3,1e99\n");
    refused("inf.csv", "inf.csv:2: numbers with commas between are wanted, and in column 2 stands '1e99'");
    put_text("short.csv", "a,b\n1,2\n3,4\n5\n");
    refused("short.csv", "short.csv:4: 1 numbers stand here, and 2");
    put_text("empty.csv", "");
    refused("empty.csv", "cannot be used");
    uint8_t packed[256];
    put_packed("whole.gz", "1,2\n3,4\n5,6\n7,8\n", 16);
    size_t n;
    char *whole = scratch_read("whole.gz", &n);
    memcpy(packed, whole, n);
    free(whole);
    put("cut.gz", packed, n - 6);
    refused("cut.gz", "cut.gz is damaged or cut off");
    packed[n - 7] ^= 0x55;
    put("sum.gz", packed, n);
    refused("sum.gz", "sum.gz is damaged or cut off");
    put_text("cut.npy", "\x93NUMPY\x01");
    refused("cut.npy", "no .npy file");
}

/* Images as the project has them, [h][w][c], from either order; which one it is the sizes tell, or else the model. */
static void orders(void **state) {
    enum { H = 2, W = 2, C = 3 };
    static const tl_project project = {.inputs = WIDTH, .classes = WIDTH, .batch = 1};
    static const uint32_t first[] = {COUNT, C, H, W}, last[] = {COUNT, H, W, C}, other[] = {COUNT, W, 1, C * H};
    static const samples_shape shapes[] = {{H, W, C, false, false}, {H, W, C, true, false}};
    float planes[COUNT * WIDTH], pixels[COUNT * WIDTH];
    samples set;
    cli_error error;
    (void)state;
    for (uint32_t i = 0; i < COUNT * WIDTH; ++i) {
        const uint32_t at = i % WIDTH;
        planes[i] = (float)i;
        pixels[i / WIDTH * WIDTH + at % (H * W) * C + at / (H * W)] = (float)i;
    }
    assert_true(npy_write("planes.npy", 4, first, planes, &error));
    assert_true(npy_write("pixels.npy", 4, last, pixels, &error));
    assert_true(npy_write("other.npy", 4, other, pixels, &error));
    for (int i = 0; i < 4; ++i) {
        assert_true(
            samples_load(&set, i & 1 ? "planes.npy" : "pixels.npy", NULL, &project, &shapes[i / 2], NULL, &error));
        assert_memory_equal(set.x, pixels, sizeof pixels);
        samples_free(&set);
    }
    assert_true(samples_load(&set, "planes.npy", NULL, &project, NULL, NULL, &error));
    assert_memory_equal(set.x, pixels, sizeof pixels);
    samples_free(&set);
    assert_false(samples_load(&set, "other.npy", NULL, &project, shapes, NULL, &error));
    assert_non_null(strstr(error.text, "not of 3 channels, 2 x 2"));
}

static void normalised(void **state) {
    (void)state;
    enum { N = 7, C = 3, PIXELS = 10, INPUTS = PIXELS * C };
    static float real[N * INPUTS];
    cli_error error;
    normalisation n, again;
    const uint32_t order[] = {6, 1, 3};
    samples set = {.count = N, .inputs = INPUTS, .x = malloc(sizeof real)};
    assert_non_null(set.x);
    for (uint32_t i = 0; i < N * INPUTS; ++i)
        set.x[i] = real[i] = (tl_random_unit(1, 1, i) - 0.25f) * (float)(1 + i % C * i % C);
    assert_true(normalisation_measure(&n, C, &set, order, 3, &error));
    for (uint32_t c = 0; c < C; ++c) {
        double sum = 0, squares = 0;
        for (uint32_t i = 0; i < 3 * PIXELS; ++i) {
            const double x = (double)real[order[i / PIXELS] * INPUTS + i % PIXELS * C + c];
            sum += x;
            squares += x * x;
        }
        const double mean = sum / (3 * PIXELS), std = sqrt(squares / (3 * PIXELS) - mean * mean);
        assert_true(fabs((double)n.mean[c] - mean) <= 1e-6 * std);
        assert_true(fabs((double)n.std[c] - std) <= 1e-6 * std);
    }
    assert_true(normalisation_save(&n, "n.txt", &error));
    assert_true(normalisation_load(&again, "n.txt", C, &error));
    assert_memory_equal(again.mean, n.mean, C * sizeof(float));
    assert_memory_equal(again.std, n.std, C * sizeof(float));
    normalisation_free(&again);
    expect_refusal(normalisation_load(&again, "n.txt", C + 1, &error), &error, CLI_INPUT, "n.txt");
    put_text("n.txt", "trainlib-normalisation 1\n0 1\n0 0\n0 1\n");
    expect_refusal(normalisation_load(&again, "n.txt", C, &error), &error, CLI_INPUT, "n.txt");
    assert_true(normalisation_load(&again, "none.txt", C, &error));
    assert_int_equal(again.channels, 0);
    assert_true(normalisation_apply(&n, &set, &error));
    for (uint32_t i = 0; i < N * INPUTS; ++i) {
        const float wanted = (real[i] - n.mean[i % C]) / n.std[i % C];
        assert_memory_equal(&set.x[i], &wanted, sizeof wanted);
    }
    normalisation_free(&n);
    samples_free(&set);
    assert_true(normalisation_of(&n, C, "1,2,-3.5", "4", &error));
    assert_true(n.mean[2] == -3.5f && n.mean[1] == 2.0f && n.std[0] == 4.0f && n.std[2] == 4.0f);
    normalisation_free(&n);
    expect_refusal(normalisation_of(&n, C, "1,2", NULL, &error), &error, CLI_USAGE, "3 channels");
    expect_refusal(normalisation_of(&n, C, NULL, "0", &error), &error, CLI_USAGE, "above 0");
    expect_refusal(normalisation_of(&n, C, "1,b,2", NULL, &error), &error, CLI_USAGE, "parted by commas");
}

static int enter(void **state) {
    *state = NULL;
    return chdir(scratch_make());
}

static int leave(void **state) {
    (void)state;
    const int left = chdir("/");
    scratch_remove();
    return left;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(formats), cmocka_unit_test(more_formats),
                                       cmocka_unit_test(orders),  cmocka_unit_test(normalised),
                                       cmocka_unit_test(labels),  cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, enter, leave);
}
