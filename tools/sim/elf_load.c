/* SPDX-License-Identifier: Apache-2.0 */
/* Reads an ELF file into the machine's memories, and its symbols. */
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/state.h"

static sim_status refuse(sim *s, const char *why) {
    snprintf(s->message, sizeof s->message, "%s", why);
    return SIM_BAD_INPUT;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const sim_symbol_entry *)a)->name, ((const sim_symbol_entry *)b)->name);
}

static int by_address(const void *a, const void *b) {
    const sim_symbol_entry *x = a, *y = b;
    return (x->address > y->address) - (x->address < y->address);
}

static int is_flag_read(const uint8_t *at) {
    uint32_t word = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    uint32_t csr = word >> 20, f3 = sim_bits(word, 12, 3);
    return (word & 0x7f) == 0x73 && f3 && f3 != 4 && (csr == 1 || csr == 3);
}

/*
 * Reading flags wants them tracked from the start: looks for csr instructions on fflags or fcsr in what can run.
 * Instruction by instruction where a symbol says that a function lies there, at every place where none does, and not in
 * objects: constants stand between functions, and any bytes may look like that.
 */
static int reads_flags(const sim *s, uint32_t address, const uint8_t *code, size_t bytes) {
    uint32_t k = 0;
    for (size_t i = 0; i + 4 <= bytes;) {
        while (k < s->symbols && s->by_address[k].address + s->by_address[k].bytes <= address + i)
            k++;
        const sim_symbol_entry *at =
            k < s->symbols && s->by_address[k].address <= address + i ? &s->by_address[k] : NULL;
        if ((!at || at->kind != SIM_SYMBOL_OBJECT) && is_flag_read(code + i))
            return 1;
        i += at && at->kind == SIM_SYMBOL_FUNCTION && (code[i] & 3) == 3 ? 4 : 2;
    }
    return 0;
}

static void clear(sim *s, uint32_t address, uint32_t bytes) {
    static const uint8_t zeros[256];
    for (uint32_t n; bytes; bytes -= n, address += n) {
        n = bytes < sizeof zeros ? bytes : (uint32_t)sizeof zeros;
        sim_poke(s, address, zeros, n);
    }
}

static sim_status load_segments(sim *s, Elf *elf, const uint8_t *image, size_t bytes, int write) {
    size_t count, loaded = 0;
    if (elf_getphdrnum(elf, &count))
        return refuse(s, "the ELF file's program headers are damaged");
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr p;
        if (!gelf_getphdr(elf, (int)i, &p))
            return refuse(s, "the ELF file's program headers are damaged or cut off");
        if (p.p_type != PT_LOAD || !p.p_memsz)
            continue;
        if (p.p_offset > bytes || p.p_filesz > bytes - p.p_offset || p.p_filesz > p.p_memsz)
            return refuse(s, "the ELF file is damaged or cut off: a segment lies beyond its end");
        if (!sim_is_memory(s, (uint32_t)p.p_paddr, p.p_memsz)) {
            snprintf(s->message, sizeof s->message,
                     "the program does not fit: its segment of %llu bytes at 0x%08llx is not inside L1 or L2",
                     (unsigned long long)p.p_memsz, (unsigned long long)p.p_paddr);
            return SIM_BAD_INPUT;
        }
        loaded++;
        if (!write)
            continue;
        sim_poke(s, (uint32_t)p.p_paddr, image + p.p_offset, p.p_filesz);
        clear(s, (uint32_t)(p.p_paddr + p.p_filesz), (uint32_t)(p.p_memsz - p.p_filesz));
        if ((p.p_flags & PF_X) && reads_flags(s, (uint32_t)p.p_paddr, image + p.p_offset, p.p_filesz))
            s->exact_fp = 1;
    }
    return loaded ? SIM_OK : refuse(s, "the ELF file has nothing to load");
}

/* A file that was cut off behind its segments has still lost something. */
static sim_status check_sections(sim *s, Elf *elf, const GElf_Ehdr *header, size_t bytes) {
    Elf_Scn *section = NULL;
    if (header->e_shoff > bytes || header->e_shnum > (bytes - header->e_shoff) / sizeof(Elf32_Shdr))
        return refuse(s, "the ELF file is damaged or cut off: its section headers lie beyond its end");
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr h;
        if (!gelf_getshdr(section, &h))
            return refuse(s, "the ELF file's section headers are damaged");
        if (h.sh_type != SHT_NOBITS && (h.sh_offset > bytes || h.sh_size > bytes - h.sh_offset))
            return refuse(s, "the ELF file is damaged or cut off: a section lies beyond its end");
    }
    return SIM_OK;
}

static sim_status read_symbols(sim *s, Elf *elf) {
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        Elf_Data *data;
        if (!gelf_getshdr(section, &header))
            return refuse(s, "the ELF file's sections are damaged");
        if (header.sh_type != SHT_SYMTAB || !header.sh_entsize || !(data = elf_getdata(section, NULL)))
            continue;
        size_t count = data->d_size / header.sh_entsize;
        s->program->by_name = s->by_name = calloc(count + 1, sizeof *s->by_name);
        s->program->by_address = s->by_address = calloc(count + 1, sizeof *s->by_address);
        if (!s->by_name || !s->by_address)
            return refuse(s, "out of memory");
        for (size_t i = 0; i < count; i++) {
            GElf_Sym symbol;
            const char *name;
            if (!gelf_getsym(data, (int)i, &symbol) || !(name = elf_strptr(elf, header.sh_link, symbol.st_name)))
                return refuse(s, "the ELF file's symbols are damaged");
            unsigned type = GELF_ST_TYPE(symbol.st_info);
            if (!*name || type == STT_SECTION || type == STT_FILE || symbol.st_shndx == SHN_UNDEF || name[0] == '$' ||
                strncmp(name, ".L", 2) == 0)
                continue;
            s->by_name[s->symbols++] = (sim_symbol_entry){name, (uint32_t)symbol.st_value, (uint32_t)symbol.st_size,
                                                          type == STT_FUNC     ? SIM_SYMBOL_FUNCTION
                                                          : type == STT_NOTYPE ? SIM_SYMBOL_LABEL
                                                                               : SIM_SYMBOL_OBJECT};
        }
        break;
    }
    if (s->symbols) {
        memcpy(s->by_address, s->by_name, s->symbols * sizeof *s->by_name);
        qsort(s->by_name, s->symbols, sizeof *s->by_name, by_name);
        qsort(s->by_address, s->symbols, sizeof *s->by_address, by_address);
    }
    return SIM_OK;
}

static sim_status load(sim *s, Elf *elf, const uint8_t *image, size_t bytes, uint32_t *entry) {
    GElf_Ehdr header;
    sim_status status;
    if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
        return refuse(s, "this is not an ELF file, or it is cut off");
    if (header.e_ident[EI_CLASS] != ELFCLASS32 || header.e_ident[EI_DATA] != ELFDATA2LSB)
        return refuse(s, "the ELF file is not a 32-bit little-endian one");
    if (header.e_machine != EM_RISCV)
        return refuse(s, "the ELF file is not for RISC-V");
    if (header.e_type != ET_EXEC)
        return refuse(s, "the ELF file is not an executable: it has not been linked");
    status = load_segments(s, elf, image, bytes, 0);
    if (status == SIM_OK)
        status = check_sections(s, elf, &header, bytes);
    if (status == SIM_OK)
        status = read_symbols(s, elf);
    if (status == SIM_OK)
        status = load_segments(s, elf, image, bytes, 1);
    *entry = (uint32_t)header.e_entry;
    if (status == SIM_OK && (*entry < TL_L1_BASE || !sim_op_at(s, *entry)))
        return refuse(s, "the ELF file has no entry point, or none in memory");
    return status;
}

void sim_share_program(sim *s, const sim *from) {
    sim_program *old = s->program;
    s->program = from ? from->program : NULL;
    s->elf = from ? from->elf : NULL;
    s->elf_bytes = from ? from->elf_bytes : 0;
    s->by_name = from ? from->by_name : NULL;
    s->by_address = from ? from->by_address : NULL;
    s->symbols = from ? from->symbols : 0;
    if (s->program)
        atomic_fetch_add(&s->program->users, 1);
    if (!old || atomic_fetch_sub(&old->users, 1) > 1)
        return;
    free(old->elf);
    free(old->by_name);
    free(old->by_address);
    free(old);
}

/* The machine keeps a copy of the file: names of symbols stay in it. */
sim_status sim_load_elf(sim *s, const void *bytes_of_elf, size_t bytes, uint32_t *entry) {
    Elf *elf;
    sim_status status;
    sim_share_program(s, NULL);
    s->program = calloc(1, sizeof *s->program);
    if (!s->program)
        return refuse(s, "out of memory");
    atomic_init(&s->program->users, 1);
    s->program->elf = s->elf = malloc(bytes + 1);
    if (!s->elf)
        return refuse(s, "out of memory");
    s->elf_bytes = bytes;
    memcpy(s->elf, bytes_of_elf, bytes);
    s->elf[bytes] = 0;
    if (elf_version(EV_CURRENT) == EV_NONE || !(elf = elf_memory((char *)s->elf, bytes)))
        return refuse(s, "this is not an ELF file, or it is cut off");
    status = load(s, elf, s->elf, bytes, entry);
    elf_end(elf);
    return status;
}

/* The function around an address; in assembly without sizes the label before it. */
const sim_symbol_entry *sim_function_at(const sim *s, uint32_t address) {
    const sim_symbol_entry *label = NULL, *function = NULL;
    for (uint32_t i = 0; i < s->symbols && s->by_address[i].address <= address; i++) {
        const sim_symbol_entry *at = &s->by_address[i];
        if (at->kind == SIM_SYMBOL_LABEL)
            label = at;
        else if (at->kind == SIM_SYMBOL_FUNCTION && (!at->bytes || address - at->address < at->bytes))
            function = at;
    }
    return function ? function : label;
}

sim_status sim_symbol(const sim *s, const char *name, uint32_t *address, uint32_t *bytes) {
    sim_symbol_entry key = {.name = name};
    const sim_symbol_entry *found = s->symbols ? bsearch(&key, s->by_name, s->symbols, sizeof key, by_name) : NULL;
    if (!found)
        return SIM_BAD_INPUT;
    *address = found->address;
    if (bytes)
        *bytes = found->bytes;
    return SIM_OK;
}
