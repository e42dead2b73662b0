/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/bench.h"
#include "tools/cli/file.h"
#include "tools/cli/text.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 20, LINE = 256 };

static const char compiler_key[] = "# compiler: ", machine_key[] = "# machine: ";

bool bench_wants(const bench_list *list, const char *name) {
    return !list->filter || strstr(name, list->filter);
}

bool bench_add(bench_list *list, const bench_case *added, cli_error *error) {
    if (list->count == list->room) {
        uint32_t room = list->room ? 2 * list->room : 64;
        bench_case *more = realloc(list->cases, room * sizeof *more);
        if (!more)
            return cli_out_of_memory(error);
        list->cases = more;
        list->room = room;
    }
    list->cases[list->count++] = *added;
    return true;
}

void bench_free(bench_list *list) {
    free(list->cases);
    *list = (bench_list){0};
}

bool baseline_write(const char *path, const bench_list *list, const bench_made_with *with, cli_error *error) {
    size_t room = (size_t)(list->count + 4) * LINE, size = 0;
    char *file = malloc(room);
    if (!file)
        return cli_out_of_memory(error);
    size += (size_t)snprintf(file, room,
                             "# Exact cycles. Written by 'trainlib bench --accept'; do not edit.\n%s%s\n"
                             "%s%s\n",
                             compiler_key, with->compiler, machine_key, with->machine);
    for (uint32_t i = 0; i < list->count; ++i)
        size +=
            (size_t)snprintf(file + size, room - size, "%s %" PRIu64 "\n", list->cases[i].name, list->cases[i].cycles);
    bool written = file_replace(path, file, size, error);
    free(file);
    return written;
}

static void keep(char *to, size_t bytes, const char *line, const char *key) {
    if (strncmp(line, key, strlen(key)) == 0)
        snprintf(to, bytes, "%s", line + strlen(key));
}

/* "name cycles" */
static bool read_case(const char *path, uint32_t number, char *line, bench_list *list, cli_error *error) {
    char *space = strchr(line, ' '), *end = NULL;
    errno = 0;
    unsigned long long cycles = space && isdigit((unsigned char)space[1]) ? strtoull(space + 1, &end, 10) : 0;
    if (!end || *end || errno || space == line || space - line >= (int)sizeof list->cases->name)
        return cli_fail(error, CLI_INPUT, "%s, line %u: not a case and its cycles", path, number);
    *space = 0;
    bench_case added = {.cycles = cycles};
    snprintf(added.name, sizeof added.name, "%s", line);
    return bench_add(list, &added, error);
}

bool baseline_read(const char *path, bench_list *list, bench_made_with *with, cli_error *error) {
    char *file = NULL;
    size_t bytes = 0;
    *list = (bench_list){0};
    *with = (bench_made_with){{0}, {0}};
    if (!file_read(path, MOST_BYTES, &file, &bytes, error))
        return false;
    bool fine = true;
    uint32_t number = 0;
    for (char *line = file; fine && line < file + bytes;) {
        char *end = line + strcspn(line, "\n");
        bool last = end >= file + bytes;
        *end = 0;
        ++number;
        if (line[0] == '#') {
            keep(with->compiler, sizeof with->compiler, line, compiler_key);
            keep(with->machine, sizeof with->machine, line, machine_key);
        } else if (line[0]) {
            fine = read_case(path, number, line, list, error);
        }
        line = last ? file + bytes : end + 1;
    }
    free(file);
    if (!fine)
        bench_free(list);
    return fine;
}

static const bench_case *find(const bench_list *list, const char *name) {
    for (uint32_t i = 0; i < list->count; ++i)
        if (strcmp(list->cases[i].name, name) == 0)
            return &list->cases[i];
    return NULL;
}

uint32_t baseline_compare(FILE *to, const bench_list *record, const bench_list *now) {
    uint32_t changed = 0;
    for (uint32_t i = 0; i < now->count; ++i) {
        const bench_case *c = &now->cases[i], *old = find(record, c->name);
        if (old && old->cycles == c->cycles)
            continue;
        ++changed;
        if (old)
            fprintf(to, "  %s: %s cycles, was %s (%+.2f %%)\n", c->name, text_count(c->cycles).s,
                    text_count(old->cycles).s,
                    100.0 * ((double)c->cycles - (double)old->cycles) / (double)(old->cycles ? old->cycles : 1));
        else
            fprintf(to, "  %s: %s cycles, is new\n", c->name, text_count(c->cycles).s);
    }
    for (uint32_t i = 0; i < record->count; ++i)
        if (bench_wants(now, record->cases[i].name) && !find(now, record->cases[i].name)) {
            ++changed;
            fprintf(to, "  %s: is gone\n", record->cases[i].name);
        }
    return changed;
}
