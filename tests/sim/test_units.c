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

enum { TIMER = 10, SOFTWARE = 2 };
#define FROM ((uint32_t)1 << 31)

/* Where the core was, and when: three instructions and five cycles a round. */
static void test_interrupts(void **state) {
    (void)state;
    sim *s = run("m_interrupts", 3);
    uint32_t last = 0, timers = 0, software = 0, i = 0;
    for (; word(s, "buffer", 4 * i + 2) <= 6; i++) {
        uint32_t cause = word(s, "buffer", 4 * i), at = word(s, "buffer", 4 * i + 1);
        assert_int_equal(word(s, "buffer", 4 * i + 3) & 0x88, 0x80); /* MIE off, and it was on */
        if (cause == (FROM | SOFTWARE)) {
            software++;
            continue;
        }
        assert_int_equal(cause, FROM | TIMER);
        timers++;
        /* The first is late by lines of code that come from L2. */
        if (timers > 2 && (at - last < 494 || at - last > 506))
            fail_msg("interrupts at %u and %u", (unsigned)last, (unsigned)at);
        last = at;
    }
    /* 2000 rounds, and 40 cycles or so for each interrupt. */
    assert_true(timers >= 20 && timers <= 23);
    assert_int_equal(software, 1);
    assert_int_equal(word(s, "result", 0), 2000);
    assert_int_equal(word(s, "result", 1), 0);
    assert_int_equal(word(s, "result", 2), 16);
    assert_int_equal(word(s, "result", 3), 32);
    assert_int_equal(word(s, "buffer", 4 * i), FROM | SOFTWARE);
    assert_int_equal(word(s, "buffer", 4 * i + 4), FROM | TIMER);
    sim_destroy(s);
}

static void test_fc_interrupts(void **state) {
    (void)state;
    sim_machine machine;
    uint32_t entry = 0;
    sim_machine_pulp8(&machine);
    sim *s = sim_create(&machine);
    assert_non_null(s);
    assert_int_equal(sim_load_file(s, MACHINE_ELF), SIM_OK);
    assert_int_equal(sim_symbol(s, "m_fc_interrupts", &entry, NULL), SIM_OK);
    set_word(s, "fc_entry", 0, entry);
    assert_int_equal(sim_run(s, LIMIT), SIM_EXITED);
    assert_int_equal(sim_exit_status(s), 5);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(word(s, "buffer", 4 * i), FROM | TIMER);
        if (i)
            assert_int_equal(word(s, "buffer", 4 * i + 1) - word(s, "buffer", 4 * i - 3), 400);
    }
    sim_destroy(s);
}

/* Cut into pieces of any length it is the same. */
static void test_interrupts_cut(void **state) {
    (void)state;
    sim *whole = run("m_interrupts", 3);
    sim_stats wanted, got;
    memset(&wanted, 0, sizeof wanted);
    memset(&got, 0, sizeof got);
    sim_get_stats(whole, &wanted);
    for (uint64_t step = 1; step < 500; step = step * 3 + 1) {
        sim_machine machine;
        uint32_t entry = 0;
        sim_machine_pulp8(&machine);
        sim *s = sim_create(&machine);
        assert_int_equal(sim_load_file(s, MACHINE_ELF), SIM_OK);
        assert_int_equal(sim_symbol(s, "m_interrupts", &entry, NULL), SIM_OK);
        set_word(s, "cores", 0, 3);
        set_word(s, "entry", 0, entry);
        set_word(s, "entry", 1, entry);
        sim_status status = SIM_LIMIT;
        while (status == SIM_LIMIT && sim_cycles(s) < LIMIT)
            status = sim_run(s, step);
        assert_int_equal(status, SIM_EXITED);
        sim_get_stats(s, &got);
        assert_memory_equal(&got, &wanted, sizeof got);
        sim_destroy(s);
    }
    sim_destroy(whole);
}

/* Units that are shared or take longer change cycles, never results. */
static void test_latency(void **state) {
    (void)state;
    static const char *const programs[] = {"m_float", "m_mixed", "m_registers"};
    static const char *const settings[] = {"",
                                           "fpu_latency = 2",
                                           "fpu_latency = 3",
                                           "fpus = 3\nfpu_latency = 2",
                                           "fdivs = 1\nfdiv_cycles = 5",
                                           "fpus = 1\nfdivs = 2\nfpu_latency = 3"};
    enum { BYTES = 0x4000 };
    for (size_t p = 0; p < sizeof programs / sizeof *programs; p++) {
        static unsigned char first[2 * BYTES], l1[2 * BYTES];
        for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
            sim_machine machine;
            char why[200] = "";
            uint32_t entry = 0, buffer = 0;
            assert_int_equal(sim_machine_parse(settings[i], strlen(settings[i]), "m", &machine, why, sizeof why),
                             SIM_OK);
            sim *s = sim_create(&machine);
            assert_non_null(s);
            assert_int_equal(sim_load_file(s, MACHINE_ELF), SIM_OK);
            assert_int_equal(sim_symbol(s, programs[p], &entry, NULL), SIM_OK);
            assert_int_equal(sim_symbol(s, "buffer", &buffer, NULL), SIM_OK);
            set_word(s, "cores", 0, p < 2 ? 0xff : 1);
            for (uint32_t core = 0; core < CORES; core++)
                set_word(s, "entry", core, entry);
            assert_int_equal(sim_run(s, LIMIT), SIM_EXITED);
            assert_int_equal(sim_read(s, 0x10001000, l1, BYTES), SIM_OK);
            assert_int_equal(sim_read(s, buffer, l1 + BYTES, BYTES), SIM_OK);
            if (i == 0)
                memcpy(first, l1, sizeof l1);
            if (memcmp(first, l1, sizeof l1) != 0)
                fail_msg("%s: other results with %s", programs[p], settings[i]);
            sim_destroy(s);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_counters),      cmocka_unit_test(test_registers),
                                       cmocka_unit_test(test_timer),         cmocka_unit_test(test_hand_out),
                                       cmocka_unit_test(test_switch_off),    cmocka_unit_test(test_no_icache),
                                       cmocka_unit_test(test_latency),       cmocka_unit_test(test_interrupts),
                                       cmocka_unit_test(test_fc_interrupts), cmocka_unit_test(test_interrupts_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
