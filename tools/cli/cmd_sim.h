/* SPDX-License-Identifier: Apache-2.0 */
/* `trainlib sim`: runs a program for the cluster, cycle by cycle. */
#ifndef TL_CLI_CMD_SIM_H
#define TL_CLI_CMD_SIM_H

/* argv[0] is the command's name. Returns the guest's exit status; 1 when it failed or its file is bad, 2 for usage. */
int cmd_sim(int argc, char **argv);

#endif
