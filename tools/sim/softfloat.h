/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating point to the letter of the standard, for any format of up to 32 bits: five rounding modes, flags,
 * subnormals, the canonical NaN.
 */
#ifndef TL_SIM_SOFTFLOAT_H
#define TL_SIM_SOFTFLOAT_H

#include <stdint.h>

enum { SIM_FLAG_NX = 1, SIM_FLAG_UF = 2, SIM_FLAG_OF = 4, SIM_FLAG_DZ = 8, SIM_FLAG_NV = 16 };
enum { SIM_RNE, SIM_RTZ, SIM_RDN, SIM_RUP, SIM_RMM };

typedef struct sim_float {
    unsigned exponent, mantissa; /* bits */
    uint32_t sign, infinity, nan, quiet;
} sim_float;

extern const sim_float sim_f32, sim_f16, sim_bf16, sim_f8; /* sim_f8: five bits of exponent, two of fraction */

static inline uint32_t sim_float_mask(const sim_float *f) {
    return f->sign | (f->sign - 1);
}

/* Up to three operands; the bits that the format does not have are zero. */
typedef struct sim_operands {
    uint32_t a, b, c;
    unsigned rm;
    uint32_t *flags;
} sim_operands;

typedef uint32_t sim_float_op(const sim_float *f, const sim_operands *o);

/* a * b + c, rounded once, and its forms with other signs */
sim_float_op sim_float_madd, sim_float_msub, sim_float_nmsub, sim_float_nmadd;
sim_float_op sim_float_add, sim_float_sub, sim_float_mul, sim_float_div, sim_float_sqrt;
sim_float_op sim_float_sgnj, sim_float_sgnjn, sim_float_sgnjx, sim_float_min, sim_float_max;
/* 0 or 1 */
sim_float_op sim_float_eq, sim_float_ne, sim_float_lt, sim_float_ge, sim_float_le, sim_float_gt;
/* The ten bits of fclass. */
sim_float_op sim_float_class;
/* To and from integers of 32 bits, and of the format's own width. */
sim_float_op sim_float_to_w, sim_float_to_wu, sim_float_from_w, sim_float_from_wu;
sim_float_op sim_float_to_x, sim_float_to_xu, sim_float_from_x, sim_float_from_xu;

/* fpu_fast.c: the result of an instruction, if it can be had in short; 0 when not. */
int sim_fpu_fast(unsigned insn, const sim_operands *o, uint32_t *result);

uint32_t sim_float_convert(const sim_float *from, const sim_float *to, const sim_operands *o);

#endif
