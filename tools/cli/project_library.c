/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/project_library.h"
#include "tools/cli/file.h"
#include "tools/cli/library_pick.h"
#include "tools/cli/project_folder.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOURCE_BYTES = 1 << 22, MOST_FILES = 512 };

struct project_library {
    char root[PATH_MAX]; /* where the library's sources lie */
    library_pick *pick;
    char *files[MOST_FILES]; /* from the root; no file twice */
    uint32_t count;
};

project_library *project_library_begin(cli_error *error) {
    project_library *l = calloc(1, sizeof *l);
    if (!l) {
        cli_out_of_memory(error);
        return NULL;
    }
    l->pick = library_pick_begin();
    if (l->pick && file_locate("library", l->root, sizeof l->root, error))
        return l;
    if (!l->pick)
        cli_out_of_memory(error);
    project_library_end(l);
    return NULL;
}

void project_library_end(project_library *l) {
    if (!l)
        return;
    for (uint32_t i = 0; i < l->count; ++i)
        free(l->files[i]);
    library_pick_end(l->pick);
    free(l);
}

static bool path_in(char path[PATH_MAX], const char *root, const char *name, cli_error *error) {
    const int n = snprintf(path, PATH_MAX, "%s/%s", root, name);
    return (n > 0 && n < PATH_MAX) || cli_fail(error, CLI_INPUT, "%s: the path is too long", root);
}

static bool holds(const project_library *l, const char *name) {
    for (uint32_t i = 0; i < l->count; ++i) {
        if (strcmp(l->files[i], name) == 0)
            return true;
    }
    return false;
}

static bool add(project_library *l, const char *name, cli_error *error) {
    if (holds(l, name))
        return true;
    if (l->count == MOST_FILES)
        return cli_fail(error, CLI_OURS, "%s: the library has more than %d files", l->root, MOST_FILES);
    l->files[l->count] = strdup(name);
    return l->files[l->count++] || cli_out_of_memory(error);
}

/* A header named in quotes, if the library has it: its names count from its root, or from include/. */
static bool add_header(project_library *l, const char *name, cli_error *error) {
    static const char *const places[] = {"", "include/"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; ++i) {
        char from[PATH_MAX], path[PATH_MAX];
        if (snprintf(from, sizeof from, "%s%s", places[i], name) >= (int)sizeof from ||
            !path_in(path, l->root, from, error))
            return false;
        if (access(path, R_OK) == 0)
            return add(l, from, error);
    }
    return true;
}

static bool add_headers(project_library *l, const char *text, size_t bytes, cli_error *error) {
    static const char include[] = "#include \"";
    for (const char *line = text, *end = text + bytes; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        next = next ? next : end;
        if ((size_t)(next - line) >= sizeof include && memcmp(line, include, sizeof include - 1) == 0) {
            char name[256] = "";
            const char *from = line + sizeof include - 1, *quote = memchr(from, '"', (size_t)(next - from));
            if (quote && (size_t)(quote - from) < sizeof name) {
                memcpy(name, from, (size_t)(quote - from));
                name[quote - from] = '\0';
            }
            if (name[0] && !add_header(l, name, error))
                return false;
        }
        line = next + 1;
    }
    return true;
}

bool project_library_look(project_library *l, const char *text, size_t bytes, cli_error *error) {
    library_pick_named(l->pick, text, bytes);
    return add_headers(l, text, bytes, error);
}

/* Copies the file, and adds the headers that it includes. */
static bool put(project_library *l, const char *name, const char *folder, cli_error *error) {
    char from[PATH_MAX], to[PATH_MAX];
    char *text = NULL;
    size_t bytes = 0;
    if (!path_in(from, l->root, name, error) || !path_in(to, "trainlib", name, error))
        return false;
    const bool fine = file_read(from, SOURCE_BYTES, &text, &bytes, error) &&
                      folder_put(folder, to, text, bytes, error) && add_headers(l, text, bytes, error);
    free(text);
    return fine;
}

/* The sources that are compiled for one of the two, a line each. */
static bool put_list(const project_library *l, library_set set, const char *folder, cli_error *error) {
    static const char *const names[LIBRARY_SETS] = {"trainlib/native.txt", "trainlib/cluster.txt"};
    size_t bytes = 0, used = 0;
    for (uint32_t i = 0; i < library_source_count; ++i)
        bytes += strlen(library_sources[i].path) + 1;
    char *list = malloc(bytes + 1);
    if (!list)
        return cli_out_of_memory(error);
    for (uint32_t i = 0; i < library_source_count; ++i) {
        if (library_sources[i].set == set && library_picked(l->pick, i))
            used += (size_t)snprintf(list + used, bytes + 1 - used, "%s\n", library_sources[i].path);
    }
    const bool fine = folder_put(folder, names[set], list, used, error);
    free(list);
    return fine;
}

typedef struct tidying {
    const project_library *l;
    cli_error *error;
} tidying;

/* A file that only an earlier deployment can have brought: the library has it, and it is not needed. */
static bool is_left_over(void *user, const char *name) {
    const tidying *t = user;
    char path[PATH_MAX];
    return !holds(t->l, name) && path_in(path, t->l->root, name, t->error) && access(path, F_OK) == 0;
}

bool project_library_write(project_library *l, const char *folder, cli_error *error) {
    library_pick_needed(l->pick);
    bool fine = add(l, "platform/link.ld", error);
    for (uint32_t i = 0; fine && i < library_source_count; ++i) {
        if (library_picked(l->pick, i))
            fine = add(l, library_sources[i].path, error);
    }
    for (uint32_t i = 0; fine && i < l->count; ++i)
        fine = put(l, l->files[i], folder, error);
    tidying t = {l, error};
    char where[PATH_MAX];
    return fine && put_list(l, LIBRARY_NATIVE, folder, error) && put_list(l, LIBRARY_CLUSTER, folder, error) &&
           path_in(where, folder, "trainlib", error) && folder_remove(where, is_left_over, &t, error);
}
