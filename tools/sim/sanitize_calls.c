/* SPDX-License-Identifier: Apache-2.0 */
/* Who called whom, so that what happens in a small function that many call can be told apart. From jal and jalr alone.
 */
#include "tools/sim/sanitize_state.h"

static const sim_op *after(const sim_op *op) {
    return (const sim_op *)(const void *)((const char *)op + op->next);
}

void sim_sanitize_jump(struct sim_sanitizer *z, const sim_core *c, const sim_op *op, const sim_op *target) {
    san_core *k = &z->core[c->index];
    if (op->rd != SIM_NOWHERE_REG) {
        k->call[k->calls++ % SAN_CALLS] = op;
        return;
    }
    /* A return; or else it goes on in the same call. */
    const uint32_t known = k->calls < SAN_CALLS ? k->calls : SAN_CALLS;
    for (uint32_t i = 1; i <= known; i++)
        if (after(k->call[(k->calls - i) % SAN_CALLS]) == target) {
            k->calls -= i;
            return;
        }
}

uint32_t san_callers(const struct sim_sanitizer *z, unsigned core, uint32_t caller[SIM_FINDING_CALLERS]) {
    const san_core *k = &z->core[core];
    const uint32_t known = k->calls < SAN_CALLS ? k->calls : SAN_CALLS;
    uint32_t callers = 0;
    for (; callers < known && callers < SIM_FINDING_CALLERS; callers++)
        caller[callers] = sim_pc_of(z->s, k->call[(k->calls - 1 - callers) % SAN_CALLS]);
    return callers;
}

void san_set_callers(sim_finding_side *side, uint32_t callers, const uint32_t *caller) {
    side->callers = callers;
    for (uint32_t i = 0; i < callers; i++)
        side->caller[i] = (sim_finding_caller){.pc = caller[i]};
}
