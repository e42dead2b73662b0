/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/commands.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#ifdef TL_CLI_SIM
#include "tools/cli/cmd_sim.h"
#endif

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"demo", cmd_demo, "train a small network on real images on the simulated cluster"},
    {"eval", cmd_eval, "measure the accuracy of trained weights"},
    {"bench", cmd_bench, "count exact cycles, and compare them with those on record"},
    {"tune", cmd_tune, "find the fastest plan for every step of a model's training"},
    {"report", cmd_report, "show what a tuner's plan is worth, as a table and as a page with figures"},
    {"model", cmd_model, "write one of the MLPerf Tiny models, or a small CNN, as an ONNX file"},
    {"show", cmd_show, "show the layers of an ONNX model, and what of it trains"},
    {"estimate", cmd_estimate, "tell what memory and time a training step of a model takes"},
    {"deploy", cmd_deploy, "write a C project that trains an ONNX model on the cluster or natively"},
    {"train", cmd_train, "train a deployed project, on the simulator or natively"},
    {"compare", cmd_compare, "compare a training step on the simulator with the native one, tensor by tensor"},
    {"export", cmd_export, "write what a project has learnt back into its ONNX model"},
    {"images", cmd_images, "write Fashion-MNIST as .npy files, resized, as another sensor sees it"},
    {"adapt", cmd_adapt, "adapt deployed projects to a changed sensor (examples/adapt)"},
#ifdef TL_CLI_SIM
    {"sim", cmd_sim, "run a program for the cluster, cycle by cycle"},
#endif
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int finish(void) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "trainlib: cannot write the output: %s\n", strerror(errno));
    return 1;
}

static int help(void) {
    printf("Usage: trainlib COMMAND [OPTION...]\n\n"
           "Trains neural networks on an 8-core PULP cluster, simulated cycle by cycle.\n\nCommands:\n");
    for (int i = 0; i < COMMANDS; ++i)
        printf("  %-9s %s\n", commands[i].name, commands[i].summary);
    printf("\n'trainlib COMMAND --help' explains a command. 'trainlib --version' prints the version.\n"
           "\nExamples:\n"
           "  trainlib demo                                 train on the simulated cluster, about a minute\n"
           "  trainlib eval demo-out/weights.safetensors    measure what it has learnt\n"
           "\nExit status: 0 fine, 1 the input is at fault, 2 the command line is, 3 this program is.\n");
    return finish();
}

int main(int argc, char **argv) {
    /* A file that has grown too large is to be told as a sentence, like a full disk. */
    signal(SIGXFSZ, SIG_IGN);
    if (argc < 2) {
        fprintf(stderr, "trainlib: a command is missing; 'trainlib --help' lists them\n");
        return 2;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return help();
    if (strcmp(name, "--version") == 0) {
        printf("trainlib %s\n", TL_VERSION);
        return finish();
    }
    for (int i = 0; i < COMMANDS; ++i)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "trainlib: unknown %s '%s'; 'trainlib --help' lists the commands\n",
            name[0] == '-' ? "option" : "command", name);
    return 2;
}
