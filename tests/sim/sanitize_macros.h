/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs for test_sanitize.c share; the registers are set up in sanitize.S. */
/* clang-format off */
#include "simtest_macros.h"
#define SHARED  (L1 + 0x1000)
#define BUFFER  (L1 + 0x4000)
#define STACKS  (L1 + 0x8000)
#define STACK   256
#define LOCK    (L1 + 0x1080)

    .option norvc

.macro program name
    .text
    .balign 16
    .globl \name
    .type \name, @function
\name:
.endm
.macro barrier
    p_elw t2, 0x1C, s4
.endm

/* Until the transfers of the id in a1 have ended. */
.macro await_polling
9:  lw t0, 4(s5)
    srl t0, t0, a1
    andi t0, t0, 1
    bnez t0, 9b
.endm
.macro await_event
    li t0, 1 << 8
    sw t0, 0(s3)
    p_elw t0, 0x3C, s3
    li t0, 1 << 16
    sw t0, 0(s3)
.endm
.macro fill
    mv t0, s2
    addi t1, s2, 256
9:  sw s0, 0(t0)
    addi t0, t0, 4
    bltu t0, t1, 9b
.endm
