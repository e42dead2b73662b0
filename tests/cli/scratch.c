/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cli/scratch.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATHS = 8, PATH_BYTES = 512 };

static char folder[PATH_BYTES / 2];

const char *scratch_make(void) {
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/trainlib-test.XXXXXX", parent && *parent ? parent : "/tmp");
    assert_non_null(mkdtemp(folder));
    return folder;
}

/* Calls `each` for every entry; returns how many there are. */
static int walk(void (*each)(const char *name)) {
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    int count = 0;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        ++count;
        if (each)
            each(entry->d_name);
    }
    closedir(dir);
    return count;
}

static void remove_file(const char *name) {
    unlink(scratch_path(name));
}

void scratch_remove(void) {
    walk(remove_file);
    rmdir(folder);
}

int scratch_files(void) {
    return walk(NULL);
}

const char *scratch_path(const char *name) {
    static char paths[PATHS][PATH_BYTES];
    static unsigned next;
    char *path = paths[next++ % PATHS];
    snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    return path;
}

void scratch_write(const char *name, const void *data, size_t bytes) {
    FILE *file = fopen(scratch_path(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

char *scratch_read(const char *name, size_t *bytes) {
    FILE *file = fopen(scratch_path(name), "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *data = malloc((size_t)size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    data[size] = 0;
    *bytes = (size_t)size;
    return data;
}

void expect_refusal(bool done, const cli_error *error, cli_exit code, const char *words) {
    if (done)
        fail_msg("taken, though it should have been refused with '%s'", words);
    if (!strstr(error->text, words) || strchr(error->text, '\n'))
        fail_msg("'%s' should be one line with '%s'", error->text, words);
    assert_int_equal(error->code, code);
}
