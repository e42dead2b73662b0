/* SPDX-License-Identifier: Apache-2.0 */
/* What one tile's work costs its busiest core. */
#ifndef TL_COST_COST_SHARE_H
#define TL_COST_COST_SHARE_H

#include "src/tile/tile_mm.h"
#include "tools/cost/cost.h"

/* `first`: the tile's sums start here, at a bias or at nothing; else they go on from those of the tile before. */
float cost_tile(const cost_constants *k, const cost_machine *machine, const tl_mm_pass *pass, const tl_mm_tile *tile,
                bool first);

#endif
