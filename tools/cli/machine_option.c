/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/machine_option.h"
#include <stdio.h>
#include <string.h>

/* A word without a dot or slash was meant as a name. */
static bool is_bare_word(const char *text) {
    return !strpbrk(text, "./");
}

static bool unknown_name(const char *text, cli_error *error) {
    char names[200] = "";
    for (size_t i = 0, used = 0; sim_machine_names[i] && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", sim_machine_names[i]);
    return cli_fail(error, CLI_INPUT, "there is no machine '%s', nor a file of that name; built in are %s", text,
                    names);
}

bool machine_option(const char *text, sim_machine *machine, cli_error *error) {
    char why[512];
    if (sim_machine_named(text ? text : sim_machine_names[0], machine))
        return true;
    FILE *there = fopen(text, "rb");
    if (!there && is_bare_word(text))
        return unknown_name(text, error);
    if (there)
        fclose(there);
    return sim_machine_read(text, machine, why, sizeof why) == SIM_OK || cli_fail(error, CLI_INPUT, "%s", why);
}

bool machine_cores(const sim_machine *machine, uint32_t *cores, cli_error *error) {
    if (!*cores)
        *cores = machine->cores;
    return *cores <= machine->cores || cli_fail(error, CLI_INPUT, "the machine '%s' has only %u core%s, not %u",
                                                machine->name, machine->cores, machine->cores > 1 ? "s" : "", *cores);
}
