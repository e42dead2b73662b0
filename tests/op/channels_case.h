/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of ops over tile_channels share: sizes, plans, and how much L1 a plan may write. */
#ifndef TL_TESTS_CHANNELS_CASE_H
#define TL_TESTS_CHANNELS_CASE_H

#include "platform/budget.h"
#include "tests/op/op_test.h"

typedef tl_status channels_supported(const tl_probe *probe, uint32_t l1_bytes);
typedef tl_status channels_plan(tl_probe *probe, uint32_t l1_bytes);

/* n, h, w, c: mostly small, now and then beyond L1. */
static inline void channels_sizes(op_test *t, uint16_t size[4]) {
    static const uint16_t channels[] = {1, 2, 3, 4, 5, 7, 8, 12, 16, 20, 24, 40, 64, 100};
    const bool large = op_chance(t, 40);
    size[0] = (uint16_t)(op_chance(t, 3) ? draw_range(&t->draw, 2, 4) : 1);
    size[1] = (uint16_t)(large ? draw_range(&t->draw, 25, 40) : draw_range(&t->draw, 1, 17));
    size[2] = (uint16_t)(large ? draw_range(&t->draw, 20, 40) : draw_range(&t->draw, 1, 17));
    size[3] = OP_PICK(t, channels);
    if ((uint32_t)size[0] * size[1] * size[2] * size[3] > 100000)
        size[0] = 1;
    while (!large && size[3] > 24 && (uint32_t)size[0] * size[1] * size[2] > 200)
        size[3] = (uint16_t)(size[3] / 2);
}

/* A random plan, or the library's for some part of L1; and the bytes of L1 that it needs. */
static inline void channels_choose(op_test *t, channels_supported *supported, channels_plan *plan, uint32_t pixels) {
    static const uint32_t l1[] = {512, 2048, 8192, TL_L1_ARENA_BYTES};
    tl_probe *p = &t->job.probe;
    uint32_t bytes = OP_PICK(t, l1);
    p->channels_plan = (tl_channels_plan){.slices = (uint8_t)draw_range(&t->draw, 1, 8),
                                          .buffers = (uint8_t)draw_range(&t->draw, 1, 6)};
    p->channels_plan.pixels = draw_range(&t->draw, 1, pixels);
    p->channels_plan.pixels += (p->channels_plan.slices - p->channels_plan.pixels % p->channels_plan.slices);
    if (!op_chance(t, 3) || pixels / p->channels_plan.pixels > 40 || supported(p, TL_L1_ARENA_BYTES) != TL_OK)
        while (plan(p, bytes) != TL_OK || (pixels / p->channels_plan.pixels > 40 && bytes < TL_L1_ARENA_BYTES)) {
            if (bytes >= TL_L1_ARENA_BYTES)
                op_fail(t, "the plan", bytes, "there is none");
            bytes = 4 * bytes < TL_L1_ARENA_BYTES ? 4 * bytes : TL_L1_ARENA_BYTES;
        }
    uint32_t too_few = 0, enough = TL_L1_ARENA_BYTES;
    while (enough - too_few > 1) {
        uint32_t middle = (too_few + enough) / 2;
        if (supported(p, middle) == TL_OK)
            enough = middle;
        else
            too_few = middle;
    }
    t->job.l1_bytes = enough;
}

#endif
