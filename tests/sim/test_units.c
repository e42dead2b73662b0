/* SPDX-License-Identifier: Apache-2.0 */
/* The units of the machine, register by register. The programs are in machine_units.S. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/sim/sim.h"

enum { CORES = 8, LIMIT = 200000 };

static uint32_t word(const sim *s, const char *name, uint32_t index) {
    uint32_t address = 0, value = 0;
    assert_int_equal(sim_symbol(s, name, &address, NULL), SIM_OK);
    assert_int_equal(sim_read(s, address + 4 * index, &value, 4), SIM_OK);
    return value;
}

static void set_word(sim *s, const char *name, uint32_t index, uint32_t value) {
    uint32_t address = 0;
    assert_int_equal(sim_symbol(s, name, &address, NULL), SIM_OK);
    assert_int_equal(sim_write(s, address + 4 * index, &value, 4), SIM_OK);
}

static sim *run(const char *program, uint32_t cores) {
    sim_machine machine;
    uint32_t entry = 0;
    sim_machine_pulp8(&machine);
    sim *s = sim_create(&machine);
    assert_non_null(s);
    assert_int_equal(sim_load_file(s, MACHINE_ELF), SIM_OK);
    assert_int_equal(sim_symbol(s, program, &entry, NULL), SIM_OK);
    set_word(s, "cores", 0, cores);
    for (uint32_t core = 0; core < CORES; core++)
        set_word(s, "entry", core, entry);
    if (sim_run(s, LIMIT) != SIM_EXITED)
        fail_msg("%s: %s", program, sim_message(s));
    return s;
}

static void expect(const char *program, const uint32_t *wanted, uint32_t count) {
    sim *s = run(program, 1);
    int bad = 0;
    for (uint32_t i = 0; i < count; i++)
        if (word(s, "buffer", i) != wanted[i]) {
            print_error("%s: result %u is %u (0x%x), not %u\n", program, (unsigned)i, (unsigned)word(s, "buffer", i),
                        (unsigned)word(s, "buffer", i), (unsigned)wanted[i]);
            bad = 1;
        }
    assert_int_equal(bad, 0);
    assert_int_equal(word(s, "buffer", count), 0);
    sim_destroy(s);
}

#define EXPECT(program, ...)                                                                                           \
    do {                                                                                                               \
        static const uint32_t wanted[] = {__VA_ARGS__};                                                                \
        expect(program, wanted, sizeof wanted / sizeof *wanted);                                                       \
    } while (0)

static void test_counters(void **state) {
    (void)state;
    EXPECT("m_counters", 13, /* cycles: csrw, lw and its stall, add, sw, j 2, taken 3, not taken, two halves */
           9,                /* instructions */
           1,                /* stalls of loads */
           0,                /* stalls of jumps: never, as in the reference */
           0,                /* misses */
           101,              /* loads, from the 100 that were written */
           1,                /* stores */
           1,                /* jumps */
           2,                /* branches */
           1,                /* taken */
           2,                /* compressed */
           0,                /* p.elw */
           0, 0,             /* never; FPU contention */
           2, 0, 0           /* the second part: two stores, nothing else */
    );
}

static void test_registers(void **state) {
    (void)state;
    EXPECT("m_registers", 0x12345678, 0x12345670, 0x12345673, 0, /* mscratch, mhartid */
           77, 34, 1, 3 << 5,                                    /* a loop's count and length, a cycle, rounding */
           0x89abcdef, 0xffff89ab, 0x89abcdef, 0xffffffff, 0x89ab00ef, /* aliases of L1 */
           0x20000, 55,                                                /* the event unit's alias; a mutex's word */
           1);
}

static void test_timer(void **state) {
    (void)state;
    EXPECT("m_timer", 0, 1, 0, /* as fast as the clock; reset; stopped */
           300, 1 << 10,       /* periodic */
           0x24, 300,          /* once: no longer enabled, and it stands */
           1, 0, 0,            /* below 50, but not below 40; no event */
           1, 1,               /* 64 bits */
           1 << 11, 0);        /* the interrupt controller's status, until it is cleared */
}

static void test_hand_out(void **state) {
    (void)state;
    sim *s = run("m_hand_out", 0xff);
    assert_int_equal(word(s, "result", 1), 11 | 22 << 8);
    assert_int_equal(word(s, "result", 2), 11 | 22 << 8);
    assert_int_equal(word(s, "result", 3), 22);
    assert_int_equal(word(s, "result", 4), 1 << 5);
    assert_int_equal(word(s, "result", 5), 1 << 5);
    assert_int_equal(word(s, "result", 6), 1 << 5);
    assert_int_equal(word(s, "result", 7), 0);
    assert_int_equal(word(s, "result", 0), 0); /* core 7's mask is 0, and there is no core 8 */
    sim_destroy(s);
}

static void test_switch_off(void **state) {
    (void)state;
    sim *s = run("m_switch_off", 0xff);
    sim_stats stats;
    assert_int_equal(word(s, "buffer", 0), 0); /* it stood still */
    assert_int_equal(word(s, "buffer", 1), 1); /* and went on */
    assert_int_equal(word(s, "buffer", 2), 2); /* from its beginning */
    assert_int_equal(word(s, "buffer", 3), 1); /* core 2 did not come further than its store */
    assert_int_equal(word(s, "buffer", 4), 0xfb);
    sim_get_stats(s, &stats);
    assert_true(stats.core[1].active > 1000 && stats.core[1].active + 800 < stats.core[0].active);
    assert_true(stats.core[2].active > 0 && stats.core[2].active < 500);
    uint64_t stalls = 0;
    for (int i = 0; i < SIM_STALLS; i++)
        stalls += stats.core[1].stall[i];
    assert_true(stats.core[1].active >= stats.core[1].instructions + stalls - 20 &&
                stats.core[1].active <= stats.core[1].instructions + stalls + 20);
    sim_destroy(s);
}

/* A pass is 32 instructions and 2 cycles of the jump back; without caches each of the eight lines comes from L2. */
static void test_no_icache(void **state) {
    (void)state;
    EXPECT("m_no_icache", 34, 0, 34 + 8 * 15, 1, 34, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_counters),   cmocka_unit_test(test_registers),
                                       cmocka_unit_test(test_timer),      cmocka_unit_test(test_hand_out),
                                       cmocka_unit_test(test_switch_off), cmocka_unit_test(test_no_icache)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
