/* SPDX-License-Identifier: Apache-2.0 */
/* What the simulator says to files that are no program for it, and to settings and addresses that do not exist. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/sim/state.h"

enum { LIMIT = 20000, L1 = 0x10000000, L2 = 0x1C010000 };

typedef struct image {
    unsigned char *bytes;
    size_t size;
} image;

static image read_image(const char *path) {
    image e = {malloc(1 << 20), 0};
    FILE *file = fopen(path, "rb");
    assert_true(file && e.bytes);
    e.size = fread(e.bytes, 1, 1 << 20, file);
    fclose(file);
    return e;
}

static sim *machine(void) {
    sim_machine m;
    sim_machine_pulp8(&m);
    sim *s = sim_create(&m);
    assert_non_null(s);
    return s;
}

/* Copies to exactly as many bytes as there are, so that a sanitizer sees a read beyond. */
static sim_status load(sim *s, const unsigned char *from, size_t bytes) {
    unsigned char *copy = malloc(bytes ? bytes : 1);
    assert_non_null(copy);
    memcpy(copy, from, bytes);
    const sim_status status = sim_load_bytes(s, copy, bytes);
    free(copy);
    return status;
}

static void refuses(sim *s, const unsigned char *bytes, size_t size, const char *what) {
    const sim_status status = load(s, bytes, size);
    const char *message = sim_message(s);
    if (status != SIM_BAD_INPUT || strlen(message) < 10 || strchr(message, '\n'))
        fail_msg("%s, %zu bytes: status %d: \"%s\"", what, size, (int)status, message);
}

/* After all that was refused, a good file runs: with no core started the guest sleeps for ever. */
static void still_works(sim *s, const image *good) {
    assert_int_equal(load(s, good->bytes, good->size), SIM_OK);
    assert_int_equal(sim_run(s, LIMIT), SIM_FAULTED);
    sim_destroy(s);
}

static void test_truncated(void **state) {
    (void)state;
    image e = read_image(MACHINE_ELF);
    sim *s = machine();
    for (size_t size = 0; size < e.size; size += size < 300 ? 1 : 97)
        refuses(s, e.bytes, size, "truncated");
    refuses(s, e.bytes, e.size - 1, "truncated");
    still_works(s, &e);
    free(e.bytes);
}

static void put32(unsigned char *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

static uint32_t get32(const unsigned char *at) {
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* The index of the symbol table's section. */
static uint32_t find_symbols(const image *e) {
    uint32_t i = 0;
    while (get32(e->bytes + get32(e->bytes + 32) + 40 * i + 4) != 2)
        i++;
    return i;
}

static void test_other_files(void **state) {
    (void)state;
    static const char *const others[] = {"/proc/self/exe", OBJECT_FILE, "/dev/null", "/nonexistent/program.elf",
                                         "/tmp"};
    image e = read_image(MACHINE_ELF);
    sim *s = machine();
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const sim_status status = sim_load_file(s, others[i]);
        if (status != SIM_BAD_INPUT || strlen(sim_message(s)) < 10 || strchr(sim_message(s), '\n'))
            fail_msg("%s: status %d: \"%s\"", others[i], (int)status, sim_message(s));
    }
    static const struct {
        size_t at;
        unsigned char value;
        const char *what;
    } changes[] = {{0, 0, "no magic"},   {4, 2, "64 bits"},   {5, 2, "big-endian"},  {16, 1, "relocatable"},
                   {18, 3, "for 80386"}, {18, 40, "for ARM"}, {44, 0, "no segments"}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const unsigned char old = e.bytes[changes[i].at];
        e.bytes[changes[i].at] = changes[i].value;
        refuses(s, e.bytes, e.size, changes[i].what);
        e.bytes[changes[i].at] = old;
    }
    unsigned char text[4096];
    memset(text, 'x', sizeof text);
    refuses(s, text, sizeof text, "text");
    /* The first segment that is loaded: beyond memory, across its end, around the top of the address space. */
    unsigned char *segment = e.bytes + get32(e.bytes + 28);
    while (get32(segment) != 1)
        segment += 32;
    static const uint32_t places[] = {0x40000000, 0x1C200000 - 16, 0xFFFFFFF0, 0x10010000 - 16, 0x1A104000};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        unsigned char old[32];
        memcpy(old, segment, 32);
        put32(segment + 8, places[i]);
        put32(segment + 12, places[i]);
        refuses(s, e.bytes, e.size, "a segment outside memory");
        memcpy(segment, old, 32);
    }
    /* Fields of the header, of the first section and of the symbol table, each with values that cannot be. */
    const uint32_t sections = get32(e.bytes + 32), symbols = sections + 40 * find_symbols(&e);
    const struct {
        size_t at;
        uint32_t value;
        const char *what;
    } fields[] = {{24, 0x40000000, "entry outside memory"},
                  {28, (uint32_t)e.size - 16, "program headers cut off"},
                  {28, 0xFFFFFFF0, "program headers beyond the end"},
                  {32, 0xFFFFFFF0, "section headers beyond the end"},
                  {44, 0x0028FFFF, "too many program headers"},
                  {symbols + 16, 0xFFFFFF00, "symbols beyond the end"},
                  {symbols + 20, 0x7FFFFFF0, "endless symbols"},
                  {symbols + 24, 0x0000FFFF, "symbols' names in a section that does not exist"},
                  {sections + 40 + 16, 0xFFFFFF00, "a section beyond the end"},
                  {sections + 40 + 20, 0x7FFFFFF0, "an endless section"}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const uint32_t old = get32(e.bytes + fields[i].at);
        put32(e.bytes + fields[i].at, fields[i].value);
        refuses(s, e.bytes, e.size, fields[i].what);
        put32(e.bytes + fields[i].at, old);
    }
    still_works(s, &e);
    free(e.bytes);
}

/* Headers, then anything, with random damage: loaded or refused, run or faulted, but never worse. */
static void test_random_damage(void **state) {
    (void)state;
    image e = read_image(MACHINE_ELF);
    unsigned char *damaged = malloc(e.size);
    assert_non_null(damaged);
    sim *s = machine();
    uint32_t random = 99, loaded = 0, refused = 0;
    for (int i = 0; i < 3000; i++) {
        memcpy(damaged, e.bytes, e.size);
        const uint32_t headers = get32(e.bytes + 28) + 32u * e.bytes[44], sections = get32(e.bytes + 32);
        for (uint32_t k = 0; k < 1 + (uint32_t)i % 4; k++) {
            random = random * 1664525u + 1013904223u;
            const uint32_t at = random >> 12;
            const size_t where = i % 3 == 0   ? at % headers
                                 : i % 3 == 1 ? sections + at % (e.size - sections)
                                              : at % e.size;
            random = random * 1664525u + 1013904223u;
            damaged[where] = random >> 30 ? (unsigned char)(random >> 16) : (unsigned char)(255 * (random >> 16 & 1));
        }
        const sim_status status = load(s, damaged, e.size);
        if (status == SIM_OK) {
            const sim_status ran = sim_run(s, 300);
            assert_true(ran == SIM_LIMIT || ran == SIM_FAULTED || ran == SIM_EXITED);
            loaded++;
            uint32_t address;
            sim_symbol(s, "buffer", &address, NULL);
            sim_symbol(s, "no such symbol", &address, NULL);
        } else {
            assert_int_equal(status, SIM_BAD_INPUT);
            assert_true(strlen(sim_message(s)) >= 10);
            refused++;
        }
        if (i % 20 == 19) {
            sim_destroy(s);
            s = machine();
        }
    }
    assert_true(loaded > 100 && refused > 100);
    still_works(s, &e);
    free(damaged);
    free(e.bytes);
}

/* Flags are tracked, which takes its time, in programs that read them: not in those that hold bytes that look so. */
static void test_flags(void **state) {
    (void)state;
    static const unsigned char read_them[] = {0x73, 0x25, 0x10, 0x00};
    image e = read_image(FLAGS_ELF);
    sim *s = machine();
    uint32_t place, start;
    assert_int_equal(load(s, e.bytes, e.size), SIM_OK);
    assert_int_equal(s->exact_fp, 0);
    assert_int_equal(sim_symbol(s, "place", &place, NULL), SIM_OK);
    assert_int_equal(sim_symbol(s, "_start", &start, NULL), SIM_OK);
    for (size_t at = 0; at + 4 <= e.size; at += 4)
        if (memcmp(e.bytes + at, "\x13\x00\x73\x25", 4) == 0)
            memcpy(e.bytes + at + (place - start), read_them, sizeof read_them);
    assert_int_equal(load(s, e.bytes, e.size), SIM_OK);
    assert_int_equal(s->exact_fp, 1);
    sim_destroy(s);
    free(e.bytes);
}

static void test_settings(void **state) {
    (void)state;
    sim_machine m;
    sim_machine_pulp8(&m);
    assert_int_equal(m.cores, 8);
    assert_int_equal(m.l1_bytes, 65536);
    assert_int_equal(m.l1_banks, 16);
    assert_int_equal(m.fpus, 8);
    assert_int_equal(m.fpu_latency, 1);
    assert_int_equal(m.l2_latency, 15);
    static const struct {
        size_t field;
        uint32_t value;
    } bad[] = {{offsetof(sim_machine, cores), 0},          {offsetof(sim_machine, cores), 9},
               {offsetof(sim_machine, l1_bytes), 0},       {offsetof(sim_machine, l1_bytes), 65535},
               {offsetof(sim_machine, l1_banks), 0},       {offsetof(sim_machine, l1_banks), 12},
               {offsetof(sim_machine, fpus), 0},           {offsetof(sim_machine, fpus), 9},
               {offsetof(sim_machine, fpu_latency), 0},    {offsetof(sim_machine, fpu_latency), 4},
               {offsetof(sim_machine, l1_bytes), 1u << 31}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sim_machine_pulp8(&m);
        memcpy((char *)&m + bad[i].field, &bad[i].value, 4);
        sim *s = sim_create(&m);
        if (s)
            fail_msg("setting %zu was taken", i);
    }
    for (uint32_t cores = 1; cores <= 8; cores++) {
        sim_machine_pulp8(&m);
        m.cores = cores;
        m.fpus = cores;
        sim *s = sim_create(&m);
        assert_non_null(s);
        sim_destroy(s);
    }
    sim_destroy(NULL);
}

static void test_memory_from_outside(void **state) {
    (void)state;
    sim *s = machine();
    unsigned char data[64], back[64];
    for (uint32_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i + 1);
    static const uint32_t places[] = {L1, L1 + 1, L1 + 65536 - 37, L2, L2 + 3, 0x1C200000 - 37};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        assert_int_equal(sim_write(s, places[i], data, 37), SIM_OK);
        memset(back, 0, sizeof back);
        assert_int_equal(sim_read(s, places[i], back, 37), SIM_OK);
        assert_memory_equal(back, data, 37);
        assert_int_equal(back[37], 0);
    }
    static const uint32_t outside[] = {L1 + 65536 - 36, L1 + 65536, 0x1C200000 - 36, 0xFFFFFFFC, 0x40000000, L1 - 1};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        assert_int_equal(sim_write(s, outside[i], data, 37), SIM_BAD_INPUT);
        assert_int_equal(sim_read(s, outside[i], back, 37), SIM_BAD_INPUT);
    }
    assert_int_equal(sim_read(s, L1, back, (size_t)-1), SIM_BAD_INPUT);
    uint32_t address = 7, bytes = 7;
    assert_int_equal(sim_symbol(s, "buffer", &address, &bytes), SIM_BAD_INPUT);
    assert_int_equal(sim_load_file(s, MACHINE_ELF), SIM_OK);
    assert_int_equal(sim_symbol(s, "buffer", &address, &bytes), SIM_OK);
    assert_int_equal(bytes, 16384);
    assert_true(address >= L2 && address % 64 == 0);
    assert_int_equal(sim_symbol(s, "no_such_symbol", &address, &bytes), SIM_BAD_INPUT);
    sim_destroy(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncated),     cmocka_unit_test(test_other_files),
        cmocka_unit_test(test_random_damage), cmocka_unit_test(test_flags),
        cmocka_unit_test(test_settings),      cmocka_unit_test(test_memory_from_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
