/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/plan/damage.h"
#include "tools/tune/wisdom.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char good[] = "trainlib-wisdom 1\n"
                           "00112233445566ff ffeeddccbbaa9988 1234 | relu forward elements=5 | elements=0\n"
                           "00112233445566ff ffeeddccbbaa9988 >900 | relu forward elements=5 | elements=256\n"
                           "00112233445566ff ffeeddccbbaa9988 refused | relu forward elements=5 | elements=512\n"
                           "00112233445566ff 0000000000000001 100 | relu forward elements=5 | elements=128\n";
static const wisdom_place here = {0x00112233445566ff, 0xffeeddccbbaa9988};
static const char problem[] = "relu forward elements=5";

static wisdom *read_good(const char *text, size_t bytes, bool torn_wanted) {
    wisdom *w = wisdom_create();
    bool torn;
    plan_error error;
    assert_non_null(w);
    assert_true(wisdom_read(w, text, bytes, "w", &torn, &error));
    assert_int_equal(torn, torn_wanted);
    return w;
}

static void records_are_found(void **state) {
    (void)state;
    wisdom *w = read_good(good, sizeof good - 1, false);
    wisdom_result r;
    uint64_t cycles = 0;
    char text[1000];
    assert_int_equal(wisdom_count(w), 4);
    assert_true(wisdom_find(w, &here, problem, "elements=0", &r));
    assert_int_equal(r.kind, WISDOM_CYCLES);
    assert_int_equal(r.cycles, 1234);
    assert_true(wisdom_find(w, &here, problem, "elements=256", &r));
    assert_int_equal(r.kind, WISDOM_ABOVE);
    assert_int_equal(r.cycles, 900);
    assert_true(wisdom_find(w, &here, problem, "elements=512", &r));
    assert_int_equal(r.kind, WISDOM_REFUSED);
    assert_false(wisdom_find(w, &here, problem, "elements=128", &r));
    assert_false(wisdom_find(w, &here, "relu forward elements=6", "elements=0", &r));
    assert_string_equal(wisdom_best(w, &here, problem, &cycles), "elements=0");
    assert_int_equal(cycles, 1234);
    assert_string_equal(wisdom_best_elsewhere(w, &here, problem, &cycles), "elements=128");
    assert_null(wisdom_best(w, &here, "add", &cycles));
    assert_int_equal(wisdom_write(w, NULL, 0), sizeof good - 1);
    assert_int_equal(wisdom_write(w, text, sizeof text), sizeof good - 1);
    wisdom_destroy(w);
}

/* Two texts read in one order and in the other give the same, with the more telling record of each plan. */
static void merging_has_no_order(void **state) {
    (void)state;
    static const char other[] = "trainlib-wisdom 1\n"
                                "00112233445566ff ffeeddccbbaa9988 >700 | relu forward elements=5 | elements=0\n"
                                "00112233445566ff ffeeddccbbaa9988 >950 | relu forward elements=5 | elements=256\n"
                                "00112233445566ff ffeeddccbbaa9988 77 | add forward elements=5 | elements=0\n";
    const char *texts[] = {good, other};
    char result[2][1000];
    for (uint32_t i = 0; i < 2; ++i) {
        wisdom *w = wisdom_create();
        bool torn;
        plan_error error;
        wisdom_result r;
        for (uint32_t k = 0; k < 2; ++k) {
            const char *text = texts[(i + k) % 2];
            assert_true(wisdom_read(w, text, strlen(text), "w", &torn, &error));
        }
        assert_int_equal(wisdom_count(w), 5);
        assert_true(wisdom_find(w, &here, problem, "elements=0", &r) && r.kind == WISDOM_CYCLES);
        assert_true(wisdom_find(w, &here, problem, "elements=256", &r) && r.cycles == 950);
        wisdom_write(w, result[i], sizeof result[i]);
        wisdom_destroy(w);
    }
    assert_string_equal(result[0], result[1]);
}

/* Cut anywhere, a file gives the records whose lines are whole. */
static void any_cut_is_read(void **state) {
    (void)state;
    for (size_t bytes = 0; bytes < sizeof good; ++bytes) {
        uint32_t lines = 0;
        for (size_t i = 0; i < bytes; ++i)
            lines += good[i] == '\n';
        wisdom *w = read_good(good, bytes, bytes > 0 && good[bytes - 1] != '\n');
        assert_int_equal(wisdom_count(w), lines ? lines - 1 : 0);
        wisdom_destroy(w);
    }
}

static void files_grow(void **state) {
    (void)state;
    char path[] = "/tmp/wisdom-XXXXXX", text[300];
    const int made = mkstemp(path);
    assert_true(made >= 0);
    FILE *file = fdopen(made, "w");
    fwrite(good, 1, sizeof good - 20, file);
    fclose(file);
    size_t dropped;
    plan_error error;
    wisdom *w = wisdom_create();
    assert_true(wisdom_keep(w, path, &dropped, &error));
    assert_true(dropped > 0);
    assert_int_equal(wisdom_count(w), 3);
    const wisdom_result r = {WISDOM_CYCLES, 55};
    assert_true(wisdom_add(w, &here, problem, "elements=384", &r));
    assert_true(wisdom_add(w, &here, problem, "elements=384", &r));
    const wisdom_result slower = {WISDOM_CYCLES, 66};
    assert_true(wisdom_add(w, &here, problem, "elements=640", &slower));
    assert_true(wisdom_flush(w));
    wisdom_destroy(w);
    w = wisdom_create();
    assert_true(wisdom_keep(w, path, &dropped, &error));
    assert_int_equal(dropped, 0);
    assert_int_equal(wisdom_count(w), 5);
    uint64_t cycles;
    assert_string_equal(wisdom_best(w, &here, problem, &cycles), "elements=384");
    wisdom_destroy(w);
    file = fopen(path, "r");
    uint32_t lines = 0;
    while (fgets(text, sizeof text, file))
        ++lines;
    fclose(file);
    remove(path);
    assert_int_equal(lines, 6);
    w = wisdom_create();
    assert_false(wisdom_keep(w, "/nowhere/at/all", &dropped, &error));
    wisdom_destroy(w);
}

static void wrong_lines_are_told(void **state) {
    (void)state;
    static const char *const lines[] = {
        "00112233445566ff ffeeddccbbaa9988 0 | relu forward elements=5 | elements=0",
        "00112233445566ff ffeeddccbbaa9988 >0 | relu forward elements=5 | elements=0",
        "00112233445566ff ffeeddccbbaa9988 -7 | relu forward elements=5 | elements=0",
        "00112233445566ff ffeeddccbbaa9988 refuse | relu forward elements=5 | elements=0",
        "00112233445566f ffeeddccbbaa9988 7 | relu forward elements=5 | elements=0",
        "00112233445566ff ffeeddccbbaa9988 7 7 | relu forward elements=5 | elements=0",
        "00112233445566ff ffeeddccbbaa9988 7 | relu forward elements=5",
        "00112233445566ff ffeeddccbbaa9988 7 | relu forward elements=5 | ",
        "00112233445566ff ffeeddccbbaa9988 7 | relu | elements=0 | elements=1",
    };
    for (uint32_t i = 0; i < sizeof lines / sizeof lines[0]; ++i) {
        char text[300];
        bool torn;
        plan_error error;
        wisdom *w = wisdom_create();
        snprintf(text, sizeof text, "trainlib-wisdom 1\n%s\n", lines[i]);
        if (wisdom_read(w, text, strlen(text), "w", &torn, &error))
            fail_msg("not refused: %s", lines[i]);
        assert_string_equal(error.text, "w:2: a record is 'MACHINE CODE CYCLES | PROBLEM | PLAN'");
        assert_int_equal(wisdom_count(w), 0);
        wisdom_destroy(w);
    }
}

static void damaged_wisdom_is_survived(void **state) {
    (void)state;
    uint32_t fine = 0, bad = 0;
    for (uint32_t trial = 0; trial < 20000; ++trial) {
        char text[sizeof good + 256];
        bool torn;
        plan_error error;
        wisdom *w = wisdom_create();
        memcpy(text, good, sizeof good - 1);
        const size_t bytes = damage(text, sizeof good - 1, sizeof text - 64, trial);
        if (wisdom_read(w, text, bytes, "w", &torn, &error)) {
            ++fine;
        } else {
            ++bad;
            assert_memory_equal(error.text, "w:", 2);
            assert_null(strchr(error.text, '\n'));
        }
        wisdom_destroy(w);
    }
    assert_true(fine > 1000 && bad > 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_found),    cmocka_unit_test(merging_has_no_order),
        cmocka_unit_test(any_cut_is_read),      cmocka_unit_test(files_grow),
        cmocka_unit_test(wrong_lines_are_told), cmocka_unit_test(damaged_wisdom_is_survived)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
