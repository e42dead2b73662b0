/* SPDX-License-Identifier: Apache-2.0 */
/* The probe's parts among themselves. */
#ifndef TL_GUEST_PROBE_LAYERS_H
#define TL_GUEST_PROBE_LAYERS_H

#include "guest/probe.h"

/* Called by itself: what it needs on the stack is not there under the calls of others, the deepest there are. */
#define TL_PROBE_APART __attribute__((noinline))

static inline char *tl_probe_at(char *base, uint32_t offset) {
    return offset == TL_PROBE_ABSENT ? NULL : base + offset;
}

static inline float *tl_probe_floats(const tl_probe *p, char *heap, uint32_t i) {
    return (float *)(void *)tl_probe_at(heap, p->buffer[i]);
}

void tl_probe_conv(const tl_team *team, const tl_probe *p, const tl_mm_plan *plan, char *heap);
void tl_probe_conv_update(const tl_team *team, const tl_probe *p, const tl_mm_plan *plan, char *heap);
void tl_probe_linear(const tl_team *team, const tl_probe *p, const tl_mm_plan *plan, char *heap);
void tl_probe_linear_update(const tl_team *team, const tl_probe *p, const tl_mm_plan *plan, char *heap);
void tl_probe_linear_one(const tl_team *team, const tl_probe *p, char *heap);
/* Whether a chain of linear layers fits. */
tl_status tl_probe_chain_supported(const tl_probe *p, uint32_t l1);

#endif
