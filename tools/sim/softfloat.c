/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every operation is carried out in double, rounded to odd where double is not exact, and rounded once more to the
 * format: with that the second rounding is the only one that counts. Double has 53 bits and 11 of exponent. So products
 * of two formats of up to 24 bits are exact, and no sum, quotient or root of them is subnormal or overflows; what a
 * sum, quotient or root lacks to the exact value is known exactly (two-sum, fused remainder); and an odd rounding to at
 * least two bits more than the format has (53 >= 24 + 2) cannot make a second rounding go wrong.
 */
#include "tools/sim/softfloat.h"

#include <math.h>
#include <string.h>

const sim_float sim_f32 = {8, 23, 0x80000000u, 0x7f800000u, 0x7fc00000u, 0x00400000u};
const sim_float sim_f16 = {5, 10, 0x8000u, 0x7c00u, 0x7e00u, 0x0200u};
const sim_float sim_bf16 = {8, 7, 0x8000u, 0x7f80u, 0x7fc0u, 0x0040u};
const sim_float sim_f8 = {5, 2, 0x80u, 0x7cu, 0x7eu, 0x02u};

static uint64_t bits_of(double v) {
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits) {
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static int is_nan(const sim_float *f, uint32_t a) {
    return (a & ~f->sign) > f->infinity;
}

static int is_signaling(const sim_float *f, uint32_t a) {
    return is_nan(f, a) && !(a & f->quiet);
}

static int is_inf(const sim_float *f, uint32_t a) {
    return (a & ~f->sign) == f->infinity;
}

static int is_zero(const sim_float *f, uint32_t a) {
    return (a & ~f->sign) == 0;
}

/* Exact; not for NaN. */
static double widen(const sim_float *f, uint32_t a) {
    uint64_t sign = a & f->sign ? (uint64_t)1 << 63 : 0;
    uint32_t mantissa = a & ((1u << f->mantissa) - 1), exponent = (a & ~f->sign) >> f->mantissa;
    unsigned bias = (1u << (f->exponent - 1)) - 1;
    if (is_inf(f, a))
        return double_of(sign | (uint64_t)0x7ff << 52);
    if (exponent)
        return double_of(sign | (uint64_t)(exponent + 1023 - bias) << 52 | (uint64_t)mantissa << (52 - f->mantissa));
    double magnitude = (double)mantissa * double_of((uint64_t)(1023 + 1 - bias - f->mantissa) << 52);
    return sign ? -magnitude : magnitude;
}

static uint64_t round_bits(uint64_t m, unsigned shift, int negative, unsigned rm, int *inexact) {
    uint64_t kept = shift < 64 ? m >> shift : 0, rest = shift < 64 ? m - (kept << shift) : m;
    uint64_t half = shift && shift <= 63 ? (uint64_t)1 << (shift - 1) : UINT64_MAX;
    *inexact = rest != 0;
    switch (rm) {
    case SIM_RNE:
        return kept + (rest > half || (rest == half && (kept & 1)));
    case SIM_RDN:
        return kept + (negative && rest);
    case SIM_RUP:
        return kept + (!negative && rest);
    case SIM_RMM:
        return kept + (rest >= half);
    default:
        return kept;
    }
}

/* Rounds to the format. A double that was rounded to odd gives what the exact value would. Not for NaN. */
static uint32_t narrow(const sim_float *f, double v, unsigned rm, uint32_t *flags) {
    uint64_t bits = bits_of(v), m = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
    int negative = bits >> 63 != 0, e = (int)(bits >> 52 & 0x7ff) - 1023, inexact, other;
    int bias = (1 << (f->exponent - 1)) - 1, lowest = 1 - bias;
    uint32_t sign = negative ? f->sign : 0, result;
    unsigned shift = 52 - f->mantissa;
    if (v == 0)
        return sign;
    if (isinf(v))
        return sign | f->infinity;
    if (e >= lowest) {
        uint64_t kept = round_bits(m, shift, negative, rm, &inexact);
        int64_t wide = ((int64_t)(e + bias - 1) << f->mantissa) + (int64_t)kept;
        if (wide >= (int64_t)f->infinity) {
            *flags |= SIM_FLAG_OF | SIM_FLAG_NX;
            int to_infinity = rm == SIM_RNE || rm == SIM_RMM || rm == (negative ? SIM_RDN : SIM_RUP);
            return sign | (to_infinity ? f->infinity : f->infinity - 1);
        }
        result = (uint32_t)wide;
    } else {
        uint64_t unbounded = round_bits(m, shift, negative, rm, &other);
        int tiny = !(e == lowest - 1 && unbounded == (uint64_t)2 << f->mantissa);
        result = (uint32_t)round_bits(m, shift + (unsigned)(lowest - e), negative, rm, &inexact);
        if (inexact && tiny)
            *flags |= SIM_FLAG_UF;
    }
    if (inexact)
        *flags |= SIM_FLAG_NX;
    return sign | result;
}

/* v, or its odd neighbour on the side of `error`, which is what v lacks to the exact value. */
static double to_odd(double v, double error) {
    uint64_t bits = bits_of(v);
    if (error == 0 || bits & 1)
        return v;
    return double_of((error > 0) == (v > 0) ? bits + 1 : bits - 1);
}

static uint32_t add(const sim_float *f, double a, double b, unsigned rm, uint32_t *flags) {
    double sum = a + b;
    if (isinf(sum))
        return narrow(f, sum, rm, flags);
    if (sum == 0)
        return (signbit(a) && signbit(b)) || (rm == SIM_RDN && !(!signbit(a) && !signbit(b))) ? f->sign : 0;
    double b_part = sum - a;
    return narrow(f, to_odd(sum, (a - (sum - b_part)) + (b - b_part)), rm, flags);
}

static uint32_t divide(const sim_float *f, double a, double b, unsigned rm, uint32_t *flags) {
    double q = a / b;
    if (isinf(q) || q == 0)
        return narrow(f, q, rm, flags);
    double rest = fma(-q, b, a);
    return narrow(f, to_odd(q, b > 0 ? rest : -rest), rm, flags);
}

static uint32_t square_root(const sim_float *f, double a, unsigned rm, uint32_t *flags) {
    double root = sqrt(a);
    if (isinf(root) || root == 0)
        return narrow(f, root, rm, flags);
    return narrow(f, to_odd(root, fma(-root, root, a)), rm, flags);
}

static uint32_t invalid(const sim_float *f, uint32_t *flags) {
    *flags |= SIM_FLAG_NV;
    return f->nan;
}

static uint32_t fused(const sim_float *f, uint32_t a, uint32_t b, uint32_t c, unsigned rm, uint32_t *flags) {
    if ((is_inf(f, a) && is_zero(f, b)) || (is_zero(f, a) && is_inf(f, b)))
        return invalid(f, flags);
    if (is_nan(f, a) || is_nan(f, b) || is_nan(f, c)) {
        if (is_signaling(f, a) || is_signaling(f, b) || is_signaling(f, c))
            *flags |= SIM_FLAG_NV;
        return f->nan;
    }
    double product = widen(f, a) * widen(f, b), addend = widen(f, c);
    if (isinf(product) && isinf(addend) && signbit(product) != signbit(addend))
        return invalid(f, flags);
    return add(f, product, addend, rm, flags);
}

/* To an integer of so many bits, saturating. */
static uint32_t to_integer(const sim_float *f, const sim_operands *o, int is_signed, unsigned bits) {
    const uint32_t most = UINT32_MAX >> (32 - bits) >> is_signed, least = is_signed ? ~most : 0;
    double low = is_signed ? -(double)most - 1 : 0, high = (double)most;
    if (is_nan(f, o->a)) {
        *o->flags |= SIM_FLAG_NV;
        return most;
    }
    double v = widen(f, o->a), below = floor(v), part = v - below, r;
    switch (o->rm) {
    case SIM_RNE:
        r = part > 0.5 || (part == 0.5 && fmod(below, 2) != 0) ? below + 1 : below;
        break;
    case SIM_RTZ:
        r = trunc(v);
        break;
    case SIM_RUP:
        r = part > 0 ? below + 1 : below;
        break;
    case SIM_RMM:
        r = part > 0.5 || (part == 0.5 && v > 0) ? below + 1 : below;
        break;
    default:
        r = below;
        break;
    }
    if (r < low || r > high) {
        *o->flags |= SIM_FLAG_NV;
        return r < low ? least : most;
    }
    if (r != v)
        *o->flags |= SIM_FLAG_NX;
    return r < 0 ? (uint32_t)(int32_t)r : (uint32_t)r;
}

/* Which of the two is less; -0 is less than +0. Not for NaN. */
static int is_less(const sim_float *f, uint32_t a, uint32_t b) {
    if (is_zero(f, a) && is_zero(f, b))
        return (a & f->sign) > (b & f->sign);
    return widen(f, a) < widen(f, b);
}

static uint32_t extremum(const sim_float *f, const sim_operands *o, int least) {
    if (is_signaling(f, o->a) || is_signaling(f, o->b))
        *o->flags |= SIM_FLAG_NV;
    if (is_nan(f, o->a))
        return is_nan(f, o->b) ? f->nan : o->b;
    if (is_nan(f, o->b))
        return o->a;
    return is_less(f, o->a, o->b) == least ? o->a : o->b;
}

/* 1 when an operand of a binary operation is NaN, and raises the flag for that: always, or for signalling ones only. */
static int unordered(const sim_float *f, const sim_operands *o, int always) {
    if (!is_nan(f, o->a) && !is_nan(f, o->b))
        return 0;
    if (always || is_signaling(f, o->a) || is_signaling(f, o->b))
        *o->flags |= SIM_FLAG_NV;
    return 1;
}

uint32_t sim_float_madd(const sim_float *f, const sim_operands *o) {
    return fused(f, o->a, o->b, o->c, o->rm, o->flags);
}

uint32_t sim_float_msub(const sim_float *f, const sim_operands *o) {
    return fused(f, o->a, o->b, o->c ^ f->sign, o->rm, o->flags);
}

uint32_t sim_float_nmsub(const sim_float *f, const sim_operands *o) {
    return fused(f, o->a ^ f->sign, o->b, o->c, o->rm, o->flags);
}

uint32_t sim_float_nmadd(const sim_float *f, const sim_operands *o) {
    return fused(f, o->a ^ f->sign, o->b, o->c ^ f->sign, o->rm, o->flags);
}

uint32_t sim_float_add(const sim_float *f, const sim_operands *o) {
    if (unordered(f, o, 0))
        return f->nan;
    if (is_inf(f, o->a) && is_inf(f, o->b) && o->a != o->b)
        return invalid(f, o->flags);
    return add(f, widen(f, o->a), widen(f, o->b), o->rm, o->flags);
}

uint32_t sim_float_sub(const sim_float *f, const sim_operands *o) {
    const sim_operands negated = {o->a, o->b ^ f->sign, 0, o->rm, o->flags};
    return sim_float_add(f, &negated);
}

uint32_t sim_float_mul(const sim_float *f, const sim_operands *o) {
    if (unordered(f, o, 0))
        return f->nan;
    if ((is_inf(f, o->a) && is_zero(f, o->b)) || (is_zero(f, o->a) && is_inf(f, o->b)))
        return invalid(f, o->flags);
    return narrow(f, widen(f, o->a) * widen(f, o->b), o->rm, o->flags);
}

uint32_t sim_float_div(const sim_float *f, const sim_operands *o) {
    if (unordered(f, o, 0))
        return f->nan;
    if ((is_inf(f, o->a) && is_inf(f, o->b)) || (is_zero(f, o->a) && is_zero(f, o->b)))
        return invalid(f, o->flags);
    if (is_zero(f, o->b)) {
        *o->flags |= is_inf(f, o->a) ? 0 : SIM_FLAG_DZ;
        return ((o->a ^ o->b) & f->sign) | f->infinity;
    }
    return divide(f, widen(f, o->a), widen(f, o->b), o->rm, o->flags);
}

uint32_t sim_float_sqrt(const sim_float *f, const sim_operands *o) {
    if (is_nan(f, o->a)) {
        *o->flags |= is_signaling(f, o->a) ? SIM_FLAG_NV : 0;
        return f->nan;
    }
    if ((o->a & f->sign) && !is_zero(f, o->a))
        return invalid(f, o->flags);
    return square_root(f, widen(f, o->a), o->rm, o->flags);
}

uint32_t sim_float_sgnj(const sim_float *f, const sim_operands *o) {
    return (o->a & ~f->sign) | (o->b & f->sign);
}

uint32_t sim_float_sgnjn(const sim_float *f, const sim_operands *o) {
    return (o->a & ~f->sign) | (~o->b & f->sign);
}

uint32_t sim_float_sgnjx(const sim_float *f, const sim_operands *o) {
    return o->a ^ (o->b & f->sign);
}

uint32_t sim_float_min(const sim_float *f, const sim_operands *o) {
    return extremum(f, o, 1);
}

uint32_t sim_float_max(const sim_float *f, const sim_operands *o) {
    return extremum(f, o, 0);
}

uint32_t sim_float_eq(const sim_float *f, const sim_operands *o) {
    return !unordered(f, o, 0) && widen(f, o->a) == widen(f, o->b);
}

uint32_t sim_float_ne(const sim_float *f, const sim_operands *o) {
    return !sim_float_eq(f, o);
}

uint32_t sim_float_lt(const sim_float *f, const sim_operands *o) {
    return !unordered(f, o, 1) && widen(f, o->a) < widen(f, o->b);
}

uint32_t sim_float_ge(const sim_float *f, const sim_operands *o) {
    return !unordered(f, o, 1) && widen(f, o->a) >= widen(f, o->b);
}

uint32_t sim_float_le(const sim_float *f, const sim_operands *o) {
    return !unordered(f, o, 1) && widen(f, o->a) <= widen(f, o->b);
}

uint32_t sim_float_gt(const sim_float *f, const sim_operands *o) {
    return !unordered(f, o, 1) && widen(f, o->a) > widen(f, o->b);
}

uint32_t sim_float_class(const sim_float *f, const sim_operands *o) {
    const uint32_t a = o->a, magnitude = a & ~f->sign;
    int negative = (a & f->sign) != 0;
    if (is_nan(f, a))
        return is_signaling(f, a) ? 1u << 8 : 1u << 9;
    if (is_inf(f, a))
        return negative ? 1u << 0 : 1u << 7;
    if (!magnitude)
        return negative ? 1u << 3 : 1u << 4;
    if (magnitude >> f->mantissa == 0)
        return negative ? 1u << 2 : 1u << 5;
    return negative ? 1u << 1 : 1u << 6;
}

uint32_t sim_float_to_w(const sim_float *f, const sim_operands *o) {
    return to_integer(f, o, 1, 32);
}

uint32_t sim_float_to_wu(const sim_float *f, const sim_operands *o) {
    return to_integer(f, o, 0, 32);
}

uint32_t sim_float_from_w(const sim_float *f, const sim_operands *o) {
    return narrow(f, (double)(int32_t)o->a, o->rm, o->flags);
}

uint32_t sim_float_from_wu(const sim_float *f, const sim_operands *o) {
    return narrow(f, (double)o->a, o->rm, o->flags);
}

static unsigned width_of(const sim_float *f) {
    return 1 + f->exponent + f->mantissa;
}

uint32_t sim_float_to_x(const sim_float *f, const sim_operands *o) {
    return to_integer(f, o, 1, width_of(f)) & sim_float_mask(f);
}

uint32_t sim_float_to_xu(const sim_float *f, const sim_operands *o) {
    return to_integer(f, o, 0, width_of(f));
}

uint32_t sim_float_from_x(const sim_float *f, const sim_operands *o) {
    const double value = o->a & f->sign ? -(double)(0 - (o->a | ~sim_float_mask(f))) : (double)o->a;
    return narrow(f, value, o->rm, o->flags);
}

uint32_t sim_float_from_xu(const sim_float *f, const sim_operands *o) {
    return narrow(f, (double)o->a, o->rm, o->flags);
}

uint32_t sim_float_convert(const sim_float *from, const sim_float *to, const sim_operands *o) {
    if (is_nan(from, o->a)) {
        *o->flags |= is_signaling(from, o->a) ? SIM_FLAG_NV : 0;
        return to->nan;
    }
    return narrow(to, widen(from, o->a), o->rm, o->flags);
}
