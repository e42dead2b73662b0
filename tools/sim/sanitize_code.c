/* SPDX-License-Identifier: Apache-2.0 */
/* What is read off the program's instructions: loops that poll, and hardware loops that silicon does not run. */
#include <stdio.h>

#include "tools/sim/sanitize_state.h"

enum { POLL_STEPS = 32, POLL_DEPTH = 4, LOOP_STEPS = 4096 };

static const sim_op *after(const sim_op *op) {
    return (const sim_op *)(const void *)((const char *)op + op->next);
}

static const sim_op *target_of(const sim_op *op) {
    return (const sim_op *)(const void *)((const char *)op + op->target);
}

static int decode(sim *s, const sim_op *op) {
    if (op < s->ops || op >= s->ops + s->slots)
        return 0;
    if (op->insn == SIM_CODE_DECODE)
        sim_decode(s, op);
    return op->insn != SIM_CODE_ILLEGAL && op->insn != SIM_CODE_NOWHERE;
}

static sim_class class_of(const sim_op *op) {
    return (sim_class)sim_insns[sim_op_insn(op)].class;
}

static int writes_back(const sim_op *op) {
    sim_format format = (sim_format)sim_insns[sim_op_insn(op)].format;
    return format == SIM_FORMAT_LP || format == SIM_FORMAT_LRP;
}

typedef struct poll {
    sim *s;
    const sim_op *load;
    uint64_t address; /* registers that the address is made of */
    uint32_t steps;
} poll;

/* On a way through the loop: registers that hang on what was loaded, and those of the address that are to be made anew.
 */
typedef struct way {
    uint64_t tainted, stale;
    int decides;
} way;

/* Whether the way comes back to the load, without having stored anything, and after a branch by what was loaded. */
static int comes_back(poll *p, const sim_op *op, way w, int depth) {
    while (op != p->load) {
        if (!p->steps || !decode(p->s, op))
            return 0;
        p->steps--;
        sim_class class = class_of(op);
        unsigned insn = sim_op_insn(op);
        uint64_t written = (uint64_t)1 << op->rd;
        int hangs = (op->reads & w.tainted) != 0;
        switch (class) {
        case SIM_CLASS_STORE:
        case SIM_CLASS_FAULT:
        case SIM_CLASS_MRET:
        case SIM_CLASS_JALR:
        case SIM_CLASS_HWLOOP:
        case SIM_CLASS_WFI:
            return 0;
        case SIM_CLASS_BRANCH:
            w.decides |= hangs;
            if (depth && comes_back(p, target_of(op), w, depth - 1))
                return 1;
            op = after(op);
            continue;
        case SIM_CLASS_JAL:
            if (op->rd != SIM_NOWHERE_REG)
                return 0;
            op = target_of(op);
            continue;
        case SIM_CLASS_LOAD:
            if (writes_back(op))
                return 0;
            break;
        default:
            break;
        }
        /* An address may be made anew, out of constants. */
        if (insn == SIM_INSN_lui || insn == SIM_INSN_auipc)
            w.stale &= ~written;
        else if (!(insn == SIM_INSN_addi && op->rs1 == op->rd && !(w.stale & written)))
            w.stale |= written & p->address;
        w.tainted = hangs ? w.tainted | written : w.tainted & ~written;
        op = after(op);
    }
    return w.decides && !w.stale;
}

int san_is_polling(struct sim_sanitizer *z, uint32_t pc) {
    const sim_op *op = sim_op_at(z->s, pc);
    poll p = {.s = z->s, .load = op, .steps = POLL_STEPS};
    if (!op || !decode(z->s, op) || class_of(op) != SIM_CLASS_LOAD || writes_back(op))
        return 0;
    p.address = op->reads;
    uint64_t loaded = (uint64_t)1 << op->rd;
    return comes_back(&p, after(op), (way){.tainted = loaded, .stale = loaded & p.address}, POLL_DEPTH);
}

static void find_loop(struct sim_sanitizer *z, const sim_core *c, const sim_op *op, const sim_op *at,
                      const char *what) {
    sim_finding_side side = {.core = (int)c->index, .pc = sim_pc_of(z->s, op)};
    san_find(z, SIM_FINDING_LOOP, sim_pc_of(z->s, at), &side, NULL, what);
}

/* Once for each instruction that lets a loop run. */
void sim_sanitize_loop(struct sim_sanitizer *z, const sim_core *c, const sim_op *op, const sim_loop *loop) {
    sim *s = z->s;
    const sim_op *start = sim_op_at(s, loop->start), *end = sim_op_at(s, loop->end);
    uint32_t slot = (uint32_t)(op - s->ops), instructions = 1;
    if (!loop->count || !start || !end || (z->loop_seen[slot / 8] >> slot % 8 & 1))
        return;
    z->loop_seen[slot / 8] |= (uint8_t)(1u << slot % 8);
    if (loop->start & 3)
        find_loop(z, c, op, start, "its first instruction does not stand at a multiple of 4 bytes");
    else if (loop->end & 3)
        find_loop(z, c, op, start, "its last instruction does not stand at a multiple of 4 bytes");
    if (end < start) {
        find_loop(z, c, op, start, "its end stands before its start");
        return;
    }
    int compressed = 0, jumps = 0;
    for (const sim_op *at = start; decode(s, at); at = after(at), instructions++) {
        sim_class class = class_of(at);
        compressed |= at->next == 2 * sizeof(sim_op) / 2;
        jumps |=
            class == SIM_CLASS_BRANCH || class == SIM_CLASS_JAL || class == SIM_CLASS_JALR || class == SIM_CLASS_MRET;
        if (at >= end || instructions == LOOP_STEPS)
            break;
    }
    if (instructions < 2)
        find_loop(z, c, op, start, "its body is one instruction, and silicon wants two");
    if (compressed)
        find_loop(z, c, op, start, "there is a 16-bit instruction in its body");
    if (jumps)
        find_loop(z, c, op, start, "there is a branch or a jump in its body");
    const sim_loop *inner = &c->loop[0], *outer = &c->loop[1];
    if (inner->count && outer->count && inner->start >= outer->start && inner->end <= outer->end &&
        outer->end - inner->end < 8)
        find_loop(z, c, op, start, "the ends of two nested loops stand less than two instructions apart");
}
