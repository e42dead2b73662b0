/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink (tl/sink.h) in tiles: where a tile of a gradient is finished, the same boxes of the parameters and of what the
 * optimiser keeps come to L1, are updated there and go back. In L1 they stand `pitch` floats apart, unless they are
 * worked on in place.
 */
#ifndef TL_TILE_TILE_SINK_H
#define TL_TILE_TILE_SINK_H

#include "src/tile/box.h"
#include "tl/sink.h"

/* Tensors that an optimiser works on: the parameters and what it keeps. */
static inline uint32_t tl_rule_tensors(tl_rule rule) {
    return rule == TL_RULE_ADAM ? 3 : rule == TL_RULE_MOMENTUM ? 2 : 1;
}

/* The box's l2 is sink->w. By all cores, as tl_box_load and tl_box_store. */
void tl_sink_load(const tl_team *team, uint32_t slot, const tl_sink *sink, const tl_box *box, uint32_t pitch,
                  float *l1);
void tl_sink_store(const tl_team *team, uint32_t slot, const tl_sink *sink, const tl_box *box, uint32_t pitch,
                   float *l1);
/* Updates elements [from, from + count) of the box, whose gradient stands at g[0 .. count). */
void tl_do_sink(const tl_team *team, const tl_sink *sink, const tl_box *box, uint32_t pitch, float *l1, uint32_t from,
                uint32_t count, const float *g);

#endif
