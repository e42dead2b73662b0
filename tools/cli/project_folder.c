/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/project_folder.h"
#include "tools/cli/file.h"
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOURCE_BYTES = 1 << 22 };

/* Makes the folders of "a/b/c.h" below `folder`. */
static bool make_folders(const char *folder, const char *name, cli_error *error) {
    char path[PATH_MAX];
    if (!file_make_folder(folder, error))
        return false;
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        const int n = snprintf(path, sizeof path, "%s/%.*s", folder, (int)(slash - name), name);
        if (n < 0 || (size_t)n >= sizeof path)
            return cli_fail(error, CLI_INPUT, "%s: the path is too long", folder);
        if (!file_make_folder(path, error))
            return false;
    }
    return true;
}

/* Whether the file holds just this. */
static bool is_there(const char *path, const void *bytes, size_t count) {
    char *there = NULL;
    size_t length = 0;
    cli_error none;
    const bool same = access(path, R_OK) == 0 && file_read(path, count, &there, &length, &none) && length == count &&
                      memcmp(there, bytes, count) == 0;
    free(there);
    return same;
}

bool folder_put(const char *folder, const char *name, const void *bytes, size_t count, cli_error *error) {
    char path[PATH_MAX];
    const int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", folder);
    return make_folders(folder, name, error) &&
           (is_there(path, bytes, count) || file_replace(path, bytes, count, error));
}

/* Sources of the library's rooms; of guest/ only what serves projects. */
static bool is_wanted(const char *room, const char *name) {
    static const char *const ends[] = {".c", ".h", ".S", ".def", ".ld"};
    const char *dot = strrchr(name, '.');
    if (strcmp(room, "guest") == 0 && strncmp(name, "runner.", 7) != 0 && strncmp(name, "mailbox_loop.", 13) != 0)
        return false;
    for (size_t i = 0; dot && i < sizeof ends / sizeof ends[0]; ++i) {
        if (strcmp(dot, ends[i]) == 0)
            return true;
    }
    return false;
}

static bool copy_one(const char *library, const char *room, const char *name, const char *folder, cli_error *error) {
    char from[PATH_MAX], to[PATH_MAX];
    char *text = NULL;
    size_t bytes = 0;
    if (snprintf(from, sizeof from, "%s/%s/%s", library, room, name) >= (int)sizeof from ||
        snprintf(to, sizeof to, "trainlib/%s/%s", room, name) >= (int)sizeof to)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", library);
    const bool fine = file_read(from, SOURCE_BYTES, &text, &bytes, error) && folder_put(folder, to, text, bytes, error);
    free(text);
    return fine;
}

bool folder_put_library(const char *folder, cli_error *error) {
    static const char *const rooms[] = {"include/tl", "src/base", "src/kernel", "src/kernel/c", "src/kernel/pulp",
                                        "src/hal",    "src/tile", "src/op",     "platform",     "guest"};
    char library[PATH_MAX], path[PATH_MAX];
    if (!file_locate("library", library, sizeof library, error))
        return false;
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; ++i) {
        const int n = snprintf(path, sizeof path, "%s/%s", library, rooms[i]);
        DIR *open = n > 0 && (size_t)n < sizeof path ? opendir(path) : NULL;
        bool fine = open || cli_fail(error, CLI_INPUT, "%s/%s: the library's sources are not there", library, rooms[i]);
        for (const struct dirent *entry = NULL; fine && (entry = readdir(open));) {
            if (is_wanted(rooms[i], entry->d_name))
                fine = copy_one(library, rooms[i], entry->d_name, folder, error);
        }
        if (open)
            closedir(open);
        if (!fine)
            return false;
    }
    return true;
}
