/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run by the build: library_scan LIST OUT writes library_table.h's tables as C. Lines of LIST: "source SET PATH",
 * "object SET PATH"; an object belongs to the source of the same name with .o behind it. A source without one stays
 * unknown.
 */
#include "tools/cli/library_table.h"
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_SOURCES = 512, MOST_SYMBOLS = 16384, LINE = 4096 };

typedef struct source {
    char *path;
    library_set set;
    bool known;
} source;

typedef struct symbol {
    char *name;
    uint16_t source;
    bool defined; /* or needed */
} symbol;

static source sources[MOST_SOURCES];
static symbol symbols[MOST_SYMBOLS];
static uint32_t source_count, symbol_count;

static _Noreturn void fail(const char *path, const char *why) {
    fprintf(stderr, "library_scan: %s: %s\n", path, why);
    exit(1);
}

static char *copy_of(const char *text) {
    char *copy = strdup(text);
    if (!copy)
        fail(text, "out of memory");
    return copy;
}

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static uint16_t source_of(const char *object, library_set set) {
    const char *name = name_of(object);
    const size_t length = strlen(name);
    for (uint32_t i = 0; i < source_count; ++i) {
        const char *ours = name_of(sources[i].path);
        if (sources[i].set == set && strlen(ours) + 2 == length && strncmp(ours, name, length - 2) == 0)
            return (uint16_t)i;
    }
    fail(object, "no source of this name is in the list");
}

static void take_symbols(Elf *elf, Elf_Scn *section, const GElf_Shdr *head, uint16_t from) {
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Sym s;
    for (int i = 0; data && gelf_getsym(data, i, &s); ++i) {
        const char *name = elf_strptr(elf, head->sh_link, s.st_name);
        if (GELF_ST_BIND(s.st_info) == STB_LOCAL || !name || !*name)
            continue;
        if (symbol_count == MOST_SYMBOLS)
            fail(name, "too many symbols");
        symbols[symbol_count++] = (symbol){copy_of(name), from, s.st_shndx != SHN_UNDEF};
    }
}

static void read_object(const char *path, library_set set) {
    const uint16_t from = source_of(path, set);
    const int file = open(path, O_RDONLY);
    Elf *elf = file >= 0 ? elf_begin(file, ELF_C_READ, NULL) : NULL;
    if (!elf || elf_kind(elf) != ELF_K_ELF)
        fail(path, "is no ELF file");
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr head;
        if (gelf_getshdr(section, &head) && head.sh_type == SHT_SYMTAB)
            take_symbols(elf, section, &head, from);
    }
    elf_end(elf);
    close(file);
    sources[from].known = true;
}

static void read_list(const char *path, bool objects) {
    char line[LINE], kind[8], set[8], rest[LINE];
    FILE *list = fopen(path, "r");
    if (!list)
        fail(path, "cannot be read");
    while (fgets(line, sizeof line, list)) {
        if (sscanf(line, "%7s %7s %4095[^\n]", kind, set, rest) != 3)
            continue;
        const library_set of = strcmp(set, "native") == 0 ? LIBRARY_NATIVE : LIBRARY_CLUSTER;
        if (objects && strcmp(kind, "object") == 0)
            read_object(rest, of);
        if (objects || strcmp(kind, "source") != 0)
            continue;
        if (source_count == MOST_SOURCES)
            fail(rest, "too many sources");
        sources[source_count++] = (source){.path = copy_of(rest), .set = of};
    }
    fclose(list);
}

static int by_name(const void *a, const void *b) {
    const symbol *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order ? order : (x->source > y->source) - (x->source < y->source);
}

/* Of each source, those whose symbols it needs. Returns how many numbers were written. */
static uint32_t print_needs(FILE *out, uint32_t of, uint32_t before) {
    bool needs[MOST_SOURCES] = {false};
    uint32_t n = 0;
    for (uint32_t i = 0; i < symbol_count; ++i) {
        if (symbols[i].source != of || symbols[i].defined)
            continue;
        uint32_t j = i;
        while (j > 0 && strcmp(symbols[j - 1].name, symbols[i].name) == 0)
            --j;
        for (; j < symbol_count && strcmp(symbols[j].name, symbols[i].name) == 0; ++j) {
            if (symbols[j].defined && sources[symbols[j].source].set == sources[of].set)
                needs[symbols[j].source] = true;
        }
    }
    for (uint32_t i = 0; i < source_count; ++i) {
        if (needs[i])
            fprintf(out, "%u,%c", i, (before + ++n) % 24 ? ' ' : '\n');
    }
    return n;
}

static void print_tables(FILE *out) {
    uint32_t first[MOST_SOURCES + 1] = {0}, defined = 0;
    fprintf(out, "/* Written by library_scan. */\n#include \"tools/cli/library_table.h\"\n\n"
                 "const uint16_t library_needs[] = {\n");
    for (uint32_t i = 0; i < source_count; ++i)
        first[i + 1] = first[i] + print_needs(out, i, first[i]);
    fprintf(out, "0};\n\nconst library_source library_sources[] = {\n");
    for (uint32_t i = 0; i < source_count; ++i)
        fprintf(out, "    {\"%s\", %s, %s, %u, %u},\n", sources[i].path,
                sources[i].set == LIBRARY_NATIVE ? "LIBRARY_NATIVE" : "LIBRARY_CLUSTER",
                sources[i].known ? "true" : "false", first[i], first[i + 1] - first[i]);
    fprintf(out, "};\nconst uint32_t library_source_count = %u;\n\nconst library_symbol library_symbols[] = {\n",
            source_count);
    for (uint32_t i = 0; i < symbol_count; ++i) {
        if (symbols[i].defined) {
            fprintf(out, "    {\"%s\", %u},\n", symbols[i].name, symbols[i].source);
            ++defined;
        }
    }
    fprintf(out, "};\nconst uint32_t library_symbol_count = %u;\n", defined);
}

int main(int argc, char **argv) {
    if (argc != 3 || elf_version(EV_CURRENT) == EV_NONE)
        fail("usage", "library_scan LIST OUT");
    read_list(argv[1], false);
    read_list(argv[1], true);
    qsort(symbols, symbol_count, sizeof *symbols, by_name);
    FILE *out = fopen(argv[2], "w");
    if (!out)
        fail(argv[2], "cannot be written");
    print_tables(out);
    if (fclose(out))
        fail(argv[2], "cannot be written");
    return 0;
}
