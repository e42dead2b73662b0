/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integer instructions of Xpulp beyond the plain ones (bit fields, normalised 16-bit arithmetic, packed lanes) against
 * plain C written from their description. Encodings are written here anew, from the manual's tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "isa_trial.h"

enum { REPEATS = 150, LANES = 4 };

/* What a value of so many bits is, without and with its sign. */
static int64_t plain(uint32_t x, unsigned bits) {
    return (int64_t)(x % ((uint64_t)1 << bits));
}

static int64_t with_sign(uint32_t x, unsigned bits) {
    const int64_t value = plain(x, bits), range = (int64_t)1 << bits;
    return value >= range / 2 ? value - range : value;
}

static uint32_t cut(int64_t value, unsigned bits) {
    const int64_t range = (int64_t)1 << bits;
    return (uint32_t)(((value % range) + range) % range);
}

/* Division by a power of two that rounds down: an arithmetic shift. */
static int64_t down(int64_t value, unsigned n) {
    const int64_t by = (int64_t)1 << n;
    return value >= 0 ? value / by : -((-value + by - 1) / by);
}

/* Registers for one instruction, now and then the same; rd also x0. */
typedef struct registers {
    uint32_t rd, rs1, rs2;
    uint32_t d, a, b; /* their values before */
} registers;

static registers load_registers(trial *t) {
    isa_program *p = &t->program;
    registers r = {.rs1 = 1 + isa_below(p, 28), .d = operand(p), .a = operand(p), .b = operand(p)};
    r.rs2 = isa_below(p, 8) ? 1 + isa_below(p, 28) : r.rs1;
    const uint32_t same = isa_below(p, 8);
    r.rd = same == 0 ? r.rs1 : same == 1 ? r.rs2 : same == 2 ? 0 : 1 + isa_below(p, 28);
    isa_load(p, r.rd, r.d);
    isa_load(p, r.rs1, r.a);
    isa_load(p, r.rs2, r.b);
    r.a = r.rs1 == r.rs2 ? r.b : r.a;
    r.d = r.rd == 0 ? 0 : r.rd == r.rs2 ? r.b : r.rd == r.rs1 ? r.a : r.d;
    return r;
}

static void check(trial *t, const registers *r, uint32_t instruction, uint32_t value, const char *what) {
    isa_emit(&t->program, instruction);
    expect(t, r->rd, r->rd ? value : 0, what);
}

/* Lane by lane */

typedef int64_t lane_model(int64_t x, int64_t y, unsigned bits);

static int64_t add(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x + y;
}

static int64_t sub(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x - y;
}

static int64_t average(int64_t x, int64_t y, unsigned bits) {
    return down(with_sign(cut(x + y, bits), bits), 1);
}

static int64_t average_unsigned(int64_t x, int64_t y, unsigned bits) {
    return cut(x + y, bits) / 2;
}

static int64_t least(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x < y ? x : y;
}

static int64_t most(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x < y ? y : x;
}

static int64_t shift_right(int64_t x, int64_t y, unsigned bits) {
    return down(x, cut(y, bits) % bits);
}

static int64_t shift_left(int64_t x, int64_t y, unsigned bits) {
    return x * ((int64_t)1 << cut(y, bits) % bits);
}

static int64_t or_(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x | y;
}

static int64_t xor_(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x ^ y;
}

static int64_t and_(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x & y;
}

static int64_t equal(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x == y ? -1 : 0;
}

static int64_t unequal(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x != y ? -1 : 0;
}

static int64_t greater(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x > y ? -1 : 0;
}

static int64_t greater_equal(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x >= y ? -1 : 0;
}

static int64_t less(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x < y ? -1 : 0;
}

static int64_t less_equal(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x <= y ? -1 : 0;
}

static int64_t times(int64_t x, int64_t y, unsigned bits) {
    (void)bits;
    return x * y;
}

typedef struct packed {
    const char *name;
    uint32_t f5, f; /* bits 31 to 27, and 26 */
    int signed_x, signed_y, signed_imm;
    lane_model *means;
    enum { EACH, SUM, SUM_ONTO } how;
} packed;

static const packed packed_ops[] = {
    {"pv.add", 0, 0, 1, 1, 1, add, EACH},
    {"pv.sub", 1, 0, 1, 1, 1, sub, EACH},
    {"pv.avg", 2, 0, 1, 1, 1, average, EACH},
    {"pv.avgu", 3, 0, 0, 0, 0, average_unsigned, EACH},
    {"pv.min", 4, 0, 1, 1, 1, least, EACH},
    {"pv.minu", 5, 0, 0, 0, 0, least, EACH},
    {"pv.max", 6, 0, 1, 1, 1, most, EACH},
    {"pv.maxu", 7, 0, 0, 0, 0, most, EACH},
    {"pv.srl", 8, 0, 0, 0, 0, shift_right, EACH},
    {"pv.sra", 9, 0, 1, 0, 0, shift_right, EACH},
    {"pv.sll", 10, 0, 0, 0, 0, shift_left, EACH},
    {"pv.or", 11, 0, 1, 1, 1, or_, EACH},
    {"pv.xor", 12, 0, 1, 1, 1, xor_, EACH},
    {"pv.and", 13, 0, 1, 1, 1, and_, EACH},
    {"pv.cmpeq", 0, 1, 1, 1, 1, equal, EACH},
    {"pv.cmpne", 1, 1, 1, 1, 1, unequal, EACH},
    {"pv.cmpgt", 2, 1, 1, 1, 1, greater, EACH},
    {"pv.cmpge", 3, 1, 1, 1, 1, greater_equal, EACH},
    {"pv.cmplt", 4, 1, 1, 1, 1, less, EACH},
    {"pv.cmple", 5, 1, 1, 1, 1, less_equal, EACH},
    {"pv.cmpgtu", 6, 1, 0, 0, 0, greater, EACH},
    {"pv.cmpgeu", 7, 1, 0, 0, 0, greater_equal, EACH},
    {"pv.cmpltu", 8, 1, 0, 0, 0, less, EACH},
    {"pv.cmpleu", 9, 1, 0, 0, 0, less_equal, EACH},
    {"pv.dotup", 16, 0, 0, 0, 0, times, SUM},
    {"pv.dotusp", 17, 0, 0, 1, 1, times, SUM},
    {"pv.dotsp", 19, 0, 1, 1, 1, times, SUM},
    {"pv.sdotup", 20, 0, 0, 0, 0, times, SUM_ONTO},
    {"pv.sdotusp", 21, 0, 0, 1, 1, times, SUM_ONTO},
    {"pv.sdotsp", 23, 0, 1, 1, 1, times, SUM_ONTO},
};

/* `y`: the second operand's lanes, in their places. */
static uint32_t packed_result(const packed *op, unsigned bits, uint32_t d, uint32_t a, const uint32_t y[LANES]) {
    uint32_t lanes = 0;
    int64_t sum = op->how == SUM_ONTO ? (int64_t)d : 0;
    for (unsigned i = 0; i < 32 / bits; i++) {
        const uint32_t x = a >> bits * i;
        const int64_t value = op->means(op->signed_x ? with_sign(x, bits) : plain(x, bits),
                                        op->signed_y ? with_sign(y[i], bits) : plain(y[i], bits), bits);
        lanes |= cut(value, bits) << bits * i;
        sum += value;
    }
    return op->how == EACH ? lanes : cut(sum, 32);
}

static void test_lanes(void **state) {
    (void)state;
    trial *t = new_trial(1);
    for (size_t k = 0; k < sizeof packed_ops / sizeof *packed_ops; k++) {
        const packed *op = &packed_ops[k];
        for (int i = 0; i < 6 * REPEATS; i++) {
            if (!has_room(t, 8, 3)) {
                run(t);
                t = new_trial(k);
            }
            isa_program *p = &t->program;
            const registers r = load_registers(t);
            const uint32_t bytes = isa_below(p, 2), form = isa_below(p, 3), imm = isa_below(p, 64);
            const unsigned bits = bytes ? 8 : 16;
            uint32_t y[LANES];
            for (unsigned lane = 0; lane < 32 / bits; lane++)
                y[lane] = form == 0                     ? r.b >> bits * lane
                          : form == 1                   ? r.b
                          : op->signed_imm && imm >= 32 ? (uint32_t)imm - 64
                                                        : imm;
            const uint32_t f3 = (form == 0 ? 0 : form == 1 ? 4 : 6) + bytes;
            const uint32_t f7 = op->f5 << 2 | op->f << 1 | (form == 2 ? imm & 1 : 0);
            check(t, &r, isa_r(0x57, f3, f7, r.rd, r.rs1, form == 2 ? imm >> 1 : r.rs2),
                  packed_result(op, bits, r.d, r.a, y), op->name);
        }
    }
    run(t);
}

/* Lanes moved about: byte by byte, the result's byte i from a source and a place in it */

typedef struct shuffle {
    const char *name;
    uint32_t f3, f5;
    int has_imm;
    /* Sets *from to 0 for rs1, 1 for rs2, 2 for rd; returns the byte's number. */
    uint32_t (*byte)(uint32_t i, uint32_t b, uint32_t imm, int *from);
} shuffle;

static uint32_t shuffle_h(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    (void)imm, (void)from;
    return (i < 2 ? b & 1 : b >> 16 & 1) * 2 + i % 2;
}

static uint32_t shuffle_b(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    (void)imm, (void)from;
    return b >> 8 * i & 3;
}

static uint32_t shuffle_sci_h(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    (void)b, (void)from;
    return (i < 2 ? imm & 1 : imm >> 1 & 1) * 2 + i % 2;
}

static uint32_t low_bytes(uint32_t i, uint32_t imm, uint32_t highest) {
    return i == 3 ? highest : i == 2 ? imm >> 4 & 3 : i == 1 ? imm >> 2 & 3 : imm & 3;
}

static uint32_t shuffle_i0(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    (void)b, (void)from;
    return low_bytes(i, imm, 0);
}

static uint32_t shuffle_i1(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    (void)b, (void)from;
    return low_bytes(i, imm, 1);
}

static uint32_t shuffle_i2(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    (void)b, (void)from;
    return low_bytes(i, imm, 2);
}

static uint32_t shuffle_i3(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    (void)b, (void)from;
    return low_bytes(i, imm, 3);
}

static uint32_t shuffle2_h(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    const uint32_t selector = i < 2 ? b : b >> 16;
    (void)imm;
    *from = selector & 2 ? 0 : 2;
    return (selector & 1) * 2 + i % 2;
}

static uint32_t shuffle2_b(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    const uint32_t selector = b >> 8 * i;
    (void)imm;
    *from = selector & 4 ? 0 : 2;
    return selector & 3;
}

static uint32_t pack_h(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    (void)b, (void)imm;
    *from = i < 2;
    return i % 2;
}

static uint32_t packhi_b(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    (void)b, (void)imm;
    *from = i == 3 ? 0 : i == 2 ? 1 : 2;
    return i >= 2 ? 0 : i;
}

static uint32_t packlo_b(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    (void)b, (void)imm;
    *from = i == 1 ? 0 : i == 0 ? 1 : 2;
    return i >= 2 ? i : 0;
}

static uint32_t insert_h(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    (void)b;
    *from = i / 2 == (imm & 1) ? 0 : 2;
    return *from ? i : i % 2;
}

static uint32_t insert_b(uint32_t i, uint32_t b, uint32_t imm, int *from) {
    (void)b;
    *from = i == (imm & 3) ? 0 : 2;
    return *from ? i : 0;
}

static const shuffle shuffles[] = {
    {"pv.shuffle.h", 0, 24, 0, shuffle_h},         {"pv.shuffle.b", 1, 24, 0, shuffle_b},
    {"pv.shuffle.sci.h", 6, 24, 1, shuffle_sci_h}, {"pv.shuffleI0.sci.b", 7, 24, 1, shuffle_i0},
    {"pv.shuffleI1.sci.b", 7, 29, 1, shuffle_i1},  {"pv.shuffleI2.sci.b", 7, 30, 1, shuffle_i2},
    {"pv.shuffleI3.sci.b", 7, 31, 1, shuffle_i3},  {"pv.shuffle2.h", 0, 25, 0, shuffle2_h},
    {"pv.shuffle2.b", 1, 25, 0, shuffle2_b},       {"pv.pack.h", 0, 26, 0, pack_h},
    {"pv.packhi.b", 1, 27, 0, packhi_b},           {"pv.packlo.b", 1, 28, 0, packlo_b},
    {"pv.insert.h", 6, 22, 1, insert_h},           {"pv.insert.b", 7, 22, 1, insert_b},
};

static void test_shuffles(void **state) {
    (void)state;
    trial *t = new_trial(2);
    isa_program *p = &t->program;
    for (size_t k = 0; k < sizeof shuffles / sizeof *shuffles; k++) {
        const shuffle *op = &shuffles[k];
        for (int i = 0; i < REPEATS; i++) {
            const registers r = load_registers(t);
            const uint32_t imm = isa_below(p, 64), sources[] = {r.a, r.b, r.d};
            uint32_t value = 0;
            for (uint32_t byte = 0; byte < 4; byte++) {
                int from = 0;
                const uint32_t at = op->byte(byte, r.b, imm, &from);
                value |= (sources[from] >> 8 * at & 255) << 8 * byte;
            }
            check(t, &r,
                  isa_r(0x57, op->f3, op->f5 << 2 | (op->has_imm ? imm & 1 : 0), r.rd, r.rs1,
                        op->has_imm ? imm >> 1 : r.rs2),
                  value, op->name);
        }
    }
    for (int i = 0; i < 4 * REPEATS; i++) { /* extract, and abs */
        const registers r = load_registers(t);
        const uint32_t bytes = isa_below(p, 2), imm = isa_below(p, 64), kind = isa_below(p, 3);
        const unsigned bits = bytes ? 8 : 16;
        const uint32_t lane = r.a >> bits * (imm % (32 / bits));
        uint32_t value = 0;
        for (unsigned at = 0; at < 32; at += bits) {
            const int64_t x = with_sign(r.a >> at, bits);
            value |= cut(x < 0 ? -x : x, bits) << at;
        }
        if (kind == 2)
            check(t, &r, isa_r(0x57, bytes, 14 << 2, r.rd, r.rs1, 0), value, "pv.abs");
        else
            check(t, &r, isa_r(0x57, 6 + bytes, (kind ? 18u : 15u) << 2 | (imm & 1), r.rd, r.rs1, imm >> 1),
                  cut(kind ? plain(lane, bits) : with_sign(lane, bits), 32), kind ? "pv.extractu" : "pv.extract");
    }
    run(t);
}

/* Products, sums and differences, shifted and rounded */
static void test_normalised(void **state) {
    (void)state;
    static const char *const names[] = {"p.mul*N", "p.mac*N", "p.add*N", "p.sub*N"};
    trial *t = new_trial(3);
    isa_program *p = &t->program;
    for (int i = 0; i < 20 * REPEATS; i++) {
        const registers r = load_registers(t);
        const uint32_t kind = isa_below(p, 4), rounds = isa_below(p, 2), top = isa_below(p, 4);
        const int from_register = kind >= 2 && (top & 1);
        const unsigned n = from_register ? r.b & 31 : isa_below(p, 3) ? isa_below(p, 32) : 0;
        int is_signed = top >= 2;
        int64_t value;
        if (kind < 2) {
            const uint32_t x = top & 1 ? r.a >> 16 : r.a, y = top & 1 ? r.b >> 16 : r.b;
            value = is_signed ? with_sign(x, 16) * with_sign(y, 16) : plain(x, 16) * plain(y, 16);
            value += kind ? (int64_t)r.d : 0;
        } else {
            const int64_t x = from_register ? r.d : r.a, y = from_register ? r.a : r.b;
            value = kind == 2 ? x + y : x - y;
            is_signed = top < 2;
        }
        if (rounds && n)
            value += (int64_t)1 << (n - 1);
        const uint32_t word = cut(value, 32);
        const uint32_t result = cut(is_signed ? down(with_sign(word, 32), n) : down(plain(word, 32), n), 32);
        check(t, &r, isa_r(0x5b, kind + 4 * rounds, top << 5 | (from_register ? 0 : n), r.rd, r.rs1, r.rs2), result,
              names[kind]);
    }
    run(t);
}

/* Bit by bit */
static void test_bit_fields(void **state) {
    (void)state;
    static const char *const names[] = {"p.extract", "p.extractu", "p.insert", "p.bclr", "p.bset"};
    trial *t = new_trial(4);
    isa_program *p = &t->program;
    for (int i = 0; i < 20 * REPEATS; i++) {
        registers r = load_registers(t);
        const uint32_t kind = isa_below(p, 5), from_register = isa_below(p, 2);
        const uint32_t k = from_register ? r.b : isa_below(p, 1024), first = k & 31, width = (k >> 5 & 31) + 1;
        const uint32_t end = first + width < 32 ? first + width : 32;
        uint32_t value = kind < 2 ? 0 : kind == 2 ? r.d : r.a;
        for (uint32_t bit = first; bit < end; bit++) {
            const uint32_t here = (uint32_t)1 << bit;
            if (kind < 2)
                value |= (r.a >> bit & 1) << (bit - first);
            else if (kind == 2)
                value = (value & ~here) | (r.a >> (bit - first) & 1) << bit;
            else
                value = kind == 3 ? value & ~here : value | here;
        }
        if (kind == 0 && end - first < 32 && r.a >> (end - 1) & 1)
            value |= UINT32_MAX << (end - first);
        const uint32_t immediate = isa_r(0x33, kind, 0x60 | k >> 5, r.rd, r.rs1, first);
        check(t, &r, from_register ? isa_r(0x33, kind, 0x40, r.rd, r.rs1, r.rs2) : immediate, value, names[kind]);
    }
    for (int i = 0; i < 4 * REPEATS; i++) {
        const registers r = load_registers(t);
        uint32_t first = 32, last = 32, ones = 0, same = 1, turned = 0;
        for (uint32_t bit = 0; bit < 32; bit++) {
            const uint32_t one = r.a >> bit & 1;
            first = one && first == 32 ? bit : first;
            last = one ? bit : last;
            ones += one;
            turned |= one << ((bit + 32 - (r.b & 31)) % 32);
        }
        while (same < 32 && (r.a >> (31 - same) & 1) == r.a >> 31)
            same++;
        check(t, &r, isa_r(0x33, 0, 0x08, r.rd, r.rs1, 0), first, "p.ff1");
        isa_load(p, r.rs1, r.a);
        check(t, &r, isa_r(0x33, 1, 0x08, r.rd, r.rs1, 0), last, "p.fl1");
        isa_load(p, r.rs1, r.a);
        check(t, &r, isa_r(0x33, 2, 0x08, r.rd, r.rs1, 0), r.a ? same - 1 : 0, "p.clb");
        isa_load(p, r.rs1, r.a);
        check(t, &r, isa_r(0x33, 3, 0x08, r.rd, r.rs1, 0), ones, "p.cnt");
        isa_load(p, r.rs2, r.b);
        isa_load(p, r.rs1, r.a);
        check(t, &r, isa_r(0x33, 5, 0x04, r.rd, r.rs1, r.rs2), turned, "p.ror");
        /* Written from the top down what stood from the bottom up, a group at a time. */
        const uint32_t group = 1 + isa_below(p, 3), left = isa_below(p, 32), shifted = r.a << left;
        uint32_t reversed = 0, top = 32;
        for (uint32_t to = 0; to + group <= 32; to += group, top -= group)
            for (uint32_t bit = 0; bit < group; bit++)
                reversed |= (shifted >> (top - group + bit) & 1) << (to + bit);
        isa_load(p, r.rs1, r.a);
        check(t, &r, isa_r(0x33, 5, 0x60 | (group - 1), r.rd, r.rs1, left), reversed, "p.bitrev");
    }
    run(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lanes), cmocka_unit_test(test_shuffles),
                                       cmocka_unit_test(test_normalised), cmocka_unit_test(test_bit_fields)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
