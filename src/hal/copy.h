/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes copied by the cores themselves: where there is no DMA, and where both ends stand in L1. */
#ifndef TL_HAL_COPY_H
#define TL_HAL_COPY_H

#include "src/hal/hal.h"

/* Each core copies its share of the rows, at once. */
void tl_copy_box(const tl_team *team, tl_dma_direction direction, const tl_dma_box *box);

#endif
