/* SPDX-License-Identifier: Apache-2.0 */
#include "mpfr_reference.h"

#include <math.h>
#include <mpfr.h>

enum { INEXACT = 1, UNDERFLOW = 2, OVERFLOW = 4, BY_ZERO = 8, INVALID = 16 };
enum { AWAY = 4, EXACT_BITS = 700 };

const ref_format ref_s = {32, 24, -125, 128};
const ref_format ref_h = {16, 11, -13, 16};
const ref_format ref_ah = {16, 8, -125, 128};
const ref_format ref_b = {8, 3, -13, 16};

static const mpfr_rnd_t modes[] = {MPFR_RNDN, MPFR_RNDZ, MPFR_RNDD, MPFR_RNDU};
static mpfr_t va, vb, vc, exact, rounded[25];
static long default_least, default_most;

void ref_open(void) {
    mpfr_inits2(24, va, vb, vc, (mpfr_ptr)0);
    mpfr_init2(exact, EXACT_BITS);
    for (long bits = 2; bits < 25; bits++)
        mpfr_init2(rounded[bits], bits);
    default_least = mpfr_get_emin();
    default_most = mpfr_get_emax();
}

void ref_close(void) {
    mpfr_clears(va, vb, vc, exact, (mpfr_ptr)0);
    for (int bits = 2; bits < 25; bits++)
        mpfr_clear(rounded[bits]);
    mpfr_free_cache();
}

static uint32_t fraction_of(const ref_format *f, uint32_t x) {
    return x & ((1u << (f->precision - 1)) - 1);
}

static uint32_t exponent_of(const ref_format *f, uint32_t x) {
    return x >> (f->precision - 1) & ((1u << (f->width - f->precision)) - 1);
}

static uint32_t sign_of(const ref_format *f, uint32_t x) {
    return x >> (f->width - 1) & 1;
}

static uint32_t top(const ref_format *f) {
    return (1u << (f->width - f->precision)) - 1;
}

static int nan_in(const ref_format *f, uint32_t x) {
    return exponent_of(f, x) == top(f) && fraction_of(f, x) != 0;
}

static int signaling(const ref_format *f, uint32_t x) {
    return nan_in(f, x) && !(x >> (f->precision - 2) & 1);
}

static uint32_t nan_of(const ref_format *f) {
    return top(f) << (f->precision - 1) | 1u << (f->precision - 2);
}

static void set(mpfr_t v, const ref_format *f, uint32_t x) {
    const uint32_t exponent = exponent_of(f, x);
    const int sign = sign_of(f, x) ? -1 : 1;
    const long last = f->least - (long)f->precision; /* of the subnormals' last place */
    if (nan_in(f, x))
        mpfr_set_nan(v);
    else if (exponent == top(f))
        mpfr_set_inf(v, sign);
    else if (exponent == 0 && fraction_of(f, x) == 0)
        mpfr_set_zero(v, sign);
    else if (exponent == 0)
        mpfr_set_si_2exp(v, sign * (long)fraction_of(f, x), last, MPFR_RNDN);
    else
        mpfr_set_si_2exp(v, sign * (long)(fraction_of(f, x) | 1u << (f->precision - 1)), last + (long)exponent - 1,
                         MPFR_RNDN);
}

static uint32_t bits_of(const ref_format *f, mpfr_t v) {
    const uint32_t sign = (uint32_t)(mpfr_signbit(v) != 0) << (f->width - 1);
    if (mpfr_nan_p(v))
        return nan_of(f);
    if (mpfr_inf_p(v))
        return sign | top(f) << (f->precision - 1);
    if (mpfr_zero_p(v))
        return sign;
    const long exponent = mpfr_get_exp(v) < f->least ? f->least : mpfr_get_exp(v);
    const uint32_t digits = (uint32_t)ldexp(fabs(mpfr_get_d(v, MPFR_RNDN)), (int)((long)f->precision - exponent));
    return sign | (((uint32_t)(exponent - f->least) << (f->precision - 1)) + digits);
}

/* One operation on va, vb, vc, as precise as `r`. */
static int operate(ref_kind kind, mpfr_t r, mpfr_rnd_t mode) {
    switch (kind) {
    case REF_MADD:
    case REF_NMSUB:
        return mpfr_fma(r, va, vb, vc, mode);
    case REF_MSUB:
    case REF_NMADD:
        return mpfr_fms(r, va, vb, vc, mode);
    case REF_ADD:
        return mpfr_add(r, va, vb, mode);
    case REF_SUB:
        return mpfr_sub(r, va, vb, mode);
    case REF_MUL:
        return mpfr_mul(r, va, vb, mode);
    case REF_DIV:
        return mpfr_div(r, va, vb, mode);
    case REF_SQRT:
        return mpfr_sqrt(r, va, mode);
    default:
        return mpfr_set(r, va, mode);
    }
}

/* To nearest, ties away from zero: `exact` is so to many bits, cut off beyond. Returns 1 when it was not of the format.
 */
static int round_away(const ref_format *f, mpfr_t r, int *tiny) {
    if (!mpfr_regular_p(exact))
        return mpfr_set(r, exact, MPFR_RNDN);
    long unit = mpfr_get_exp(exact) - (long)f->precision;
    mpfr_t scaled;
    mpfr_init2(scaled, EXACT_BITS);
    mpfr_mul_2si(scaled, exact, -unit, MPFR_RNDN);
    mpfr_round(scaled, scaled);
    *tiny = mpfr_get_exp(scaled) + unit < f->least;
    if (unit < f->least - (long)f->precision)
        unit = f->least - (long)f->precision;
    mpfr_mul_2si(scaled, exact, -unit, MPFR_RNDN);
    const int changed = mpfr_round(scaled, scaled) != 0;
    mpfr_mul_2si(scaled, scaled, unit, MPFR_RNDN);
    mpfr_set(r, scaled, MPFR_RNDN);
    mpfr_clear(scaled);
    if (!mpfr_zero_p(r) && mpfr_get_exp(r) > f->most)
        mpfr_set_inf(r, mpfr_sgn(r));
    return changed;
}

static uint32_t arithmetic(ref_kind kind, const ref_format *to, unsigned rm, uint32_t *flags) {
    mpfr_ptr r = rounded[to->precision];
    int ternary, tiny = 0;
    mpfr_clear_flags();
    if (rm == AWAY) {
        const int cut = operate(kind, exact, MPFR_RNDZ);
        ternary = round_away(to, r, &tiny) || cut;
        if (mpfr_inf_p(r) && !mpfr_inf_p(exact))
            *flags |= OVERFLOW | INEXACT;
    } else {
        ternary = operate(kind, r, modes[rm]);
        tiny = mpfr_regular_p(r) && mpfr_get_exp(r) < to->least;
        mpfr_set_emin(to->least - (long)to->precision + 1);
        mpfr_set_emax(to->most);
        ternary = mpfr_check_range(r, ternary, modes[rm]);
        ternary = mpfr_subnormalize(r, ternary, modes[rm]);
        mpfr_set_emin(default_least);
        mpfr_set_emax(default_most);
        if (mpfr_overflow_p())
            *flags |= OVERFLOW | INEXACT;
    }
    if (mpfr_divby0_p())
        *flags |= BY_ZERO;
    if (ternary)
        *flags |= tiny ? INEXACT | UNDERFLOW : INEXACT;
    return bits_of(to, r);
}

static uint32_t negated(const ref_format *f, uint32_t x) {
    return x ^ 1u << (f->width - 1);
}

static uint32_t to_integer(const ref_format *f, uint32_t a, unsigned bits, int is_signed, unsigned rm,
                           uint32_t *flags) {
    const double high = ldexp(1, (int)bits - is_signed) - 1, low = is_signed ? -high - 1 : 0;
    const uint32_t mask = UINT32_MAX >> (32 - bits);
    set(va, f, a);
    if (mpfr_nan_p(va)) {
        *flags |= INVALID;
        return (uint32_t)high;
    }
    mpfr_set(exact, va, MPFR_RNDN);
    if (rm == AWAY)
        mpfr_round(exact, exact);
    else
        mpfr_rint(exact, exact, modes[rm]);
    if (mpfr_cmp_d(exact, low) < 0 || mpfr_cmp_d(exact, high) > 0) {
        *flags |= INVALID;
        return (uint32_t)(int64_t)(mpfr_sgn(exact) < 0 ? low : high) & mask;
    }
    if (!mpfr_equal_p(exact, va))
        *flags |= INEXACT;
    return (uint32_t)(int64_t)mpfr_get_d(exact, MPFR_RNDN) & mask;
}

static uint32_t from_integer(ref_kind kind, const ref_format *f, uint32_t a, unsigned rm, uint32_t *flags) {
    const int is_signed = kind == REF_FROM_W || kind == REF_FROM_X;
    double value = a;
    if (kind >= REF_FROM_X)
        value = is_signed && a >> (f->width - 1) ? value - ldexp(1, (int)f->width) : value;
    else if (is_signed)
        value = (int32_t)a;
    mpfr_t wide;
    mpfr_init2(wide, 53);
    mpfr_set_d(wide, value, MPFR_RNDN);
    mpfr_swap(va, wide);
    const uint32_t result = arithmetic(REF_CONVERT, f, rm, flags);
    mpfr_swap(va, wide);
    mpfr_clear(wide);
    return result;
}

static uint32_t class_of(const ref_format *f, uint32_t x) {
    const int minus = sign_of(f, x) != 0;
    if (nan_in(f, x))
        return signaling(f, x) ? 256 : 512;
    set(va, f, x);
    if (mpfr_inf_p(va))
        return minus ? 1 : 128;
    if (mpfr_zero_p(va))
        return minus ? 8 : 16;
    if (mpfr_get_exp(va) < f->least)
        return minus ? 4 : 32;
    return minus ? 2 : 64;
}

static uint32_t extremum(ref_kind kind, const ref_format *f, uint32_t a, uint32_t b) {
    if (nan_in(f, a))
        return nan_in(f, b) ? nan_of(f) : b;
    if (nan_in(f, b))
        return a;
    const int order = mpfr_cmp(va, vb);
    const int a_less = order ? order < 0 : sign_of(f, a) && !sign_of(f, b);
    const int b_less = order ? order > 0 : sign_of(f, b) && !sign_of(f, a);
    return kind == REF_MIN ? (b_less ? b : a) : (a_less ? b : a);
}

static uint32_t comparison(ref_kind kind) {
    switch (kind) {
    case REF_EQ:
        return mpfr_equal_p(va, vb) != 0;
    case REF_NE:
        return mpfr_equal_p(va, vb) == 0;
    case REF_LT:
        return mpfr_less_p(va, vb) != 0;
    case REF_GE:
        return mpfr_greaterequal_p(va, vb) != 0;
    case REF_LE:
        return mpfr_lessequal_p(va, vb) != 0;
    default:
        return mpfr_greater_p(va, vb) != 0;
    }
}

uint32_t ref_compute(ref_kind kind, const ref_format *from, const ref_format *to, uint32_t a, uint32_t b, uint32_t c,
                     unsigned rm, uint32_t *flags) {
    const uint32_t sign = 1u << (from->width - 1);
    if (kind >= REF_FROM_W)
        return from_integer(kind, to, a, rm, flags);
    if (kind >= REF_TO_W)
        return to_integer(from, a, kind >= REF_TO_X ? from->width : 32, kind == REF_TO_W || kind == REF_TO_X, rm,
                          flags);
    if (kind == REF_CLASS)
        return class_of(from, a);
    if (kind >= REF_SGNJ && kind <= REF_SGNJX)
        return kind == REF_SGNJ    ? (a & ~sign) | (b & sign)
               : kind == REF_SGNJN ? (a & ~sign) | (~b & sign)
                                   : a ^ (b & sign);
    const int operands = kind <= REF_NMADD ? 3 : kind == REF_SQRT || kind == REF_CONVERT ? 1 : 2;
    const uint32_t all[] = {a, b, c};
    int nans = 0;
    for (int i = 0; i < operands; i++) {
        nans += nan_in(from, all[i]);
        if (signaling(from, all[i]))
            *flags |= INVALID;
    }
    set(va, from, kind == REF_NMSUB || kind == REF_NMADD ? negated(from, a) : a);
    set(vb, from, b);
    set(vc, from, c);
    if (kind == REF_MIN || kind == REF_MAX)
        return extremum(kind, from, a, b);
    if (kind >= REF_EQ) {
        if (nans && kind > REF_NE)
            *flags |= INVALID;
        return comparison(kind);
    }
    const uint32_t result = arithmetic(kind, to, rm, flags);
    const int no_product =
        operands == 3 && ((mpfr_inf_p(va) && mpfr_zero_p(vb)) || (mpfr_zero_p(va) && mpfr_inf_p(vb)));
    if (result == nan_of(to) && (!nans || no_product))
        *flags |= INVALID;
    return result;
}

uint32_t ref_extended(ref_kind kind, const ref_format *from, uint32_t a, uint32_t b, uint32_t c, unsigned rm,
                      uint32_t *flags) {
    /* Widening is exact: only the canonical NaN is another one. */
    const uint32_t wide_a = ref_compute(REF_CONVERT, from, &ref_s, a, 0, 0, 0, flags);
    const uint32_t wide_b = ref_compute(REF_CONVERT, from, &ref_s, b, 0, 0, 0, flags);
    return ref_compute(kind, &ref_s, &ref_s, wide_a, wide_b, c, rm, flags);
}
