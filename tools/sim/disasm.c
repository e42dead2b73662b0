/* SPDX-License-Identifier: Apache-2.0 */
/* The disassembler, from the list of instructions. */
#include <stdio.h>

#include "tools/sim/isa.h"
#include "tools/sim/sim.h"

const char *const sim_reg_names[32] = {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
                                       "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
                                       "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

static int operands(uint32_t pc, uint32_t w, sim_format format, char *text, size_t bytes) {
    const char *rd = sim_reg_names[sim_bits(w, 7, 5)], *rs1 = sim_reg_names[sim_bits(w, 15, 5)];
    const char *rs2 = sim_reg_names[sim_bits(w, 20, 5)], *rs3 = sim_reg_names[sim_bits(w, 27, 5)];
    unsigned loop = sim_bits(w, 7, 1), high = sim_bits(w, 20, 12), low5 = sim_bits(w, 20, 5);
    int i = (int)sim_imm_i(w), st = (int)sim_imm_s(w);
    static const char *const roundings[8] = {"", ", rtz", ", rdn", ", rup", ", rmm", "", "", ""};
    const char *rm = roundings[sim_bits(w, 12, 3)];
    switch (format) {
    case SIM_FORMAT_N:
        return 0;
    case SIM_FORMAT_R:
    case SIM_FORMAT_RA:
    case SIM_FORMAT_FD:
        return snprintf(text, bytes, "%s, %s, %s", rd, rs1, rs2);
    case SIM_FORMAT_R1:
    case SIM_FORMAT_F1D:
        return snprintf(text, bytes, "%s, %s", rd, rs1);
    case SIM_FORMAT_I:
        return snprintf(text, bytes, "%s, %s, %d", rd, rs1, i);
    case SIM_FORMAT_SH:
    case SIM_FORMAT_CL:
        return snprintf(text, bytes, "%s, %s, %u", rd, rs1, low5);
    case SIM_FORMAT_U:
    case SIM_FORMAT_UPC:
        return snprintf(text, bytes, "%s, 0x%x", rd, sim_bits(w, 12, 20));
    case SIM_FORMAT_J:
        return snprintf(text, bytes, "%s, 0x%x", rd, pc + sim_imm_j(w));
    case SIM_FORMAT_B:
        return snprintf(text, bytes, "%s, %s, 0x%x", rs1, rs2, pc + sim_imm_b(w));
    case SIM_FORMAT_BI:
        return snprintf(text, bytes, "%s, %d, 0x%x", rs1, (int)(low5 ^ 16) - 16, pc + sim_imm_b(w));
    case SIM_FORMAT_JR:
    case SIM_FORMAT_L:
        return snprintf(text, bytes, "%s, %d(%s)", rd, i, rs1);
    case SIM_FORMAT_LP:
        return snprintf(text, bytes, "%s, %d(%s!)", rd, i, rs1);
    case SIM_FORMAT_LR:
        return snprintf(text, bytes, "%s, %s(%s)", rd, rs2, rs1);
    case SIM_FORMAT_LRP:
        return snprintf(text, bytes, "%s, %s(%s!)", rd, rs2, rs1);
    case SIM_FORMAT_S:
        return snprintf(text, bytes, "%s, %d(%s)", rs2, st, rs1);
    case SIM_FORMAT_SP:
        return snprintf(text, bytes, "%s, %d(%s!)", rs2, st, rs1);
    case SIM_FORMAT_SR:
        return snprintf(text, bytes, "%s, %s(%s)", rs2, rd, rs1);
    case SIM_FORMAT_SRP:
        return snprintf(text, bytes, "%s, %s(%s!)", rs2, rd, rs1);
    case SIM_FORMAT_CSR:
        return snprintf(text, bytes, "%s, 0x%x, %s", rd, high, rs1);
    case SIM_FORMAT_CSRI:
        return snprintf(text, bytes, "%s, 0x%x, %u", rd, high, sim_bits(w, 15, 5));
    case SIM_FORMAT_F:
        return snprintf(text, bytes, "%s, %s, %s%s", rd, rs1, rs2, rm);
    case SIM_FORMAT_F1:
        return snprintf(text, bytes, "%s, %s%s", rd, rs1, rm);
    case SIM_FORMAT_F3:
        return snprintf(text, bytes, "%s, %s, %s, %s%s", rd, rs1, rs2, rs3, rm);
    case SIM_FORMAT_F3D:
        return snprintf(text, bytes, "%s, %s, %s, %s", rd, rs1, rs2, rs3);
    case SIM_FORMAT_BITS:
        return snprintf(text, bytes, "%s, %s, %u, %u", rd, rs1, sim_bits(w, 25, 5), low5);
    case SIM_FORMAT_NORM:
        return snprintf(text, bytes, "%s, %s, %s, %u", rd, rs1, rs2, sim_bits(w, 25, 5));
    case SIM_FORMAT_VS:
        return snprintf(text, bytes, "%s, %s, %d", rd, rs1, (int)(sim_imm_v(w) ^ 32) - 32);
    case SIM_FORMAT_VU:
    case SIM_FORMAT_VI:
        return snprintf(text, bytes, "%s, %s, %u", rd, rs1, sim_imm_v(w));
    case SIM_FORMAT_HWE:
        return snprintf(text, bytes, "%u, 0x%x", loop, pc + 2 * high);
    case SIM_FORMAT_HWC:
        return snprintf(text, bytes, "%u, %s", loop, rs1);
    case SIM_FORMAT_HWI:
        return snprintf(text, bytes, "%u, %u", loop, high);
    case SIM_FORMAT_HWS:
        return snprintf(text, bytes, "%u, %s, 0x%x", loop, rs1, pc + 2 * high);
    case SIM_FORMAT_HWSI:
        return snprintf(text, bytes, "%u, %u, 0x%x", loop, high, pc + 2 * sim_bits(w, 15, 5));
    }
    return 0;
}

int sim_disassemble(uint32_t pc, uint32_t instruction, char *text, size_t bytes) {
    int length = (instruction & 3) == 3 ? 4 : 2;
    uint32_t word = length == 4 ? instruction : sim_expand_rvc(instruction);
    unsigned code = word ? sim_find_insn(word) : SIM_CODE_ILLEGAL;
    if (code == SIM_CODE_ILLEGAL) {
        snprintf(text, bytes, length == 4 ? "unknown 0x%08x" : "unknown 0x%04x",
                 length == 4 ? instruction : instruction & 0xffff);
        return 0;
    }
    const sim_insn *insn = &sim_insns[code];
    int n = snprintf(text, bytes, insn->format == SIM_FORMAT_N ? "%s" : "%-10s ", insn->text);
    if (n > 0 && (size_t)n < bytes)
        operands(pc, word, (sim_format)insn->format, text + n, bytes - (size_t)n);
    return length;
}
