/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as instructions: disassembled, decoded, and run for a while by the fabric controller and two cores. They
 * may fault, they may write over themselves; a run cut in two, and one brought back from a snapshot, must be the same
 * run.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/sim/isa.h"
#include "tools/sim/sim.h"

enum { L2 = 0x1C010000, HEADER = 84, STUB = 44, MOST_CODE = 4096, CYCLES = 600 };

static void put32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* A program with nothing but a segment: the stub starts cores 0 and 1, and then all go to what comes behind it. */
static size_t make_elf(uint8_t *elf, const uint8_t *code, size_t bytes) {
    static const uint32_t stub[STUB / 4] = {
        0x102002b7,                         /* lui t0, 0x10200 */
        0x00000317,                         /* auipc t1, 0 */
        0x02830313,                         /* addi t1, t1, 40: behind the stub */
        0x0462a023,                         /* sw t1, 0x40(t0) */
        0x0462a223,                         /* sw t1, 0x44(t0) */
        0x00300393,                         /* li t2, 3 */
        0x0072a423,                         /* sw t2, 8(t0) */
        0x10001537, 0x1c0205b7, 0x00a00613, /* lui a0, lui a1, li a2, 10 */
        0x00030067                          /* jr t1 */
    };
    static const uint8_t ident[16] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    memset(elf, 0, HEADER);
    memcpy(elf, ident, sizeof ident);
    elf[16] = 2;
    elf[18] = 243;
    put32(elf + 20, 1);
    put32(elf + 24, L2);
    put32(elf + 28, 52);
    elf[40] = 52;
    elf[42] = 32;
    elf[44] = 1;
    elf[46] = 40;
    put32(elf + 52, 1);
    put32(elf + 56, HEADER);
    put32(elf + 60, L2);
    put32(elf + 64, L2);
    put32(elf + 68, (uint32_t)(STUB + bytes));
    put32(elf + 72, (uint32_t)(STUB + bytes));
    put32(elf + 76, 7);
    put32(elf + 80, 4);
    for (size_t i = 0; i < STUB / 4; i++)
        put32(elf + HEADER + 4 * i, stub[i]);
    memcpy(elf + HEADER + STUB, code, bytes);
    return HEADER + STUB + bytes;
}

typedef struct outcome {
    sim_status status;
    uint64_t cycles;
    sim_stats stats;
    uint8_t l1[4096];
} outcome;

static void run(sim *s, uint64_t cycles, outcome *o) {
    memset(o, 0, sizeof *o);
    o->status = sim_run(s, cycles);
    FUZZ_CHECK(o->status == SIM_LIMIT || o->status == SIM_FAULTED || o->status == SIM_EXITED);
    o->cycles = sim_cycles(s);
    sim_get_stats(s, &o->stats);
    FUZZ_CHECK(sim_read(s, 0x10001000, o->l1, sizeof o->l1) == SIM_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static sim *s;
    static sim_snapshot *n;
    static uint8_t elf[HEADER + STUB + MOST_CODE];
    outcome first, again;
    char text[100];
    if (bytes < 2)
        return 0;
    if (!s) {
        sim_machine m;
        sim_machine_pulp8(&m);
        m.l2_bytes = 0x20000;
        s = sim_create(&m);
        n = s ? sim_snapshot_create(s) : NULL;
        FUZZ_CHECK(n);
    }
    uint64_t cut = 1 + data[0];
    data++;
    bytes = bytes - 1 < MOST_CODE ? bytes - 1 : MOST_CODE;
    for (size_t i = 0; i + 4 <= bytes; i += 2) {
        uint32_t word =
            data[i] | (uint32_t)data[i + 1] << 8 | (uint32_t)data[i + 2] << 16 | (uint32_t)data[i + 3] << 24;
        int length = sim_disassemble(L2, word, text, sizeof text);
        FUZZ_CHECK(length == 0 || length == 2 || length == 4);
        FUZZ_CHECK(*text && strlen(text) < sizeof text);
        FUZZ_CHECK((length == 4) == ((word & 3) == 3 && sim_find_insn(word) != SIM_CODE_ILLEGAL));
    }
    size_t size = make_elf(elf, data, bytes);
    FUZZ_CHECK(sim_load_bytes(s, elf, size) == SIM_OK);
    run(s, CYCLES, &first);
    FUZZ_CHECK(sim_load_bytes(s, elf, size) == SIM_OK);
    if (sim_run(s, cut) == SIM_LIMIT) {
        FUZZ_CHECK(sim_save(s, n) == SIM_OK);
        run(s, CYCLES - cut, &again);
        FUZZ_CHECK(memcmp(&first, &again, sizeof first) == 0);
        FUZZ_CHECK(sim_restore(s, n) == SIM_OK);
        run(s, CYCLES - cut, &again);
        FUZZ_CHECK(memcmp(&first, &again, sizeof first) == 0);
    }
    return 0;
}

/* Each instruction of the list with registers and immediates at random; small ones, so that loads find memory. */
size_t fuzz_seed(unsigned i, uint8_t *to, size_t room) {
    enum { EACH = 40 };
    uint32_t random = i + 1;
    unsigned first = SIM_FIRST_INSN + i * EACH;
    size_t bytes = 1;
    if (first >= SIM_CODES || room < 1 + 8 * EACH)
        return 0;
    to[0] = (uint8_t)(40 + i);
    for (unsigned code = first; code < first + EACH && code < SIM_CODES; code++) {
        random = random * 1664525u + 1013904223u;
        put32(to + bytes, sim_insns[code].match | (random & ~sim_insns[code].mask & 0xffefffff));
        bytes += 4;
    }
    return bytes;
}
