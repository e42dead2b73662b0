/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps over pixels whose channels' vectors stand in L1 (tile_channels.h): every core has an even part of the pixels and
 * moves its own pieces, without barriers. Where nothing comes in, one goes out often.
 */
#ifndef TL_TILE_PIXELS_H
#define TL_TILE_PIXELS_H

#include "src/tile/tile_channels.h"
#include <stdbool.h>

/* Whether `room` bytes of L1 are enough. */
bool tl_pixels_fit(const tl_team *team, const tl_channels_pass *pass, uint32_t room);
/* The pass's map, its one slot in L2; no barrier at the end. `place`: of so many bytes in L1. */
void tl_pixels_run(const tl_team *team, const tl_channels_pass *pass, float *vector, char *place, uint32_t room);

#endif
