/* SPDX-License-Identifier: Apache-2.0 */
#include "src/hal/copy.h"

typedef struct copy_arguments {
    tl_dma_box box;
    uint32_t first, step, out, unused;
} copy_arguments;

static void copy_leaf(const void *arguments) {
    const copy_arguments *a = arguments;
    const tl_dma_box *box = &a->box;
    for (uint32_t r = a->first; r < box->rows; r += a->step) {
        for (uint32_t s = 0; s < box->segments; ++s) {
            char *l1 = box->l1 + (size_t)r * box->l1_pitch + (size_t)s * box->bytes;
            char *l2 = box->l2 + (size_t)r * box->l2_pitch + (size_t)s * box->l2_segment;
            const uint32_t bytes = s + 1 < box->segments ? box->bytes : box->bytes - box->cut;
            if (a->out)
                __builtin_memcpy(l2, l1, bytes);
            else
                __builtin_memcpy(l1, l2, bytes);
        }
    }
}

void tl_copy_box(const tl_team *team, tl_dma_direction direction, const tl_dma_box *box) {
    copy_arguments arguments = {.box = *box, .first = team->id, .step = team->n, .out = direction == TL_DMA_OUT};
    if (arguments.first < box->rows)
        tl_do(team, copy_leaf, &arguments, sizeof arguments);
}
