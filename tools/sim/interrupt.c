/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts: of the cluster's cores from the event unit, of the fabric controller from its interrupt controller. A
 * core that can be interrupted looks before every instruction, in the interpreter's general forms; the others pay
 * nothing.
 */
#include "tools/sim/state.h"
#include "tools/sim/timing.h"

enum { MSTATUS_MIE = 1u << 3, MSTATUS_MPIE = 1u << 7 };

static uint32_t allowed(const sim *s, const sim_core *c) {
    return c->index == SIM_FC ? s->itc_mask : s->eu.core[c->index].irq_mask;
}

static uint32_t *raised(sim *s, const sim_core *c) {
    return c->index == SIM_FC ? &s->itc_status : &s->eu.core[c->index].buffer;
}

/* While a core can be interrupted its operands are never sure to be there: that is where it looks. */
void sim_update_interrupts(sim *s, sim_core *c) {
    uint8_t can = (c->mstatus & MSTATUS_MIE) && allowed(s, c);
    if (can == c->interruptible)
        return;
    c->interruptible = can;
    c->ready_max = can ? SIM_NEVER : 0;
    for (unsigned i = 0; i < sizeof c->ready / sizeof *c->ready; i++)
        c->ready_max = c->ready[i] > c->ready_max ? c->ready[i] : c->ready_max;
    if (can && !s->interrupts) {
        s->interrupts = s->change_form = 1;
        sim_schedule_devices(s);
    }
}

void sim_set_mstatus(sim *s, sim_core *c, uint32_t mstatus) {
    c->mstatus = mstatus;
    sim_update_interrupts(s, c);
}

/* The lowest number first. It is no longer pending once it has been taken. */
const sim_op *sim_take_interrupt(sim *s, sim_core *c) {
    uint32_t pending = *raised(s, c) & allowed(s, c);
    if (!pending)
        return NULL;
    uint32_t number = (uint32_t)__builtin_ctz(pending);
    *raised(s, c) &= ~(1u << number);
    c->mepc = sim_core_pc(s, c);
    c->mcause = 1u << 31 | number;
    sim_set_mstatus(s, c, (c->mstatus & ~(uint32_t)(MSTATUS_MIE | MSTATUS_MPIE)) | MSTATUS_MPIE);
    c->nowhere_pc = (c->mtvec & ~(uint32_t)0xff) + 4 * number;
    const sim_op *op = sim_op_at(s, c->nowhere_pc);
    return op ? op : s->ops + s->slots - 1;
}

void sim_end_interrupt(sim *s, sim_core *c) {
    uint32_t enable = c->mstatus & MSTATUS_MPIE ? MSTATUS_MIE : 0;
    sim_set_mstatus(s, c, (c->mstatus & ~(uint32_t)MSTATUS_MIE) | enable | MSTATUS_MPIE);
}
