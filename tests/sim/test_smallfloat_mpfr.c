/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating-point instructions off the interpreter's fast path against GNU MPFR: binary16, bfloat16, binary32 and the
 * eight-bit format, scalar and packed, all five rounding modes, flags too. Nearest, ties away from zero, is not among
 * MPFR's modes: there the exact value is rounded to a multiple of the last place.
 *
 * test_smallfloat_mpfr [CASES [SEED]]
 */
#include <mpfr.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mpfr_reference.h"
#include "tools/sim/state.h"

static unsigned long cases = 1000000;
static uint64_t seed = 1;

static uint32_t random_word(void) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    const uint32_t x = (uint32_t)((seed >> 18 ^ seed) >> 27), turn = (uint32_t)(seed >> 59);
    return x >> turn | x << (-turn & 31);
}

static uint32_t below(uint32_t n) {
    return (uint32_t)((uint64_t)random_word() * n >> 32);
}

/* How an instruction's operands and result stand in registers. */
typedef enum shape {
    SCALAR, /* one value, extended with its sign */
    PLAIN,  /* an integer result */
    PACKED, /* lanes */
    REPEAT, /* lanes, b's lowest for all */
    OWN,    /* two lanes and the lowest */
    OWN_R,
    MULEX, /* a and b of the format, the result binary32 */
    DOT,   /* two lanes and binary32 */
    DOT_R,
    PACK /* two of binary32 into lanes */
} shape;

typedef struct entry {
    unsigned insn;
    const char *name;
    ref_kind kind;
    shape shape;
    const ref_format *from, *to;
} entry;

#define E(id, kind, shape, from, to) {SIM_INSN_##id, #id, kind, shape, &from, &to}
#define S3(id, kind)                                                                                                   \
    E(id##_s, kind, SCALAR, ref_s, ref_s), E(id##_h, kind, SCALAR, ref_h, ref_h),                                      \
        E(id##_ah, kind, SCALAR, ref_ah, ref_ah)
#define I3(id, kind)                                                                                                   \
    E(id##_s, kind, PLAIN, ref_s, ref_s), E(id##_h, kind, PLAIN, ref_h, ref_h), E(id##_ah, kind, PLAIN, ref_ah, ref_ah)
#define V3(id, kind)                                                                                                   \
    E(id##_h, kind, PACKED, ref_h, ref_h), E(id##_ah, kind, PACKED, ref_ah, ref_ah),                                   \
        E(id##_b, kind, PACKED, ref_b, ref_b)
#define V6(id, kind)                                                                                                   \
    V3(id, kind), E(id##_r_h, kind, REPEAT, ref_h, ref_h), E(id##_r_ah, kind, REPEAT, ref_ah, ref_ah),                 \
        E(id##_r_b, kind, REPEAT, ref_b, ref_b)

static const entry entries[] = {
    S3(fmadd, REF_MADD),
    S3(fmsub, REF_MSUB),
    S3(fnmsub, REF_NMSUB),
    S3(fnmadd, REF_NMADD),
    S3(fadd, REF_ADD),
    S3(fsub, REF_SUB),
    S3(fmul, REF_MUL),
    S3(fdiv, REF_DIV),
    S3(fsqrt, REF_SQRT),
    S3(fmin, REF_MIN),
    S3(fmax, REF_MAX),
    I3(feq, REF_EQ),
    I3(flt, REF_LT),
    I3(fle, REF_LE),
    I3(fclass, REF_CLASS),
    I3(fcvt_w, REF_TO_W),
    I3(fcvt_wu, REF_TO_WU),
    E(fcvt_s_w, REF_FROM_W, SCALAR, ref_s, ref_s),
    E(fcvt_h_w, REF_FROM_W, SCALAR, ref_h, ref_h),
    E(fcvt_ah_w, REF_FROM_W, SCALAR, ref_ah, ref_ah),
    E(fcvt_s_wu, REF_FROM_WU, SCALAR, ref_s, ref_s),
    E(fcvt_h_wu, REF_FROM_WU, SCALAR, ref_h, ref_h),
    E(fcvt_ah_wu, REF_FROM_WU, SCALAR, ref_ah, ref_ah),
    E(fsgnj_h, REF_SGNJ, SCALAR, ref_h, ref_h),
    E(fsgnjn_h, REF_SGNJN, SCALAR, ref_h, ref_h),
    E(fsgnjx_h, REF_SGNJX, SCALAR, ref_h, ref_h),
    E(fsgnj_ah, REF_SGNJ, SCALAR, ref_ah, ref_ah),
    E(fsgnjn_ah, REF_SGNJN, SCALAR, ref_ah, ref_ah),
    E(fsgnjx_ah, REF_SGNJX, SCALAR, ref_ah, ref_ah),
    E(fcvt_s_h, REF_CONVERT, SCALAR, ref_h, ref_s),
    E(fcvt_h_s, REF_CONVERT, SCALAR, ref_s, ref_h),
    E(fcvt_s_ah, REF_CONVERT, SCALAR, ref_ah, ref_s),
    E(fcvt_ah_s, REF_CONVERT, SCALAR, ref_s, ref_ah),
    E(fcvt_h_ah, REF_CONVERT, SCALAR, ref_ah, ref_h),
    E(fcvt_ah_h, REF_CONVERT, SCALAR, ref_h, ref_ah),
    E(fmulex_s_h, REF_MUL, MULEX, ref_h, ref_s),
    E(fmulex_s_ah, REF_MUL, MULEX, ref_ah, ref_s),
    E(fmacex_s_h, REF_MADD, MULEX, ref_h, ref_s),
    E(fmacex_s_ah, REF_MADD, MULEX, ref_ah, ref_s),
    V6(vfadd, REF_ADD),
    V6(vfsub, REF_SUB),
    V6(vfmul, REF_MUL),
    V6(vfdiv, REF_DIV),
    V6(vfmin, REF_MIN),
    V6(vfmax, REF_MAX),
    V3(vfsqrt, REF_SQRT),
    V6(vfmac, REF_MADD),
    V6(vfmre, REF_NMSUB),
    V6(vfsgnj, REF_SGNJ),
    V6(vfsgnjn, REF_SGNJN),
    V6(vfsgnjx, REF_SGNJX),
    V6(vfeq, REF_EQ),
    V6(vfne, REF_NE),
    V6(vflt, REF_LT),
    V6(vfge, REF_GE),
    V6(vfle, REF_LE),
    V6(vfgt, REF_GT),
    E(vfcvt_x_h, REF_TO_X, PACKED, ref_h, ref_h),
    E(vfcvt_x_ah, REF_TO_X, PACKED, ref_ah, ref_ah),
    E(vfcvt_xu_h, REF_TO_XU, PACKED, ref_h, ref_h),
    E(vfcvt_xu_ah, REF_TO_XU, PACKED, ref_ah, ref_ah),
    E(vfcvt_h_x, REF_FROM_X, PACKED, ref_h, ref_h),
    E(vfcvt_ah_x, REF_FROM_X, PACKED, ref_ah, ref_ah),
    E(vfcvt_h_xu, REF_FROM_XU, PACKED, ref_h, ref_h),
    E(vfcvt_ah_xu, REF_FROM_XU, PACKED, ref_ah, ref_ah),
    E(vfcvt_h_ah, REF_CONVERT, PACKED, ref_ah, ref_h),
    E(vfcvt_ah_h, REF_CONVERT, PACKED, ref_h, ref_ah),
    E(vfcpka_h_s, REF_CONVERT, PACK, ref_s, ref_h),
    E(vfcpka_ah_s, REF_CONVERT, PACK, ref_s, ref_ah),
    E(vfclass_h, REF_CLASS, PACKED, ref_h, ref_h),
    E(vfclass_ah, REF_CLASS, PACKED, ref_ah, ref_ah),
    E(vfdotp_h, REF_MADD, OWN, ref_h, ref_h),
    E(vfdotp_ah, REF_MADD, OWN, ref_ah, ref_ah),
    E(vfdotp_r_h, REF_MADD, OWN_R, ref_h, ref_h),
    E(vfdotp_r_ah, REF_MADD, OWN_R, ref_ah, ref_ah),
    E(vfdotpex_s_h, REF_MADD, DOT, ref_h, ref_s),
    E(vfdotpex_s_ah, REF_MADD, DOT, ref_ah, ref_s),
    E(vfdotpex_s_r_h, REF_MADD, DOT_R, ref_h, ref_s),
    E(vfdotpex_s_r_ah, REF_MADD, DOT_R, ref_ah, ref_s),
};
enum { ENTRIES = sizeof entries / sizeof *entries };

static uint32_t lane(uint32_t x, unsigned width, unsigned i) {
    return width == 32 ? x : x >> width * i & ((1u << width) - 1);
}

static uint32_t expected(const entry *e, const uint32_t *x, unsigned rm, uint32_t *flags) {
    const unsigned width = e->from->width, lanes = 32 / width;
    uint32_t result = 0;
    switch (e->shape) {
    case SCALAR: {
        const int integer = e->kind == REF_FROM_W || e->kind == REF_FROM_WU;
        const uint32_t a = integer ? x[0] : lane(x[0], width, 0);
        result = ref_compute(e->kind, e->from, e->to, a, lane(x[1], width, 0), lane(x[2], width, 0), rm, flags);
        return result >> (e->to->width - 1) & 1 ? result | (uint32_t)(0xffffffffull << e->to->width) : result;
    }
    case PLAIN:
        return ref_compute(e->kind, e->from, e->to, lane(x[0], width, 0), lane(x[1], width, 0), 0, rm, flags);
    case PACKED:
    case REPEAT:
        for (unsigned i = 0; i < lanes; i++)
            result |= ref_compute(e->kind, e->from, e->to, lane(x[0], width, i),
                                  lane(x[1], width, e->shape == REPEAT ? 0 : i), lane(x[2], width, i), rm, flags)
                      << width * i;
        return result;
    case OWN:
    case OWN_R: {
        const ref_format *f = e->from;
        const uint32_t other = lane(x[1], 16, e->shape == OWN);
        const uint32_t low = ref_compute(REF_MUL, f, f, lane(x[0], 16, 0), lane(x[1], 16, 0), 0, rm, flags);
        const uint32_t both = ref_compute(REF_MADD, f, f, lane(x[0], 16, 1), other, low, rm, flags);
        result = ref_compute(REF_ADD, f, f, lane(x[2], 16, 0), both, 0, rm, flags);
        return result >> 15 ? result | 0xffff0000u : result;
    }
    case MULEX:
        return ref_extended(e->kind, e->from, lane(x[0], width, 0), lane(x[1], width, 0), x[2], rm, flags);
    case PACK:
        return ref_compute(REF_CONVERT, e->from, e->to, x[0], 0, 0, rm, flags) |
               ref_compute(REF_CONVERT, e->from, e->to, x[1], 0, 0, rm, flags) << 16;
    default: { /* rd + fma(high, high, low * low), each step in binary32 */
        const unsigned other = e->shape == DOT;
        const uint32_t low = ref_extended(REF_MUL, e->from, lane(x[0], 16, 0), lane(x[1], 16, 0), 0, rm, flags);
        const uint32_t both = ref_extended(REF_MADD, e->from, lane(x[0], 16, 1), lane(x[1], 16, other), low, rm, flags);
        return ref_compute(REF_ADD, &ref_s, &ref_s, x[2], both, 0, rm, flags);
    }
    }
}

/* A value that makes trouble. */
static uint32_t operand(const ref_format *f) {
    const unsigned fraction = f->precision - 1, exponent = f->width - f->precision;
    const uint32_t most = (1u << exponent) - 1, one = most >> 1, sign = below(2) << (f->width - 1);
    const uint32_t random = random_word() & ((1u << fraction) - 1);
    switch (below(11)) {
    case 0:
        return below(2) ? sign : sign | most << fraction;
    case 1: /* quiet or signalling NaN; rare, they hide the rest */
        return below(3) ? sign | one << fraction : sign | most << fraction | 1 | random;
    case 2:
    case 3:
        return sign | random >> below(fraction);
    case 4:
        return sign | (1 + below(3)) << fraction | random;
    case 5:
        return sign | (most - 1 - below(2)) << fraction | (below(2) ? random : (1u << fraction) - 1);
    case 6: /* few bits: ties and exact results */
        return sign | (one - 2 + below(5)) << fraction | (below(4) << (fraction - 2));
    case 7:
    case 8:
        return sign | (one - 2 + below(5)) << fraction | random;
    default:
        return sign | (random_word() & (((1u << exponent) << fraction) - 1));
    }
}

static uint32_t operands(const ref_format *f) {
    uint32_t x = 0;
    for (unsigned at = 0; at < 32; at += f->width)
        x |= operand(f) << at;
    return x;
}

/* A third operand about as large as the product of the others, or where their sum is a tie. */
static uint32_t near_product(const entry *e, const uint32_t *x) {
    const ref_format *f = e->shape == MULEX || e->shape >= DOT ? &ref_s : e->from;
    uint32_t flags = 0, result = 0;
    for (unsigned i = 0; i < 32 / f->width; i++) {
        const uint32_t product = f == e->from ? ref_compute(REF_MUL, f, f, lane(x[0], f->width, i),
                                                            lane(x[1], f->width, i), 0, below(2), &flags)
                                              : ref_extended(REF_MUL, e->from, lane(x[0], e->from->width, 0),
                                                             lane(x[1], e->from->width, 0), 0, 0, &flags);
        const uint32_t change = below(3) ? below(4) : below(3) << (f->precision - 1);
        result |= (((product ^ below(2) << (f->width - 1)) + change) & (uint32_t)((1ull << f->width) - 1))
                  << (f->width & 31) * i;
    }
    return result;
}

static void report(const entry *e, const uint32_t *x, unsigned rm, uint32_t got, uint32_t got_flags, uint32_t want,
                   uint32_t want_flags) {
    printf("%s of %08x %08x %08x, rounding %u: %08x, flags %02x; MPFR %08x, flags %02x\n", e->name, (unsigned)x[0],
           (unsigned)x[1], (unsigned)x[2], rm, (unsigned)got, (unsigned)got_flags, (unsigned)want,
           (unsigned)want_flags);
}

static int same(const entry *e, const uint32_t *x, unsigned rm) {
    uint32_t got_flags = 0, want_flags = 0;
    const uint32_t got = sim_fpu(e->insn, x[0], x[1], x[2], rm, &got_flags), want = expected(e, x, rm, &want_flags);
    if (got == want && got_flags == want_flags)
        return 1;
    report(e, x, rm, got, got_flags, want, want_flags);
    return 0;
}

static void test_random(void **state) {
    (void)state;
    int bad = 0;
    for (unsigned long i = 0; i < cases && bad < 20; i++) {
        const entry *e = &entries[below(ENTRIES)];
        uint32_t x[3] = {operands(e->from), operands(e->from), operands(e->shape == MULEX ? &ref_s : e->from)};
        if (e->kind >= REF_FROM_W)
            x[0] = below(2) ? random_word() : random_word() >> below(32);
        if (e->shape == DOT || e->shape == DOT_R)
            x[2] = operand(&ref_s);
        if (below(3) == 0 && e->kind <= REF_NMADD)
            x[2] = near_product(e, x);
        if (below(8) == 0)
            x[1] = x[0] ^ below(2);
        bad += !same(e, x, below(5));
    }
    printf("%lu cases\n", cases);
    assert_int_equal(bad, 0);
}

/* Every value of the 16-bit formats, in all modes: what has one operand. */
static void test_all_values(void **state) {
    (void)state;
    int bad = 0;
    for (unsigned i = 0; i < ENTRIES; i++) {
        const entry *e = &entries[i];
        const int unary =
            e->kind == REF_SQRT || e->kind == REF_CONVERT || (e->kind >= REF_CLASS && e->kind <= REF_TO_XU);
        if (!unary || e->shape > PLAIN || e->from->width != 16)
            continue;
        for (uint32_t a = 0; a < 0x10000 && bad < 20; a += cases < 1000000 ? 7 : 1)
            for (unsigned rm = 0; rm < 5; rm++) {
                const uint32_t x[3] = {a, 0, 0};
                bad += !same(e, x, rm);
            }
    }
    assert_int_equal(bad, 0);
}

int main(int argc, char **argv) {
    cases = argc > 1 ? strtoul(argv[1], NULL, 10) : cases;
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : seed;
    ref_open();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random), cmocka_unit_test(test_all_values)};
    const int status = cmocka_run_group_tests(tests, NULL, NULL);
    ref_close();
    return status;
}
