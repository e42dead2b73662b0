/* SPDX-License-Identifier: Apache-2.0 */
/* Instruction caches of any size: a core's misses, counted, against a model of the caches written from cluster.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/sim/sim.h"

enum { FC_CODE = 0x1C0F0000, CODE = 0x1C100000, MOST_LINES = 200 };

/* The model. Lines are numbered from the first one of the program; 0 stands for nothing. */
typedef struct level {
    unsigned banks, sets, ways;
    unsigned lfsr[8];
    unsigned held[2048];
    unsigned misses;
} level;

/* 1: the line was there. */
static int look_up(level *c, unsigned line) {
    const unsigned bank = line % c->banks, set = line / c->banks % c->sets;
    unsigned *way = &c->held[(bank * c->sets + set) * c->ways];
    for (unsigned i = 0; i < c->ways; i++)
        if (way[i] == line + 1)
            return 1;
    const unsigned v = c->lfsr[bank], bit = !((v >> 7 & 1) ^ (v >> 3 & 1) ^ (v >> 2 & 1) ^ (v >> 1 & 1));
    c->lfsr[bank] = (v * 2 + bit) % 256;
    way[c->lfsr[bank] / 2 % c->ways] = line + 1;
    c->misses++;
    return 0;
}

static void put(sim *s, uint32_t *at, uint32_t word) {
    assert_int_equal(sim_write(s, *at, &word, 4), SIM_OK);
    *at += 4;
}

static uint32_t store(uint32_t value, uint32_t offset, uint32_t base) {
    return offset >> 5 << 25 | value << 20 | base << 15 | 2 << 12 | (offset & 31) << 7 | 0x23;
}

/* The fabric controller starts core 0, nobody else, right at CODE. */
static void write_start(sim *s) {
    uint32_t at = FC_CODE, address = 0, value = FC_CODE;
    put(s, &at, 0x102002b7); /* lui t0, cluster control */
    put(s, &at, CODE | 0x337);
    put(s, &at, store(6, 0x40, 5));
    put(s, &at, 0x00100313); /* li t1, 1 */
    put(s, &at, store(6, 8, 5));
    put(s, &at, 0x10500073); /* wfi */
    put(s, &at, 0xffdff06f); /* j -4 */
    assert_int_equal(sim_symbol(s, "fc_entry", &address, NULL), SIM_OK);
    assert_int_equal(sim_write(s, address, &value, 4), SIM_OK);
    value = 0;
    assert_int_equal(sim_symbol(s, "cores", &address, NULL), SIM_OK);
    assert_int_equal(sim_write(s, address, &value, 4), SIM_OK);
}

/* A line that counts, then a loop over `lines` lines, `rounds` times, and the end. */
static void write_loop(sim *s, unsigned lines, unsigned rounds) {
    uint32_t at = CODE;
    put(s, &at, rounds << 20 | 10 << 7 | 0x13); /* li a0, rounds */
    while (at < CODE + 16 + 16 * lines - 8)
        put(s, &at, 0x00000013);
    put(s, &at, 0xfff50513); /* addi a0, a0, -1 */
    const uint32_t back = CODE + 16 - at;
    put(s, &at,
        (back >> 12 & 1) << 31 | (back >> 5 & 63) << 25 | 10 << 15 | 1 << 12 | (back >> 1 & 15) << 8 |
            (back >> 11 & 1) << 7 | 0x63); /* bnez a0, the loop */
    put(s, &at, 0x1a1042b7);               /* lui t0, chip control */
    put(s, &at, 0x80000337);
    put(s, &at, store(6, 0xA0, 5));
    put(s, &at, 0x0000006f);
}

static void check(const sim_machine *m, unsigned lines, unsigned rounds) {
    static level own, shared;
    own = (level){.banks = 1, .sets = m->l0_sets, .ways = m->l0_ways};
    shared = (level){.banks = m->l1i_banks, .sets = m->l1i_sets, .ways = m->l1i_ways};
    /* The first line, the loop's, the last one: each once when it is entered. */
    for (unsigned i = 0; i < 2 + lines * rounds; i++) {
        const unsigned line = i == 0 ? 0 : i == 1 + lines * rounds ? 1 + lines : 1 + (i - 1) % lines;
        if (!look_up(&own, line))
            look_up(&shared, line);
    }
    sim *s = sim_create(m);
    assert_non_null(s);
    assert_int_equal(sim_load_file(s, MACHINE_ELF), SIM_OK);
    write_start(s);
    write_loop(s, lines, rounds);
    assert_int_equal(sim_run(s, 1000000), SIM_EXITED);
    sim_stats stats;
    sim_get_stats(s, &stats);
    if (stats.l0_misses != own.misses || stats.l1i_misses != shared.misses)
        fail_msg("%u sets x %u, %u banks x %u x %u, %u lines %u times: %u and %u misses, not %u and %u", m->l0_sets,
                 m->l0_ways, m->l1i_banks, m->l1i_sets, m->l1i_ways, lines, rounds, (unsigned)stats.l0_misses,
                 (unsigned)stats.l1i_misses, own.misses, shared.misses);
    sim_destroy(s);
}

static void test_sizes(void **state) {
    (void)state;
    static const struct {
        uint32_t l0_sets, l0_ways, banks, sets, ways;
    } sizes[] = {{8, 4, 2, 32, 4}, {2, 1, 1, 1, 1},  {8, 1, 2, 8, 1},    {4, 2, 1, 16, 2}, {64, 2, 4, 256, 1},
                 {2, 16, 8, 4, 4}, {16, 8, 2, 2, 8}, {32, 4, 8, 128, 1}, {8, 4, 1, 2, 16}, {32, 1, 1, 64, 16}};
    static const unsigned lines[] = {1, 2, 7, 16, 33, 65, 130, MOST_LINES};
    sim_machine m;
    sim_machine_pulp8(&m);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
            m.l0_sets = sizes[i].l0_sets;
            m.l0_ways = sizes[i].l0_ways;
            m.l1i_banks = sizes[i].banks;
            m.l1i_sets = sizes[i].sets;
            m.l1i_ways = sizes[i].ways;
            check(&m, lines[k], 1 + (unsigned)(i + k) % 9);
        }
}

/* A loop as long as the cache, in one that has no choice: a round costs nothing, and one line more costs it all. */
static void test_fits(void **state) {
    (void)state;
    sim_machine m;
    sim_machine_pulp8(&m);
    m.l0_sets = 16;
    m.l0_ways = 1;
    static const struct {
        unsigned lines, misses;
    } cases[] = {{15, 17}, {16, 18}, {17, 17 + 9 * 2 + 2}, {32, 32 * 10 + 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sim *s = sim_create(&m);
        assert_non_null(s);
        assert_int_equal(sim_load_file(s, MACHINE_ELF), SIM_OK);
        write_start(s);
        write_loop(s, cases[i].lines, 10);
        assert_int_equal(sim_run(s, 1000000), SIM_EXITED);
        sim_stats stats;
        sim_get_stats(s, &stats);
        assert_int_equal(stats.l0_misses, cases[i].misses);
        assert_int_equal(stats.l1i_misses, cases[i].lines + 2);
        sim_destroy(s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_fits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
