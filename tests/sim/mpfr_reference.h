/* SPDX-License-Identifier: Apache-2.0 */
/* Floating-point operations by GNU MPFR, on bit patterns. */
#ifndef TL_TEST_MPFR_REFERENCE_H
#define TL_TEST_MPFR_REFERENCE_H

#include <stdint.h>

typedef struct ref_format {
    unsigned width, precision; /* bits; the hidden one counts as precision */
    long least, most;          /* of the normal numbers' exponents, as MPFR has them: of 0.1... */
} ref_format;

extern const ref_format ref_s, ref_h, ref_ah, ref_b;

/* First those with three operands, with two, with one; then integers. */
typedef enum ref_kind {
    REF_MADD,
    REF_MSUB,
    REF_NMSUB,
    REF_NMADD,
    REF_ADD,
    REF_SUB,
    REF_MUL,
    REF_DIV,
    REF_SQRT,
    REF_CONVERT,
    REF_MIN,
    REF_MAX,
    REF_SGNJ,
    REF_SGNJN,
    REF_SGNJX,
    REF_EQ,
    REF_NE,
    REF_LT,
    REF_GE,
    REF_LE,
    REF_GT,
    REF_CLASS,
    REF_TO_W,
    REF_TO_WU,
    REF_TO_X, /* integers of the format's width */
    REF_TO_XU,
    REF_FROM_W,
    REF_FROM_WU,
    REF_FROM_X,
    REF_FROM_XU
} ref_kind;

void ref_open(void);
void ref_close(void);

/* Operands of `from`, result of `to`. Adds to flags: 1 inexact, 2 underflow, 4 overflow, 8 division by zero, 16
 * invalid. */
uint32_t ref_compute(ref_kind kind, const ref_format *from, const ref_format *to, uint32_t a, uint32_t b, uint32_t c,
                     unsigned rm, uint32_t *flags);

/* a * b, or a * b + c: a and b of `from`, c and the result binary32. */
uint32_t ref_extended(ref_kind kind, const ref_format *from, uint32_t a, uint32_t b, uint32_t c, unsigned rm,
                      uint32_t *flags);

#endif
