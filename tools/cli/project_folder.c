/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/project_folder.h"
#include "tools/cli/file.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* The files below `folder`/`room`, which is "" or ends with a slash. */
static bool remove_below(const char *folder, const char *room, folder_wanted *wanted, void *user, cli_error *error) {
    char path[PATH_MAX], name[PATH_MAX];
    bool fine = true;
    const int n = snprintf(path, sizeof path, "%s/%s", folder, room);
    DIR *open = n > 0 && (size_t)n < sizeof path ? opendir(path) : NULL;
    for (const struct dirent *entry = NULL; open && fine && (entry = readdir(open));) {
        struct stat of;
        if (entry->d_name[0] == '.')
            continue;
        fine = snprintf(name, sizeof name, "%s%s", room, entry->d_name) < (int)sizeof name - 1 &&
               snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path;
        if (!fine)
            cli_fail(error, CLI_INPUT, "%s: the path is too long", folder);
        else if (lstat(path, &of) == 0 && S_ISDIR(of.st_mode))
            fine = remove_below(folder, strcat(name, "/"), wanted, user, error);
        else if (wanted(user, name) && unlink(path) != 0)
            fine = cli_fail(error, CLI_INPUT, "%s: cannot be removed: %s", path, strerror(errno));
    }
    if (open)
        closedir(open);
    return fine;
}

bool folder_remove(const char *folder, folder_wanted *wanted, void *user, cli_error *error) {
    return remove_below(folder, "", wanted, user, error);
}
