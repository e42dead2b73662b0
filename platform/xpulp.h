/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Xpulp instructions that our assembly uses, as assembler macros: no assembler of Debian's knows their names.
 * Source of the encodings: docs/cluster.md, section 2. For .S files only.
 *
 * Registers are given by their ABI names. Code between xp_loop and xp_loop_end must obey what silicon asks for: at
 * least three instructions, aligned to 4 bytes, none of them compressed, no branch or jump; the outer loop's last
 * instruction at least two behind the inner loop's. Length and alignment are checked here.
 */
#ifndef TL_PLATFORM_XPULP_H
#define TL_PLATFORM_XPULP_H

/* Assembler: not for clang-format. */
/* clang-format off */

/* Register numbers, for encodings written out as .word: .insn takes no difference of labels. */
.set xp_zero, 0
.set xp_ra, 1
.set xp_sp, 2
.set xp_gp, 3
.set xp_tp, 4
.set xp_t0, 5
.set xp_t1, 6
.set xp_t2, 7
.set xp_s0, 8
.set xp_s1, 9
.set xp_a0, 10
.set xp_a1, 11
.set xp_a2, 12
.set xp_a3, 13
.set xp_a4, 14
.set xp_a5, 15
.set xp_a6, 16
.set xp_a7, 17
.set xp_s2, 18
.set xp_s3, 19
.set xp_s4, 20
.set xp_s5, 21
.set xp_s6, 22
.set xp_s7, 23
.set xp_s8, 24
.set xp_s9, 25
.set xp_s10, 26
.set xp_s11, 27
.set xp_t3, 28
.set xp_t4, 29
.set xp_t5, 30
.set xp_t6, 31

/* rd = word at base; base += imm (-2048 to 2047). */
.macro p_lw_i rd, imm, base
    .insn i 0x0b, 2, \rd, \imm(\base)
.endm

/* rd = word at base; base += step. */
.macro p_lw_r rd, step, base
    .insn r 0x0b, 7, 0x10, \rd, \base, \step
.endm

/* The same with an unsigned byte. */
.macro p_lbu_i rd, imm, base
    .insn i 0x0b, 4, \rd, \imm(\base)
.endm
.macro p_lbu_r rd, step, base
    .insn r 0x0b, 7, 0x20, \rd, \base, \step
.endm

/* word at base = rs; base += imm. */
.macro p_sw_i rs, imm, base
    .insn s 0x2b, 2, \rs, \imm(\base)
.endm

/* word at base = rs; base += step. */
.macro p_sw_r rs, step, base
    .insn r 0x2b, 6, 0x00, \step, \base, \rs
.endm

/* The same with an address of two registers that stay as they are: rd = word at base + at; word at base + at = rs. */
.macro p_lw_x rd, at, base
    .insn r 0x03, 7, 0x10, \rd, \base, \at
.endm
.macro p_sw_x rs, at, base
    .insn r 0x23, 6, 0x00, \at, \base, \rs
.endm

/* byte at base = rs; base += imm. */
.macro p_sb_i rs, imm, base
    .insn s 0x2b, 0, \rs, \imm(\base)
.endm

/* A load from the event unit that puts the core to sleep until the event is there. */
.macro p_elw rd, imm, base
    .insn i 0x03, 6, \rd, \imm(\base)
.endm

/* rd = the greater of two signed integers. */
.macro p_max rd, rs1, rs2
    .insn r 0x33, 6, 0x02, \rd, \rs1, \rs2
.endm

/* rd = the smaller of two signed integers. */
.macro p_min rd, rs1, rs2
    .insn r 0x33, 4, 0x02, \rd, \rs1, \rs2
.endm

/* rd += rs1 * rs2, integers. */
.macro p_mac rd, rs1, rs2
    .insn r 0x33, 0, 0x21, \rd, \rs1, \rs2
.endm

/* rd = the number of the highest bit set in rs. */
.macro p_fl1 rd, rs
    .insn r 0x33, 1, 0x08, \rd, \rs, zero
.endm

/* rd -= rs1 * rs2, integers. */
.macro p_msu rd, rs1, rs2
    .insn r 0x33, 1, 0x21, \rd, \rs1, \rs2
.endm

/* rd = rs1 cut to 0 ... rs2, signed integers. */
.macro p_clipur rd, rs1, rs2
    .insn r 0x33, 6, 0x0a, \rd, \rs1, \rs2
.endm

/*
 * Straight code from xp_short to xp_long is assembled to instructions of 16 bits, where there are such: what a call passes
 * through once, such as saving registers, takes half the lines of the instruction cache.
 */
.macro xp_short
    .option rvc
.endm
.macro xp_long
    .balign 4
    .option norvc
.endm

/*
 * A hardware loop over the code from here to `xp_loop_end name`: lp.setup with the count in a register. loop 0 is the
 * inner one, loop 1 the outer one. A count of 0 runs the body once.
 */
.macro xp_loop loop, count, name
    .word 0x407b | (\loop << 7) | (xp_\count << 15) | (((.Lxp_end_\name - 4 - .) >> 1) << 20)
.Lxp_start_\name:
.endm

/* The same with a constant count (0 to 4095) and a body of 3 to 15 instructions: lp.setupi. */
.macro xp_loop_i loop, count, name
    .word 0x507b | (\loop << 7) | (\count << 20) | (((.Lxp_end_\name - 4 - .) >> 1) << 15)
.Lxp_start_\name:
.set .Lxp_short_\name, 1
.endm

.macro xp_loop_end name
.Lxp_end_\name:
.if .Lxp_end_\name - .Lxp_start_\name < 12
    .error "hardware loop \name: fewer than 3 instructions"
.endif
.ifdef .Lxp_short_\name
.if .Lxp_end_\name - .Lxp_start_\name > 60
    .error "hardware loop \name: more than 15 instructions"
.endif
.elseif .Lxp_end_\name - .Lxp_start_\name > 8188
    .error "hardware loop \name: too long"
.endif
.endm

/* The parts of a loop set one by one: start and end survive until they are set again, lp.count starts it anew. */
.macro lp_starti loop, label
    .word 0x007b | (\loop << 7) | (((\label - .) >> 1) << 20)
.endm
/* `label` stands behind the last instruction of the body. */
.macro lp_endi loop, label
    .word 0x107b | (\loop << 7) | (((\label - 4 - .) >> 1) << 20)
.endm
.macro lp_count loop, count
    .word 0x207b | (\loop << 7) | (xp_\count << 15)
.endm
.macro lp_counti loop, count
    .word 0x307b | (\loop << 7) | (\count << 20)
.endm

#endif
