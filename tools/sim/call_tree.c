/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calling contexts, from jal and jalr alone: a jump with a link is a call, one without to where somebody called from is
 * a return, and whoever is found in another function than that has come there by a tail call, a branch or by falling
 * through: it takes the place of the one it came from.
 */
#include "tools/sim/observe.h"
#include "tools/sim/profile.h"

static sim_frame *top(sim_profile_core *c) {
    return &c->frame[c->depth - 1];
}

/* The node of a function below `parent`; `parent` itself where there is no more room. */
static uint32_t child_of(sim_profile *p, uint32_t parent, uint32_t function) {
    uint32_t *link = &p->node[parent].child;
    for (; *link; link = &p->node[*link].sibling)
        if (p->node[*link].function == function)
            return *link;
    if (p->nodes == SIM_CALL_NODES) {
        p->full = 1;
        return parent;
    }
    *link = p->nodes;
    p->node[p->nodes] = (sim_call_node){.parent = parent, .function = function};
    return p->nodes++;
}

static void account(sim_profile *p, sim_profile_core *c, uint64_t t) {
    p->node[top(c)->node].cycles += t - c->entered;
    c->entered = t;
}

static void tell_enter(sim *s, unsigned core, uint32_t function, uint64_t t) {
    if (s->observer->timeline)
        sim_timeline_enter(s->observer->timeline, core, function, t);
}

static void tell_leave(sim *s, unsigned core, uint64_t t) {
    if (s->observer->timeline)
        sim_timeline_leave(s->observer->timeline, core, t);
}

void sim_calls_begin(sim_profile *p, sim *s, unsigned core, uint32_t function, uint64_t t) {
    sim_profile_core *c = &p->core[core];
    uint32_t node = child_of(p, core, function);
    p->node[node].calls++;
    c->frame[0] = (sim_frame){NULL, node};
    c->depth = 1;
    c->lost = 0;
    c->function = function;
    c->last = c->entered = t;
    c->on = 1;
    tell_enter(s, core, function, t);
}

void sim_calls_enter(sim_profile *p, sim *s, unsigned core, uint32_t function, const sim_op *back, uint64_t t) {
    sim_profile_core *c = &p->core[core];
    if (c->depth == SIM_CALL_DEPTH) {
        c->lost++;
        return;
    }
    account(p, c, t);
    uint32_t node = child_of(p, top(c)->node, function);
    p->node[node].calls++;
    c->frame[c->depth++] = (sim_frame){back, node};
    c->function = function;
    tell_enter(s, core, function, t);
}

int sim_calls_return(sim_profile *p, sim *s, unsigned core, const sim_op *to, uint64_t t) {
    sim_profile_core *c = &p->core[core];
    uint32_t depth = c->depth;
    while (depth && c->frame[depth - 1].back != to)
        depth--;
    if (c->lost && (!depth || depth == c->depth)) {
        c->lost--; /* from a call that had no room, most likely a recursion's */
        return 1;
    }
    if (!depth)
        return 0;
    c->lost = 0;
    account(p, c, t);
    for (; c->depth >= depth && c->depth > 1; c->depth--)
        tell_leave(s, core, t);
    c->function = p->node[top(c)->node].function;
    return 1;
}

void sim_calls_switch(sim_profile *p, sim *s, unsigned core, uint32_t function, int counts, uint64_t t) {
    sim_profile_core *c = &p->core[core];
    account(p, c, t);
    uint32_t node = child_of(p, p->node[top(c)->node].parent, function);
    p->node[node].calls += (uint64_t)counts;
    top(c)->node = node;
    c->function = function;
    tell_leave(s, core, t);
    tell_enter(s, core, function, t);
}
