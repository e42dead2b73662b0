/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of fixed strides as they are patched: assembled for two matrices of 64 columns, rows side by side (nt). */
#include "src/kernel/pulp/mm_fixed.h"

    mm_fixed tl_mm_f32_pulp_fixed_4x4, 4, 4, 256, 4, 256, 4
    mm_fixed tl_mm_f32_pulp_4x5, 4, 5, 256, 4, 256, 4
    mm_fixed tl_mm_f32_pulp_5x4, 5, 4, 256, 4, 256, 4
