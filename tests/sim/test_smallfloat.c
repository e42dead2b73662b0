/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating point of 16 bits on the whole machine: encodings, operands, rounding modes and flags, against plain C in
 * double. Operands are such that a sum, product or multiply-add is exact there, and a quotient or root far from where a
 * second rounding could go wrong. The awkward values are for the comparisons with MPFR and QEMU.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "isa_trial.h"
#include "tools/sim/sim.h"

typedef struct format {
    const char *name;
    unsigned width, fraction, exponent; /* bits */
    uint32_t f3;                        /* of packed instructions */
} format;

static const format half = {"h", 16, 10, 5, 2}, alt = {"ah", 16, 7, 8, 1}, quarter = {"b", 8, 2, 5, 3};
static const format single = {"s", 32, 23, 8, 0};

static int bias(const format *f) {
    return (1 << (f->exponent - 1)) - 1;
}

static double value_of(const format *f, uint32_t x) {
    const int exponent = (int)(x >> f->fraction & ((1u << f->exponent) - 1));
    const double fraction = (double)(x & ((1u << f->fraction) - 1));
    const double m = exponent ? fraction + ldexp(1, (int)f->fraction) : fraction;
    const double v = ldexp(m, (exponent ? exponent : 1) - bias(f) - (int)f->fraction);
    return x >> (f->width - 1) & 1 ? -v : v;
}

/* How the instruction rounds; adds 1 to flags when it had to. */
static double rounded(double scaled, unsigned rm) {
    const double low = floor(scaled), part = scaled - low;
    switch (rm) {
    case 1:
        return trunc(scaled);
    case 2:
        return low;
    case 3:
        return ceil(scaled);
    case 4:
        return round(scaled);
    default:
        return part > 0.5 || (part == 0.5 && fmod(low, 2) != 0) ? low + 1 : low;
    }
}

/* For values that are finite in the format. */
static uint32_t bits_of(const format *f, double v, unsigned rm, uint32_t *flags) {
    int exponent;
    (void)frexp(v, &exponent);
    exponent = exponent - 1 < 1 - bias(f) ? 1 - bias(f) : exponent - 1;
    const double scaled = ldexp(fabs(v), (int)f->fraction - exponent);
    const double digits = fabs(rounded(v < 0 ? -scaled : scaled, rm));
    if (digits != scaled)
        *flags |= 1;
    const uint32_t sign = (uint32_t)(signbit(v) != 0) << (f->width - 1);
    return sign + ((uint32_t)(exponent - 1 + bias(f)) << f->fraction) + (uint32_t)digits;
}

/* Within a few powers of two of one; not zero. */
static uint32_t near_one(isa_program *p, const format *f) {
    const uint32_t exponent = (uint32_t)bias(f) - 2 + isa_below(p, 5);
    const uint32_t few = isa_below(p, 2) ? 0 : (1u << (f->fraction > 3 ? f->fraction - 3 : 0)) - 1;
    return isa_below(p, 2) << (f->width - 1) | exponent << f->fraction |
           (isa_random(p) & ((1u << f->fraction) - 1) & ~few);
}

static uint32_t lanes_near_one(isa_program *p, const format *f) {
    uint32_t x = 0;
    for (unsigned at = 0; at < 32; at += f->width)
        x |= near_one(p, f) << at;
    return x;
}

typedef enum means { ADD, SUB, MUL, DIV, MIN, MAX, SQRT, MAC, MRE, SGNJ, SGNJN, SGNJX, EQ, NE, LT, GE, LE, GT } means;

static uint32_t lane_result(const format *f, means what, uint32_t a, uint32_t b, uint32_t d, unsigned rm,
                            uint32_t *flags) {
    const double x = value_of(f, a), y = value_of(f, b), z = value_of(f, d);
    const uint32_t sign = 1u << (f->width - 1);
    double r;
    switch (what) {
    case ADD:
        r = x + y;
        break;
    case SUB:
        r = x - y;
        break;
    case MUL:
        r = x * y;
        break;
    case DIV:
        r = x / y;
        break;
    case SQRT:
        r = sqrt(x);
        break;
    case MAC:
        r = x * y + z;
        break;
    case MRE:
        r = z - x * y;
        break;
    case MIN:
        return x < y ? a : b;
    case MAX:
        return x < y ? b : a;
    case SGNJ:
        return (a & ~sign) | (b & sign);
    case SGNJN:
        return (a & ~sign) | (~b & sign);
    case SGNJX:
        return a ^ (b & sign);
    case EQ:
        return x == y;
    case NE:
        return x != y;
    case LT:
        return x < y;
    case GE:
        return x >= y;
    case LE:
        return x <= y;
    default:
        return x > y;
    }
    if (r == 0) /* the sum of opposites; here no operand is zero */
        return rm == 2 ? sign : 0;
    return bits_of(f, r, rm, flags);
}

static uint32_t lane_of(const format *f, uint32_t x, unsigned i) {
    return f->width == 32 ? x : x >> f->width * i & ((1u << f->width) - 1);
}

/* What a register holds: the value and its sign above. */
static uint32_t extended(const format *f, uint32_t x) {
    return x >> (f->width - 1) & 1 ? x | (uint32_t)(0xffffffffull << f->width) : x;
}

/* Sets frm, clears the flags. */
static void set_rounding(isa_program *p, unsigned rm) {
    isa_emit(p, isa_i(0x13, 0, 4, 0, (int32_t)rm << 5));
    isa_emit(p, isa_i(0x73, 1, 0, 4, 3));
}

/* The result in x5 and the flags. */
static void expect_result(trial *t, uint32_t result, uint32_t flags, const char *what) {
    isa_emit(&t->program, isa_i(0x73, 2, 6, 0, 1));
    expect(t, 5, result, what);
    expect(t, 6, flags, "fflags");
}

static void load_three(trial *t, uint32_t a, uint32_t b, uint32_t d) {
    isa_load(&t->program, 1, a);
    isa_load(&t->program, 2, b);
    isa_load(&t->program, 5, d);
}

static trial *renewed(trial *t, uint64_t seed) {
    if (has_room(t, 16, 8))
        return t;
    run(t);
    return new_trial(seed);
}

static const struct {
    const char *name;
    uint32_t f7;
    means what;
} packed[] = {{"vfadd", 0x41, ADD}, {"vfsub", 0x42, SUB},   {"vfmul", 0x43, MUL},     {"vfdiv", 0x44, DIV},
              {"vfmin", 0x45, MIN}, {"vfmax", 0x46, MAX},   {"vfsqrt", 0x47, SQRT},   {"vfmac", 0x48, MAC},
              {"vfmre", 0x49, MRE}, {"vfsgnj", 0x4d, SGNJ}, {"vfsgnjn", 0x4e, SGNJN}, {"vfsgnjx", 0x4f, SGNJX},
              {"vfeq", 0x50, EQ},   {"vfne", 0x51, NE},     {"vflt", 0x52, LT},       {"vfge", 0x53, GE},
              {"vfle", 0x54, LE},   {"vfgt", 0x55, GT}};

static void test_packed_floats(void **state) {
    (void)state;
    static const format *const formats[] = {&half, &alt, &quarter};
    trial *t = new_trial(1);
    for (size_t k = 0; k < sizeof packed / sizeof *packed; k++)
        for (int i = 0; i < 300; i++) {
            t = renewed(t, k);
            isa_program *p = &t->program;
            const format *f = formats[isa_below(p, 3)];
            const uint32_t b = lanes_near_one(p, f), d = lanes_near_one(p, f);
            uint32_t a = isa_below(p, 4) ? lanes_near_one(p, f) : b, result = 0, flags = 0;
            const unsigned rm = isa_below(p, 5), lanes = 32 / f->width;
            const uint32_t repeat = packed[k].what != SQRT && isa_below(p, 2);
            for (unsigned lane = 0; packed[k].what == SQRT && lane < lanes; lane++)
                a &= ~(1u << (f->width * lane + f->width - 1));
            for (unsigned lane = 0; lane < lanes; lane++)
                result |= lane_result(f, packed[k].what, lane_of(f, a, lane), lane_of(f, b, repeat ? 0 : lane),
                                      lane_of(f, d, lane), rm, &flags)
                          << f->width * lane;
            load_three(t, a, b, d);
            set_rounding(p, rm);
            isa_emit(p, isa_r(0x33, f->f3 + 4 * repeat, packed[k].f7, 5, 1, packed[k].what == SQRT ? 0 : 2));
            expect_result(t, result, flags, packed[k].name);
        }
    run(t);
}

/* Scalar: the format is .h with a rounding mode, and bfloat16 with 5 in its place, which rounds as frm says. */
static void test_scalar(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint32_t opcode, f7;
        means what;
        int negate_a, negate_d;
    } ops[] = {{"fadd", 0x53, 0x02, ADD, 0, 0},  {"fsub", 0x53, 0x06, SUB, 0, 0},   {"fmul", 0x53, 0x0a, MUL, 0, 0},
               {"fdiv", 0x53, 0x0e, DIV, 0, 0},  {"fsqrt", 0x53, 0x2e, SQRT, 0, 0}, {"fmadd", 0x43, 0x2a, MAC, 0, 0},
               {"fmsub", 0x47, 0x2a, MAC, 0, 1}, {"fnmsub", 0x4b, 0x2a, MAC, 1, 0}, {"fnmadd", 0x4f, 0x2a, MAC, 1, 1}};
    trial *t = new_trial(2);
    for (size_t k = 0; k < sizeof ops / sizeof *ops; k++)
        for (int i = 0; i < 300; i++) {
            t = renewed(t, k);
            isa_program *p = &t->program;
            const format *f = isa_below(p, 2) ? &half : &alt;
            const uint32_t sign = 0x8000, b = near_one(p, f), c = near_one(p, f);
            const uint32_t a = ops[k].what == SQRT ? near_one(p, f) & ~sign : near_one(p, f);
            const unsigned rm = isa_below(p, 5), frm = isa_below(p, 5), fixed = f == &half && isa_below(p, 2);
            uint32_t flags = 0;
            const uint32_t result = lane_result(f, ops[k].what, ops[k].negate_a ? a ^ sign : a, b,
                                                ops[k].negate_d ? c ^ sign : c, fixed ? rm : frm, &flags);
            load_three(t, extended(f, a), extended(f, b), isa_random(p));
            isa_load(p, 10, extended(f, c)); /* x10: where 0x2a has the third operand is x(0x2a >> 2) */
            set_rounding(p, frm);
            isa_emit(p, isa_r(ops[k].opcode,
                              f == &alt ? 5
                              : fixed   ? rm
                                        : 7,
                              ops[k].f7, 5, 1, ops[k].what == SQRT ? 0 : 2));
            expect_result(t, extended(f, result), flags, ops[k].name);
        }
    run(t);
}

/* bfloat16 where the standard's half has its own place for what to do: 4 is added there. */
static void test_scalar_alt(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint32_t f3, f7;
        means what;
        int plain;
    } ops[] = {{"fsgnj.ah", 4, 0x12, SGNJ, 0}, {"fsgnjn.ah", 5, 0x12, SGNJN, 0}, {"fsgnjx.ah", 6, 0x12, SGNJX, 0},
               {"fmin.ah", 4, 0x16, MIN, 0},   {"fmax.ah", 5, 0x16, MAX, 0},     {"fle.ah", 4, 0x52, LE, 1},
               {"flt.ah", 5, 0x52, LT, 1},     {"feq.ah", 6, 0x52, EQ, 1}};
    trial *t = new_trial(3);
    isa_program *p = &t->program;
    for (size_t k = 0; k < sizeof ops / sizeof *ops; k++)
        for (int i = 0; i < 60; i++) {
            const uint32_t b = near_one(p, &alt), a = isa_below(p, 3) ? near_one(p, &alt) : b;
            uint32_t flags = 0;
            const uint32_t result = lane_result(&alt, ops[k].what, a, b, 0, 0, &flags);
            load_three(t, a | isa_random(p) << 16, b | isa_random(p) << 16, 0);
            isa_emit(p, isa_r(0x53, ops[k].f3, ops[k].f7, 5, 1, 2));
            expect(t, 5, ops[k].plain ? result : extended(&alt, result), ops[k].name);
        }
    enum { CLASSES = 10 };
    static const uint32_t classes[2][CLASSES] = {
        {0xff80, 0xbf80, 0x8001, 0x8000, 0x0000, 0x007f, 0x3f80, 0x7f80, 0x7f81, 0x7fc0},
        {0xfc00, 0xbc00, 0x8001, 0x8000, 0x0000, 0x03ff, 0x0400, 0x7c00, 0x7c01, 0x7e00}};
    for (uint32_t k = 0; k < 2 * CLASSES; k++) {
        const uint32_t is_half = k / CLASSES, class = k % CLASSES, other = (class + 3) % CLASSES;
        isa_load(p, 1, classes[is_half][class] | classes[is_half][other] << 16);
        isa_emit(p, isa_r(0x53, is_half ? 1 : 5, 0x72, 5, 1, 0));
        expect(t, 5, 1u << class, "fclass.ah, fclass.h");
        isa_emit(p, isa_r(0x33, 1 + is_half, 0x4c, 5, 1, 1));
        expect(t, 5, 1u << class | 0x10000u << other, "vfclass.ah, vfclass.h");
    }
    run(t);
}

static void test_conversions(void **state) {
    (void)state;
    static const struct {
        const char *name;
        const format *from, *to;
        uint32_t f7, rs2, alternative;
    } ops[] = {{"fcvt.h.s", &single, &half, 0x22, 0, 0}, {"fcvt.ah.s", &single, &alt, 0x22, 0, 1},
               {"fcvt.s.h", &half, &single, 0x20, 2, 0}, {"fcvt.s.ah", &alt, &single, 0x20, 6, 0},
               {"fcvt.h.ah", &alt, &half, 0x22, 6, 0},   {"fcvt.ah.h", &half, &alt, 0x22, 2, 1}};
    trial *t = new_trial(4);
    for (int i = 0; i < 3000; i++) {
        t = renewed(t, (uint64_t)i);
        isa_program *p = &t->program;
        const uint32_t k = isa_below(p, 6), a = near_one(p, ops[k].from);
        const unsigned rm = isa_below(p, 5);
        uint32_t flags = 0;
        const uint32_t result = bits_of(ops[k].to, value_of(ops[k].from, a), rm, &flags);
        load_three(t, extended(ops[k].from, a), 0, 0);
        set_rounding(p, rm);
        isa_emit(p, isa_r(0x53, ops[k].alternative ? 5 : 7, ops[k].f7, 5, 1, ops[k].rs2));
        expect_result(t, extended(ops[k].to, result), flags, ops[k].name);

        /* to and from integers: scalar bfloat16, and lanes */
        const format *f = isa_below(p, 2) ? &half : &alt;
        const uint32_t x = f == &alt || isa_below(p, 2) ? near_one(p, f) : (19u << 10 | isa_below(p, 1024));
        const double whole = rounded(value_of(f, x), rm);
        flags = whole < 0 ? 16 : whole != value_of(f, x);
        load_three(t, extended(f, x), 0, 0);
        set_rounding(p, rm);
        isa_emit(p, isa_r(0x53, f == &alt ? 5 : 7, 0x62, 5, 1, 1));
        expect_result(t, whole < 0 ? 0 : (uint32_t)whole, flags, "fcvt.wu.ah, fcvt.wu.h");
        const uint32_t wide = isa_random(p) >> (16 + isa_below(p, 16));
        flags = 0;
        isa_load(p, 1, 0u - wide);
        set_rounding(p, rm);
        isa_emit(p, isa_r(0x53, 5, 0x6a, 5, 1, 0));
        const uint32_t back = wide ? bits_of(&alt, -(double)wide, rm, &flags) : 0;
        expect_result(t, extended(&alt, back), flags, "fcvt.ah.w");

        const uint32_t lanes = near_one(p, f) << 16 | x;
        flags = 0;
        uint32_t integers = 0;
        for (unsigned lane = 0; lane < 2; lane++) {
            const double v = value_of(f, lane_of(f, lanes, lane)), r = rounded(v, rm);
            flags |= r != v;
            integers |= (uint32_t)((int32_t)r & 0xffff) << 16 * lane;
        }
        load_three(t, lanes, 0, 0);
        set_rounding(p, rm);
        isa_emit(p, isa_r(0x33, f->f3, 0x4c, 5, 1, 2));
        expect_result(t, integers, flags, "vfcvt.x.h, vfcvt.x.ah");
        const uint32_t small = isa_below(p, 2000), other = isa_below(p, 2000);
        flags = 0;
        const uint32_t up = bits_of(f, small + 1.0, rm, &flags), down = bits_of(f, -1.0 - other, rm, &flags);
        isa_load(p, 1, (small + 1) | (0u - 1 - other) << 16);
        set_rounding(p, rm);
        isa_emit(p, isa_r(0x33, f->f3, 0x4c, 5, 1, 3));
        expect_result(t, up | down << 16, flags, "vfcvt.h.x, vfcvt.ah.x");
    }
    run(t);
}

/* Into binary32: fcpka, multiply-adds and dot products that widen */
static void test_widening(void **state) {
    (void)state;
    trial *t = new_trial(5);
    for (int i = 0; i < 3000; i++) {
        t = renewed(t, (uint64_t)i);
        isa_program *p = &t->program;
        const format *f = isa_below(p, 2) ? &half : &alt;
        const uint32_t a = lanes_near_one(p, f), b = lanes_near_one(p, f), d = near_one(p, &single);
        const uint32_t s0 = near_one(p, &single), s1 = near_one(p, &single), repeat = isa_below(p, 2);
        const double low = value_of(f, a & 0xffff) * value_of(f, b & 0xffff), sum = value_of(&single, d) + low;
        const double high = value_of(f, a >> 16) * value_of(f, repeat ? b & 0xffff : b >> 16);
        const unsigned rm = isa_below(p, 5);
        uint32_t flags = 0;
        load_three(t, s0, s1, d);
        set_rounding(p, rm);
        isa_emit(p, isa_r(0x33, f->f3, 0x58, 5, 1, 2));
        uint32_t result = bits_of(f, value_of(&single, s0), rm, &flags);
        result |= bits_of(f, value_of(&single, s1), rm, &flags) << 16;
        expect_result(t, result, flags, "vfcpka");

        flags = 0;
        load_three(t, a, b, d);
        set_rounding(p, rm);
        isa_emit(p, isa_r(0x53, f == &alt ? 5 : 7, 0x2a, 5, 1, 2));
        result = sum == 0 ? (rm == 2) * 0x80000000u : bits_of(&single, sum, rm, &flags);
        expect_result(t, result, flags, "fmacex");

        flags = 0;
        load_three(t, a, b, d);
        set_rounding(p, rm);
        isa_emit(p, isa_r(0x53, f == &alt ? 5 : 7, 0x26, 5, 1, 2));
        expect_result(t, bits_of(&single, low, rm, &flags), flags, "fmulex");

        flags = 0;
        load_three(t, a, b, d);
        set_rounding(p, rm);
        isa_emit(p, isa_r(0x33, (f == &alt) + 4 * repeat, 0x4b, 5, 1, 2));
        /* Two roundings: the products' sum, then rd's. */
        const double exact = low + high;
        const double both = exact == 0 ? 0 : value_of(&single, bits_of(&single, exact, rm, &flags));
        const double all = value_of(&single, d) + both;
        result = all == 0 ? (rm == 2) * 0x80000000u : bits_of(&single, all, rm, &flags);
        expect_result(t, result, flags, "vfdotpex");

        /* In the lanes' own format: three roundings. */
        flags = 0;
        const uint32_t e = near_one(p, f);
        load_three(t, a, b, e | isa_random(p) << 16);
        set_rounding(p, rm);
        isa_emit(p, isa_r(0x33, f->f3 + 4 * repeat, 0x4a, 5, 1, 2));
        const double step = value_of(f, bits_of(f, low, rm, &flags)), sum2 = step + high;
        const double two = sum2 == 0 ? 0 : value_of(f, bits_of(f, sum2, rm, &flags)), three = value_of(f, e) + two;
        result = three == 0 ? (rm == 2) * 0x8000u : bits_of(f, three, rm, &flags);
        expect_result(t, extended(f, result), flags, "vfdotp");
    }
    run(t);
}

/* On a machine that has the reference's fault: only bfloat16's dot products lose rd. */
static void test_dropped_accumulator(void **state) {
    (void)state;
    for (int drops = 0; drops < 2; drops++) {
        trial *t = new_trial(6);
        t->drops = drops;
        isa_program *p = &t->program;
        for (uint32_t repeat = 0; repeat < 2; repeat++) {
            load_three(t, 0x40003f80, 0x40404000, 0x41200000); /* bf16 (1, 2) . (2, 3) = 8, and 10; (1, 2) . (2, 2) */
            isa_emit(p, isa_r(0x33, 1 + 4 * repeat, 0x4b, 5, 1, 2));
            expect(t, 5, drops ? (repeat ? 0x40c00000 : 0x41000000) : (repeat ? 0x41800000 : 0x41900000),
                   "vfdotpex.s.ah");
            load_three(t, 0x40003c00, 0x42004000, 0x41200000); /* the same in binary16 */
            isa_emit(p, isa_r(0x33, 4 * repeat, 0x4b, 5, 1, 2));
            expect(t, 5, repeat ? 0x41800000 : 0x41900000, "vfdotpex.s.h");
            load_three(t, 0x40003f80, 0x40404000, 0x00004120); /* and in their own formats */
            isa_emit(p, isa_r(0x33, 1 + 4 * repeat, 0x4a, 5, 1, 2));
            expect(t, 5, drops ? (repeat ? 0x40c0 : 0x4100) : (repeat ? 0x4180 : 0x4190), "vfdotp.ah");
            load_three(t, 0x40003c00, 0x42004000, 0x00004900);
            isa_emit(p, isa_r(0x33, 2 + 4 * repeat, 0x4a, 5, 1, 2));
            expect(t, 5, drops ? (repeat ? 0x4600 : 0x4800) : (repeat ? 0x4c00 : 0x4c80), "vfdotp.h");
        }
        run(t);
    }
}

/* Lanes and integers move as they are; halves from memory come with their sign. */
static void test_moves(void **state) {
    (void)state;
    trial *t = new_trial(7);
    isa_program *p = &t->program;
    static const uint32_t f3[] = {2, 6, 1, 5};
    for (int i = 0; i < 4; i++) {
        isa_load(p, 1, 0x8765c321);
        isa_emit(p, isa_r(0x33, f3[i], 0x4c, 5, 1, 0));
        expect(t, 5, 0x8765c321, "vfmv");
        isa_load(p, 1, i < 2 ? 0x8765c321 : 0x87654321);
        isa_emit(p, isa_r(0x53, i & 1 ? 4 : 0, i < 2 ? 0x72 : 0x7a, 5, 1, 0));
        expect(t, 5, i < 2 ? 0xffffc321 : 0x4321, "fmv.x.h, fmv.x.ah, fmv.h.x, fmv.ah.x");
    }
    isa_load(p, 1, 0x8765c321);
    isa_emit(p, isa_s(0x23, 2, ISA_SCRATCH, 0, ISA_SCRATCH_FIRST));
    isa_emit(p, isa_s(0x27, 1, ISA_SCRATCH, 1, ISA_SCRATCH_FIRST));
    isa_emit(p, isa_i(0x03, 2, 5, ISA_SCRATCH, ISA_SCRATCH_FIRST));
    expect(t, 5, 0xc321, "fsh");
    isa_emit(p, isa_i(0x07, 1, 5, ISA_SCRATCH, ISA_SCRATCH_FIRST));
    expect(t, 5, 0xffffc321, "flh");
    run(t);
}

/* Multiply-adds are counted lane by lane. */
static void test_count(void **state) {
    (void)state;
    static const struct {
        uint32_t opcode, f3, f7, macs;
    } ops[] = {{0x33, 2, 0x48, 2}, {0x33, 5, 0x48, 2}, {0x33, 3, 0x48, 4}, {0x33, 1, 0x49, 2}, {0x33, 0, 0x4b, 2},
               {0x33, 1, 0x4b, 2}, {0x53, 0, 0x2a, 1}, {0x53, 5, 0x2a, 1}, {0x43, 5, 0x2a, 1}, {0x4f, 0, 0x2a, 1},
               {0x33, 2, 0x41, 0}, {0x53, 5, 0x0a, 0}, {0x53, 0, 0x26, 0}};
    for (size_t k = 0; k < sizeof ops / sizeof *ops; k++) {
        trial *t = new_trial(8);
        sim_machine machine;
        sim_stats stats;
        isa_emit(&t->program, isa_r(ops[k].opcode, ops[k].f3, ops[k].f7, 5, 1, 2));
        isa_finish(&t->program);
        sim_machine_pulp8(&machine);
        sim *s = sim_create(&machine);
        assert_non_null(s);
        assert_int_equal(sim_load_file(s, ISA_CLUSTER_ELF), SIM_OK);
        assert_int_equal(sim_write(s, 0x1C020000, t->program.code, t->program.code_bytes), SIM_OK);
        assert_int_equal(sim_run(s, 10000), SIM_EXITED);
        sim_get_stats(s, &stats);
        assert_int_equal(stats.core[0].macs, ops[k].macs);
        assert_int_equal(stats.core[0].fp, 1);
        sim_destroy(s);
        free(t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packed_floats), cmocka_unit_test(test_scalar),
        cmocka_unit_test(test_scalar_alt),    cmocka_unit_test(test_conversions),
        cmocka_unit_test(test_widening),      cmocka_unit_test(test_dropped_accumulator),
        cmocka_unit_test(test_moves),         cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
