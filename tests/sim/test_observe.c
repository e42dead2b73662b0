/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interpreter has three forms; that a machine is looked at, or which form runs it, must change neither cycles nor
 * counters nor memory, as long as cores do not tell each other things by words of L1 alone. The programs are in
 * machine.S and timing_*.S.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/sim/exec_common.h"
#include "tools/sim/observe.h"

enum { CORES = 8, LIMIT = 2000000 };

typedef sim_status form(sim *s);

static void write_word(sim *s, const char *name, uint32_t index, uint32_t value) {
    uint32_t address = 0;
    assert_int_equal(sim_symbol(s, name, &address, NULL), SIM_OK);
    assert_int_equal(sim_write(s, address + 4 * index, &value, 4), SIM_OK);
}

static sim *machine_for(const char *program, uint32_t cores) {
    sim_machine machine;
    uint32_t entry = 0;
    sim_machine_pulp8(&machine);
    sim *s = sim_create(&machine);
    assert_non_null(s);
    assert_int_equal(sim_load_file(s, MACHINE_ELF), SIM_OK);
    assert_int_equal(sim_symbol(s, program, &entry, NULL), SIM_OK);
    write_word(s, "cores", 0, cores);
    for (uint32_t core = 0; core < CORES; core++)
        write_word(s, "entry", core, entry);
    return s;
}

/* All that a program can see, and all that is counted. */
static void same_machines(sim *a, sim *b) {
    sim_stats of_a, of_b;
    memset(&of_a, 0, sizeof of_a);
    memset(&of_b, 0, sizeof of_b);
    sim_get_stats(a, &of_a);
    sim_get_stats(b, &of_b);
    assert_int_equal(of_a.cycles, of_b.cycles);
    assert_memory_equal(&of_a, &of_b, sizeof of_a);
    assert_int_equal(a->status, b->status);
    assert_memory_equal(a->l1, b->l1, a->machine.l1_bytes);
    for (uint32_t at = 0; at < a->l2_bytes; at += SIM_PAGE_BYTES)
        assert_memory_equal(sim_page_to_read(a, at), sim_page_to_read(b, at),
                            a->l2_bytes - at < SIM_PAGE_BYTES ? a->l2_bytes - at : SIM_PAGE_BYTES);
    for (uint32_t i = 0; i < SIM_MAX_CORES; i++) {
        sim_flush_counters(&a->core[i]);
        sim_flush_counters(&b->core[i]);
        assert_memory_equal(a->core[i].x, b->core[i].x, sizeof(sim_reg) * SIM_NOWHERE_REG);
        assert_int_equal(a->core[i].fflags, b->core[i].fflags);
        assert_int_equal(a->core[i].wait, b->core[i].wait);
        assert_int_equal(a->core[i].rvc, b->core[i].rvc);
        assert_int_equal(a->core[i].branches, b->core[i].branches);
    }
}

static void run_form(sim *s, form *execute, uint64_t limit) {
    s->limit = limit;
    execute(s);
}

static void compare_forms(const char *program, uint32_t cores) {
    sim_observer nobody = {0};
    sim *plain = machine_for(program, cores), *full = machine_for(program, cores);
    sim *observed = machine_for(program, cores), *mixed = machine_for(program, cores);
    observed->observer = mixed->observer = &nobody;
    run_form(plain, sim_execute_fast, LIMIT);
    assert_true(plain->now > 1000);
    run_form(full, sim_execute_full, LIMIT);
    same_machines(plain, full);
    run_form(observed, sim_execute, LIMIT);
    same_machines(plain, observed);
    /* From form to form in the middle of things. */
    form *const forms[] = {sim_execute_fast, sim_execute_observed, sim_execute_full};
    for (uint64_t i = 0; mixed->status == SIM_OK && mixed->now < LIMIT; i++)
        run_form(mixed, forms[i % 3], mixed->now + 1 + i % 61 < LIMIT ? mixed->now + 1 + i % 61 : LIMIT);
    same_machines(plain, mixed);
    sim_destroy(plain);
    sim_destroy(full);
    sim_destroy(observed);
    sim_destroy(mixed);
}

static void test_work(void **state) {
    (void)state;
    compare_forms("m_work", 0xff);
}

static void test_float(void **state) {
    (void)state;
    compare_forms("m_float", 0xff);
}

/* Who has to wait for a bank is found out afterwards in one form, and at once in the others. */
static void test_banks(void **state) {
    (void)state;
    sim *s = machine_for("m_banks", 0xff);
    sim_stats stats;
    run_form(s, sim_execute_fast, LIMIT);
    sim_get_stats(s, &stats);
    assert_true(stats.core[0].bank_conflicts > 100);
    sim_destroy(s);
    compare_forms("m_banks", 0xff);
}

/* A store to a watched word of L1 is told in the cycle in which its turn is, whoever did accesses ahead of time. */
static void test_watched(void **state) {
    (void)state;
    enum { TOLD = 30, OWN = TL_L1_BASE + 0x1000 + 1024 + 512 * 3 };
    sim *const s[2] = {machine_for("m_banks", 0xff), machine_for("m_banks", 0xff)};
    form *const forms[2] = {sim_execute_fast, sim_execute_full};
    for (unsigned i = 0; i < 2; i++)
        for (uint32_t at = 4; at < 64; at += 8)
            assert_int_equal(sim_watch(s[i], OWN + at, 1), SIM_OK);
    for (unsigned told = 0; told < TOLD; told++) {
        for (unsigned i = 0; i < 2; i++) {
            s[i]->limit = LIMIT;
            assert_int_equal(forms[i](s[i]), SIM_WATCHED);
        }
        assert_int_equal(s[0]->watched, s[1]->watched);
        assert_int_equal(s[0]->now, s[1]->now);
    }
    sim_destroy(s[0]);
    sim_destroy(s[1]);
}

static void test_devices(void **state) {
    (void)state;
    static const char *const programs[] = {"m_print", "m_events", "m_mutex", "m_subsets"};
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        compare_forms(programs[i], 0xff);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_work), cmocka_unit_test(test_float),
                                       cmocka_unit_test(test_banks), cmocka_unit_test(test_watched),
                                       cmocka_unit_test(test_devices)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
