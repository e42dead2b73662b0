/* SPDX-License-Identifier: Apache-2.0 */
/* For nftw(). */
#define _XOPEN_SOURCE 700
#include "tools/cli/file.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_read(const char *path, size_t max, char **data, size_t *bytes, cli_error *error) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return cli_fail(error, CLI_INPUT, "%s: %s", path, strerror(errno));
    size_t room = 1 << 16, size = 0;
    char *text = malloc(room + 1);
    while (text) {
        size += fread(text + size, 1, room - size, file);
        if (size < room || size > max)
            break;
        room *= 2;
        char *more = realloc(text, room + 1);
        if (!more)
            free(text);
        text = more;
    }
    int failed = ferror(file) ? errno : 0;
    fclose(file);
    if (!text)
        return cli_out_of_memory(error);
    if (failed || size > max) {
        free(text);
        if (failed)
            return cli_fail(error, CLI_INPUT, "%s: %s", path, strerror(failed));
        return cli_fail(error, CLI_INPUT, "%s: larger than such a file can be (%zu bytes)", path, max);
    }
    text[size] = 0;
    *data = text;
    *bytes = size;
    return true;
}

static bool write_all(int fd, const char *data, size_t bytes) {
    while (bytes > 0) {
        ssize_t n = write(fd, data, bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        bytes -= (size_t)n;
    }
    return fsync(fd) == 0;
}

/* The rename is safe on disk only when the folder is. Some file systems cannot sync one: nothing to be done then. */
static void sync_folder(const char *path) {
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[1] = 0;
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

bool file_replace(const char *path, const void *data, size_t bytes, cli_error *error) {
    char temporary[PATH_MAX];
    struct stat old;
    if (stat(path, &old) == 0 && !S_ISREG(old.st_mode))
        return cli_fail(error, CLI_INPUT, "cannot write %s: it is not a regular file", path);
    int length = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof temporary)
        return cli_fail(error, CLI_INPUT, "cannot write %s: the path is too long", path);
    int fd = mkstemp(temporary);
    if (fd < 0)
        return cli_fail(error, CLI_INPUT, "cannot write %s: %s", path, strerror(errno));
    mode_t mask = umask(0);
    umask(mask);
    bool written = write_all(fd, data, bytes) && fchmod(fd, 0666 & ~mask) == 0;
    int failed = errno;
    if (close(fd) != 0 && written) {
        written = false;
        failed = errno;
    }
    if (written && rename(temporary, path) != 0) {
        written = false;
        failed = errno;
    }
    if (!written) {
        unlink(temporary);
        return cli_fail(error, CLI_INPUT, "cannot write %s: %s", path, strerror(failed));
    }
    sync_folder(path);
    return true;
}

bool file_make_folder(const char *path, cli_error *error) {
    struct stat there;
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return cli_fail(error, CLI_INPUT, "cannot make the folder %s: %s", path, strerror(errno));
    if (stat(path, &there) != 0 || !S_ISDIR(there.st_mode))
        return cli_fail(error, CLI_INPUT, "%s is not a folder", path);
    char probe[PATH_MAX];
    int length = snprintf(probe, sizeof probe, "%s/.trainlib.XXXXXX", path);
    int fd = length > 0 && (size_t)length < sizeof probe ? mkstemp(probe) : -1;
    if (fd < 0)
        return cli_fail(error, CLI_INPUT, "cannot write to the folder %s: %s", path, strerror(errno));
    close(fd);
    unlink(probe);
    return true;
}

static int remove_entry(const char *path, const struct stat *of, int type, struct FTW *at) {
    (void)of, (void)type, (void)at;
    (void)remove(path);
    return 0;
}

void file_remove_folder(const char *path) {
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static bool executable(char path[PATH_MAX]) {
    ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
    path[n > 0 ? n : 0] = 0;
    return n > 0;
}

bool file_locate(const char *name, char *path, size_t bytes, cli_error *error) {
    static const char *const places[] = {"../guest", "../share/trainlib"};
    char self[PATH_MAX];
    if (!executable(self))
        return cli_fail(error, CLI_OURS, "cannot tell where this program lies: %s", strerror(errno));
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = 0;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; ++i) {
        int length = snprintf(path, bytes, "%s/%s/%s", self, places[i], name);
        if (length > 0 && (size_t)length < bytes && access(path, R_OK) == 0)
            return true;
    }
    return cli_fail(error, CLI_INPUT,
                    "%s is missing: it is built for the cluster together with this program; name one with --firmware",
                    name);
}

void file_self(char *path, size_t bytes) {
    char self[PATH_MAX], here[PATH_MAX];
    if (!executable(self)) {
        snprintf(path, bytes, "trainlib");
        return;
    }
    size_t length = getcwd(here, sizeof here) ? strlen(here) : 0;
    bool below = length > 1 && strncmp(self, here, length) == 0 && self[length] == '/';
    snprintf(path, bytes, "%s", below ? self + length + 1 : self);
}
