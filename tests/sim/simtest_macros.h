/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the test programs share: addresses, Xpulp encodings, and the frame of a measured sequence.
 * Deliberately apart from platform/: a mistake there must not hide a mistake in the simulator.
 */
/* clang-format off */

#define L1            0x10000000
#define CTRL          0x10200000
#define EU            0x10204000
#define DMA           0x10204400
#define BARRIER       0x10204200
#define SOC_STATUS    0x1A1040A0
#define STDOUT        0x1A10F000

/* Layout of L1: words of the driver, then the data. */
#define L1_READY      (L1 + 0x40)
#define L1_DATA       (L1 + 0x400)

.option norelax

.macro p_elw rd, off, base
    .insn i 0x03, 6, \rd, \off(\base)
.endm
.macro p_lw_post rd, off, base
    .insn i 0x0b, 2, \rd, \off(\base)
.endm
.macro p_lh_post rd, off, base
    .insn i 0x0b, 1, \rd, \off(\base)
.endm
.macro p_sw_post rs, off, base
    .insn s 0x2b, 2, \rs, \off(\base)
.endm
.macro p_lw_rr rd, index, base
    .insn r 0x03, 7, 0x10, \rd, \base, \index
.endm
.macro p_lw_rr_post rd, index, base
    .insn r 0x0b, 7, 0x10, \rd, \base, \index
.endm
.macro flw_x rd, off, base
    .insn i 0x07, 2, \rd, \off(\base)
.endm
.macro fsw_x rs, off, base
    .insn s 0x27, 2, \rs, \off(\base)
.endm
/* The body's last instruction stands at `last`. */
.macro lp_setup loop, count, last
9977:
    .word 0x7b | (\loop << 7) | (4 << 12) | (\count << 15) | (((\last - 9977b) >> 1) << 20)
.endm
.macro lp_setupi loop, count, last
9976:
    .word 0x7b | (\loop << 7) | (5 << 12) | (((\last - 9976b) >> 1) << 15) | (\count << 20)
.endm

/*
 * A measured sequence is a function of (a0 data, a1 core, a2 address of this core's arguments); it may use the a and
 * t registers. It prepares, says `start`, runs, says `stop`. The driver keeps: s9 barrier, s11 return, ra 0 when there
 * is to be no barrier, and s8, a divisor: all leave the barrier together, and each divides for as long as it is to start
 * late (0: 1 cycle, 1 << k: 34 - k).
 */
.macro begin name
    .text
    .balign 16
    .globl t_\name
t_\name:
.endm
.macro start
    beqz ra, 7770f
    p_elw t2, 0x1C, s9
    div t2, s8, s8
7770:
    csrr t0, mcycle
.endm
.macro stop
    csrr t1, mcycle
    sub a0, t1, t0
    mv a1, t1
    jr s11
.endm
                                        /* clang-format on */
