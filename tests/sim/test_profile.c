/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: every cycle once, calls as they were, and nothing changed by looking. */
#include "observed_program.h"

/* What one core does in each function of profile.S; cycles without instruction caches, 0: not looked at. */
static const struct {
    const char *name;
    uint64_t calls, instructions, cycles, inclusive;
} expected[] = {
    {"leaf", 8, 24, 32, 32},
    {"outer", 1, 5, 1 + 2 + 2 + 1 + 2, 8 + 2 * 4},
    {"recurse", 5, 4 * 8 + 2, 0, 0},
    {"tail", 1, 2, 3, 3},
    {"looped", 1, 1 + 30 + 1, 1 + 30 + 2, 33},
    {"first", 1, 1, 1, 1},
    {"second", 0, 2, 3, 3},
    {"ten", 1, 10, 10 + 1 + 1, 12},
};

/* main, and what it calls itself; the tail call stands where `tail` stood, `second` where `first` did. */
static const struct {
    const char *caller, *callee;
    uint64_t calls;
} edges[] = {{"main", "leaf", 6},  {"main", "outer", 1},  {"main", "recurse", 1}, {"recurse", "recurse", 4},
             {"main", "tail", 1},  {"main", "looped", 1}, {"main", "first", 1},   {"main", "second", 0},
             {"outer", "leaf", 2}, {"main", "ten", 1}};

static const sim_profile_function *function_of(const sim_profile_report *r, const char *name) {
    for (uint32_t i = 0; i < r->functions; i++)
        if (strcmp(r->function[i].name, name) == 0)
            return &r->function[i];
    fail_msg("no function %s", name);
    return NULL;
}

static sim_profile_report *report_of(const sim_observer *o) {
    sim_profile_report *r = sim_profile_make(o);
    assert_non_null(r);
    return r;
}

/* All functions of a core together are what the core's counters say, `before` subtracted. */
static void same_as_stats(const sim *s, const sim_profile_report *r, const sim_stats *before) {
    sim_stats stats;
    sim_get_stats(s, &stats);
    uint64_t all = 0;
    assert_int_equal(r->cores, stats.cores);
    for (uint32_t i = 0; i < r->cores; i++) {
        sim_profile_counts sum = {0};
        const sim_core_stats *c = &stats.core[i], *b = &before->core[i];
        for (uint32_t f = 0; f < r->functions; f++) {
            const uint64_t *from = (const uint64_t *)&r->function[f].core_self[i];
            for (size_t j = 0; j < sizeof sum / sizeof *from; j++)
                ((uint64_t *)&sum)[j] += from[j];
        }
        assert_int_equal(sum.cycles, c->active - b->active);
        assert_int_equal(r->core_cycles[i], sum.cycles);
        assert_int_equal(sum.instructions, c->instructions - b->instructions);
        assert_int_equal(sum.fp, c->fp - b->fp);
        assert_int_equal(sum.macs, c->macs - b->macs);
        assert_int_equal(sum.loads, c->loads - b->loads);
        /* The store that ends the run is not among the machine's. */
        assert_in_range(sum.stores - (c->stores - b->stores), 0, i == 0);
        for (unsigned j = 0; j < SIM_STALLS; j++)
            assert_int_equal(sum.stall[j], c->stall[j] - b->stall[j]);
        all += sum.cycles;
    }
    assert_int_equal(r->cycles, all);
}

static const sim_stats none;
static const sim_observe_settings profile = {.profile = 1};

static void test_counts(void **state) {
    (void)state;
    sim *s = profile_machine(0);
    sim_observer *o = observe(s, &profile);
    run_to_exit(s);
    sim_profile_report *r = report_of(o);
    same_as_stats(s, r, &none);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const sim_profile_function *f = function_of(r, expected[i].name);
        for (unsigned core = 0; core < CORES; core++) {
            const sim_profile_counts *c = &f->core_self[core];
            if (f->core_calls[core] != expected[i].calls || c->instructions != expected[i].instructions ||
                (expected[i].cycles &&
                 (c->cycles != expected[i].cycles || f->core_inclusive[core] != expected[i].inclusive)))
                fail_msg("%s on core %u: %llu calls, %llu instructions, %llu cycles, %llu inclusive", f->name, core,
                         (unsigned long long)f->core_calls[core], (unsigned long long)c->instructions,
                         (unsigned long long)c->cycles, (unsigned long long)f->core_inclusive[core]);
        }
        assert_int_equal(f->calls, CORES * expected[i].calls);
        assert_int_equal(f->self.instructions, CORES * expected[i].instructions);
    }
    /* Recursion is counted once. */
    const sim_profile_function *recurse = function_of(r, "recurse");
    assert_int_equal(recurse->inclusive, recurse->self.cycles);
    assert_int_equal(function_of(r, "looped")->core_self[3].stall[SIM_STALL_BRANCH], 1);
    assert_int_equal(function_of(r, "ten")->core_self[3].stall[SIM_STALL_LOAD_USE], 1);
    assert_int_equal(function_of(r, "ten")->core_self[3].loads, 2);
    assert_int_equal(function_of(r, "ten")->core_self[3].stores, 3);
    for (uint32_t i = 1; i < r->functions; i++)
        assert_true(r->function[i - 1].self.cycles >= r->function[i].self.cycles);
    sim_profile_free(r);
    sim_observe_end(o);
    sim_destroy(s);
}

static void test_calls(void **state) {
    (void)state;
    sim *s = profile_machine(0);
    sim_observer *o = observe(s, &profile);
    run_to_exit(s);
    sim_profile_report *r = report_of(o);
    uint64_t of_main = 0;
    const sim_profile_function *caller = function_of(r, "main");
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        int found = 0;
        for (uint32_t j = 0; j < r->edges; j++)
            if (strcmp(r->function[r->edge[j].caller].name, edges[i].caller) == 0 &&
                strcmp(r->function[r->edge[j].callee].name, edges[i].callee) == 0) {
                assert_int_equal(r->edge[j].calls, CORES * edges[i].calls);
                found++;
            }
        if (found != 1)
            fail_msg("%s calls %s: %d edges", edges[i].caller, edges[i].callee, found);
    }
    for (uint32_t j = 0; j < r->edges; j++)
        if (&r->function[r->edge[j].caller] == caller)
            of_main += r->edge[j].cycles;
    assert_int_equal(caller->inclusive, caller->self.cycles + of_main);
    /* Code without a symbol is named by its address: 4 instructions, once a core. */
    uint32_t hidden = 0;
    for (uint32_t i = 0; i < r->functions; i++)
        if (strncmp(r->function[i].name, "0x1c01", 6) == 0) {
            hidden++;
            assert_int_equal(r->function[i].calls, CORES);
            assert_int_equal(r->function[i].self.instructions, CORES * 4);
            assert_int_equal(r->function[i].bytes, 2 + 2 + 2 + 2);
        }
    assert_int_equal(hidden, 1);
    sim_profile_free(r);
    sim_observe_end(o);
    sim_destroy(s);
}

/* Without any symbol functions are what is called, and where it begins. */
static void test_stripped(void **state) {
    (void)state;
    static uint8_t elf[1 << 16];
    FILE *from = fopen(PROFILE_ELF, "rb");
    assert_non_null(from);
    const size_t bytes = fread(elf, 1, sizeof elf, from);
    fclose(from);
    memset(elf + 32, 0, 4); /* e_shoff */
    memset(elf + 48, 0, 4); /* e_shnum, e_shstrndx */
    sim *named = profile_machine(0);
    uint32_t leaf = 0, start = 0, found = 0;
    assert_int_equal(sim_symbol(named, "leaf", &leaf, NULL), SIM_OK);
    assert_int_equal(sim_symbol(named, "_start", &start, NULL), SIM_OK);
    sim *s = profile_machine(0);
    assert_int_equal(sim_load_bytes(s, elf, bytes), SIM_OK);
    sim_observer *o = observe(s, &profile);
    run_to_exit(s);
    sim_profile_report *r = report_of(o);
    same_as_stats(s, r, &none);
    for (uint32_t i = 0; i < r->functions; i++) {
        const sim_profile_function *f = &r->function[i];
        char name[16];
        snprintf(name, sizeof name, "0x%08x", f->address);
        assert_string_equal(f->name, name);
        if (f->address == leaf)
            assert_int_equal(f->self.instructions, CORES * 24);
        found += f->address == leaf || f->address == start;
    }
    assert_int_equal(found, 2);
    sim_profile_free(r);
    sim_observe_end(o);
    sim_destroy(s);
    sim_destroy(named);
}

/* Stacks as text: their cycles are all cycles. */
static void test_folded(void **state) {
    (void)state;
    char *text = NULL;
    size_t bytes = 0;
    sim *s = profile_machine(1);
    sim_observer *o = observe(s, &profile);
    run_to_exit(s);
    FILE *to = open_memstream(&text, &bytes);
    assert_true(sim_profile_folded(o, to));
    fclose(to);
    sim_profile_report *r = report_of(o);
    uint64_t sum = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        assert_true(strncmp(line, "core ", 5) == 0 || strncmp(line, "fabric controller;", 18) == 0);
        sum += strtoull(strrchr(line, ' '), NULL, 10);
    }
    assert_int_equal(sum, r->cycles);
    free(text);
    sim_profile_free(r);
    sim_observe_end(o);
    sim_destroy(s);
}

static void check_annotations(const sim_observer *o, const sim_profile_report *r) {
    for (uint32_t i = 0; i < r->functions; i++) {
        const sim_profile_function *f = &r->function[i];
        sim_annotation *a = sim_annotate(o, f->name);
        if (!a)
            fail_msg("%s is not annotated", f->name);
        assert_memory_equal(&a->total, &f->self, sizeof a->total);
        uint64_t cycles = 0;
        for (uint32_t j = 0; j < a->lines; j++)
            cycles += a->line[j].counts.cycles;
        assert_int_equal(cycles, f->self.cycles);
        sim_annotation_free(a);
    }
    assert_null(sim_annotate(o, "nobody"));
}

static void test_annotate(void **state) {
    (void)state;
    sim *s = profile_machine(1);
    sim_observer *o = observe(s, &profile);
    run_to_exit(s);
    sim_profile_report *r = report_of(o);
    check_annotations(o, r);
    sim_annotation *a = sim_annotate(o, "looped");
    static const uint8_t in_loop[] = {0, 1, 1, 1, 0}, times[] = {1, 10, 10, 10, 1};
    assert_int_equal(a->lines, 5);
    for (uint32_t i = 0; i < a->lines; i++) {
        assert_int_equal(a->line[i].loops, in_loop[i]);
        assert_int_equal(a->line[i].counts.instructions, CORES * times[i]);
        assert_int_equal(a->line[i].bytes, 4);
    }
    assert_non_null(strstr(a->line[3].text, "addi       t2, t2, 1"));
    sim_annotation_free(a);
    sim_profile_free(r);
    sim_observe_end(o);
    sim_destroy(s);
}

static void test_work(void **state) {
    (void)state;
    sim *s = work_machine();
    sim_observer *o = observe(s, &profile);
    run_to_exit(s);
    sim_profile_report *r = report_of(o);
    same_as_stats(s, r, &none);
    check_annotations(o, r);
    sim_profile_free(r);
    sim_observe_end(o);
    sim_destroy(s);
}

/* Floating-point units that are shared, or take long: the interpreter's other form. */
static void test_shared_units(void **state) {
    (void)state;
    for (uint32_t latency = 1; latency <= 3; latency += 2) {
        sim *s = program_machine("m_float", 4, latency);
        sim_observer *o = observe(s, &profile);
        run_to_exit(s);
        sim_profile_report *r = report_of(o);
        same_as_stats(s, r, &none);
        assert_true(function_of(r, "m_float")->self.stall[SIM_STALL_FPU] > 0);
        assert_true(function_of(r, "m_float")->self.macs > 0);
        check_annotations(o, r);
        sim_profile_free(r);
        sim_observe_end(o);
        sim_destroy(s);
    }
}

/* From any cycle to any other: what is counted is the difference of the machine's counters. */
static void test_parts(void **state) {
    (void)state;
    sim *whole = work_machine();
    assert_int_equal(sim_run(whole, UINT64_MAX), SIM_EXITED);
    const uint64_t end = sim_cycles(whole);
    sim_destroy(whole);
    assert_true(end > 6000);
    for (uint64_t from = 1; from + 16 < end; from += 347) { /* the exit itself takes some cycles */
        sim *s = work_machine();
        sim_stats before;
        assert_int_equal(sim_run(s, from), SIM_LIMIT);
        sim_get_stats(s, &before);
        sim_observer *o = observe(s, &profile);
        const sim_status status = sim_run(s, 1 + from % 1009);
        assert_true(status == SIM_LIMIT || status == SIM_EXITED);
        sim_profile_report *r = report_of(o);
        same_as_stats(s, r, &before);
        sim_profile_free(r);
        sim_observe_end(o);
        sim_destroy(s);
    }
}

/* Who waits for a bank is found out afterwards where nothing but the profile is wanted, and at once with a trace. */
static void test_alone(void **state) {
    (void)state;
    sim *alone = work_machine(), *traced = work_machine();
    FILE *nowhere = fopen("/dev/null", "w");
    assert_non_null(nowhere);
    const sim_observe_settings both = {.profile = 1, .trace = nowhere};
    sim_observer *a = observe(alone, &profile), *b = observe(traced, &both);
    run_to_exit(alone);
    run_to_exit(traced);
    sim_profile_report *of_a = report_of(a), *of_b = report_of(b);
    assert_int_equal(of_a->functions, of_b->functions);
    for (uint32_t i = 0; i < of_a->functions; i++) {
        sim_profile_function x = of_a->function[i], y = of_b->function[i];
        assert_string_equal(x.name, y.name);
        x.name = y.name = NULL;
        assert_memory_equal(&x, &y, sizeof x);
    }
    sim_annotation *lines_a = sim_annotate(a, of_a->function[0].name);
    sim_annotation *lines_b = sim_annotate(b, of_a->function[0].name);
    assert_non_null(lines_a);
    assert_int_equal(lines_a->lines, lines_b->lines);
    for (uint32_t i = 0; i < lines_a->lines; i++)
        assert_memory_equal(&lines_a->line[i].counts, &lines_b->line[i].counts, sizeof lines_a->line[i].counts);
    assert_true(lines_a->total.stall[SIM_STALL_BANK] > 0);
    sim_annotation_free(lines_a);
    sim_annotation_free(lines_b);
    sim_profile_free(of_a);
    sim_profile_free(of_b);
    sim_observe_end(a);
    sim_observe_end(b);
    sim_destroy(alone);
    sim_destroy(traced);
    fclose(nowhere);
}

static uint8_t *memories(const sim *s, size_t *bytes) {
    *bytes = 0x10000 + 0x200000;
    uint8_t *all = malloc(*bytes);
    assert_non_null(all);
    assert_int_equal(sim_read(s, 0x10000000, all, 0x10000), SIM_OK);
    assert_int_equal(sim_read(s, 0x1C000000, all + 0x10000, 0x200000), SIM_OK);
    return all;
}

/* Looking changes nothing. */
static void test_unchanged(void **state) {
    (void)state;
    sim *plain = work_machine(), *seen = work_machine();
    FILE *nowhere = fopen("/dev/null", "w");
    assert_non_null(nowhere);
    const sim_observe_settings all = {.profile = 1, .timeline = 1, .timeline_events = 1000, .trace = nowhere};
    sim_observer *o = observe(seen, &all);
    assert_null(sim_observe(seen, &all));
    run_to_exit(plain);
    run_to_exit(seen);
    sim_stats a, b;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    sim_get_stats(plain, &a);
    sim_get_stats(seen, &b);
    assert_memory_equal(&a, &b, sizeof a);
    size_t bytes;
    uint8_t *of_plain = memories(plain, &bytes), *of_seen = memories(seen, &bytes);
    assert_memory_equal(of_plain, of_seen, bytes);
    free(of_plain);
    free(of_seen);
    sim_observe_end(o);
    fclose(nowhere);
    sim_destroy(plain);
    sim_destroy(seen);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_counts), cmocka_unit_test(test_calls),
                                       cmocka_unit_test(test_folded), cmocka_unit_test(test_stripped),
                                       cmocka_unit_test(test_work),   cmocka_unit_test(test_annotate),
                                       cmocka_unit_test(test_parts),  cmocka_unit_test(test_shared_units),
                                       cmocka_unit_test(test_alone),  cmocka_unit_test(test_unchanged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
