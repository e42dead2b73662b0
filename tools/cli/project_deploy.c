/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/project_deploy.h"
#include "tools/cli/project_folder.h"
#include "tools/cli/project_library.h"
#include "tools/cli/schedule_file.h"
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct deploying {
    const char *folder;
    project_library *library;
    cli_error *error;
    bool failed; /* error is filled in */
} deploying;

static bool write_file(void *user, const char *name, const void *bytes, size_t count) {
    deploying *d = user;
    const char *dot = strrchr(name, '.');
    const bool is_code = dot && (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0 || strcmp(dot, ".S") == 0);
    d->failed = !folder_put(d->folder, name, bytes, count, d->error) ||
                (is_code && !project_library_look(d->library, bytes, count, d->error));
    return !d->failed;
}

bool project_deploy(const char *path, const char *out, const net_model *network, train_schedule *schedule, uint32_t l2,
                    project_options *options, cli_error *error) {
    deploying d = {.folder = out, .library = project_library_begin(error), .error = error};
    plan_error why;
    const char *slash = strrchr(path, '/');
    options->model = slash ? slash + 1 : path;
    options->room = project_share_out(schedule);
    options->l2_bytes = l2;
    options->code_bytes = SCHEDULE_L2_CODE;
    if (!d.library)
        return false;
    bool fine = project_write(network, schedule, options, write_file, &d, &why);
    if (fine)
        fine = project_library_write(d.library, out, error);
    else if (!d.failed && why.text[0])
        cli_fail(error, CLI_INPUT, "%s", why.text);
    else if (!d.failed)
        cli_out_of_memory(error);
    project_library_end(d.library);
    return fine;
}

bool project_build(const char *folder, cli_error *error) {
    extern char **environ;
    char log[PATH_MAX];
    char make[] = "make", quiet[] = "-s", in[] = "-C", native[] = "native", cluster[] = "cluster";
    char where[PATH_MAX];
    if (snprintf(log, sizeof log, "%s/make.log", folder) >= (int)sizeof log ||
        snprintf(where, sizeof where, "%s", folder) >= (int)sizeof where)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", folder);
    char *arguments[] = {make, quiet, in, where, native, cluster, NULL};
    posix_spawn_file_actions_t files;
    pid_t pid;
    int status = -1;
    bool started = posix_spawn_file_actions_init(&files) == 0;
    if (started) {
        started =
            posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0644) == 0 &&
            posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO) == 0 &&
            posix_spawnp(&pid, make, &files, NULL, arguments, environ) == 0;
        posix_spawn_file_actions_destroy(&files);
    }
    if (!started || waitpid(pid, &status, 0) < 0)
        return cli_fail(error, CLI_INPUT, "make cannot be run: install it, with a C compiler, clang-19 and lld-19");
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           cli_fail(error, CLI_INPUT, "make could not build %s: %s says why", folder, log);
}
