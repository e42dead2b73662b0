/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded instructions, and what the list in isa.def says of each. */
#ifndef TL_SIM_ISA_H
#define TL_SIM_ISA_H

#include <stddef.h>
#include <stdint.h>

/* What an op dispatches to: first what is not an instruction, then the instructions. */
enum {
    SIM_CODE_DECODE,     /* not decoded yet; zero, as memory comes */
    SIM_CODE_LINE,       /* the first of a line: is that in the core's cache? */
    SIM_CODE_LINE_FMA_4, /* the same, and then four fmadd.s */
    SIM_CODE_LINE_LW,    /* the same, and then a load, or several */
    SIM_CODE_LINE_LW_POST,
    SIM_CODE_LINE_LW_RUN,
    SIM_CODE_LINE_LW_POST_RUN,
    SIM_CODE_PRE,   /* a new line, a loop's end: look at the flags first */
    SIM_CODE_FPU,   /* a floating-point instruction off the fast path */
    SIM_CODE_FMA_2, /* fmadd.s, and another in the same line */
    SIM_CODE_FMA_3, /* three of them */
    SIM_CODE_FMA_4,
    SIM_CODE_CALL,    /* an instruction of isa_packed.def */
    SIM_CODE_ILLEGAL, /* no instruction of this machine */
    SIM_CODE_NOWHERE, /* no memory to execute from */
    /* What a core does when its turn comes, beside the access at its op. */
    SIM_CODE_GO,         /* goes on at its op, whatever that has become */
    SIM_CODE_FETCH,      /* fetches the line of its op */
    SIM_CODE_FETCH_NEXT, /* fetches the line after that */
    SIM_CODE_LATER,      /* is not due yet: there was no room in the wheel */
    SIM_CODE_STRETCH,    /* goes on at its own time with the access at `later`, if what it did before is settled */
    SIM_CODE_HALTED,     /* does nothing: it has been switched off */
    SIM_CODE_BAD,        /* finds that its op cannot be carried out */
    SIM_CODE_RESUME,     /* goes on at its op and its own time: the machine was stopped in the middle of its turn */
    /* Instructions; from here on what waits for its turn is an access. */
    SIM_CODE_LW,      /* lw, flw */
    SIM_CODE_LW_POST, /* p.lw with post-increment: by imm and by rs2, one of which is nothing */
    SIM_CODE_LW_RUN,  /* another one follows in the same line */
    SIM_CODE_LW_POST_RUN,
#define INSN(id, ...) SIM_INSN_##id,
#include "tools/sim/isa.def"
#undef INSN
    SIM_CODES
};
#define SIM_FIRST_ACCESS SIM_CODE_LW
#define SIM_FIRST_INSN   (SIM_CODE_LW_POST_RUN + 1)

typedef enum sim_format {
    SIM_FORMAT_N,    /* no operands */
    SIM_FORMAT_R,    /* rd, rs1, rs2 */
    SIM_FORMAT_RA,   /* rd, rs1, rs2; rd is read too */
    SIM_FORMAT_R1,   /* rd, rs1 */
    SIM_FORMAT_I,    /* rd, rs1, immediate */
    SIM_FORMAT_SH,   /* rd, rs1, shift */
    SIM_FORMAT_CL,   /* rd, rs1, 5 bits */
    SIM_FORMAT_U,    /* rd, upper immediate */
    SIM_FORMAT_UPC,  /* the same, added to pc */
    SIM_FORMAT_J,    /* rd, target */
    SIM_FORMAT_JR,   /* rd, immediate(rs1) */
    SIM_FORMAT_B,    /* rs1, rs2, target */
    SIM_FORMAT_BI,   /* rs1, 5 signed bits, target */
    SIM_FORMAT_L,    /* rd, immediate(rs1) */
    SIM_FORMAT_LP,   /* rd, immediate(rs1!) */
    SIM_FORMAT_LR,   /* rd, rs2(rs1) */
    SIM_FORMAT_LRP,  /* rd, rs2(rs1!) */
    SIM_FORMAT_S,    /* rs2, immediate(rs1) */
    SIM_FORMAT_SP,   /* rs2, immediate(rs1!) */
    SIM_FORMAT_SR,   /* rs2, rs3(rs1); rs3 in rd's place */
    SIM_FORMAT_SRP,  /* rs2, rs3(rs1!) */
    SIM_FORMAT_CSR,  /* rd, csr, rs1 */
    SIM_FORMAT_CSRI, /* rd, csr, 5 bits */
    SIM_FORMAT_F,    /* rd, rs1, rs2, rounding mode */
    SIM_FORMAT_F1,   /* rd, rs1, rounding mode */
    SIM_FORMAT_F3,   /* rd, rs1, rs2, rs3, rounding mode */
    SIM_FORMAT_FD,   /* rd, rs1, rs2; rounds as frm says */
    SIM_FORMAT_F1D,  /* rd, rs1 */
    SIM_FORMAT_F3D,  /* rd, rs1, rs2, rs3 */
    SIM_FORMAT_BITS, /* rd, rs1, width less one, first bit */
    SIM_FORMAT_NORM, /* rd, rs1, rs2, shift */
    SIM_FORMAT_VS,   /* rd, rs1, six signed bits for each lane */
    SIM_FORMAT_VU,   /* rd, rs1, six bits for each lane */
    SIM_FORMAT_VI,   /* rd, rs1, six bits */
    SIM_FORMAT_HWE,  /* loop, target */
    SIM_FORMAT_HWC,  /* loop, rs1 */
    SIM_FORMAT_HWI,  /* loop, count */
    SIM_FORMAT_HWS,  /* loop, rs1, end */
    SIM_FORMAT_HWSI  /* loop, count, end */
} sim_format;

typedef enum sim_class {
    SIM_CLASS_ALU,
    SIM_CLASS_FAULT,
    SIM_CLASS_MRET,
    SIM_CLASS_WFI,
    SIM_CLASS_CSR,
    SIM_CLASS_JAL,
    SIM_CLASS_JALR,
    SIM_CLASS_BRANCH,
    SIM_CLASS_LOAD,
    SIM_CLASS_ELW,
    SIM_CLASS_STORE,
    SIM_CLASS_MUL,
    SIM_CLASS_MULH,
    SIM_CLASS_DIV,
    SIM_CLASS_DIVU,
    SIM_CLASS_HWLOOP,
    SIM_CLASS_PACKED,  /* one cycle; through packed.c */
    SIM_CLASS_PACKEDA, /* reads rd too */
    SIM_CLASS_FMA,     /* rounds; a multiply-add */
    SIM_CLASS_FARITH,  /* rounds */
    SIM_CLASS_FDIV,    /* rounds, on the slow unit */
    SIM_CLASS_FCMP,    /* may raise flags */
    SIM_CLASS_FMISC,   /* neither rounds nor raises flags */
    SIM_CLASS_FSLOW,   /* always through fpu.c */
    SIM_CLASS_FSLOWA,  /* reads rd too; multiply-adds */
    SIM_CLASS_FDIVH,   /* the same, on the slow unit */
    SIM_CLASS_FDIVV    /* packed, on the slow unit */
} sim_class;

typedef struct sim_insn {
    const char *text;
    uint32_t mask, match;
    uint8_t format, class;
} sim_insn;

/* Indexed by code; entries before SIM_FIRST_INSN are empty. */
extern const sim_insn sim_insns[SIM_CODES];

extern const char *const sim_reg_names[32];

/* The code of a 32-bit instruction, SIM_CODE_ILLEGAL when there is none. */
unsigned sim_find_insn(uint32_t word);

/* The 32-bit instruction that a 16-bit one stands for; 0 when it is none. */
uint32_t sim_expand_rvc(uint32_t half);

/* A field of an instruction. */
static inline uint32_t sim_bits(uint32_t word, unsigned low, unsigned count) {
    return (word >> low) & ((1u << count) - 1);
}

/* The signed immediates. */
static inline uint32_t sim_imm_i(uint32_t word) {
    return (uint32_t)((int32_t)word >> 20);
}

/* Six bits, the lowest of them above the others. */
static inline uint32_t sim_imm_v(uint32_t word) {
    return sim_bits(word, 20, 5) << 1 | sim_bits(word, 25, 1);
}

static inline uint32_t sim_imm_s(uint32_t word) {
    return ((uint32_t)((int32_t)word >> 20) & ~31u) | sim_bits(word, 7, 5);
}

static inline uint32_t sim_imm_b(uint32_t word) {
    return ((uint32_t)((int32_t)word >> 19) & ~0xfffu) | sim_bits(word, 7, 1) << 11 | sim_bits(word, 25, 6) << 5 |
           sim_bits(word, 8, 4) << 1;
}

static inline uint32_t sim_imm_j(uint32_t word) {
    return ((uint32_t)((int32_t)word >> 11) & ~0xfffffu) | sim_bits(word, 12, 8) << 12 | sim_bits(word, 20, 1) << 11 |
           sim_bits(word, 21, 10) << 1;
}

/* What must be looked at before an op is executed. */
enum {
    SIM_FLAG_LINE = 1,      /* it is the first in its 16-byte line */
    SIM_FLAG_NEXT_LINE = 2, /* it reaches into the next line */
    SIM_FLAG_LOOP = 4, /* somebody's hardware loop ends here, or it is a place to see how far a core has run ahead */
    SIM_FLAG_USED = 8  /* the next instruction reads what this load writes */
};
#define SIM_FLAGS_BEFORE (SIM_FLAG_LINE | SIM_FLAG_NEXT_LINE | SIM_FLAG_LOOP)

/* One decoded instruction; there is a slot for every two bytes that can hold code. */
typedef struct sim_op {
    uint16_t code; /* what is dispatched */
    uint16_t insn; /* the instruction, or how it is carried out: what is dispatched in the end */
    uint8_t rd;    /* SIM_NOWHERE_REG for x0, except where it is read; a hardware loop's number */
    uint8_t rs1, rs2, rs3;
    uint32_t imm;
    uint32_t reads; /* registers read, one bit each: a load's user waits */
    uint64_t count; /* what it adds to the counters */
    int32_t
        target; /* branches: distance to the target's slot, bytes; FPU, CALL: the instruction, rounding mode above */
    uint16_t present; /* in the first slot of a line: cores whose L0 holds the line */
    uint8_t next;     /* distance to the next slot, bytes */
    uint8_t flags;
} sim_op;

/* The instruction that an op is: several may stand joined, or share a path with others. */
static inline unsigned sim_op_insn(const sim_op *op) {
    switch (op->insn) {
    case SIM_CODE_LW:
    case SIM_CODE_LW_POST:
    case SIM_CODE_LW_RUN:
    case SIM_CODE_LW_POST_RUN:
    case SIM_CODE_FPU:
    case SIM_CODE_CALL:
        return (uint32_t)op->target & 0xffff;
    case SIM_CODE_FMA_2:
    case SIM_CODE_FMA_3:
    case SIM_CODE_FMA_4:
        return SIM_INSN_fmadd_s;
    default:
        return op->insn;
    }
}

/* Writes to x0 go here. */
#define SIM_NOWHERE_REG 32

/* The slots of a 16-byte line; they are aligned to their size. */
#define SIM_LINE_OPS   8
#define SIM_LINE_BYTES 256
_Static_assert(sizeof(sim_op) * SIM_LINE_OPS == SIM_LINE_BYTES, "eight slots make a line");

static inline const sim_op *sim_line(const sim_op *op) {
    return (const sim_op *)((uintptr_t)op & ~(uintptr_t)(SIM_LINE_BYTES - 1));
}

/* sim_op.count: five counters, flushed before any can overflow. */
#define SIM_COUNT_INSTR ((uint64_t)1)
#define SIM_COUNT_RVC   ((uint64_t)1 << 12)
#define SIM_COUNT_FP    ((uint64_t)1 << 24)
#define SIM_COUNT_LOAD  ((uint64_t)1 << 36)
#define SIM_COUNT_MAC   ((uint64_t)1 << 48)
#define SIM_COUNT_MASK  0xfffu
#define SIM_COUNT_FMA   (SIM_COUNT_INSTR + SIM_COUNT_FP + SIM_COUNT_MAC)

#endif
