/* SPDX-License-Identifier: Apache-2.0 */
/* From memory to ops, on first execution; and back when the memory is written. */
#include <string.h>

#include "tools/sim/state.h"

const sim_insn sim_insns[SIM_CODES] = {
#define INSN(id, text, mask, match, format, class, ...)                                                                \
    [SIM_INSN_##id] = {text, mask, match, SIM_FORMAT_##format, SIM_CLASS_##class},
#include "tools/sim/isa.def"
#undef INSN
};

/* Where an instruction has a rounding mode, 5 and 6 are none: 5 is bfloat16's mark. */
static int is_rounding(const sim_insn *insn, uint32_t word) {
    uint32_t rm = sim_bits(word, 12, 3);
    return insn->format < SIM_FORMAT_F || insn->format > SIM_FORMAT_F3 || (rm != 5 && rm != 6);
}

unsigned sim_find_insn(uint32_t word) {
    for (unsigned i = SIM_FIRST_INSN; i < SIM_CODES; i++)
        if ((word & sim_insns[i].mask) == sim_insns[i].match && is_rounding(&sim_insns[i], word))
            return i;
    return SIM_CODE_ILLEGAL;
}

static int32_t distance_to(const sim *s, const sim_op *from, uint32_t pc) {
    const sim_op *to = sim_op_at(s, pc);
    if (!to)
        to = s->ops + s->slots - 1; /* nowhere */
    return (int32_t)((to - from) * (int32_t)sizeof *from);
}

/* The rounding mode that stands for what frm says. */
enum { RM_DYNAMIC = 7 };

static uint32_t bit_of(unsigned reg) {
    return reg ? (uint32_t)1 << reg : 0;
}

/* A value in each lane of a packed instruction, which says how wide lanes are. */
static uint32_t in_lanes(uint32_t word, uint32_t value) {
    return sim_bits(word, 12, 1) ? (value & 0xff) * 0x1010101 : (value & 0xffff) * 0x10001;
}

/* Fills in registers and immediates. `writes`: the instruction has a destination. */
static void set_operands(const sim *s, sim_op *op, uint32_t word, uint32_t pc, sim_format format) {
    uint8_t rd = (uint8_t)sim_bits(word, 7, 5);
    uint32_t r1 = bit_of(op->rs1), r2 = bit_of(op->rs2), rm = sim_bits(word, 12, 3);
    op->rd = rd ? rd : SIM_NOWHERE_REG;
    switch (format) {
    case SIM_FORMAT_N:
        break;
    case SIM_FORMAT_F3:
        op->reads = bit_of(op->rs3);
        /* fall through */
    case SIM_FORMAT_F:
        op->target = (int32_t)rm;
        op->reads |= r1 | r2;
        break;
    case SIM_FORMAT_F1:
        op->target = (int32_t)rm;
        op->reads = r1;
        break;
    case SIM_FORMAT_F3D:
        op->reads = bit_of(op->rs3);
        /* fall through */
    case SIM_FORMAT_FD:
        op->target = RM_DYNAMIC;
        op->reads |= r1 | r2;
        break;
    case SIM_FORMAT_F1D:
        op->target = RM_DYNAMIC;
        op->reads = r1;
        break;
    case SIM_FORMAT_R:
        op->reads = r1 | r2;
        break;
    case SIM_FORMAT_NORM:
        op->imm = sim_bits(word, 25, 5);
        op->reads = r1 | r2;
        break;
    case SIM_FORMAT_BITS:
        op->imm = sim_bits(word, 20, 10);
        op->reads = r1;
        break;
    case SIM_FORMAT_VS:
        op->imm = in_lanes(word, (sim_imm_v(word) ^ 32) - 32);
        op->reads = r1;
        break;
    case SIM_FORMAT_VU:
        op->imm = in_lanes(word, sim_imm_v(word));
        op->reads = r1;
        break;
    case SIM_FORMAT_VI:
        op->imm = sim_imm_v(word);
        op->reads = r1;
        break;
    case SIM_FORMAT_RA:
        op->reads = r1 | r2 | bit_of(rd);
        break;
    case SIM_FORMAT_R1:
        op->reads = r1;
        break;
    case SIM_FORMAT_I:
    case SIM_FORMAT_L:
    case SIM_FORMAT_JR:
        op->imm = sim_imm_i(word);
        op->reads = r1;
        break;
    case SIM_FORMAT_LP:
        op->imm = sim_imm_i(word);
        op->reads = r1;
        op->rs3 = op->rs1 ? op->rs1 : SIM_NOWHERE_REG;
        break;
    case SIM_FORMAT_LRP:
        op->rs3 = op->rs1 ? op->rs1 : SIM_NOWHERE_REG;
        /* fall through */
    case SIM_FORMAT_LR:
        op->reads = r1 | r2;
        break;
    case SIM_FORMAT_SH:
    case SIM_FORMAT_CL:
        op->imm = sim_bits(word, 20, 5);
        op->reads = r1;
        break;
    case SIM_FORMAT_U:
        op->imm = word & 0xfffff000;
        break;
    case SIM_FORMAT_UPC:
        op->imm = pc + (word & 0xfffff000);
        break;
    case SIM_FORMAT_J:
        op->target = distance_to(s, op, pc + sim_imm_j(word));
        break;
    case SIM_FORMAT_B:
        op->target = distance_to(s, op, pc + sim_imm_b(word));
        op->reads = r1 | r2;
        break;
    case SIM_FORMAT_BI:
        op->target = distance_to(s, op, pc + sim_imm_b(word));
        op->imm = (uint32_t)((int32_t)(sim_bits(word, 20, 5) ^ 16) - 16);
        op->reads = r1;
        break;
    case SIM_FORMAT_SP:
    case SIM_FORMAT_S:
        op->imm = sim_imm_s(word);
        op->rs3 = op->rs1 ? op->rs1 : SIM_NOWHERE_REG;
        op->reads = r1 | r2;
        break;
    case SIM_FORMAT_SR:
    case SIM_FORMAT_SRP:
        op->rd = rd;
        op->rs3 = op->rs1 ? op->rs1 : SIM_NOWHERE_REG;
        op->reads = r1 | r2 | bit_of(rd);
        break;
    case SIM_FORMAT_CSR:
        op->imm = sim_bits(word, 20, 12);
        op->reads = r1;
        break;
    case SIM_FORMAT_CSRI:
        op->imm = sim_bits(word, 20, 12);
        op->rs3 = (uint8_t)sim_bits(word, 15, 5);
        break;
    case SIM_FORMAT_HWE:
        op->imm = pc + 2 * sim_bits(word, 20, 12);
        break;
    case SIM_FORMAT_HWC:
        op->reads = r1;
        break;
    case SIM_FORMAT_HWI:
        op->imm = sim_bits(word, 20, 12);
        break;
    case SIM_FORMAT_HWS:
        op->imm = pc + 2 * sim_bits(word, 20, 12);
        op->reads = r1;
        break;
    case SIM_FORMAT_HWSI:
        op->imm = pc + 2 * sim_bits(word, 15, 5);
        op->target = (int32_t)sim_bits(word, 20, 12);
        break;
    }
}

static int is_float(unsigned class) {
    return class >= SIM_CLASS_FMA;
}

/* How many multiply-adds of floats it carries out. */
static uint64_t macs_of(const sim_insn *insn) {
    if (insn->class != SIM_CLASS_FSLOWA)
        return insn->format == SIM_FORMAT_F3 || insn->format == SIM_FORMAT_F3D;
    if (sim_bits(insn->match, 0, 7) == 0x53)
        return 1;
    return sim_bits(insn->match, 12, 2) == 3 ? 4 : 2;
}

/* What cannot be done by a C operator with the processor's rounding goes to fpu.c. */
static int off_fast_path(const sim *s, const sim_op *op, const sim_insn *insn) {
    int rounds = insn->format >= SIM_FORMAT_F && insn->format <= SIM_FORMAT_F3;
    if (!is_float(insn->class) || insn->class == SIM_CLASS_FMISC)
        return 0;
    if (insn->class >= SIM_CLASS_FSLOW || s->exact_fp)
        return 1;
    return rounds && op->target != 0 && op->target != RM_DYNAMIC;
}

/* On this machine it adds to zero instead of rd. */
static int is_deaf(const sim *s, unsigned code) {
    return s->machine.dot_accumulate == SIM_DOT_GVSOC &&
           (code == SIM_INSN_vfdotpex_s_ah || code == SIM_INSN_vfdotpex_s_r_ah || code == SIM_INSN_vfdotp_h ||
            code == SIM_INSN_vfdotp_r_h || code == SIM_INSN_vfdotp_ah || code == SIM_INSN_vfdotp_r_ah);
}

static void set_code(const sim *s, sim_op *op, unsigned code) {
    const sim_insn *insn = &sim_insns[code];
    op->insn = (uint16_t)code;
    op->count += SIM_COUNT_INSTR;
    if (code == SIM_CODE_ILLEGAL)
        return;
    if (insn->class == SIM_CLASS_LOAD || insn->class == SIM_CLASS_ELW)
        op->count += SIM_COUNT_LOAD;
    if (is_float(insn->class))
        op->count += SIM_COUNT_FP + macs_of(insn) * SIM_COUNT_MAC;
    if (insn->class == SIM_CLASS_HWLOOP)
        op->rd = op->rd != SIM_NOWHERE_REG; /* loop 0 or 1 */
    if (insn->class == SIM_CLASS_PACKEDA || insn->class == SIM_CLASS_FSLOWA) {
        uint8_t rd = op->rd == SIM_NOWHERE_REG ? 0 : op->rd;
        op->rs3 = is_deaf(s, code) ? 0 : rd;
        op->reads |= bit_of(rd);
    }
    if (insn->class == SIM_CLASS_PACKED || insn->class == SIM_CLASS_PACKEDA) {
        op->insn = SIM_CODE_CALL;
        op->target = (int32_t)code;
    }
    if (code == SIM_INSN_lw || code == SIM_INSN_flw) {
        op->insn = SIM_CODE_LW;
        op->target = (int32_t)code;
    }
    if (code == SIM_INSN_p_lw_pi || code == SIM_INSN_p_lw_rp) {
        op->insn = SIM_CODE_LW_POST;
        op->target = (int32_t)code;
        op->rs2 = code == SIM_INSN_p_lw_rp ? op->rs2 : 0;
        op->imm = code == SIM_INSN_p_lw_rp ? 0 : op->imm;
    }
    if (off_fast_path(s, op, insn)) {
        op->insn = SIM_CODE_FPU;
        op->target = (int32_t)(code | (uint32_t)op->target << 16);
        op->imm = insn->class == SIM_CLASS_FDIVH                                    ? s->machine.fdiv_half_cycles - 1
                  : insn->class == SIM_CLASS_FDIV || insn->class == SIM_CLASS_FDIVV ? s->machine.fdiv_cycles - 1
                                                                                    : 0;
    }
}

static uint16_t line_code(unsigned insn) {
    switch (insn) {
    case SIM_CODE_FMA_4:
        return SIM_CODE_LINE_FMA_4;
    case SIM_CODE_LW:
        return SIM_CODE_LINE_LW;
    case SIM_CODE_LW_POST:
        return SIM_CODE_LINE_LW_POST;
    case SIM_CODE_LW_RUN:
        return SIM_CODE_LINE_LW_RUN;
    case SIM_CODE_LW_POST_RUN:
        return SIM_CODE_LINE_LW_POST_RUN;
    default:
        return SIM_CODE_LINE;
    }
}

static void set_dispatch(sim_op *op) {
    unsigned flags = op->flags & SIM_FLAGS_BEFORE;
    op->code = flags == SIM_FLAG_LINE ? line_code(op->insn) : flags ? SIM_CODE_PRE : op->insn;
}

static int is_fma(const sim_op *op) {
    return op->code != SIM_CODE_DECODE && (op->insn == SIM_INSN_fmadd_s || op->insn == SIM_CODE_FMA_2 ||
                                           op->insn == SIM_CODE_FMA_3 || op->insn == SIM_CODE_FMA_4);
}

/* SIM_CODE_LW or SIM_CODE_LW_POST; 0 when it is none. */
static uint16_t load_code(const sim_op *op) {
    unsigned insn = op->code == SIM_CODE_DECODE ? 0 : op->insn;
    return insn == SIM_CODE_LW || insn == SIM_CODE_LW_RUN             ? SIM_CODE_LW
           : insn == SIM_CODE_LW_POST || insn == SIM_CODE_LW_POST_RUN ? SIM_CODE_LW_POST
                                                                      : 0;
}

static void join_loads(sim_op *line) {
    for (unsigned i = 0; i < SIM_LINE_OPS; i++) {
        uint16_t code = load_code(&line[i]);
        unsigned next = i + line[i].next / (unsigned)sizeof *line;
        if (!code)
            continue;
        int joined = !(line[i].flags & (SIM_FLAG_LOOP | SIM_FLAG_NEXT_LINE)) && next < SIM_LINE_OPS &&
                     load_code(&line[next]) == code && !(line[next].flags & SIM_FLAGS_BEFORE);
        line[i].insn = !joined ? code : code == SIM_CODE_LW ? SIM_CODE_LW_RUN : SIM_CODE_LW_POST_RUN;
        set_dispatch(&line[i]);
    }
}

/* Makes runs of fmadd.s within a line into one op each, and lets loads go on to each other, where no loop ends. */
static void join_line(sim *s, const sim_op *in) {
    static const uint16_t codes[] = {0, SIM_INSN_fmadd_s, SIM_CODE_FMA_2, SIM_CODE_FMA_3, SIM_CODE_FMA_4};
    sim_op *line = s->ops + sim_line_number(s, in) * SIM_LINE_OPS;
    join_loads(line);
    unsigned run[SIM_LINE_OPS + 2] = {0};
    for (unsigned i = SIM_LINE_OPS; i-- > 0;) {
        if (!is_fma(&line[i]))
            continue;
        int alone = line[i].flags & (SIM_FLAG_LOOP | SIM_FLAG_NEXT_LINE);
        line[i].insn = codes[alone ? 1 : 1 + run[i + 2]];
        run[i] = alone ? 0 : 1 + run[i + 2];
        set_dispatch(&line[i]);
    }
}

/* Returns 1 when the next op should be known too: its timing depends on it, or it may be joined to this one. */
static int decode_one(sim *s, sim_op *op) {
    uint32_t pc = sim_pc_of(s, op);
    uint32_t word, there = sim_insn_at(s, pc, &word), bytes = 4;
    uint8_t flags = op->flags & (SIM_FLAG_LINE | SIM_FLAG_LOOP);
    unsigned code = SIM_CODE_ILLEGAL;
    if (there == 2) {
        word = sim_expand_rvc(word);
        bytes = 2;
        code = word ? sim_find_insn(word) : SIM_CODE_ILLEGAL;
    } else if (there) {
        code = sim_find_insn(word);
    }
    uint16_t present = op->present;
    memset(op, 0, sizeof *op);
    op->present = present;
    op->next = (uint8_t)(bytes / 2 * sizeof *op);
    op->rs1 = (uint8_t)sim_bits(word, 15, 5);
    op->rs2 = (uint8_t)sim_bits(word, 20, 5);
    op->rs3 = (uint8_t)sim_bits(word, 27, 5);
    op->count = bytes == 2 ? SIM_COUNT_RVC : 0;
    set_operands(s, op, word, pc, code == SIM_CODE_ILLEGAL ? SIM_FORMAT_N : sim_insns[code].format);
    if (code == SIM_INSN_jal)
        op->imm = pc + bytes;
    if (code == SIM_INSN_jalr)
        op->target = (int32_t)(pc + bytes);
    set_code(s, op, code);
    if (s->machine.icache) {
        if (pc % 16 == 0)
            flags |= SIM_FLAG_LINE;
        if (pc % 16 == 14 && bytes == 4)
            flags |= SIM_FLAG_NEXT_LINE;
    } else if (pc % SIM_RUN_AHEAD == 0) {
        flags |= SIM_FLAG_LOOP;
    }
    op->flags = flags;
    set_dispatch(op);
    join_line(s, op);
    uint8_t *attr = pc >= TL_L2_PRIVATE_BASE ? s->l2_attr + ((pc - TL_L2_PRIVATE_BASE) >> SIM_ATTR_SHIFT)
                                             : s->l1_attr + ((pc - TL_L1_BASE) >> SIM_ATTR_SHIFT);
    attr[0] |= SIM_ATTR_CODE;
    if ((pc & ((1u << SIM_ATTR_SHIFT) - 1)) == (1u << SIM_ATTR_SHIFT) - 2 && there == 4)
        attr[1] |= SIM_ATTR_CODE;
    unsigned class = sim_insns[code].class;
    return code != SIM_CODE_ILLEGAL &&
           (class == SIM_CLASS_LOAD || class == SIM_CLASS_MUL || class == SIM_CLASS_MULH || class == SIM_CLASS_FMA);
}

static void set_used(sim_op *load, const sim_op *next) {
    if ((uint64_t)next->reads >> load->rd & 1)
        load->flags |= SIM_FLAG_USED;
}

void sim_decode(sim *s, const sim_op *op) {
    sim_op *at = s->ops + (op - s->ops), *before = NULL;
    int more = 1;
    while (more && at->code == SIM_CODE_DECODE) {
        more = decode_one(s, at);
        if (before)
            set_used(before, at);
        before = at;
        at = (sim_op *)(void *)((char *)at + at->next);
    }
    if (more && before)
        set_used(before, at);
}

void sim_mark(sim *s, const sim_op *op, uint8_t flags) {
    sim_op *at = s->ops + (op - s->ops);
    if (at->code == SIM_CODE_NOWHERE || (at->flags & flags) == flags)
        return;
    at->flags |= flags;
    if (at->code == SIM_CODE_DECODE)
        return;
    set_dispatch(at);
    join_line(s, at);
}

/*
 * What is written may have been joined to what stands before it in its line; and an instruction of the line before may
 * reach in, or be a load whose timing it decided. That line goes as a whole, for the same reason.
 */
static void invalidate_slots(sim *s, uint32_t first, uint32_t end, uint32_t lowest) {
    first &= ~(uint32_t)(SIM_LINE_OPS - 1);
    first = first < lowest + SIM_LINE_OPS ? lowest : first - SIM_LINE_OPS;
    for (uint32_t i = first; i < end; i++) {
        s->ops[i].code = SIM_CODE_DECODE;
        s->ops[i].flags &= SIM_FLAG_LINE | SIM_FLAG_LOOP;
    }
}

void sim_invalidate(sim *s, uint32_t address, uint32_t bytes) {
    uint32_t offset = address - TL_L2_PRIVATE_BASE, lowest = s->l2_first;
    const uint8_t *attr = s->l2_attr;
    if (offset >= s->l2_bytes) {
        offset = address & ~(uint32_t)TL_L1_BASE;
        attr = s->l1_attr;
        lowest = 0;
    }
    for (uint32_t at = offset, end = offset + bytes; at < end;) {
        uint32_t block_end = (at | ((1u << SIM_ATTR_SHIFT) - 1)) + 1, stop = block_end < end ? block_end : end;
        if (attr[at >> SIM_ATTR_SHIFT] & SIM_ATTR_CODE)
            invalidate_slots(s, lowest + at / 2, lowest + (stop + 1) / 2, lowest);
        at = stop;
    }
}

void sim_forget_code(sim *s) {
    for (uint32_t i = 0; i < s->machine.l1_bytes >> SIM_ATTR_SHIFT; i++)
        if (s->l1_attr[i] & SIM_ATTR_CODE)
            sim_invalidate(s, TL_L1_BASE + (i << SIM_ATTR_SHIFT), 1u << SIM_ATTR_SHIFT);
    for (uint32_t i = 0; i < s->l2_bytes >> SIM_ATTR_SHIFT; i++)
        if (s->l2_attr[i] & SIM_ATTR_CODE)
            sim_invalidate(s, TL_L2_PRIVATE_BASE + (i << SIM_ATTR_SHIFT), 1u << SIM_ATTR_SHIFT);
}
