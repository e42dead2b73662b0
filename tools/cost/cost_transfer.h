/* SPDX-License-Identifier: Apache-2.0 */
/* How long the DMA moves a box. */
#ifndef TL_COST_COST_TRANSFER_H
#define TL_COST_COST_TRANSFER_H

#include "src/tile/box.h"
#include "tools/cost/cost.h"

/* Cycles of the part inside the image, of so many more a row; 0 for a box without a tensor. */
float cost_transfer(const cost_machine *machine, const tl_box *box, float row);

#endif
