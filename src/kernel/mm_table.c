/* SPDX-License-Identifier: Apache-2.0 */
#include "src/kernel/mm.h"

#define TL_MM_PULP(name, mr, nr) {#name, name, mr, nr},
#define TL_MM_C(name, mr, nr)    {#name, name, mr, nr},

const tl_mm_info tl_mm_table[] = {
#include "src/kernel/mm.def"
};
const uint32_t tl_mm_count = sizeof tl_mm_table / sizeof tl_mm_table[0];
