/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The team: the cores that run a step together. All of them call every function of the library with the same arguments
 * (single program, multiple data); there is no fork, only barriers.
 */
#ifndef TL_TEAM_H
#define TL_TEAM_H

#include <stdint.h>

typedef struct tl_shared tl_shared;
typedef struct tl_tape tl_tape;

typedef struct tl_team {
    uint32_t id; /* this core: 0 .. n-1 */
    uint32_t n;  /* cores in the team */
    /* What the team has in common where the hardware does not provide it: barrier and L1 of host threads. NULL on the
     * cluster. */
    tl_shared *shared;
    /* Where this core's part of a step is written down instead of being carried out (tl/tape.h); NULL: carry it out. */
    tl_tape *tape;
} tl_team;

#endif
