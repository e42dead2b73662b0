/* SPDX-License-Identifier: Apache-2.0 */
/* Line numbers out of an ELF file's DWARF, by libdw; a build without it knows none. */
#include <stdlib.h>
#include <string.h>

#ifdef TL_SIM_LIBDW
#include <elfutils/libdw.h>
#endif

#include "tools/sim/profile_report.h"

int sim_source_lines_known(void) {
#ifdef TL_SIM_LIBDW
    return 1;
#else
    return 0;
#endif
}

void sim_source_lines_free(sim_source_lines *lines) {
    if (!lines)
        return;
    for (uint32_t i = 0; i < lines->files; i++)
        free(lines->file[i]);
    free(lines->file);
    free(lines->line);
    free(lines);
}

const sim_source_line *sim_source_line_at(const sim_source_lines *lines, uint32_t pc) {
    uint32_t low = 0, high = lines->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (lines->line[middle].address <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low && lines->line[low - 1].file ? &lines->line[low - 1] : NULL;
}

#ifdef TL_SIM_LIBDW
/* The copy of a file's name; the one before is often the same. */
static const char *keep_name(sim_source_lines *lines, const char *name) {
    for (uint32_t i = lines->files; i-- > 0;)
        if (strcmp(lines->file[i], name) == 0)
            return lines->file[i];
    if (lines->files == lines->file_room) {
        uint32_t room = 2 * lines->file_room + 16;
        char **more = realloc(lines->file, room * sizeof *more);
        if (!more)
            return NULL;
        lines->file = more;
        lines->file_room = room;
    }
    size_t bytes = strlen(name) + 1;
    char *copy = malloc(bytes);
    if (copy)
        lines->file[lines->files++] = memcpy(copy, name, bytes);
    return copy;
}

static int add(sim_source_lines *lines, sim_source_line line) {
    if (lines->count == lines->room) {
        uint32_t room = 2 * lines->room + 1024;
        sim_source_line *more = realloc(lines->line, room * sizeof *more);
        if (!more)
            return 0;
        lines->line = more;
        lines->room = room;
    }
    lines->line[lines->count++] = line;
    return 1;
}

static int take_line(sim_source_lines *lines, Dwarf_Line *from) {
    Dwarf_Addr address;
    int line = 0;
    bool ends = false;
    const char *name = dwarf_linesrc(from, NULL, NULL);
    if (dwarf_lineaddr(from, &address) || dwarf_lineno(from, &line) || dwarf_lineendsequence(from, &ends))
        return 1;
    /* Discarded functions keep lines at address 0. */
    if (address == 0 || address > UINT32_MAX)
        return 1;
    const char *file = !ends && name && line > 0 ? keep_name(lines, name) : NULL;
    return add(lines, (sim_source_line){(uint32_t)address, (uint32_t)line, file});
}

static int take_unit(sim_source_lines *lines, Dwarf_Die *unit) {
    Dwarf_Lines *table;
    size_t count;
    if (dwarf_getsrclines(unit, &table, &count))
        return 1;
    for (size_t i = 0; i < count; i++)
        if (!take_line(lines, dwarf_onesrcline(table, i)))
            return 0;
    return 1;
}

/* By address; where one unit's last line ends and another's first begins, the beginning comes last and holds. */
static int by_address(const void *a, const void *b) {
    const sim_source_line *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return (x->file != NULL) - (y->file != NULL);
}

sim_source_lines *sim_source_lines_read(const sim *s) {
    sim_source_lines *lines = calloc(1, sizeof *lines);
    if (!lines)
        return NULL;
    Elf *elf = elf_version(EV_CURRENT) != EV_NONE && s->elf ? elf_memory((char *)s->elf, s->elf_bytes) : NULL;
    Dwarf *dwarf = elf ? dwarf_begin_elf(elf, DWARF_C_READ, NULL) : NULL;
    int fine = 1;
    if (dwarf) {
        Dwarf_Off at = 0, next;
        size_t header;
        Dwarf_Die unit;
        for (; fine && dwarf_nextcu(dwarf, at, &next, &header, NULL, NULL, NULL) == 0; at = next)
            if (dwarf_offdie(dwarf, at + header, &unit))
                fine = take_unit(lines, &unit);
        dwarf_end(dwarf);
    }
    elf_end(elf);
    if (fine && lines->count)
        qsort(lines->line, lines->count, sizeof *lines->line, by_address);
    if (fine)
        return lines;
    sim_source_lines_free(lines);
    return NULL;
}
#else
sim_source_lines *sim_source_lines_read(const sim *s) {
    (void)s;
    return calloc(1, sizeof(sim_source_lines));
}
#endif
