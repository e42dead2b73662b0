/* SPDX-License-Identifier: Apache-2.0 */
/* The 16-bit instructions, as the 32-bit ones that they stand for. */
#include "tools/sim/isa.h"

#define BITS(low, count) sim_bits(half, low, count)

static uint32_t sign(uint32_t value, unsigned bits) {
    return (value ^ (1u << (bits - 1))) - (1u << (bits - 1));
}

static uint32_t make_i(uint32_t opcode, uint32_t f3, uint32_t rd, uint32_t rs1, uint32_t imm) {
    return opcode | rd << 7 | f3 << 12 | rs1 << 15 | imm << 20;
}

static uint32_t make_r(uint32_t f7, uint32_t f3, uint32_t rd, uint32_t rs1, uint32_t rs2) {
    return 0x33 | rd << 7 | f3 << 12 | rs1 << 15 | rs2 << 20 | f7 << 25;
}

static uint32_t make_s(uint32_t opcode, uint32_t rs1, uint32_t rs2, uint32_t imm) {
    return opcode | (imm & 31) << 7 | 2u << 12 | rs1 << 15 | rs2 << 20 | (imm >> 5 & 127) << 25;
}

static uint32_t make_j(uint32_t rd, uint32_t imm) {
    return 0x6f | rd << 7 | (imm >> 12 & 255) << 12 | (imm >> 11 & 1) << 20 | (imm >> 1 & 1023) << 21 |
           (imm >> 20 & 1) << 31;
}

static uint32_t make_b(uint32_t f3, uint32_t rs1, uint32_t imm) {
    return 0x63 | (imm >> 11 & 1) << 7 | (imm >> 1 & 15) << 8 | f3 << 12 | rs1 << 15 | (imm >> 5 & 63) << 25 |
           (imm >> 12 & 1) << 31;
}

static uint32_t expand_0(uint32_t half) {
    uint32_t rd = 8 + BITS(2, 3), rs1 = 8 + BITS(7, 3);
    uint32_t word_offset = BITS(6, 1) << 2 | BITS(10, 3) << 3 | BITS(5, 1) << 6;
    switch (half >> 13) {
    case 0: {
        uint32_t imm = BITS(6, 1) << 2 | BITS(5, 1) << 3 | BITS(11, 2) << 4 | BITS(7, 4) << 6;
        return imm ? make_i(0x13, 0, rd, 2, imm) : 0;
    }
    case 2:
        return make_i(0x03, 2, rd, rs1, word_offset);
    case 3:
        return make_i(0x07, 2, rd, rs1, word_offset);
    case 6:
        return make_s(0x23, rs1, rd, word_offset);
    case 7:
        return make_s(0x27, rs1, rd, word_offset);
    default:
        return 0;
    }
}

static uint32_t expand_arithmetic(uint32_t half) {
    uint32_t rd = 8 + BITS(7, 3), rs2 = 8 + BITS(2, 3), imm = BITS(2, 5) | BITS(12, 1) << 5;
    switch (BITS(10, 2)) {
    case 0: /* c.srli; a shift of 32 and more is for wider machines */
        return imm & 32 ? 0 : make_i(0x13, 5, rd, rd, imm);
    case 1: /* c.srai */
        return imm & 32 ? 0 : make_i(0x13, 5, rd, rd, imm | 0x400);
    case 2: /* c.andi */
        return make_i(0x13, 7, rd, rd, sign(imm, 6) & 0xfff);
    default:
        if (BITS(12, 1))
            return 0;
        switch (BITS(5, 2)) {
        case 0:
            return make_r(0x20, 0, rd, rd, rs2);
        case 1:
            return make_r(0, 4, rd, rd, rs2);
        case 2:
            return make_r(0, 6, rd, rd, rs2);
        default:
            return make_r(0, 7, rd, rd, rs2);
        }
    }
}

static uint32_t expand_1(uint32_t half) {
    uint32_t rd = BITS(7, 5), imm = sign(BITS(2, 5) | BITS(12, 1) << 5, 6);
    uint32_t jump = sign(BITS(3, 3) << 1 | BITS(11, 1) << 4 | BITS(2, 1) << 5 | BITS(7, 1) << 6 | BITS(6, 1) << 7 |
                             BITS(9, 2) << 8 | BITS(8, 1) << 10 | BITS(12, 1) << 11,
                         12);
    uint32_t branch =
        sign(BITS(3, 2) << 1 | BITS(10, 2) << 3 | BITS(2, 1) << 5 | BITS(5, 2) << 6 | BITS(12, 1) << 8, 9);
    switch (half >> 13) {
    case 0: /* c.addi, c.nop */
        return make_i(0x13, 0, rd, rd, imm & 0xfff);
    case 1: /* c.jal */
        return make_j(1, jump);
    case 2: /* c.li */
        return make_i(0x13, 0, rd, 0, imm & 0xfff);
    case 3:
        if (rd == 2) { /* c.addi16sp */
            imm = sign(BITS(6, 1) << 4 | BITS(2, 1) << 5 | BITS(5, 1) << 6 | BITS(3, 2) << 7 | BITS(12, 1) << 9, 10);
            return imm ? make_i(0x13, 0, 2, 2, imm & 0xfff) : 0;
        }
        return imm ? 0x37 | rd << 7 | imm << 12 : 0; /* c.lui */
    case 4:
        return expand_arithmetic(half);
    case 5: /* c.j */
        return make_j(0, jump);
    default: /* c.beqz, c.bnez */
        return make_b(half >> 13 == 7, 8 + BITS(7, 3), branch);
    }
}

static uint32_t expand_2(uint32_t half) {
    uint32_t rd = BITS(7, 5), rs2 = BITS(2, 5);
    uint32_t load = BITS(4, 3) << 2 | BITS(12, 1) << 5 | BITS(2, 2) << 6;
    uint32_t store = BITS(9, 4) << 2 | BITS(7, 2) << 6;
    switch (half >> 13) {
    case 0: /* c.slli */
        return BITS(12, 1) ? 0 : make_i(0x13, 1, rd, rd, rs2);
    case 2: /* c.lwsp */
        return rd ? make_i(0x03, 2, rd, 2, load) : 0;
    case 3: /* c.flwsp */
        return make_i(0x07, 2, rd, 2, load);
    case 4:
        if (!BITS(12, 1))
            return rs2 ? make_r(0, 0, rd, 0, rs2) : rd ? make_i(0x67, 0, 0, rd, 0) : 0; /* c.mv, c.jr */
        if (rs2)
            return make_r(0, 0, rd, rd, rs2);               /* c.add */
        return rd ? make_i(0x67, 0, 1, rd, 0) : 0x00100073; /* c.jalr, c.ebreak */
    case 6:                                                 /* c.swsp */
        return make_s(0x23, 2, rs2, store);
    case 7: /* c.fswsp */
        return make_s(0x27, 2, rs2, store);
    default:
        return 0;
    }
}

uint32_t sim_expand_rvc(uint32_t half) {
    half &= 0xffff;
    switch (half & 3) {
    case 0:
        return expand_0(half);
    case 1:
        return expand_1(half);
    case 2:
        return expand_2(half);
    default:
        return 0;
    }
}
