/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating point to the letter of the standard: five rounding modes, flags, subnormals, the canonical NaN; binary32 and
 * binary16. Every operation is carried out in double, rounded to odd where double is not exact, and rounded once more
 * to the format: with that the second rounding is the only one that counts.
 */
#include <math.h>
#include <string.h>

#include "tools/sim/state.h"

enum { NX = 1, UF = 2, OF = 4, DZ = 8, NV = 16 };
enum { RNE, RTZ, RDN, RUP, RMM };

typedef struct format {
    unsigned exponent, mantissa; /* bits */
    uint32_t sign, infinity, nan, quiet;
} format;

static const format f32 = {8, 23, 0x80000000u, 0x7f800000u, 0x7fc00000u, 0x00400000u};
static const format f16 = {5, 10, 0x8000u, 0x7c00u, 0x7e00u, 0x0200u};

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

static int is_nan(const format *f, uint32_t a) {
    return (a & ~f->sign) > f->infinity;
}

static int is_signaling(const format *f, uint32_t a) {
    return is_nan(f, a) && !(a & f->quiet);
}

static int is_inf(const format *f, uint32_t a) {
    return (a & ~f->sign) == f->infinity;
}

static int is_zero(const format *f, uint32_t a) {
    return (a & ~f->sign) == 0;
}

/* Exact; not for NaN. */
static double widen(const format *f, uint32_t a) {
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
    case RNE:
        return kept + (rest > half || (rest == half && (kept & 1)));
    case RDN:
        return kept + (negative && rest);
    case RUP:
        return kept + (!negative && rest);
    case RMM:
        return kept + (rest >= half);
    default:
        return kept;
    }
}

/* Rounds to the format. A double that was rounded to odd gives what the exact value would. Not for NaN. */
static uint32_t narrow(const format *f, double v, unsigned rm, uint32_t *flags) {
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
            *flags |= OF | NX;
            int to_infinity = rm == RNE || rm == RMM || rm == (negative ? RDN : RUP);
            return sign | (to_infinity ? f->infinity : f->infinity - 1);
        }
        result = (uint32_t)wide;
    } else {
        uint64_t unbounded = round_bits(m, shift, negative, rm, &other);
        int tiny = !(e == lowest - 1 && unbounded == (uint64_t)2 << f->mantissa);
        result = (uint32_t)round_bits(m, shift + (unsigned)(lowest - e), negative, rm, &inexact);
        if (inexact && tiny)
            *flags |= UF;
    }
    if (inexact)
        *flags |= NX;
    return sign | result;
}

/* v, or its odd neighbour on the side of `error`, which is what v lacks to the exact value. */
static double to_odd(double v, double error) {
    uint64_t bits = bits_of(v);
    if (error == 0 || bits & 1)
        return v;
    return double_of((error > 0) == (v > 0) ? bits + 1 : bits - 1);
}

static uint32_t add(const format *f, double a, double b, unsigned rm, uint32_t *flags) {
    double sum = a + b;
    if (isinf(sum))
        return narrow(f, sum, rm, flags);
    if (sum == 0)
        return (signbit(a) && signbit(b)) || (rm == RDN && !(!signbit(a) && !signbit(b))) ? f->sign : 0;
    double b_part = sum - a;
    return narrow(f, to_odd(sum, (a - (sum - b_part)) + (b - b_part)), rm, flags);
}

static uint32_t divide(const format *f, double a, double b, unsigned rm, uint32_t *flags) {
    double q = a / b;
    if (isinf(q) || q == 0)
        return narrow(f, q, rm, flags);
    double rest = fma(-q, b, a);
    return narrow(f, to_odd(q, b > 0 ? rest : -rest), rm, flags);
}

static uint32_t square_root(const format *f, double a, unsigned rm, uint32_t *flags) {
    double root = sqrt(a);
    if (isinf(root) || root == 0)
        return narrow(f, root, rm, flags);
    return narrow(f, to_odd(root, fma(-root, root, a)), rm, flags);
}

static uint32_t invalid(const format *f, uint32_t *flags) {
    *flags |= NV;
    return f->nan;
}

static uint32_t fused(const format *f, uint32_t a, uint32_t b, uint32_t c, unsigned rm, uint32_t *flags) {
    if ((is_inf(f, a) && is_zero(f, b)) || (is_zero(f, a) && is_inf(f, b)))
        return invalid(f, flags);
    if (is_nan(f, a) || is_nan(f, b) || is_nan(f, c)) {
        if (is_signaling(f, a) || is_signaling(f, b) || is_signaling(f, c))
            *flags |= NV;
        return f->nan;
    }
    double product = widen(f, a) * widen(f, b), addend = widen(f, c);
    if (isinf(product) && isinf(addend) && signbit(product) != signbit(addend))
        return invalid(f, flags);
    return add(f, product, addend, rm, flags);
}

/* To a 32-bit integer, saturating. */
static uint32_t to_integer(const format *f, uint32_t a, int is_signed, unsigned rm, uint32_t *flags) {
    double low = is_signed ? -2147483648.0 : 0, high = is_signed ? 2147483647.0 : 4294967295.0;
    if (is_nan(f, a)) {
        *flags |= NV;
        return is_signed ? INT32_MAX : UINT32_MAX;
    }
    double v = widen(f, a), below = floor(v), part = v - below, r;
    switch (rm) {
    case RNE:
        r = part > 0.5 || (part == 0.5 && fmod(below, 2) != 0) ? below + 1 : below;
        break;
    case RTZ:
        r = trunc(v);
        break;
    case RUP:
        r = part > 0 ? below + 1 : below;
        break;
    case RMM:
        r = part > 0.5 || (part == 0.5 && v > 0) ? below + 1 : below;
        break;
    default:
        r = below;
        break;
    }
    if (r < low || r > high) {
        *flags |= NV;
        return r < low ? (is_signed ? (uint32_t)INT32_MIN : 0) : is_signed ? INT32_MAX : UINT32_MAX;
    }
    if (r != v)
        *flags |= NX;
    return r < 0 ? (uint32_t)(int32_t)r : (uint32_t)r;
}

static uint32_t classify(const format *f, uint32_t a) {
    int negative = (a & f->sign) != 0;
    uint32_t magnitude = a & ~f->sign;
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

/* Which of the two is less; -0 is less than +0. Not for NaN. */
static int is_less(const format *f, uint32_t a, uint32_t b) {
    if (is_zero(f, a) && is_zero(f, b))
        return (a & f->sign) > (b & f->sign);
    return widen(f, a) < widen(f, b);
}

static uint32_t extremum(const format *f, uint32_t a, uint32_t b, int least, uint32_t *flags) {
    if (is_signaling(f, a) || is_signaling(f, b))
        *flags |= NV;
    if (is_nan(f, a))
        return is_nan(f, b) ? f->nan : b;
    if (is_nan(f, b))
        return a;
    return is_less(f, a, b) == least ? a : b;
}

typedef enum operation {
    NONE,
    FMADD,
    FMSUB,
    FNMSUB,
    FNMADD,
    FADD,
    FSUB,
    FMUL,
    FDIV,
    FSQRT,
    FSGNJ,
    FSGNJN,
    FSGNJX,
    FMIN,
    FMAX,
    FEQ,
    FLT,
    FLE,
    FCLASS,
    FCVT_W,
    FCVT_WU,
    FROM_W,
    FROM_WU,
    TO_S,
    TO_H
} operation;

static const struct {
    uint8_t kind, half;
} operations[SIM_CODES] = {
#define BOTH(name, KIND) [SIM_INSN_##name##_s] = {KIND, 0}, [SIM_INSN_##name##_h] = {KIND, 1}
    BOTH(fmadd, FMADD),
    BOTH(fmsub, FMSUB),
    BOTH(fnmsub, FNMSUB),
    BOTH(fnmadd, FNMADD),
    BOTH(fadd, FADD),
    BOTH(fsub, FSUB),
    BOTH(fmul, FMUL),
    BOTH(fdiv, FDIV),
    BOTH(fsqrt, FSQRT),
    BOTH(fsgnj, FSGNJ),
    BOTH(fsgnjn, FSGNJN),
    BOTH(fsgnjx, FSGNJX),
    BOTH(fmin, FMIN),
    BOTH(fmax, FMAX),
    BOTH(feq, FEQ),
    BOTH(flt, FLT),
    BOTH(fle, FLE),
    BOTH(fclass, FCLASS),
    BOTH(fcvt_w, FCVT_W),
    BOTH(fcvt_wu, FCVT_WU),
    [SIM_INSN_fcvt_s_w] = {FROM_W, 0},
    [SIM_INSN_fcvt_h_w] = {FROM_W, 1},
    [SIM_INSN_fcvt_s_wu] = {FROM_WU, 0},
    [SIM_INSN_fcvt_h_wu] = {FROM_WU, 1},
    [SIM_INSN_fcvt_s_h] = {TO_S, 1},
    [SIM_INSN_fcvt_h_s] = {TO_H, 0},
};

static uint32_t two_operands(const format *f, operation kind, uint32_t a, uint32_t b, unsigned rm, uint32_t *flags) {
    uint32_t sign = (a ^ b) & f->sign;
    if (is_nan(f, a) || is_nan(f, b)) {
        if (is_signaling(f, a) || is_signaling(f, b))
            *flags |= NV;
        return f->nan;
    }
    switch (kind) {
    case FSUB:
        b ^= f->sign;
        /* fall through */
    case FADD:
        if (is_inf(f, a) && is_inf(f, b) && a != b)
            return invalid(f, flags);
        return add(f, widen(f, a), widen(f, b), rm, flags);
    case FMUL:
        if ((is_inf(f, a) && is_zero(f, b)) || (is_zero(f, a) && is_inf(f, b)))
            return invalid(f, flags);
        return narrow(f, widen(f, a) * widen(f, b), rm, flags);
    default:
        if ((is_inf(f, a) && is_inf(f, b)) || (is_zero(f, a) && is_zero(f, b)))
            return invalid(f, flags);
        if (is_zero(f, b)) {
            *flags |= is_inf(f, a) ? 0 : DZ;
            return sign | f->infinity;
        }
        return divide(f, widen(f, a), widen(f, b), rm, flags);
    }
}

static uint32_t compare(const format *f, operation kind, uint32_t a, uint32_t b, uint32_t *flags) {
    if (is_nan(f, a) || is_nan(f, b)) {
        if (kind != FEQ || is_signaling(f, a) || is_signaling(f, b))
            *flags |= NV;
        return 0;
    }
    double x = widen(f, a), y = widen(f, b);
    return kind == FEQ ? x == y : kind == FLT ? x < y : x <= y;
}

static uint32_t convert(const format *from, const format *to, uint32_t a, unsigned rm, uint32_t *flags) {
    if (is_nan(from, a)) {
        *flags |= is_signaling(from, a) ? NV : 0;
        return to->nan;
    }
    return narrow(to, widen(from, a), rm, flags);
}

static uint32_t root_of(const format *f, uint32_t a, unsigned rm, uint32_t *flags) {
    if (is_nan(f, a)) {
        *flags |= is_signaling(f, a) ? NV : 0;
        return f->nan;
    }
    if (a & f->sign && !is_zero(f, a))
        return invalid(f, flags);
    return square_root(f, widen(f, a), rm, flags);
}

uint32_t sim_fpu(unsigned insn, uint32_t a, uint32_t b, uint32_t c, unsigned rm, uint32_t *flags) {
    operation kind = (operation)operations[insn].kind;
    const format *f = operations[insn].half ? &f16 : &f32;
    uint32_t all = f->sign | (f->sign - 1), raw = a, r;
    a &= all;
    b &= all;
    c &= all;
    switch (kind) {
    case FMADD:
        r = fused(f, a, b, c, rm, flags);
        break;
    case FMSUB:
        r = fused(f, a, b, c ^ f->sign, rm, flags);
        break;
    case FNMSUB:
        r = fused(f, a ^ f->sign, b, c, rm, flags);
        break;
    case FNMADD:
        r = fused(f, a ^ f->sign, b, c ^ f->sign, rm, flags);
        break;
    case FADD:
    case FSUB:
    case FMUL:
    case FDIV:
        r = two_operands(f, kind, a, b, rm, flags);
        break;
    case FSQRT:
        r = root_of(f, a, rm, flags);
        break;
    case FSGNJ:
        r = (a & ~f->sign) | (b & f->sign);
        break;
    case FSGNJN:
        r = (a & ~f->sign) | (~b & f->sign);
        break;
    case FSGNJX:
        r = a ^ (b & f->sign);
        break;
    case FMIN:
    case FMAX:
        r = extremum(f, a, b, kind == FMIN, flags);
        break;
    case FEQ:
    case FLT:
    case FLE:
        return compare(f, kind, a, b, flags);
    case FCLASS:
        return classify(f, a);
    case FCVT_W:
    case FCVT_WU:
        return to_integer(f, a, kind == FCVT_W, rm, flags);
    case FROM_W:
        r = narrow(f, (double)(int32_t)raw, rm, flags);
        break;
    case FROM_WU:
        r = narrow(f, (double)raw, rm, flags);
        break;
    case TO_S:
        return convert(&f16, &f32, a, rm, flags);
    case TO_H:
        r = convert(&f32, &f16, a, rm, flags);
        f = &f16;
        break;
    default:
        return 0;
    }
    return f == &f16 ? (uint32_t)(int16_t)r : r;
}
