/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way through the 16-bit instructions that programs are made of: rounding to nearest, operands that are
 * finite, results that are normal or zero. Whatever else turns up is refused, and fpu.c does it in full.
 *
 * Products of such operands are exact in double. A sum that is not (two-sum tells) is refused, so the one rounding is
 * that to the format, and it alone says whether the result is inexact.
 */
#include <string.h>

#include "tools/sim/softfloat.h"
#include "tools/sim/state.h"

/* Known here, so that the compiler makes a function of its own for each format. */
static const sim_float f32 = {8, 23, 0x80000000u, 0x7f800000u, 0x7fc00000u, 0x00400000u};
static const sim_float f16 = {5, 10, 0x8000u, 0x7c00u, 0x7e00u, 0x0200u};
static const sim_float bf16 = {8, 7, 0x8000u, 0x7f80u, 0x7fc0u, 0x0040u};

#define INLINE static inline __attribute__((always_inline))

INLINE uint64_t bits_of(double v) {
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

INLINE double double_of(uint64_t bits) {
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

INLINE uint64_t bias(const sim_float *f) {
    return ((uint64_t)1 << (f->exponent - 1)) - 1;
}

INLINE int finite(const sim_float *f, uint32_t a) {
    return (a & f->infinity) != f->infinity;
}

/* Subnormals too: the fraction moves into that of a double, and a product sets the exponent right. */
INLINE double wide(const sim_float *f, uint32_t a) {
    const uint64_t magnitude = (uint64_t)(a & (f->sign - 1)) << (52 - f->mantissa);
    const double v = double_of(magnitude) * double_of((2 * 1023 - bias(f)) << 52);
    return double_of(bits_of(v) | (a & f->sign ? (uint64_t)1 << 63 : 0));
}

INLINE int narrow(const sim_float *f, double v, uint32_t *result, uint32_t *flags) {
    const unsigned shift = 52 - f->mantissa;
    const uint64_t bits = bits_of(v), magnitude = bits & (UINT64_MAX >> 1), below = ((uint64_t)1 << shift) - 1;
    const uint32_t sign = bits >> 63 ? f->sign : 0;
    const uint64_t kept = (magnitude + (below >> 1) + (magnitude >> shift & 1)) >> shift;
    const uint64_t narrowed = kept - ((1023 - bias(f)) << f->mantissa);
    if (magnitude >> 52 < 1024 - bias(f) || narrowed >= f->infinity) {
        *result = sign;
        return magnitude == 0;
    }
    *result = sign | (uint32_t)narrowed;
    *flags |= magnitude & below ? SIM_FLAG_NX : 0;
    return 1;
}

/* The rounded sum, where it is exact in double. */
INLINE int sum(const sim_float *f, double a, double b, uint32_t *result, uint32_t *flags) {
    const double s = a + b, b_part = s - a;
    return (a - (s - b_part)) + (b - b_part) == 0 && narrow(f, s, result, flags);
}

INLINE int madd(const sim_float *f, uint32_t a, uint32_t b, uint32_t c, uint32_t *result, uint32_t *flags) {
    return finite(f, a) && finite(f, b) && finite(f, c) && sum(f, wide(f, a) * wide(f, b), wide(f, c), result, flags);
}

INLINE int nmsub(const sim_float *f, uint32_t a, uint32_t b, uint32_t c, uint32_t *result, uint32_t *flags) {
    return madd(f, a ^ f->sign, b, c, result, flags);
}

INLINE int msub(const sim_float *f, uint32_t a, uint32_t b, uint32_t c, uint32_t *result, uint32_t *flags) {
    return madd(f, a, b, c ^ f->sign, result, flags);
}

INLINE int nmadd(const sim_float *f, uint32_t a, uint32_t b, uint32_t c, uint32_t *result, uint32_t *flags) {
    return madd(f, a ^ f->sign, b, c ^ f->sign, result, flags);
}

INLINE int add(const sim_float *f, uint32_t a, uint32_t b, uint32_t c, uint32_t *result, uint32_t *flags) {
    (void)c;
    return finite(f, a) && finite(f, b) && sum(f, wide(f, a), wide(f, b), result, flags);
}

INLINE int sub(const sim_float *f, uint32_t a, uint32_t b, uint32_t c, uint32_t *result, uint32_t *flags) {
    return add(f, a, b ^ f->sign, c, result, flags);
}

INLINE int mul(const sim_float *f, uint32_t a, uint32_t b, uint32_t c, uint32_t *result, uint32_t *flags) {
    (void)c;
    return finite(f, a) && finite(f, b) && narrow(f, wide(f, a) * wide(f, b), result, flags);
}

/* Order is that of the magnitudes with a sign. */
INLINE int32_t ordered(uint32_t a) {
    return a & 0x8000 ? -(int32_t)(a & 0x7fff) - 1 : (int32_t)a;
}

INLINE int max(const sim_float *f, uint32_t a, uint32_t b, uint32_t c, uint32_t *result, uint32_t *flags) {
    (void)c, (void)flags;
    *result = ordered(a) > ordered(b) ? a : b;
    return finite(f, a) && finite(f, b);
}

INLINE int min(const sim_float *f, uint32_t a, uint32_t b, uint32_t c, uint32_t *result, uint32_t *flags) {
    (void)c, (void)flags;
    *result = ordered(a) < ordered(b) ? a : b;
    return finite(f, a) && finite(f, b);
}

/* rd + (high + low products), as in fpu.c */
INLINE int dot(const sim_float *f, const sim_operands *o, unsigned other, uint32_t *result, uint32_t *flags) {
    const uint32_t a = o->a & 0xffff, b = o->b & 0xffff, a2 = o->a >> 16, b2 = o->b >> other & 0xffff;
    uint32_t low, both;
    if (!finite(f, a) || !finite(f, b) || !finite(f, a2) || !finite(f, b2) || !finite(&f32, o->c))
        return 0;
    const double product = wide(f, a) * wide(f, b);
    return narrow(&f32, product, &low, flags) && sum(&f32, wide(f, a2) * wide(f, b2), wide(&f32, low), &both, flags) &&
           sum(&f32, wide(&f32, o->c), wide(&f32, both), result, flags);
}

INLINE int macex(const sim_float *f, const sim_operands *o, uint32_t *result, uint32_t *flags) {
    const uint32_t a = o->a & 0xffff, b = o->b & 0xffff;
    return finite(f, a) && finite(f, b) && finite(&f32, o->c) &&
           sum(&f32, wide(f, a) * wide(f, b), wide(&f32, o->c), result, flags);
}

INLINE int convert(const sim_float *from, const sim_float *to, uint32_t a, uint32_t *result, uint32_t *flags) {
    return finite(from, a) && narrow(to, wide(from, a), result, flags);
}

typedef int fast(const sim_operands *o, uint32_t *result, uint32_t *flags);

#define SCALAR(id, f, op)                                                                                              \
    static int do_##id(const sim_operands *o, uint32_t *result, uint32_t *flags) {                                     \
        uint32_t r = 0;                                                                                                \
        const int done = op(&f, o->a & 0xffff, o->b & 0xffff, o->c & 0xffff, &r, flags);                               \
        *result = (uint32_t)(int16_t)r;                                                                                \
        return done;                                                                                                   \
    }
#define TWO(id, f, op, other)                                                                                          \
    static int do_##id(const sim_operands *o, uint32_t *result, uint32_t *flags) {                                     \
        uint32_t low, high;                                                                                            \
        const int done = op(&f, o->a & 0xffff, o->b & 0xffff, o->c & 0xffff, &low, flags) &&                           \
                         op(&f, o->a >> 16, o->b >> other & 0xffff, o->c >> 16, &high, flags);                         \
        *result = done ? low | high << 16 : 0;                                                                         \
        return done;                                                                                                   \
    }
#define OTHER(id, call)                                                                                                \
    static int do_##id(const sim_operands *o, uint32_t *result, uint32_t *flags) {                                     \
        return call;                                                                                                   \
    }
#define PACK(id, f)                                                                                                    \
    static int do_##id(const sim_operands *o, uint32_t *result, uint32_t *flags) {                                     \
        uint32_t low, high;                                                                                            \
        const int done = convert(&f32, &f, o->a, &low, flags) && convert(&f32, &f, o->b, &high, flags);                \
        *result = done ? low | high << 16 : 0;                                                                         \
        return done;                                                                                                   \
    }
#define TWO_ALL(id, op)                                                                                                \
    TWO(id##_h, f16, op, 16)                                                                                           \
    TWO(id##_ah, bf16, op, 16)                                                                                         \
    TWO(id##_r_h, f16, op, 0)                                                                                          \
    TWO(id##_r_ah, bf16, op, 0)
#define SCALAR_ALL(id, op)                                                                                             \
    SCALAR(id##_h, f16, op)                                                                                            \
    SCALAR(id##_ah, bf16, op)

/* Each instruction once to make its function, once to enter it into the table. */
#define LIST                                                                                                           \
    TWO_ALL(vfmac, madd)                                                                                               \
    TWO_ALL(vfmre, nmsub)                                                                                              \
    TWO_ALL(vfadd, add)                                                                                                \
    TWO_ALL(vfsub, sub)                                                                                                \
    TWO_ALL(vfmul, mul)                                                                                                \
    TWO_ALL(vfmin, min)                                                                                                \
    TWO_ALL(vfmax, max)                                                                                                \
    SCALAR_ALL(fmadd, madd)                                                                                            \
    SCALAR_ALL(fmsub, msub)                                                                                            \
    SCALAR_ALL(fnmsub, nmsub)                                                                                          \
    SCALAR_ALL(fnmadd, nmadd)                                                                                          \
    SCALAR_ALL(fadd, add)                                                                                              \
    SCALAR_ALL(fsub, sub)                                                                                              \
    SCALAR_ALL(fmul, mul)                                                                                              \
    OTHER(vfdotpex_s_h, dot(&f16, o, 16, result, flags))                                                               \
    OTHER(vfdotpex_s_ah, dot(&bf16, o, 16, result, flags))                                                             \
    OTHER(vfdotpex_s_r_h, dot(&f16, o, 0, result, flags))                                                              \
    OTHER(vfdotpex_s_r_ah, dot(&bf16, o, 0, result, flags))                                                            \
    OTHER(fmacex_s_h, macex(&f16, o, result, flags))                                                                   \
    OTHER(fmacex_s_ah, macex(&bf16, o, result, flags))                                                                 \
    OTHER(fcvt_s_h, convert(&f16, &f32, o->a & 0xffff, result, flags))                                                 \
    OTHER(fcvt_s_ah, convert(&bf16, &f32, o->a & 0xffff, result, flags))                                               \
    PACK(vfcpka_h_s, f16)                                                                                              \
    PACK(vfcpka_ah_s, bf16)

LIST

#undef SCALAR
#undef TWO
#undef OTHER
#undef PACK
#define SCALAR(id, f, op)     [SIM_INSN_##id] = do_##id,
#define TWO(id, f, op, other) [SIM_INSN_##id] = do_##id,
#define OTHER(id, call)       [SIM_INSN_##id] = do_##id,
#define PACK(id, f)           [SIM_INSN_##id] = do_##id,
    static fast *const table[SIM_CODES] = {LIST};

int sim_fpu_fast(unsigned insn, const sim_operands *o, uint32_t *result) {
    uint32_t flags = 0;
    if (o->rm != SIM_RNE || !table[insn] || !table[insn](o, result, &flags))
        return 0;
    *o->flags |= flags;
    return 1;
}
