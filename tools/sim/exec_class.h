/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How each class of instructions is carried out, timed and counted: the words that isa.def and exec.inc are written in.
 * Only exec.c and exec.inc include this.
 */
#ifndef TL_SIM_EXEC_CLASS_H
#define TL_SIM_EXEC_CLASS_H

#include "tools/sim/isa.h"

/* The list without what goes through packed.c, or always through fpu.c and is not of single precision. */
#define SIM_ISA_WITHOUT_CALLS

/* Registers and operands of the instruction at op, of core c. */
#define RD         c->x[op->rd].u
#define RS1        c->x[op->rs1].u
#define RS2        c->x[op->rs2].u
#define RS3        c->x[op->rs3].u
#define FD         c->x[op->rd].f
#define FS1        c->x[op->rs1].f
#define FS2        c->x[op->rs2].f
#define FS3        c->x[op->rs3].f
#define WB         c->x[op->rs3].u
#define IMM        op->imm
#define ADDRESS    at
#define START      (sim_pc_of(s, op) + 4)
#define SIGNED(v)  ((int32_t)(v))
#define HIGH(v)    ((uint32_t)((uint64_t)(v) >> 32))
#define HALF_RANGE (IMM ? 1u << (IMM - 1) : 1u)
#define KEEP       (void)0

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define AFTER(o)  ((const sim_op *)(const void *)((const char *)(o) + (o)->next))
#define AT(bytes) ((const sim_op *)(const void *)((const char *)op + (bytes)))

#define DISPATCH()         goto * s->label[op->code]
#define STALL(why, cycles) (c->stats.stall[SIM_STALL_##why] += (cycles))
/* The instruction has been carried out and took so many cycles. */
#define DONE(cycles) (cnt += op->count, t += (cycles), OBSERVE_INSN())
#define NEXT()                                                                                                         \
    do {                                                                                                               \
        op = np;                                                                                                       \
        np = AFTER(op);                                                                                                \
        WAIT_FOR_OPERANDS();                                                                                           \
        DISPATCH();                                                                                                    \
    } while (0)
/* Goes on at np, which may be anywhere. */
#define JUMP()                                                                                                         \
    do {                                                                                                               \
        op = np;                                                                                                       \
        if (UNLIKELY(t >= s->run_ahead))                                                                               \
            goto yield_go;                                                                                             \
        if (UNLIKELY(!(sim_line(op)->present & c->bit)))                                                               \
            goto miss;                                                                                                 \
        np = AFTER(op);                                                                                                \
        WAIT_FOR_OPERANDS();                                                                                           \
        DISPATCH();                                                                                                    \
    } while (0)
/* 1 when the next instruction reads what this one writes. */
#define USED_NEXT() ((uint32_t)((uint64_t)np->reads >> op->rd & 1))

/*
 * Classes whose instructions touch what other cores see. They are dispatched to `yield`, and carried out when the core
 * has been given its turn: t is the machine's time then.
 */
#define LABEL_ALU(id)    &&L_##id
#define LABEL_FAULT(id)  &&yield
#define LABEL_MRET(id)   &&L_##id
#define LABEL_WFI(id)    &&yield
#define LABEL_CSR(id)    &&yield
#define LABEL_JAL(id)    &&L_##id
#define LABEL_JALR(id)   &&L_##id
#define LABEL_BRANCH(id) &&L_##id
#define LABEL_LOAD(id)   &&A_##id
#define LABEL_ELW(id)    &&yield
#define LABEL_STORE(id)  &&A_##id
#define LABEL_MUL(id)    &&L_##id
#define LABEL_MULH(id)   &&L_##id
#define LABEL_DIV(id)    &&L_##id
#define LABEL_DIVU(id)   &&L_##id
#define LABEL_HWLOOP(id) &&L_##id
#define LABEL_FMA(id)    &&L_##id
#define LABEL_FARITH(id) &&L_##id
#define LABEL_FDIV(id)   &&L_##id
#define LABEL_FCMP(id)   &&L_##id
#define LABEL_FMISC(id)  &&L_##id
#define LABEL_FSLOW(id)  &&L_##id

/* Bytes of an access; SIM_SIGNED when its value is to be extended with its sign. */
#define SIM_SIGNED             8
#define WIDTH_B                (1 | SIM_SIGNED)
#define WIDTH_BU               1
#define WIDTH_H                (2 | SIM_SIGNED)
#define WIDTH_HU               2
#define WIDTH_W                4
#define WIDTH_LOAD(type, ...)  WIDTH_##type
#define WIDTH_STORE(type, ...) WIDTH_##type
#define WIDTH_ALU(...)         0
#define WIDTH_FAULT(...)       0
#define WIDTH_MRET(...)        0
#define WIDTH_WFI(...)         0
#define WIDTH_CSR(...)         0
#define WIDTH_JAL(...)         0
#define WIDTH_JALR(...)        0
#define WIDTH_BRANCH(...)      0
#define WIDTH_ELW(...)         4
#define WIDTH_MUL(...)         0
#define WIDTH_MULH(...)        0
#define WIDTH_DIV(...)         0
#define WIDTH_DIVU(...)        0
#define WIDTH_HWLOOP(...)      0
#define WIDTH_FMA(...)         0
#define WIDTH_FARITH(...)      0
#define WIDTH_FDIV(...)        0
#define WIDTH_FCMP(...)        0
#define WIDTH_FMISC(...)       0
#define WIDTH_FSLOW(...)       0

#define MASK_B     c->mask_b
#define MASK_BU    c->mask_b
#define MASK_H     c->mask_h
#define MASK_HU    c->mask_h
#define MASK_W     c->mask_w
#define READ_B(p)  (uint32_t)(int8_t)*(p)
#define READ_BU(p) *(p)
#define READ_H(p)  (uint32_t)(int16_t)read_half(p)
#define READ_HU(p) read_half(p)
#define READ_W(p)  read_word(p)

/*
 * A bank serves one access a cycle, first come first served: S5. Where nobody asks for times, an access is done at
 * once, and noted for banks.c; elsewhere it waits for its turn.
 */
#ifdef SIM_IN_TURN
#define TAKE_BANK()                                                                                                    \
    do {                                                                                                               \
        const unsigned bank = at >> 2 & s->bank_mask;                                                                  \
        if (UNLIKELY(s->ahead))                                                                                        \
            sim_serve_earlier(s, c, t);                                                                                \
        if (UNLIKELY(sim_is_taken(s, bank, t)))                                                                        \
            t = sim_wait_for_bank(s, c, bank, t);                                                                      \
        sim_take(s, bank, t);                                                                                          \
        t++;                                                                                                           \
    } while (0)
#define ENTER_ACCESS(id) A_##id : goto yield;
#define END_RUN()        (void)0
#define STRETCH()        (void)0
#else
#define TAKE_BANK()      (c->use[SIM_USE_FIRST + (t & (SIM_STRETCH - 1))] = (uint8_t)(at >> 2 & s->bank_mask), t++)
#define ENTER_ACCESS(id) A_##id : if (UNLIKELY(t >= stretch_end)) goto end_of_stretch;
/* The core stops for now. */
#define END_RUN()        sim_end_run(s, c, stretch_end)
#define STRETCH()        (stretch_end = (s->now | (SIM_STRETCH - 1)) + 1)
#endif
/* Where it is the first in its line, or in a loop. */
#define ENTER_LINE(id) L_LINE_##id : if (UNLIKELY(!(sim_line(op)->present & c->bit))) goto miss;
/* In a run the next instruction is known. */
#define NEXT_OF_RUN(id)                                                                                                \
    do {                                                                                                               \
        op = np;                                                                                                       \
        np = AFTER(op);                                                                                                \
        WAIT_FOR_OPERANDS();                                                                                           \
        if (LIKELY(op->insn == SIM_CODE_##id##_RUN))                                                                   \
            goto A_##id##_RUN;                                                                                         \
        goto A_##id;                                                                                                   \
    } while (0)
#define ENTER_LOAD(id)  ENTER_ACCESS(id)
#define ENTER_STORE(id) ENTER_ACCESS(id)
#define ENTER_ALU(id)
#define ENTER_FAULT(id)
#define ENTER_MRET(id)
#define ENTER_WFI(id)
#define ENTER_CSR(id)
#define ENTER_JAL(id)
#define ENTER_JALR(id)
#define ENTER_BRANCH(id)
#define ENTER_ELW(id)
#define ENTER_MUL(id)
#define ENTER_MULH(id)
#define ENTER_DIV(id)
#define ENTER_DIVU(id)
#define ENTER_HWLOOP(id)
#define ENTER_FMA(id)
#define ENTER_FARITH(id)
#define ENTER_FDIV(id)
#define ENTER_FCMP(id)
#define ENTER_FMISC(id)
#define ENTER_FSLOW(id)

#define ACCESS_LOAD(type, address, writeback)                                                                          \
    at = (address);                                                                                                    \
    if (UNLIKELY((at & MASK_##type) != c->l1_match))                                                                   \
        goto slow_load;                                                                                                \
    TAKE_BANK();                                                                                                       \
    OBSERVE_L1(WIDTH_##type & 7, 0, t - 1);                                                                            \
    value = READ_##type(s->l1 + (at & s->l1_mask));                                                                    \
    writeback;                                                                                                         \
    RD = value;                                                                                                        \
    if (UNLIKELY(op->flags & (SIM_FLAG_USED | SIM_FLAG_LOOP)) && USED_NEXT()) {                                        \
        STALL(LOAD_USE, SIM_LOAD_USE_STALL);                                                                           \
        t += SIM_LOAD_USE_STALL;                                                                                       \
    }

#define EXEC_LOAD(type, address, writeback)                                                                            \
    ACCESS_LOAD(type, address, writeback)                                                                              \
    DONE(0);                                                                                                           \
    NEXT();

#define EXEC_STORE(type, address, writeback)                                                                           \
    at = (address);                                                                                                    \
    if (UNLIKELY((at & MASK_##type) != c->l1_match))                                                                   \
        goto slow_store;                                                                                               \
    if (UNLIKELY(s->l1_attr[(at & s->l1_mask) >> SIM_ATTR_SHIFT] & SIM_ATTR_WATCHED) && t != s->now)                   \
        goto yield;                                                                                                    \
    TAKE_BANK();                                                                                                       \
    OBSERVE_L1(WIDTH_##type & 7, 1, t - 1);                                                                            \
    memcpy(s->l1 + (at & s->l1_mask), &RS2, WIDTH_##type & 7);                                                         \
    writeback;                                                                                                         \
    at &= s->l1_mask;                                                                                                  \
    c->stats.stores++;                                                                                                 \
    if (UNLIKELY(s->l1_attr[at >> SIM_ATTR_SHIFT]) && sim_stored(s, TL_L1_BASE + at, WIDTH_##type & 7))                \
        goto watched;                                                                                                  \
    DONE(0);                                                                                                           \
    NEXT();

#define EXEC_ELW()                                                                                                     \
    at = RS1 + IMM;                                                                                                    \
    goto slow_load;

#define EXEC_ALU(...)                                                                                                  \
    __VA_ARGS__;                                                                                                       \
    DONE(1);                                                                                                           \
    NEXT();

#define EXEC_MUL(...)                                                                                                  \
    __VA_ARGS__;                                                                                                       \
    {                                                                                                                  \
        uint32_t stall = SIM_MUL_STALL + USED_NEXT() * SIM_MUL_USE_STALL;                                              \
        STALL(MULDIV, stall);                                                                                          \
        DONE(1 + stall);                                                                                               \
    }                                                                                                                  \
    NEXT();

#define EXEC_MULH(...)                                                                                                 \
    __VA_ARGS__;                                                                                                       \
    {                                                                                                                  \
        uint32_t stall = SIM_MULH_STALL + USED_NEXT() * SIM_MUL_USE_STALL;                                             \
        STALL(MULDIV, stall);                                                                                          \
        DONE(1 + stall);                                                                                               \
    }                                                                                                                  \
    NEXT();

#define EXEC_DIV(...)                                                                                                  \
    {                                                                                                                  \
        uint32_t stall = sim_div_stall(RS2);                                                                           \
        __VA_ARGS__;                                                                                                   \
        STALL(MULDIV, stall);                                                                                          \
        DONE(1 + stall);                                                                                               \
    }                                                                                                                  \
    NEXT();

#define EXEC_DIVU(...)                                                                                                 \
    {                                                                                                                  \
        uint32_t stall = sim_divu_stall(RS2);                                                                          \
        __VA_ARGS__;                                                                                                   \
        STALL(MULDIV, stall);                                                                                          \
        DONE(1 + stall);                                                                                               \
    }                                                                                                                  \
    NEXT();

/* Calls and returns are shown with their time: what came before them must be settled. */
#ifdef SIM_PROFILE
#define SETTLED(needed)                                                                                                \
    if ((needed) && t != s->now)                                                                                       \
    goto yield
#else
#define SETTLED(needed) (void)0
#endif

#define EXEC_JAL()                                                                                                     \
    SETTLED(op->rd != SIM_NOWHERE_REG);                                                                                \
    RD = IMM;                                                                                                          \
    np = AT(op->target);                                                                                               \
    c->jumps++;                                                                                                        \
    STALL(BRANCH, SIM_JUMP_STALL);                                                                                     \
    DONE(1 + SIM_JUMP_STALL);                                                                                          \
    OBSERVE_JUMP();                                                                                                    \
    JUMP();

#define EXEC_JALR()                                                                                                    \
    SETTLED(1);                                                                                                        \
    at = (RS1 + IMM) & ~(uint32_t)1;                                                                                   \
    RD = (uint32_t)op->target;                                                                                         \
    np = sim_jump_target(s, c, at);                                                                                    \
    c->jumps++;                                                                                                        \
    STALL(BRANCH, SIM_JUMP_STALL);                                                                                     \
    DONE(1 + SIM_JUMP_STALL);                                                                                          \
    OBSERVE_JUMP();                                                                                                    \
    JUMP();

#define EXEC_MRET()                                                                                                    \
    sim_end_interrupt(s, c);                                                                                           \
    np = sim_jump_target(s, c, c->mepc & ~(uint32_t)1);                                                                \
    c->jumps++;                                                                                                        \
    STALL(BRANCH, SIM_JUMP_STALL);                                                                                     \
    DONE(1 + SIM_JUMP_STALL);                                                                                          \
    JUMP();

#define EXEC_BRANCH(condition)                                                                                         \
    c->branches++;                                                                                                     \
    if (condition) {                                                                                                   \
        np = AT(op->target);                                                                                           \
        c->taken++;                                                                                                    \
        STALL(BRANCH, SIM_TAKEN_STALL);                                                                                \
        DONE(1 + SIM_TAKEN_STALL);                                                                                     \
        JUMP();                                                                                                        \
    }                                                                                                                  \
    DONE(1);                                                                                                           \
    NEXT();

#define EXEC_HWLOOP(...)                                                                                               \
    {                                                                                                                  \
        sim_loop *loop = &c->loop[op->rd];                                                                             \
        __VA_ARGS__;                                                                                                   \
        sim_set_loop(s, loop);                                                                                         \
        OBSERVE_LOOP(loop);                                                                                            \
    }                                                                                                                  \
    DONE(1);                                                                                                           \
    NEXT();

#define EXEC_CSR(how, operand, writes)                                                                                 \
    {                                                                                                                  \
        uint32_t got = 0, given = (operand);                                                                           \
        c->count = cnt;                                                                                                \
        int known = sim_csr(s, c, IMM, how, given, writes, t, &got);                                                   \
        cnt = c->count;                                                                                                \
        if (!known)                                                                                                    \
            goto illegal;                                                                                              \
        RD = got;                                                                                                      \
        DONE(1);                                                                                                       \
        if (UNLIKELY(s->change_form)) {                                                                                \
            op = np;                                                                                                   \
            goto yield_go;                                                                                             \
        }                                                                                                              \
    }                                                                                                                  \
    NEXT();

#define EXEC_WFI()                                                                                                     \
    if (!sim_wfi_ready(s, c)) {                                                                                        \
        c->wake_rd = SIM_NOWHERE_REG;                                                                                  \
        sim_sleep(c, SIM_WAIT_WFI, t);                                                                                 \
        goto sleep;                                                                                                    \
    }                                                                                                                  \
    DONE(1);                                                                                                           \
    NEXT();

#define EXEC_FAULT(cause)                                                                                              \
    sim_fault(s, c, sim_pc_of(s, op), "%s", cause);                                                                    \
    goto stopped;

#define EXEC_FLOAT(stall, ...)                                                                                         \
    FPU_ISSUE(stall);                                                                                                  \
    __VA_ARGS__;                                                                                                       \
    STALL(FPU, stall);                                                                                                 \
    DONE(1 + (stall));                                                                                                 \
    NEXT();

/* NaN has but one form; only results of arithmetic can need it. */
#define CANONICAL()                                                                                                    \
    if (UNLIKELY(FD != FD)) {                                                                                          \
        __asm__ volatile(""); /* a branch that is hardly ever taken, not a choice between two values */                \
        RD = SIM_NAN;                                                                                                  \
    }
#define EXEC_FMA(body) EXEC_FLOAT(0, body; CANONICAL())
/* fmadd.s at an op of a run */
#define FMA(o)            (c->x[(o)->rd].f = fmaf(c->x[(o)->rs1].f, c->x[(o)->rs2].f, c->x[(o)->rs3].f))
#define EXEC_FARITH(body) EXEC_FLOAT(0, body; CANONICAL())
#define EXEC_FDIV(body)   EXEC_FLOAT(s->machine.fdiv_cycles - 1, body; CANONICAL())
#define EXEC_FCMP(body)   EXEC_FLOAT(0, body)
#define EXEC_FMISC(body)  EXEC_FLOAT(0, body)
/* Never dispatched: decoded as SIM_CODE_FPU. */
#define EXEC_FSLOW(...) goto L_FPU;

#endif
