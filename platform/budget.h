/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the 64 KiB of L1 are shared out: a small runtime, eight stacks, what the program keeps there for itself (its
 * tapes), and the arena for tiles.
 */
#ifndef TL_PLATFORM_BUDGET_H
#define TL_PLATFORM_BUDGET_H

#include "platform/memmap.h"

#define TL_L1_RUNTIME_BYTES 0x400
/*
 * Of cores 1 to 7, and of core 0. The deepest calls are the layers' own (1.7 KiB); a program in which all but core 0
 * only play tapes may give those less.
 */
#ifndef TL_STACK_BYTES
#define TL_STACK_BYTES 0x700
#endif
#ifndef TL_STACK0_BYTES
#define TL_STACK0_BYTES TL_STACK_BYTES
#endif
#ifndef TL_L1_KEPT_BYTES
#define TL_L1_KEPT_BYTES 0
#endif
#define TL_L1_STACKS      (TL_L1_BASE + TL_L1_RUNTIME_BYTES)
#define TL_L1_KEPT        (TL_L1_STACKS + (TL_CLUSTER_CORES - 1) * TL_STACK_BYTES + TL_STACK0_BYTES)
#define TL_L1_ARENA       (TL_L1_KEPT + TL_L1_KEPT_BYTES)
#define TL_L1_ARENA_BYTES (TL_L1_BASE + TL_L1_BYTES - TL_L1_ARENA)

#endif
