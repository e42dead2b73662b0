/* SPDX-License-Identifier: Apache-2.0 */
#include "src/kernel/mm.h"

#ifdef __riscv
#define TL_MM_PULP(name, mr, nr) {#name, name, mr, nr},
#else
#define TL_MM_PULP(name, mr, nr) {#name, tl_mm_f32_c_4x4, mr, nr},
#endif
#define TL_MM_C(name, mr, nr) {#name, name, mr, nr},

const tl_mm_info tl_mm_table[] = {
#include "src/kernel/mm.def"
};
const uint32_t tl_mm_count = sizeof tl_mm_table / sizeof tl_mm_table[0];
