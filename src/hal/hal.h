/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hardware under the library: barrier, L1, DMA, cycle counter. pulp.c and host.c stand behind it; nobody else
 * touches a hardware address.
 */
#ifndef TL_HAL_H
#define TL_HAL_H

#include "tl/team.h"
#include <stddef.h>
#include <stdint.h>

/* All cores of the team wait until all have come. Everything written before is seen after. */
void tl_barrier(const tl_team *team);

/* Start of the team's L1 arena, tl_l1_bytes() long, aligned to 16 bytes. */
char *tl_l1(const tl_team *team);
size_t tl_l1_bytes(const tl_team *team);

/* Cycles, free running, modulo 2^32. Always 0 on the host. */
uint32_t tl_cycles(void);

/* Tells an onlooker (a simulator's host) that part `part` of a step starts here. One store by core 0. */
void tl_mark(const tl_team *team, uint32_t part);

typedef enum tl_dma_direction { TL_DMA_IN, TL_DMA_OUT } tl_dma_direction;

/*
 * `rows` rows, each of `segments` runs of `bytes` bytes. In L1 the runs of a row stand one behind the other and rows
 * stand l1_pitch bytes apart; in L2 runs stand l2_segment and rows l2_pitch bytes apart.
 */
typedef struct tl_dma_box {
    char *l1;
    char *l2; /* only read when the direction is in */
    uint32_t rows, segments, bytes;
    uint32_t l1_pitch, l2_segment, l2_pitch;
} tl_dma_box;

/*
 * Transfers are gathered under a handle that belongs to the calling core: set it to TL_DMA_NONE, start any number, end.
 * All cores of a team call tl_dma_start with the same box and each enqueues its share of the rows; after every core's
 * tl_dma_end and a barrier the box has arrived. A box of one piece is always enqueued by the same core. A core starts
 * no transfer under a handle after it has begun another one: the hardware counts for the newest.
 */
#define TL_DMA_NONE 0xFFFFFFFFu
void tl_dma_start(const tl_team *team, uint32_t *handle, tl_dma_direction direction, const tl_dma_box *box);
void tl_dma_end(uint32_t handle);

#endif
