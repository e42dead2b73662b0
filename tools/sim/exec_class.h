/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How each class of instructions is carried out, timed and counted: the words that isa.def and exec.inc are written in.
 * Only exec.c includes this.
 */
#ifndef TL_SIM_EXEC_CLASS_H
#define TL_SIM_EXEC_CLASS_H

/* Loop-invariant things live in locals, everything else in the core. */
#define RD         x[op->rd].u
#define RS1        x[op->rs1].u
#define RS2        x[op->rs2].u
#define RS3        x[op->rs3].u
#define FD         x[op->rd].f
#define FS1        x[op->rs1].f
#define FS2        x[op->rs2].f
#define FS3        x[op->rs3].f
#define WB         x[op->rs3].u
#define IMM        op->imm
#define START      (sim_pc_of(s, op) + 4)
#define SIGNED(v)  ((int32_t)(v))
#define HIGH(v)    ((uint32_t)((uint64_t)(v) >> 32))
#define HALF_RANGE (IMM ? 1u << (IMM - 1) : 1u)
#define KEEP       (void)0

#define LINE_OF(o)         ((uint32_t)(((const char *)(o) - ops) >> SIM_LINE_SHIFT))
#define AFTER(o)           ((const sim_op *)(const void *)((const char *)(o) + (o)->next))
#define DISPATCH()         goto *labels[op->code]
#define STALL(why, cycles) (c->stats.stall[SIM_STALL_##why] += (cycles))
#define ORDER()                                                                                                        \
    if (t >= horizon)                                                                                                  \
    goto yield_insn
/* The instruction has been carried out and took so many cycles. */
#define DONE(cycles) (cnt += op->count, t += (cycles))
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
        if (t >= cap)                                                                                                  \
            goto yield_go;                                                                                             \
        if (!(s->present[LINE_OF(op)] & c->bit))                                                                       \
            goto L_FETCH;                                                                                              \
        np = AFTER(op);                                                                                                \
        WAIT_FOR_OPERANDS();                                                                                           \
        DISPATCH();                                                                                                    \
    } while (0)
/* 1 when the next instruction reads what this one writes. */
#define USED_NEXT() ((uint32_t)((uint64_t)np->reads >> op->rd & 1))

#define BYTES_B      1
#define BYTES_BU     1
#define BYTES_H      2
#define BYTES_HU     2
#define BYTES_W      4
#define MASK_B       c->mask_b
#define MASK_BU      c->mask_b
#define MASK_H       c->mask_h
#define MASK_HU      c->mask_h
#define MASK_W       c->mask_w
#define READ_B(p)    (uint32_t)(int8_t)*(p)
#define READ_BU(p)   *(p)
#define READ_H(p)    (uint32_t)(int16_t)read_half(p)
#define READ_HU(p)   read_half(p)
#define READ_W(p)    read_word(p)
#define EXTEND_B(v)  (uint32_t)(int8_t)(v)
#define EXTEND_BU(v) (v)
#define EXTEND_H(v)  (uint32_t)(int16_t)(v)
#define EXTEND_HU(v) (v)
#define EXTEND_W(v)  (v)

#define TAKE_BANK(address)                                                                                             \
    do {                                                                                                               \
        uint64_t *bank = &s->bank_free[(address) >> 2 & bank_mask];                                                    \
        if (*bank > t) {                                                                                               \
            c->stats.bank_conflicts++;                                                                                 \
            STALL(BANK, *bank - t);                                                                                    \
            t = *bank;                                                                                                 \
        }                                                                                                              \
        *bank = t + 1;                                                                                                 \
    } while (0)

#define EXEC_LOAD(type, address, writeback)                                                                            \
    ORDER();                                                                                                           \
    {                                                                                                                  \
        uint32_t at = (address), value, use;                                                                           \
        if ((at & MASK_##type) == c->l1_match) {                                                                       \
            TAKE_BANK(at);                                                                                             \
            value = READ_##type(l1 + (at & l1_mask));                                                                  \
            t++;                                                                                                       \
        } else {                                                                                                       \
            uint64_t after = t;                                                                                        \
            uint32_t got = 0;                                                                                          \
            c->wake_rd = op->rd;                                                                                       \
            result = sim_bus_load(s, c, at, BYTES_##type, 0, &got, &after);                                            \
            horizon = 0;                                                                                               \
            t = after;                                                                                                 \
            if (result != SIM_BUS_DONE) {                                                                              \
                if (result == SIM_BUS_SLEEP) {                                                                         \
                    writeback;                                                                                         \
                }                                                                                                      \
                goto not_done;                                                                                         \
            }                                                                                                          \
            value = EXTEND_##type(got);                                                                                \
        }                                                                                                              \
        writeback;                                                                                                     \
        RD = value;                                                                                                    \
        use = USED_NEXT();                                                                                             \
        c->stats.loads++;                                                                                              \
        STALL(LOAD_USE, use);                                                                                          \
        DONE(use);                                                                                                     \
    }                                                                                                                  \
    NEXT();

#define EXEC_STORE(type, address, writeback)                                                                           \
    ORDER();                                                                                                           \
    {                                                                                                                  \
        uint32_t at = (address), value = RS2;                                                                          \
        if ((at & MASK_##type) == c->l1_match) {                                                                       \
            TAKE_BANK(at);                                                                                             \
            at &= l1_mask;                                                                                             \
            memcpy(l1 + at, &value, BYTES_##type);                                                                     \
            writeback;                                                                                                 \
            c->stats.stores++;                                                                                         \
            DONE(1);                                                                                                   \
            if (s->l1_attr[at >> SIM_ATTR_SHIFT] && sim_stored(s, TL_L1_BASE + at, BYTES_##type)) {                    \
                arrived = t <= horizon ? t - 1 : horizon - 1;                                                          \
                goto watched;                                                                                          \
            }                                                                                                          \
        } else {                                                                                                       \
            uint64_t after = t;                                                                                        \
            result = sim_bus_store(s, c, at, BYTES_##type, value, &after);                                             \
            horizon = 0;                                                                                               \
            arrived = t;                                                                                               \
            t = after;                                                                                                 \
            if (result != SIM_BUS_DONE)                                                                                \
                goto not_done;                                                                                         \
            writeback;                                                                                                 \
            c->stats.stores++;                                                                                         \
            DONE(0);                                                                                                   \
            if (s->watched)                                                                                            \
                goto watched;                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    NEXT();

#define EXEC_ELW()                                                                                                     \
    ORDER();                                                                                                           \
    {                                                                                                                  \
        uint64_t after = t;                                                                                            \
        uint32_t got = 0;                                                                                              \
        c->wake_rd = op->rd;                                                                                           \
        result = sim_bus_load(s, c, RS1 + IMM, 4, 1, &got, &after);                                                    \
        horizon = 0;                                                                                                   \
        t = after;                                                                                                     \
        if (result != SIM_BUS_DONE)                                                                                    \
            goto not_done;                                                                                             \
        c->stats.loads++;                                                                                              \
        RD = got;                                                                                                      \
        DONE(0);                                                                                                       \
    }                                                                                                                  \
    NEXT();

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

#define EXEC_JAL()                                                                                                     \
    RD = IMM;                                                                                                          \
    np = (const sim_op *)(const void *)((const char *)op + op->target);                                                \
    c->jumps++;                                                                                                        \
    STALL(BRANCH, SIM_JUMP_STALL);                                                                                     \
    DONE(1 + SIM_JUMP_STALL);                                                                                          \
    JUMP();

#define EXEC_JALR()                                                                                                    \
    {                                                                                                                  \
        uint32_t to = (RS1 + IMM) & ~(uint32_t)1;                                                                      \
        RD = (uint32_t)op->target;                                                                                     \
        np = sim_jump_target(s, c, to);                                                                                \
    }                                                                                                                  \
    c->jumps++;                                                                                                        \
    STALL(BRANCH, SIM_JUMP_STALL);                                                                                     \
    DONE(1 + SIM_JUMP_STALL);                                                                                          \
    JUMP();

#define EXEC_MRET()                                                                                                    \
    np = sim_jump_target(s, c, c->mepc & ~(uint32_t)1);                                                                \
    c->jumps++;                                                                                                        \
    STALL(BRANCH, SIM_JUMP_STALL);                                                                                     \
    DONE(1 + SIM_JUMP_STALL);                                                                                          \
    JUMP();

#define EXEC_BRANCH(condition)                                                                                         \
    c->branches++;                                                                                                     \
    if (condition) {                                                                                                   \
        np = (const sim_op *)(const void *)((const char *)op + op->target);                                            \
        c->taken++;                                                                                                    \
        STALL(BRANCH, SIM_TAKEN_STALL);                                                                                \
        DONE(1 + SIM_TAKEN_STALL);                                                                                     \
        JUMP();                                                                                                        \
    }                                                                                                                  \
    DONE(1);                                                                                                           \
    NEXT();

#define EXEC_HWLOOP(...)                                                                                               \
    {                                                                                                                  \
        sim_loop *loop = &c->loop[op->rm];                                                                             \
        __VA_ARGS__;                                                                                                   \
        sim_set_loop(s, loop);                                                                                         \
    }                                                                                                                  \
    DONE(1);                                                                                                           \
    NEXT();

#define EXEC_CSR(how, operand, writes)                                                                                 \
    {                                                                                                                  \
        uint32_t got = 0, given = (operand);                                                                           \
        c->count = cnt;                                                                                                \
        cnt = 0;                                                                                                       \
        if (!sim_csr(s, c, IMM, how, given, writes, t, &got))                                                          \
            goto L_ILLEGAL;                                                                                            \
        RD = got;                                                                                                      \
        DONE(1);                                                                                                       \
    }                                                                                                                  \
    NEXT();

#define EXEC_WFI()                                                                                                     \
    ORDER();                                                                                                           \
    if (sim_wfi_ready(s, c)) {                                                                                         \
        DONE(1);                                                                                                       \
        NEXT();                                                                                                        \
    }                                                                                                                  \
    c->wake_rd = SIM_NOWHERE_REG;                                                                                      \
    sim_sleep(c, SIM_WAIT_WFI, t);                                                                                     \
    result = SIM_BUS_SLEEP;                                                                                            \
    goto not_done;

#define EXEC_FAULT(cause)                                                                                              \
    ORDER();                                                                                                           \
    sim_fault(s, c, sim_pc_of(s, op), "%s", cause);                                                                    \
    goto stopped;

#define EXEC_FMA(...)                                                                                                  \
    FPU_ISSUE(0);                                                                                                      \
    __VA_ARGS__;                                                                                                       \
    if (FD != FD)                                                                                                      \
        RD = SIM_NAN;                                                                                                  \
    DONE(1);                                                                                                           \
    NEXT();
#define EXEC_FARITH(...) EXEC_FMA(__VA_ARGS__)

#define EXEC_FDIV(...)                                                                                                 \
    FPU_ISSUE(SIM_FDIV_STALL);                                                                                         \
    __VA_ARGS__;                                                                                                       \
    if (FD != FD)                                                                                                      \
        RD = SIM_NAN;                                                                                                  \
    STALL(FPU, SIM_FDIV_STALL);                                                                                        \
    DONE(1 + SIM_FDIV_STALL);                                                                                          \
    NEXT();

#define EXEC_FCMP(...)                                                                                                 \
    FPU_ISSUE(0);                                                                                                      \
    __VA_ARGS__;                                                                                                       \
    DONE(1);                                                                                                           \
    NEXT();
#define EXEC_FMISC(...) EXEC_FCMP(__VA_ARGS__)
/* Never dispatched: decoded as SIM_CODE_FPU. */
#define EXEC_FSLOW(...) goto L_FPU;

#endif
