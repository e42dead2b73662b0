/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions of isa_packed.def, a function each. */
#include "tools/sim/state.h"

typedef struct lane {
    unsigned bits, at;
    uint32_t x, y;
} lane;

static lane lane_of(unsigned bits, unsigned at, uint32_t a, uint32_t b) {
    const uint32_t mask = (1u << bits) - 1;
    return (lane){bits, at, a >> at & mask, b >> at & mask};
}

static int32_t with_sign(uint32_t value, unsigned bits) {
    return (int32_t)(value << (32 - bits)) >> (32 - bits);
}

/* Bit fields: width less one in bits 5 to 9, the first bit below. Fields end at bit 31. */
#define FIRST(k) ((k) & 31)
#define FIELD(k) (UINT32_MAX >> (31 - ((k) >> 5 & 31)))

static uint32_t extract(uint32_t a, uint32_t k) {
    const uint32_t most = 32 - FIRST(k), width = 1 + (k >> 5 & 31);
    return (uint32_t)with_sign(a >> FIRST(k), width < most ? width : most);
}

static uint32_t insert(uint32_t d, uint32_t a, uint32_t k) {
    return (d & ~(FIELD(k) << FIRST(k))) | (a & FIELD(k)) << FIRST(k);
}

/* Groups of bits in the opposite order, from the top; bits that make no whole group are lost. */
static uint32_t reversed(uint32_t a, unsigned group) {
    uint32_t result = 0;
    for (unsigned at = 0; at + group <= 32; at += group)
        result |= (a >> (32 - group - at) & ((1u << group) - 1)) << at;
    return result;
}

/* How many bits at the top are the same. */
static uint32_t leading_signs(uint32_t a) {
    const uint32_t turned = a >> 31 ? ~a : a;
    return turned ? (uint32_t)__builtin_clz(turned) : 32;
}

#define LOW_S(v)      ((uint32_t)(int16_t)(v))
#define HIGH_S(v)     ((uint32_t)(int16_t)((v) >> 16))
#define LOW_U(v)      ((v) & 0xffff)
#define HIGH_U(v)     ((v) >> 16)
#define HALF(n)       (1u << (n) >> 1)
#define SHIFT_S(v, n) ((uint32_t)((int32_t)(v) >> (n)))
#define SHIFT_U(v, n) ((v) >> (n))

#define ALL_H(v)     (((v) & 0xffff) * 0x10001)
#define ALL_B(v)     (((v) & 0xff) * 0x1010101)
#define LANE_H(v, n) ((v) >> 16 * ((n) & 1))
#define LANE_B(v, n) ((v) >> 8 * ((n) & 3))
#define SHUFFLED(n)  LANE_B(a, INDEX == 3 ? (n) : imm >> 2 * INDEX)

/* Of one lane, l. */
#define X            l.x
#define Y            l.y
#define SX           with_sign(l.x, l.bits)
#define SY           with_sign(l.y, l.bits)
#define INDEX        (l.at / l.bits)
#define WITH_SIGN(v) with_sign(v, l.bits)
#define IN_LANE(v)   ((v) & ((1u << l.bits) - 1))
#define IN_WIDTH(v)  ((v) & (l.bits - 1))

#define VALUE(value) return value
#define EACH(width, other, value)                                                                                      \
    uint32_t result = 0;                                                                                               \
    for (unsigned at = 0; at < 32; at += width) {                                                                      \
        const lane l = lane_of(width, at, a, other);                                                                   \
        result |= IN_LANE(value) << at;                                                                                \
    }                                                                                                                  \
    return result
#define SUM(width, other, start, value)                                                                                \
    uint32_t sum = start;                                                                                              \
    for (unsigned at = 0; at < 32; at += width) {                                                                      \
        const lane l = lane_of(width, at, a, other);                                                                   \
        sum += value;                                                                                                  \
    }                                                                                                                  \
    return sum

#define INSN(id, text, mask, match, format, class, body)                                                               \
    static uint32_t do_##id(uint32_t d, uint32_t a, uint32_t b, uint32_t imm) {                                        \
        (void)d, (void)b, (void)imm;                                                                                   \
        body;                                                                                                          \
    }
#include "tools/sim/isa_packed.def"
#undef INSN

sim_call *const sim_calls[SIM_CODES] = {
#define INSN(id, ...) [SIM_INSN_##id] = do_##id,
#include "tools/sim/isa_packed.def"
#undef INSN
};
