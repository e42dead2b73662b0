/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hardware under the library: barrier, L1, DMA, cycle counter. pulp.c and host.c stand behind it; nobody else
 * touches a hardware address.
 */
#ifndef TL_HAL_H
#define TL_HAL_H

#include "tl/tape.h"
#include "tl/team.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Everything that a core does in a step is a leaf with its arguments: carried out now, or written on the team's tape.
 * The arguments are a struct of whole words that stay valid as long as the tape (no pointers into the stack). On a tape
 * with a reel they stand as what differs from the leaf's last call, padding too: better they have none.
 */
void tl_do(const tl_team *team, tl_leaf *leaf, const void *arguments, uint32_t bytes);
/* Writes a barrier down. */
void tl_tape_barrier(tl_tape *tape);

/* No turn to the next chunk comes between the next two leaves, of so many bytes of arguments at the most. */
void tl_tape_together(tl_tape *tape, uint32_t first, uint32_t second);

/* All cores of the team wait until all have come. Everything written before is seen after. */
void tl_barrier(const tl_team *team);

/* Start of the team's L1 arena, tl_l1_bytes() long, aligned to 16 bytes. */
char *tl_l1(const tl_team *team);
size_t tl_l1_bytes(const tl_team *team);
/*
 * Whether this stands in L1: a layer works on such a tensor where it is, if one tile takes all of it; other tiles of it
 * are copied by the cores.
 */
bool tl_in_l1(const tl_team *team, const void *address);
/* L1 that no layer touches, for the application's own: platform/budget.h says how much a program has. */
char *tl_l1_kept(const tl_team *team, size_t *bytes);

/* Cycles, free running, modulo 2^32. Always 0 on the host. */
uint32_t tl_cycles(void);

/* Tells an onlooker (a simulator's host) that part `part` of a step starts here. One store by core 0. */
void tl_mark(const tl_team *team, uint32_t part);

typedef enum tl_dma_direction { TL_DMA_IN, TL_DMA_OUT } tl_dma_direction;

/*
 * `rows` rows, each of `segments` runs of `bytes` bytes, a row's last run `cut` fewer. In L1 the runs of a row stand
 * one behind the other and rows stand l1_pitch bytes apart; in L2 runs stand l2_segment and rows l2_pitch bytes apart.
 */
typedef struct tl_dma_box {
    char *l1;
    char *l2; /* only read when the direction is in */
    uint32_t rows, segments, bytes;
    uint32_t l1_pitch, l2_segment, l2_pitch;
    uint32_t cut;
    uint32_t from_end; /* whose transfer it is, if it is one piece; 0 to 3 */
} tl_dma_box;

/*
 * Transfers are gathered in a slot, of which each core has its own TL_DMA_SLOTS: start any number, then wait for them
 * all. All cores of a team call tl_dma_start with the same box and each enqueues its share of the rows; after every
 * core's tl_dma_wait and a barrier the box has arrived. A box of one piece is fetched by the last core, or so many
 * before it, and stored by the first, or so many behind it, so that neither waits in the other's queue. A core starts
 * nothing in a slot between starting in another one and waiting for that one, unless it has waited for the first: the
 * hardware counts for the slot that was begun last.
 */
enum { TL_DMA_SLOTS = 6 };
void tl_dma_start(const tl_team *team, uint32_t slot, tl_dma_direction direction, const tl_dma_box *box);
void tl_dma_wait(const tl_team *team, uint32_t slot);

/*
 * For loops that have no time to lose, inside one leaf: a lane is a core's own, whatever the others do. It holds what
 * the core puts from tl_dma_open on; tl_dma_await waits for all of that. Until it is closed, with all of it waited for,
 * the core starts nothing else. l2 is not in L1. _rows: `rows` rows of `bytes` bytes, l2_pitch bytes apart in L2, dense
 * in L1.
 */
typedef uint32_t tl_lane;
tl_lane tl_dma_open(void);
void tl_dma_put(tl_dma_direction direction, void *l1, void *l2, uint32_t bytes);
void tl_dma_put_rows(tl_dma_direction direction, void *l1, void *l2, uint32_t rows, uint32_t bytes, uint32_t l2_pitch);
void tl_dma_await(tl_lane lane);
void tl_dma_close(tl_lane lane);

/*
 * Gates, for loops that have even less: a team goes through a list of tiles, all cores together. At a gate the next
 * tile has come in, all cores have finished the one before it, and that one's way out begins, as does the way in of the
 * tile two behind. Core 0 brings tiles, core n - 1 takes them out: other transfers are begun by others. Only inside a
 * leaf: `team` has no tape.
 */
typedef struct tl_tile {
    char *l1, *l2;
    uint32_t units; /* rows, or columns of all rows */
} tl_tile;

typedef struct tl_gate {
    tl_team team;
    const tl_tile *first, *end; /* of the list: behind the last one */
    uint32_t unit_bytes;        /* in L1 */
    uint32_t run, l2_pitch;     /* bytes that stand together in L2, 0: of all units; from there to the next */
    bool out;                   /* tiles go out */
} tl_gate;

/* Where a core has got to. */
typedef struct tl_gate_state {
    const tl_tile *tile;      /* the next one */
    uint32_t moves;           /* whether it moves tiles: 0: only passes */
    uint32_t under_way[2][2]; /* counters, by direction: of what was begun before the last gate, and at it */
} tl_gate_state;

/* Each core, before the first gate: the first two tiles begin to come in. What they move to is free. */
void tl_gate_begin(const tl_gate *gate, tl_gate_state *state);
/* Returns the next tile. */
const tl_tile *tl_gate_pass(const tl_gate *gate, tl_gate_state *state);
/* Behind the last tile, if they go out: a barrier, and the last one is on its way. */
void tl_gate_end(const tl_gate *gate, tl_gate_state *state);
/* Behind that: all are out when every core has returned and met the others at a barrier. */
void tl_gate_out(const tl_gate *gate, tl_gate_state *state);

/*
 * One transfer to L1 for this core alone, carried out now even if the team has a tape: tapes travel so. It waits for
 * the one before, and starts. What the core started elsewhere and did not wait for must not go on in the same slot.
 */
void tl_dma_start_own(const tl_team *team, char *l1, const char *l2, uint32_t bytes);
void tl_dma_wait_own(const tl_team *team);

#endif
