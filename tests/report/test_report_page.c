/* SPDX-License-Identifier: Apache-2.0 */
/* The report's page: what it says, that its bars are as long as they should be, and that names cannot break it. */
#include "tests/report/page_reader.h"
#include "tests/report/report_sample.h"
#include "tools/report/report_sums.h"
#include "tools/report/svg.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static report_sample sample;

static int set_up(void **state) {
    *state = NULL;
    report_sample_make(&sample);
    return 0;
}

/* Three steps, one of them twice: sums and means that one can work out by hand. */
static const report_step three[3] = {
    {.layer = "a", .pass = "forward", .macs = 1000, .bound = 80, .predicted = 90, .cycles = {100, 110, 0, 200, 0}},
    {.layer = "b", .pass = "forward", .macs = 0, .bound = 50, .predicted = 120, .cycles = {100, 100, 0, 0, 0}},
    {.layer = "c", .pass = "grad_w", .macs = 600, .bound = 150, .times = 2, .cycles = {200, 300, 0, 1600, 0}},
};

static void sums(void **state) {
    (void)state;
    report_data data = {.step = three, .steps = 3};
    report_total total = report_totals(&data);
    assert_int_equal(total.count, 4);
    assert_int_equal(total.macs, 2200);
    assert_int_equal(total.bound, 430);
    assert_int_equal(total.cycles[REPORT_TUNED], 600);
    assert_int_equal(total.cycles[REPORT_DEFAULT], 810);
    assert_int_equal(total.cycles[REPORT_ONE_SIZE], 200 + 100 + 3200); /* b counts as tuned */
    assert_int_equal(total.missing[REPORT_ONE_SIZE], 1);
    assert_int_equal(total.cycles[REPORT_SINGLE], 0);

    report_ratio r = report_ratios(&data, REPORT_TUNED, REPORT_ONE_SIZE);
    assert_int_equal(r.count, 3);
    assert_int_equal(r.missing, 1);
    assert_true(fabs(r.mean - cbrt(2.0 * 8.0 * 8.0)) < 1e-12);
    assert_true(fabs(r.best - 8.0) < 1e-12 && fabs(r.worst - 2.0) < 1e-12 && r.at == 2);
    assert_true(fabs(r.step - 3500.0 / 600.0) < 1e-12);
    assert_int_equal(report_ratios(&data, REPORT_TUNED, REPORT_SINGLE).count, 0);

    report_fit fit = report_fits(&data);
    assert_int_equal(fit.count, 2);
    assert_true(fabs(fit.mean - 0.15) < 1e-12 && fabs(fit.worst - 0.2) < 1e-12 && fabs(fit.step - 0.05) < 1e-12);
}

static void unknown_tuned(void **state) {
    (void)state;
    report_step steps[3];
    memcpy(steps, three, sizeof steps);
    steps[1].cycles[REPORT_TUNED] = 0;
    report_data data = {.step = steps, .steps = 3};
    report_total total = report_totals(&data);
    assert_int_equal(total.cycles[REPORT_TUNED], 0);
    assert_int_equal(total.cycles[REPORT_DEFAULT], 0);
    assert_true(report_ratios(&data, REPORT_TUNED, REPORT_DEFAULT).step <= 0.0);
}

static void whole_page(void **state) {
    (void)state;
    page *p = page_make(&sample.data);
    assert_string_equal(p->why, "");
    /* Step, layers, others, roofline, heat map, timeline, search, cost model, cores. */
    assert_int_equal(p->figures, 9);
    assert_int_equal(p->rows, 2 + 2 * (int)sample.data.steps);
    assert_int_equal(p->scripts, 0);
    assert_int_equal(p->references, 0);
    assert_null(strstr(p->html, "url("));
    assert_null(strstr(p->html, "@import"));
    for (const char *at = p->html; (at = strstr(at, "http")) != NULL; at += 4)
        assert_true(strncmp(at, "http://www.w3.org/", 18) == 0 || strncmp(at, "http-equiv", 10) == 0);
    for (uint32_t i = 0; i < sample.data.steps; ++i)
        for (int by = 0; by < REPORT_BYS; ++by)
            if (sample.step[i].cycles[by])
                assert_true(page_says(p, words_count(sample.step[i].cycles[by]).s) > 0);
    for (int by = 1; by < REPORT_NAIVE; ++by) {
        report_ratio r = report_ratios(&sample.data, REPORT_TUNED, (report_by)by);
        assert_true(page_says(p, words_of("%.2f\xC3\x97", r.mean).s) > 0);
        assert_true(page_says(p, words_of("best %.2f\xC3\x97", r.best).s) > 0);
    }
    assert_true(page_says(p, "1,843") == 1);
    assert_true(page_says(p, "MAC/clk") > 3);
    assert_true(page_says(p, "grad_x") > 8);
    page_free(p);
}

/* Bars of the whole step from one edge, as long as their cycles; those of the layers never beyond their bounds. */
static void lengths(void **state) {
    (void)state;
    report_total total = report_totals(&sample.data);
    page *p = page_make(&sample.data);
    double scale = 0.0;
    int found = 0;
    static const char *const looks[4] = {"b-tuned", "b-default", "b-single", "b-one"};
    for (int i = 0; i < 4; ++i) {
        const page_bar *b = &p->bar[i];
        assert_string_equal(b->look, looks[i]);
        scale = i ? scale : b->width / (double)total.cycles[i];
        assert_true(fabs(b->width / (double)total.cycles[i] / scale - 1.0) < 0.001);
        assert_true(b->x < p->bar[0].x + 0.01 && b->x > p->bar[0].x - 0.01);
    }
    for (int i = 5; i < p->bars; ++i) {
        const page_bar *trough = &p->bar[i - 1], *bar = &p->bar[i];
        if (strcmp(trough->look, "trough") != 0 || strcmp(bar->look, "b-tuned") != 0 || trough->height > 11.0 ||
            trough->width < 30.0)
            continue;
        assert_true(bar->width <= trough->width + 0.02);
        const report_step *s = &sample.step[found++];
        while (!s->macs)
            s = &sample.step[found++];
        if (found == (int)sample.data.steps)
            break;
        assert_true(fabs(bar->width / trough->width - (double)s->bound / (double)s->cycles[REPORT_TUNED]) < 0.002);
    }
    assert_true(found > 20);
    page_free(p);
}

static void hostile_names(void **state) {
    (void)state;
    static const char *const bad[] = {
        "</title></text></svg><script>alert(1)</script>",
        "\" onload=\"alert(1)",
        "a & b < c > d 'e'",
        "\xFF\xFE\x80 \xC3",
        "\xED\xA0\x80\xF5\x90\x80\x80\xC0\xAF\xEF\xBF\xBF",
        "\x01\x02\x1B[31m\x7F\xC2\x85",
        "]]>--><!-- <![CDATA[ <?",
        "%s%n%d&#0;&lt;",
    };
    static char lots[5000];
    memset(lots, '<', sizeof lots - 1);
    for (size_t i = 0; i <= sizeof bad / sizeof bad[0]; ++i) {
        const char *name = i < sizeof bad / sizeof bad[0] ? bad[i] : lots;
        const char *names[12];
        report_sample_make(&sample);
        for (int j = 0; j < 12; ++j)
            names[j] = name;
        report_data *d = &sample.data;
        d->model = d->machine = d->setting = d->made_by = d->made_with = name;
        for (int by = 0; by < REPORT_BYS; ++by)
            d->note[by] = name;
        for (uint32_t j = 0; j < d->steps; ++j)
            sample.step[j].layer = sample.step[j].pass = sample.step[j].problem = sample.step[j].plan = name;
        for (uint32_t j = 0; j < d->trails; ++j)
            sample.trail[j].name = name;
        sample.heat.title = sample.timeline.title = name;
        sample.heat.row = sample.heat.column = sample.timeline.track = names;
        for (uint32_t j = 0; j < d->scalings; ++j)
            sample.scaling[j].name = name;
        page *p = page_make(d);
        assert_string_equal(p->why, "");
        assert_int_equal(p->figures, 9);
        assert_int_equal(p->scripts, 0);
        page_free(p);
    }
}

static void escapes(void **state) {
    (void)state;
    char *s = NULL;
    size_t bytes = 0;
    FILE *to = open_memstream(&s, &bytes);
    xml_text(to, "a<b>&\"'\xC3\xA9\xF0\x9F\x98\x80\x80\x07");
    fputc('|', to);
    xml_short(to, "abcdef", 4);
    xml_short(to, "abcd", 4);
    xml_text(to, NULL);
    assert_int_equal(fclose(to), 0);
    assert_string_equal(s, "a&lt;b&gt;&amp;&quot;&#39;\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBD\xEF\xBF\xBD|abc\xE2\x80\xA6"
                           "abcd");
    free(s);
    assert_string_equal(words_count(1234567).s, "1,234,567");
    assert_string_equal(words_count(UINT64_MAX).s, "18,446,744,073,709,551,615");
    assert_string_equal(words_short(999).s, "999");
    assert_string_equal(words_short(1234).s, "1.23 k");
    assert_string_equal(words_short(99960).s, "100 k");
    assert_string_equal(words_short(12345678).s, "12.3 M");
    assert_string_equal(words_more(-0.018).s, "\xE2\x88\x92"
                                              "1.8\xC2\xA0%");
}

/* Whatever is missing, there is a page of what is there, and nothing is said of what is not. */
static void little_is_known(void **state) {
    (void)state;
    report_data none = {.model = "m", .machine = "pulp8", .gap = -1.0};
    page *p = page_make(&none);
    assert_string_equal(p->why, "");
    assert_int_equal(p->figures, 0);
    assert_int_equal(page_says(p, "nan") + page_says(p, "inf"), 0);
    page_free(p);

    report_step one[2] = {{.layer = "a", .pass = "forward", .macs = 1000, .cycles = {500}}, {.layer = NULL}};
    report_trail trail = {.name = "t", .count = 0};
    report_scaling scaling = {.name = "s", .cycles = {0, 5}};
    report_heat heat = {.title = "h"};
    report_timeline timeline = {.title = "t"};
    report_data few = {.model = "m",
                       .machine = "pulp8",
                       .fpus = 8,
                       .dma_width = 8,
                       .gap = -1.0,
                       .step = one,
                       .steps = 2,
                       .trail = &trail,
                       .trails = 1,
                       .scaling = &scaling,
                       .scalings = 1,
                       .heat = &heat,
                       .heats = 1,
                       .timeline = &timeline,
                       .timelines = 1};
    p = page_make(&few);
    assert_string_equal(p->why, "");
    assert_null(strstr(p->html, "nan"));
    assert_null(strstr(p->html, "inf\""));
    page_free(p);
}

/* With a file's name: whether that is a page, and how many figures it has. */
static int look_at(const char *path) {
    page *p = page_read(path);
    if (!p)
        return 1;
    const int fine = p->why[0] == 0 && p->scripts == 0 && p->references == 0;
    printf("%s%d figures, %d rows\n", p->why, p->figures, p->rows);
    page_free(p);
    return !fine;
}

int main(int argc, char **argv) {
    if (argc == 2)
        return look_at(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),
        cmocka_unit_test(unknown_tuned),
        cmocka_unit_test_setup(whole_page, set_up),
        cmocka_unit_test_setup(lengths, set_up),
        cmocka_unit_test(hostile_names),
        cmocka_unit_test(escapes),
        cmocka_unit_test(little_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
