/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/sim/function_map.h"

#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FUNCTIONS = 65535, NAME_BYTES = 12 };

uint32_t sim_word_at(const sim *s, uint32_t pc, uint32_t *word) {
    uint32_t bytes = sim_insn_at(s, pc, word);
    if (bytes == 2)
        *word = sim_expand_rvc(*word);
    return bytes;
}

/* Calls `each` with the addresses of every stretch that the file says can be executed. */
typedef struct stretch {
    uint32_t from, to;
} stretch;

static uint32_t find_code(const sim *s, stretch *found, uint32_t room) {
    uint32_t n = 0;
    size_t count;
    Elf *elf = elf_version(EV_CURRENT) != EV_NONE && s->elf ? elf_memory((char *)s->elf, s->elf_bytes) : NULL;
    if (elf && elf_getphdrnum(elf, &count) == 0)
        for (size_t i = 0; i < count && n < room; i++) {
            GElf_Phdr p;
            if (gelf_getphdr(elf, (int)i, &p) && p.p_type == PT_LOAD && (p.p_flags & PF_X) && p.p_filesz)
                found[n++] = (stretch){(uint32_t)p.p_paddr, (uint32_t)(p.p_paddr + p.p_filesz)};
        }
    elf_end(elf);
    return n;
}

static uint32_t slot_of(const sim *s, uint32_t pc) {
    const sim_op *op = sim_op_at(s, pc);
    return op && pc >= TL_L1_BASE ? (uint32_t)(op - s->ops) : UINT32_MAX;
}

static void cover(const sim *s, sim_function_map *map, uint32_t from, uint32_t to, uint32_t function) {
    uint32_t slot = slot_of(s, from);
    if (slot == UINT32_MAX)
        return;
    for (uint32_t pc = from; pc < to && slot < map->slots; pc += 2, slot++)
        map->of_slot[slot] = (uint16_t)function;
}

/* Where the next symbol that is taken for code stands, from i on; `kind`: only of this one. */
static uint32_t next_start(const sim *s, uint32_t i, int functions_only) {
    uint32_t address = s->by_address[i].address;
    while (++i < s->symbols) {
        const sim_symbol_entry *at = &s->by_address[i];
        if (at->address > address &&
            (at->kind == SIM_SYMBOL_FUNCTION || (!functions_only && at->kind == SIM_SYMBOL_LABEL)))
            return at->address;
    }
    return UINT32_MAX;
}

/* Labels reach to the next symbol; functions lie over them, with their size or to the next function. */
static void take_symbols(const sim *s, sim_function_map *map) {
    for (unsigned pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < s->symbols && map->count < MOST_FUNCTIONS; i++) {
            const sim_symbol_entry *at = &s->by_address[i];
            uint32_t slot = slot_of(s, at->address), end;
            if (at->kind != (pass ? SIM_SYMBOL_FUNCTION : SIM_SYMBOL_LABEL) || slot >= map->slots)
                continue;
            end = at->bytes ? at->address + at->bytes : next_start(s, i, pass == 1);
            map->list[map->count] = (sim_function){at->name, at->address, 0};
            cover(s, map, at->address, end, map->count++);
        }
}

/* Code that no symbol covers is parted where a jal with a link leads. */
static void find_starts(const sim *s, const sim_function_map *map, stretch code, uint8_t *starts) {
    uint32_t bytes, word = 0;
    for (uint32_t pc = code.from; pc < code.to; pc += bytes) {
        bytes = sim_word_at(s, pc, &word);
        if (!bytes)
            return;
        uint32_t slot = (word & 0x7f) == 0x6f && sim_bits(word, 7, 5) ? slot_of(s, pc + sim_imm_j(word)) : UINT32_MAX;
        if (slot < map->slots && !map->of_slot[slot])
            starts[slot] = 1;
    }
}

static int name_starts(const sim *s, sim_function_map *map, const uint8_t *starts, uint32_t count) {
    sim_function *more = realloc(map->list, (map->count + count) * sizeof *more);
    if (more)
        map->list = more;
    map->names = malloc((size_t)count * NAME_BYTES);
    if (!more || !map->names)
        return 0;
    char *name = map->names;
    for (uint32_t slot = 0; slot < map->slots && map->count < MOST_FUNCTIONS; slot++) {
        if (!starts[slot])
            continue;
        uint32_t pc = sim_pc_of(s, s->ops + slot);
        snprintf(name, NAME_BYTES, "0x%08x", pc);
        map->list[map->count] = (sim_function){name, pc, 0};
        name += NAME_BYTES;
        map->of_slot[slot] = (uint16_t)map->count;
        for (uint32_t i = slot + 1; i < map->slots && !map->of_slot[i] && !starts[i]; i++)
            map->of_slot[i] = (uint16_t)map->count;
        map->count++;
    }
    return 1;
}

static int take_calls(const sim *s, sim_function_map *map, const stretch *code, uint32_t stretches) {
    uint8_t *starts = calloc(map->slots + 1, 1);
    uint32_t count = 0, entry = slot_of(s, s->fc_boot);
    if (!starts)
        return 0;
    for (uint32_t i = 0; i < stretches; i++)
        find_starts(s, map, code[i], starts);
    if (entry < map->slots && !map->of_slot[entry])
        starts[entry] = 1;
    for (uint32_t slot = 0; slot < map->slots; slot++)
        count += starts[slot];
    int fine = !count || name_starts(s, map, starts, count);
    free(starts);
    return fine;
}

/* How far each function reaches, of what is really its own. */
static void measure(const sim *s, sim_function_map *map) {
    for (uint32_t slot = 0; slot < map->slots; slot++) {
        sim_function *f = &map->list[map->of_slot[slot]];
        uint32_t end = sim_pc_of(s, s->ops + slot) + 2;
        if (map->of_slot[slot] && end - f->address > f->bytes)
            f->bytes = end - f->address;
    }
}

int sim_function_map_make(const sim *s, sim_function_map *map) {
    stretch code[8];
    uint32_t stretches = find_code(s, code, sizeof code / sizeof *code), last = s->l1_slots;
    for (uint32_t i = 0; i < stretches; i++) {
        uint32_t slot = slot_of(s, code[i].to - 1);
        last = slot != UINT32_MAX && slot + 1 > last ? slot + 1 : last;
    }
    *map = (sim_function_map){.slots = last, .count = 1};
    map->of_slot = calloc(map->slots + 1, sizeof *map->of_slot);
    map->list = calloc(s->symbols + 1, sizeof *map->list);
    if (map->of_slot && map->list) {
        map->list[0].name = "(unknown)";
        take_symbols(s, map);
        if (take_calls(s, map, code, stretches)) {
            measure(s, map);
            return 1;
        }
    }
    sim_function_map_free(map);
    return 0;
}

void sim_function_map_free(sim_function_map *map) {
    free(map->of_slot);
    free(map->list);
    free(map->names);
    memset(map, 0, sizeof *map);
}
