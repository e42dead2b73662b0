/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted while a machine is profiled. Private to the simulator. */
#ifndef TL_SIM_PROFILE_H
#define TL_SIM_PROFILE_H

#include "tools/sim/function_map.h"

enum { SIM_CALL_DEPTH = 128, SIM_CALL_NODES = 65536 };

/* Cycles beyond one an execution, and those of them that were stalls. */
typedef struct sim_slot_stalls {
    uint64_t beyond, stall[SIM_STALLS];
} sim_slot_stalls;

/* A calling context: a function with those that led to it. Nodes 0 to 8 are the cores. */
typedef struct sim_call_node {
    uint32_t parent, child, sibling, function;
    uint64_t calls, cycles; /* of its own */
} sim_call_node;

typedef struct sim_frame {
    const sim_op *back; /* where a return goes; NULL in the outermost */
    uint32_t node;
} sim_frame;

typedef struct sim_profile_core {
    uint64_t *executions;    /* [slots + 1] */
    sim_slot_stalls *stalls; /* [slots + 1] */
    uint64_t last;           /* cycles up to here are accounted for */
    uint64_t entered;        /* and up to here in the calling contexts */
    uint64_t shown[SIM_STALLS];
    const sim_op *came[SIM_STRETCH]; /* accesses that are to be settled, by cycle; NULL: not seen */
    const sim_op *asleep;            /* the instruction it sleeps in */
    uint32_t function;               /* the one at the top of its stack */
    uint32_t depth, lost;            /* frames; calls that had no room */
    int on;
    sim_frame frame[SIM_CALL_DEPTH];
} sim_profile_core;

typedef struct sim_profile {
    sim_function_map map;
    sim_profile_core core[SIM_MAX_CORES];
    sim_call_node *node;
    uint32_t nodes;
    int full;
} sim_profile;

struct sim_profile *sim_profile_create(const sim *s);
void sim_profile_destroy(struct sim_profile *p);

/* call_tree.c: a core goes from function to function. Timelines are told. */
void sim_calls_begin(sim_profile *p, sim *s, unsigned core, uint32_t function, uint64_t t);
void sim_calls_enter(sim_profile *p, sim *s, unsigned core, uint32_t function, const sim_op *back, uint64_t t);
/* Returns 0 when nobody called from there. */
int sim_calls_return(sim_profile *p, sim *s, unsigned core, const sim_op *to, uint64_t t);
/* It stands in another function than it was known to be in; `counts`: as a call. */
void sim_calls_switch(sim_profile *p, sim *s, unsigned core, uint32_t function, int counts, uint64_t t);

/* Cycles of a core that no instruction has accounted for yet, and the slot where they go. */
uint64_t sim_profile_open(const sim_profile *p, const sim *s, unsigned core, uint32_t *slot, uint64_t *stall);

#endif
