/* SPDX-License-Identifier: Apache-2.0 */
/* On the host the C kernel stands in for the assembly kernels: by contract it gives the same bits. */
#include "src/kernel/mm.h"

#define TL_MM_C(name, mr, nr)
#define TL_MM_PULP(name, mr, nr)                                                                                       \
    void name(const tl_mm *problem) {                                                                                  \
        tl_mm_f32_c_4x4(problem);                                                                                      \
    }
#define TL_MM_FIXED(name, mr, nr)                                                                                      \
    TL_MM_PULP(name, mr, nr)                                                                                           \
    const tl_mm_site name##_sites[1] = {{0, 0, 0}};
#include "src/kernel/mm.def"
