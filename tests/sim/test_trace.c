/* SPDX-License-Identifier: Apache-2.0 */
/* Traces: the lines of ten instructions, exactly; their order; filters. */
#include "observed_program.h"

static char *trace_of(sim *s, sim_observe_settings settings) {
    char *text = NULL;
    size_t bytes = 0;
    settings.trace = open_memstream(&text, &bytes);
    sim_observer *o = observe(s, &settings);
    run_to_exit(s);
    assert_int_equal(sim_observe_full(o), 0);
    sim_observe_end(o);
    fclose(settings.trace);
    return text;
}

/* Cycles from the first line on; what stands behind the instruction. Core 1's words begin at L1 + 0x2104. */
static const struct {
    unsigned cycle;
    const char *instruction, *effect;
} ten[] = {
    {0, "ten+0x0   lui        a1, 0x12345", "a1=12345000"},
    {1, "ten+0x4   sw         a1, 4(sp)", "12345000 -> [10002108]"},
    {2, "ten+0x8   lw         a2, 4(sp)", "a2=12345000  <- [10002108]"},
    {4, "ten+0xc   add        a3, a2, a1", "a3=2468a000"},
    {5, "ten+0x10  sh         a3, 8(sp)", "a000 -> [1000210c]"},
    {6, "ten+0x14  addi       a0, sp, 0", "a0=10002104"},
    {7, "ten+0x18  p.lw       a4, 4(a0!)", "a4=00000000  <- [10002104]  a0=10002108"},
    {8, "ten+0x1c  p.sw       a3, 8(a0!)", "2468a000 -> [10002108]  a0=10002110"},
    {9, "ten+0x20  bne        a3, a3", ""},
    {10, "ten+0x24  jalr       zero, 0(ra)", ""},
};

/* Runs of spaces become two at most, so that columns do not matter. */
static void squeeze(char *line) {
    char *to = line;
    for (const char *from = line; *from; from++)
        if (!(from[0] == ' ' && from[1] == ' ' && from[2] == ' '))
            *to++ = *from;
    *to = 0;
}

static void test_lines(void **state) {
    (void)state;
    sim *s = profile_machine(0);
    char *text = trace_of(s, (sim_observe_settings){.trace_cores = 2, .trace_function = "ten"});
    unsigned long long first = 0;
    size_t n = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), n++) {
        assert_true(n < sizeof ten / sizeof *ten);
        char *rest, instruction[80];
        unsigned long long cycle = strtoull(line, &rest, 10);
        first = n ? first : cycle;
        assert_int_equal(cycle - first, ten[n].cycle);
        assert_int_equal(strtoul(rest, &rest, 10), 1);
        rest = strstr(rest, "ten+");
        assert_non_null(rest);
        /* The place and the instruction are columns of fixed widths. */
        snprintf(instruction, sizeof instruction, "%.*s  %.30s", (int)strcspn(rest, " "), rest, rest + 30);
        char wanted[80];
        snprintf(wanted, sizeof wanted, "%s", ten[n].instruction);
        squeeze(wanted);
        squeeze(instruction);
        if (strncmp(instruction, wanted, strlen(wanted)) != 0)
            fail_msg("'%s', not '%s'", instruction, wanted);
        const char *behind = strlen(rest) > 62 ? rest + 62 : "";
        assert_string_equal(behind, ten[n].effect);
    }
    assert_int_equal(n, sizeof ten / sizeof *ten);
    free(text);
    sim_destroy(s);
}

/* Every instruction is there once, and no line is earlier than the one before it. */
static void test_order(void **state) {
    (void)state;
    sim *s = work_machine();
    sim_stats stats;
    uint64_t lines = 0, woken = 0, last = 0, instructions = 0, accesses = 0, all = 0;
    char *text = trace_of(s, (sim_observe_settings){0});
    sim_get_stats(s, &stats);
    for (uint32_t i = 0; i < stats.cores; i++)
        instructions += stats.core[i].instructions;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        uint64_t cycle = strtoull(line, NULL, 10);
        assert_true(cycle >= last);
        last = cycle;
        if (strstr(line, "wakes after"))
            woken++;
        else
            lines++;
    }
    assert_int_equal(lines, instructions);
    assert_true(woken > 100);
    free(text);
    sim_destroy(s);
    s = work_machine();
    text =
        trace_of(s, (sim_observe_settings){.trace_memory = 1, .trace_from = 1000, .trace_to = 2000, .trace_cores = 5});
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), all++) {
        char *rest;
        uint64_t cycle = strtoull(line, &rest, 10);
        uint64_t core = strtoull(rest, NULL, 10);
        assert_in_range(cycle, 1000, 2000 + 200); /* a sleep may end later */
        assert_true(core == 0 || core == 2);
        accesses += strstr(line, "<- [") || strstr(line, "-> [") || strstr(line, "sleeps") || strstr(line, "wakes");
    }
    assert_true(accesses == all && all > 20);
    free(text);
    sim_destroy(s);
}

static void test_unknown_function(void **state) {
    (void)state;
    sim *s = profile_machine(0);
    const sim_observe_settings settings = {.trace = stderr, .trace_function = "nobody"};
    assert_null(sim_observe(s, &settings));
    assert_non_null(strstr(sim_message(s), "no function"));
    run_to_exit(s);
    sim_destroy(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_order),
                                       cmocka_unit_test(test_unknown_function)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
