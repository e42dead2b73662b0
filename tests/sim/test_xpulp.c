/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Xpulp instructions against plain C written from their description: random operands, all memory forms, hardware loops.
 * No other implementation takes part.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa_trial.h"

static int32_t sgn(uint32_t x) {
    return x >> 31 ? -(int32_t)(~x) - 1 : (int32_t)x;
}

static uint32_t min_signed(uint32_t d, uint32_t a, uint32_t b) {
    (void)d;
    return sgn(a) < sgn(b) ? a : b;
}

static uint32_t max_signed(uint32_t d, uint32_t a, uint32_t b) {
    (void)d;
    return sgn(a) < sgn(b) ? b : a;
}

static uint32_t min_unsigned(uint32_t d, uint32_t a, uint32_t b) {
    (void)d;
    return a < b ? a : b;
}

static uint32_t max_unsigned(uint32_t d, uint32_t a, uint32_t b) {
    (void)d;
    return a < b ? b : a;
}

static uint32_t mac(uint32_t d, uint32_t a, uint32_t b) {
    return d + a * b;
}

static uint32_t msu(uint32_t d, uint32_t a, uint32_t b) {
    return d - a * b;
}

static uint32_t absolute(uint32_t d, uint32_t a, uint32_t b) {
    (void)d, (void)b;
    return a >> 31 ? 0u - a : a;
}

static uint32_t less_equal(uint32_t d, uint32_t a, uint32_t b) {
    (void)d;
    return sgn(a) <= sgn(b);
}

static uint32_t less_equal_unsigned(uint32_t d, uint32_t a, uint32_t b) {
    (void)d;
    return a <= b;
}

static uint32_t sign_half(uint32_t d, uint32_t a, uint32_t b) {
    (void)d, (void)b;
    return (a & 0xffff) | (a & 0x8000 ? 0xffff0000 : 0);
}

static uint32_t zero_half(uint32_t d, uint32_t a, uint32_t b) {
    (void)d, (void)b;
    return a & 0xffff;
}

static uint32_t sign_byte(uint32_t d, uint32_t a, uint32_t b) {
    (void)d, (void)b;
    return (a & 0xff) | (a & 0x80 ? 0xffffff00 : 0);
}

static uint32_t zero_byte(uint32_t d, uint32_t a, uint32_t b) {
    (void)d, (void)b;
    return a & 0xff;
}

static void test_integer(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint32_t f3, f7;
        int unary;
        uint32_t (*means)(uint32_t d, uint32_t a, uint32_t b);
    } ops[] = {
        {"p.mac", 0, 0x21, 0, mac},
        {"p.msu", 1, 0x21, 0, msu},
        {"p.min", 4, 0x02, 0, min_signed},
        {"p.minu", 5, 0x02, 0, min_unsigned},
        {"p.max", 6, 0x02, 0, max_signed},
        {"p.maxu", 7, 0x02, 0, max_unsigned},
        {"p.abs", 0, 0x02, 1, absolute},
        {"p.slet", 2, 0x02, 0, less_equal},
        {"p.sletu", 3, 0x02, 0, less_equal_unsigned},
        {"p.exths", 4, 0x08, 1, sign_half},
        {"p.exthz", 5, 0x08, 1, zero_half},
        {"p.extbs", 6, 0x08, 1, sign_byte},
        {"p.extbz", 7, 0x08, 1, zero_byte},
    };
    trial *t = new_trial(3);
    isa_program *p = &t->program;
    for (size_t op = 0; op < sizeof ops / sizeof *ops; op++) {
        for (int i = 0; i < 60; i++) {
            const uint32_t same = isa_below(p, 8), a = operand(p), b = same == 0 ? a : operand(p), d = operand(p);
            /* Also with rd the same register as an operand, and into x0. */
            const uint32_t rs1 = 1 + isa_below(p, 28), rs2 = 1 + (rs1 + isa_below(p, 27)) % 28;
            const uint32_t rd = same == 1 ? rs1 : same == 2 ? rs2 : same == 3 ? 0 : 1 + (rs1 + 3) % 28;
            isa_load(p, rd, d);
            isa_load(p, rs1, a);
            isa_load(p, rs2, b);
            isa_emit(p, isa_r(0x33, ops[op].f3, ops[op].f7, rd, rs1, ops[op].unary ? 0 : rs2));
            const uint32_t old = rd == rs1 ? a : rd == rs2 ? b : d;
            expect(t, rd, rd == 0 ? 0 : ops[op].means(old, a, b), ops[op].name);
        }
    }
    run(t);
}

static void test_clip(void **state) {
    (void)state;
    trial *t = new_trial(4);
    isa_program *p = &t->program;
    for (int i = 0; i < 200; i++) {
        const uint32_t a = isa_below(p, 2) ? operand(p) : isa_below(p, 600) - 300;
        const uint32_t bits = isa_below(p, 32), bound = isa_below(p, 2) ? isa_below(p, 256) : isa_random(p) >> 1;
        const int32_t low = bits ? -(int32_t)((1u << (bits - 1)) - 1) - 1 : -1, x = sgn(a);
        const int32_t high = bits ? (int32_t)((1u << (bits - 1)) - 1) : 0;
        const int32_t from_register = (int32_t)bound;
        isa_load(p, 1, a);
        isa_load(p, 2, bound);
        isa_emit(p, isa_r(0x33, 1, 0x0A, 3, 1, bits));
        expect(t, 3, (uint32_t)(x <= low ? low : x >= high ? high : x), "p.clip");
        isa_emit(p, isa_r(0x33, 2, 0x0A, 3, 1, bits));
        expect(t, 3, (uint32_t)(x <= 0 ? 0 : x >= high ? high : x), "p.clipu");
        isa_emit(p, isa_r(0x33, 5, 0x0A, 3, 1, 2));
        expect(t, 3,
               (uint32_t)(x <= -from_register - 1 ? -from_register - 1
                          : x >= from_register    ? from_register
                                                  : x),
               "p.clipr");
        isa_emit(p, isa_r(0x33, 6, 0x0A, 3, 1, 2));
        expect(t, 3, (uint32_t)(x <= 0 ? 0 : x >= from_register ? from_register : x), "p.clipur");
    }
    run(t);
}

static void test_half_signs(void **state) {
    (void)state;
    trial *t = new_trial(10);
    isa_program *p = &t->program;
    for (int i = 0; i < 200; i++) {
        const uint32_t a = isa_random(p) & 0xffff, b = isa_random(p) & 0xffff, f3 = isa_below(p, 3);
        const uint32_t sign = f3 == 0 ? b : f3 == 1 ? ~b : a ^ b;
        isa_load(p, 1, a >> 15 ? a | 0xffff0000 : a);
        isa_load(p, 2, b >> 15 ? b | 0xffff0000 : b);
        isa_emit(p, isa_r(0x53, f3, 0x12, 3, 1, 2));
        isa_emit(p, isa_r(0x33, 5, 0x08, 3, 3, 0)); /* p.exthz: what the upper half holds is not said anywhere */
        expect(t, 3, (a & 0x7fff) | (sign & 0x8000), "fsgnj.h, fsgnjn.h, fsgnjx.h");
    }
    run(t);
}

static void test_branch_immediate(void **state) {
    (void)state;
    trial *t = new_trial(5);
    isa_program *p = &t->program;
    for (int i = 0; i < 200; i++) {
        const uint32_t imm = isa_below(p, 32), unequal = isa_below(p, 2);
        const uint32_t wide = (imm & 31) | (imm & 16 ? 0xffffffe0 : 0);
        const uint32_t a = isa_below(p, 2) ? wide : isa_below(p, 4) ? operand(p) : imm;
        const int taken = unequal ? a != wide : a == wide;
        isa_load(p, 1, a);
        isa_emit(p, isa_i(0x13, 0, 2, 0, 7));
        isa_emit(p, isa_b(2 + unequal, 1, imm, 8));
        isa_emit(p, isa_i(0x13, 0, 2, 0, 9));
        expect(t, 2, taken ? 7 : 9, unequal ? "p.bneimm" : "p.beqimm");
    }
    run(t);
}

static uint32_t load_means(const unsigned char *at, uint32_t width, int is_unsigned) {
    uint32_t x = 0;
    for (uint32_t i = 0; i < 1u << width; i++)
        x |= (uint32_t)at[i] << 8 * i;
    return width == 2 || is_unsigned ? x : width == 1 ? sign_half(0, x, 0) : sign_byte(0, x, 0);
}

/* All loads and stores with an update or a register offset, at any alignment, forwards and backwards. */
static void test_memory(void **state) {
    (void)state;
    static const char *const names[2][3] = {{"load imm!", "load reg!", "load reg"},
                                            {"store imm!", "store reg!", "store reg"}};
    trial *t = new_trial(6);
    isa_program *p = &t->program;
    const uint32_t base = SCRATCH_ADDRESS + ISA_SCRATCH_FIRST;
    for (uint32_t i = 0; i < WORDS; i++) {
        const uint32_t value = isa_random(p);
        memcpy(t->memory + 4 * i, &value, 4);
        isa_load(p, 1, value);
        isa_emit(p, isa_s(0x23, 2, ISA_SCRATCH, 1, (int32_t)(ISA_SCRATCH_FIRST + 4 * i)));
    }
    for (int i = 0; i < 1500; i++) {
        const uint32_t store = isa_below(p, 2), form = isa_below(p, 3), width = isa_below(p, 3);
        const uint32_t is_unsigned = !store && width < 2 && isa_below(p, 2);
        const uint32_t f3 = width + 4 * is_unsigned, f7 = width << 3 | is_unsigned << 5;
        const int32_t step =
            form == 0 && isa_below(p, 4) == 0 ? (int32_t)isa_below(p, 4096) - 2048 : (int32_t)isa_below(p, 200) - 100;
        const uint32_t at = isa_below(p, WORDS * 4 - 3), value = operand(p);
        const uint32_t start = base + at - (form == 2 ? (uint32_t)step : 0);
        isa_load(p, 1, start);
        isa_load(p, 2, (uint32_t)step);
        isa_load(p, 3, value);
        if (store) {
            const uint32_t opcode = form == 2 ? 0x23 : 0x2b;
            isa_emit(p, form == 0 ? isa_s(0x2b, width, 1, 3, step) : isa_r(opcode, 4 + width, 0, 2, 1, 3));
            memcpy(t->memory + at, &value, (size_t)1 << width);
        } else {
            const uint32_t opcode = form == 2 ? 0x03 : 0x0b;
            isa_emit(p, form == 0 ? isa_i(0x0b, f3, 3, 1, step) : isa_r(opcode, 7, f7, 3, 1, 2));
            expect(t, 3, load_means(t->memory + at, width, (int)is_unsigned), names[0][form]);
        }
        expect(t, 1, form == 2 ? start : base + at + (uint32_t)step, names[store][form]);
    }
    for (uint32_t i = 0; i < WORDS; i++) {
        isa_emit(p, isa_i(0x03, 2, 1, ISA_SCRATCH, (int32_t)(ISA_SCRATCH_FIRST + 4 * i)));
        expect(t, 1, load_means(t->memory + 4 * i, 2, 0), "memory");
    }
    /* The floating-point encodings move x registers. */
    isa_load(p, 9, 0x80c0ffee);
    isa_emit(p, isa_s(0x27, 2, ISA_SCRATCH, 9, ISA_SCRATCH_FIRST));
    isa_emit(p, isa_i(0x07, 2, 10, ISA_SCRATCH, ISA_SCRATCH_FIRST));
    expect(t, 10, 0x80c0ffee, "fsw, flw");
    isa_emit(p, isa_r(0x53, 0, 0x70, 11, 10, 0));
    expect(t, 11, 0x80c0ffee, "fmv.x.w");
    isa_emit(p, isa_r(0x53, 0, 0x78, 12, 10, 0));
    expect(t, 12, 0x80c0ffee, "fmv.w.x");
    run(t);
}

static uint32_t lp(uint32_t f3, uint32_t loop, uint32_t rs1, uint32_t imm) {
    return 0x7b | loop << 7 | f3 << 12 | rs1 << 15 | imm << 20;
}

static uint32_t once_at_least(uint32_t n) {
    return n ? n : 1;
}

/* Opens a loop of `body` instructions in one of its ways; returns how often it will run. */
static uint32_t open_loop(trial *t, uint32_t loop, uint32_t body, uint32_t count) {
    isa_program *p = &t->program;
    const uint32_t reg = 20 + loop;
    switch (isa_below(p, body <= 15 ? 4 : 3)) {
    case 0: /* lp.setup */
        isa_emit(p, isa_i(0x13, 0, reg, 0, (int32_t)count));
        isa_emit(p, lp(4, loop, reg, 2 * body));
        break;
    case 1: /* lp.starti, lp.endi, lp.count: offsets are from each instruction itself */
        isa_emit(p, isa_i(0x13, 0, reg, 0, (int32_t)count));
        isa_emit(p, lp(0, loop, 0, 6));
        isa_emit(p, lp(1, loop, 0, 2 * (body + 1)));
        isa_emit(p, lp(2, loop, reg, 0));
        break;
    case 2: /* lp.counti, in another order */
        isa_emit(p, lp(3, loop, 0, count));
        isa_emit(p, lp(1, loop, 0, 2 * (body + 1)));
        isa_emit(p, lp(0, loop, 0, 2));
        break;
    default: /* lp.setupi */
        isa_emit(p, lp(5, loop, 2 * body, count));
        break;
    }
    return once_at_least(count);
}

static void emit_adds(isa_program *p, uint32_t reg, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        isa_emit(p, isa_i(0x13, 0, reg, reg, (int32_t)i + 1));
}

static uint32_t sum_to(uint32_t n) {
    return n * (n + 1) / 2;
}

static void test_loops(void **state) {
    (void)state;
    trial *t = new_trial(7);
    isa_program *p = &t->program;
    for (uint32_t i = 0; i < 300; i++) {
        const uint32_t loop = isa_below(p, 2), body = 1 + isa_below(p, 20);
        const uint32_t count = isa_below(p, 3) ? isa_below(p, 40) : isa_below(p, 3);
        isa_emit(p, isa_i(0x13, 0, 10, 0, 0));
        const uint32_t times = open_loop(t, loop, body, count);
        emit_adds(p, 10, body);
        isa_emit(p, isa_i(0x13, 0, 10, 10, 1));
        expect(t, 10, times * sum_to(body) + 1, "hardware loop");
    }
    run(t);
}

/*
 * Loop 1 about loop 0, the inner one opened anew in each turn, with `before` and `after` instructions about it. The
 * inner loop is always opened by lp.setup, so that the length of the outer body is known.
 */
static void test_nested_loops(void **state) {
    (void)state;
    trial *t = new_trial(8);
    isa_program *p = &t->program;
    for (uint32_t i = 0; i < 200; i++) {
        const uint32_t before = isa_below(p, 3), after = 1 + isa_below(p, 4), inner = 1 + isa_below(p, 6);
        const uint32_t inner_count = isa_below(p, 8), outer_count = isa_below(p, 8);
        isa_emit(p, isa_i(0x13, 0, 10, 0, 0));
        isa_emit(p, isa_i(0x13, 0, 11, 0, 0));
        isa_emit(p, isa_i(0x13, 0, 12, 0, (int32_t)inner_count));
        const uint32_t times = open_loop(t, 1, before + 1 + inner + after, outer_count);
        emit_adds(p, 11, before);
        isa_emit(p, lp(4, 0, 12, 2 * inner));
        emit_adds(p, 10, inner);
        emit_adds(p, 11, after);
        expect(t, 10, times * once_at_least(inner_count) * sum_to(inner), "inner loop");
        expect(t, 11, times * (sum_to(before) + sum_to(after)), "outer loop");
    }
    run(t);
}

/* Streams through memory in a loop, as kernels do; and the loop's registers as CSRs. */
static void test_loop_uses(void **state) {
    (void)state;
    trial *t = new_trial(9);
    isa_program *p = &t->program;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < 32; i++) {
        isa_load(p, 1, i * i + 5);
        isa_emit(p, isa_s(0x23, 2, ISA_SCRATCH, 1, (int32_t)(ISA_SCRATCH_FIRST + 4 * i)));
        sum += (i * i + 5) * 3;
    }
    isa_emit(p, isa_i(0x13, 0, 1, ISA_SCRATCH, ISA_SCRATCH_FIRST));
    isa_emit(p, isa_i(0x13, 0, 2, 1, 256));
    isa_load(p, 3, 3);
    isa_load(p, 4, 0);
    isa_load(p, 6, 32);
    isa_emit(p, lp(4, 0, 6, 2 * 3));
    isa_emit(p, isa_i(0x0b, 2, 5, 1, 4));       /* p.lw x5, 4(x1!) */
    isa_emit(p, isa_r(0x33, 0, 0x21, 4, 5, 3)); /* p.mac x4, x5, x3 */
    isa_emit(p, isa_s(0x2b, 2, 2, 4, 4));       /* p.sw x4, 4(x2!) */
    expect(t, 4, sum, "sum in a loop");
    expect(t, 1, SCRATCH_ADDRESS + ISA_SCRATCH_FIRST + 128, "pointer after a loop");
    isa_emit(p, isa_i(0x03, 2, 7, 2, -4));
    expect(t, 7, sum, "stored in a loop");
    isa_emit(p, isa_i(0x03, 2, 7, 2, -128));
    expect(t, 7, 15, "stored first in a loop");

    /* The end lies out of the way, so that counting does not begin. */
    for (uint32_t loop = 0; loop < 2; loop++) {
        const uint32_t csr = 0x7C0 + 4 * loop;
        isa_emit(p, 0x17 | 1 << 7);
        isa_emit(p, lp(0, loop, 0, 100));
        isa_emit(p, lp(1, loop, 0, 2000));
        isa_emit(p, lp(3, loop, 0, 17));
        for (uint32_t i = 0; i < 3; i++)
            isa_emit(p, isa_i(0x73, 2, 2 + i, 0, (int32_t)(csr + i)));
        isa_emit(p, lp(3, loop, 0, 0));
        isa_emit(p, isa_r(0x33, 0, 0x20, 2, 2, 1));
        isa_emit(p, isa_r(0x33, 0, 0x20, 3, 3, 1));
        expect(t, 2, 4 + 200, "start of a loop as a CSR");
        expect(t, 3, 8 + 4000, "end of a loop as a CSR");
        expect(t, 4, 17, "count of a loop as a CSR");
    }
    run(t);
}

/* Cycles of a load and an instruction with the loaded register as rd, in a loop whose second turn counts. */
static void test_accumulator_stalls(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint32_t opcode, f3, f7, cycles;
    } ops[] = {
        {"pv.add.h", 0x57, 0, 0x00, 3},      {"pv.sdotsp.h", 0x57, 0, 0x5c, 4},  {"pv.dotsp.b", 0x57, 1, 0x4c, 3},
        {"pv.shuffle2.b", 0x57, 1, 0x64, 4}, {"pv.shuffle.b", 0x57, 1, 0x60, 3}, {"pv.packhi.b", 0x57, 1, 0x6c, 4},
        {"pv.pack.h", 0x57, 0, 0x68, 3},     {"pv.insert.h", 0x57, 6, 0x58, 4},  {"pv.extract.h", 0x57, 6, 0x3c, 3},
        {"p.muluN", 0x5b, 0, 0x03, 3},       {"p.macuN", 0x5b, 1, 0x03, 4},      {"p.addNr", 0x5b, 2, 0x20, 4},
        {"p.addN", 0x5b, 2, 0x03, 3},        {"p.insert", 0x33, 2, 0x63, 4},     {"p.bset", 0x33, 4, 0x63, 3},
        {"vfadd.h", 0x33, 2, 0x41, 3},       {"vfmac.h", 0x33, 2, 0x48, 4},      {"vfmre.r.ah", 0x33, 5, 0x49, 4},
        {"vfdotpex.s.h", 0x33, 0, 0x4b, 4},  {"vfcpka.h.s", 0x33, 2, 0x58, 3},   {"fmacex.s.h", 0x53, 0, 0x2a, 4},
        {"fmulex.s.h", 0x53, 0, 0x26, 3},    {"vfdotp.r.ah", 0x33, 5, 0x4a, 4},  {"vfclass.h", 0x33, 2, 0x4c, 3},
    };
    trial *t = new_trial(5);
    isa_program *p = &t->program;
    isa_load(p, 1, 0);
    isa_load(p, 2, 0);
    for (size_t k = 0; k < sizeof ops / sizeof *ops; k++) {
        isa_emit(p, isa_i(0x13, 0, 10, 0, 2));
        isa_emit(p, isa_i(0x73, 2, 11, 0, (int32_t)0xb00 - 4096)); /* here the branch comes back to */
        isa_emit(p, isa_i(0x03, 2, 5, ISA_SCRATCH, ISA_SCRATCH_FIRST));
        isa_emit(p, isa_r(ops[k].opcode, ops[k].f3, ops[k].f7, 5, 1, 2));
        isa_emit(p, isa_i(0x73, 2, 12, 0, (int32_t)0xb00 - 4096));
        isa_emit(p, isa_i(0x13, 0, 10, 10, -1));
        isa_emit(p, isa_b(1, 10, 0, -20));
        isa_emit(p, isa_r(0x33, 0, 0x20, 12, 12, 11));
        expect(t, 12, ops[k].cycles, ops[k].name);
    }
    run(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integer),   cmocka_unit_test(test_clip),       cmocka_unit_test(test_branch_immediate),
        cmocka_unit_test(test_memory),    cmocka_unit_test(test_loops),      cmocka_unit_test(test_nested_loops),
        cmocka_unit_test(test_loop_uses), cmocka_unit_test(test_half_signs), cmocka_unit_test(test_accumulator_stalls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
