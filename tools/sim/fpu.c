/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating-point instructions off the interpreter's fast path: single precision with rounding modes and flags, and all
 * of 16 bits and less. One function for each, from the list's bodies.
 */
#include "tools/sim/softfloat.h"
#include "tools/sim/state.h"

/* A result as it stands in a register: extended with the format's sign. */
static uint32_t extended(const sim_float *f, uint32_t result) {
    return (result ^ f->sign) - f->sign;
}

static sim_operands of_format(const sim_float *f, const sim_operands *o) {
    const uint32_t mask = sim_float_mask(f);
    return (sim_operands){o->a & mask, o->b & mask, o->c & mask, o->rm, o->flags};
}

static uint32_t to_integer(const sim_float *f, sim_float_op *op, const sim_operands *o) {
    const sim_operands own = of_format(f, o);
    return op(f, &own);
}

static uint32_t convert(const sim_float *from, const sim_float *to, const sim_operands *o) {
    const sim_operands own = of_format(from, o);
    return sim_float_convert(from, to, &own);
}

/* All lanes; `repeat` takes the lowest lane of b for each. */
static uint32_t lanes(const sim_float *f, sim_float_op *op, const sim_operands *o, int repeat) {
    const unsigned width = 1 + f->exponent + f->mantissa;
    uint32_t result = 0;
    for (unsigned at = 0; at < 32; at += width) {
        const sim_operands all = {o->a >> at, repeat ? o->b : o->b >> at, o->c >> at, o->rm, o->flags};
        const sim_operands lane = of_format(f, &all);
        result |= op(f, &lane) << at;
    }
    return result;
}

static uint32_t convert_lanes(const sim_float *from, const sim_float *to, const sim_operands *o) {
    const sim_operands high = {o->a >> 16, 0, 0, o->rm, o->flags};
    return convert(from, to, o) | convert(from, to, &high) << 16;
}

/* Two of single precision into a register's halves. */
static uint32_t pack(const sim_float *f, const sim_operands *o) {
    const sim_operands high = {o->b, 0, 0, o->rm, o->flags};
    return convert(&sim_f32, f, o) | convert(&sim_f32, f, &high) << 16;
}

static sim_operands widened(const sim_float *f, const sim_operands *o, uint32_t a, uint32_t b) {
    const sim_operands first = {a, 0, 0, o->rm, o->flags}, second = {b, 0, 0, o->rm, o->flags};
    return (sim_operands){convert(f, &sim_f32, &first), convert(f, &sim_f32, &second), o->c, o->rm, o->flags};
}

/* The product of two lanes: exact, unless bfloat16's is out of binary32's range. */
static uint32_t product(const sim_float *f, const sim_operands *o, uint32_t a, uint32_t b) {
    const sim_operands wide = widened(f, o, a, b);
    return sim_float_mul(&sim_f32, &wide);
}

static uint32_t multiply_add(const sim_float *f, const sim_operands *o, uint32_t a, uint32_t b, uint32_t c) {
    sim_operands wide = widened(f, o, a, b);
    wide.c = c;
    return sim_float_madd(&sim_f32, &wide);
}

/* rd + fma(high lanes, product of the low lanes), as the reference; `other` is where b's second lane stands. */
static uint32_t dot(const sim_float *f, const sim_operands *o, unsigned other) {
    const uint32_t both = multiply_add(f, o, o->a >> 16, o->b >> other, product(f, o, o->a, o->b));
    const sim_operands sum = {o->c, both, 0, o->rm, o->flags};
    return sim_float_add(&sim_f32, &sum);
}

/* The same in the lanes' own format. */
static uint32_t dot_own(const sim_float *f, const sim_operands *o, unsigned other) {
    const sim_operands low = {o->a, o->b, 0, o->rm, o->flags};
    const sim_operands high = {o->a >> 16, o->b >> other, to_integer(f, sim_float_mul, &low), o->rm, o->flags};
    const sim_operands sum = {o->c, to_integer(f, sim_float_madd, &high), 0, o->rm, o->flags};
    return extended(f, to_integer(f, sim_float_add, &sum));
}

/* The words of isa_float.def. */
#define SCALAR(f, op)           extended(&sim_##f, to_integer(&sim_##f, sim_float_##op, o))
#define TO_INTEGER(f, op)       to_integer(&sim_##f, sim_float_##op, o)
#define FROM_INTEGER(f, op)     extended(&sim_##f, sim_float_##op(&sim_##f, o))
#define CONVERT(from, to)       extended(&sim_##to, convert(&sim_##from, &sim_##to, o))
#define MULEX(f)                product(&sim_##f, o, o->a, o->b)
#define MACEX(f)                multiply_add(&sim_##f, o, o->a, o->b, o->c)
#define LANES(f, op)            lanes(&sim_##f, sim_float_##op, o, 0)
#define LANES_R(f, op)          lanes(&sim_##f, sim_float_##op, o, 1)
#define CONVERT_LANES(from, to) convert_lanes(&sim_##from, &sim_##to, o)
#define PACK(f)                 pack(&sim_##f, o)
#define DOT(f, other)           dot(&sim_##f, o, other)
#define DOT_OWN(f, other)       dot_own(&sim_##f, o, other)

#define INSN(id, text, mask, match, format, class, body)                                                               \
    static uint32_t do_##id(const sim_operands *o) {                                                                   \
        return body;                                                                                                   \
    }
#include "tools/sim/isa_float.def"
#undef INSN

/* Of single precision the list has bodies that hold for the fast path only: the same operations in full. */
#define SINGLE(X)                                                                                                      \
    X(fmadd_s, madd)                                                                                                   \
    X(fmsub_s, msub)                                                                                                   \
    X(fnmsub_s, nmsub)                                                                                                 \
    X(fnmadd_s, nmadd)                                                                                                 \
    X(fadd_s, add)                                                                                                     \
    X(fsub_s, sub)                                                                                                     \
    X(fmul_s, mul)                                                                                                     \
    X(fdiv_s, div)                                                                                                     \
    X(fsqrt_s, sqrt)                                                                                                   \
    X(fmin_s, min)                                                                                                     \
    X(fmax_s, max)                                                                                                     \
    X(feq_s, eq)                                                                                                       \
    X(flt_s, lt)                                                                                                       \
    X(fle_s, le)                                                                                                       \
    X(fclass_s, class)                                                                                                 \
    X(fcvt_w_s, to_w)                                                                                                  \
    X(fcvt_wu_s, to_wu)                                                                                                \
    X(fcvt_s_w, from_w)                                                                                                \
    X(fcvt_s_wu, from_wu)
#define DO_SINGLE(id, op)                                                                                              \
    static uint32_t do_##id(const sim_operands *o) {                                                                   \
        return sim_float_##op(&sim_f32, o);                                                                            \
    }
SINGLE(DO_SINGLE)

static uint32_t (*const table[SIM_CODES])(const sim_operands *o) = {
#define INSN(id, ...) [SIM_INSN_##id] = do_##id,
#include "tools/sim/isa_float.def"
#undef INSN
#define ENTRY(id, op) [SIM_INSN_##id] = do_##id,
    SINGLE(ENTRY)};

uint32_t sim_fpu(unsigned insn, uint32_t a, uint32_t b, uint32_t c, unsigned rm, uint32_t *flags) {
    const sim_operands o = {a, b, c, rm, flags};
    uint32_t result;
    return sim_fpu_fast(insn, &o, &result) ? result : table[insn](&o);
}
