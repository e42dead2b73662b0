/* SPDX-License-Identifier: Apache-2.0 */
/* The report as text: what it says, and that it fits a terminal, whatever the names are. */
#include "tests/report/report_sample.h"
#include "tools/cli/report_print.h"
#include "tools/cli/text.h"
#include "tools/report/report_sums.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static report_sample sample;

static char *printed;
static size_t printed_bytes;

static char *print(void) {
    FILE *to = open_memstream(&printed, &printed_bytes);
    assert_non_null(to);
    report_print(to, &sample.data);
    assert_int_equal(fclose(to), 0);
    return printed;
}

static void assert_fits(const char *s) {
    for (size_t column = 0; *s; ++s) {
        column = *s == '\n' ? 0 : column + 1;
        assert_true(column <= 100);
        assert_true(*s == '\n' || (*s >= ' ' && *s <= '~'));
    }
}

static bool says(const char *s, text words) {
    return strstr(s, words.s) != NULL;
}

/* Of the table of means, the line that begins with `name`. */
static void find_line(const char *s, const char *name, char *line, size_t room) {
    const char *means = strstr(s, "\ntuned over");
    const char *at = means ? strstr(means, name) : NULL;
    snprintf(line, room, "%.*s", at ? (int)strcspn(at, "\n") : 0, at ? at : "");
}

static void says_all(void **state) {
    (void)state;
    report_sample_make(&sample);
    char *s = print();
    assert_fits(s);
    for (uint32_t i = 0; i < sample.data.steps; ++i)
        assert_true(says(s, text_count(sample.step[i].cycles[REPORT_TUNED])));
    for (int by = 1; by < REPORT_BYS; ++by) {
        const report_ratio r = report_ratios(&sample.data, REPORT_TUNED, (report_by)by);
        char line[200];
        find_line(s, report_by_names[by], line, sizeof line);
        assert_true(says(line, text_of("%.2fx", r.mean)));
        assert_true(says(line, text_of("%.2fx", r.best)));
        assert_true(says(line, text_of("%.2fx", r.step)));
        assert_true(says(line, text_of("%u of %u", r.count, r.count + r.missing)));
    }
    const report_total total = report_totals(&sample.data);
    assert_non_null(strstr(s, "whole step"));
    assert_true(says(s, text_count(total.cycles[REPORT_TUNED])));
    free(s);
}

static void hostile_names(void **state) {
    (void)state;
    static char lots[3000];
    memset(lots, 'w', sizeof lots - 1);
    const char *const bad[] = {"\x1B[2J\x1B]0;title\x07", "\xFF\xFE%s%n\n\r\t", lots, ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        report_sample_make(&sample);
        sample.data.model = sample.data.machine = sample.data.setting = bad[i];
        for (uint32_t j = 0; j < sample.data.steps; ++j) {
            sample.step[j].layer = sample.step[j].pass = bad[i];
            sample.step[j].cycles[REPORT_ONE_SIZE] = 1999999999;
        }
        char *s = print();
        assert_fits(s);
        free(s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(says_all), cmocka_unit_test(hostile_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
