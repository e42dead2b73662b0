/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sanitizer: each mistake in a program of sanitize.S is found, once, and told with its places; and the twin that
 * does the same rightly has no finding.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/sim/sanitize.h"

enum { LIMIT = 200000, CLEAN = SIM_FINDING_KINDS };

typedef struct planted {
    const char *entry[2]; /* of cores 0 and 1; NULL: not started */
    int kind;             /* CLEAN: nothing is to be found */
    int core;             /* of the later side */
    const char *now, *before, *symbol;
} planted;

static uint32_t symbol(const sim *s, const char *name) {
    uint32_t address = 0;
    if (sim_symbol(s, name, &address, NULL) != SIM_OK)
        fail_msg("no symbol %s", name);
    return address;
}

static void put(sim *s, const char *name, uint32_t index, uint32_t value) {
    assert_int_equal(sim_write(s, symbol(s, name) + 4 * index, &value, 4), SIM_OK);
}

typedef struct watched {
    sim *s;
    sim_observer *o;
} watched;

static watched machine_with(uint32_t fpu_latency, const char *const entry[2], int load_first) {
    sim_machine machine;
    sim_observe_settings settings;
    memset(&settings, 0, sizeof settings);
    sim_machine_pulp8(&machine);
    machine.fpu_latency = fpu_latency;
    watched w = {.s = sim_create(&machine)};
    assert_non_null(w.s);
    if (load_first)
        assert_int_equal(sim_load_file(w.s, SANITIZE_ELF), SIM_OK);
    w.o = sim_observe(w.s, &settings);
    assert_non_null(w.o);
    assert_int_equal(sim_sanitize_begin(w.o), 1);
    if (!load_first)
        assert_int_equal(sim_load_file(w.s, SANITIZE_ELF), SIM_OK);
    put(w.s, "cores", 0, (entry[0] ? 1 : 0) | (entry[1] ? 2 : 0));
    for (uint32_t i = 0; i < 2; i++)
        if (entry[i])
            put(w.s, "entry", i, symbol(w.s, entry[i]));
    for (uint32_t i = 512; i < 1024; i++)
        put(w.s, "words", i, i);
    return w;
}

static watched machine_for(const char *const entry[2], int load_first) {
    return machine_with(1, entry, load_first);
}

static void run_to_exit(sim *s) {
    const sim_status status = sim_run(s, LIMIT);
    if (status != SIM_EXITED)
        fail_msg("status %d: %s", (int)status, sim_message(s));
}

static void end(watched w) {
    sim_observe_end(w.o);
    sim_destroy(w.s);
}

static void tell(const planted *p, const sim_finding *list, uint32_t count, const char *why) {
    for (uint32_t i = 0; i < count; i++)
        print_error("    %s\n", list[i].text);
    fail_msg("%s, %s: %s", p->entry[0], p->entry[1] ? p->entry[1] : "-", why);
}

/* That somebody looks changes nothing: not a cycle, not a counter. */
static void same_without(const planted *p, const sim *s) {
    sim_stats with, without;
    watched w = machine_for(p->entry, 1);
    sim_observe_end(w.o);
    run_to_exit(w.s);
    memset(&with, 0, sizeof with);
    memset(&without, 0, sizeof without);
    sim_get_stats(s, &with);
    sim_get_stats(w.s, &without);
    if (memcmp(&with, &without, sizeof with))
        fail_msg("%s, %s: %u cycles with the sanitizer, %u without, or other counters", p->entry[0],
                 p->entry[1] ? p->entry[1] : "-", (unsigned)with.cycles, (unsigned)without.cycles);
    sim_destroy(w.s);
}

static void check(const planted *p) {
    const sim_finding *f = NULL;
    watched w = machine_for(p->entry, 1);
    run_to_exit(w.s);
    const uint32_t count = sim_sanitize_findings(w.o, &f);
    if (count != (p->kind != CLEAN))
        tell(p, f, count, p->kind == CLEAN ? "this program is right" : "there is one thing to find");
    if (count) {
        if ((int)f->kind != p->kind || f->side[0].core != p->core)
            tell(p, f, count, "another kind or core");
        if (!f->side[0].function || strcmp(f->side[0].function, p->now) || !strstr(f->text, p->now))
            tell(p, f, count, "another place");
        if (p->before ? !f->side[1].function || strcmp(f->side[1].function, p->before) || !strstr(f->text, p->before)
                      : f->side[1].core != -1)
            tell(p, f, count, "another place of the earlier side");
        if (p->symbol && (!f->symbol || strcmp(f->symbol, p->symbol) || !strstr(f->text, p->symbol)))
            tell(p, f, count, "another symbol");
        if (!f->cycle || f->cycle > sim_cycles(w.s))
            tell(p, f, count, "another time");
    }
    same_without(p, w.s);
    end(w);
}

static void check_all(const planted *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        check(&list[i]);
}
#define CHECK(...)                                                                                                     \
    do {                                                                                                               \
        static const planted list[] = {__VA_ARGS__};                                                                   \
        check_all(list, sizeof list / sizeof *list);                                                                   \
    } while (0)

static void test_races(void **state) {
    (void)state;
    CHECK({{"write_word", "read_word_late"}, SIM_FINDING_RACE, 1, "read_word_late", "write_word", "shared"},
          {{"write_word", "write_word"}, SIM_FINDING_RACE, 1, "write_word", "write_word", "shared"},
          {{"write_l2", "write_l2"}, SIM_FINDING_RACE, 1, "write_l2", "write_l2", "words"},
          {{"write_byte_1", "read_byte_1_late"}, SIM_FINDING_RACE, 1, "read_byte_1_late", "write_byte_1", "shared"},
          {{"write_word", "read_byte_1_late"}, SIM_FINDING_RACE, 1, "read_byte_1_late", "write_word", "shared"},
          {{"write_then_barrier", "barrier_then_write"}, CLEAN, 0, NULL, NULL, NULL},
          {{"read_then_barrier", "barrier_then_write_4"}, CLEAN, 0, NULL, NULL, NULL},
          {{"write_byte_0", "write_byte_1"}, CLEAN, 0, NULL, NULL, NULL},
          {{"write_byte_0", "write_half_1"}, CLEAN, 0, NULL, NULL, NULL},
          {{"write_then_barrier", "barrier_then_read"}, CLEAN, 0, NULL, NULL, NULL},
          {{"write_word", NULL}, CLEAN, 0, NULL, NULL, NULL});
}

static void test_what_orders(void **state) {
    (void)state;
    CHECK(
        {{"add_with_mutex", "add_with_mutex"}, CLEAN, 0, NULL, NULL, NULL},
        {{"write_then_event", "event_then_read"}, CLEAN, 0, NULL, NULL, NULL},
        {{"write_then_dispatch", "dispatch_then_read"}, CLEAN, 0, NULL, NULL, NULL},
        {{"write_then_flag", "flag_then_read"}, CLEAN, 0, NULL, NULL, NULL},
        {{"write_then_flag", "slow_flag_then_read"}, CLEAN, 0, NULL, NULL, NULL},
        {{"clear_lock", "await_lock"}, CLEAN, 0, NULL, NULL, NULL},
        {{"write_then_flag", "glance_then_read"}, SIM_FINDING_RACE, 1, "glance_then_read", "write_then_flag", "words"},
        {{"write_then_flag", "search"}, SIM_FINDING_RACE, 1, "search", "write_then_flag", "words"});
    /* Without the mutex the two pairs of load and store are two findings. */
    const char *const both[2] = {"add_without_mutex", "add_without_mutex"};
    const sim_finding *f = NULL;
    watched w = machine_for(both, 1);
    run_to_exit(w.s);
    assert_in_range(sim_sanitize_findings(w.o, &f), 1, 3);
    assert_int_equal(f->kind, SIM_FINDING_RACE);
    end(w);
}

static void test_dma(void **state) {
    (void)state;
    CHECK({{"dma_early", NULL}, SIM_FINDING_DMA_EARLY, 0, "dma_early", "start_in", "buffer"},
          {{"dma_unordered", "dma_of_other_unordered"},
           SIM_FINDING_DMA_EARLY,
           1,
           "dma_of_other_unordered",
           "start_in",
           "buffer"},
          {{"dma_source", NULL}, SIM_FINDING_DMA_SOURCE, 0, "dma_source", "start_out", "buffer"},
          {{"dma_overlap", NULL}, SIM_FINDING_DMA_OVERLAP, 0, "start_in", "start_out", "buffer"},
          {{"fill_buffer", "out_late"}, SIM_FINDING_RACE, 1, "start_out", "fill_buffer", "buffer"},
          {{"dma_polled", NULL}, CLEAN, 0, NULL, NULL, NULL}, {{"dma_event", NULL}, CLEAN, 0, NULL, NULL, NULL},
          {{"dma_for_other", "dma_of_other"}, CLEAN, 0, NULL, NULL, NULL},
          {{"dma_source_waited", NULL}, CLEAN, 0, NULL, NULL, NULL},
          {{"dma_one_by_one", NULL}, CLEAN, 0, NULL, NULL, NULL}, {{"dma_behind", NULL}, CLEAN, 0, NULL, NULL, NULL},
          {{"dma_one_id", NULL}, CLEAN, 0, NULL, NULL, NULL},
          {{"fill_then_barrier", "barrier_then_out"}, CLEAN, 0, NULL, NULL, NULL});
}

static void test_memory(void **state) {
    (void)state;
    CHECK({{"read_nothing", NULL}, SIM_FINDING_UNINITIALISED, 0, "read_nothing", NULL, "buffer"},
          {{"copy_nothing", NULL}, SIM_FINDING_UNINITIALISED, 0, "copy_nothing", NULL, "buffer"},
          {{"write_outside", NULL}, SIM_FINDING_OUTSIDE, 0, "write_outside", NULL, NULL},
          {{"write_l1_outside", NULL}, SIM_FINDING_OUTSIDE, 0, "write_l1_outside", NULL, NULL},
          {{"write_code", NULL}, SIM_FINDING_CODE, 0, "write_code", NULL, "patched"},
          {{"misaligned", NULL}, SIM_FINDING_MISALIGNED, 0, "misaligned", NULL, "words"},
          {{"read_part", NULL}, CLEAN, 0, NULL, NULL, NULL}, {{"copy_host", NULL}, CLEAN, 0, NULL, NULL, NULL},
          {{"aligned", NULL}, CLEAN, 0, NULL, NULL, NULL});
}

static void test_stacks(void **state) {
    (void)state;
    CHECK({{"finish", "deep_stack"}, SIM_FINDING_STACK, 1, "deep_stack", NULL, "__tl_stack_0"},
          {{"finish", "array_in_stack"}, SIM_FINDING_STACK, 1, "array_in_stack", NULL, "__tl_stack_0"},
          {{"deep_stack", NULL}, SIM_FINDING_STACK, 0, "deep_stack", NULL, NULL},
          {{"array_in_stack", NULL}, SIM_FINDING_STACK, 0, "array_in_stack", NULL, NULL},
          {{"full_stack", "full_stack"}, CLEAN, 0, NULL, NULL, NULL},
          {{"sp_is_data", NULL}, CLEAN, 0, NULL, NULL, NULL},
          {{"lend_stack", "borrow_stack"}, CLEAN, 0, NULL, NULL, NULL});
}

static void test_hardware_loops(void **state) {
    (void)state;
    CHECK({{"loop_short", NULL}, SIM_FINDING_LOOP, 0, "loop_short", NULL, NULL},
          {{"loop_misaligned", NULL}, SIM_FINDING_LOOP, 0, "loop_misaligned", NULL, NULL},
          {{"loop_compressed", NULL}, SIM_FINDING_LOOP, 0, "loop_compressed", NULL, NULL},
          {{"loop_branch", NULL}, SIM_FINDING_LOOP, 0, "loop_branch", NULL, NULL},
          {{"loop_nested_close", NULL}, SIM_FINDING_LOOP, 0, "loop_nested_close", NULL, NULL},
          {{"loop_nested", "loop_nested"}, CLEAN, 0, NULL, NULL, NULL});
}

/* Ranges, stacks and words that the ELF file does not tell of; and memory that is to count as unwritten again. */
static void test_told_by_host(void **state) {
    (void)state;
    const sim_finding *f = NULL;
    const char *const outside[2] = {"write_l1_outside", NULL}, *const glance[2] = {"write_then_flag",
                                                                                   "glance_then_read"};
    const char *const copy[2] = {"copy_host", NULL};
    watched w = machine_for(outside, 1);
    sim_sanitize_range(w.o, 0x10000200, 4);
    run_to_exit(w.s);
    assert_int_equal(sim_sanitize_findings(w.o, &f), 0);
    end(w);
    w = machine_for(glance, 1);
    sim_sanitize_sync_word(w.o, symbol(w.s, "words") + 16);
    run_to_exit(w.s);
    assert_int_equal(sim_sanitize_findings(w.o, &f), 0);
    end(w);
    w = machine_for(outside, 1);
    sim_sanitize_stack(w.o, 0, 0x10000210, 64, 32);
    run_to_exit(w.s);
    assert_int_equal(sim_sanitize_findings(w.o, &f), 1);
    assert_int_equal(f->kind, SIM_FINDING_STACK);
    end(w);
    w = machine_for(copy, 1);
    sim_sanitize_forget(w.o, symbol(w.s, "words") + 2048, 256);
    run_to_exit(w.s);
    assert_int_equal(sim_sanitize_findings(w.o, &f), 1);
    assert_int_equal(f->kind, SIM_FINDING_UNINITIALISED);
    end(w);
}

static void count_call(void *user, const sim_finding *finding) {
    (void)finding;
    ++*(uint32_t *)user;
}

/* Whether the sanitizer comes before the program or after makes no difference; nor does it to the machine. */
static void test_order_of_things(void **state) {
    (void)state;
    static const char *const entry[2] = {"dma_unordered", "dma_of_other_unordered"};
    const sim_finding *f = NULL;
    uint64_t cycles[3];
    for (int i = 0; i < 2; i++) {
        uint32_t calls = 0;
        watched w = machine_for(entry, i);
        sim_sanitize_call(w.o, count_call, &calls);
        run_to_exit(w.s);
        assert_int_equal(sim_sanitize_findings(w.o, &f), 1);
        assert_int_equal(calls, 1);
        assert_int_equal(sim_sanitize_lost(w.o), 0);
        cycles[i] = sim_cycles(w.s);
        /* The next program of the same machine starts with a clean slate. */
        assert_int_equal(sim_load_file(w.s, SANITIZE_ELF), SIM_OK);
        put(w.s, "cores", 0, 1);
        put(w.s, "entry", 0, symbol(w.s, "dma_polled"));
        run_to_exit(w.s);
        assert_int_equal(sim_sanitize_findings(w.o, &f), 1);
        end(w);
    }
    watched w = machine_for(entry, 1);
    sim_observe_end(w.o);
    run_to_exit(w.s);
    cycles[2] = sim_cycles(w.s);
    sim_destroy(w.s);
    assert_int_equal(cycles[0], cycles[1]);
    assert_int_equal(cycles[0], cycles[2]);
}

/* Another machine is run by another form of the interpreter, in which profiles and the like may be asked for, too. */
static void test_other_forms(void **state) {
    (void)state;
    static const char *const entry[2] = {"loop_short", "write_then_flag"};
    for (uint32_t latency = 1; latency <= 2; latency++)
        for (int profile = 0; profile < 2; profile++) {
            sim_observe_settings settings = {.profile = profile};
            const sim_finding *f = NULL;
            watched w = machine_with(latency, entry, 1);
            sim_observe_end(w.o);
            w.o = sim_observe(w.s, &settings);
            assert_non_null(w.o);
            assert_int_equal(sim_sanitize_begin(w.o), 1);
            run_to_exit(w.s);
            assert_int_equal(sim_sanitize_findings(w.o, &f), 1);
            assert_int_equal(f->kind, SIM_FINDING_LOOP);
            end(w);
        }
}

static void check_caller(const sim_finding *f, unsigned side, unsigned i, const char *name) {
    const sim_finding_caller *c = &f->side[side].caller[i];
    if (f->side[side].callers <= i || !c->function || strcmp(c->function, name))
        fail_msg("caller %u is not %s: %s", i, name, f->text);
    if (!strstr(f->text, name))
        fail_msg("%s does not say %s", f->text, name);
#ifdef HAVE_LINES
    if (!c->file || !strstr(c->file, "sanitize_dma.S") || c->line < 10 || c->line == f->side[side].line ||
        !strstr(f->text, "(sanitize_dma.S:"))
        fail_msg("no line of %s: %s", name, f->text);
#endif
}

/* One leaf starts all transfers: who called it tells them apart. Whoever else looks on, and after a restore too. */
static void test_callers(void **state) {
    (void)state;
    static const char *const entry[2] = {"by_ways", NULL};
    for (int form = 0; form < 3; form++) {
        const sim_finding *f = NULL;
        watched w = machine_with(form == 1 ? 2 : 1, entry, 1);
        if (form == 2) {
            const sim_observe_settings settings = {.profile = 1};
            sim_observe_end(w.o);
            w.o = sim_observe(w.s, &settings);
            assert_non_null(w.o);
            assert_int_equal(sim_sanitize_begin(w.o), 1);
        }
        run_to_exit(w.s);
        if (sim_sanitize_findings(w.o, &f) != 2)
            fail_msg("%u findings", (unsigned)sim_sanitize_findings(w.o, &f));
        for (int i = 0; i < 2; i++) {
            assert_int_equal(f[i].kind, SIM_FINDING_DMA_EARLY);
            assert_string_equal(f[i].side[1].function, "start_in");
            assert_string_equal(f[i].side[0].function, "load_early");
            check_caller(&f[i], 0, 0, "by_ways");
            assert_int_equal(f[i].side[0].callers, 1);
        }
        check_caller(&f[0], 1, 0, "way_short");
        check_caller(&f[0], 1, 1, "by_ways");
        assert_int_equal(f[0].side[1].callers, 2);
        check_caller(&f[1], 1, 0, "way_middle");
        check_caller(&f[1], 1, 1, "way_long");
        check_caller(&f[1], 1, 2, "by_ways");
        assert_true(f[0].side[1].caller[1].pc < f[1].side[1].caller[2].pc);
        FILE *none = fopen("/dev/null", "w");
        assert_int_equal(sim_sanitize_print(w.o, none, 0), 2);
        fclose(none);
        end(w);
    }
}

static void test_print(void **state) {
    (void)state;
    static const char *const entry[2] = {"add_without_mutex", "add_without_mutex"}, *const clean[2] = {"finish", NULL};
    char text[2048] = "";
    FILE *file = tmpfile();
    assert_non_null(file);
    watched w = machine_for(clean, 1);
    run_to_exit(w.s);
    assert_int_equal(sim_sanitize_print(w.o, file, 0), 0);
    assert_int_equal(ftell(file), 0);
    end(w);
    w = machine_for(entry, 1);
    run_to_exit(w.s);
    assert_int_equal(sim_sanitize_print(w.o, file, 1), 1);
    rewind(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 100);
    assert_non_null(strstr(text, "data race: core "));
    assert_non_null(strstr(text, "add_without_mutex"));
    assert_non_null(strstr(text, "\n1 finding\n"));
    fclose(file);
    end(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_races),        cmocka_unit_test(test_what_orders),
        cmocka_unit_test(test_dma),          cmocka_unit_test(test_memory),
        cmocka_unit_test(test_stacks),       cmocka_unit_test(test_hardware_loops),
        cmocka_unit_test(test_told_by_host), cmocka_unit_test(test_order_of_things),
        cmocka_unit_test(test_other_forms),  cmocka_unit_test(test_print),
        cmocka_unit_test(test_callers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
