/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated machine as a whole: faults, limits, output, watched words, events, DMA, arbitration, and that the same
 * program always takes the same cycles. The programs are in machine.S.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/sim/sim.h"

enum { CORES = 8, LIMIT = 2000000 };

static uint32_t symbol(const sim *s, const char *name) {
    uint32_t address = 0;
    assert_int_equal(sim_symbol(s, name, &address, NULL), SIM_OK);
    return address;
}

static void write_word(sim *s, uint32_t address, uint32_t value) {
    assert_int_equal(sim_write(s, address, &value, 4), SIM_OK);
}

static uint32_t read_word(const sim *s, uint32_t address) {
    uint32_t value = 0;
    assert_int_equal(sim_read(s, address, &value, 4), SIM_OK);
    return value;
}

/* Loads the programs, and has the same one start on each core of the mask. */
static void load(sim *s, const char *program, uint32_t cores) {
    assert_int_equal(sim_load_file(s, MACHINE_ELF), SIM_OK);
    write_word(s, symbol(s, "cores"), cores);
    for (uint32_t core = 0; core < CORES; core++)
        write_word(s, symbol(s, "entry") + 4 * core, symbol(s, program));
}

static sim *machine_for(const char *program, uint32_t cores) {
    sim_machine machine;
    sim_machine_pulp8(&machine);
    sim *s = sim_create(&machine);
    assert_non_null(s);
    load(s, program, cores);
    return s;
}

static void set_argument(sim *s, uint32_t core, uint32_t value) {
    write_word(s, symbol(s, "argument") + 4 * core, value);
}

static uint32_t result(const sim *s, uint32_t core) {
    return read_word(s, symbol(s, "result") + 4 * core);
}

static void run_to_exit(sim *s, uint32_t status) {
    const sim_status got = sim_run(s, LIMIT);
    if (got != SIM_EXITED)
        print_error("status %d: %s\n", (int)got, sim_message(s));
    assert_int_equal(got, SIM_EXITED);
    assert_int_equal(sim_exit_status(s), status);
}

static void test_exit_status(void **state) {
    (void)state;
    static const uint32_t statuses[] = {0, 1, 42, 255};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        sim *s = machine_for("m_exit", 1);
        set_argument(s, 0, statuses[i]);
        run_to_exit(s, statuses[i]);
        assert_non_null(sim_message(s));
        sim_destroy(s);
    }
}

/* A fault is a result: it names core, function and pc, and the machine can be read afterwards. */
static void test_faults(void **state) {
    (void)state;
    static const struct {
        const char *program, *says;
        int function;
    } faults[] = {{"m_illegal", "ffffffff", 1},   {"m_illegal_zero", "0000", 1},
                  {"m_bad_load", "50000004", 1},  {"m_bad_store", "30000000", 1},
                  {"m_beyond_l1", "10010000", 1}, {"m_jump_nowhere", "20000000", 0},
                  {"m_dma_bad", "60000000", 0},   {"m_sleep", "", 0},
                  {"m_sleep_event", "", 0}};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        sim *s = machine_for(faults[i].program, 1);
        const sim_status status = sim_run(s, LIMIT);
        const char *message = sim_message(s);
        if (status != SIM_FAULTED || !strstr(message, faults[i].says) ||
            (faults[i].function && (!strstr(message, faults[i].program) || !strstr(message, "core 0"))))
            fail_msg("%s: status %d: %s", faults[i].program, (int)status, message);
        assert_true(strlen(message) > 20);
        assert_true(sim_cycles(s) < 10000);
        /* It stays at fault, and it is not an exit. */
        assert_int_equal(sim_run(s, 100), SIM_FAULTED);
        assert_int_equal(read_word(s, symbol(s, "cores")), 1);
        /* The next program finds nothing of it. */
        const uint64_t cycles = sim_cycles(s);
        load(s, faults[i].program, 1);
        assert_int_equal(sim_run(s, LIMIT), SIM_FAULTED);
        assert_int_equal(sim_cycles(s), cycles);
        sim_destroy(s);
    }
    sim *s = machine_for("m_spin", 0xff);
    write_word(s, symbol(s, "entry") + 4 * 5, symbol(s, "m_bad_load"));
    assert_int_equal(sim_run(s, LIMIT), SIM_FAULTED);
    assert_non_null(strstr(sim_message(s), "core 5"));
    sim_destroy(s);
}

typedef struct heard {
    uint32_t lines[CORES], last[CORES];
    int bad;
} heard;

static void hear(void *user, uint32_t hart, const char *text, size_t bytes) {
    heard *h = user;
    char line[16], tail[4];
    snprintf(line, sizeof line, "%u: a line\n", (unsigned)hart);
    snprintf(tail, sizeof tail, "e");
    if (hart < CORES && bytes == strlen(line) && memcmp(text, line, bytes) == 0)
        h->lines[hart]++;
    else if (hart < CORES && bytes == 1 && text[0] == 'e')
        h->last[hart]++;
    else
        h->bad++;
}

static void test_output(void **state) {
    (void)state;
    heard h = {.bad = 0};
    sim *s = machine_for("m_print", 0xff);
    sim_set_output(s, hear, &h);
    run_to_exit(s, 0);
    sim_destroy(s);
    for (uint32_t core = 0; core < CORES; core++) {
        assert_int_equal(h.lines[core], 3);
        assert_int_equal(h.last[core], 1);
    }
    assert_int_equal(h.bad, 0);
    sim *silent = machine_for("m_print", 0xff);
    run_to_exit(silent, 0);
    sim_destroy(silent);
}

/* All of what a run leaves behind that must be the same every time. */
typedef struct trace {
    uint64_t cycles;
    uint32_t status, finished[CORES];
    unsigned char l1[0x2000], buffer[512];
    sim_stats stats;
} trace;

static void take_trace(const sim *s, trace *t) {
    memset(t, 0, sizeof *t);
    t->cycles = sim_cycles(s);
    t->status = sim_exit_status(s);
    for (uint32_t core = 0; core < CORES; core++)
        t->finished[core] = result(s, core);
    assert_int_equal(sim_read(s, 0x10000000, t->l1, sizeof t->l1), SIM_OK);
    assert_int_equal(sim_read(s, symbol(s, "buffer"), t->buffer, sizeof t->buffer), SIM_OK);
    sim_get_stats(s, &t->stats);
    assert_int_equal(t->stats.cycles, t->cycles);
}

static void same_trace(const trace *a, const trace *b) {
    assert_int_equal(a->cycles, b->cycles);
    assert_int_equal(a->status, b->status);
    assert_memory_equal(a->finished, b->finished, sizeof a->finished);
    assert_memory_equal(a->l1, b->l1, sizeof a->l1);
    assert_memory_equal(a->buffer, b->buffer, sizeof a->buffer);
    assert_int_equal(a->stats.cores, b->stats.cores);
    for (uint32_t i = 0; i < a->stats.cores; i++) {
        const sim_core_stats *p = &a->stats.core[i], *q = &b->stats.core[i];
        assert_int_equal(p->active, q->active);
        assert_int_equal(p->instructions, q->instructions);
        assert_int_equal(p->bank_conflicts, q->bank_conflicts);
        assert_memory_equal(p->stall, q->stall, sizeof p->stall);
    }
    assert_int_equal(a->stats.l0_misses, b->stats.l0_misses);
    assert_int_equal(a->stats.l1i_misses, b->stats.l1i_misses);
    assert_int_equal(a->stats.dma_busy, b->stats.dma_busy);
}

static void run_work(trace *t) {
    sim *s = machine_for("m_work", 0xff);
    run_to_exit(s, 40 * 8);
    take_trace(s, t);
    sim_destroy(s);
}

static void test_determinism(void **state) {
    (void)state;
    trace first, again;
    run_work(&first);
    run_work(&again);
    same_trace(&first, &again);
    assert_true(first.cycles > 3000);
    assert_true(first.stats.dma_transfers == 40);
    assert_true(first.stats.dma_bytes_out == 40 * 256 && first.stats.dma_bytes_in == 0);
}

/* Cut into pieces of any length, the run is the same. */
static void test_limit(void **state) {
    (void)state;
    trace whole, pieces;
    run_work(&whole);
    static const uint64_t lengths[] = {1, 2, 3, 7, 100, 1000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        sim *s = machine_for("m_work", 0xff);
        sim_status status = SIM_LIMIT;
        uint64_t at = 0;
        uint32_t random = 1;
        while (status == SIM_LIMIT && at < LIMIT) {
            random = random * 1664525u + 1013904223u;
            const uint64_t cycles = 1 + (random >> 8) % lengths[i];
            status = sim_run(s, cycles);
            at += cycles;
            if (status == SIM_LIMIT)
                assert_int_equal(sim_cycles(s), at);
        }
        assert_int_equal(status, SIM_EXITED);
        take_trace(s, &pieces);
        same_trace(&whole, &pieces);
        sim_destroy(s);
    }
    sim *s = machine_for("m_spin", 0xff);
    assert_int_equal(sim_run(s, 5000), SIM_LIMIT);
    assert_int_equal(sim_cycles(s), 5000);
    assert_int_equal(sim_run(s, 5000), SIM_LIMIT);
    assert_int_equal(sim_cycles(s), 10000);
    sim_destroy(s);
}

/* Two machines in turns do not notice each other, also with other settings. */
static void test_two_machines(void **state) {
    (void)state;
    trace alone, a, b;
    run_work(&alone);
    sim *s = machine_for("m_work", 0xff), *t = machine_for("m_work", 0xff), *u = machine_for("m_spin", 0x0f);
    sim_status of_s = SIM_LIMIT, of_t = SIM_LIMIT;
    while (of_s == SIM_LIMIT || of_t == SIM_LIMIT) {
        if (of_s == SIM_LIMIT)
            of_s = sim_run(s, 37);
        if (of_t == SIM_LIMIT)
            of_t = sim_run(t, 11);
        assert_int_equal(sim_run(u, 5), SIM_LIMIT);
        assert_true(sim_cycles(s) < LIMIT && sim_cycles(t) < LIMIT);
    }
    take_trace(s, &a);
    take_trace(t, &b);
    same_trace(&alone, &a);
    same_trace(&alone, &b);
    sim_destroy(s);
    sim_destroy(t);
    sim_destroy(u);
}

static void test_watch(void **state) {
    (void)state;
    sim *s = machine_for("m_ring", 1);
    const uint32_t bell = symbol(s, "bell");
    assert_int_equal(sim_watch(s, bell, 1), SIM_OK);
    for (uint32_t i = 3; i >= 1; i--) {
        assert_int_equal(sim_run(s, LIMIT), SIM_WATCHED);
        assert_int_equal(sim_watched(s), bell);
        assert_int_equal(read_word(s, bell), i);
        assert_int_equal(read_word(s, bell + 4), i);
    }
    run_to_exit(s, 5);
    const uint64_t cycles = sim_cycles(s);
    sim_destroy(s);

    /* Watching costs nothing; and it can be taken off again. */
    s = machine_for("m_ring", 1);
    assert_int_equal(sim_watch(s, bell, 1), SIM_OK);
    assert_int_equal(sim_run(s, LIMIT), SIM_WATCHED);
    assert_int_equal(sim_watch(s, bell, 0), SIM_OK);
    run_to_exit(s, 5);
    assert_int_equal(sim_cycles(s), cycles);
    sim_destroy(s);
    s = machine_for("m_ring", 1);
    for (uint32_t i = 0; i < 16; i++)
        assert_int_equal(sim_watch(s, bell + 1024 + 4 * i, 1), SIM_OK);
    assert_int_equal(sim_watch(s, bell, 1), SIM_BAD_INPUT);
    run_to_exit(s, 5);
    assert_int_equal(sim_cycles(s), cycles);
    sim_destroy(s);
}

/* Code written from outside counts at once. */
static void test_patching(void **state) {
    (void)state;
    sim *s = machine_for("m_patched", 1);
    const uint32_t bell = symbol(s, "bell"), here = symbol(s, "patch_here");
    assert_int_equal(sim_watch(s, bell, 1), SIM_OK);
    uint32_t expected = 0;
    for (uint32_t i = 1; i < 20; i++) {
        write_word(s, here, 0x00058593 | i << 20); /* addi a1, a1, i */
        expected += i;
        assert_int_equal(sim_run(s, LIMIT), SIM_WATCHED);
        assert_int_equal(read_word(s, bell), expected);
    }
    /* Half of an instruction: the immediate's upper part lies in the second half. */
    const uint16_t upper = (uint16_t)((0x00058593 | 100u << 20) >> 16);
    assert_int_equal(sim_write(s, here + 2, &upper, 2), SIM_OK);
    assert_int_equal(sim_run(s, LIMIT), SIM_WATCHED);
    assert_int_equal(read_word(s, bell), expected + 100);
    sim_destroy(s);
}

static void test_dma_early(void **state) {
    (void)state;
    sim *s = machine_for("m_dma_early", 1);
    write_word(s, symbol(s, "buffer") + 16384 - 4, 222);
    run_to_exit(s, 0);
    assert_int_equal(result(s, 0), 111);
    assert_int_equal(result(s, 1), 222);
    sim_destroy(s);
}

static void test_dma_rows(void **state) {
    (void)state;
    sim *s = machine_for("m_dma_rows", 1);
    unsigned char before[256], l1[64], after[256], guard[256];
    const uint32_t buffer = symbol(s, "buffer");
    for (uint32_t i = 0; i < sizeof before; i++)
        before[i] = (unsigned char)(i * 7 + 1);
    memset(guard, 0xA5, sizeof guard);
    assert_int_equal(sim_write(s, buffer, before, sizeof before), SIM_OK);
    assert_int_equal(sim_write(s, buffer + 8192, guard, sizeof guard), SIM_OK);
    assert_int_equal(sim_write(s, 0x10004000, guard, 64), SIM_OK);
    run_to_exit(s, 0);
    assert_int_equal(sim_read(s, 0x10004000, l1, sizeof l1), SIM_OK);
    for (uint32_t i = 0; i < 64; i++)
        assert_int_equal(l1[i], i < 60 ? before[i / 12 * 40 + i % 12] : 0xA5);
    assert_int_equal(sim_read(s, buffer + 8192, after, sizeof after), SIM_OK);
    for (uint32_t i = 0; i < sizeof after; i++)
        assert_int_equal(after[i], i < 72 && i % 24 < 20 ? l1[i / 24 * 20 + i % 24] : 0xA5);
    sim_stats stats;
    sim_get_stats(s, &stats);
    assert_int_equal(stats.dma_bytes_in, 60);
    assert_int_equal(stats.dma_bytes_out, 60);
    sim_destroy(s);
}

/* Core 0 raises event 3 for cores 1 and 2 only, later event 2 for all. Masks decide who wakes by which. */
static void test_events(void **state) {
    (void)state;
    static const uint32_t masks[CORES] = {0, 8, 8, 8, 4, 12, 0, 4};
    static const int wakes[CORES] = {0, 3, 3, 0, 2, 2, 0, 2};
    sim *s = machine_for("m_events", 0xff);
    for (uint32_t core = 0; core < CORES; core++)
        set_argument(s, core, masks[core]);
    run_to_exit(s, 0);
    const uint32_t first = result(s, 8), second = result(s, 0);
    assert_true(first < second);
    for (uint32_t core = 1; core < CORES; core++) {
        const uint32_t woken = result(s, 8 + core);
        /* Core 0 reads its clock after the store, perhaps from a line of code that must come from L2 first. */
        if (wakes[core] == 0)
            assert_int_equal(woken, 0);
        else if (wakes[core] == 3)
            assert_true(woken + 40 >= first && woken < first + 100);
        else
            assert_true(woken + 40 >= second && woken < second + 100);
        /* What it waited for is off its buffer. */
        assert_int_equal(result(s, 16 + core) & masks[core], 0);
    }
    sim_destroy(s);
}

/* No turn is lost, and none of the cores starves. */
static void check_turns(const char *program) {
    sim *s = machine_for(program, 0xff);
    run_to_exit(s, 800);
    uint32_t sum = 0;
    for (uint32_t core = 0; core < CORES; core++) {
        if (result(s, core) < 40)
            print_error("%s: core %u had %u of 800 turns\n", program, (unsigned)core, (unsigned)result(s, core));
        assert_true(result(s, core) >= 40);
        sum += result(s, core);
    }
    assert_int_equal(sum, 800);
    sim_destroy(s);
}

static void test_mutex(void **state) {
    (void)state;
    check_turns("m_mutex");
}

static void test_spinlock(void **state) {
    (void)state;
    check_turns("m_spinlock");
}

static void test_barrier_subsets(void **state) {
    (void)state;
    sim *s = machine_for("m_subsets", 0xff);
    run_to_exit(s, 0);
    for (uint32_t core = 0; core < CORES; core++)
        assert_int_equal(result(s, core), 0);
    for (uint32_t core = 0; core < CORES; core++)
        assert_int_equal(read_word(s, 0x10001000 + 64 + 4 * core), 30);
    sim_destroy(s);
}

static void test_counters(void **state) {
    (void)state;
    trace t;
    run_work(&t);
    assert_int_equal(t.stats.cores, 9);
    for (uint32_t core = 0; core < CORES; core++) {
        const sim_core_stats *c = &t.stats.core[core];
        uint64_t stalls = 0;
        for (int i = 0; i < SIM_STALLS; i++) {
            stalls += c->stall[i];
            assert_non_null(sim_stall_names[i]);
        }
        assert_int_equal(c->hart, core);
        assert_int_equal(c->macs, 40);
        assert_true(c->fp >= 40);
        /* Every cycle of a core is an instruction or has its reason; ends of cores that still wait may be open. */
        assert_true(c->active >= c->instructions + stalls - 40 && c->active <= c->instructions + stalls + 40);
    }
    assert_int_equal(t.stats.core[8].hart, 0x3E0);
    assert_true(t.stats.l1_high_water >= 0x1108 && t.stats.l1_high_water <= 0x1400);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_status), cmocka_unit_test(test_faults),   cmocka_unit_test(test_output),
        cmocka_unit_test(test_determinism), cmocka_unit_test(test_limit),    cmocka_unit_test(test_two_machines),
        cmocka_unit_test(test_watch),       cmocka_unit_test(test_patching), cmocka_unit_test(test_dma_early),
        cmocka_unit_test(test_dma_rows),    cmocka_unit_test(test_events),   cmocka_unit_test(test_mutex),
        cmocka_unit_test(test_spinlock),    cmocka_unit_test(test_counters), cmocka_unit_test(test_barrier_subsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
