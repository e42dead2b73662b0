/* SPDX-License-Identifier: Apache-2.0 */
/* The program's commands: argv[0] is the command's name; the value is the exit code. */
#ifndef TL_CLI_COMMANDS_H
#define TL_CLI_COMMANDS_H

int cmd_demo(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_tune(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_model(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_estimate(int argc, char **argv);
int cmd_deploy(int argc, char **argv);
int cmd_train(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_images(int argc, char **argv);
int cmd_adapt(int argc, char **argv);

#endif
