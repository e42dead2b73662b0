/* SPDX-License-Identifier: Apache-2.0 */
/* Machine files: what they can say, and the one sentence for each thing they cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/sim/sim.h"

static sim_machine read_fine(const char *text) {
    sim_machine m;
    char why[512] = "";
    if (sim_machine_parse(text, strlen(text), "dir/board.machine", &m, why, sizeof why) != SIM_OK)
        fail_msg("refused: %s: %s", text, why);
    sim *s = sim_create(&m);
    assert_non_null(s);
    sim_destroy(s);
    return m;
}

static void test_built_in(void **state) {
    (void)state;
    sim_machine m, pulp8;
    sim_machine_pulp8(&pulp8);
    assert_string_equal(sim_machine_names[0], "pulp8");
    for (size_t i = 0; sim_machine_names[i]; i++) {
        memset(&m, 0xAA, sizeof m);
        assert_int_equal(sim_machine_named(sim_machine_names[i], &m), 1);
        assert_string_equal(m.name, sim_machine_names[i]);
        sim *s = sim_create(&m);
        assert_non_null(s);
        sim_destroy(s);
    }
    assert_int_equal(pulp8.cores, 8);
    assert_int_equal(pulp8.fpus, 8);
    assert_int_equal(pulp8.l1_bytes, 65536);
    assert_int_equal(pulp8.l1_banks, 16);
    assert_int_equal(pulp8.l2_bytes, 0x1F0000);
    assert_int_equal(sim_machine_named("pulp-open", &m), 1);
    assert_int_equal(m.fpus, 4);
    assert_int_equal(m.l2_bytes, 0x180000);
    assert_int_equal(sim_machine_named("gap9-like", &m), 1);
    assert_int_equal(m.fpus, 8);
    assert_int_equal(m.l1_bytes, 131072);
    assert_int_equal(sim_machine_named("pulp9", &m), 0);
    assert_int_equal(sim_machine_named("", &m), 0);
    assert_string_equal(m.name, "gap9-like");
}

static void test_fine(void **state) {
    (void)state;
    sim_machine m = read_fine(""), pulp8;
    sim_machine_pulp8(&pulp8);
    assert_string_equal(m.name, "board");
    strcpy(m.name, "pulp8");
    assert_memory_equal(&m, &pulp8, sizeof m);
    m = read_fine("# all of it\r\n\n  cores=4 # four\r\n\tl1 = 128K\nl1_banks = 32\nl2 = 1M\nl2_latency = 20\n"
                  "fpu_latency = 3\nfdiv_cycles = 20\nfdiv_half_cycles = 7\nicache = off\ndma_width = 16\n"
                  "dma_burst = 512\ndma_core_queue = 3\ndma_queue = 5\ndot_accumulate = gvsoc\nname = my-board");
    assert_string_equal(m.name, "my-board");
    assert_int_equal(m.cores, 4);
    assert_int_equal(m.l1_bytes, 131072);
    assert_int_equal(m.l1_banks, 32);
    assert_int_equal(m.l2_bytes, 1048576);
    assert_int_equal(m.l2_latency, 20);
    assert_int_equal(m.fpus, 4); /* private stays private */
    assert_int_equal(m.fpu_latency, 3);
    assert_int_equal(m.fdiv_cycles, 20);
    assert_int_equal(m.fdiv_half_cycles, 7);
    assert_int_equal(m.icache, 0);
    assert_int_equal(m.dma_width, 16);
    assert_int_equal(m.dma_burst, 512);
    assert_int_equal(m.dma_core_queue, 3);
    assert_int_equal(m.dma_queue, 5);
    assert_int_equal(m.dot_accumulate, SIM_DOT_GVSOC);
    m = read_fine("l0_sets = 16\nl0_ways = 2\nl1i_banks = 1\nl1i_sets = 64\nl1i_ways = 8\n");
    assert_int_equal(m.l0_sets, 16);
    assert_int_equal(m.l0_ways, 2);
    assert_int_equal(m.l1i_banks, 1);
    assert_int_equal(m.l1i_sets, 64);
    assert_int_equal(m.l1i_ways, 8);
    m = read_fine("machine = pulp-open\nl2 = 1984K\n");
    assert_int_equal(m.fpus, 4);
    assert_int_equal(m.l2_bytes, 0x1F0000);
    assert_string_equal(m.name, "board");
    assert_int_equal(read_fine("machine = pulp-open\ncores = 2\n").fpus, 2);
    assert_int_equal(read_fine("machine = pulp-open\nfpus = private\n").fpus, 8);
    assert_int_equal(read_fine("fpus = private\ncores = 3\n").fpus, 3);
    assert_int_equal(read_fine("fpus = 2\ncores = 3\n").fpus, 2);
    assert_int_equal(read_fine("fdivs = 2\ncores = 3\n").fdivs, 2);
    assert_int_equal(read_fine("fdivs = private\nfpus = 4\n").fdivs, 8);
    assert_string_equal(read_fine("name = x\nfpus = 4\n").name, "x");
    assert_string_equal(read_fine("machine = pulp-open\nname = x\ncores = 8\n").name, "x");
    assert_int_equal(read_fine("machine = pulp-open\nname = x\ncores = 8\n").fpus, 4);
}

static void test_bad(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"fpsu = 4", "board.machine:1: unknown key \"fpsu\"; the nearest is \"fpus\""},
        {"\n\nL1 = 4K", ":3: unknown key \"L1\"; the nearest is \"l1\""},
        {"corse = 8", "\"cores\""},
        {"bank = 8", "unknown key"},
        {"= 8", "unknown key \"\""},
        {"\x1b[2J = 8", "unknown key \"?[2J\""},
        {"cores = 0", ":1: \"cores\" wants a number from 1 to 8, not \"0\""},
        {"cores = 9", "from 1 to 8, not \"9\""},
        {"cores = -1", "not \"-1\""},
        {"cores = eight", "not \"eight\""},
        {"cores = 8 8", "not \"8 8\""},
        {"cores = ", "\"cores\" has no value"},
        {"cores = # 8", "\"cores\" has no value"},
        {"cores 8", "this is no \"key = value\": \"cores 8\""},
        {"cores = 8\nfpus = 4\ncores = 8\n", ":3: \"cores\" stands in line 1 already"},
        {"l1 = 65K", "a power of two from 4K to 1M, not \"65K\""},
        {"l1 = 2K", "not \"2K\""},
        {"l1 = 2M", "not \"2M\""},
        {"l1 = 64k", "not \"64k\""},
        {"l1 = 4294967360K", "not \"4294967360K\""},
        {"l1 = 99999999999999999999999999999999999999999999999999", "9999..."},
        {"l1_banks = 12", "a power of two"},
        {"l2 = 100001", "a multiple of 64, not \"100001\""},
        {"l2 = 17M", "from 4K to 16M"},
        {"fpus = 9", "\"private\" or a number from 1 to 8"},
        {"fpus = none", "\"private\" or a number"},
        {"cores = 2\nfpus = 4", "board.machine: there are more FPUs (4) than cores (2)"},
        {"icache = yes", "on or off, not \"yes\""},
        {"dot_accumulate = ieee", "spec or gvsoc"},
        {"fpu_latency = 4", "from 1 to 3"},
        {"dma_width = 12", "a power of two"},
        {"l0_sets = 1", ":1: \"l0_sets\" wants a power of two from 2 to 64, not \"1\""},
        {"l0_ways = 3", "a power of two from 1 to 16, not \"3\""},
        {"l1i_banks = 16", "a power of two from 1 to 8"},
        {"l1i_sets = 512", "a power of two from 1 to 256"},
        {"l1i_ways = 0", "a power of two from 1 to 16"},
        {"l0_sets = 64", "board.machine: l0_sets x l0_ways wants to be at most 128 lines, not 256"},
        {"l1i_sets = 256", "l1i_banks x l1i_sets x l1i_ways wants to be at most 1024 lines, not 2048"},
        {"icache_sets = 8", "unknown key"},
        {"machine = pulp7", "there is no built-in machine \"pulp7\"; there are pulp8, pulp-open, gap9-like"},
        {"cores = 2\nmachine = pulp8", ":2: \"machine\" must be the first key"},
        {"machine = pulp8\nmachine = pulp8", "stands in line 1 already"},
        {"name = a name of more than thirty-one characters", "at most 31 characters"},
        {"name = two words", "without spaces"},
        {"name = \"quoted\"", "without spaces"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sim_machine m, before;
        char why[512] = "";
        memset(&m, 0x5A, sizeof m);
        before = m;
        /* No byte behind the text may be looked at. */
        char *text = malloc(strlen(bad[i].text));
        assert_non_null(text);
        memcpy(text, bad[i].text, strlen(bad[i].text));
        if (sim_machine_parse(text, strlen(bad[i].text), "dir/board.machine", &m, why, sizeof why) != SIM_BAD_INPUT ||
            !strstr(why, bad[i].says) || strncmp(why, "dir/board.machine:", 18) != 0 || strchr(why, '\n'))
            fail_msg("\"%s\": \"%s\" should say \"%s\"", bad[i].text, why, bad[i].says);
        assert_memory_equal(&m, &before, sizeof m);
        free(text);
        /* The sentence is cut, not overrun. */
        char guarded[32];
        memset(guarded, 0x77, sizeof guarded);
        sim_machine_parse(bad[i].text, strlen(bad[i].text), "b", &m, guarded, 12);
        assert_true(strlen(guarded) < 12 && guarded[12] == 0x77);
    }
    sim_machine m;
    char why[512], nul[] = "cores = 4\0\n";
    assert_int_equal(sim_machine_parse(nul, sizeof nul - 1, "x", &m, why, sizeof why), SIM_BAD_INPUT);
    assert_int_equal(sim_machine_read("/nonexistent.machine", &m, why, sizeof why), SIM_BAD_INPUT);
    assert_non_null(strstr(why, "/nonexistent.machine"));
    assert_int_equal(sim_machine_read("/tmp", &m, why, sizeof why), SIM_BAD_INPUT);
    assert_int_equal(sim_machine_read("/dev/zero", &m, why, sizeof why), SIM_BAD_INPUT);
}

/* What is written is read back as the same machine, and nothing is beyond the room. */
static void test_write(void **state) {
    (void)state;
    static const char *const texts[] = {"", "machine = pulp-open", "cores = 1", "cores = 3\nfpus = 2\nfdivs = 2",
                                        "icache = off\nl2 = 4160\ndot_accumulate = gvsoc\nname = x"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        sim_machine m = read_fine(texts[i]), again;
        char text[4096], small[100], why[512] = "";
        size_t bytes = sim_machine_write(&m, text, sizeof text);
        assert_int_equal(bytes, strlen(text));
        assert_int_equal(sim_machine_parse(text, bytes, "other", &again, why, sizeof why), SIM_OK);
        assert_string_equal(again.name, m.name);
        char text2[4096];
        sim_machine_write(&again, text2, sizeof text2);
        assert_string_equal(text, text2);
        memset(small, 0x77, sizeof small);
        assert_int_equal(sim_machine_write(&m, small, 50), bytes);
        assert_true(strlen(small) == 49 && small[50] == 0x77);
        assert_memory_equal(small, text, 49);
    }
}

static void test_set(void **state) {
    (void)state;
    sim_machine m;
    char why[200] = "";
    sim_machine_pulp8(&m);
    assert_int_equal(sim_machine_set(&m, "cores", "4", why, sizeof why), SIM_OK);
    assert_int_equal(m.fpus, 4);
    assert_int_equal(sim_machine_set(&m, "fpus", "2", why, sizeof why), SIM_OK);
    assert_int_equal(sim_machine_set(&m, "cores", "8", why, sizeof why), SIM_OK);
    assert_int_equal(m.fpus, 2);
    sim_machine before = m;
    assert_int_equal(sim_machine_set(&m, "cores", "9", why, sizeof why), SIM_BAD_INPUT);
    assert_string_equal(why, "\"cores\" wants a number from 1 to 8, not \"9\"");
    assert_int_equal(sim_machine_set(&m, "core", "2", why, sizeof why), SIM_BAD_INPUT);
    assert_non_null(strstr(why, "\"cores\""));
    assert_memory_equal(&m, &before, sizeof m);
    m.cores = 1;
    assert_int_equal(sim_machine_check(&m, why, sizeof why), SIM_BAD_INPUT);
    assert_int_equal(sim_machine_check(&before, why, sizeof why), SIM_OK);
}

static void test_describe(void **state) {
    (void)state;
    sim_machine from, m;
    char why[200], text[100];
    sim_machine_pulp8(&from);
    m = from;
    assert_int_equal(sim_machine_describe(&m, &from, text, sizeof text), 5);
    assert_string_equal(text, "pulp8");
    assert_int_equal(sim_machine_set(&m, "fpu_latency", "2", why, sizeof why), SIM_OK);
    sim_machine_describe(&m, &from, text, sizeof text);
    assert_string_equal(text, "pulp8 with fpu_latency=2");
    assert_int_equal(sim_machine_set(&m, "cores", "4", why, sizeof why), SIM_OK);
    assert_int_equal(sim_machine_set(&m, "l1", "128K", why, sizeof why), SIM_OK);
    assert_int_equal(sim_machine_set(&m, "icache", "off", why, sizeof why), SIM_OK);
    const size_t bytes = sim_machine_describe(&m, &from, text, sizeof text);
    assert_string_equal(text, "pulp8 with cores=4, l1=128K, fpu_latency=2, icache=off");
    assert_int_equal(bytes, strlen(text));
    memset(text, 0x77, sizeof text);
    assert_int_equal(sim_machine_describe(&m, &from, text, 20), bytes);
    assert_true(strlen(text) == 19 && text[20] == 0x77);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_built_in), cmocka_unit_test(test_fine),
                                       cmocka_unit_test(test_bad),      cmocka_unit_test(test_write),
                                       cmocka_unit_test(test_set),      cmocka_unit_test(test_describe)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
