/* SPDX-License-Identifier: Apache-2.0 */
/* What a program declares: sections and objects, stacks among them. */
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/sanitize_state.h"

void san_declare(struct sim_sanitizer *z, uint32_t address, uint32_t bytes, uint8_t zone) {
    for (uint32_t at = address & ~3u; at - (address & ~3u) < bytes + (address & 3); at += 4) {
        uint32_t index = san_index(z, at);
        if (index == z->words)
            return;
        z->zone[index] |= zone;
        z->declared |= index < z->l1_words ? 1 : 2;
    }
}

void san_set_stack(struct sim_sanitizer *z, unsigned core, uint32_t address, uint32_t bytes, uint32_t guard) {
    san_core *k = &z->core[core];
    san_declare(z, address, bytes, (uint8_t)(SAN_ZONE_DATA | (core + 1) << SAN_ZONE_OWNER_SHIFT));
    k->stack = address;
    k->stack_end = address + bytes;
    k->guard = guard;
}

static void map_sections(struct sim_sanitizer *z) {
    Elf *elf;
    Elf_Scn *section = NULL;
    if (elf_version(EV_CURRENT) == EV_NONE || !(elf = elf_memory((char *)z->s->elf, z->s->elf_bytes)))
        return;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr h;
        if (!gelf_getshdr(section, &h) || !(h.sh_flags & SHF_ALLOC) || !h.sh_size)
            continue;
        san_declare(z, (uint32_t)h.sh_addr, (uint32_t)h.sh_size,
                    h.sh_flags & SHF_EXECINSTR ? SAN_ZONE_CODE : SAN_ZONE_DATA);
    }
    elf_end(elf);
}

static void mark_segments(struct sim_sanitizer *z) {
    size_t count = 0;
    Elf *elf = elf_memory((char *)z->s->elf, z->s->elf_bytes);
    if (!elf)
        return;
    if (elf_getphdrnum(elf, &count))
        count = 0;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr p;
        if (gelf_getphdr(elf, (int)i, &p) && p.p_type == PT_LOAD)
            san_written_outside(z, (uint32_t)p.p_paddr, (uint32_t)p.p_memsz);
    }
    elf_end(elf);
}

static void map_symbols(struct sim_sanitizer *z) {
    static const char stack[] = "__tl_stack_";
    const sim *s = z->s;
    for (uint32_t i = 0; i < s->symbols; i++) {
        const sim_symbol_entry *e = &s->by_address[i];
        const char *number = e->name + sizeof stack - 1;
        if (e->kind != SIM_SYMBOL_OBJECT || !e->bytes)
            continue;
        if (!strncmp(e->name, stack, sizeof stack - 1) && *number >= '0' && *number <= '8' && !number[1])
            san_set_stack(z, (unsigned)(*number - '0'), e->address, e->bytes, SAN_GUARD);
        else if (san_index(z, e->address) < z->words && !z->zone[san_index(z, e->address)])
            san_declare(z, e->address, e->bytes, SAN_ZONE_DATA);
    }
}

void san_map_program(struct sim_sanitizer *z) {
    if (!z->s->loaded)
        return;
    map_sections(z);
    map_symbols(z);
    mark_segments(z);
}
