/* SPDX-License-Identifier: Apache-2.0 */
/* --machine NAME|FILE: the one way in which commands are told which machine to simulate. */
#ifndef TL_CLI_MACHINE_OPTION_H
#define TL_CLI_MACHINE_OPTION_H

#include "tools/cli/error.h"
#include "tools/sim/sim.h"

/* For a command's table of options; `value` is a const char *, NULL for the default machine. */
#define MACHINE_OPTION(value)                                                                                          \
    {"machine", CLI_TEXT, (value), "NAME|FILE", "machine to simulate: a built-in one or a machine file (pulp8)", 0, 0}

/* `text` names a built-in machine, or else a machine file; NULL: the default machine. */
bool machine_option(const char *text, sim_machine *machine, cli_error *error);

/* Makes `*cores` that of the machine where it is 0; no team is larger than the machine. */
bool machine_cores(const sim_machine *machine, uint32_t *cores, cli_error *error);

#endif
