/* SPDX-License-Identifier: Apache-2.0 */
/* The same program takes the same cycles and leaves the same bits, alone and with seven machines beside it. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/sim/sim.h"

enum { CORES = 8, LIMIT = 2000000, RUNS = 100, THREADS = 8, L1 = 0x10000000, L2 = 0x1C000000, L1_BYTES = 65536 };
enum { L2_BYTES = 0x40000 };

typedef struct outcome {
    uint64_t cycles;
    uint32_t exit_status;
    sim_stats stats;
    uint8_t l1[L1_BYTES], l2[L2_BYTES];
} outcome;

static int set_word(sim *s, const char *name, uint32_t index, uint32_t value) {
    uint32_t address = 0;
    return sim_symbol(s, name, &address, NULL) == SIM_OK && sim_write(s, address + 4 * index, &value, 4) == SIM_OK;
}

/* No cmocka in here: it runs in threads. Returns 0 when the program did not even end. */
static int run(const char *program, outcome *o) {
    sim_machine machine;
    uint32_t entry = 0;
    sim_machine_pulp8(&machine);
    sim *s = sim_create(&machine);
    int fine = s && sim_load_file(s, MACHINE_ELF) == SIM_OK && sim_symbol(s, program, &entry, NULL) == SIM_OK &&
               set_word(s, "cores", 0, 0xff);
    for (uint32_t core = 0; fine && core < CORES; core++)
        fine = set_word(s, "entry", core, entry);
    memset(o, 0, sizeof *o);
    fine = fine && sim_run(s, LIMIT) == SIM_EXITED;
    if (fine) {
        o->cycles = sim_cycles(s);
        o->exit_status = sim_exit_status(s);
        sim_get_stats(s, &o->stats);
        fine = sim_read(s, L1, o->l1, L1_BYTES) == SIM_OK && sim_read(s, L2, o->l2, L2_BYTES) == SIM_OK;
    }
    sim_destroy(s);
    return fine;
}

typedef struct job {
    const char *program;
    const outcome *wanted;
    int runs, bad;
} job;

static void *repeat(void *user) {
    job *j = user;
    outcome *o = malloc(sizeof *o);
    for (int i = 0; i < j->runs; i++)
        j->bad += !o || !run(j->program, o) || memcmp(o, j->wanted, sizeof *o) != 0;
    free(o);
    return NULL;
}

static void same_always(const char *program, int runs) {
    outcome *wanted = malloc(sizeof *wanted);
    assert_non_null(wanted);
    assert_int_equal(run(program, wanted), 1);
    assert_true(wanted->cycles > 1000);
    job alone = {program, wanted, runs, 0}, jobs[THREADS];
    repeat(&alone);
    assert_int_equal(alone.bad, 0);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (job){program, wanted, (runs + THREADS - 1) / THREADS, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, repeat, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(jobs[i].bad, 0);
    }
    free(wanted);
}

static void test_work(void **state) {
    (void)state;
    same_always("m_work", RUNS);
}

static void test_others(void **state) {
    (void)state;
    static const char *const programs[] = {"m_float", "m_mixed", "m_mutex", "m_spinlock", "m_print"};
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        same_always(programs[i], RUNS / 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_work), cmocka_unit_test(test_others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
