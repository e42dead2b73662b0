/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/file_stream.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_stream_begin(file_stream *stream, const char *path, cli_error *error) {
    struct stat old;
    *stream = (file_stream){.path = path};
    if (strcmp(path, "-") == 0) {
        stream->to = stdout;
        return true;
    }
    if (stat(path, &old) == 0 && !S_ISREG(old.st_mode))
        return cli_fail(error, CLI_INPUT, "cannot write %s: it is not a regular file", path);
    int length = snprintf(stream->temporary, sizeof stream->temporary, "%s.XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof stream->temporary)
        return cli_fail(error, CLI_INPUT, "cannot write %s: the path is too long", path);
    int fd = mkstemp(stream->temporary);
    mode_t mask = umask(0);
    umask(mask);
    if (fd >= 0 && fchmod(fd, 0666 & ~mask) == 0)
        stream->to = fdopen(fd, "w");
    if (stream->to)
        return true;
    cli_fail(error, CLI_INPUT, "cannot write %s: %s", path, strerror(errno));
    if (fd >= 0) {
        close(fd);
        unlink(stream->temporary);
    }
    return false;
}

bool file_stream_end(file_stream *stream, cli_error *error) {
    FILE *to = stream->to;
    stream->to = NULL;
    int failed = fflush(to) != 0 || ferror(to);
    if (to == stdout)
        return !failed || cli_fail(error, CLI_INPUT, "cannot write to standard output: %s", strerror(errno));
    failed = failed || fsync(fileno(to)) != 0;
    int why = errno;
    if (fclose(to) != 0 && !failed) {
        failed = 1;
        why = errno;
    }
    if (!failed && rename(stream->temporary, stream->path) != 0) {
        failed = 1;
        why = errno;
    }
    if (!failed)
        return true;
    unlink(stream->temporary);
    return cli_fail(error, CLI_INPUT, "cannot write %s: %s", stream->path, strerror(why));
}

void file_stream_drop(file_stream *stream) {
    if (stream->to && stream->to != stdout) {
        fclose(stream->to);
        unlink(stream->temporary);
    }
    stream->to = NULL;
}
