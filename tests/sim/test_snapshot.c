/* SPDX-License-Identifier: Apache-2.0 */
/* A run continued from a snapshot goes as it would have gone: same machine, another one, another thread. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tools/sim/sim.h"

enum { CORES = 8, LIMIT = 2000000, L1 = 0x10000000, L2 = 0x1C000000, CUTS = 100 };

static sim *make(const char *name) {
    sim_machine machine;
    assert_int_equal(sim_machine_named(name, &machine), 1);
    sim *s = sim_create(&machine);
    assert_non_null(s);
    return s;
}

static uint32_t symbol(const sim *s, const char *name) {
    uint32_t address = 0;
    assert_int_equal(sim_symbol(s, name, &address, NULL), SIM_OK);
    return address;
}

static void write_word(sim *s, uint32_t address, uint32_t value) {
    assert_int_equal(sim_write(s, address, &value, 4), SIM_OK);
}

static void load(sim *s, const char *program) {
    assert_int_equal(sim_load_file(s, MACHINE_ELF), SIM_OK);
    write_word(s, symbol(s, "cores"), 0xff);
    for (uint32_t core = 0; core < CORES; core++)
        write_word(s, symbol(s, "entry") + 4 * core, symbol(s, program));
}

/* All that a run leaves behind. */
typedef struct result {
    uint64_t cycles;
    uint32_t exit_status;
    sim_stats stats;
    uint8_t *l1, *l2;
} result;
enum { L1_BYTES = 65536, L2_BYTES = 0x180000 + 0x10000 };

static void make_result(result *r) {
    memset(r, 0, sizeof *r);
    r->l1 = malloc(L1_BYTES);
    r->l2 = malloc(L2_BYTES);
    assert_true(r->l1 && r->l2);
}

static void free_result(result *r) {
    free(r->l1);
    free(r->l2);
}

static int take(sim *s, result *r) {
    memset(&r->stats, 0, sizeof r->stats);
    sim_status status = sim_run(s, LIMIT);
    r->cycles = sim_cycles(s);
    r->exit_status = sim_exit_status(s);
    sim_get_stats(s, &r->stats);
    return status == SIM_EXITED && sim_read(s, L1, r->l1, L1_BYTES) == SIM_OK &&
           sim_read(s, L2, r->l2, L2_BYTES) == SIM_OK;
}

/* What differs, or NULL. */
static const char *difference(const result *a, const result *b) {
    return a->cycles != b->cycles                               ? "cycles"
           : a->exit_status != b->exit_status                   ? "exit status"
           : memcmp(&a->stats, &b->stats, sizeof a->stats) != 0 ? "counters"
           : memcmp(a->l1, b->l1, L1_BYTES) != 0                ? "L1"
           : memcmp(a->l2, b->l2, L2_BYTES) != 0                ? "L2"
                                                                : NULL;
}

static void check_run(sim *s, const result *wanted, result *r, const char *what, uint64_t cut) {
    if (!take(s, r))
        fail_msg("%s, cut at %llu: %s", what, (unsigned long long)cut, sim_message(s));
    const char *differs = difference(wanted, r);
    if (differs)
        fail_msg("%s, cut at %llu of %llu: %s differ", what, (unsigned long long)cut,
                 (unsigned long long)wanted->cycles, differs);
}

typedef struct job {
    sim *s;
    const sim_snapshot *snapshot;
    const result *wanted;
    const char *differs;
} job;

static void *run_job(void *user) {
    job *j = user;
    result r;
    memset(&r, 0, sizeof r);
    r.l1 = malloc(L1_BYTES);
    r.l2 = malloc(L2_BYTES);
    if (!r.l1 || !r.l2 || sim_restore(j->s, j->snapshot) != SIM_OK || !take(j->s, &r))
        j->differs = "outcome";
    else
        j->differs = difference(j->wanted, &r);
    free_result(&r);
    return NULL;
}

/* A machine of 1.5 MiB with all there is to put aside, cut anywhere. */
static void cut_anywhere(const char *machine, const char *program, unsigned cuts) {
    sim *s = make(machine), *other = make(machine), *fresh = make(machine), *third = make(machine);
    sim_snapshot *start = sim_snapshot_create(s), *middle = sim_snapshot_create(other);
    result wanted, r;
    make_result(&wanted);
    make_result(&r);
    assert_true(start && middle);
    load(other, "m_spin");
    assert_int_equal(sim_run(other, 5000), SIM_LIMIT);
    load(s, program);
    assert_int_equal(sim_save(s, start), SIM_OK);
    assert_true(take(s, &wanted));
    uint32_t random = 7;
    for (unsigned i = 0; i < cuts; i++) {
        random = random * 1664525u + 1013904223u;
        uint64_t cut =
            i < 3 ? 20 + i : 1 + (random >> 4) % (wanted.cycles - 30); /* the store that ends it takes 23 cycles */
        assert_int_equal(sim_restore(s, start), SIM_OK);
        if (sim_run(s, cut) != SIM_LIMIT)
            fail_msg("%s: stopped at %llu of %llu, cut %llu: %s", program, (unsigned long long)sim_cycles(s),
                     (unsigned long long)wanted.cycles, (unsigned long long)cut, sim_message(s));
        assert_int_equal(sim_save(s, middle), SIM_OK);
        check_run(s, &wanted, &r, "went on", cut);
        assert_int_equal(sim_restore(s, middle), SIM_OK);
        assert_int_equal(sim_cycles(s), cut);
        job j = {third, middle, &wanted, NULL};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, run_job, &j), 0);
        check_run(s, &wanted, &r, "brought back", cut);
        assert_int_equal(sim_restore(other, middle), SIM_OK);
        check_run(other, &wanted, &r, "in another machine", cut);
        if (i % 10 == 0) {
            sim_destroy(fresh);
            fresh = make(machine);
            assert_int_equal(sim_restore(fresh, middle), SIM_OK);
            check_run(fresh, &wanted, &r, "in a fresh machine", cut);
        }
        assert_int_equal(pthread_join(thread, NULL), 0);
        if (j.differs)
            fail_msg("in another thread, cut at %llu: %s differ", (unsigned long long)cut, j.differs);
    }
    /* The program goes along, and lives as long as somebody has it. */
    sim_destroy(s);
    sim_destroy(other);
    assert_int_equal(sim_restore(fresh, start), SIM_OK);
    sim_snapshot_destroy(start);
    sim_snapshot_destroy(middle);
    assert_true(symbol(fresh, program) >= L2);
    check_run(fresh, &wanted, &r, "without the snapshot", 0);
    sim_destroy(fresh);
    sim_destroy(third);
    free_result(&wanted);
    free_result(&r);
}

static void test_work(void **state) {
    (void)state;
    cut_anywhere("pulp-open", "m_work", CUTS);
}

static void test_float(void **state) {
    (void)state;
    cut_anywhere("pulp-open", "m_float", CUTS);
}

static void test_mixed(void **state) {
    (void)state;
    cut_anywhere("pulp-open", "m_mixed", CUTS);
    cut_anywhere("pulp8", "m_mixed", CUTS);
}

static void test_units(void **state) {
    (void)state;
    static const char *const programs[] = {"m_events", "m_mutex", "m_print", "m_subsets"};
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        cut_anywhere("pulp8", programs[i], CUTS / 5);
}

/* A rounding mode that was set before the snapshot counts in a machine that has decoded the same code without. */
static void test_rounding(void **state) {
    (void)state;
    sim *s = make("pulp8");
    sim_snapshot *start = sim_snapshot_create(s), *late = sim_snapshot_create(s);
    result wanted, r;
    make_result(&wanted);
    make_result(&r);
    load(s, "m_mixed");
    assert_int_equal(sim_save(s, start), SIM_OK);
    assert_true(take(s, &wanted));
    sim_restore(s, start);
    assert_int_equal(sim_run(s, wanted.cycles * 3 / 4), SIM_LIMIT);
    assert_int_equal(sim_save(s, late), SIM_OK);
    for (uint64_t i = 1; i < 40; i++) {
        sim *t = make("pulp8");
        assert_int_equal(sim_restore(t, start), SIM_OK);
        assert_int_equal(sim_run(t, wanted.cycles * i / 80), SIM_LIMIT);
        assert_int_equal(sim_restore(t, late), SIM_OK);
        check_run(t, &wanted, &r, "with a rounding mode", wanted.cycles * i / 80);
        sim_destroy(t);
    }
    sim_snapshot_destroy(start);
    sim_snapshot_destroy(late);
    sim_destroy(s);
    free_result(&wanted);
    free_result(&r);
}

/* From the same state on another way: nothing of the first is left, not even how far L1 was used. */
static void test_other_way(void **state) {
    (void)state;
    sim *s = make("pulp8"), *t = make("pulp8");
    sim_snapshot *start = sim_snapshot_create(s);
    result wanted, r;
    make_result(&wanted);
    make_result(&r);
    load(t, "m_work");
    assert_true(take(t, &wanted));
    load(s, "m_float");
    assert_int_equal(sim_save(s, start), SIM_OK);
    assert_true(take(s, &r));
    assert_true(r.stats.l1_high_water > wanted.stats.l1_high_water);
    assert_int_equal(sim_restore(s, start), SIM_OK);
    for (uint32_t core = 0; core < CORES; core++)
        write_word(s, symbol(s, "entry") + 4 * core, symbol(s, "m_work"));
    check_run(s, &wanted, &r, "another way", 0);
    sim_snapshot_destroy(start);
    sim_destroy(s);
    sim_destroy(t);
    free_result(&wanted);
    free_result(&r);
}

/* Code that the host changed after the snapshot is as it was; watched words are watched again. */
static void test_outside(void **state) {
    (void)state;
    sim *s = make("pulp8");
    sim_snapshot *n = sim_snapshot_create(s);
    load(s, "m_patched");
    write_word(s, symbol(s, "cores"), 1);
    const uint32_t bell = symbol(s, "bell"), here = symbol(s, "patch_here");
    uint32_t value = 0;
    assert_int_equal(sim_watch(s, bell, 1), SIM_OK);
    for (int i = 0; i < 5; i++)
        assert_int_equal(sim_run(s, LIMIT), SIM_WATCHED);
    const uint64_t cycles = sim_cycles(s);
    assert_int_equal(sim_save(s, n), SIM_OK);
    for (uint32_t i = 0; i < 10; i++) {
        write_word(s, here, 0x00058593 | (100 + i) << 20); /* addi a1, a1, 100 + i */
        assert_int_equal(sim_run(s, LIMIT), SIM_WATCHED);
        assert_int_equal(sim_read(s, bell, &value, 4), SIM_OK);
        assert_int_equal(value, 5 + 100 + i);
        assert_int_equal(sim_watch(s, bell, 0), SIM_OK);
        assert_int_equal(sim_watch(s, bell + 512, 1), SIM_OK);
        assert_int_equal(sim_restore(s, n), SIM_OK);
        assert_int_equal(sim_cycles(s), cycles);
        assert_int_equal(sim_run(s, LIMIT), SIM_WATCHED);
        assert_int_equal(sim_watched(s), bell);
        assert_int_equal(sim_read(s, bell, &value, 4), SIM_OK);
        assert_int_equal(value, 6);
        assert_int_equal(sim_restore(s, n), SIM_OK);
    }
    sim_snapshot_destroy(n);
    sim_destroy(s);
}

/* Code that the host writes as it is takes as long as before. */
static void test_rewritten(void **state) {
    (void)state;
    sim *s = make("pulp8");
    sim_snapshot *start = sim_snapshot_create(s);
    result wanted, r;
    make_result(&wanted);
    make_result(&r);
    load(s, "m_lines");
    assert_int_equal(sim_save(s, start), SIM_OK);
    assert_true(take(s, &wanted));
    const uint32_t from = symbol(s, "m_lines"), end = symbol(s, "lines_end");
    for (uint64_t cut = 200; cut < wanted.cycles - 30; cut += wanted.cycles / 50) {
        assert_int_equal(sim_restore(s, start), SIM_OK);
        assert_int_equal(sim_run(s, cut), SIM_LIMIT);
        for (uint32_t at = from + (uint32_t)(cut % 4); at + 16 <= end; at += 48 + (uint32_t)(cut % 3) * 16) {
            uint8_t code[4];
            assert_int_equal(sim_read(s, at, code, sizeof code), SIM_OK);
            assert_int_equal(sim_write(s, at, code, sizeof code), SIM_OK);
        }
        check_run(s, &wanted, &r, "with code rewritten", cut);
    }
    sim_snapshot_destroy(start);
    sim_destroy(s);
    free_result(&wanted);
    free_result(&r);
}

/* Two snapshots of one machine in turns, and L2 written from outside at every place a page can begin or end. */
static void test_pages(void **state) {
    (void)state;
    sim *s = make("pulp8");
    sim_snapshot *a = sim_snapshot_create(s), *b = sim_snapshot_create(s);
    uint8_t *of_a = calloc(1, L2_BYTES), *of_b = calloc(1, L2_BYTES), *now = malloc(L2_BYTES);
    assert_true(a && b && of_a && of_b && now);
    uint32_t random = 1;
    assert_int_equal(sim_save(s, a), SIM_OK);
    for (int i = 0; i < 400; i++) {
        uint8_t piece[5000];
        random = random * 1664525u + 1013904223u;
        uint32_t bytes = 1 + (random >> 8) % (i % 4 ? 100 : (uint32_t)sizeof piece),
                 at = (random >> 3) % (L2_BYTES - bytes);
        if (i % 3 == 0)
            at = (at & ~4095u) + (i % 2 ? 4095 : 0);
        bytes = bytes < L2_BYTES - at ? bytes : L2_BYTES - at;
        memset(piece, i + 1, sizeof piece);
        assert_int_equal(sim_write(s, L2 + at, piece, bytes), SIM_OK);
        if (i % 5 == 0) {
            assert_int_equal(sim_save(s, i % 2 ? a : b), SIM_OK);
            assert_int_equal(sim_read(s, L2, i % 2 ? of_a : of_b, L2_BYTES), SIM_OK);
        } else if (i % 5 == 3) {
            assert_int_equal(sim_restore(s, i % 4 < 2 && i > 10 ? b : a), SIM_OK);
            assert_int_equal(sim_read(s, L2, now, L2_BYTES), SIM_OK);
            assert_memory_equal(now, i % 4 < 2 && i > 10 ? of_b : of_a, L2_BYTES);
        }
    }
    sim_snapshot_destroy(a);
    sim_snapshot_destroy(b);
    sim_destroy(s);
    free(of_a);
    free(of_b);
    free(now);
}

/* Machines and snapshots that came from one another, each written on its own: none sees the others' writes. */
static void test_shared(void **state) {
    (void)state;
    enum { MACHINES = 3, SNAPSHOTS = 2 };
    sim *s[MACHINES];
    sim_snapshot *n[SNAPSHOTS];
    uint8_t *of_s[MACHINES], *of_n[SNAPSHOTS], *now = malloc(L2_BYTES);
    assert_non_null(now);
    for (int i = 0; i < MACHINES; i++)
        assert_true((s[i] = make("pulp8")) && (of_s[i] = calloc(1, L2_BYTES)));
    for (int i = 0; i < SNAPSHOTS; i++) {
        assert_true((n[i] = sim_snapshot_create(s[0])) && (of_n[i] = calloc(1, L2_BYTES)));
        assert_int_equal(sim_save(s[0], n[i]), SIM_OK);
    }
    uint32_t random = 5;
    for (int i = 0; i < 600; i++) {
        uint8_t piece[9000];
        random = random * 1664525u + 1013904223u;
        const uint32_t k = (random >> 8) % MACHINES, m = (random >> 16) % SNAPSHOTS,
                       bytes = 1 + (random >> 4) % sizeof piece, at = (random >> 5) % (L2_BYTES - sizeof piece);
        memset(piece, i + 1, sizeof piece);
        for (uint32_t j = 0; j < 8; j++) { /* all pages get their turn, whole ones too */
            const uint32_t to = (at + j * 0x31000) % (L2_BYTES - (uint32_t)sizeof piece) & (i % 2 ? ~0u : ~4095u);
            assert_int_equal(sim_write(s[k], L2 + to, piece, bytes), SIM_OK);
            memcpy(of_s[k] + to, piece, bytes);
        }
        if (i % 3 == 0) {
            assert_int_equal(sim_save(s[k], n[m]), SIM_OK);
            memcpy(of_n[m], of_s[k], L2_BYTES);
        } else if (i % 3 == 1) {
            const uint32_t other = (k + 1) % MACHINES;
            assert_int_equal(sim_restore(s[other], n[m]), SIM_OK);
            memcpy(of_s[other], of_n[m], L2_BYTES);
        } else if (i % 50 == 0) {
            sim_snapshot_destroy(n[m]);
            n[m] = sim_snapshot_create(s[k]);
            assert_int_equal(sim_save(s[k], n[m]), SIM_OK);
            memcpy(of_n[m], of_s[k], L2_BYTES);
        }
        for (int j = 0; i % 5 == 0 && j < MACHINES; j++) {
            assert_int_equal(sim_read(s[j], L2, now, L2_BYTES), SIM_OK);
            assert_memory_equal(now, of_s[j], L2_BYTES);
        }
    }
    for (int i = 0; i < SNAPSHOTS; i++) {
        sim_snapshot_destroy(n[i]);
        free(of_n[i]);
    }
    for (int i = 0; i < MACHINES; i++) {
        assert_int_equal(sim_read(s[i], L2, now, L2_BYTES), SIM_OK);
        assert_memory_equal(now, of_s[i], L2_BYTES);
        sim_destroy(s[i]);
        free(of_s[i]);
    }
    free(now);
}

static void test_refusals(void **state) {
    (void)state;
    sim *s = make("pulp8"), *t = make("pulp-open");
    sim_snapshot *n = sim_snapshot_create(s);
    assert_int_equal(sim_restore(s, n), SIM_BAD_INPUT);
    assert_non_null(strstr(sim_message(s), "nothing has been saved"));
    assert_int_equal(sim_save(t, n), SIM_BAD_INPUT);
    assert_int_equal(sim_save(s, n), SIM_OK);
    assert_int_equal(sim_restore(t, n), SIM_BAD_INPUT);
    assert_non_null(strstr(sim_message(t), "other settings"));
    sim_snapshot_destroy(n);
    sim_snapshot_destroy(NULL);
    sim_destroy(s);
    sim_destroy(t);
}

static double milliseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* In pieces that are no whole pages, so that each page that is shared is copied first. */
static double write_all(sim *s, const uint8_t *from, uint32_t bytes) {
    enum { PIECE = 4092 };
    const double start = milliseconds();
    for (uint32_t at = 0; at < bytes; at += PIECE)
        assert_int_equal(sim_write(s, L2 + at, from + at, bytes - at < PIECE ? bytes - at : PIECE), SIM_OK);
    return milliseconds() - start;
}

static int earlier(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Medians, printed, not asserted: other programs run on this machine too. A page's copy counts, though a run pays it.
 */
static void print_times(void **state) {
    (void)state;
    enum { ROUNDS = 51 };
    static const uint32_t written[] = {0x200000, 0x40000};
    sim *s = make("pulp8");
    sim_snapshot *n = sim_snapshot_create(s);
    uint8_t *all = malloc(written[0]);
    assert_non_null(all);
    memset(all, 0x5A, written[0]);
    for (size_t k = 0; k < sizeof written / sizeof *written; k++) {
        double save[ROUNDS], restore[ROUNDS], copies[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            write_all(s, all, written[k]);
            double t0 = milliseconds();
            assert_int_equal(sim_save(s, n), SIM_OK);
            save[i] = milliseconds() - t0;
            copies[i] = write_all(s, all, written[k]);
            copies[i] -= write_all(s, all, written[k]);
            t0 = milliseconds();
            assert_int_equal(sim_restore(s, n), SIM_OK);
            restore[i] = milliseconds() - t0;
        }
        qsort(save, ROUNDS, sizeof *save, earlier);
        qsort(restore, ROUNDS, sizeof *restore, earlier);
        qsort(copies, ROUNDS, sizeof *copies, earlier);
        const double a = save[ROUNDS / 2], b = restore[ROUNDS / 2], c = copies[ROUNDS / 2];
        print_message(
            "%u KiB of L2 written before and after: save %.3f ms, restore %.3f ms, copies at first stores %.3f "
            "ms, together %.3f ms\n",
            written[k] / 1024, a, b, c, a + b + c);
    }
    free(all);
    sim_snapshot_destroy(n);
    sim_destroy(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_work),     cmocka_unit_test(test_float),     cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_units),    cmocka_unit_test(test_rounding),  cmocka_unit_test(test_other_way),
        cmocka_unit_test(test_outside),  cmocka_unit_test(test_pages),     cmocka_unit_test(test_shared),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_rewritten), cmocka_unit_test(print_times)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
