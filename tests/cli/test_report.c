/* SPDX-License-Identifier: Apache-2.0 */
/* What people get to see: numbers, tables, the record of cycles, the learning curve. */
#include "tests/cli/scratch.h"
#include "tools/cli/bench.h"
#include "tools/cli/plot.h"
#include "tools/cli/text.h"
#include <cairo.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

static void numbers(void **state) {
    (void)state;
    assert_string_equal(text_count(0).s, "0");
    assert_string_equal(text_count(999).s, "999");
    assert_string_equal(text_count(1000).s, "1,000");
    assert_string_equal(text_count(123456).s, "123,456");
    assert_string_equal(text_count(UINT64_MAX).s, "18,446,744,073,709,551,615");
    assert_string_equal(text_percent(0.8125).s, "81.2 %");
    assert_string_equal(text_bytes(1023).s, "1023 B");
    assert_string_equal(text_bytes(65536).s, "64.0 KiB");
    assert_string_equal(text_seconds(59.6).s, "1:00");
    assert_string_equal(text_seconds(3725).s, "1:02:05");
}

static void a_table(void **state) {
    (void)state;
    table t;
    table_begin(&t, 3, 1);
    const text head[3] = {{"layer"}, {"n"}, {"cycles"}}, row[3] = {{"a"}, {"12"}, {"3"}};
    table_row(&t, head);
    table_row(&t, NULL);
    table_row(&t, row);
    FILE *file = fopen(scratch_path("t"), "w");
    assert_non_null(file);
    table_print(&t, file, "  ");
    fclose(file);
    table_end(&t);
    size_t bytes;
    char *printed = scratch_read("t", &bytes);
    assert_string_equal(printed, "  layer   n  cycles\n"
                                 "  -----------------\n"
                                 "  a      12       3\n");
    free(printed);
}

static void record(void **state) {
    (void)state;
    bench_list list = {0}, read;
    bench_made_with with = {"clang version 1", "pulp8"}, then;
    cli_error error;
    for (int i = 0; i < 100; ++i) {
        bench_case added = {.cycles = 1000 + (uint64_t)i};
        snprintf(added.name, sizeof added.name, "case/%d", i);
        assert_true(bench_add(&list, &added, &error));
    }
    list.cases[99].cycles = UINT64_MAX;
    assert_true(baseline_write(scratch_path("b"), &list, &with, &error));
    assert_true(baseline_read(scratch_path("b"), &read, &then, &error));
    assert_string_equal(then.compiler, with.compiler);
    assert_string_equal(then.machine, with.machine);
    FILE *said = fopen(scratch_path("said"), "w");
    assert_non_null(said);
    assert_int_equal(baseline_compare(said, &read, &list), 0);
    list.cases[3].cycles += 1;
    snprintf(list.cases[50].name, sizeof list.cases->name, "other");
    assert_int_equal(baseline_compare(said, &read, &list), 3);
    fclose(said);
    size_t bytes;
    char *lines = scratch_read("said", &bytes);
    assert_string_equal(lines, "  case/3: 1,004 cycles, was 1,003 (+0.10 %)\n"
                               "  other: 1,050 cycles, is new\n"
                               "  case/50: is gone\n");
    free(lines);
    bench_free(&list);
    bench_free(&read);
}

static void bad_records(void **state) {
    (void)state;
    static const char *const bad[] = {"case",
                                      "case ",
                                      "case x",
                                      "case 12x",
                                      " 12",
                                      "case -1",
                                      "case 1 2",
                                      "case 99999999999999999999999",
                                      "a-name-that-is-far-longer-than-any-that-a-case-of-the-benchmarks-may-have 12"};
    bench_list list;
    bench_made_with with;
    cli_error error;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        char file[200];
        int n = snprintf(file, sizeof file, "# x\nfine 3\n%s\n", bad[i]);
        scratch_write("b", file, (size_t)n);
        expect_refusal(baseline_read(scratch_path("b"), &list, &with, &error), &error, CLI_INPUT, "line 3");
    }
    expect_refusal(baseline_read(scratch_path("none"), &list, &with, &error), &error, CLI_INPUT, "No such file");
    scratch_write("b", "last 7", 6); /* without a line's end */
    assert_true(baseline_read(scratch_path("b"), &list, &with, &error));
    assert_int_equal(list.count, 1);
    assert_int_equal(list.cases[0].cycles, 7);
    bench_free(&list);
}

/* Pixels of about this colour. */
static int count_pixels(cairo_surface_t *image, int r, int g, int b) {
    int width = cairo_image_surface_get_width(image), count = 0;
    for (int y = 0; y < cairo_image_surface_get_height(image); ++y) {
        const unsigned char *row = cairo_image_surface_get_data(image) + y * cairo_image_surface_get_stride(image);
        for (int x = 0; x < width; ++x) {
            uint32_t pixel;
            memcpy(&pixel, row + 4 * x, 4);
            int dr = (int)(pixel >> 16 & 255) - r, dg = (int)(pixel >> 8 & 255) - g, db = (int)(pixel & 255) - b;
            count += dr * dr + dg * dg + db * db < 30;
        }
    }
    return count;
}

static void pictures(void **state) {
    (void)state;
    static const uint32_t steps[] = {1, 2, 37, 6000};
    float *loss = calloc(6000, sizeof *loss);
    uint8_t *correct = calloc(6000, 1);
    cli_error error;
    int blue_labels = 0, orange_labels = 0;
    for (uint32_t i = 0; i < 6000; ++i) {
        loss[i] = 2.3f - (float)i * 3e-4f;
        correct[i] = i % 10 < i / 600;
    }
    for (int i = 0; i < 4; ++i) {
        plot_curve curve = {.title = "title",
                            .subtitle = "subtitle",
                            .loss = loss,
                            .correct = correct,
                            .n = steps[i],
                            .window = plot_window(steps[i]),
                            .accuracy_after = 0.8,
                            .chance = 0.1};
        assert_true(plot_picture(&curve, scratch_path("p.png"), &error));
        assert_true(plot_picture(&curve, scratch_path("p.svg"), &error));
        cairo_surface_t *image = cairo_image_surface_create_from_png(scratch_path("p.png"));
        assert_int_equal(cairo_surface_status(image), CAIRO_STATUS_SUCCESS);
        assert_int_equal(cairo_image_surface_get_width(image), 1920);
        /* Both curves, besides their labels, and the test's line; a single step makes no curve. */
        int blue = count_pixels(image, 28, 107, 194), orange = count_pixels(image, 217, 102, 18);
        if (i == 0) {
            blue_labels = blue;
            orange_labels = orange;
            assert_true(blue > 100 && orange > 100);
        } else if (i > 1) {
            assert_true(blue > blue_labels + 2000 && orange > orange_labels + 2000);
        }
        assert_true(count_pixels(image, 26, 140, 89) > 1000);
        cairo_surface_destroy(image);
        size_t bytes;
        char *svg = scratch_read("p.svg", &bytes);
        assert_non_null(strstr(svg, "<svg"));
        assert_non_null(strstr(svg, "</svg>"));
        assert_true(bytes < 300000);
        free(svg);
    }
    plot_curve curve = {.title = "", .subtitle = "", .loss = loss, .correct = correct, .n = 1, .window = 1};
    expect_refusal(plot_picture(&curve, scratch_path("no/p"), &error), &error, CLI_INPUT, "cannot write");
    expect_refusal(plot_picture(&curve, scratch_path("no/p"), &error), &error, CLI_INPUT, "cannot write");
    free(loss);
    free(correct);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test_setup_teardown(a_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_records, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pictures, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
