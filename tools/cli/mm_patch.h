/* SPDX-License-Identifier: Apache-2.0 */
/* Patches a kernel of fixed strides in a program on the simulator, as a tuner does. */
#ifndef TL_CLI_MM_PATCH_H
#define TL_CLI_MM_PATCH_H

#include "src/kernel/mm.h"
#include "tools/sim/sim.h"

/* Makes the kernel one for the problem's strides. False: it has no list of sites, or cannot reach that far. */
bool mm_patch(sim *machine, const tl_mm_info *kernel, const tl_mm *strides);

#endif
