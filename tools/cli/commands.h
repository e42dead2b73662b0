/* SPDX-License-Identifier: Apache-2.0 */
/* The program's commands: argv[0] is the command's name; the value is the exit code. */
#ifndef TL_CLI_COMMANDS_H
#define TL_CLI_COMMANDS_H

int cmd_demo(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_bench(int argc, char **argv);

#endif
