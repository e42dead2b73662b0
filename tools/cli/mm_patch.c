/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/mm_patch.h"
#include <stdio.h>

bool mm_patch(sim *machine, const tl_mm_info *kernel, const tl_mm *strides) {
    const int32_t stride[] = {strides->a_m, strides->a_k, strides->b_n, strides->b_k};
    char name[64];
    uint32_t address, bytes;
    snprintf(name, sizeof name, "%s_sites", kernel->name);
    if (!tl_mm_fixed_applicable(kernel, strides) || sim_symbol(machine, name, &address, &bytes) != SIM_OK || bytes == 0)
        return false;
    for (uint32_t at = 0; at < bytes; at += (uint32_t)sizeof(tl_mm_site)) {
        tl_mm_site s;
        uint32_t word;
        if (sim_read(machine, address + at, &s, sizeof s) != SIM_OK || s.stride > 3 ||
            sim_read(machine, s.address, &word, sizeof word) != SIM_OK)
            return false;
        word = (word & 0xfffff) | (uint32_t)(s.count * stride[s.stride]) << 20;
        if (sim_write(machine, s.address, &word, sizeof word) != SIM_OK)
            return false;
    }
    return true;
}
