/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/project_settings.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* As told, by numbers or by a file; else not at all. */
static bool normalise(project_settings *s, uint32_t channels, cli_error *error) {
    if (s->file && (s->mean || s->std))
        return cli_fail(error, CLI_USAGE,
                        "--normalisation gives what --mean and --std give: leave out the one or the other");
    if (s->file && access(s->file, R_OK) != 0)
        return cli_fail(error, CLI_INPUT, "%s: cannot be read: %s", s->file, strerror(errno));
    if (s->file)
        return normalisation_load(&s->normalised, s->file, channels, error);
    return !(s->mean || s->std) || normalisation_of(&s->normalised, channels, s->mean, s->std, error);
}

bool project_settings_apply(project_settings *s, const net_model *network, schedule_settings *schedule,
                            cli_error *error) {
    if (!normalise(s, network->values[network->input].c, error))
        return false;
    s->project.mean = s->normalised.mean;
    s->project.std = s->normalised.std;
    s->project.target_given = s->target;
    schedule->beside = project_beside(network, &s->project);
    schedule->normalise = s->normalised.mean;
    schedule->target_given = s->target;
    return true;
}

void project_settings_free(project_settings *s) {
    normalisation_free(&s->normalised);
}
